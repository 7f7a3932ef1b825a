#!/usr/bin/env bats
# How fast plog-agent is beside a real Flume, in the same run with the same file: two rounds in turn, and the better of
# each counts. A rate is that of the fastest half of a run, so Flume's compiler has done its work and its naps are left
# out. "Tuned" is a capacity of 100,000, transactions and batches of 1,000. The table is printed; hops are in
# flume_rpc_speed.bats, HDFS is in hdfs.bats.

load ../helper/lib
load ../helper/agent
. "$PLOG_TOP/t/interop/peers/flume/flume.bash"

# the collector that Java takes by itself on such a machine
export FLUME_GC=-XX:+UseG1GC
MOST_KIB=32768

setup_file() {
	flume_fetch
	yes 'a line of one hundred bytes, so that rates are those of speed.md and of what others measured: 0123456' |
		head -n 1000000 >"$BATS_FILE_TMPDIR/lines"
	cd "$BATS_FILE_TMPDIR" && grower >grows.py
}
setup() {
	new_store
	# a channel on disk shall be on a disk
	disk=$(mktemp -d -p /var/tmp plog-interop.XXXXXX)
	mkdir flume
	[ "$BATS_TEST_NUMBER" != 1 ] || row flow Flume plog-agent times 'at least' KiB
}
teardown() {
	flume_down flume
	end_background
	rm -rf "$disk"
}
row() { printf '# %-40s %10s %10s %7s %9s %7s\n' "$@" >&3; }

# flow SOURCE SINK default|tuned|disk [KEY = VALUE...]: of $n lines, into f.conf
flow() {
	local how=$3
	{
		printf 'a.%s\n' 'sources = r' 'channels = c' 'sinks = k' "sources.r.type = $1" 'sources.r.channels = c' "sinks.k.type = $2" 'sinks.k.channel = c'
		[ "$how" = disk ] || echo 'a.channels.c.type = memory'
		[ "$how" = default ] || printf 'a.%s\n' 'channels.c.capacity = 100000' 'channels.c.transactionCapacity = 1000'
		[ "$how$1" = tunednetcat ] || [ "$how" = default ] || echo 'a.sources.r.batchSize = 1000'
		case $2 in
		null) echo "a.sinks.k.logEveryNEvents = $((n / 10))" && { [ "$how" = default ] || echo 'a.sinks.k.batchSize = 1000'; } ;;
		*) printf 'a.sinks.k.%s\n' "sink.directory = $PWD/out" 'sink.rollInterval = 0' 'sink.batchSize = 1000' ;;
		esac
		case $1 in
		exec) head -n "$n" "$BATS_FILE_TMPDIR/lines" >lines && echo "a.sources.r.command = cat $PWD/lines" ;;
		seq) echo "a.sources.r.totalEvents = $n" ;;
		netcat) head -n "$n" "$BATS_FILE_TMPDIR/lines" >lines && printf 'a.sources.r.%s\n' 'bind = 127.0.0.1' "port = $port" ;;
		esac
		shift 3
		[ $# = 0 ] || printf '%s\n' "$@"
	} >f.conf
}

# fastest LOG: events a second, of $n, by when each tenth of them was done
fastest() {
	sed -nE "s/^[^ ]* ([0-9]+):([0-9]+):([0-9]+),([0-9]+) .*processed [0-9]+ events.*/\1 \2 \3 \4/p" "$1" | awk -v n="$n" '
	{ t[NR] = (($1 * 60 + $2) * 60 + $3) * 1000 + $4; if (t[NR] < t[1]) t[NR] += 86400000 }
	END {
		for (i = 1; i + 5 <= NR; i++)
			if (i == 1 || t[i + 5] - t[i] < least) least = t[i + 5] - t[i]
		if (NR == 10) printf "%d\n", n / 2 / (least + 1) * 1000
	}'
}

