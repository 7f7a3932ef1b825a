#!/usr/bin/env bats
# kafka-topics, kafka-console-producer, kafka-console-consumer, kafka-consumer-groups: Kafka's command lines on a store.

load helper/lib
setup() {
	new_store
	local n
	mkdir bin
	for n in topics console-producer console-consumer consumer-groups; do
		ln -s "$PLOG_TOP/share/kafka-names" bin/kafka-$n
		ln -s "$PLOG_TOP/share/kafka-names" bin/kafka-$n.sh
	done
	PATH=$PWD/bin:$PATH
	b=(--bootstrap-server localhost:9092)
}

@test "topics: create, list, describe, alter, delete, with the options of courses old and new" {
	run --separate-stderr -0 kafka-topics.sh --create --zookeeper localhost:2181 --replication-factor 3 --partitions 3 --topic orders
	assert_equal "$output$stderr" 'Created topic orders.'
	run --separate-stderr -0 kafka-topics "${b[@]}" --create --topic=app.log --config retention.ms=1000 --config cleanup.policy=compact
	run -1 kafka-topics "${b[@]}" --create --topic orders
	assert_output "plog-topic: topic 'orders' exists already"
	run -0 kafka-topics "${b[@]}" --create --if-not-exists --topic orders
	run -0 kafka-topics "${b[@]}" --list
	assert_output $'app.log\norders'
	run -0 kafka-topics "${b[@]}" --list --topic 'app.*'
	assert_output app.log
	run -0 kafka-topics.sh --describe --topic orders "${b[@]}"
	assert_line --regexp '^Partitions: +3'
	run -0 kafka-topics "${b[@]}" --alter --topic orders --partitions 4
	run -0 kafka-topics "${b[@]}" --delete --topic 'app.log'
	run -0 kafka-topics "${b[@]}" --delete --if-exists --topic nothing
	run -1 kafka-topics "${b[@]}" --delete --topic nothing
	run -0 kafka-topics "${b[@]}" --list
	assert_output orders
}

@test "producer and consumer: keys, formats, groups, limits" {
	seq 1 3 | kafka-console-producer.sh --broker-list localhost:9092 --topic t 2>/dev/null
	printf 'k1=a\nk2=N\nk=v=w\n' | kafka-console-producer "${b[@]}" --topic t --property parse.key=true --property key.separator== \
		--reader-property null.marker=N --compression-codec zstd --request-required-acks -1 --timeout 5 --sync \
		--producer-property linger.ms=1 --producer-property some.thing=x
	run -0 kafka-console-consumer.sh --zookeeper localhost:2181 --topic t --from-beginning --timeout-ms 100
	assert_output $'1\n2\n3\na\nnull\nv=w'
	run -0 kafka-console-consumer "${b[@]}" --topic t --from-beginning --max-messages 5 --property print.key=true \
		--property print.offset=true --formatter-property print.partition=true --property key.separator='%\'
	assert_output 'Partition:0%\Offset:0%\null%\1
Partition:0%\Offset:1%\null%\2
Partition:0%\Offset:2%\null%\3
Partition:0%\Offset:3%\k1%\a
Partition:0%\Offset:4%\k2%\null'
	run -0 kafka-console-consumer "${b[@]}" --topic t --partition 0 --offset 4 --max-messages 1 --property print.timestamp=true \
		--property print.value=false
	assert_output --regexp '^CreateTime:[0-9]{13}$'
	run -0 kafka-console-consumer "${b[@]}" --topic t --group g --from-beginning --max-messages 2
	assert_output $'1\n2'
	run -0 kafka-console-consumer "${b[@]}" --topic t --consumer-property group.id=g --timeout-ms 300
	assert_output $'3\na\nnull\nv=w'
	# It follows, from the end.
	background kafka-console-consumer "${b[@]}" --topic t >got
	wait_until 5 test -e got
	sleep_until() { echo new | kafka-console-producer "${b[@]}" --topic t; has_line got new; }
	wait_until 10 sleep_until
	run grep -vx new got
	assert_output ''
}

@test "the producer on a terminal prompts" {
	needs script
	mkfifo in
	exec 7<>in
	background script -qec 'kafka-console-producer --bootstrap-server x:1 --topic t' /dev/null <in >out 2>&1 7>&-
	wait_until 5 grep -q '>' out
	echo hello >&7
	wait_until 5 sh -c 'plog-consume t 2>/dev/null | grep -qx hello'
	echo 'a\b' >&7
	wait_until 5 sh -c 'plog-consume t | grep -qxF "a\\b"'
	wait_until 5 sh -c '[ "$(grep -o ">" out | wc -l)" -ge 3 ]'
	printf '\004' >&7
	finish "$bg"
	exec 7>&-
	assert_equal "$status" 0
}

@test "groups: list, describe, reset to every place, delete" {
	seq 1 10 | kafka-console-producer "${b[@]}" --topic t 2>/dev/null
	kafka-console-consumer "${b[@]}" --topic t --group g --from-beginning --max-messages 4 >/dev/null
	run -0 kafka-consumer-groups.sh "${b[@]}" --list
	assert_output g
	run -0 kafka-consumer-groups "${b[@]}" --describe --group g
	assert_line --regexp 't +0 +4 +10 +6'
	run -0 kafka-consumer-groups "${b[@]}" --group g --reset-offsets --to-earliest --topic t
	assert_equal "$(plog-group describe --tsv g | cut -f 4)" 4
	at() {
		kafka-consumer-groups "${b[@]}" --group g --reset-offsets --topic t:0 --execute "${@:2}" >/dev/null
		assert_equal "$(plog-group export g | cut -d, -f 3)" "$1"
	}
	at 0 --to-earliest
	at 10 --to-latest
	at 7 --to-offset 7
	at 5 --shift-by -2
	at 5 --to-current
	at 0 --to-datetime 2020-01-01T00:00:00.000
	at 0 --by-duration P1DT2H
	plog-group export g >csv
	at 10 --to-latest
	at 0 --from-file csv
	run -0 kafka-consumer-groups "${b[@]}" --delete --group g
	run -0 kafka-consumer-groups "${b[@]}" --list
	assert_output ''
}

@test "what is not known is refused; without a store or a cluster it says so" {
	run -1 kafka-topics "${b[@]}" --creat --topic t
	assert_output 'kafka-topics: the option --creat is not known here; plog(7) has what to type instead'
	run -1 kafka-topics "${b[@]}" --list --topic 'a|b'
	run -1 kafka-topics "${b[@]}" --create --topic
	assert_output 'kafka-topics: --topic wants a value'
	run -1 kafka-console-producer "${b[@]}" --topic t --property parse.headers=true
	run -1 kafka-topics "${b[@]}"
	# A quote is a quote.
	run -1 kafka-topics "${b[@]}" --create --topic "a'; echo no; '"
	refute_line no
	unset PLOG_DIR
	run -1 kafka-topics --list
	assert_output 'kafka-topics: --bootstrap-server HOST:PORT is missing, or PLOG_DIR for a store'
	run -1 kafka-topics --list --zookeeper localhost:2181
	assert_output --partial 'a ZooKeeper names no broker'
	run -1 timeout 10 kafka-topics --list --bootstrap-server 127.0.0.1:1
	assert_output --partial 'Connection refused'
}
