# fish completion for plog-consume(1).  It asks the tools: nothing about
# topics or partitions is known here.

function __plog_consume_where
    set -l words (commandline -opc)
    for i in (seq (count $words))
        if contains -- $words[$i] -d -b; and test $i -lt (count $words)
            echo $words[$i]
            echo $words[(math $i + 1)]
        end
    end
end

complete -c plog-consume -f -a '(plog-topic (__plog_consume_where) list 2>/dev/null)'
complete -c plog-consume -s d -l dir -r -a '(__fish_complete_directories)' -d 'The store'
complete -c plog-consume -s b -l bootstrap-server -x -d 'A Kafka cluster'
complete -c plog-consume -s X -l property -x -d 'Property of the client'
complete -c plog-consume -s o -l offset -x -a 'earliest latest' -d 'Where to begin'
complete -c plog-consume -s f -l follow -d 'Go on as records come'
complete -c plog-consume -s p -l partition -x -d 'These partitions'
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
complete -c plog-consume -s q -l quiet -d 'No remarks'
complete -c plog-consume -s v -l verbose -d 'A summary at the end'
complete -c plog-consume -l progress -d 'Progress on a terminal'
complete -c plog-consume -s h -l help -d 'Options'
complete -c plog-consume -s V -l version -d 'Version'
