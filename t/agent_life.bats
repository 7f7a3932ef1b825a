#!/usr/bin/env bats
# plog-agent: starting, stopping, draining, reloading.
# also: asan

load helper/lib
load helper/agent
setup() { new_store; }

conf() {
	cat <<-'END'
		a.sources = r
		a.sinks = k
		a.channels = c
		a.sources.r.type = netcat
		a.sources.r.bind = localhost
		a.sources.r.port = 0
		a.sources.r.channels = c
		a.sinks.k.type = logger
		a.sinks.k.channel = c
		a.channels.c.type = memory
	END
}

@test "TERM and INT: what is in the channel is delivered, status 0; a line for each part in Flume's words and order" {
	conf >a.conf
	for sig in TERM INT; do
		start_agent a.conf a
		type_lines "$(agent_port r)" 50 "$(printf 'l%s\\n' $(seq 50))"
		stop_agent $sig
		assert_equal "$STATUS" 0
		assert_equal "$(grep -c 'Event: { headers:{} body: 6C' agent.log)" 50
	done
	local order='Starting Channel c|Component type: CHANNEL, name: c started|Starting Sink k|Component type: SINK, name: k started|'
	order+='Starting Source r|Component type: SOURCE, name: r started|Stopping Source r|Stopping Sink k|Stopping Channel c'
	order+='|Component type: CHANNEL, name: c stopped'
	assert_equal "$(grep -oE "$order" agent.log | paste -sd '|')" "$order"
}

@test "a sink that cannot deliver: after --drain the events that are left are counted, status 1" {
	conf >a.conf
	cat >>a.conf <<-'END'
		a.sinks.k.type = file_roll
		a.sinks.k.sink.directory = none
	END
	start_agent a.conf a --drain=200ms
	grep -q "Unable to start sink k: cannot open directory 'none'" agent.log
	type_lines "$(agent_port r)" 3 '1\n2\n3\n'
	stop_agent
	assert_equal "$STATUS" 1
	grep -q '3 events were left in memory channels after 200 ms' agent.log
}

@test "a start that fails is tried again every 3 s; --fail-fast makes it the end" {
	conf >a.conf
	printf 'a.sinks.k.type = file_roll\na.sinks.k.sink.directory = later\na.sinks.k.sink.rollInterval=0\n' >>a.conf
	start_agent a.conf a
	type_lines "$(agent_port r)" 1 'x\n'
	mkdir later
	came() { [ "$(cat later/* 2>/dev/null)" = x ]; }
	wait_until 5 came
	stop_agent
	assert_equal "$STATUS" 0
	rm -r later
	run -1 --separate-stderr timeout 10 plog-agent -f a.conf -n a --fail-fast
	[[ $stderr == *'--fail-fast'* ]]
}

@test "a port in use is tried again, and taken when it is free" {
	conf >a.conf
	start_agent a.conf a
	local port first
	port=$(agent_port r) first=$AGENT_PID
	sed "s/port = 0/port = $port/" a.conf >b.conf
	AGENT_LOG=two.log start_agent b.conf a
	grep -q "Unable to start source r: cannot listen on localhost:$port: Address already in use" two.log
	kill "$first"; wait "$first"
	wait_until 5 grep -q 'Component type: SOURCE, name: r started' two.log
	type_lines "$port" 1 'x\n'
	stop_agent
	assert_equal "$STATUS" 0
}

@test "reload: only what changed is restarted, connections stay, events in memory channels stay" {
	conf >a.conf
	printf 'a.sinks.k.type = file_roll\na.sinks.k.sink.directory = none\n' >>a.conf
	start_agent a.conf a -i 1
	exec {fd}<>"/dev/tcp/127.0.0.1/$(agent_port r)"
	echo one >&$fd; read -rt 5 -u $fd line
	# another sink; source and channel are kept
	conf >b.conf; mv b.conf a.conf
	wait_until 10 grep -q 'Event: .* one }' agent.log
	echo two >&$fd; read -rt 5 -u $fd line
	assert_equal "$line" OK
	wait_until 5 grep -q 'Event: .* two }' agent.log
	assert_equal "$(grep -c 'SOURCE, name: r started' agent.log)" 1
	assert_equal "$(grep -c 'CHANNEL, name: c started' agent.log)" 1
	# another capacity: the channel is made anew, its events stay; and by HUP at once
	{ conf; echo 'a.channels.c.capacity = 2000'; } >a.conf
	kill -HUP "$AGENT_PID"
	wait_until 5 eval '[ "$(grep -c "SOURCE, name: r started" agent.log)" = 2 ]'
	wait_until 5 eval '[ "$(grep -c "Agent a started" agent.log)" = 3 ]'
	type_lines "$(agent_port r)" 1 'three\n'
	wait_until 5 grep -q 'Event: .* three }' agent.log
	stop_agent
	assert_equal "$STATUS" 0
}

