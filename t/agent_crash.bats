#!/usr/bin/env bats
# plog-agent killed: at its system calls, start to end, and at random.  What a source took and a file channel committed
# arrives.  A sample of the points here; PLOG_TORTURE=1: every one.

load helper/lib
load helper/agent
load helper/crash

setup() {
	new_store
	needs strace
	new_place
}
teardown() {
	end_background
	[ -z "${W-}" ] || rm -rf "$W"
}

# Two files, and an agent that has nothing else to do.
two_files() {
	rm -rf "$W/a" && mkdir -p "$W/a/spool" "$W/a/out"
	seq 1 30 >"$W/a/spool/1" && seq 31 60 >"$W/a/spool/2"
	touch -d '1 minute ago' "$W/a/spool/1" "$W/a/spool/2"
}

spool_conf() {
	printf 'a.%s\n' 'sources = r' 'channels = c' 'sinks = k' 'sources.r.type = spooldir' "sources.r.spoolDir = $W/a/spool" \
		'sources.r.batchSize = 10' 'sources.r.channels = c' 'channels.c.type = file' "channels.c.checkpointDir = $W/a/ck" \
		"channels.c.dataDirs = $W/a/data" 'channels.c.minimumRequiredSpace = 1048576' 'channels.c.checkpointInterval = 1000' \
		'sinks.k.type = file_roll' "sinks.k.sink.directory = $W/a/out" 'sinks.k.sink.rollInterval = 0' \
		'sinks.k.sink.batchSize = 15' 'sinks.k.channel = c'
}

_delivered_or_dead() { ! kill -0 "$1" 2>/dev/null || { [ -e "$W/a/spool/2.COMPLETED" ] && [ "$(cat "$W"/a/out/* | wc -l)" -ge 60 ]; }; }

# under STRACE-OPTION...: the agent, until all is delivered or it is dead.
under() {
	strace -D -f -qq "$@" plog-agent -f "$W/conf" -n a >"$W/log" 2>&1 </dev/null 3>&- &
	wait_until 20 _delivered_or_dead $!
	kill $! 2>/dev/null || :
	wait $! || :
}

