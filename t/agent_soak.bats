#!/usr/bin/env bats
# plog-agent under load for some seconds, with PLOG_TORTURE for ten minutes: netcat, http, a log that is rotated, an avro
# hop, a topic; reloads, clients that misbehave. Every event arrives once; memory and descriptors do not grow.
# What was measured stands in share/doc/agent.md.

load helper/lib
load helper/agent

conf() {
	printf 'a.%s\n' 'sources = n h l v k' 'channels = n h l v t k' 'sinks = n h l v t k'
	for x in n h v k; do printf "a.channels.$x.%s\n" 'type = memory' 'capacity = 100000' 'transactionCapacity = 1000'; done
	for x in l t; do
		printf "a.channels.$x.%s\n" 'type = file' "checkpointDir = $PWD/channel.$x/checkpoint" "dataDirs = $PWD/channel.$x/data" \
			'checkpointInterval = 5000' 'maxFileSize = 5000000' 'minimumRequiredSpace = 1048576'
	done
	for x in n h v k; do
		mkdir -p "out/${x/v/l}"
		printf "a.sinks.$x.%s\n" 'type = file_roll' "sink.directory = $PWD/out/${x/v/l}" 'sink.rollInterval = 1' 'sink.batchSize = 100' "channel = $x"
	done
	printf 'a.sources.n.%s\n' 'type = netcat' 'bind = 127.0.0.1' 'port = 0' 'channels = n t'
	printf 'a.sources.h.%s\n' 'type = http' 'bind = 127.0.0.1' 'port = 0' 'channels = h'
	printf 'a.sources.l.%s\n' 'type = TAILDIR' 'filegroups = f' "filegroups.f = $PWD/log/app\\\\.log.*" "positionFile = $PWD/position.json" \
		'writePosInterval = 500' 'idleTimeout = 500' 'channels = l' 'interceptors = i' 'interceptors.i.type = timestamp'
	printf 'a.sinks.l.%s\n' 'type = avro' 'hostname = 127.0.0.1' "port = $1" 'batchSize = 100' 'channel = l'
	printf 'a.sources.v.%s\n' 'type = avro' 'bind = 127.0.0.1' "port = $1" 'channels = v'
	printf 'a.sinks.t.%s\n' 'type = org.apache.flume.sink.kafka.KafkaSink' "kafka.bootstrap.servers = plog:$PLOG_DIR" 'kafka.topic = t' 'channel = t'
	printf 'a.sources.k.%s\n' 'type = org.apache.flume.source.kafka.KafkaSource' "kafka.bootstrap.servers = plog:$PLOG_DIR" 'kafka.topics = t' \
		'batchDurationMillis = 100' 'channels = k'
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

@test "a soak: every event once, through reloads and clients that misbehave; memory and descriptors stay" {
	new_store
	needs python3
	needs_module httpd
	needs_module regex
	local seconds=${PLOG_TORTURE:+600}
	mkdir log
	plog-topic create -c segment.bytes=5000000 -c retention.bytes=50000000 t
	conf "$(free_port)" >a.conf
	start_agent a.conf a --no-reload-conf
	wait_until 5 grep -q 'Kafka source k started' agent.log
	python3 "$PLOG_TOP/t/helper/agent_soak.py" "${seconds:-3}" "$AGENT_PID" "$(agent_port n)" "$(agent_port h)" >said 2>&1 ||
		{ cat said; tail -n 20 agent.log; return 1; } >&2
	echo "# $(cat said)" >&3
	stop_agent
	assert_equal "$STATUS" 0
}
