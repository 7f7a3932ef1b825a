#!/usr/bin/env bats
# kafka-topics, kafka-console-producer ... of make install KAFKA_NAMES=yes on a cluster, beside Kafka's own.

load ../helper/lib
load peers/kafka/kafka

setup_file() { kafka_fetch && kafka_shared "$BATS_FILE_TMPDIR/broker"; }
teardown_file() { kafka_down "$BATS_FILE_TMPDIR/broker"; }
setup() {
	new_store
	local n
	mkdir bin
	for n in topics console-producer console-consumer consumer-groups; do
		ln -s "$PLOG_TOP/share/kafka-names" bin/kafka-$n
	done
	PATH=$PWD/bin:$PATH
	unset PLOG_DIR
	t=names-$BATS_TEST_NUMBER-$$
	at=(--bootstrap-server "$KAFKA")
}

@test "what one makes and writes, the other sees: topics, both consoles, groups; the same arguments" {
	kafka-topics "${at[@]}" --create --topic "$t" --partitions 2 --replication-factor 1 --config retention.ms=77000
	run -0 kafka TopicCommand "${at[@]}" --describe --topic "$t"
	assert_output --partial 'PartitionCount: 2'
	assert_output --partial 'retention.ms=77000'
	kafka TopicCommand "${at[@]}" --create --topic "$t-2" --partitions 1 --replication-factor 1
	run -0 kafka-topics "${at[@]}" --list
	assert_line "$t-2"
	kafka-topics "${at[@]}" --alter --topic "$t" --partitions 3
	run -0 kafka TopicCommand "${at[@]}" --describe --topic "$t"
	assert_output --partial 'PartitionCount: 3'

	with=(--property parse.key=true --property key.separator=:)
	show=(--from-beginning --timeout-ms 4000 --property print.key=true)
	printf 'a:1\nb:2\n' | kafka-console-producer --broker-list "$KAFKA" --topic "$t-2" "${with[@]}"
	printf 'c:3\nd:4\n' | kafka ConsoleProducer "${at[@]}" --topic "$t-2" "${with[@]}"
	run -0 --separate-stderr kafka-console-consumer "${at[@]}" --topic "$t-2" "${show[@]}"
	assert_output $'a\t1\nb\t2\nc\t3\nd\t4'
	# It says first that --property is an old name.
	run --separate-stderr kafka org.apache.kafka.tools.consumer.ConsoleConsumer "${at[@]}" --topic "$t-2" "${show[@]}"
	assert_equal "$(tail -n 4 <<<"$output")" $'a\t1\nb\t2\nc\t3\nd\t4'

	kafka-console-consumer "${at[@]}" --topic "$t-2" --group "$t" --from-beginning --max-messages 3 >/dev/null
	run -0 kafka consumer.group.ConsumerGroupCommand "${at[@]}" --describe --group "$t"
	assert_output --regexp "$t +$t-2 +0 +3 +4 +1"
	run -0 kafka-consumer-groups "${at[@]}" --describe --group "$t"
	assert_output --regexp "$t +$t-2 +0 +3 +4 +1"
	kafka-consumer-groups "${at[@]}" --reset-offsets --to-earliest --topic "$t-2" --group "$t" --execute
	run -0 kafka consumer.group.ConsumerGroupCommand "${at[@]}" --describe --group "$t"
	assert_output --regexp "$t +$t-2 +0 +0 +4 +4"
	run -0 kafka-consumer-groups "${at[@]}" --list
	assert_line "$t"

	kafka-topics "${at[@]}" --delete --topic "$t"
	run -0 kafka TopicCommand "${at[@]}" --list
	refute_line "$t"
}
