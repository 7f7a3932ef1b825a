#!/usr/bin/env bats
# plog-agent's Kafka source, sink and channel on a real broker, beside a real Flume's; and the exercise of a course, with a
# broker and a real HDFS.

load ../helper/lib
load ../helper/agent
load peers/kafka/kafka
. "$PLOG_TOP/t/interop/peers/flume/flume.bash"
. "$PLOG_TOP/t/interop/peers/hdfs/hdfs.bash"

setup_file() {
	kafka_fetch && flume_fetch && hdfs_fetch && kafka_shared "$BATS_FILE_TMPDIR/broker"
}
teardown_file() {
	kafka_down "$BATS_FILE_TMPDIR/broker"
	[ ! -e "$BATS_FILE_TMPDIR/hdfs" ] || hdfs_down "$BATS_FILE_TMPDIR/hdfs"
}
setup() {
	new_store
	export HOME=$BATS_TEST_TMPDIR/home
	mkdir -p "$HOME"
	t=agent-$BATS_TEST_NUMBER-$$
}
teardown() {
	flume_down "$PWD"
}

_lines() { [ "$(cat "$1"/* 2>/dev/null | wc -l)" -ge "$2" ]; }
bare() { sed 's/^{.*} //'; }
# The headers of each line in the order of their names.
sorted() { sed -E 's/^\{(.*)\} (.*)$/\1\t\2/' | while IFS=$'\t' read -r h b; do echo "$(tr ',' '\n' <<<"$h" | sed 's/^ //' | sort | paste -sd,) $b"; done; }

source_of() { # AGENT OUT GROUP
	mkdir -p "$2"
	printf "$1.%s\n" 'sources = r' 'channels = c' 'sinks = k' 'sources.r.type = org.apache.flume.source.kafka.KafkaSource' \
		"sources.r.kafka.bootstrap.servers = $KAFKA" "sources.r.kafka.topics = $t" "sources.r.kafka.consumer.group.id = $3" \
		'sources.r.kafka.consumer.auto.offset.reset = earliest' 'sources.r.batchSize = 100' 'sources.r.header.fh = kh' \
		'sources.r.channels = c' 'channels.c.type = memory' 'channels.c.capacity = 10000' 'channels.c.transactionCapacity = 1000' \
		'sinks.k.type = file_roll' "sinks.k.sink.directory = $PWD/$2" 'sinks.k.sink.rollInterval = 0' \
		'sinks.k.sink.serializer = HEADER_AND_TEXT' 'sinks.k.channel = c'
}

