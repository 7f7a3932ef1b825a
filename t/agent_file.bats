#!/usr/bin/env bats
# plog-agent's file channel: what was put and committed is there after anything, and is taken at least once, in order.
# also: asan

load helper/lib
load helper/agent
setup() { new_store; }

# file_conf [SOURCE-PROPERTY...]: seq or what is given, into the channel; more properties of the agent on stdin.
file_conf() {
	printf 'a.%s\n' 'channels = c' 'channels.c.type = file' "channels.c.checkpointDir = $PWD/ck" \
		"channels.c.dataDirs = $PWD/data" 'channels.c.minimumRequiredSpace = 1048576' 'channels.c.transactionCapacity = 1000'
	cat
}

source_of() { # COUNT BATCH
	printf 'a.%s\n' 'sources = r' 'sources.r.type = seq' "sources.r.totalEvents = $1" "sources.r.batchSize = $2" 'sources.r.channels = c'
}

sink_of() { # BATCH
	mkdir -p out
	printf 'a.%s\n' 'sinks = k' 'sinks.k.type = file_roll' "sinks.k.sink.directory = $PWD/out" 'sinks.k.sink.rollInterval = 0' \
		"sinks.k.sink.batchSize = $1" 'sinks.k.channel = c'
}

stored() { plog-consume -d data channel; }
lag() { plog-group -d data --groups="$PWD/ck" describe --tsv channel | cut -f 6; }
_stored_are() { [ "$(stored 2>/dev/null | wc -l)" = "$1" ]; }
_lag_is() { [ "$(lag 2>/dev/null)" = "$1" ]; }
_acknowledged() { [ "$(wc -l <acknowledged)" -ge "$1" ]; }
_got_lines() { [ "$(cat out/* 2>/dev/null | wc -l)" -ge "$1" ]; }

