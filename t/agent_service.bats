#!/usr/bin/env bats
# plog-agent as a service: the sandbox, systemd's notifications and sockets;
# flume-ng in front of it; the configurations of Flume's user guide and of a
# course, unchanged.

load helper/lib
load helper/agent
setup() { new_store; }

conf() {
	cat <<-'END'
		a.sources = r
		a.sinks = k
		a.channels = c
		a.sources.r.type = netcat
		a.sources.r.bind = 127.0.0.1
		a.sources.r.port = 0
		a.sources.r.channels = c
		a.sinks.k.type = logger
		a.sinks.k.channel = c
		a.channels.c.type = memory
	END
}

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

@test "sandbox: no new privileges, a filter, no program can be run; an exec source is the exception, and said" {
	conf >a.conf
	start_agent a.conf a
	grep -qE '^NoNewPrivs:[[:space:]]*1$' "/proc/$AGENT_PID/status"
	grep -qE '^Seccomp:[[:space:]]*2$' "/proc/$AGENT_PID/status"
	# what needs programs cannot come by a reload
	printf 'a.sources.r.type = exec\na.sources.r.command = echo hi\n' >>a.conf
	kill -HUP "$AGENT_PID"
	wait_until 5 grep -q 'gave up the right to do so when it started: restart it' agent.log
	type_lines "$(agent_port r)" 1 'still there\n'
	stop_agent
	assert_equal "$STATUS" 0
	start_agent a.conf a
	grep -q 'the configuration runs programs' agent.log
	wait_until 5 grep -q 'Event: .* hi }' agent.log
	grep -qE '^Seccomp:[[:space:]]*2$' "/proc/$AGENT_PID/status"
	stop_agent
	conf >a.conf
	start_agent a.conf a --no-sandbox
	grep -qE '^Seccomp:[[:space:]]*0$' "/proc/$AGENT_PID/status"
	stop_agent
}

@test "systemd: READY=1 when all has started, RELOADING=1, STOPPING=1; log lines with priorities in the journal" {
	needs python3
	conf >a.conf
	python3 -c 'import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind("notify")
while True: print(s.recv(4096).decode().split("\n")[0], flush=True)' >told &
	_lib_pids+=($!)
	wait_until 5 test -S notify
	NOTIFY_SOCKET=$PWD/notify start_agent a.conf a
	wait_until 5 has_line told READY=1
	kill -HUP "$AGENT_PID"
	wait_until 5 has_line told RELOADING=1
	stop_agent
	wait_until 5 has_line told STOPPING=1
	assert_equal "$(paste -sd ' ' told)" 'READY=1 RELOADING=1 READY=1 STOPPING=1'
	# standard error is "the journal" when JOURNAL_STREAM names it
	conf | sed 's/k.channel = c/k.channel = d/' >bad.conf
	: >agent.log
	export JOURNAL_STREAM
	JOURNAL_STREAM=$(stat -c %d:%i agent.log)
	background plog-agent -f a.conf -n a 2>>agent.log
	wait_until 5 grep -q '^<6>(a) Agent a started$' agent.log
	stop "$bg"
}

@test "systemd: a socket that was passed is the one that is listened on" {
	needs systemd-socket-activate python3
	local port
	port=$(free_port)
	conf | sed "s/port = 0/port = $port/" >a.conf
	background systemd-socket-activate -l "127.0.0.1:$port" plog-agent -f a.conf -n a 2>agent.log </dev/null
	wait_until 5 grep -q 'Listening on' agent.log
	type_lines "$port" 2 'one\ntwo\n'
	assert_equal "$REPLIES" 'OK OK'
	wait_until 5 grep -q 'Event: .* two }' agent.log
	! grep -q 'Address already in use' agent.log
	stop "$bg"
}

