# fish completion for plog-consume(1).  It asks the tools: nothing about
# topics or partitions is known here.

function __plog_consume_where
    set -l words (commandline -opc)
    for i in (seq (count $words))
        string match -r -- '^--(?:dir|bootstrap-server|command-config)=.*' $words[$i]
        if contains -- $words[$i] -d -b --dir --bootstrap-server --command-config; and test $i -lt (count $words)
            echo $words[$i]
            echo $words[(math $i + 1)]
        end
    end
end

function __plog_consume_kept
    set -l words (commandline -opc)
    for i in (seq (count $words))
        string match -r -- '^--groups=.*' $words[$i]
        if test $words[$i] = --groups; and test $i -lt (count $words)
            echo --groups=$words[(math $i + 1)]
        end
    end
end

# Those of the last word that is neither an option nor the value of one.
function __plog_consume_partitions
    set -l words (commandline -opc)
    for i in (seq (count $words) -1 2)
        string match -q -- '-*' $words[$i]; and continue
        string match -qr -- '^-[dbXopnDKFgj]$' $words[(math $i - 1)]; and continue
        plog-topic (__plog_consume_where) offsets $words[$i] 2>/dev/null | cut -f 2
        return
    end
end

complete -c plog-consume -f -a '(plog-topic (__plog_consume_where) list 2>/dev/null)'
complete -c plog-consume -s d -l dir -r -a '(__fish_complete_directories)' -d 'The store'
complete -c plog-consume -s b -l bootstrap-server -x -d 'A Kafka cluster'
complete -c plog-consume -l command-config -r -d 'Properties of the client'
complete -c plog-consume -s X -l property -x -d 'Property of the client'
complete -c plog-consume -s o -l offset -x -a 'earliest latest' -d 'Where to begin'
complete -c plog-consume -s f -l follow -d 'Go on as records come'
complete -c plog-consume -s p -l partition -x -a '(__plog_consume_partitions)' -d 'These partitions'
complete -c plog-consume -s n -l max-messages -x -d 'Stop after so many records'
complete -c plog-consume -l tail -x -d 'The last records, in time order'
complete -c plog-consume -l sort -x -a time -d 'Merge partitions'
complete -c plog-consume -l idle -x -d 'End after so long without a record'
complete -c plog-consume -s D -l delimiter -x -d 'Behind each value'
complete -c plog-consume -s 0 -l zero -d 'NUL behind each value'
complete -c plog-consume -s K -l key-delimiter -x -d 'Between key and value'
complete -c plog-consume -s F -l format -x -d 'A format string'
complete -c plog-consume -s J -l json -d 'One JSON object a line'
complete -c plog-consume -l raw -d 'Record batches as stored'
complete -c plog-consume -l filter-key -x -d 'Only keys that match'
complete -c plog-consume -l filter-header -x -d 'Only records with the header'
complete -c plog-consume -l grep -x -d 'Only values that match'
complete -c plog-consume -l invert -d 'Only what does not pass'
complete -c plog-consume -l null-literal -x -d 'What NULL prints as'
complete -c plog-consume -l count -d 'Only how many there are'
complete -c plog-consume -l fail-empty -d 'Status 3 when there was nothing'
complete -c plog-consume -l isolation-level -x -a 'read_uncommitted read_committed' -d 'Transactions'
complete -c plog-consume -l on-damage -x -a 'stop skip' -d 'What to do at damage'
complete -c plog-consume -l no-escape -d 'Control characters as they are'
complete -c plog-consume -s g -l group -x -a '(plog-group (__plog_consume_where) (__plog_consume_kept) list 2>/dev/null)' -d 'As a member of the group'
complete -c plog-consume -l auto-offset-reset -x -a 'earliest latest none' -d 'Where a partition without a commit begins'
complete -c plog-consume -l no-commit -d 'Commit nothing'
complete -c plog-consume -l member -x -d 'Name of this member'
complete -c plog-consume -l instance -x -d 'Static membership'
complete -c plog-consume -l session-timeout -x -d 'How long a static member is waited for'
complete -c plog-consume -l max-poll-interval -x -d 'How long a member may stand still'
complete -c plog-consume -l assignor -x -a 'range roundrobin cooperative-sticky' -d 'How partitions are shared'
complete -c plog-consume -l commit-timeout -x -d 'How long a commit is tried'
complete -c plog-consume -l groups -r -a '(__fish_complete_directories)' -d 'Where groups are kept'
complete -c plog-consume -s 1 -l each -d 'A run of the command a record'
complete -c plog-consume -l batch -x -d 'Records a run'
complete -c plog-consume -l batch-size -x -d 'Bytes a run'
complete -c plog-consume -l batch-wait -x -d 'How long a batch gathers'
complete -c plog-consume -s j -l jobs -x -d 'Runs at once'
complete -c plog-consume -l by-key -d 'Never two for one key'
complete -c plog-consume -l unordered -d 'Any at once'
complete -c plog-consume -l retries -x -d 'Tries after the first'
complete -c plog-consume -l backoff -x -d 'Time between tries'
complete -c plog-consume -l dead-letter -x -a '(plog-topic (__plog_consume_where) list 2>/dev/null)' -d 'Where records go that failed'
complete -c plog-consume -l bisect -d 'Find the failing record of a batch'
complete -c plog-consume -l command-timeout -x -d 'How long a run may take'
complete -c plog-consume -l drain -x -d 'How long a run may go on at the end'
complete -c plog-consume -s q -l quiet -d 'No remarks'
complete -c plog-consume -s v -l verbose -d 'A summary at the end'
complete -c plog-consume -l progress -d 'Progress on a terminal'
complete -c plog-consume -s h -l help -d 'Options'
complete -c plog-consume -s V -l version -d 'Version'