@test "events go through; the directory is a store that plog-consume, plog-group and plog-check read" {
	{ source_of 5000 100; sink_of 100; } | file_conf >a.conf
	start_agent a.conf a
	wait_until 10 _got_lines 5000
	wait_until 10 _lag_is 0
	run -0 plog-group -d data --groups="$PWD/ck" describe --tsv channel
	assert_output --regexp $'^channel\tchannel\t0\t5000\t5000\t0\t'
	stop_agent
	assert_equal "$STATUS" 0
	cat out/* | cmp - <(seq 0 4999)
	run -0 plog-check -d data
	assert_output ''
}

@test "headers, empty bodies and bytes of any kind come back" {
	{
		printf 'a.%s\n' 'sources = r' 'sources.r.type = netcat' 'sources.r.bind = 127.0.0.1' 'sources.r.port = 0' 'sources.r.channels = c' \
			'sources.r.interceptors = i j' 'sources.r.interceptors.i.type = static' 'sources.r.interceptors.i.key = where' \
			'sources.r.interceptors.i.value = an äther' 'sources.r.interceptors.j.type = static' \
			'sources.r.interceptors.j.key = other' 'sources.r.interceptors.j.value = x'
		sink_of 10
		echo 'a.sinks.k.sink.serializer = HEADER_AND_TEXT'
	} | file_conf >a.conf
	start_agent a.conf a
	type_lines "$(agent_port r)" 4 'one\n\ntab\there\n\377\376\n'
	wait_until 10 _got_lines 4
	run -0 plog-consume -d data -J channel
	assert_line -n 0 --partial '"where"'
	stop_agent
	run -0 --keep-empty-lines bash -c 'cat out/* | od -An -c | tr -s " \n" " "'
	assert_output --partial 't a b \t h e r e'
	run -0 cat out/*
	assert_line -n 0 '{other=x, where=an äther} one'
	assert_line -n 1 '{other=x, where=an äther} '
}

@test "without a sink events stay; the next agent delivers them, in order, once" {
	source_of 3000 100 | file_conf >a.conf
	start_agent a.conf a
	wait_until 10 _stored_are 3000
	stop_agent
	assert_equal "$STATUS" 0
	sink_of 70 | file_conf >b.conf
	start_agent b.conf a
	wait_until 10 _lag_is 0
	stop_agent
	cat out/* | cmp - <(seq 0 2999)
	# Again: there is nothing left.
	rm -r out
	sink_of 70 | file_conf >b.conf
	start_agent b.conf a
	stop_agent
	run -0 cat out/*
	assert_output ''
}

@test "a sink that fails gets the same events again" {
	{ source_of 50 10; sink_of 10; } | file_conf >a.conf
	rmdir out && echo 'not a directory' >out
	AGENT_LOG=one.log start_agent a.conf a || true
	wait_until 10 _stored_are 50
	stop_agent
	rm out && mkdir out
	start_agent a.conf a
	wait_until 10 _got_lines 50
	stop_agent
	head -n 50 <(cat out/*) | cmp - <(seq 0 49)
}

@test "kill -9 at any time: what was answered OK is there, in order, and what is delivered again is few" {
	local i n port
	{
		printf 'a.%s\n' 'sources = r' 'sources.r.type = netcat' 'sources.r.bind = 127.0.0.1' 'sources.r.port = 0' 'sources.r.channels = c'
		sink_of 20
	} | file_conf >a.conf
	n=0
	: >acknowledged
	for i in 1 2 3 4 5 6; do
		AGENT_LOG=$i.log start_agent a.conf a
		port=$(AGENT_LOG=$i.log agent_port r)
		# Each line is answered before the next is sent, until the agent is gone.
		(
			exec 2>/dev/null
			exec 7<>"/dev/tcp/127.0.0.1/$port" || exit
			while echo "$n" >&7 && read -rt 5 ok <&7 && [ "$ok" = OK ]; do
				echo "$n" >>acknowledged
				n=$((n + 1))
			done
		) &
		wait_until 10 _acknowledged $((n + i * 37))
		stop_agent KILL
		wait $! || true
		n=$(($(tail -n 1 acknowledged) + 1))
	done
	AGENT_LOG=last.log start_agent a.conf a
	wait_until 10 _lag_is 0
	stop_agent
	[ "$n" -gt 100 ]
	# Everything acknowledged was delivered, first deliveries rise, and a death repeats one batch at most.
	sort -nu <(cat out/*) >delivered
	comm -23 <(sort acknowledged) <(sort delivered) >missing
	assert_equal "$(cat missing)" ''
	[ "$(cat out/* | wc -l)" -le $(($(wc -l <delivered) + 6 * 20)) ]
	stored | awk 'NR > 1 && $1 < last { print "stored out of order: " $1; bad = 1 } { last = $1 } END { exit bad }'
}

@test "a full channel is told to the source, and has room again" {
	source_of 1000 10 | file_conf >a.conf
	printf 'a.channels.c.%s\n' 'capacity = 100' 'transactionCapacity = 50' 'keep-alive = 0' >>a.conf
	start_agent a.conf a
	wait_until 10 grep -q "The channel has reached it's capacity" agent.log
	assert_equal "$(lag)" '-'
	assert_equal "$(stored | wc -l)" 100
	stop_agent
	{ source_of 1000 10; sink_of 50; } | file_conf >a.conf
	printf 'a.channels.c.%s\n' 'capacity = 100' 'transactionCapacity = 50' >>a.conf
	start_agent a.conf a
	wait_until 20 _got_lines 1100
	stop_agent
}

@test "segments that were delivered go at a checkpoint; the log starts behind them" {
	{ source_of 300000 1000; sink_of 1000; } | file_conf >a.conf
	printf 'a.channels.c.%s\n' 'maxFileSize = 1048576' 'checkpointInterval = 100' >>a.conf
	start_agent a.conf a
	wait_until 10 _got_lines 300000
	_few() { [ "$(find data/topics/channel/0 -name '*.log' | wc -l)" -le 2 ]; }
	wait_until 10 _few
	stop_agent
	cat out/* | cmp - <(seq 0 299999)
	[ "$(plog-topic -d data offsets --tsv channel | cut -f 3)" -gt 200000 ]
	run -0 plog-check -d data
}

@test "two agents: the second waits until the first is gone" {
	source_of 10 10 | file_conf >a.conf
	start_agent a.conf a
	first=$AGENT_PID
	sink_of 10 | file_conf >b.conf
	background plog-agent -f b.conf -n a 2>two.log </dev/null
	wait_until 10 grep -q 'Cannot lock .*/ck. The directory is already locked. \[channel=c\]' two.log
	kill -9 "$first"
	wait_until 10 _got_lines 10
	kill "$bg"
	wait "$bg"
}