@test "flume-ng: sources conf/flume-env.sh, takes -D out of JAVA_OPTS, runs plog-agent" {
	mkdir -p conf bin
	ln -s "$PLOG_TOP/share/flume-ng" bin/flume-ng
	printf 'export WHERE=127.0.0.1\nJAVA_OPTS="-Xmx100m -Dcap=700"\n' >conf/flume-env.sh
	conf | sed 's/bind = .*/bind = ${env:WHERE}/' >a.conf
	echo 'a.channels.c.capacity = ${sys:cap}' >>a.conf
	run -0 --separate-stderr bin/flume-ng agent --conf conf --conf-file a.conf --name a --dryrun -Dflume.root.logger=INFO,console
	assert_line 'a.sources.r.bind = 127.0.0.1'
	assert_line 'a.channels.c.capacity = 700'
	assert_equal "$stderr" 'Info: Sourcing environment configuration script conf/flume-env.sh'
	run -1 --separate-stderr bin/flume-ng agnet
	[[ $stderr == "Error: Unknown or unspecified command 'agnet'"* ]]
	run -0 bin/flume-ng help
	assert_output --partial 'Usage: flume-ng'
	run -0 bin/flume-ng version
	assert_output --partial 'plog-agent (plog)'
}

# deck NAME: the file of a course where it is there, else the same keys.
deck() {
	local f="$PLOG_TOP/../shared/data/deck/$1"
	if [ -f "$f" ]; then
		cp "$f" "$1"
	else
		"${1%.conf}_conf" >"$1"
	fi
}
seq_conf() {
	printf 'agent.%s\n' 'sources = seqGenSrc' 'channels = memoryChannel' 'sinks = loggerSink' 'sources.seqGenSrc.type = seq' \
		'sources.seqGenSrc.channels = memoryChannel' 'sinks.loggerSink.type = logger' 'sinks.loggerSink.channel = memoryChannel' \
		'channels.memoryChannel.type = memory' 'channels.memoryChannel.capacity = 100'
}
netcat_conf() {
	printf 'a1.%s\n' 'sources = r1' 'sinks = k1' 'channels = c1' 'sources.r1.type = netcat' 'sources.r1.bind = localhost' \
		'sources.r1.port = 44444' 'sinks.k1.type = logger' 'channels.c1.type = memory' 'channels.c1.capacity = 1000' \
		'channels.c1.transactionCapacity = 100' 'sources.r1.channels = c1' 'sinks.k1.channels = c1'
}

@test "a course's first configuration, unchanged: seq, memory of 100, logger" {
	deck seq.conf
	run -0 --separate-stderr plog-agent -f seq.conf -n agent --check
	assert_equal "$stderr" ''
	# it counts on without an end: the first lines are kept
	background plog-agent agent --conf-file seq.conf --name agent -Dflume.root.logger=INFO,console \
		2> >(awk 'NR <= 5000 { print; fflush() }' >agent.log) </dev/null
	AGENT_PID=$bg
	wait_until 10 grep -q 'body: 31 30 30 30 .* 1000 }' agent.log
	wait_until 10 has_lines agent.log 5000
	stop_agent
	assert_equal "$STATUS" 0
	sed -n 's/.*Event: .*  *\([0-9]*\) }$/\1/p' agent.log >got
	seq 0 $(($(wc -l <got) - 1)) | cmp - got
}

@test "a course's second one, unchanged, with the 'channels' of its sink: taken, warned, and Hello is logged" {
	deck netcat.conf
	# its port is fixed: who has it now will be gone soon; a client that had it leaves it closed for a minute
	start_agent netcat.conf a1
	grep -q "netcat.conf:12: warning: a1.sinks.k1.channels: a sink has one 'channel'; 'c1' is taken for it" agent.log ||
		grep -q "warning: a1.sinks.k1.channels: a sink has one 'channel'" agent.log
	wait_until 75 grep -q 'SOURCE, name: r1 started' agent.log
	type_lines 44444 1 'Hello world!\r\n'
	assert_equal "$REPLIES" OK
	wait_until 5 grep -qF 'Event: { headers:{} body: 48 65 6C 6C 6F 20 77 6F 72 6C 64 21 0D          Hello world!. }' agent.log
	stop_agent
	assert_equal "$STATUS" 0
}
