# fish completion for plog-agent(1).  The names of agents come from the files.

function __plog_agent_names
    set -l words (commandline -opc)
    for i in (seq (count $words))
        if contains -- $words[$i] -f --conf-file; and test $i -lt (count $words)
            sed -nE 's/^[[:space:]]*([A-Za-z0-9_-]+)\.(sources|channels|sinks)[[:space:]]*[=:].*/\1/p' $words[(math $i + 1)] 2>/dev/null
        end
    end | sort -u
end

complete -c plog-agent -f
complete -c plog-agent -a 'agent avro-client help version'
complete -c plog-agent -s f -l conf-file -r -F -d 'The configuration'
complete -c plog-agent -s n -l name -x -a '(__plog_agent_names)' -d 'The agent that runs'
complete -c plog-agent -s u -l conf-uri -r -F -d 'The configuration, as an address'
complete -c plog-agent -s D -x -d 'A property, as of Java'
complete -c plog-agent -s i -l poll-interval -x -a '5 30 300' -d 'Seconds between looks at the files'
complete -c plog-agent -l no-reload-conf -d 'Look at the files once'
complete -c plog-agent -s d -l dryrun -d 'Print the configuration as it would run'
complete -c plog-agent -l check -d 'Say what is wrong, run nothing'
complete -c plog-agent -l lenient -d 'Run what can run'
complete -c plog-agent -l drain -x -a '0 10s 30s 1m' -d 'At the end, for memory channels'
complete -c plog-agent -l fail-fast -d 'End when a component cannot be started'
complete -c plog-agent -l no-sandbox -d 'Keep all rights'
complete -c plog-agent -l dir -r -a '(__fish_complete_directories)' -d 'The store of plog: addresses'
complete -c plog-agent -s c -l conf -r -a '(__fish_complete_directories)' -d 'The directory of settings of Flume'
complete -c plog-agent -s q -l quiet -d 'Warnings and errors only'
complete -c plog-agent -s v -l verbose -d 'DEBUG too'
complete -c plog-agent -s h -l help -d 'Options'
complete -c plog-agent -s V -l version -d 'Version'
set -l client '__fish_seen_subcommand_from avro-client'
complete -c plog-agent -n $client -s H -l host -x -a '(__fish_print_hostnames)' -d 'The avro source'
complete -c plog-agent -n $client -s p -l port -x -d 'Its port'
complete -c plog-agent -n $client -s P -l rpcProps -r -F -d 'Servers, as properties'
complete -c plog-agent -n $client -s F -l filename -r -F -d 'Lines to send'
complete -c plog-agent -n $client -l dirname -r -a '(__fish_complete_directories)' -d 'Files to send'
complete -c plog-agent -n $client -s R -l headerFile -r -F -d 'Headers, as properties'
