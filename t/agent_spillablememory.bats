#!/usr/bin/env bats
# plog-agent's spillable memory channel: memory first, then disk, in order; a stop loses nothing.
# also: asan

load helper/lib
load helper/agent
setup() { new_store; }

spill_conf() { # COUNT BATCH
	{
		printf 'a.%s\n' 'sources = r' 'sources.r.type = seq' "sources.r.totalEvents = $1" "sources.r.batchSize = $2" \
			'sources.r.channels = c' 'channels = c' 'channels.c.type = spillablememory' "channels.c.checkpointDir = $PWD/ck" \
			"channels.c.dataDirs = $PWD/data" 'channels.c.minimumRequiredSpace = 1048576' 'channels.c.transactionCapacity = 1000' \
			'channels.c.overflowTimeout = 0'
		cat
	}
}

sink_of() { # BATCH
	mkdir -p out
	printf 'a.%s\n' 'sinks = k' 'sinks.k.type = file_roll' "sinks.k.sink.directory = $PWD/out" 'sinks.k.sink.rollInterval = 0' \
		"sinks.k.sink.batchSize = $1" 'sinks.k.channel = c'
}

_got_lines() { [ "$(cat out/* 2>/dev/null | wc -l)" -ge "$1" ]; }
_on_disk() { [ "$(plog-consume -d data channel 2>/dev/null | wc -l)" = "$1" ]; }

@test "memory and disk by turns: every event once, in order" {
	sink_of 30 | spill_conf 50000 100 >a.conf
	echo 'a.channels.c.memoryCapacity = 500' >>a.conf
	start_agent a.conf a
	wait_until 20 _got_lines 50000
	stop_agent
	assert_equal "$STATUS" 0
	cat out/* | cmp - <(seq 0 49999)
}

@test "beyond the memory events are on disk; at a stop all of them are, and the next agent has them" {
	spill_conf 1000 100 </dev/null >a.conf
	echo 'a.channels.c.memoryCapacity = 300' >>a.conf
	start_agent a.conf a
	wait_until 10 _on_disk 700
	stop_agent
	assert_equal "$STATUS" 0
	_on_disk 1000
	sink_of 100 | spill_conf 0 1 >b.conf
	sed -i '/totalEvents/d; /a.sources/d' b.conf
	start_agent b.conf a
	wait_until 10 _got_lines 1000
	stop_agent
	cat out/* | sort -n | cmp - <(seq 0 999)
}

@test "memoryCapacity 0: a file channel; overflowCapacity 0: nothing on disk, full is told" {
	sink_of 10 | spill_conf 1000 10 >a.conf
	echo 'a.channels.c.memoryCapacity = 0' >>a.conf
	start_agent a.conf a
	wait_until 10 _got_lines 1000
	stop_agent
	cat out/* | cmp - <(seq 0 999)
	rm -r data ck
	spill_conf 1000 10 </dev/null >b.conf
	printf 'a.channels.c.%s\n' 'overflowCapacity = 0' 'memoryCapacity = 100' 'transactionCapacity = 100' >>b.conf
	start_agent b.conf a
	wait_until 10 grep -q "memory capacity has been reached and overflow is full or disabled" agent.log
	stop_agent
	[ ! -e data ]
	grep -q '100 events in memory are lost: there is no overflow on disk' agent.log
	spill_conf 1 1 </dev/null >c.conf
	printf 'a.channels.c.%s\n' 'overflowCapacity = 0' 'memoryCapacity = 0' >>c.conf
	run -1 plog-agent -f c.conf -n a --check
	assert_output --partial 'the channel holds nothing'
}
