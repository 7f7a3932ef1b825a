# fish completion for plog-check(1).  It asks the tools.

function __plog_check_commands
    plog-check --help 2>/dev/null | string match -rg '^  ([a-z]+) ' | sort -u
end

function __plog_check_where
    set -l words (commandline -opc)
    for i in (seq (count $words))
        if contains -- $words[$i] -d; and test $i -lt (count $words)
            echo $words[$i]
            echo $words[(math $i + 1)]
        end
    end
end

complete -c plog-check -n 'test (count (commandline -opc)) -eq 1' -a '(__plog_check_commands)'
complete -c plog-check -a '(plog-topic (__plog_check_where) list 2>/dev/null)'
complete -c plog-check -s d -l dir -r -a '(__fish_complete_directories)' -d 'The store'
complete -c plog-check -s p -l partition -x -d 'Partitions'
complete -c plog-check -s j -l jobs -x -d 'Segments at a time'
complete -c plog-check -s o -l offset -x -d 'Offsets FROM:TO'
complete -c plog-check -l deep -d 'Records too'
complete -c plog-check -l execute -d 'Repair'
complete -c plog-check -l digest -d 'Digests too'
complete -c plog-check -l filter-key -x -d 'Records whose key matches'
complete -c plog-check -s J -l json -d 'One JSON object a line'
complete -c plog-check -l tsv -d 'Tabs between columns'
complete -c plog-check -s v -l verbose -d 'Say what was seen'
complete -c plog-check -s h -l help -d 'Options'
complete -c plog-check -s V -l version -d 'Version'
