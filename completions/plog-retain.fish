# fish completion for plog-retain(1).  It asks the tools: nothing about topics
# is known here.

function __plog_retain_where
    set -l words (commandline -opc)
    for i in (seq (count $words))
        if test $words[$i] = -d; and test $i -lt (count $words)
            echo -d
            echo $words[(math $i + 1)]
        end
    end
end

complete -c plog-retain -f
complete -c plog-retain -a '(plog-topic (__plog_retain_where) list 2>/dev/null)'
complete -c plog-retain -s d -l dir -r -a '(__fish_complete_directories)' -d 'The store'
complete -c plog-retain -l dry-run -d 'Show what would go'
complete -c plog-retain -l retention -x -a '1h 1d 7d 30d' -d 'In place of retention.ms'
complete -c plog-retain -l max-size -x -a '100M 1G 10G' -d 'In place of retention.bytes'
complete -c plog-retain -l total -d '--max-size is of all topics together'
complete -c plog-retain -l force -d 'Believe the clock'
complete -c plog-retain -l keep-unread -d 'Keep what groups have not read'
complete -c plog-retain -l group-expiry -x -a '7d 30d' -d 'When a group does not count any more'
complete -c plog-retain -l now -d 'Compact whatever the dirty ratio is'
complete -c plog-retain -l memory -x -a '128M 512M' -d 'For the keys of a compaction'
complete -c plog-retain -l quarantine -x -a '7d 30d' -d 'How long what was set aside stays'
complete -c plog-retain -s j -l jobs -x -a '1 2 4' -d 'Partitions at once'
complete -c plog-retain -l io-rate -x -a '10M 50M' -d 'Bytes a second of compaction'
complete -c plog-retain -l wait -d 'Wait for another run to end'
complete -c plog-retain -s J -l json -d 'One JSON object a segment'
complete -c plog-retain -l tsv -d 'Tabs between columns'
complete -c plog-retain -s v -l verbose -d 'A line a segment, and totals'
complete -c plog-retain -s h -l help -d 'Options'
complete -c plog-retain -s V -l version -d 'Version'