# grows.py BYTES N: a line as the null sink's for each tenth of BYTES in out/*
grower() {
	cat <<-'END'
		import glob, os, sys, time
		full, n, i = int(sys.argv[1]), int(sys.argv[2]), 1
		print("watching", flush=True)
		while i <= 10:
		    have = sum(os.stat(f).st_size for f in glob.glob("out/*"))
		    while i <= 10 and have >= full * i // 10:
		        now = time.time()
		        print(time.strftime("x %H:%M:%S", time.localtime(now)) + ",%03d processed %d events" % (now % 1 * 1000, n * i // 10), flush=True)
		        i += 1
		    time.sleep(0.001)
	END
}

# one flume|plog: runs f.conf; its rate and the most KiB it had
one() {
	local log=$1.marks pid
	rm -rf out && mkdir out
	if [ -n "${GROWS-}" ]; then
		: >"$log"
		background python3 "$BATS_FILE_TMPDIR/grows.py" "$GROWS" "$n" >"$log"
		wait_until 10 grep -q watching "$log"
	elif [ "$1" = flume ]; then log=flume/a.log; else log=agent.log; fi
	if [ "$1" = flume ]; then
		flume_up flume a "$PWD/f.conf" "$READY" || return
		pid=$(cat flume/a.pid)
	else
		start_agent f.conf a || return
		pid=$AGENT_PID
	fi
	[ -z "${REPLIES_OF-}" ] || netsend "$port" lines "$REPLIES_OF" >/dev/null
	wait_until 60 grep -q "processed $n events" "$log"
	kib=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status")
	if [ "$1" = flume ]; then flume_down flume; else stop_agent; fi
	rate=$(fastest "$log")
}

# versus TITLE TIMES: plog-agent is at least so many times as fast, and small
versus() {
	local theirs=0 ours=0 most=0 rate kib i
	for i in 1 2; do
		rm -rf "$disk"/*
		one flume
		[ "$rate" -le "$theirs" ] || theirs=$rate
		rm -rf "$disk"/*
		one plog
		[ "$rate" -le "$ours" ] || ours=$rate
		[ "$kib" -le "$most" ] || most=$kib
	done
	row "$1" "$theirs" "$ours" "$(awk "BEGIN { printf \"%.1f\", $ours / $theirs }")" "$2" "$most"
	[ "$theirs" -gt 0 ]
	[ "$ours" -ge $((theirs * $2)) ]
	[ "$most" -le $MOST_KIB ]
}

netcat_by() { # TITLE TIMES default|tuned REPLIES [KEY = VALUE...]
	local title=$1 times=$2 how=$3
	n=300000 port=$(flume_port) REPLIES_OF=$4 READY='Created serverSocket'
	shift 4
	flow netcat null "$how" "$@"
	versus "$title" "$times"
}

@test "netcat, memory, null: 10 times at default, 6 times tuned, 3 times without replies" {
	netcat_by 'netcat, memory, null; default' 10 default 300000
	netcat_by '  tuned' 6 tuned 300000
	netcat_by '  tuned, no replies' 3 tuned 0 'a.sources.r.ack-every-event = false'
}

@test "exec, memory, null or file_roll: 4 and 3 times" {
	READY='name: r started'
	n=1000000
	flow exec null tuned
	versus 'exec, memory, null; tuned' 4
	flow exec file_roll tuned
	GROWS=$(stat -c %s lines) versus 'exec, memory, file_roll; tuned' 3
}

@test "seq, memory, null: 10 times at default, 3 times tuned" {
	READY='name: r started'
	n=600000
	flow seq null default
	versus 'seq, memory, null; default' 10
	n=3000000
	flow seq null tuned
	versus '  tuned' 3
}

@test "exec, file channel, null, each transaction synced: 10 times" {
	READY='name: r started'
	n=60000
	flow exec null disk 'a.channels.c.type = file' "a.channels.c.checkpointDir = $disk/c" "a.channels.c.dataDirs = $disk/d" \
		'a.channels.c.keep-alive = 60'
	versus 'exec, file channel, null; tuned' 10
}

@test "ready in at most 20 ms" {
	local port ours theirs start
	PORT=$(flume_port)
	export PORT
	n=10 port=$PORT
	flow netcat logger default
	sed '/sink\./d' f.conf >a.conf
	read -r ours _ < <(python3 "$PLOG_TOP/t/helper/agent_latency.py" ready 20)
	start=${EPOCHREALTIME/[.,]/}
	flume_up flume a "$PWD/a.conf" 'Created serverSocket'
	type_lines "$port" 1 'x\n'
	theirs=$((${EPOCHREALTIME/[.,]/} - start))
	row 'start to the first OK, us; best of 20' "$theirs" "$ours" "$(awk "BEGIN { printf \"%.0f\", $theirs / $ours }")" '20 ms' ''
	[ "$ours" -le 20000 ]
}
