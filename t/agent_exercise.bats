#!/usr/bin/env bats
# A course's third configuration: a topic, KafkaSource, a memory channel, the timestamp interceptor, the hdfs sink; here on
# a plog store and a local directory, by a second file of two lines.  t/interop runs it with a broker and a real HDFS.

load helper/lib
load helper/agent
setup() { new_store; }

exercise() {
	local f=$PLOG_TOP/../shared/data/deck/flumexercise.conf
	if [ -f "$f" ]; then
		cat "$f"
	else
		printf 'agent1.%s\n' 'sources = source1' 'channels = channel1' 'sinks = sink1' \
			'sources.source1.type = org.apache.flume.source.kafka.KafkaSource' \
			'sources.source1.kafka.bootstrap.servers = broker.example:9092' 'sources.source1.kafka.topics = Flume_Topic' \
			'sources.source1.kafka.consumer.group.id = flume' 'sources.source1.channels = channel1' \
			'sources.source1.interceptors = i1' 'sources.source1.interceptors.i1.type = timestamp' \
			'sources.source1.kafka.consumer.timeout.ms = 100' 'channels.channel1.type = memory' \
			'channels.channel1.capacity = 10000' 'channels.channel1.transactionCapacity = 1000' 'sinks.sink1.type = hdfs' \
			'sinks.sink1.hdfs.path = hdfs://nameservice1/user/student/Flume_Kafka' 'sinks.sink1.hdfs.rollInterval = 5' \
			'sinks.sink1.hdfs.rollSize = 0' 'sinks.sink1.hdfs.rollCount = 0' 'sinks.sink1.hdfs.fileType = DataStream' \
			'sinks.sink1.channel = channel1'
	fi
}

_one_file() { compgen -G 'Flume_Kafka/FlumeData.*[0-9]' >/dev/null; }

@test "two typed lines become one file of 64 bytes, with Creating, Closing and Renaming in the log" {
	exercise >flumexercise.conf
	printf '%s\n' 'agent1.sources.source1.kafka.bootstrap.servers = plog:' \
		"agent1.sinks.sink1.hdfs.path = $PWD/Flume_Kafka" >local.conf
	run plog-agent agent --conf-file flumexercise.conf --conf-file local.conf --name agent1 --check
	assert_output --partial "kafka.consumer.timeout.ms: Kafka's client has no such property"
	start_agent flumexercise.conf agent1 --conf-file local.conf -Dflume.root.logger=INFO,console
	printf '%s\n' 'This is a test for kafka and flume integration' 'Welcome to Flume' | plog-produce Flume_Topic
	wait_until 15 _one_file
	stop_agent
	assert_equal "$STATUS" 0
	run -0 ls Flume_Kafka
	assert_output --regexp '^FlumeData\.[0-9]{13}$'
	file=Flume_Kafka/$output
	assert_equal "$(stat -c %s "$file")" 64
	cmp "$file" - <<<$'This is a test for kafka and flume integration\nWelcome to Flume'
	run -0 grep -oE "(Creating|Closing|Renaming) $PWD/Flume_Kafka/FlumeData\.[0-9]+\.tmp" agent.log
	assert_equal "$(cut -d ' ' -f 1 <<<"$output" | tr '\n' ' ')" 'Creating Closing Renaming '
	grep -qF "Renaming $PWD/$file.tmp to $PWD/$file" agent.log
}