@test "reload: the events of a memory channel survive its change" {
	conf >a.conf
	printf 'a.sinks.k.type = file_roll\na.sinks.k.sink.directory = none\n' >>a.conf
	start_agent a.conf a
	type_lines "$(agent_port r)" 60 "$(printf 'l%s\\n' $(seq 60))"
	{ conf; echo 'a.channels.c.capacity = 2000'; } >a.conf
	kill -HUP "$AGENT_PID"
	wait_until 5 grep -q 'Event: .* l60 }' agent.log
	assert_equal "$(grep -o 'l[0-9]* }' agent.log | tr -dc '0-9\n' | paste -sd ' ')" "$(seq -s ' ' 60)"
	stop_agent
	assert_equal "$STATUS" 0
}

@test "reload: a bad configuration never replaces one that runs, and is told each time the file changes" {
	conf >a.conf
	start_agent a.conf a -i 1
	conf | sed 's/= logger/= looger/' >a.conf
	wait_until 5 grep -q 'the old one goes on' agent.log
	grep -q "a.conf:8: error: a.sinks.k.type: there is no sink type 'looger', did you mean 'logger'?" agent.log
	type_lines "$(agent_port r)" 1 'still\n'
	wait_until 5 grep -q 'Event: .* still }' agent.log
	printf 'a.x = \\u1\n' >a.conf
	wait_until 5 grep -q 'a.conf:1: malformed' agent.log
	assert_equal "$(grep -c 'the old one goes on' agent.log)" 2
	conf >a.conf
	echo 'a.sinks.k.maxBytesToLog = 2' >>a.conf
	wait_until 5 eval '[ "$(grep -c "SINK, name: k started" agent.log)" = 2 ]'
	stop_agent
	assert_equal "$STATUS" 0
}

@test "--no-reload-conf: a file that changes is not read; an agent that idles makes no system call" {
	conf >a.conf
	start_agent a.conf a --no-reload-conf
	conf | sed 's/= logger/= null/' >a.conf
	if [ -z "${PLOG_SANITIZED-}" ] && command -v strace >/dev/null; then
		timeout 2 strace -f -qq -o calls -p "$AGENT_PID" || :
		assert_equal "$(grep -vcE 'resumed|restart_syscall|unfinished|detached|exited' calls)" 0
	fi
	stop_agent
	assert_equal "$STATUS" 0
	! grep -q 'name: k started.*Null' agent.log
}

@test "a second TERM ends at once" {
	conf >a.conf
	printf 'a.sinks.k.type = file_roll\na.sinks.k.sink.directory = none\n' >>a.conf
	start_agent a.conf a --drain=5m
	type_lines "$(agent_port r)" 1 'x\n'
	kill "$AGENT_PID"
	wait_until 5 grep -q 'SOURCE, name: r stopped' agent.log
	_lib_pause 0.25
	stop_agent
	assert_equal "$STATUS" 143
}

@test "a TERM that comes twice at once, as timeout(1) sends it, is one" {
	local since
	conf >a.conf
	printf 'a.sinks.k.type = file_roll\na.sinks.k.sink.directory = none\n' >>a.conf
	while :; do
		start_agent a.conf a --drain=500ms
		type_lines "$(agent_port r)" 1 'x\n'
		since=${EPOCHREALTIME/[.,]/}
		kill "$AGENT_PID"
		_lib_pause 0.02
		stop_agent
		# On a busy machine the second may have come late.
		[ "$STATUS" = 143 ] && [ $((${EPOCHREALTIME/[.,]/} - since)) -gt 200000 ] || break
	done
	assert_equal "$STATUS" 1
}

