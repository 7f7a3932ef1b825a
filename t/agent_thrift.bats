#!/usr/bin/env bats
# plog-agent: the thrift source and sink.
# also: asan bare

load helper/lib
load helper/agent
load helper/agent_rpc
setup() {
	new_store
	RPC=thrift RPC_SINK=org.apache.flume.sink.ThriftSink
}

NAME=617070656e644261746368 # appendBatch

frame() { printf '%08x%s' $((${#1} / 2)) "$1"; }
talk() { "$PLOG_TOP/t/helper/hextalk" "$PORT"; }

@test "thrift sink -> thrift source, compact: every event once, in order" {
	source_agent
	sink_agent 2000 'a.sinks.k1.batch-size = 50'
	wait_until 10 all_there 2000
	end_both
	bodies | cmp - <(seq 0 1999)
}

@test "thrift sink -> thrift source, binary" {
	source_agent 'b.sources.r1.protocol = binary'
	sink_agent 300 'a.sinks.k1.protocol = binary' 'a.sinks.k1.batch-size = 7'
	wait_until 10 all_there 300
	end_both
	bodies | cmp - <(seq 0 299)
}

@test "two protocols that differ: closed with a message, and the batch stays with the sink" {
	source_agent 'b.sources.r1.protocol = binary'
	sink_agent 5
	wait_until 10 grep -q "closed: no call in Thrift's binary protocol" b.log
	wait_until 10 grep -q 'Unable to deliver event' a.log
	stop_agent
	assert_equal "$STATUS" 1
	grep -q '5 events were left' a.log
	! grep -q Event: b.log
}

@test "compact calls are answered as Flume answers them" {
	source_agent
	{
		echo "$(frame "822101066170""70656e641c1b0188016b0176180378797a0000") : 18"
		echo "$(frame "8221020b${NAME}192c1b0188016b01761801310""01b0018013200""00") : 23"
		echo "$(frame 82210306"6e6f73756368"00) : 48"
		echo "$(frame "8221040b${NAME}191c1b000000") : 4"
		echo ": 58"
		echo "$(frame "8221050b${NAME}190c00") : 23"
	} | talk >out
	run -0 cat out
	assert_line -n 0 "$(frame 82410106617070656e6405000000)"
	assert_line -n 1 "$(frame "8241020b${NAME}05000000")"
	assert_line -n 2 "$(frame "826103066e6f73756368181d$(printf "Invalid method name: 'nosuch'" | od -An -tx1 | tr -d ' \n')150200")"
	assert_line -n 4 "8261040b${NAME}1826$(printf "Required field 'body' was not present!" | od -An -tx1 | tr -d ' \n')150e00"
	assert_line -n 5 "$(frame "8241050b${NAME}05000000")"
	wait_until 10 grep -q 'body: 32' b.log
	grep -q 'headers:{k=v} body: 78 79 7A' b.log
	assert_equal "$(grep -c Event: b.log)" 3
}

@test "binary calls are answered as Flume answers them, also of a client without a version" {
	source_agent 'b.sources.r1.protocol = binary'
	event=0d00010b0b00000001000000016b00000001760b00020000000378797a00
	{
		echo "$(frame "8001000100000006617070656e64000000010c0001${event}00") : 30"
		echo "$(frame "0000000b${NAME}01000000020f00010c00000001${event}00") : 35"
	} | talk >out
	assert_equal "$(cat out)" "$(frame 8001000200000006617070656e64000000010800000000000000)
$(frame "800100020000000b${NAME}000000020800000000000000")"
	wait_until 10 grep -q 'headers:{k=v} body: 78 79 7A' b.log
}

@test "what is no call closes the connection and puts nothing; too large a frame is not read" {
	source_agent 'b.sources.r1.maxFrame = 5000'
	for h in 474554202f20485454502f312e310d0a0d0a 00001389 "$(frame 00)" "$(frame "8221020b${NAME}192c1b00180132""00")" \
		"$(frame "8221020b${NAME}19fcffffffff0f")"; do
		run talk <<<"$h"
		assert_output closed
	done
	grep -q 'closed: a frame of 5001 bytes, maxFrame is 5000' b.log
	run talk <<<"$(frame "8221050b${NAME}190c00") : 23"
	assert_output "$(frame "8241050b${NAME}05000000")"
	! grep -q Event: b.log
}

@test "a full channel: FAILED is answered, nothing is put" {
	source_agent 'b.channels.c1.capacity = 2' 'b.channels.c1.transactionCapacity = 2' 'b.channels.c1.keep-alive = 0' \
		'b.sinks.k1.type = thrift' 'b.sinks.k1.hostname = 127.0.0.1' 'b.sinks.k1.port = 1' 'b.sinks.k1.batch-size = 2'
	one=$(frame "8221010b${NAME}191c1b001801310000")
	printf '%s : 23\n' "$one" "$one" "$one" | talk >out
	assert_equal "$(cat out)" "$(frame "8241010b${NAME}05000000")
$(frame "8241010b${NAME}05000000")
$(frame "8241010b${NAME}05000200")"
}

@test "TLS" {
	needs_module tls
	needs openssl
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout k.key -out k.crt -days 2 -subj /CN=x 2>/dev/null
	cat k.key k.crt >k.pem
	source_agent 'b.sources.r1.ssl = true' 'b.sources.r1.keystore = k.pem'
	sink_agent 300 'a.sinks.k1.ssl = true' 'a.sinks.k1.truststore = k.crt'
	wait_until 10 all_there 300
	end_both
}

@test "kerberos is refused, and what to use instead is said" {
	cat >k.conf <<-'END'
		a.sources = r1
		a.channels = c1
		a.sinks = k1
		a.sources.r1.type = thrift
		a.sources.r1.bind = 127.0.0.1
		a.sources.r1.port = 1
		a.sources.r1.kerberos = true
		a.sources.r1.agent-principal = flume/_HOST@EXAMPLE.ORG
		a.sources.r1.channels = c1
		a.channels.c1.type = memory
		a.sinks.k1.type = null
		a.sinks.k1.channel = c1
	END
	run -1 plog-agent --check -n a -f k.conf
	assert_output --partial 'k.conf:7: error: a.sources.r1.kerberos: not spoken here: use ssl = true'
}
