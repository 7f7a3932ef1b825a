#!/usr/bin/env bats
# plog-agent avro-client: lines to an avro source.
# also: asan

load helper/lib
load helper/agent
setup() { new_store; }

# source_agent TYPE [LINE...]: agent b, a source r1 of that type into a logger; PORT
source_agent() {
	{
		cat <<-END
			b.sources = r1
			b.channels = c1
			b.sinks = k1
			b.sources.r1.type = $1
			b.sources.r1.bind = 127.0.0.1
			b.sources.r1.port = 0
			b.sources.r1.channels = c1
			b.channels.c1.type = memory
			b.channels.c1.capacity = 10000
			b.sinks.k1.type = logger
			b.sinks.k1.maxBytesToLog = 16
			b.sinks.k1.channel = c1
		END
		shift
		printf '%s\n' "$@"
	} >b.conf
	AGENT_LOG=b.log start_agent b.conf b || return
	PORT=$(AGENT_LOG=b.log agent_port r1)
}
bodies() { sed -n 's/.*Event: .*  *\([0-9]*\) }$/\1/p' b.log; }
events() { [ "$(grep -c Event: b.log)" -ge "$1" ]; }

@test "standard input: a CR before the end of a line goes, a last line without an end is sent" {
	source_agent avro
	printf 'one\r\n\ntwo' | plog-agent avro-client -H 127.0.0.1 -p "$PORT"
	wait_until 10 events 3
	run -0 sed -n 's/.*Event: //p' b.log
	assert_line -n 0 '{ headers:{} body: 6F 6E 65                                        one }'
	assert_line -n 1 '{ headers:{} body: }'
	assert_line -n 2 '{ headers:{} body: 74 77 6F                                        two }'
}

@test "a file, and headers from another" {
	source_agent avro
	seq 0 2999 >f
	printf 'host=a b\nk: v\n' >headers
	plog-agent avro-client --host=127.0.0.1 --port "$PORT" --filename f --headerFile headers
	wait_until 10 events 3000
	bodies | cmp - f
	assert_equal "$(grep -c 'headers:{host=a b, k=v}\|headers:{k=v, host=a b}' b.log)" 3000
}

@test "a directory: each file is sent once, the oldest first, and renamed" {
	source_agent avro
	mkdir d
	seq 10 19 >d/second
	seq 0 9 >d/zero
	touch -d '2020-01-01' d/zero
	echo 99 >d/.hidden
	echo 98 >d/old.COMPLETED
	plog-agent avro-client -H 127.0.0.1 -p "$PORT" --dirname d
	wait_until 10 events 20
	bodies | cmp - <(seq 0 19)
	assert_equal "$(ls -A d | tr '\n' ' ')" '.hidden old.COMPLETED second.COMPLETED zero.COMPLETED '
	plog-agent avro-client -H 127.0.0.1 -p "$PORT" --dirname d
	assert_equal "$(grep -c Event: b.log)" 20
}

@test "a line is sent when input runs dry, without waiting for more" {
	source_agent avro
	mkfifo in
	exec {w}<>in
	background plog-agent avro-client -H 127.0.0.1 -p "$PORT" -F in {w}>&-
	echo 7 >&"$w"
	wait_until 5 events 1
	exec {w}>&-
	wait "$bg"
}

@test "servers from a file: failover to one that lives; thrift" {
	source_agent avro
	cat >rpc.properties <<-END
		client.type = default_failover
		hosts = h1 h2
		hosts.h1 = 127.0.0.1:1
		hosts.h2 = 127.0.0.1:$PORT
	END
	seq 0 99 | plog-agent avro-client -P rpc.properties
	wait_until 10 events 100
	bodies | cmp - <(seq 0 99)
	stop_agent
	source_agent thrift
	printf 'client.type = thrift\nhosts = h\nhosts.h = 127.0.0.1:%s\n' "$PORT" >rpc.properties
	seq 0 99 | plog-agent avro-client -P rpc.properties
	wait_until 10 events 100
	run -1 plog-agent avro-client -P <(echo hosts = h) </dev/null
	assert_output --partial 'hosts.h: is no host:port'
}

@test "nobody listens, or the channel is full: a message and status 1; a line that makes no sense: 2" {
	run -1 --separate-stderr plog-agent avro-client -H 127.0.0.1 -p 1 <<<x
	assert_equal "$stderr" 'plog-agent: cannot connect to 127.0.0.1:1: Connection refused'
	source_agent avro 'b.channels.c1.capacity = 1' 'b.channels.c1.transactionCapacity = 1' 'b.channels.c1.keep-alive = 0' 'b.sinks.k1.batchSize = 1'
	run -1 --separate-stderr plog-agent avro-client -H 127.0.0.1 -p "$PORT" <<<$'1\n2\n3'
	assert_equal "$stderr" "plog-agent: 127.0.0.1:$PORT: the server has not taken the events: FAILED"
	run -2 plog-agent avro-client -p 1
	assert_output 'plog-agent: You must specify a hostname to connect to with --host'
	run -2 plog-agent avro-client -H h
	assert_output 'plog-agent: You must specify a port to connect to with --port'
	run -2 plog-agent avro-client -H h -p 1 -F f --dirname d
	run -0 plog-agent avro-client --help
	assert_line 'usage: plog-agent avro-client -H HOST -p PORT [-F FILE | --dirname DIR] [-R FILE]'
}
