#!/usr/bin/env bats
# plog-agent: the avro source and sink.
# also: asan

load helper/lib
load helper/agent
load helper/agent_rpc
setup() {
	new_store
	RPC=avro
}

FLUME=86aadae2c45474c0fe93ffd0f2350a65
BATCH=16617070656e644261746368 # "appendBatch"

# frame SERIAL HEX...: a message of the buffers HEX
frame() {
	printf '%08x%08x' "$1" $(($# - 1))
	shift
	for h; do printf '%08x%s' $((${#h} / 2)) "$h"; done
}

@test "avro sink -> avro source: every event once, in order" {
	source_agent
	sink_agent 2000 'a.sinks.k1.batch-size = 50'
	wait_until 10 all_there 2000
	end_both
	bodies | cmp - <(seq 0 1999)
}

@test "with compression-type = deflate on both sides, at any level" {
	needs_module gzip
	source_agent 'b.sources.r1.compression-type = deflate'
	sink_agent 500 'a.sinks.k1.compression-type = deflate' 'a.sinks.k1.compression-level = 9'
	wait_until 10 all_there 500
	end_both
	bodies | cmp - <(seq 0 499)
}

@test "deflate on one side only: the connection is closed with a message, no event is lost" {
	needs_module gzip
	source_agent 'b.sources.r1.compression-type = deflate'
	sink_agent 10
	wait_until 10 grep -q 'closed: deflate: ' b.log
	! grep -q Event: b.log
	AGENT_PID=$SOURCE_PID stop_agent
	assert_equal "$STATUS" 0
	wait_until 10 grep -q 'Unable to deliver event' a.log
}

@test "deflate: a few kilobytes that become millions of empty messages do not hold the agent up when it is to end" {
	needs python3
	needs_module gzip
	source_agent 'b.sources.r1.compression-type = deflate'
	python3 -c 'import socket, sys, zlib
s = socket.create_connection(("127.0.0.1", int(sys.argv[1]))); s.settimeout(60)
s.sendall(zlib.compress(bytes(256 << 20)))
print("sent", flush=True)
while s.recv(65536): pass' "$PORT" >sent &
	wait_until 10 test -s sent
	kill -TERM "$SOURCE_PID"
	ended() { ! kill -0 "$SOURCE_PID" 2>/dev/null; }
	wait_until 5 ended
}


talk() { "$PLOG_TOP/t/helper/hextalk" "$PORT"; }

@test "a Flume sink's first bytes are answered as Flume answers them; later calls have no handshake" {
	source_agent
	{
		echo "$(frame 1 "${FLUME}00${FLUME}020000$BATCH" 0402026b027600023002026b027600023100) : 19"
		echo "$(frame 2 "00$BATCH" 0202026b027600023200) : 15"
		echo "$(frame 3 000c617070656e64 00023300) : 15"
		echo "$(frame 4 0000) : 12"
	} | talk >out
	# BOTH, no metadata, no error, OK
	assert_equal "$(cat out)" "$(printf '%s\n' "$(frame 1 00000000000000)" "$(frame 2 000000)" "$(frame 3 000000)" "$(frame 4 '')")"
	wait_until 10 grep -q 'headers:{} body: 33 .* 3 }' b.log
	grep -q 'headers:{k=v} body: 30 .* 0 }' b.log
	grep -q 'headers:{k=v} body: 32 .* 2 }' b.log
}

@test "a client whose protocol is not known is asked for it, and then taken" {
	source_agent
	other=00112233445566778899aabbccddeeff
	{
		echo "$(frame 1 "${other}00${FLUME}0000$BATCH" 00) : 543"
		echo "$(frame 2 "${other}02047b7d${other}0000$BATCH" 0200023900) : 546"
	} | talk >out
	# NONE, the text, its hash; CLIENT, text, hash, then the result
	run -0 sed -n 1p out
	assert_output --regexp '^000000010000000100000213''0402fa07''7b2270726f746f636f6c22.*7d7d0230da54059df72d9584b867d5202e206900$'
	run -0 sed -n 2p out
	assert_output --regexp '^000000020000000100000216''0202fa07''7b.*30da54059df72d9584b867d5202e206900''000000$'
	wait_until 10 grep -q 'body: 39' b.log
	# the hash is the MD5 of the text
	assert_equal "$(sed -n '1s/^.\{32\}\(.*\)0230da54059df72d9584b867d5202e206900$/\1/p' out | python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' | md5sum)" \
		'30da54059df72d9584b867d5202e2069  -'
}

@test "calls that make no sense are answered with an error, put nothing, and the connection goes on" {
	source_agent
	hello=$(frame 1 "${FLUME}00${FLUME}02000000")
	{
		echo "$hello : 16"
		echo "$(frame 2 "000c6e6f73756368") : 12"
		echo ": 34"
		echo "$(frame 3 "00$BATCH" 04000278) : 16"
		echo ": 28"
		echo "$(frame 4 "00$BATCH" 0200023700) : 15"
	} | talk >out
	run -0 sed -n 3p out
	assert_output "0001003c$(printf 'No such remote message: nosuch' | od -An -tx1 | tr -d ' \n')"
	grep -q '^0000000300000001........000100' out
	assert_equal "$(tail -n 1 out)" "$(frame 4 000000)"
	wait_until 10 grep -q 'body: 37' b.log
	assert_equal "$(grep -c Event: b.log)" 1
}

@test "what is no call closes the connection; too large a frame is refused before it is read" {
	source_agent 'b.sources.r1.maxFrame = 5000'
	for h in 474554202f20485454502f312e310d0a0d0a 0000000100000001ffffffff 000000010000000100001389 00000001000000020000100000; do
		echo "$h" | talk >out 3>&- &
	done
	wait_until 10 grep -q 'closed: a message of' b.log
	echo '00000001000000010000138900' | talk >out
	assert_equal "$(cat out)" closed
	{ echo "$(frame 1 "${FLUME}00${FLUME}020000$BATCH" 0200023700) : 19"; } | talk >out
	assert_equal "$(cat out)" "$(frame 1 00000000000000)"
}

@test "a full channel: FAILED is answered and nothing is put; the sink keeps the batch" {
	source_agent 'b.channels.c1.capacity = 4' 'b.channels.c1.transactionCapacity = 4' 'b.channels.c1.keep-alive = 0' \
		'b.sinks.k1.type = avro' 'b.sinks.k1.hostname = 127.0.0.1' 'b.sinks.k1.port = 1' 'b.sinks.k1.batch-size = 4'
	{
		echo "$(frame 1 "${FLUME}00${FLUME}020000$BATCH" 060000000000000000) : 19"
		echo "$(frame 2 "00$BATCH" 0400000000000000) : 15"
		echo "$(frame 3 "00$BATCH" 02000000) : 15"
	} | talk >out
	assert_equal "$(cat out)" "$(printf '%s\n' "$(frame 1 00000000000000)" "$(frame 2 000002)" "$(frame 3 000000)")"
	grep -q 'FAILED to 127.0.0.1:.*: 2 events not taken' b.log
	sink_agent 3 'a.sinks.k1.batch-size = 3'
	wait_until 10 grep -q 'Unable to deliver event.*FAILED' a.log
}

@test "limits: connections in all and from one address; what is silent or dawdles is closed" {
	source_agent 'b.sources.r1.maxConnections = 3' 'b.sources.r1.maxConnectionsPerAddress = 2' \
		'b.sources.r1.idleTimeout = 2' 'b.sources.r1.messageTimeout = 1'
	exec {one}<>"/dev/tcp/127.0.0.1/$PORT" {two}<>"/dev/tcp/127.0.0.1/$PORT"
	# eight bytes of a message that never comes whole, a byte now and then
	printf '\0\0\0\1\0\0\0\1' >&"$one"
	run -0 talk <<<''
	assert_output closed
	grep -q 'connection from 127.0.0.1 refused: maxConnectionsPerAddress are open from there' b.log
	wait_until 10 grep -q 'connection from 127.0.0.1:.* closed: nothing comes in time' b.log
	run -0 timeout 10 cat <&"$one"
	assert_output ''
	run -0 timeout 10 cat <&"$two"
	assert_output ''
	# both places are free again
	echo "$(frame 1 "${FLUME}00${FLUME}020000$BATCH" 00) : 19" | talk >out
	assert_equal "$(cat out)" "$(frame 1 00000000000000)"
}

@test "ipFilter: the first rule that fits decides" {
	source_agent 'b.sources.r1.ipFilter = true' 'b.sources.r1.ipFilterRules = allow:ip:127.0.0.2, deny:ip:127.*, allow:ip:*'
	run -0 talk <<<''
	assert_output closed
	wait_until 10 grep -q 'refused: ipFilterRules' b.log
	run -1 plog-agent --check -n b -f b.conf -f - <<<'b.sources.r1.ipFilterRules = allow:ip:127.*,permit:ip:*'
	assert_output --partial "'permit:ip:*' is not allow or deny, ip or name, and a pattern"
}

# pems: who.pem (key and certificate of localhost), other.pem (of somebody else), who.p12 (password changeit)
pems() {
	needs_module tls && needs openssl || return
	for n in who other; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout $n.key -out $n.crt -days 2 \
			-subj "/CN=$n" -addext 'subjectAltName=DNS:localhost' 2>/dev/null
		cat $n.crt $n.key >$n.pem
	done
	openssl pkcs12 -export -in who.crt -inkey who.key -out who.p12 -passout pass:changeit
}

@test "TLS: key stores as PEM and PKCS12; a server that is not to be believed gets nothing" {
	pems
	source_agent 'b.sources.r1.ssl = true' 'b.sources.r1.keystore = who.p12' 'b.sources.r1.keystore-password = changeit'
	sink_agent 300 'a.sinks.k1.ssl = true' 'a.sinks.k1.truststore = who.crt'
	wait_until 10 all_there 300
	AGENT_PID=$AGENT_PID stop_agent
	assert_equal "$STATUS" 0
	sink_agent 1 'a.sinks.k1.ssl = true' 'a.sinks.k1.truststore = other.crt'
	wait_until 10 grep -q 'TLS: self-signed certificate' a.log
	stop_agent
	assert_equal "$STATUS" 1
	# plain bytes where TLS is spoken
	sink_agent 1
	wait_until 10 grep -q 'closed: TLS: ' b.log
	stop_agent
	assert_equal "$(bodies | wc -l)" 300
}

@test "TLS: the name is verified when asked for; TLSv1.3 alone; a client's certificate" {
	pems
	source_agent 'b.sources.r1.ssl = true' 'b.sources.r1.keystore = who.pem' 'b.sources.r1.include-protocols = TLSv1.3' \
		'b.sources.r1.need-client-auth = true' 'b.sources.r1.truststore = other.crt'
	sink_agent 1 'a.sinks.k1.ssl = true' 'a.sinks.k1.truststore = who.crt' 'a.sinks.k1.verify-hostname = true'
	wait_until 10 grep -q 'mismatch' a.log
	stop_agent
	sink_agent 1 'a.sinks.k1.ssl = true' 'a.sinks.k1.truststore = who.crt'
	wait_until 10 grep -q 'Unable to deliver' a.log
	wait_until 10 grep -q 'closed: TLS: peer did not return a certificate' b.log
	stop_agent
	sink_agent 20 'a.sinks.k1.ssl = true' 'a.sinks.k1.truststore = who.crt' 'a.sinks.k1.keystore = other.pem'
	wait_until 10 all_there 20
	end_both
}

@test "TLS and deflate together, in either order" {
	pems
	needs_module gzip
	for order in inside outside; do
		source_agent 'b.sources.r1.ssl = true' 'b.sources.r1.keystore = who.pem' 'b.sources.r1.compression-type = deflate' \
			"b.sources.r1.compression-order = $order"
		sink_agent 300 'a.sinks.k1.ssl = true' 'a.sinks.k1.trust-all-certs = true' 'a.sinks.k1.compression-type = deflate' \
			"a.sinks.k1.compression-order = $order"
		wait_until 10 all_there 300
		end_both
		bodies | cmp - <(seq 0 299)
	done
}

@test "the source is killed and comes back: what came in the meantime is delivered, once" {
	source_agent
	sed "s/port = 0/port = $PORT/" b.conf >again.conf
	sink_agent 0 'a.channels.c1.capacity = 1000' 'a.sources.r1.type = netcat' 'a.sources.r1.bind = 127.0.0.1' 'a.sources.r1.port = 0'
	A=$AGENT_PID IN=$(AGENT_LOG=a.log agent_port r1)
	type_lines "$IN" 100 "$(printf '%d\\n' {0..99})"
	wait_until 10 all_there 100
	kill -KILL "$SOURCE_PID"
	wait "$SOURCE_PID" || :
	type_lines "$IN" 200 "$(printf '%d\\n' {100..299})"
	wait_until 10 grep -q 'Unable to deliver event' a.log
	mv b.log before.log
	AGENT_LOG=b.log start_agent again.conf b
	SOURCE_PID=$AGENT_PID
	wait_until 20 all_there 200
	AGENT_PID=$A
	end_both
	cat before.log b.log | sed -n 's/.*Event: .*  *\([0-9]*\) }$/\1/p' | cmp - <(seq 0 299)
}

@test "a reload while an answer is under way: it is waited for, and nothing is sent twice" {
	source_agent
	sink_agent 0 'a.sources.r1.type = netcat' 'a.sources.r1.bind = 127.0.0.1' 'a.sources.r1.port = 0'
	IN=$(AGENT_LOG=a.log agent_port r1)
	kill -STOP "$SOURCE_PID"
	type_lines "$IN" 3 '1\n2\n3\n'
	echo 'a.sinks.k1.batch-size = 7' >>a.conf
	kill -HUP "$AGENT_PID"
	wait_until 5 grep -q 'Stopping Sink k1' a.log
	kill -CONT "$SOURCE_PID"
	wait_until 5 grep -q 'SINK, name: k1 stopped' a.log
	type_lines "$IN" 1 '4\n'
	wait_until 10 all_there 4
	end_both
	bodies | cmp - <(seq 4)
}

@test "a server that takes nothing any more: a stop cuts the call off after a second, and the event comes once" {
	mkdir out
	source_agent 'b.sinks.k1.type = file_roll' 'b.sinks.k1.sink.directory = out' 'b.sinks.k1.sink.rollInterval = 0'
	kill -STOP "$SOURCE_PID"
	printf '%016000000d\n' 1 >input
	sink_agent 0 'a.sources.r1.type = exec' 'a.sources.r1.command = cat input' \
		'a.channels.c1.type = file' 'a.channels.c1.dataDirs = data' 'a.channels.c1.checkpointDir = point'
	# what it wrote fills the buffers, and that is not all
	writing() { awk -v to=":$(printf %04X "$PORT")\$" '$3 ~ to && substr($5, 1, 8) > "00040000" { found = 1 } END { exit !found }' /proc/net/tcp; }
	wait_until 10 writing
	local start=${EPOCHREALTIME/[.,]/}
	stop_agent
	[ $((${EPOCHREALTIME/[.,]/} - start)) -lt 5000000 ]
	assert_equal "$STATUS" 0
	grep -q 'nothing is taken in time' a.log
	kill -CONT "$SOURCE_PID"
	wait_until 10 grep -q 'in the middle of a call' b.log
	sed -i 's/= cat input/= true/' a.conf
	AGENT_LOG=a.log start_agent a.conf a
	whole() { cat out/* | cmp -s - input; }
	wait_until 10 whole
	end_both
	whole
}

@test "reset-connection-interval: a new connection in its time, and nothing lost by it" {
	source_agent
	sink_agent 30 'a.sinks.k1.reset-connection-interval = 1' 'a.sources.r1.type = netcat' 'a.sources.r1.bind = 127.0.0.1' \
		'a.sources.r1.port = 0'
	IN=$(AGENT_LOG=a.log agent_port r1)
	type_lines "$IN" 1 '1\n'
	wait_until 10 all_there 1
	wait_until 10 _second_connection
	end_both
}
_second_connection() { type_lines "$IN" 1 '2\n' && [ "$(grep -c 'connected to' a.log)" -ge 2 ]; }

@test "avro_event and AVRO: events into a container file, and each datum of it an event again" {
	needs_module avro
	needs_module gzip
	mkdir files spool
	cat >w.conf <<-END
		w.sources = r
		w.channels = c
		w.sinks = k
		w.sources.r.type = seq
		w.sources.r.totalEvents = 500
		w.sources.r.channels = c
		w.channels.c.type = memory
		w.sinks.k.type = file_roll
		w.sinks.k.sink.directory = $PWD/files
		w.sinks.k.sink.rollInterval = 0
		w.sinks.k.sink.serializer = org.apache.flume.serialization.FlumeEventAvroEventSerializer\$Builder
		w.sinks.k.sink.serializer.compressionCodec = deflate
		w.sinks.k.channel = c
		s.sources = r
		s.channels = c
		s.sinks = k
		s.sources.r.type = spooldir
		s.sources.r.spoolDir = $PWD/spool
		s.sources.r.deserializer = AVRO
		s.sources.r.channels = c
		s.channels.c.type = memory
		s.channels.c.capacity = 1000
		s.sinks.k.type = logger
		s.sinks.k.channel = c
	END
	start_agent w.conf w
	stop_agent
	assert_equal "$STATUS" 0
	mv files/* spool/one
	start_agent w.conf s
	wait_until 20 [ -e spool/one.COMPLETED ]
	stop_agent
	assert_equal "$STATUS" 0
	# no headers, the length, the number: 00 06 "499"; the fingerprint is that of Flume's record Event
	assert_equal "$(grep -c 'Event: { headers:{flume.avro.schema.hash=[0-9a-f]*} body: 00 0' agent.log)" 500
	grep -q 'headers:{flume.avro.schema.hash=[0-9a-f]\{16\}} body: 00 06 34 39 39 ' agent.log
	# a file that ends in the middle of a block is an error, and nothing of that block comes
	head -c -20 spool/one.COMPLETED >spool/cut
	start_agent w.conf s
	wait_until 20 grep -q 'an Avro file that ends in the middle of a block' agent.log
	stop_agent
}

# body_conf URL [KEY...]: lines of netcat, with URL as their schema's, through the class of Flume's hdfs sink into files/
body_conf() {
	mkdir -p files
	printf 'w.%s\n' 'sources = r' 'channels = c' 'sinks = k' 'sources.r.type = netcat' 'sources.r.bind = 127.0.0.1' 'sources.r.port = 0' \
		'sources.r.channels = c' 'sources.r.interceptors = i' 'sources.r.interceptors.i.type = static' \
		'sources.r.interceptors.i.key = flume.avro.schema.url' "sources.r.interceptors.i.value = $1" 'channels.c.type = memory' \
		'sinks.k.type = file_roll' "sinks.k.sink.directory = $PWD/files" 'sinks.k.sink.rollInterval = 0' 'sinks.k.channel = c' \
		'sinks.k.sink.serializer = org.apache.flume.sink.hdfs.AvroEventSerializer$Builder'
	shift
	[ $# = 0 ] || printf 'w.sinks.k.sink.serializer.%s\n' "$@"
}

@test "Avro data as bodies: a container file with the schema that the events name, by header, URL or configuration" {
	needs_module avro
	needs_module gzip
	echo '{"type": "string"}' >s.avsc
	# a datum of that schema is a length, and so many bytes
	body_conf "file:$PWD/s.avsc" 'compressionCodec = deflate' 'allowedSchemaURLs = http://no.where/ file:/' >w.conf
	start_agent w.conf w
	type_lines "$(agent_port r)" 2 '\006abc\n\010defg\n'
	stop_agent
	assert_equal "$STATUS" 0
	# that file's data once more, the schema itself in a header this time: the same data come out
	mkdir spool out
	mv files/* spool/one
	touch -d yesterday spool/one
	printf 's.%s\n' 'sources = r' 'channels = c' 'sinks = k' 'sources.r.type = spooldir' "sources.r.spoolDir = $PWD/spool" \
		'sources.r.deserializer = AVRO' 'sources.r.deserializer.schemaType = LITERAL' 'sources.r.channels = c' 'channels.c.type = memory' \
		'sinks.k.type = file_roll' "sinks.k.sink.directory = $PWD/files" 'sinks.k.sink.rollInterval = 0' 'sinks.k.channel = c' \
		'sinks.k.sink.serializer = avro_body' >s.conf
	start_agent s.conf s
	wait_until 10 [ -e spool/one.COMPLETED ]
	stop_agent
	run -0 strings -n 3 files/*
	assert_line --partial '{"type": "string"}'
	grep -qa $'\006abc\010defg' files/*
	# what names no schema has the one of schemaURL; without that it is said, and kept
	rm files/*
	body_conf x "schemaURL = $PWD/s.avsc" | sed 's/flume.avro.schema.url/other/' >w.conf
	start_agent w.conf w
	type_lines "$(agent_port r)" 1 '\002x\n'
	stop_agent
	grep -qa '{"type": "string"}' files/*
	grep -qa $'\002x' files/*
	rm files/*
	body_conf x | sed 's/flume.avro.schema.url/other/' >w.conf
	start_agent w.conf w --drain=1s
	type_lines "$(agent_port r)" 1 '\002x\n'
	wait_until 10 grep -q 'Could not find schema for event' agent.log
	stop_agent
	assert_equal "$STATUS" 1
	[ ! -s "$(echo files/*)" ]
}

@test "Avro data as bodies: a schema that is not there, not allowed, or another one than the file's is said; the file stays good" {
	needs_module avro
	echo '"string"' >s.avsc
	echo '"long"' >l.avsc
	# the body says itself where its schema is
	body_conf x >w.conf
	printf 'w.sources.r.interceptors.i.%s\n' 'type = regex_extractor' 'regex = ([sl].avsc)' 'serializers = a' \
		'serializers.a.name = flume.avro.schema.url' >>w.conf
	start_agent w.conf w --drain=1s
	type_lines "$(agent_port r)" 1 '\014s.avsc\n'
	wait_until 10 eval 'grep -qa s.avsc files/*'
	cp files/* good
	type_lines "$(agent_port r)" 1 '\014l.avsc\n'
	wait_until 10 grep -q 'an event of another Avro schema than the file has' agent.log
	stop_agent
	cmp good files/*
	for bad in "$PWD/none.avsc|No such file" 'hdfs://n/s.avsc|cannot be had from' "file://$PWD/w.conf|an Avro schema that cannot be read" \
		"$PWD/l.avsc|begins with none of allowedSchemaURLs" '/dev/zero|begins with none'; do
		rm -f files/*
		body_conf "${bad%|*}" "allowedSchemaURLs = $PWD/n file:/ hdfs:" >w.conf
		start_agent w.conf w --drain=1s
		type_lines "$(agent_port r)" 1 '\002x\n'
		wait_until 10 grep -q "${bad#*|}" agent.log
		stop_agent KILL
		[ ! -s "$(echo files/*)" ]
	done
}