@test "source: the same events as Flume's, from the same topic; the broker has the position" {
	plog-topic -b "$KAFKA" create -P 1 "$t"
	{
		printf '{"key":"k1","value":"one","headers":[["kh","v1"],["x","y"]]}\n{"value":""}\n{"key":"k2","value":"two, and more"}\n'
		seq 500 | sed 's/.*/{"value":"line &"}/'
	} | plog-produce -b "$KAFKA" -J "$t"
	source_of a plog "$t-p" >a.conf
	source_of f flume "$t-f" >f.conf
	start_agent a.conf a
	wait_until 30 _lines plog 503
	flume_up "$PWD" f f.conf 'Kafka source r started'
	wait_until 60 _lines flume 503
	flume_down "$PWD" f
	stop_agent
	diff <(cat plog/* | sorted) <(cat flume/* | sorted)
	run -0 plog-group -b "$KAFKA" describe --tsv "$t-p"
	assert_output --regexp $'\t503\t503\t0\t'
}

@test "source: kill -9 of the agent, again and again: nothing is lost, and little comes twice" {
	local i
	plog-topic -b "$KAFKA" create -P 2 "$t"
	source_of a plog "$t" >a.conf
	{ echo 'a.sources.r.kafka.consumer.session.timeout.ms = 6000'; } >>a.conf
	seq 30000 | plog-produce -b "$KAFKA" --partitioner=roundrobin "$t"
	for i in 1 2 3; do
		AGENT_LOG=$i.log start_agent a.conf a
		wait_until 30 _lines plog $((i * 3000))
		stop_agent KILL
	done
	AGENT_LOG=last.log start_agent a.conf a
	_all() { [ "$(cat plog/* | bare | sort -u | wc -l)" = 30000 ]; }
	wait_until 60 _all
	stop_agent
	[ "$(cat plog/* | wc -l)" -le $((30000 + 3 * 12000)) ]
}

sink_of() { # AGENT PORT
	printf "$1.%s\n" 'sources = r' 'channels = c' 'sinks = k' 'sources.r.type = netcat' 'sources.r.bind = 127.0.0.1' "sources.r.port = $2" \
		'sources.r.channels = c' 'sources.r.interceptors = i j' 'sources.r.interceptors.i.type = regex_extractor' \
		'sources.r.interceptors.i.regex = ^(k[0-9]+) ' 'sources.r.interceptors.i.serializers = s' \
		'sources.r.interceptors.i.serializers.s.name = key' 'sources.r.interceptors.j.type = static' \
		'sources.r.interceptors.j.key = fx' 'sources.r.interceptors.j.value = hv' 'channels.c.type = memory' 'channels.c.capacity = 1000' \
		'sinks.k.type = org.apache.flume.sink.kafka.KafkaSink' "sinks.k.kafka.bootstrap.servers = $KAFKA" \
		"sinks.k.kafka.topic = $t-$1" 'sinks.k.header.fx = kx' 'sinks.k.kafka.producer.acks = all' "sinks.k.useFlumeEventFormat = $3" \
		'sinks.k.channel = c'
}

@test "sink: the same records as Flume's, plain and as Flume events, in the same partitions" {
	local form port
	for form in false true; do
		t=agent-$BATS_TEST_NUMBER-$form-$$
		plog-topic -b "$KAFKA" create -P 5 "$t-a"
		plog-topic -b "$KAFKA" create -P 5 "$t-f"
		port=$(flume_port)
		sink_of a 0 $form >a.conf
		sink_of f "$port" $form >f.conf
		start_agent a.conf a
		flume_up "$PWD" f f.conf 'Created serverSocket'
		lines=$(seq 40 | sed 's/.*/k& value of &\\n/' | tr -d '\n')
		type_lines "$(agent_port r)" 40 "$lines"
		type_lines "$port" 40 "$lines"
		_there() { [ "$(plog-consume -b "$KAFKA" "$t-$1" -F 'x\n' | wc -l)" = 40 ]; }
		wait_until 30 _there a
		wait_until 60 _there f
		flume_down "$PWD" f
		stop_agent
		diff <(plog-consume -b "$KAFKA" -J "$t-a" | jq -cS '[.partition, .key, .value, .headers]' | sort) \
			<(plog-consume -b "$KAFKA" -J "$t-f" | jq -cS '[.partition, .key, .value, .headers]' | sort)
	done
}

channel_of() {	# AGENT
	printf "$1.%s\n" 'channels = c' 'channels.c.type = org.apache.flume.channel.kafka.KafkaChannel' \
		"channels.c.kafka.bootstrap.servers = $KAFKA" "channels.c.kafka.topic = $t" "channels.c.kafka.consumer.group.id = $t"
}
into() {	# AGENT
	printf "$1.%s\n" 'sources = r' 'sources.r.type = seq' 'sources.r.totalEvents = 500' 'sources.r.batchSize = 50' 'sources.r.channels = c' \
		'sources.r.interceptors = i' 'sources.r.interceptors.i.type = static' 'sources.r.interceptors.i.key = from' \
		"sources.r.interceptors.i.value = $1"
}
out_of() {	# AGENT
	mkdir -p out
	printf "$1.%s\n" 'sinks = k' 'sinks.k.type = file_roll' "sinks.k.sink.directory = $PWD/out" 'sinks.k.sink.rollInterval = 0' \
		'sinks.k.sink.serializer = HEADER_AND_TEXT' 'sinks.k.channel = c'
}

@test "channel: plog puts and Flume takes; Flume puts and plog takes" {
	plog-topic -b "$KAFKA" create -P 1 "$t"
	{ channel_of a; into a; } >a.conf
	{ channel_of f; out_of f; } >f.conf
	start_agent a.conf a
	flume_up "$PWD" f f.conf 'Component type: SINK, name: k started'
	wait_until 60 _lines out 500
	flume_down "$PWD" f
	stop_agent
	cat out/* | diff - <(seq 0 499 | sed 's/^/{from=a} /')
	t=$t-back
	rm -r out
	plog-topic -b "$KAFKA" create -P 1 "$t"
	{ channel_of f; into f; } >f.conf
	{ channel_of a; out_of a; } >a.conf
	flume_up "$PWD" f f.conf 'Component type: SOURCE, name: r started'
	start_agent a.conf a
	wait_until 60 _lines out 500
	stop_agent
	cat out/* | diff - <(seq 0 499 | sed 's/^/{from=f} /')
	wait_until 10 [ "$(plog-group -b "$KAFKA" describe --tsv "$t" | cut -f 6)" = 0 ]
}

@test "a broker that is not there: said, tried again, nothing lost" {
	source_of a plog x >a.conf
	sed -i "s/$KAFKA/127.0.0.1:1/" a.conf
	start_agent a.conf a
	wait_until 20 grep -qi 'ERROR.*127.0.0.1:1' agent.log
	stop_agent
}

@test "the exercise of a course, with this broker and a real HDFS behind the name nameservice1" {
	local file
	export HADOOP_USER_NAME=student
	hdfs_up "$BATS_FILE_TMPDIR/hdfs" 1
	hdfs_fs -mkdir -p /user/student
	mkdir site
	cat >site/hdfs-site.xml <<-END
		<configuration>
		<property><name>dfs.nameservices</name><value>nameservice1</value></property>
		<property><name>dfs.ha.namenodes.nameservice1</name><value>nn1,nn2</value></property>
		<property><name>dfs.namenode.rpc-address.nameservice1.nn1</name><value>127.0.0.1:1</value></property>
		<property><name>dfs.namenode.http-address.nameservice1.nn1</name><value>127.0.0.1:1</value></property>
		<property><name>dfs.namenode.rpc-address.nameservice1.nn2</name><value>$HDFS</value></property>
		<property><name>dfs.namenode.http-address.nameservice1.nn2</name><value>$HDFS_HTTP</value></property>
		</configuration>
	END
	plog-topic -b "$KAFKA" describe Flume_Topic >/dev/null 2>&1 || plog-topic -b "$KAFKA" create -P 1 Flume_Topic
	f=$PLOG_TOP/../shared/data/deck/flumexercise.conf
	if [ -f "$f" ]; then cp "$f" flumexercise.conf; else
		printf 'agent1.%s\n' 'sources = source1' 'channels = channel1' 'sinks = sink1' \
			'sources.source1.type = org.apache.flume.source.kafka.KafkaSource' \
			'sources.source1.kafka.bootstrap.servers = broker.example:9092' 'sources.source1.kafka.topics = Flume_Topic' \
			'sources.source1.kafka.consumer.group.id = flume' 'sources.source1.channels = channel1' \
			'sources.source1.interceptors = i1' 'sources.source1.interceptors.i1.type = timestamp' \
			'sources.source1.kafka.consumer.timeout.ms = 100' 'channels.channel1.type = memory' \
			'channels.channel1.capacity = 10000' 'channels.channel1.transactionCapacity = 1000' 'sinks.sink1.type = hdfs' \
			'sinks.sink1.hdfs.path = hdfs://nameservice1/user/student/Flume_Kafka' 'sinks.sink1.hdfs.rollInterval = 5' \
			'sinks.sink1.hdfs.rollSize = 0' 'sinks.sink1.hdfs.rollCount = 0' 'sinks.sink1.hdfs.fileType = DataStream' \
			'sinks.sink1.channel = channel1' >flumexercise.conf
	fi
	echo "agent1.sources.source1.kafka.bootstrap.servers = $KAFKA" >broker.conf
	HADOOP_CONF_DIR=$PWD/site start_agent flumexercise.conf agent1 --conf-file broker.conf -Dflume.root.logger=INFO,console
	wait_until 30 grep -q 'SOURCE, name: source1 started' agent.log
	web() { curl -sf -m 10 -L "http://$HDFS_HTTP/webhdfs/v1/user/student/Flume_Kafka$2?op=$1&user.name=student"; }
	names() { web LISTSTATUS '' | jq -r '.FileStatuses.FileStatus[].pathSuffix'; }
	_files() { [ "$(names | grep -vc '\.tmp$')" = "$1" ]; }
	# By plog-produce, then by Kafka's own console.
	for by in plog kafka; do
		lines=$'This is a test for kafka and flume integration\nWelcome to Flume'
		if [ $by = plog ]; then plog-produce -b "$KAFKA" Flume_Topic <<<"$lines"; else
			kafka ConsoleProducer --bootstrap-server "$KAFKA" --topic Flume_Topic <<<"$lines"
		fi
		wait_until 30 _files $([ $by = plog ] && echo 1 || echo 2)
	done
	stop_agent
	assert_equal "$STATUS" 0
	for file in $(names); do
		[[ $file =~ ^FlumeData\.[0-9]{13}$ ]]
		web OPEN "/$file" >got
		assert_equal "$(stat -c %s got)" 64
		diff got - <<<"$lines"
	done
	run -0 grep -oE '(Creating|Closing|Renaming) hdfs://nameservice1/user/student/Flume_Kafka/FlumeData\.[0-9]+' agent.log
	assert_equal "$(cut -d ' ' -f 1 <<<"$output" | tr '\n' ' ')" 'Creating Closing Renaming Creating Closing Renaming '
}
