#!/usr/bin/env bats
# plog-agent's netcat source: answers as a real Flume 1.11 gives them, limits,
# many connections, clients that do not read.
# also: asan

load helper/lib
load helper/agent
setup() {
	new_store
	cat >a.conf <<-'END'
		a.sources = r
		a.sinks = k
		a.channels = c
		a.sources.r.type = netcat
		a.sources.r.bind = localhost
		a.sources.r.port = 0
		a.sources.r.channels = c
		a.sinks.k.type = file_roll
		a.sinks.k.sink.directory = out
		a.sinks.k.sink.rollInterval = 0
		a.sinks.k.channel = c
		a.channels.c.type = memory
		a.channels.c.capacity = 1000
	END
	mkdir out
}

# exchange FORMAT: sends it, ends the output, and prints all that comes back.
exchange() {
	printf "$1" | python3 -c 'import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1]))); s.settimeout(10)
s.sendall(sys.stdin.buffer.read())
if sys.argv[2] == "end": s.shutdown(socket.SHUT_WR)
got = b""
while True:
    try: more = s.recv(65536)
    except socket.timeout: got += b"[timeout]"; break
    if not more: break
    got += more
    if sys.argv[2] != "end" and got.count(b"\n") >= int(sys.argv[2]): break
sys.stdout.buffer.write(got)' "$PORT" "${2:-end}"
}

