#!/usr/bin/env bats
# Sink groups of a real Flume 1.11 and of plog-agent, of the same configuration over the same events: load_balance in
# turn, by chance, and around a sink that is dead; failover away from a sink and back to it.

load ../helper/lib
load ../helper/agent
. "$PLOG_TOP/t/interop/peers/flume/flume.bash"

setup_file() { flume_fetch; }
setup() { new_store; mkdir -p flume; }
teardown() {
	flume_down flume
	end_background
}

# (keep-alive: else Flume's sinks wait 3 s within a take, and the one that waits gets the next event, whoever's turn it is.)
# group NAME SINKS PROPERTY...: what exec reads from $FEED/NAME, 30 events a transaction, into the channel of a group
# of SINKS with one event a take; `dead` is an avro sink to $AVRO, all others are directories $OUT/NAME.SINK.
group() {
	local g=$1 k
	SOURCES+=" $g" SINKS+=" ${2// / $g.}" GROUPS_+=" $g"
	printf 'a.%s\n' "sources.$g.type = exec" "sources.$g.command = tail -n +1 -F $FEED/$g" "sources.$g.batchSize = 30" \
		"sources.$g.batchTimeout = 300" "sources.$g.channels = $g" "channels.$g.type = memory" \
		"channels.$g.capacity = 1000" "channels.$g.keep-alive = 0" "sinkgroups.$g.sinks = $2"
	for k in $2; do
		ALL+=" $k"
		mkdir -p "$OUT/$k"
		case $k in
		dead*)	printf "a.sinks.$k.%s\n" 'type = avro' 'hostname = 127.0.0.1' "port = $AVRO" 'batch-size = 1' \
				'connect-timeout = 1000' 'request-timeout = 2000' ;;
		*)	printf "a.sinks.$k.%s\n" 'type = file_roll' "sink.directory = $OUT/$k" 'sink.rollInterval = 0' 'sink.batchSize = 1' ;;
		esac
		echo "a.sinks.$k.channel = $g"
	done
	shift 2
	printf "a.sinkgroups.$g.processor.%s\n" "$@"
}

configuration() { # OUT
	local OUT=$1 SOURCES='' ALL='' GROUPS_='' SINKS=''
	{
		group turns 't1 t2 t3' 'type = load_balance'
		group chance 'r1 r2' 'type = load_balance' 'selector = random'
		group around 'b1 dead_b b2' 'type = load_balance' 'selector = round_robin' 'backoff = true'
		group over 'low dead_o' 'type = failover' 'priority.low = 1' 'priority.dead_o = 5' 'maxpenalty = 1000'
		printf 'a.%s\n' "sources = $SOURCES" "channels = $SOURCES" "sinks = $ALL" "sinkgroups = $GROUPS_"
	} >"$OUT.conf"
}

_lines() { [ "$(find "${@:2}" -type f -exec cat {} + | wc -l)" -ge "$1" ]; }	# COUNT DIRECTORY...

# The avro source behind what was dead, into OUT/high; TARGET is its process.
target() { # OUT
	mkdir -p "$1/high"
	printf 't.%s\n' 'sources = r' 'channels = c' 'sinks = k' 'sources.r.type = avro' 'sources.r.bind = 127.0.0.1' \
		"sources.r.port = $AVRO" 'sources.r.channels = c' 'channels.c.type = memory' 'sinks.k.type = file_roll' \
		"sinks.k.sink.directory = $1/high" 'sinks.k.sink.rollInterval = 0' 'sinks.k.channel = c' >t.conf
	background plog-agent -f t.conf -n t 2>t.log
	TARGET=$bg
	wait_until 10 grep -q started t.log
}

# What an agent that runs does: each stage is waited for, then told apart.
stages() { # OUT
	seq -f 't %.0f' 30 >>"$FEED/turns"
	seq -f 'r %.0f' 200 >>"$FEED/chance"
	seq -f 'b %.0f' 30 >>"$FEED/around"
	seq -f 'o %.0f' 10 >>"$FEED/over"
	wait_until 20 _lines 30 "$1"/t?
	wait_until 20 _lines 200 "$1"/r?
	wait_until 20 _lines 30 "$1"/b?
	wait_until 20 _lines 10 "$1"/low
	target "$1"
	# the penalty of a second is over
	pause 1.5
	seq -f 'o %.0f' 11 20 >>"$FEED/over"
	wait_until 20 _lines 10 "$1"/high
	stop "$TARGET" KILL
	seq -f 'o %.0f' 21 30 >>"$FEED/over"
	wait_until 20 _lines 20 "$1"/low
}

# Which sink had each event of a group, in the order of the events: the order of its turns.
turns() { # OUT LETTER
	local k
	for k in "$1"/$2?; do
		sed "s|\$| ${k##*/}|" "$k"/*
	done | sort -k 2,2n | awk '{ print $3 }'
}

# Each sink follows on the one before it, from whichever the first was.
in_turn() { # SINKS...
	awk -v all="$*" 'BEGIN { n = split(all, v); for (i = 1; i <= n; i++) next_of[v[i]] = v[i % n + 1] }
		NR > 1 && $1 != want { print NR ": " $1 " where " want " was due"; bad = 1 } { want = next_of[$1] } END { exit bad || NR == 0 }'
}

judge() { # OUT
	turns "$1" t | in_turn t1 t2 t3
	assert_equal "$(cat "$1"/r?/* | sort -k 2,2n)" "$(seq -f 'r %.0f' 200)"
	[ "$(cat "$1"/r1/* | wc -l)" -gt 50 ] && [ "$(cat "$1"/r2/* | wc -l)" -gt 50 ]
	# The dead one's turn is the next one's, until it is left out: after that in turn.
	assert_equal "$(cat "$1"/b?/* | sort -k 2,2n)" "$(seq -f 'b %.0f' 30)"
	turns "$1" b | tail -n +4 | in_turn b1 b2
	assert_equal "$(cat "$1"/low/*)" "$(seq -f 'o %.0f' 10; seq -f 'o %.0f' 21 30)"
	assert_equal "$(cat "$1"/high/*)" "$(seq -f 'o %.0f' 11 20)"
}

said() { # LOG
	grep -c 'Sink dead_o failed and has been sent to failover list' "$1"
	grep -o 'Sink failed to consume event. Attempting next sink if available' "$1" | sort -u
}

@test "sink groups: the same events to the same sinks as Flume's, around a dead sink and back to it" {
	needs java
	AVRO=$(flume_port)
	mkdir theirs ours
	for o in theirs ours; do
		FEED=$PWD/$o.feed
		mkdir "$FEED" && touch "$FEED"/{turns,chance,around,over}
		configuration "$PWD/$o"
	done
	FEED=$PWD/theirs.feed
	flume_up flume a theirs.conf 'name: over started'
	stages "$PWD/theirs"
	flume_down flume
	FEED=$PWD/ours.feed
	start_agent ours.conf a
	stages "$PWD/ours"
	stop_agent
	assert_equal "$STATUS" 0
	judge theirs
	judge ours
	assert_equal "$(said agent.log)" "$(said flume/a.log)"
}