@test "kill -9 at any system call: every line of the spooled files arrives, at most what was in hand twice" {
	local c n i=0 tried=0 every=60
	[ -z "${PLOG_TORTURE-}" ] || every=1
	two_files
	spool_conf >"$W/conf"
	under -o "$W/ref" -e "trace=$CALLS"
	awk '{ sub(/^[0-9]+ +/, ""); if (match($0, /^[a-z0-9_]+\(/)) n[substr($0, 1, RLENGTH - 1)]++ }
		END { for (c in n) for (i = 1; i <= n[c]; i++) print c, i }' "$W/ref" | sort >"$W/points"
	while read -r c n; do
		((i++ % every)) && continue
		two_files
		under -o /dev/null -e "trace=$c" -e "inject=$c:signal=KILL:when=$n"
		under -o /dev/null -e trace=none
		sort -nu "$W"/a/out/* | cmp - <(seq 60) && [ "$(cat "$W"/a/out/* | wc -l)" -le $((60 + 25)) ] ||
			{ echo "killed at $c $n"; cat "$W/log"; return 1; }
		tried=$((tried + 1))
	done <"$W/points"
	echo "# $tried points" >&3
	[ $tried -gt 5 ]
}

rounds() { echo $((${PLOG_TORTURE:+20} + 3)); }

@test "exec into a file channel, killed at random: what is in the channel is what was read, without a hole, and is delivered" {
	local i
	file_channel() {
		printf 'a.%s\n' 'channels = c' 'channels.c.type = file' "channels.c.checkpointDir = $W/ck$1" "channels.c.dataDirs = $W/data$1" \
			'channels.c.minimumRequiredSpace = 1048576'
	}
	for ((i = 0; i < $(rounds); i++)); do
		{
			file_channel "$i"
			printf 'a.%s\n' 'sources = r' 'sources.r.type = exec' 'sources.r.command = seq 1000000' 'sources.r.batchSize = 50' \
				'sources.r.channels = c'
		} >"$W/r.conf"
		start_agent "$W/r.conf" a
		wait_until 10 [ -s "$W/data$i/topics/channel/0/00000000000000000000.log" ]
		pause "0.0$((RANDOM % 9 + 1))"
		stop_agent KILL
		plog-consume -d "$W/data$i" channel >"$W/stored"
		seq "$(wc -l <"$W/stored")" | cmp - "$W/stored"
	done
	mkdir "$W/out"
	{
		file_channel $((i - 1))
		printf 'a.%s\n' 'sinks = k' 'sinks.k.type = file_roll' "sinks.k.sink.directory = $W/out" 'sinks.k.sink.rollInterval = 0' \
			'sinks.k.channel = c'
	} >"$W/k.conf"
	start_agent "$W/k.conf" a
	wait_until 20 eval 'cat "$W"/out/* | cmp -s - "$W/stored"'
	stop_agent
	assert_equal "$STATUS" 0
}

# Sends chunks of 200 lines until there is a file `enough`; the numbers of those that were acknowledged into acked.
send_chunks() { # PORT
	local n=0
	while [ ! -e "$W/enough" ]; do
		seq -f "$n-%.0f" 200 >"$W/chunk"
		if plog-agent avro-client -H 127.0.0.1 -p "$1" -F "$W/chunk" >/dev/null 2>&1; then
			echo $((n++)) >>"$W/acked"
		else
			pause 0.02
		fi
	done
}

# Lines of acknowledged chunks that are not there.
lacking() {
	comm -13 <(find "$W/out" -type f -name 'FlumeData*' -exec cat {} + | sort -u) \
		<(while read -r n; do seq -f "$n-%.0f" 200; done <"$W/acked" | sort)
}
# But for the file that is open now, none is left by those that died.
_none_left() { [ "$(find "$W/out" -name '*.tmp' | wc -l)" -le 1 ]; }
_nothing_lacks() { [ -z "$(lacking | head -n 1)" ]; }

@test "avro source, file channel, hdfs sink, killed at random: every event that was acknowledged is in a file" {
	local i sender
	printf 'a.%s\n' 'sources = r' 'channels = c' 'sinks = k' 'sources.r.type = avro' 'sources.r.bind = 127.0.0.1' 'sources.r.port = 0' \
		'sources.r.channels = c' 'channels.c.type = file' "channels.c.checkpointDir = $W/ck" "channels.c.dataDirs = $W/data" \
		'channels.c.minimumRequiredSpace = 1048576' 'sinks.k.type = hdfs' "sinks.k.hdfs.path = file://$W/out" "sinks.k.hdfs.stateDir = $W/state" \
		'sinks.k.hdfs.fileType = DataStream' 'sinks.k.hdfs.rollInterval = 0' 'sinks.k.hdfs.rollSize = 20000' \
		'sinks.k.hdfs.rollCount = 0' 'sinks.k.channel = c' >"$W/conf"
	: >"$W/acked"
	start_agent "$W/conf" a
	i=$(agent_port r)
	sed -i "s/port = 0/port = $i/" "$W/conf"
	send_chunks "$i" 3>&- &
	sender=$!
	for ((i = 0; i < $(rounds); i++)); do
		pause "0.$((RANDOM % 5 + 2))"
		stop_agent KILL
		start_agent "$W/conf" a
	done
	wait_until 10 eval '[ "$(wc -l <"$W/acked")" -gt 10 ]'
	touch "$W/enough"
	wait "$sender"
	wait_until 20 _nothing_lacks || { lacking | head; cat agent.log; return 1; } >&2
	wait_until 10 _none_left
	stop_agent
	assert_equal "$STATUS" 0
	[ -z "$(lacking)" ]
	run ! ls "$W"/out/*.tmp
}
