#!/usr/bin/env bats
# plog-agent: counters over HTTP, under Flume's names.

load helper/lib
load helper/agent
setup() {
	new_store
	needs curl jq
	needs_module httpd
}

conf() {
	cat <<-'END'
		a.sources = r
		a.sinks = k
		a.channels = c
		a.sources.r.type = netcat
		a.sources.r.bind = localhost
		a.sources.r.port = 0
		a.sources.r.channels = c
		a.sinks.k.type = logger
		a.sinks.k.channel = c
		a.channels.c.type = memory
		a.channels.c.capacity = 1000
	END
}

get() { curl -sS -m 5 -o body -w '%{http_code}' "http://127.0.0.1:$PORT$1"; }

@test "/metrics is Flume's JSON, all values strings; /metrics/prometheus the same in text; /healthz" {
	conf >a.conf
	start_agent a.conf a -Dflume.monitoring.type=http -Dflume.monitoring.port=0 -Dflume.monitoring.bind=127.0.0.1
	PORT=$(agent_port a)
	type_lines "$(agent_port r)" 7 '1\n2\n3\n4\n5\n6\n7\n'
	wait_until 5 grep -q 'Event: .* 7 }' agent.log
	drained() { get /metrics && [ "$(jq -r '.["CHANNEL.c"].EventTakeSuccessCount' body)" = 7 ]; }
	wait_until 5 drained
	assert_equal "$(jq -c 'keys' body)" '["CHANNEL.c","SINK.k","SOURCE.r"]'
	assert_equal "$(jq -c '[.[] | .[] | type] | unique' body)" '["string"]'
	assert_equal "$(jq -r '.["CHANNEL.c"] | "\(.Type) \(.ChannelSize) \(.ChannelCapacity) \(.ChannelFillPercentage) \(.EventPutSuccessCount) \(.StopTime)"' body)" \
		'CHANNEL 0 1000 0.0 7 0'
	assert_equal "$(jq -r '.["SOURCE.r"] | "\(.EventReceivedCount) \(.EventAcceptedCount)"' body)" '7 7'
	assert_equal "$(jq -r '.["SINK.k"].EventDrainSuccessCount' body)" 7
	for name in AppendBatchAcceptedCount OpenConnectionCount EventReadFail ChannelWriteFail GenericProcessingFail StartTime; do
		[ "$(jq -r ".[\"SOURCE.r\"].$name" body)" != null ]
	done
	assert_equal "$(get /METRICS)" 200
	assert_equal "$(get /metrics/prometheus)" 200
	grep -qxF 'flume_channel_event_put_success_total{agent="a",component="c"} 7' body
	grep -qxF 'flume_component_running{agent="a",component="r"} 1' body
	assert_equal "$(get /healthz)" 200
	assert_equal "$(get /)" 200
	grep -q './metrics' body
	assert_equal "$(get /none)" 404
	assert_equal "$(curl -sS -m 5 -X OPTIONS -o body -w '%{http_code}' "http://127.0.0.1:$PORT/metrics")" 403
	# a reload goes on under it
	{ conf; echo 'a.channels.d.type = memory'; echo 'a.channels = c d'; echo 'a.sinks.k.channel = d'; echo 'a.sources.r.channels = c d'; } >a.conf
	kill -HUP "$AGENT_PID"
	more() { get /metrics && [ "$(jq -r '.["CHANNEL.d"].ChannelSize' body)" = 0 ]; }
	wait_until 5 more
	stop_agent
}

@test "/healthz is 503, and says which, while a component does not run" {
	conf | sed 's/= logger/= file_roll/' >a.conf
	echo 'a.sinks.k.sink.directory = none' >>a.conf
	start_agent a.conf a -Dflume.monitoring.type=http -Dflume.monitoring.port=0 -Dflume.monitoring.bind=127.0.0.1
	PORT=$(agent_port a)
	assert_equal "$(get /healthz)" 503
	assert_equal "$(cat body)" 'SINK k is not started'
	stop_agent
}

@test "/metrics of a full channel: the percentage as Java prints it, an attempt for each event" {
	conf | sed 's/= logger/= file_roll/; s/capacity = .*/capacity = 10/' >a.conf
	printf 'a.%s\n' 'sinks.k.sink.directory = none' 'sinks.k.sink.batchSize = 10' 'channels.c.transactionCapacity = 10' 'channels.c.keep-alive = 0' >>a.conf
	start_agent a.conf a --drain=0 -Dflume.monitoring.type=http -Dflume.monitoring.port=0 -Dflume.monitoring.bind=127.0.0.1
	PORT=$(agent_port a)
	filled() { type_lines "$(agent_port r)" "$1" "$(printf '%*s' "$1" '' | sed 's/ /x\\n/g')" && get /metrics >/dev/null && jq -r '.["CHANNEL.c"].ChannelFillPercentage' body; }
	run filled 1
	assert_output "10.0"
	run filled 2
	assert_output "30.0"
	run filled 27
	assert_output "100.0"
	assert_equal "$(get /metrics)" 200
	assert_equal "$(jq -r '.["CHANNEL.c"] | "\(.EventPutAttemptCount) \(.EventPutSuccessCount)"' body)" '30 10'
	assert_equal "$(jq -r '.["SOURCE.r"] | "\(.EventReceivedCount) \(.EventAcceptedCount) \(.ChannelWriteFail) \(.EventLostCount)"' body)" '30 10 20 20'
	stop_agent
	# a small part of a large one
	sed -i 's/capacity = .*/capacity = 1000000/' a.conf
	start_agent a.conf a --drain=0 -Dflume.monitoring.type=http -Dflume.monitoring.port=0 -Dflume.monitoring.bind=127.0.0.1
	PORT=$(agent_port a)
	run filled 3
	assert_output "3.0E-4"
	stop_agent
}

@test "/healthz is 503, and says which, when a source has ended with an error" {
	mkdir in
	printf 'bad\xff\n' >in/f
	conf | sed 's/= netcat/= spooldir/; /bind\|port/d' >a.conf
	printf 'a.sources.r.%s\n' 'spoolDir = in' 'pollDelay = 10' >>a.conf
	start_agent a.conf a -Dflume.monitoring.type=http -Dflume.monitoring.port=0 -Dflume.monitoring.bind=127.0.0.1
	PORT=$(agent_port a)
	wait_until 10 grep -q 'Source r ended' agent.log
	assert_equal "$(get /healthz)" 503
	assert_equal "$(cat body)" 'SOURCE r has ended'
	stop_agent
	# one that has done what it was to do has not failed
	conf | sed 's/= netcat/= seq/; /bind\|port/d' >a.conf
	echo 'a.sources.r.totalEvents = 3' >>a.conf
	start_agent a.conf a -Dflume.monitoring.type=http -Dflume.monitoring.port=0 -Dflume.monitoring.bind=127.0.0.1
	PORT=$(agent_port a)
	wait_until 10 grep -q 'name: r stopped' agent.log
	assert_equal "$(get /healthz)" 200
	stop_agent
}

@test "ganglia and classes of one's own are refused" {
	conf >a.conf
	run -1 --separate-stderr timeout 10 plog-agent -f a.conf -n a -Dflume.monitoring.type=ganglia
	[[ $stderr == *'use type=http'* ]]
	run -1 --separate-stderr timeout 10 plog-agent -f a.conf -n a -Dflume.monitoring.type=x.Y
	[[ $stderr == *'is not http: x.Y'* ]]
}

@test "avro and thrift, sink and source: each event and each batch is counted once" {
	monitored=(-Dflume.monitoring.type=http -Dflume.monitoring.port=0 -Dflume.monitoring.bind=127.0.0.1)
	for t in avro thrift; do
		printf 't.%s\n' 'sources = r' 'channels = c' 'sinks = k' "sources.r.type = $t" 'sources.r.bind = 127.0.0.1' 'sources.r.port = 0' \
			'sources.r.channels = c' 'channels.c.type = memory' 'sinks.k.type = null' 'sinks.k.channel = c' >t.conf
		AGENT_LOG=t.log start_agent t.conf t "${monitored[@]}"
		target=$AGENT_PID
		printf 'a.%s\n' 'sources = r' 'channels = c' 'sinks = k' 'sources.r.type = seq' 'sources.r.totalEvents = 95' \
			'sources.r.batchSize = 95' 'sources.r.channels = c' 'channels.c.type = memory' "sinks.k.type = $t" \
			'sinks.k.hostname = 127.0.0.1' "sinks.k.port = $(AGENT_LOG=t.log agent_port r)" 'sinks.k.batch-size = 10' \
			'sinks.k.channel = c' >a.conf
		start_agent a.conf a "${monitored[@]}"
		PORT=$(agent_port a)
		sent() {
			get /metrics
			[ "$(jq -r '.["SINK.k"] | "\(.EventDrainAttemptCount) \(.EventDrainSuccessCount) \(.BatchCompleteCount) \(.BatchUnderflowCount)"' body)" = '95 95 9 1' ]
		}
		wait_until 5 sent || { cat body; return 1; }
		stop_agent
		PORT=$(AGENT_LOG=t.log agent_port t)
		get /metrics
		assert_equal "$(jq -r '.["SOURCE.r"] | "\(.EventReceivedCount) \(.EventAcceptedCount) \(.AppendBatchReceivedCount) \(.AppendBatchAcceptedCount)"' body)" '95 95 10 10'
		AGENT_PID=$target stop_agent
	done
}
