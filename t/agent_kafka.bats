#!/usr/bin/env bats
# plog-agent's Kafka source, sink and channel on a plog store; t/interop has them on a cluster.
# also: asan

load helper/lib
load helper/agent
setup() { new_store; }

SOURCE=org.apache.flume.source.kafka.KafkaSource
SINK=org.apache.flume.sink.kafka.KafkaSink
CHANNEL=org.apache.flume.channel.kafka.KafkaChannel

# A source's properties on stdin, without a.sources.r. in front.
from_topic() {
	{
		printf '%s\n' "type = $SOURCE" "kafka.bootstrap.servers = plog:$PLOG_DIR" 'batchSize = 100' 'batchDurationMillis = 100'
		cat
	} | source_conf a.conf
}

_lines() { [ "$(received | wc -l)" -ge "$1" ]; }

@test "source: records are events with Flume's headers; those of before are not read; it goes on where it was" {
	echo old | plog-produce in
	from_topic <<<'kafka.topics = in'
	start_agent a.conf a
	grep -q 'Kafka source r started' agent.log
	printf 'k1\tone\n\t\n' | plog-produce -K '\t' in
	printf '{"key":null,"value":null,"timestamp":77}\n' | plog-produce -J in
	wait_until 10 _lines 3
	received >got
	assert_equal "$(sed -E 's/timestamp=[0-9]{13}/timestamp=T/' got | head -n 1)" '{topic=in, partition=0, offset=1, key=k1, timestamp=T} one'
	grep -qE '^\{.*offset=3.*timestamp=77\} $' got
	run -0 plog-group describe --tsv flume
	assert_output --regexp $'^flume\tin\t0\t4\t4\t0\t'
	stop_agent
	assert_equal "$STATUS" 0
	echo down | plog-produce in
	start_agent a.conf a
	wait_until 10 _lines 4
	stop_agent
	received | grep -q 'offset=4.* down$'
	assert_equal "$(received | wc -l)" 4
}

@test "source: a topic that is not there is made; auto.offset.reset; several topics; a group's name" {
	seq 3 | plog-produce one
	seq 4 6 | plog-produce two
	from_topic <<-END
		kafka.topics = one, two , three
		kafka.consumer.group.id = mine
		kafka.consumer.auto.offset.reset = earliest
		setTopicHeader = false
	END
	start_agent a.conf a
	echo 7 | plog-produce three
	wait_until 10 _lines 7
	stop_agent
	assert_equal "$(received | sed 's/.*} //' | sort -n | tr '\n' ' ')" '1 2 3 4 5 6 7 '
	refute [ "$(received | grep -c topic=)" != 0 ]
	plog-group list | grep -qx mine
}

@test "source: topics by a pattern, also those that come later" {
	needs_module regex
	seq 3 | plog-produce log.a
	echo no | plog-produce xlog.a
	from_topic <<-END
		kafka.topics.regex = log\\\\..*
		kafka.consumer.auto.offset.reset = earliest
	END
	start_agent a.conf a
	wait_until 10 _lines 3
	seq 4 5 | plog-produce log.b
	wait_until 15 _lines 5
	stop_agent
	assert_equal "$(received | sed 's/.*} //' | sort -n | tr '\n' ' ')" '1 2 3 4 5 '
}

@test "source: record headers by name; Flume's own Avro form; what is none is passed over and counted" {
	from_topic <<-END
		kafka.topics = in
		kafka.consumer.auto.offset.reset = earliest
		header.fh = kh
		useFlumeEventFormat = true
	END
	{
		printf '{"value":{"base64":"AgZlbnYIcHJvZAAGZXNj"},"headers":[["kh","v1"],["other","x"]]}\n'
		printf '{"value":"no datum"}\n{"value":null}\n'
		printf '{"value":{"base64":"AAhsYXN0"}}\n'
	} | plog-produce -J in
	start_agent a.conf a
	wait_until 10 _lines 2
	stop_agent
	run -0 received
	assert_line --regexp '^\{.*env=prod.*\} esc$'
	assert_line --regexp '^\{.*fh=v1.*\} esc$'
	assert_line --regexp '\} last$'
	refute_output --partial 'other'
	grep -q 'in-0: the record at offset 1 is no Flume event in Avro' agent.log
	run -0 plog-group describe --tsv flume
	assert_output --regexp $'^flume\tin\t0\t4\t4\t0\t'
}

