#!/usr/bin/env bats
# plog-agent's Kafka source, sink and channel on a real broker, beside a real Flume's.

load ../helper/lib
load ../helper/agent
load peers/kafka/kafka
. "$PLOG_TOP/t/interop/peers/flume/flume.bash"

setup_file() {
	kafka_fetch && flume_fetch && kafka_shared "$BATS_FILE_TMPDIR/broker"
}
teardown_file() { kafka_down "$BATS_FILE_TMPDIR/broker"; }
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
	echo 'a.sources.r.kafka.consumer.session.timeout.ms = 6000' >>a.conf
	# In memory what was committed and not yet written would go with the agent.
	sed -i "s|^a.channels.c.type = memory|a.channels.c.type = file\na.channels.c.checkpointDir = $PWD/ck\na.channels.c.dataDirs = $PWD/data\na.channels.c.minimumRequiredSpace = 1048576|" a.conf
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
