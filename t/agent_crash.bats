#!/usr/bin/env bats
# plog-agent killed at its system calls, start to end: what a source took from a file arrives, through a file channel.
# A sample of the points here; PLOG_TORTURE=1: every one.

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