# The memory channel of a configuration becomes a file channel in DIR: what is committed is on disk then.
on_disk() { # FILE DIR
	sed -i "s|^a.channels.c.type = memory|a.channels.c.type = file\na.channels.c.checkpointDir = $PWD/$2/ck\na.channels.c.dataDirs = $PWD/$2/data\na.channels.c.minimumRequiredSpace = 1048576|" "$1"
}

@test "source: two agents share the partitions; kill -9 of one repeats a batch at most and loses nothing" {
	plog-topic create -P 4 in
	from_topic <<-END
		kafka.topics = in
		kafka.consumer.auto.offset.reset = earliest
	END
	sed "s|$PWD/out|$PWD/out2|" a.conf >b.conf
	on_disk a.conf a
	on_disk b.conf b
	mkdir out2
	AGENT_LOG=one.log start_agent a.conf a
	first=$AGENT_PID
	AGENT_LOG=two.log start_agent b.conf a
	second=$AGENT_PID
	seq 20000 | plog-produce --partitioner=roundrobin in
	kill -9 "$first"
	# What it had in its channel it delivers when it is there again.
	AGENT_LOG=three.log start_agent a.conf a
	all() { cat out/* out2/* 2>/dev/null | sed 's/.*} //'; }
	_all() { [ "$(all | sort -u | wc -l)" = 20000 ]; }
	wait_until 20 _all
	stop_agent
	AGENT_PID=$second stop_agent
	[ "$(all | wc -l)" -le 21000 ]
}

kafka_sink_conf() { # the sink's properties on stdin; netcat in front of it
	{
		printf 'a.%s\n' 'sources = r' 'channels = c' 'sinks = k' 'sources.r.type = netcat' 'sources.r.bind = 127.0.0.1' 'sources.r.port = 0' \
			'sources.r.channels = c' 'sources.r.interceptors = i j' 'sources.r.interceptors.i.type = regex_extractor' \
			'sources.r.interceptors.i.regex = ^(\\S+) (\\S+) ' 'sources.r.interceptors.i.serializers = s t' \
			'sources.r.interceptors.i.serializers.s.name = topic' 'sources.r.interceptors.i.serializers.t.name = key' \
			'sources.r.interceptors.j.type = static' 'sources.r.interceptors.j.key = fx' 'sources.r.interceptors.j.value = hv' \
			'channels.c.type = memory' 'channels.c.capacity = 1000' "sinks.k.type = $SINK" 'sinks.k.channel = c' \
			"sinks.k.kafka.bootstrap.servers = plog:$PLOG_DIR"
		sed 's/^./a.sinks.k.&/'
	} >a.conf
}

_count() { [ "$(plog-consume "$1" 2>/dev/null | wc -l)" -ge "$2" ]; }

@test "sink: topic and key by header, else the topic with its escapes; headers by name" {
	needs_module regex
	kafka_sink_conf <<-'END'
		kafka.topic = in-%{fx}
		header.fx = kx
	END
	start_agent a.conf a
	type_lines "$(agent_port r)" 3 'plain\nother k1 x\nother k2 y\n'
	wait_until 10 _count in-hv 1
	wait_until 10 _count other 2
	run -0 plog-consume -F '%k=%v\n' other
	assert_output $'k1=other k1 x\nk2=other k2 y'
	run -0 plog-consume -J in-hv
	assert_output --partial '"key":null,"value":"plain","headers":[["kx","hv"]]'
	stop_agent
	assert_equal "$STATUS" 0
}

@test "sink: no override, a partition by header, Flume's Avro form, compression" {
	needs_module regex
	plog-topic create -P 3 fixed
	kafka_sink_conf <<-'END'
		kafka.topic = fixed
		allowTopicOverride = false
		partitionIdHeader = key
		useFlumeEventFormat = true
		kafka.producer.compression.type = zstd
	END
	start_agent a.conf a
	type_lines "$(agent_port r)" 2 'x 2 a\ny 0 b\n'
	wait_until 10 _count fixed 2
	stop_agent
	run -0 plog-consume -p 2 -F '%v' fixed
	assert_output --partial 'x 2 a'
	assert_output --partial 'topic'
	run -0 plog-check dump fixed
	assert_output --partial 'zstd'
}

@test "sink: an event that can never be delivered: tried again without an end, or a dead letter" {
	needs_module regex
	plog-topic create -P 1 fixed
	for dead in '' 'deadLetter = plog:dead'; do
		kafka_sink_conf <<-END
			kafka.topic = fixed
			allowTopicOverride = false
			partitionIdHeader = key
			$dead
		END
		sed -i '/^a.sinks.k.$/d' a.conf
		[ -z "$dead" ] || sed -i "s|^a.sinks.k.deadLetter.*|a.sinks.k.deadLetter = plog:dead|" a.conf
		start_agent a.conf a --dir="$PLOG_DIR"
		type_lines "$(agent_port r)" 2 'x 5 bad\ny 0 good\n'
		wait_until 10 grep -q "an event cannot be delivered: topic 'fixed' has no partition 5, it has 1; headers {" agent.log
		if [ -z "$dead" ]; then
			stop_agent KILL
			continue
		fi
		wait_until 10 _count fixed 1
		wait_until 10 _count dead 1
		stop_agent
	done
	run -0 plog-consume -J dead
	assert_output --partial '"value":"x 5 bad"'
	assert_output --partial 'has no partition 5'
	run -0 plog-consume fixed
	assert_output 'y 0 good'
}

channel_conf() {
	printf 'a.%s\n' 'channels = c' "channels.c.type = $CHANNEL" "channels.c.kafka.bootstrap.servers = plog:$PLOG_DIR" \
		'channels.c.kafka.topic = chan'
	cat
}

@test "channel: a source alone, a sink alone, both; kill -9 loses nothing" {
	printf 'a.%s\n' 'sources = r' 'sources.r.type = seq' 'sources.r.totalEvents = 3000' 'sources.r.batchSize = 100' 'sources.r.channels = c' |
		channel_conf >src.conf
	mkdir out
	printf 'a.%s\n' 'sinks = k' 'sinks.k.type = file_roll' "sinks.k.sink.directory = $PWD/out" 'sinks.k.sink.rollInterval = 0' \
		'sinks.k.sink.batchSize = 50' 'sinks.k.channel = c' | channel_conf >snk.conf
	start_agent src.conf a
	wait_until 10 _count chan 3000
	stop_agent
	assert_equal "$STATUS" 0
	# Who has no sink is no member of the group.
	run ! plog-group describe flume
	start_agent snk.conf a
	wait_until 10 _lines 1000
	stop_agent KILL
	start_agent snk.conf a
	caught_up() { [ "$(plog-group describe --tsv flume | cut -f 6)" = 0 ]; }
	wait_until 10 caught_up
	stop_agent
	received | sort -nu | cmp - <(seq 0 2999)
	[ "$(received | wc -l)" -le 3200 ]
	# Flume's Avro form.
	assert_equal "$(plog-consume -n 1 -F '%v' chan | od -An -tx1 | tr -d ' ')" 000230
}

@test "channel: plain records; a rolled back take comes again, in order" {
	mkdir out
	{
		printf 'a.%s\n' 'sinks = k' 'sinks.k.type = file_roll' "sinks.k.sink.directory = $PWD/out" 'sinks.k.sink.rollInterval = 0' \
			'sinks.k.sink.batchSize = 7' 'sinks.k.sink.serializer = HEADER_AND_TEXT' 'sinks.k.channel = c' \
			'channels.c.parseAsFlumeEvent = false'
	} | channel_conf >snk.conf
	seq 100 | sed 's/.*/key&\tvalue&/' | plog-produce -K '\t' chan
	rmdir out && : >out
	start_agent snk.conf a
	wait_until 10 grep -q 'Unable to deliver event\|cannot\|Not a directory' agent.log
	stop_agent || true
	rm out && mkdir out
	start_agent snk.conf a
	wait_until 10 _lines 100
	stop_agent
	received | cmp - <(seq 100 | sed 's/.*/{key=key&} value&/')
}

@test "names of the Java client: passed on, done here, without a meaning, unknown; every mistake with its line" {
	from_topic <<-END
		kafka.consumer.fetch.min.bytes = 1
		kafka.consumer.interceptor.classes = x
		kafka.consumer.fetch.mn.bytes = 1
		kafka.consumer.auto.offset.reset = smallest
		zookeeperConnect = zk:2181
	END
	run -1 plog-agent -f a.conf -n a --check
	assert_output --partial 'At least one Kafka topic must be specified.'
	assert_output --partial "Kafka's client has no such property, did you mean 'fetch.min.bytes'?"
	assert_output --partial "'smallest' is none of earliest, latest and none"
	assert_output --partial 'kafka.consumer.interceptor.classes'
	assert_output --partial 'name the brokers in kafka.bootstrap.servers'
	refute_output --partial 'fetch.min.bytes: '
}

@test "counters of source, channel and sink: Flume's names, and what went through" {
	needs curl jq
	needs_module httpd
	printf 'a.%s\n' 'sources = r' 'channels = c' 'sinks = k' "sources.r.type = $SOURCE" 'sources.r.kafka.topics = in' \
		'sources.r.channels = c' 'sources.r.kafka.consumer.auto.offset.reset = earliest' 'sources.r.batchDurationMillis = 50' \
		"channels.c.type = $CHANNEL" "sinks.k.type = $SINK" 'sinks.k.kafka.topic = out' 'sinks.k.allowTopicOverride = false' \
		'sinks.k.channel = c' >a.conf
	for c in sources.r channels.c sinks.k; do
		echo "a.$c.kafka.bootstrap.servers = plog:$PLOG_DIR"
	done >>a.conf
	seq 250 | plog-produce in
	start_agent a.conf a -Dflume.monitoring.type=http -Dflume.monitoring.port=0 -Dflume.monitoring.bind=127.0.0.1
	port=$(agent_port a)
	through() {
		curl -sS -m 5 "http://127.0.0.1:$port/metrics" >body
		[ "$(jq -r '.["SOURCE.r"].EventAcceptedCount + " " + .["CHANNEL.c"].EventTakeSuccessCount + " " + .["SINK.k"].EventDrainSuccessCount' body)" = '250 250 250' ]
	}
	wait_until 10 through || { jq -c . body; cat agent.log; return 1; } >&2
	# the attributes of the classes KafkaSourceCounter, KafkaChannelCounter, KafkaSinkCounter; all are numbers, but the type
	for name in SOURCE.r:{KafkaEventGetTimer,KafkaCommitTimer,KafkaEmptyCount,EventReceivedCount,AppendBatchReceivedCount,StartTime} \
		CHANNEL.c:{KafkaEventGetTimer,KafkaEventSendTimer,KafkaCommitTimer,RollbackCount,ChannelSize,EventPutSuccessCount} \
		SINK.k:{KafkaEventSendTimer,RollbackCount,BatchCompleteCount,BatchUnderflowCount,ConnectionCreatedCount}; do
		run -0 jq -r --arg k "${name%:*}" --arg n "${name#*:}" '.[$k][$n]' body
		assert_output --regexp '^[0-9]+$'
	done
	assert_equal "$(jq -r '.["SINK.k"].RollbackCount + .["CHANNEL.c"].RollbackCount' body)" 00
	stop_agent
	assert_equal "$(plog-consume out | wc -l)" 250
}
