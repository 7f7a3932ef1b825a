# agent.bash - the rows of plog-agent in t/bench/run: events a second, against
# multiples of what Apache Flume 1.11 did on a machine of two cores (millions a
# second: at its defaults, with capacity 100000 and batches of 1000).
#
#	flow			default	tuned
#	seq -> null		0.658	4.150
#	netcat, replies		0.286	0.374
#	netcat, none		0.634	0.872
#	exec -> null		0.905	1.437
#	exec -> file_roll	1.121	1.465
#	exec -> file -> null	0.036	0.060	each transaction synced

flow_ms() { awk -v a="$1" -v b="$2" 'BEGIN { split(a, x, /[:,]/); split(b, y, /[:,]/)
	print (y[1] - x[1]) * 3600000 + (y[2] - x[2]) * 60000 + (y[3] - x[3]) * 1000 + y[4] - x[4] }'; }
time_of() { sed -n "s/^[^ ]* \([0-9:,]*\) .*$1.*/\1/p" flow.log | head -n 1; }
said() { grep -q "$1" flow.log; }
until_said() { local i; for ((i = 0; i < 30000; i++)); do said "$1" && return; read -rt 0.002 <>"$tmp/pause"; done; return 1; }

# agent_conf SOURCE SINK TUNED: a configuration; NAME=VALUE lines of the parts come behind.
agent_conf() {
	printf '%s\n' 'a.sources = r' 'a.channels = c' 'a.sinks = k' 'a.channels.c.type = memory' 'a.sources.r.channels = c' 'a.sinks.k.channel = c' "a.sources.r.type = $1" \
		"a.sinks.k.type = $2"
	[ "$2" != null ] || echo "a.sinks.k.logEveryNEvents = $events"
	[ -z "$3" ] || printf '%s\n' 'a.channels.c.capacity = 100000' 'a.channels.c.transactionCapacity = 1000' 'a.sources.r.batchSize = 1000' \
		'a.sinks.k.batchSize = 1000' 'a.sinks.k.sink.batchSize = 1000' | grep -v "$([ "$1" = netcat ] && echo r.batchSize || echo none)" |
		grep -v "$([ "$2" = null ] && echo k.sink || echo k.batch)"
}

# agent_flow NAME LIMIT: runs flow.conf until the last event was taken; the best of $runs.
agent_flow() {
	local i best=999999999 us start end pid rss=0 m
	for ((i = 0; i < runs; i++)); do
		rm -rf out && mkdir out
		: >flow.log
		plog-agent -f flow.conf -n a 2>>flow.log &
		pid=$!
		until_said 'Agent a started'
		if [ -n "$sender" ]; then
			read -r start _ < <("$H/netsend" "$(sed -n 's/.*serverSocket:.*:\([0-9]*\)$/\1/p' flow.log)" input $sender)
			until_said 'successful processed'
			end=$(date -d "$(sed -n 's/^\([^ ]* [0-9:]*\),\([0-9]*\) .*successful.*/\1.\2/p' flow.log)" +%s%3N)
			us=$(((end - start) * 1000))
		elif said RollingFileSink; then
			until_said 'exited with'
			while [ "$(stat -c %s out/*)" != "$(stat -c %s input)" ]; do read -rt 0.002 <>"$tmp/pause"; done
			us=$(($(date +%s%3N) * 1000 - $(date -d "$(sed -n 's/^\([^ ]* [0-9:]*\),\([0-9]*\) .*name: r started.*/\1.\2/p' flow.log)" +%s%3N) * 1000))
		else
			until_said 'successful processed'
			us=$(($(flow_ms "$(time_of 'name: r started')" "$(time_of successful)") * 1000))
		fi
		m=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status")
		[ "$m" -le "$rss" ] || rss=$m
		kill "$pid"
		wait "$pid" 2>/dev/null
		[ "$us" -ge "$best" ] || best=$us
	done
	judge "$1" "$(mps "$events" "$best") M/s" "Flume $3" "$(mps "$events" "$best")" ">$2" "$(mb "$rss")"
	[ "$rss" -le 32768 ] || { row '  more than 32 MiB' '' '' '' '' "$(mb "$rss")"; missed=$((missed + 1)); }
}

agent_rows() {
	local sender= events=$records p50 p99
	events=20000000
	{ agent_conf seq null ''; echo "a.sources.r.totalEvents = $events"; } >flow.conf
	agent_flow 'agent: seq, memory, null; defaults' 6.58 0.658
	{ agent_conf seq null t; echo "a.sources.r.totalEvents = $events"; } >flow.conf
	agent_flow '  capacity 100000, batches 1000' 12.45 4.150
	events=$records
	{ agent_conf exec null t; echo "a.sources.r.command = cat $PWD/input"; } >flow.conf
	agent_flow 'agent: exec, memory, null; batches 1000' 5.75 1.437
	{ agent_conf exec file_roll t; printf '%s\n' "a.sources.r.command = cat $PWD/input" 'a.sinks.k.sink.directory = out' 'a.sinks.k.sink.rollInterval = 0'; } >flow.conf
	agent_flow 'agent: exec, memory, file_roll' 4.40 1.465
	events=$((records / 4))
	head -n "$events" input >quarter
	{ agent_conf exec null t | sed 's/= memory/= file/'; printf '%s\n' "a.sources.r.command = cat $PWD/quarter" "a.channels.c.checkpointDir = $PWD/out/c" \
		"a.channels.c.dataDirs = $PWD/out/d" 'a.channels.c.keep-alive = 60'; } >flow.conf
	agent_flow 'agent: exec, file channel, null' 0.60 0.060
	events=$records
	sender=$records
	{ agent_conf netcat null ''; printf '%s\n' 'a.sources.r.bind = 127.0.0.1' 'a.sources.r.port = 0'; } >flow.conf
	agent_flow 'agent: netcat with replies; defaults' 2.86 0.286
	{ agent_conf netcat null t; printf '%s\n' 'a.sources.r.bind = 127.0.0.1' 'a.sources.r.port = 0'; } >flow.conf
	agent_flow '  capacity 100000, batches 1000' 2.24 0.374
	sender=0
	echo 'a.sources.r.ack-every-event = false' >>flow.conf
	agent_flow '  and no replies' 2.62 0.872
	sed -i '/ack-every/d' flow.conf
	PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
	export PORT
	sed "s/port = 0/port = $PORT/" flow.conf >a.conf
	read -r _ p50 p99 < <(python3 "$OLDPWD/t/helper/agent_latency.py" ready 50)
	judge 'agent: start to the first OK' "p99 $p99 us" 'Flume 1050 ms' "$(awk -v a="$p50" 'BEGIN { printf "%.1f", a / 1000 }')" '20 ms' ''
	sed -i '/logEvery/d; /k.batchSize/d; s/type = null/type = logger/' a.conf
	read -r _ p50 p99 < <(python3 "$OLDPWD/t/helper/agent_latency.py" event 2000)
	judge 'agent: an event to a sink that slept' "p50 $p50 us" 'p99' "$(awk -v a="$p99" 'BEGIN { printf "%.3f", a / 1000 }')" '1 ms' ''
}
