# fish completion for plog-produce(1).  It asks the tools: nothing about
# topics, partitions or configs is known here.

function __plog_produce_where
    set -l words (commandline -opc)
    for i in (seq (count $words))
        if contains -- $words[$i] -d -b --dir --bootstrap-server --command-config; and test $i -lt (count $words)
            echo $words[$i]
            echo $words[(math $i + 1)]
        end
    end
end

# The first word that is neither an option nor the value of one.
function __plog_produce_topic
    set -l words (commandline -opc)
    for i in (seq 2 (count $words))
        string match -q -- '-*' $words[$i]; and continue
        string match -qr -- '^-[dbXDFkKHpzRPc]$' $words[(math $i - 1)]; and continue
        echo $words[$i]
        return 0
    end
    return 1
end

set -l c complete -c plog-produce
$c -f -n 'not __plog_produce_topic >/dev/null' -a '(plog-topic (__plog_produce_where) list 2>/dev/null)'
$c -F -n '__plog_produce_topic >/dev/null'
$c -s d -l dir -x -a '(__fish_complete_directories)' -d 'The store'
$c -s b -l bootstrap-server -x -d 'A Kafka cluster'
$c -l command-config -r -d 'Properties of the client'
$c -l delivery-timeout -x -d 'How long a broker is waited for'
$c -l transactional -x -d 'All is one transaction'
$c -l every -x -d 'A transaction each so many records'
$c -s X -l property -x -d 'Property of librdkafka'
$c -s 0 -l zero -d 'Records end at NUL'
$c -s D -l delimiter -x -d 'Records end at these bytes'
$c -l crlf -d 'A carriage return before the delimiter is not data'
$c -s J -l json -d 'Input is JSON lines'
$c -s F -l format -x -d 'Input is as the format string says'
$c -l raw -d 'Input is record batches'
$c -l whole -d 'Each file is a record'
$c -s k -l key -x -d 'The key of all'
$c -s K -l key-delimiter -x -d 'The key stands before it'
$c -l missing-key -x -a 'error null' -d 'Without the delimiter of -K'
$c -s H -l header -x -d 'A header for all'
$c -l null-marker -x -d 'What stands for NULL'
$c -s p -l partition -x -a '(plog-topic (__plog_produce_where) offsets (__plog_produce_topic) 2>/dev/null | cut -f 2)' -d 'The partition of all'
$c -l partitioner -x -a 'murmur2 sticky roundrobin random crc32' -d 'How the partition is chosen'
$c -l timestamp -x -d 'Of every record'
$c -s z -l compression -x -a 'none gzip snappy lz4 zstd' -d 'Codec'
$c -l acks -x -a '0 1 all' -d 'When a record is acknowledged'
$c -l linger -x -d 'How long a batch gathers'
$c -l batch-size -x -d 'How much a batch gathers'
$c -s R -l report -x -d 'Print each record when it is acknowledged'
$c -s P -l partitions -x -d 'Of a topic that is made'
$c -s c -l config -x -a '(plog-topic configs 2>/dev/null | string replace -r \'$\' =)' -d 'Of a topic that is made'
$c -l no-create -d 'A topic that is not there is an error'
$c -l on-full -x -a 'fail wait' -d 'When the disk is full'
$c -l on-error -x -a 'stop skip' -d 'When a record cannot be taken'
$c -l lock-timeout -x -d 'How long to wait for another writer'
$c -s v -l verbose -d 'Progress, and a line at the end'
$c -l progress -d 'Progress'
$c -s q -l quiet -d 'No remarks'
$c -s h -l help -d 'The options'
$c -s V -l version -d 'Version'
