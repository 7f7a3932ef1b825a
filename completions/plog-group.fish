# fish completion for plog-group(1).  It asks the tools: nothing about groups,
# topics or partitions is known here.

function __plog_group_commands
    plog-group --help 2>/dev/null | string match -rg '^  ([a-z-]+) ' | sort -u
end

function __plog_group_where
    set -l words (commandline -opc)
    for i in (seq (count $words))
        string match -r -- '^--(?:dir|bootstrap-server|command-config)=.*' $words[$i]
        if contains -- $words[$i] -d -b --dir --bootstrap-server --command-config; and test $i -lt (count $words)
            echo $words[$i]
            echo $words[(math $i + 1)]
        end
    end
end

function __plog_group_kept
    set -l words (commandline -opc)
    for i in (seq (count $words))
        string match -r -- '^--groups=.*' $words[$i]
        if test $words[$i] = --groups; and test $i -lt (count $words)
            echo --groups=$words[(math $i + 1)]
        end
    end
end

function __plog_group_has
    set -l words (commandline -opc)
    for c in $argv
        contains -- $c $words; and return 0
    end
    return 1
end

function __plog_group_needs_command
    not __plog_group_has (__plog_group_commands)
end

complete -c plog-group -f
complete -c plog-group -n __plog_group_needs_command -a '(__plog_group_commands)'
complete -c plog-group -n '__plog_group_has (__plog_group_commands)' -a '(plog-group (__plog_group_where) (__plog_group_kept) list 2>/dev/null)' -d Group
complete -c plog-group -n '__plog_group_has commit delete-offsets peek reset' -a '(plog-topic (__plog_group_where) list 2>/dev/null)' -d Topic
complete -c plog-group -s d -l dir -r -a '(__fish_complete_directories)' -d 'The store'
complete -c plog-group -s b -l bootstrap-server -x -d 'A Kafka cluster'
complete -c plog-group -l command-config -r -d 'Properties of the client'
complete -c plog-group -s X -l property -x -d 'Property of the client'
complete -c plog-group -l groups -r -a '(__fish_complete_directories)' -d 'Where groups are kept'
complete -c plog-group -l members -d 'Who is in the group'
complete -c plog-group -l offsets -d 'Positions and lag'
complete -c plog-group -l state -d 'A line for each group'
complete -c plog-group -s o -l offset -x -a 'earliest latest' -d 'A place in the log'
complete -c plog-group -l shift-by -x -d 'So many offsets on'
complete -c plog-group -l from-file -r -F -d 'Positions from a CSV file'
complete -c plog-group -l to-group -x -a '(plog-group (__plog_group_where) (__plog_group_kept) list 2>/dev/null)' -d 'Where another group is'
complete -c plog-group -s p -l partition -x -d 'Partitions'
complete -c plog-group -l execute -d 'Do what reset shows'
complete -c plog-group -s B -l before -x -d 'Records before the position'
complete -c plog-group -s A -l after -x -d 'Records from the position on'
complete -c plog-group -s F -l format -x -d 'A format string'
complete -c plog-group -l lag -x -d 'How much may be unread'
complete -c plog-group -l timeout -x -d 'How long to wait'
complete -c plog-group -s l -l long -d 'More about each'
complete -c plog-group -s J -l json -d 'One JSON object a line'
complete -c plog-group -l tsv -d 'Tabs between columns'
complete -c plog-group -s q -l quiet -d 'No remarks'
complete -c plog-group -s v -l verbose -d 'Say what was done'
complete -c plog-group -s h -l help -d 'Commands and options'
complete -c plog-group -s V -l version -d 'Version'
