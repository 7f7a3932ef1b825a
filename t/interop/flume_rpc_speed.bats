#!/usr/bin/env bats
# How fast an event goes from one agent to the next, beside a real Flume in the same run: both read the same lines
# from a pipe, capacity 100,000, transactions and batches of 1,000, memory channels, null sink at the end.

load ../helper/lib
load ../helper/agent
. "$PLOG_TOP/t/interop/peers/flume/flume.bash"

setup_file() { flume_fetch; }
setup() {
	new_store
	mkdir flume
	yes 'a line of one hundred bytes, so that rates are those of speed.md and of what others measured: 0123456' | head -n "$LINES" >lines
	mkfifo in
}
teardown() {
	flume_down flume
	for p in ${PIDS-}; do kill "$p" 2>/dev/null || :; done
}
LINES=1000000
# the collector that Java takes by itself on such a machine
export FLUME_GC=-XX:+UseG1GC

# hop TYPE [KEY = VALUE]: agents a (from the pipe) and b (to null), as one file
hop() {
	cat <<-END
		a.sources = r
		a.channels = c
		a.sinks = k
		a.sources.r.type = exec
		a.sources.r.command = cat $PWD/in
		a.sources.r.batchSize = 1000
		a.sources.r.channels = c
		a.sinks.k.type = $1
		a.sinks.k.hostname = 127.0.0.1
		a.sinks.k.port = $PORT
		a.sinks.k.batch-size = 1000
		a.sinks.k.channel = c
		b.sources = r
		b.channels = c
		b.sinks = k
		b.sources.r.type = $1
		b.sources.r.bind = 127.0.0.1
		b.sources.r.port = $PORT
		b.sources.r.channels = c
		b.sinks.k.type = null
		b.sinks.k.batchSize = 1000
		b.sinks.k.logEveryNEvents = $LINES
		b.sinks.k.channel = c
	END
	for x in a b; do
		printf '%s\n' "$x.channels.c.type = memory" "$x.channels.c.capacity = 100000" "$x.channels.c.transactionCapacity = 1000"
	done
	[ -z "${2-}" ] || printf '%s\n' "a.sinks.k.$2" "b.sources.r.$2"
}

# events a second, until the log b says that all were processed
rate() {
	local start=${EPOCHREALTIME/[.,]/} us
	cat lines >in
	until grep -q "processed $LINES events" "$1"; do
		[ $((${EPOCHREALTIME/[.,]/} - start)) -lt 60000000 ] || return
		sleep 0.01
	done
	us=$((${EPOCHREALTIME/[.,]/} - start))
	echo $((LINES * 1000000 / us))
}

theirs() { # TYPE
	PORT=$(flume_port)
	hop "$@" >f.conf
	flume_up flume b "$PWD/f.conf" "${READY:?}" && flume_up flume a "$PWD/f.conf" 'Component type: SOURCE, name: r started' || return
	rate flume/b.log
	flume_down flume
}

ours() {
	PORT=$(flume_port)
	hop "$@" >p.conf
	AGENT_LOG=b.log start_agent p.conf b && PIDS="$AGENT_PID" && AGENT_LOG=a.log start_agent p.conf a || return
	PIDS="$PIDS $AGENT_PID"
	rate b.log
	kill $PIDS
	wait $PIDS || :
	PIDS=
}

# at_least TIMES TYPE [KEY = VALUE]
at_least() {
	local times=$1 o t
	shift
	t=$(theirs "$@")
	o=$(ours "$@")
	echo "# $*: Flume $t events/s, plog-agent $o: $(awk "BEGIN { printf \"%.1f\", $o / $t }") times" >&3
	[ -n "$t" ] && [ -n "$o" ] && [ "$o" -ge $((t * times)) ]
}

@test "an avro hop is at least 4 times as fast as Flume's" {
	READY='Avro source r started' at_least 4 avro
}

@test "a thrift hop is at least 3 times as fast as Flume's" {
	READY='Started Thrift source' at_least 3 thrift
}
