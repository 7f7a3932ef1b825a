#!/usr/bin/env bats
# How soon plog-agent is ready, how soon a sink has an event, how much memory that takes. The rest is in make bench, and
# beside a real Flume in make interop.

load helper/lib
load helper/agent
setup() {
	new_store
	needs python3
	PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	export PORT
	printf 'a.%s\n' 'sources = r' 'channels = c' 'sinks = k' 'sources.r.type = netcat' 'sources.r.bind = 127.0.0.1' "sources.r.port = $PORT" \
		'sources.r.channels = c' 'channels.c.type = memory' 'sinks.k.type = logger' 'sinks.k.channel = c' >a.conf
}
timed() { python3 "$PLOG_TOP/t/helper/agent_latency.py" "$@"; }

# The middle of many, as the machine does other things too.
@test "an event is with a sink that slept within a millisecond, from memory and from disk" {
	local middle
	read -r _ middle _ < <(timed event 101)
	[ "$middle" -le 1000 ]
	printf 'a.channels.c.%s\n' 'type = file' 'fsyncPerTransaction = false' "checkpointDir = $PWD/c" "dataDirs = $PWD/d" >>a.conf
	read -r _ middle _ < <(timed event 101)
	[ "$middle" -le 1000 ]
}

# The best of many: each is a dozen times that somebody else can be scheduled.
@test "from the start to the first OK in at most 20 ms" {
	local best
	read -r best _ < <(timed ready 20)
	[ "$best" -le 20000 ]
}
