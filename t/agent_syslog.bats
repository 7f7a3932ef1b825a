#!/usr/bin/env bats
# plog-agent's syslog sources and netcatudp: frames, headers, limits, losses that are counted.
# also: asan

load helper/lib
load helper/agent
setup() { new_store; export PLOG_TEST_NOW=1795737600000; }

RAW='<34>Oct 11 22:14:15 mymachine su: failed'

# send PORT FORMAT: over TCP, then closed
send() {
	# shellcheck disable=SC2059
	printf "$2" >"/dev/tcp/127.0.0.1/$1"
}

# one datagram; bash writes a line at a time
datagram() { # PORT FORMAT
	# shellcheck disable=SC2059
	printf "$2" | python3 -c 'import socket, sys
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(sys.stdin.buffer.read(), ("127.0.0.1", int(sys.argv[1])))' "$1"
}

@test "syslogtcp: lines, counted frames and a last one without its end; what is too long comes in pieces" {
	source_conf s.conf <<-END
		type = syslogtcp
		host = 127.0.0.1
		port = 0
		eventSize = 60
		clientIPHeader = ip
		clientHostnameHeader = name
	END
	start_agent s.conf a
	long="<34>a line of more octets than the sixty that it may have, in a counted frame"
	send "$(agent_port r)" "$RAW 1\n\n\n${#RAW} $RAW$((${#RAW} + 4)) $RAW\ntwo${#long} $long<999>x\nno\nlast"
	who='ip=127.0.0.1'
	got_line "{name=localhost, Severity=0, Facility=0, flume.syslog.status=Invalid, $who} last"
	stop_agent
	match="{$who, host=mymachine, name=localhost, Severity=2, Facility=4, priority=34, timestamp=1791756855000} su: failed"
	assert_equal "$(received)" "$match 1
$match
$match
two
{name=localhost, Severity=2, Facility=4, flume.syslog.status=Incomplete, $who} ${long:0:60}
{name=localhost, Severity=0, Facility=0, flume.syslog.status=Invalid, $who} ${long:60}
{name=localhost, Severity=7, Facility=124, $who} <999>x
{name=localhost, Severity=0, Facility=0, flume.syslog.status=Invalid, $who} no
{name=localhost, Severity=0, Facility=0, flume.syslog.status=Invalid, $who} last"
}

@test "syslogtcp as Flume frames it: without octetCounting a length is no length; keepFields" {
	source_conf s.conf <<-END
		type = syslogtcp
		host = localhost
		port = 0
		octetCounting = false
		keepFields = timestamp hostname
	END
	start_agent s.conf a
	send "$(agent_port r)" "${#RAW} $RAW\n$RAW\n"
	got_line '{host=mymachine, Severity=2, Facility=4, priority=34, timestamp=1791756855000} Oct 11 22:14:15 mymachine su: failed'
	got_line "{Severity=0, Facility=0, flume.syslog.status=Invalid} ${#RAW} $RAW"
	stop_agent
}

