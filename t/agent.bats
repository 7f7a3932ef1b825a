#!/usr/bin/env bats
# plog-agent: runs Flume's configurations.
# also: asan bare

load helper/lib
load helper/agent
setup() { new_store; }

@test "netcat -> memory -> logger: what is typed is logged, as Flume logs it; OK is answered" {
	cat >nc.conf <<-'END'
		a1.sources = r1
		a1.sinks = k1
		a1.channels = c1
		a1.sources.r1.type = netcat
		a1.sources.r1.bind = localhost
		a1.sources.r1.port = 0
		a1.sinks.k1.type = logger
		a1.channels.c1.type = memory
		a1.channels.c1.capacity = 1000
		a1.sources.r1.channels = c1
		a1.sinks.k1.channel = c1
	END
	start_agent nc.conf a1
	type_lines "$(agent_port r1)" 2 'Hello world!\r\n\n'
	assert_equal "$REPLIES" 'OK OK'
	wait_until 10 grep -qF 'body: }' agent.log
	grep -qF '(k1) [INFO - org.apache.flume.sink.LoggerSink] Event: { headers:{} body: 48 65 6C 6C 6F 20 77 6F 72 6C 64 21 0D          Hello world!. }' agent.log
	grep -qF 'Event: { headers:{} body: }' agent.log
	stop_agent
	assert_equal "$STATUS" 0
}

@test "seq -> memory -> logger: every number once, in order, and none is left at the end" {
	cat >seq.conf <<-'END'
		a.sources = s
		a.channels = c
		a.sinks = k
		a.sources.s.type = seq
		a.sources.s.totalEvents = 2000
		a.sources.s.channels = c
		a.channels.c.type = memory
		a.sinks.k.type = logger
		a.sinks.k.maxBytesToLog = 4
		a.sinks.k.channel = c
	END
	start_agent seq.conf a
	wait_until 10 grep -q '1999 }' agent.log
	stop_agent
	assert_equal "$STATUS" 0
	sed -n 's/.*Event: .*  *\([0-9]*\) }$/\1/p' agent.log >got
	seq 0 1999 | cmp - got
}
