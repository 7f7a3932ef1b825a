# fish completion for plog-topic(1).  It asks the tool: nothing about topics,
# partitions or configs is known here.

function __plog_topic_commands
    plog-topic --help 2>/dev/null | string match -rg '^  ([a-z]+) ' | sort -u
end

function __plog_topic_where
    set -l words (commandline -opc)
    for i in (seq (count $words))
        if contains -- $words[$i] -d -b --dir --bootstrap-server --command-config; and test $i -lt (count $words)
            echo $words[$i]
            echo $words[(math $i + 1)]
        end
    end
end

function __plog_topic_has
    set -l words (commandline -opc)
    for c in $argv
        contains -- $c $words; and return 0
    end
    return 1
end

function __plog_topic_needs_command
    not __plog_topic_has (__plog_topic_commands)
end

# Those of the last word that is neither an option nor the value of one.
function __plog_topic_partitions
    set -l words (commandline -opc)
    for i in (seq (count $words) -1 3)
        string match -q -- '-*' $words[$i]; and continue
        string match -qr -- '^-[dbXPpco]$' $words[(math $i - 1)]; and continue
        plog-topic (__plog_topic_where) offsets $words[$i] 2>/dev/null | cut -f 2
        return
    end
end

complete -c plog-topic -f
complete -c plog-topic -n __plog_topic_needs_command -a '(__plog_topic_commands)'
complete -c plog-topic -n '__plog_topic_has alter delete describe export import list metrics offsets trim' -a '(plog-topic (__plog_topic_where) list 2>/dev/null)'
complete -c plog-topic -n '__plog_topic_has export import' -a '(__fish_complete_directories)'
complete -c plog-topic -s d -l dir -r -a '(__fish_complete_directories)' -d 'The store'
complete -c plog-topic -s b -l bootstrap-server -x -d 'A Kafka cluster'
complete -c plog-topic -l command-config -r -d 'Properties of the client'
complete -c plog-topic -l replication-factor -x -d 'Copies of each partition'
complete -c plog-topic -l cluster -d 'The brokers'
complete -c plog-topic -l fail-down -d 'Status 1 when a broker is down'
complete -c plog-topic -s X -l property -x -d 'Property of the client'
complete -c plog-topic -s P -l partitions -x -d 'Number of partitions'
complete -c plog-topic -s c -l config -x -a '(plog-topic configs 2>/dev/null | string replace -r \$ =)' -d 'A config'
complete -c plog-topic -l delete-config -x -a '(plog-topic configs 2>/dev/null)' -d 'Take a config back'
complete -c plog-topic -l defaults -d 'The defaults of the store'
complete -c plog-topic -l mode -x -d 'Mode of the directories'
complete -c plog-topic -l if-not-exists -d 'A topic that is there is no error'
complete -c plog-topic -l if-exists -d 'A topic that is not there is no error'
complete -c plog-topic -s o -l offset -x -a 'earliest latest' -d 'A place in the log'
complete -c plog-topic -s p -l partition -x -a '(__plog_topic_partitions)' -d 'Partitions'
complete -c plog-topic -l execute -d 'Do what trim shows'
complete -c plog-topic -s l -l long -d 'More about each'
complete -c plog-topic -s J -l json -d 'One JSON object a line'
complete -c plog-topic -l tsv -d 'Tabs between columns'
complete -c plog-topic -s q -l quiet -d 'No remarks'
complete -c plog-topic -s v -l verbose -d 'Say what was done'
complete -c plog-topic -s h -l help -d 'Commands and options'
complete -c plog-topic -s V -l version -d 'Version'