@test "a real Flume's directory is refused, with what is in it and what to do" {
	cp -r "$PLOG_TOP/t/golden/flume-channel" real
	{ source_of 10 10; sink_of 10; } | file_conf >a.conf
	echo "a.channels.c.dataDirs = $PWD/real/data1 , $PWD/real/data2" >>a.conf
	run ! plog-agent -f a.conf -n a --fail-fast
	assert_output --partial "$PWD/real/data1 holds the file channel of a real Flume, with 33 undelivered events; run that Flume once more"
	# A file that is cut, or that is no log of its: said so, and never changed.
	truncate -s -100 real/data1/log-3
	run ! plog-agent -f a.conf -n a --fail-fast
	assert_output --partial 'with at least '
	head -c 100000 /dev/urandom >real/data1/log-3
	run ! plog-agent -f a.conf -n a --fail-fast
	assert_output --partial 'holds the file channel of a real Flume'
	run -0 ls real/data1
	assert_output $'log-1\nlog-3'
}

@test "too little space on the file system: put is refused with both numbers" {
	source_of 10 10 | file_conf >a.conf
	echo 'a.channels.c.minimumRequiredSpace = 1152921504606846976' >>a.conf
	start_agent a.conf a
	wait_until 10 grep -q 'Usable space exhausted, only [0-9]* bytes remaining, required 1152921504606846976 bytes' agent.log
	stop_agent
	assert_equal "$(stored | wc -l)" 0
}

@test "positions that cannot be read: nothing is delivered from offset 0 by itself" {
	{ source_of 100 10; sink_of 10; } | file_conf >a.conf
	start_agent a.conf a
	wait_until 10 _got_lines 100
	stop_agent
	dd if=/dev/zero of=ck/channel/offsets/channel bs=1 seek=128 count=256 conv=notrunc status=none
	sink_of 10 | file_conf >b.conf
	start_agent b.conf a --fail-fast || true
	wait_until 10 grep -q 'Unable to start channel c' agent.log
	run -0 grep 'Unable to start channel c' agent.log
	assert_output --partial 'plog-group reset'
	assert_equal "$(cat out/* | wc -l)" 100
}

@test "damage in the log stops the channel until it is repaired, and costs no other event" {
	source_of 1000 10 | file_conf >a.conf
	start_agent a.conf a
	wait_until 10 _stored_are 1000
	stop_agent
	seg=data/topics/channel/0/00000000000000000000.log
	printf 'X' | dd of=$seg bs=1 seek=$(($(stat -c %s $seg) / 2)) conv=notrunc status=none
	sink_of 10 | file_conf >b.conf
	start_agent b.conf a
	wait_until 10 grep -q "the channel's log is damaged at offset" agent.log
	stop_agent
	run -0 plog-check repair -d data --execute channel
	gap=$(awk '$1 == "note" { print $7 - $6 }' <<<"$output")
	[ "$gap" -gt 0 ] && [ "$gap" -lt 1000 ]
	start_agent b.conf a
	wait_until 10 _lag_is 0
	stop_agent
	assert_equal "$(cat out/* | sort -nu | wc -l)" $((1000 - gap))
}

@test "every mistake in its properties is told" {
	{ source_of 10 10; sink_of 10; } | file_conf >a.conf
	printf 'a.channels.c.%s\n' 'capacity = 10' 'transactionCapacity = 20' 'maxFileSze = 5' 'encryption.activeKey = k' 'useDualCheckpoints = true' >>a.conf
	run -1 plog-agent -f a.conf -n a --check
	assert_output --partial 'transactionCapacity: 20 is more than the capacity, 10'
	assert_output --partial "maxFileSize"
	assert_output --partial 'encryption.activeKey'
	assert_output --partial 'useDualCheckpoints'
}