@test "OK for each line, the empty one too; a CR stays; a last line without end is lost, as in Flume" {
	needs python3
	start_agent a.conf a
	PORT=$(agent_port r)
	assert_equal "$(exchange 'one\r\n\nthree\nlost' 3)" $'OK\nOK\nOK'
	stop_agent
	assert_equal "$STATUS" 0
	printf 'one\r\n\nthree\n' | cmp - out/*
}

@test "max-line-length: 511 characters pass, 512 are refused and the connection closed; lines before are taken" {
	needs python3
	start_agent a.conf a
	PORT=$(agent_port r)
	local ok euros long refused='FAILED: Event exceeds the maximum length (512 chars, including newline)'
	ok=$(printf 'x%.0s' $(seq 511)) long=$(printf 'x%.0s' $(seq 512)) euros=$(printf '\xe2\x82\xac%.0s' $(seq 511))
	assert_equal "$(exchange "a\n$ok\n$long\nnever\n")" "OK"$'\n'"OK"$'\n'"$refused"
	assert_equal "$(exchange "$euros\n" 1)" OK
	# it never ends its line
	assert_equal "$(exchange "b\n$long" 2)" "OK"$'\n'"$refused"
	stop_agent
	printf 'a\n%s\n%s\nb\n' "$ok" "$euros" | cmp - out/*
}

@test "a full channel: FAILED with Flume's reason, the connection stays; the loss is counted" {
	needs python3
	sed -i 's/sink.directory = out/sink.directory = none/; s/capacity = 1000/capacity = 3/' a.conf
	printf 'a.channels.c.keep-alive = 0\na.sinks.k.sink.batchSize = 3\n' >>a.conf
	start_agent a.conf a --drain=0
	PORT=$(agent_port r)
	local full="FAILED: Space for commit to queue couldn't be acquired. Sinks are likely not keeping up with sources, or the buffer size is too tight"
	assert_equal "$(exchange '1\n2\n3\n4\n5\n' 5)" $'OK\nOK\nOK\n'"$full"$'\n'"$full"
	stop_agent
	assert_equal "$STATUS" 1
	grep -q '3 events were left' agent.log
}

@test "two channels, the second one full: FAILED, as in Flume the first one has it, and has each line once" {
	needs python3
	cat >>a.conf <<-'END'
		a.channels = c d
		a.sinks = k l
		a.sources.r.channels = c d
		a.channels.d.type = memory
		a.channels.d.capacity = 3
		a.channels.d.transactionCapacity = 3
		a.channels.d.keep-alive = 0
		a.sinks.l.type = file_roll
		a.sinks.l.sink.directory = later
		a.sinks.l.sink.rollInterval = 0
		a.sinks.l.sink.batchSize = 3
		a.sinks.l.channel = d
	END
	start_agent a.conf a 2>/dev/null
	PORT=$(agent_port r)
	assert_equal "$(exchange '1\n2\n3\n4\n5\n6\n7\n' 7 | cut -c1-6 | tr '\n' ' ')" 'OK OK OK FAILED FAILED FAILED FAILED '
	mkdir later
	there() { [ "$(cat later/* 2>/dev/null | wc -l)" -ge "$1" ]; }
	wait_until 10 there 3
	assert_equal "$(exchange '8\n' 1)" OK
	stop_agent
	assert_equal "$STATUS" 0
	assert_equal "$(cat out/*)" "$(seq 8)"
	assert_equal "$(cat later/*)" "$(printf '1\n2\n3\n8')"
}

@test "no acknowledgement when none is asked for; another encoding; bad UTF-8 stays as it is" {
	needs python3
	echo 'a.sources.r.ack-every-event = false' >>a.conf
	start_agent a.conf a
	PORT=$(agent_port r)
	assert_equal "$(exchange 'a\xff\n\xc3\xa9\n')" ''
	came() { [ -s out/* ]; }
	wait_until 5 came
	stop_agent
	printf 'a\xff\n\xc3\xa9\n' | cmp - out/*
	rm out/*
	echo 'a.sources.r.encoding = iso-8859-1' >>a.conf
	start_agent a.conf a
	PORT=$(agent_port r)
	assert_equal "$(exchange '\xff\nx\n')" ''
	wait_until 5 came
	stop_agent
	printf '\xc3\xbf\nx\n' | cmp - out/*
}

@test "1,000 connections at once, slow ones among them; nothing is lost, nothing doubled, memory stays small" {
	needs python3
	echo 'a.channels.c.transactionCapacity = 100' >>a.conf
	start_agent a.conf a
	ulimit -n 4096
	python3 -c 'import socket, sys
port = int(sys.argv[1])
def connect():
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)       # else no test may listen there for a minute
    s.connect(("127.0.0.1", port))
    return s
all = [connect() for i in range(1000)]
for i, s in enumerate(all): s.sendall(b"%d-" % i)        # half a line each
for i, s in enumerate(all): s.sendall(b"first\n%d-second\n" % i)
for s in all:
    s.settimeout(20); got = b""
    while len(got) < 6: got += s.recv(100)
    assert got == b"OK\nOK\n", got' "$(agent_port r)"
	[ -n "${PLOG_SANITIZED-}" ] || [ "$(awk '/VmRSS/ { print $2 }' "/proc/$AGENT_PID/status")" -lt 32768 ]
	stop_agent
	assert_equal "$STATUS" 0
	{ seq -f %.0f-first 0 999; seq -f %.0f-second 0 999; } | sort >want
	sort out/* | cmp - want
}

@test "limits: connections from one address, connections in all, silence" {
	needs python3
	printf 'a.sources.r.maxConnections = 4\na.sources.r.maxConnectionsPerAddress = 2\na.sources.r.idleTimeout = 1\n' >>a.conf
	start_agent a.conf a
	python3 -c 'import socket, sys, time
port = int(sys.argv[1]); c = lambda: socket.create_connection(("127.0.0.1", port))
a, b = c(), c(); a.sendall(b"1\n"); b.sendall(b"2\n"); assert a.recv(9) == b"OK\n" and b.recv(9) == b"OK\n"
d = c(); d.settimeout(5); assert d.recv(9) == b""              # one too many from here
t = time.time(); a.settimeout(5); assert a.recv(9) == b"" and time.time() - t > .5    # it said nothing' "$(agent_port r)"
	stop_agent
	assert_equal "$STATUS" 0
}

@test "a client that does not read its answers is not read from, and harms nobody" {
	needs python3
	start_agent a.conf a
	python3 -c 'import socket, sys
port = int(sys.argv[1])
s = socket.create_connection(("127.0.0.1", port)); s.setblocking(False); sent = 0
line = b"x" * 9 + b"\n"; chunk = line * 10000
import time; end = time.time() + 10; idle = 0
while time.time() < end and idle < 20:
    try: sent += s.send(chunk); idle = 0
    except BlockingIOError: idle += 1; time.sleep(.05)
assert idle == 20, "it took %d bytes without an end" % sent
o = socket.create_connection(("127.0.0.1", port)); o.settimeout(5); o.sendall(b"other\n"); assert o.recv(9) == b"OK\n"' "$(agent_port r)"
	[ -n "${PLOG_SANITIZED-}" ] || [ "$(awk '/VmRSS/ { print $2 }' "/proc/$AGENT_PID/status")" -lt 32768 ]
	stop_agent
	assert_equal "$STATUS" 0
	grep -qx other out/*
}