@test "a storm of reloads under load: no event lost or doubled, the connection stays, descriptors and memory too" {
	needs python3
	local n=30 i fds
	[ -z "${PLOG_SANITIZED-}" ] || n=8
	conf >base.conf
	printf 'a.channels.c.capacity = 1000\na.sinks.k.type = file_roll\na.sinks.k.sink.directory = out\na.sinks.k.sink.rollInterval = 0\n' >>base.conf
	mkdir out
	cp base.conf a.conf
	start_agent a.conf a --no-reload-conf
	background python3 -c 'import os, socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1]))); s.settimeout(30); n = 0; f = s.makefile("rb")
while not os.path.exists("end"):
    s.sendall(b"".join(b"%d\n" % i for i in range(n, n + 50))); n += 50
    for i in range(50): assert f.readline() == b"OK\n"
open("count", "w").write(str(n))' "$(agent_port r)"
	fds=$(ls "/proc/$AGENT_PID/fd" | wc -l)
	for ((i = 1; i <= n; i++)); do
		{ cat base.conf; echo "a.sinks.k.sink.batchSize = $((i + 10))"; } >a.conf
		kill -HUP "$AGENT_PID"
		again() { [ "$(grep -c 'Agent a started' agent.log)" = $((i + 1)) ]; }
		wait_until 10 again
	done
	[ "$(ls "/proc/$AGENT_PID/fd" | wc -l)" -le $((fds + 2)) ]
	[ -n "${PLOG_SANITIZED-}" ] || [ "$(awk '/VmRSS/ { print $2 }' "/proc/$AGENT_PID/status")" -lt 32768 ]
	touch end
	finish "$bg"
	assert_equal "$status" 0
	stop_agent
	assert_equal "$STATUS" 0
	assert_equal "$(grep -c 'SOURCE, name: r started' agent.log)" 1
	seq 0 $(($(cat count) - 1)) >want
	sort -n out/* | cmp - want
}

# on_terminal HOW: an agent on a terminal of its own, its standard error there or (stdin) in agent.log; when it has started
# an event is sent, then HUP: by kill, or (close) because the terminal goes, or ignored from the start (nohup). Prints how it ended.
on_terminal() {
	python3 - "$1" <<-'END'
		import os, pty, re, signal, socket, sys, time
		how = sys.argv[1]
		pid, fd = pty.fork()
		if pid == 0:
		    signal.signal(signal.SIGHUP, signal.SIG_IGN if how == "nohup" else signal.SIG_DFL)
		    if how == "stdin":
		        os.dup2(os.open("agent.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
		    os.execvp("plog-agent", ["plog-agent", "-f", "a.conf", "-n", "a"])
		signal.alarm(20)
		log = b""
		while b"Agent a started" not in log:
		    if how == "stdin":
		        time.sleep(0.02)
		        log = open("agent.log", "rb").read() if os.path.exists("agent.log") else b""
		    else:
		        log += os.read(fd, 65536)
		port = int(re.search(rb"serverSocket:.*:(\d+)", log)[1])
		def event(text):
		    s = socket.create_connection(("127.0.0.1", port), 10)
		    s.sendall(text)
		    assert s.recv(9) == b"OK\n"
		event(how.encode() + b"\n")
		if how == "close":
		    os.close(fd)
		else:
		    os.kill(pid, signal.SIGHUP)
		if how == "nohup":
		    time.sleep(0.2)
		    event(b"goes on\n")
		    os.kill(pid, signal.SIGTERM)
		print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
	END
}

@test "HUP ends an agent that was started from a terminal, also when the terminal goes; one that nohup started goes on" {
	needs python3
	conf >a.conf
	printf 'a.sinks.k.type = file_roll\na.sinks.k.sink.directory = out\na.sinks.k.sink.rollInterval = 0\n' >>a.conf
	mkdir out
	for how in kill close stdin nohup; do
		assert_equal "$how $(on_terminal $how)" "$how 0"
	done
	assert_equal "$(sort out/* | paste -sd ' ')" 'close goes on kill nohup stdin'
}