@test "syslogtcp: more connections than it may have, from one address, are refused; one that says nothing is closed" {
	source_conf s.conf <<-END
		type = syslogtcp
		host = 127.0.0.1
		port = 0
		maxConnections = 3
		maxConnectionsPerAddress = 2
		idleTimeout = 1
	END
	start_agent s.conf a
	p=$(agent_port r)
	exec {a}<>"/dev/tcp/127.0.0.1/$p" {b}<>"/dev/tcp/127.0.0.1/$p" {c}<>"/dev/tcp/127.0.0.1/$p"
	run ! read -rt 5 -u "$c" line
	wait_until 10 grep -q 'refused: maxConnectionsPerAddress' agent.log
	run ! read -rt 5 -u "$a" line			# after its second
	run ! read -rt 5 -u "$b" line
	exec {a}>&- {b}>&- {c}>&-
	send "$p" "$RAW\n"
	wait_until 10 grep -q mymachine out/*
	stop_agent
	assert_equal "$STATUS" 0
}

@test "a full channel: syslog drops and says how many; with whenFull = wait the sender waits, and nothing is lost" {
	for how in drop wait; do
		CAPACITY=10 source_conf s.conf <<-END
			type = syslogtcp
			host = 127.0.0.1
			port = 0
			whenFull = $how
		END
		[ $how = wait ] || sed -i '/sinks/d' s.conf
		start_agent s.conf a --lenient
		seq -f '<34>Oct 11 22:14:15 h %g' 1000 >"/dev/tcp/127.0.0.1/$(agent_port r)"
		if [ $how = drop ]; then
			wait_until 10 grep -q '(r) .*events dropped: Space for commit' agent.log
			stop_agent KILL
			continue
		else
			got_line '{host=h, Severity=2, Facility=4, priority=34, timestamp=1791756855000} 1000'
			received | awk '{ print $NF }' | cmp - <(seq 1000)
		fi
		stop_agent
	done
	refute grep -q 'events dropped' agent.log
}

@test "a form of one's own is tried first: groups of a pattern, a date as its format says" {
	needs_module regex
	source_conf f.conf <<-'END'
		type = syslogudp
		host = 127.0.0.1
		port = 0
		format.regex = <(\\d+)>v?(\\d?) ?(\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d) (\\S+) (.*)
		format.search = (\\d)/(\\d)
		format.replace = $1-$2
		format.dateFormat = yyyy-MM-dd HH:mm:ss
	END
	start_agent f.conf a
	p=$(agent_port r)
	datagram "$p" '<13>v7 2024/02/29 12:30:05 ho/st own form \377'
	datagram "$p" '<13>2024/13/29 x:30:05 h none'
	datagram "$p" "$RAW"
	got_line $'{host=ho/st, Severity=5, Facility=1, priority=13, version=7, timestamp=1709209805000} own form \xef\xbf\xbd'
	got_line '{Severity=5, Facility=1} <13>2024/13/29 x:30:05 h none'
	got_line '{host=mymachine, Severity=2, Facility=4, priority=34, timestamp=1791756855000} su: failed'
	stop_agent
	sed -i 's/^.*format.search.*$/a.sources.r.format.search = (/;s/HH:mm:ss/QQ/' f.conf
	run ! plog-agent -f f.conf -n a --check
	assert_output --partial format.search
	assert_output --partial format.dateFormat
}

@test "syslogudp: a datagram is an event up to its newline; an empty one is dropped, and counted" {
	source_conf s.conf <<-END
		type = syslogudp
		host = 127.0.0.1
		port = 0
		clientIPHeader = ip
	END
	start_agent s.conf a
	p=$(agent_port r)
	datagram "$p" "$RAW 1\nrest"
	datagram "$p" '\n'
	datagram "$p" '<165>1 2003-08-24T05:14:15.000003-07:00 192.0.2.1 app - - \377'
	got_line $'{ip=127.0.0.1, host=192.0.2.1, Severity=5, Facility=20, priority=165, version=1, timestamp=1061727255000} app - - \xef\xbf\xbd'
	got_line '{host=mymachine, Severity=2, Facility=4, priority=34, timestamp=1791756855000, ip=127.0.0.1} su: failed 1'
	grep -q '1 events dropped: an empty datagram is no event' agent.log
	stop_agent
	assert_equal "$(received | wc -l)" 2
}

@test "netcatudp: the sender in a header, where one is named" {
	source_conf n.conf <<-END
		type = netcatudp
		bind = 127.0.0.1
		port = 0
		remoteAddress = from
	END
	start_agent n.conf a
	datagram "$(agent_port r)" 'one\ntwo'
	datagram "$(agent_port r)" ''
	wait_until 10 eval '[ "$(received | wc -l)" = 2 ]'
	received | grep -qx '{from=/127\.0\.0\.1:[0-9]*} one'
	received | grep -qx '{from=/127\.0\.0\.1:[0-9]*} '
	stop_agent
}

@test "multiport_syslogtcp: a parser, names of headers and character sets of its own; the port in a header" {
	source_conf m.conf <<-END
		type = multiport_syslogtcp
		host = 127.0.0.1
		ports = 0 0
		portHeader = port
		charset.port.0 = ISO-8859-1
		eventSize = 50
	END
	start_agent m.conf a
	wait_until 10 eval '[ "$(grep -c "listening on" agent.log)" = 2 ]'
	p=$(agent_port r)
	send "$p" "$RAW\n\n<165>1 2003-10-11T22:14:15.0035Z h\374st gr\374n\n<34>Okt 11 22:14:15 h x\n"
	got_line '{host=h, Severity=2, Facility=4, port=0, Priority=34, timestamp=0} x'
	got_line '{host=mymachine, Severity=2, Facility=4, port=0, Priority=34, timestamp=1791756855000} su: failed'
	received | grep -aqxF "{Version=1, port=0, Priority=165, host=hüst, Severity=5, Facility=20, timestamp=1065910455003} gr"$'\374'n
	stop_agent
}

@test "multiport_syslogtcp: bytes that are not text of the port's set stay as they are; a port that is taken is waited for" {
	source_conf hold.conf <<-END
		type = netcat
		bind = 127.0.0.1
		port = 0
	END
	AGENT_LOG=hold.log start_agent hold.conf a
	taken=$(AGENT_LOG=hold.log agent_port r) held=$AGENT_PID
	source_conf m.conf <<-END
		type = multiport_syslogtcp
		host = 127.0.0.1
		ports = 0 $taken
	END
	start_agent m.conf a
	wait_until 10 grep -q "Could not bind to address: .*:$taken: Address already in use" agent.log
	wait_until 10 grep -q 'listening on' agent.log
	send "$(agent_port r)" "$RAW \377\n"
	wait_until 10 grep -aq 'Invalid' out/*
	received | grep -aqxF "{flume.syslog.status=Invalid} $RAW "$'\377'
	kill "$held"
	wait_until 10 grep -q "listening on 127.0.0.1:$taken" agent.log
	stop_agent
}

# sealed PORT FORMAT OPTION...: sent by openssl's own client, which believes cert.pem.
sealed() {
	local port=$1 text=$2
	shift 2
	# shellcheck disable=SC2059
	printf "$text" | timeout 10 openssl s_client -quiet -no_ign_eof -connect "127.0.0.1:$port" -CAfile cert.pem \
		-verify_return_error "$@" >tls.log 2>&1
}

# cert.pem with key.pem of ours in store.pem and store.p12 (secret); who.pem of a client
stores() {
	needs openssl && needs_module tls || return
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 2 -subj /CN=localhost \
		-addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' 2>/dev/null
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout who.key -out who.crt -days 2 -subj /CN=who 2>/dev/null
	openssl pkcs12 -export -in cert.pem -inkey key.pem -out store.p12 -passout pass:secret
	cat cert.pem key.pem >store.pem
	cat who.crt who.key >who.pem
}

@test "syslogtcp in TLS: a PKCS12 store; an old protocol, plain bytes, and who has no certificate get nothing in" {
	stores
	source_conf s.conf <<-END
		type = syslogtcp
		host = 127.0.0.1
		port = 0
		ssl = true
		keystore = store.p12
		keystore-password = secret
		keystore-type = PKCS12
		exclude-protocols = TLSv1.3
	END
	start_agent s.conf a
	p=$(agent_port r)
	sealed "$p" "$RAW 1\n${#RAW} $RAW$RAW last"
	for n in ' 1' '' ' last'; do
		got_line "{host=mymachine, Severity=2, Facility=4, priority=34, timestamp=1791756855000} su: failed$n"
	done
	run ! sealed "$p" "$RAW no\n" -tls1_3
	send "$p" "$RAW plain\n"
	wait_until 10 grep -q 'connection from 127.0.0.1:.* closed: TLS: ' agent.log
	stop_agent
	assert_equal "$(received | wc -l)" 3
	printf 'a.sources.r.%s\n' 'need-client-auth = true' 'truststore = who.crt' >>s.conf
	sed -i 's/store.p12/store.pem/;/exclude-protocols/d' s.conf
	rm out/*
	start_agent s.conf a
	p=$(agent_port r)
	sealed "$p" "$RAW nobody\n" || :
	wait_until 10 grep -q 'closed: TLS: peer did not return a certificate' agent.log
	sealed "$p" "$RAW who\n" -cert who.pem -tls1_3
	got_line '{host=mymachine, Severity=2, Facility=4, priority=34, timestamp=1791756855000} su: failed who'
	stop_agent
	assert_equal "$(received | wc -l)" 1
}

@test "multiport_syslogtcp: none of its ports can be bound: it has not started, and --fail-fast ends the agent" {
	needs python3
	source_conf one.conf <<<$'type = netcat\nbind = 127.0.0.1\nport = 0'
	AGENT_LOG=one.log start_agent one.conf a
	one=$AGENT_PID p=$(AGENT_LOG=one.log agent_port r)
	source_conf s.conf <<<$'type = multiport_syslogtcp\nhost = 127.0.0.1\nports = '"$p"
	run -1 --separate-stderr timeout 10 plog-agent -f s.conf -n a --fail-fast
	[[ $stderr == *"Unable to start source r: cannot listen on 127.0.0.1:$p: "* ]]
	# with another one it has
	source_conf s.conf <<<$'type = multiport_syslogtcp\nhost = 127.0.0.1\nports = 0 '"$p"
	start_agent s.conf a --fail-fast
	wait_until 10 grep -q 'Could not bind to address: ' agent.log
	stop_agent
	assert_equal "$STATUS" 0
	AGENT_PID=$one stop_agent
}

@test "TERM ends a source whose senders never rest" {
	needs python3
	local type
	ended() { ! kill -0 "$AGENT_PID" 2>/dev/null; }
	for type in syslogtcp multiport_syslogtcp; do
		rm -rf out sent
		source_conf s.conf <<<"type = $type"$'\nhost = 127.0.0.1\nport = 0\nports = 0\nwhenFull = wait'
		start_agent s.conf a
		python3 -c 'import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
lines = b"<34>Oct 11 22:14:15 mymachine su: failed\n" * 1000
try:
    s.sendall(lines)
    print("sent", flush=True)
    while True: s.sendall(lines)
except OSError: pass' "$(agent_port r)" >sent &
		wait_until 10 test -s sent
		kill -TERM "$AGENT_PID"
		wait_until 5 ended
	done
}

@test "multiport_syslogtcp in TLS: on each port, PEM and PKCS12" {
	stores
	for store in store.pem store.p12; do
		source_conf m.conf <<-END
			type = multiport_syslogtcp
			host = 127.0.0.1
			ports = 0 0
			ssl = true
			keystore = $store
			keystore-password = secret
		END
		start_agent m.conf a
		wait_until 10 eval '[ "$(grep -c "listening on" agent.log)" = 2 ]'
		for p in $(sed -n 's/.*listening on 127.0.0.1:\([0-9]*\)$/\1/p' agent.log); do
			sealed "$p" "$RAW $store $p\n"
			got_line "{host=mymachine, Severity=2, Facility=4, Priority=34, timestamp=1791756855000} su: failed $store $p"
		done
		stop_agent
	done
	echo 'a.sources.r.keystore = nowhere.pem' >>m.conf
	start_agent m.conf a
	wait_until 10 grep -q 'nowhere.pem' agent.log
	stop_agent
	sed -i '/keystore/d' m.conf
	run -1 plog-agent -f m.conf -n a --check
	assert_output --partial 'a.sources.r.ssl: needs keystore'
}

@test "beyond loopback without TLS is a warning; what makes no sense is an error" {
	source_conf b.conf <<-END
		type = multiport_syslogtcp
		ports = 70000 x 5140 5140
		charset.default = klingon
		keepFields = hostnames
	END
	run ! plog-agent -f b.conf -n a --check
	assert_output --partial "'70000'"
	assert_output --partial "'x'"
	assert_output --partial '5140 stands there twice'
	assert_output --partial 'no character set'
	assert_output --partial "'hostnames' is none of"
	assert_output --partial '0.0.0.0'
}
