#!/usr/bin/env bats
# 1,000 connections to each listening source of plog-agent that has a thread for each of them (netcat: agent_netcat.bats).

load helper/lib
load helper/agent
setup() { new_store; needs python3 curl jq; }

# avro's first bytes of a connection: Flume's protocol, known to both; a call of append; the answer is BOTH, and OK.
# thrift: append in the compact protocol, framed; its answer is OK.
client() {
	cat <<-'END'
		import socket, struct, sys
		kind, port, count = sys.argv[1], int(sys.argv[2]), 1000
		flume = bytes.fromhex('86aadae2c45474c0fe93ffd0f2350a65')

		def lengthy(b): return struct.pack('>I', len(b)) + b
		def body(i): return b'%s-%04d' % (kind.encode(), i)

		def avro(i, first):
		    hands = flume + b'\x00' + flume + b'\x02\x00' if first else b''
		    text = body(i)
		    call = hands + b'\x00' + b'\x0cappend' + b'\x00' + bytes([2 * len(text)]) + text
		    return struct.pack('>II', 1, 1) + lengthy(call), (15 if not first else 19)
		def thrift(i, first):
		    text = body(i)
		    return lengthy(b'\x82\x21\x01\x06append\x1c\x1b\x00\x18' + bytes([len(text)]) + text + b'\x00\x00'), 18
		def syslogtcp(i, first): return b'<13>' + body(i) + b'\n', 0
		def http(i, first):
		    text = b'[{"body":"%s"}]' % body(i)
		    return b'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s' % (len(text), text), -1

		def answer(s, n):
		    got = b''
		    while len(got) < n or (n < 0 and not got.endswith(b'\r\n\r\n')):
		        more = s.recv(1000)
		        assert more, 'closed after ' + repr(got)
		        got += more
		    return got

		make = globals()[kind]
		def connect():
		    s = socket.socket()
		    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)    # else no test may listen there for a minute
		    s.connect(('127.0.0.1', port))
		    return s

		all = [connect() for i in range(count)]
		answers = set()
		for turn in 0, 1:
		    sent = [make(i + turn * count, turn == 0) for i in range(count)]
		    for s, (b, n) in zip(all, sent): s.sendall(b[:len(b) // 2])    # half a message each
		    for s, (b, n) in zip(all, sent): s.sendall(b[len(b) // 2:])
		    for s, (b, n) in zip(all, sent):
		        s.settimeout(20)
		        answers.add(answer(s, n).split(b'\r\n')[0])
		known = {
		    'avro': {struct.pack('>III', 1, 1, 7) + bytes(7), struct.pack('>III', 1, 1, 3) + bytes(3)},
		    'thrift': {bytes.fromhex('0000000e' '8241' '01' '06617070656e64' '05000000')},
		    'syslogtcp': {b''}, 'http': {b'HTTP/1.1 200 OK'},
		}
		assert answers == known[kind], answers
		END
}

_all() { [ "$(sed 's/^.*} //' out/* | sort -u | wc -l)" = "$1" ]; }

@test "1,000 connections at once to avro, thrift, syslogtcp and http: each is served, memory stays small" {
	needs_module httpd
	{
		printf 'a.%s\n' 'sources = avro thrift syslogtcp http' 'channels = c' 'sinks = k' 'channels.c.type = memory' \
			'channels.c.capacity = 10000' 'channels.c.transactionCapacity = 1000' 'sinks.k.type = file_roll' \
			"sinks.k.sink.directory = $PWD/out" 'sinks.k.sink.rollInterval = 0' 'sinks.k.channel = c'
		for s in avro thrift syslogtcp http; do
			printf "a.sources.$s.%s\n" "type = $s" 'bind = 127.0.0.1' 'port = 0' 'channels = c' \
				'maxConnections = 1000' 'maxConnectionsPerAddress = 1000'
		done
		echo 'a.sources.syslogtcp.host = 127.0.0.1'
	} | sed '/syslogtcp.bind/d' >a.conf
	mkdir out
	client >client.py
	ulimit -n 4096
	start_agent a.conf a -Dflume.monitoring.type=http -Dflume.monitoring.port=0 -Dflume.monitoring.bind=127.0.0.1
	n=0
	for s in avro thrift syslogtcp http; do
		run -0 python3 client.py $s "$(agent_port $s)"
		n=$((n + 2000))
		wait_until 10 _all $n
		echo "# $s: $(awk '/VmHWM/ { print $2 }' "/proc/$AGENT_PID/status") KiB" >&3
	done
	# each event is counted once
	curl -sS -m 5 "http://127.0.0.1:$(agent_port a)/metrics" >body
	for s in avro thrift syslogtcp http; do
		assert_equal "$(jq -r --arg s "SOURCE.$s" '.[$s] | .EventReceivedCount + " " + .EventAcceptedCount' body)" '2000 2000'
	done
	[ -n "${PLOG_SANITIZED-}" ] || [ "$(awk '/VmHWM/ { print $2 }' "/proc/$AGENT_PID/status")" -lt 65536 ]
	stop_agent
	assert_equal "$STATUS" 0
	cat out/* | wc -l | grep -qx 8000
	run -1 grep refused agent.log
}
