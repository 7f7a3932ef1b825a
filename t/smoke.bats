#!/usr/bin/env bats
# The main job, in a few seconds: what must work before anything else is looked at.
# also: asan bare

load helper/lib

setup() { new_store; }

@test "lines go in through a pipe and come out through a pipe" {
	printf 'caf\303\251\n\ntab\there \\n\r\nlast' | plog-produce -q t
	plog-consume t >got
	printf 'caf\303\251\n\ntab\there \\n\r\nlast\n' | cmp - got
}

@test "the producer is silent on success" {
	run --separate-stderr plog-produce -q t <<<hello
	assert_success
	assert_output ''
	assert_equal "$stderr" ''
}

@test "a follower gets a line that is written while it waits, and ends by its signal" {
	background plog-consume -f t >got 2>err
	echo one | plog-produce -q t
	wait_until 5 has_line got one
	echo two | plog-produce -q t
	wait_until 5 has_line got two
	stop "$bg"
	assert_equal "$status" 143
	assert_equal "$(cat got)" $'one\ntwo'
}

@test "keys pick partitions; a format string shows where a record is" {
	printf 'a\t1\nb\t2\na\t3\n' | plog-produce -q -K '\t' -P 8 orders
	plog-consume -F '%p:%o %k=%v\n' orders | sort >got
	run grep -c '^[0-7]:[0-2] [ab]=[123]$' got
	assert_output 3
	[ "$(grep a= got | cut -d: -f1 | sort -u | wc -l)" = 1 ]
}

@test "-o -1 is the last record, -o @-1h all of the last hour" {
	seq 5 | plog-produce -q t
	assert_equal "$(plog-consume -o -1 t)" 5
	assert_equal "$(plog-consume -o @-1h t | wc -l)" 5
}

@test "JSON lines carry a record from topic to topic" {
	[ -e "$PLOG_BIN/modules/plog-jsonin.so" ] || plog_skip "built without jansson"
	printf 'k\tv\n' | plog-produce -q -K '\t' -H n=1 a
	plog-consume -J a | plog-produce -q -J b
	assert_equal "$(plog-consume -F '%k %v %h' b)" 'k v [["n","1"]]'
	assert_equal "$(plog-consume -J b | jq -r .value)" v
}

@test "a topic is made, listed, described and deleted" {
	plog-topic create -P 3 orders
	assert_equal "$(plog-topic list)" orders
	run plog-topic describe orders
	assert_success
	assert_output --partial orders
	plog-topic delete orders
	assert_equal "$(plog-topic list)" ''
}

@test "an unknown topic fails with its name, on stderr only" {
	echo x | plog-produce -q orders
	run -1 --separate-stderr plog-consume ordesr
	assert_output ''
	[[ $stderr == "plog-consume: "*ordesr*orders* ]]
}

@test "writers that start together make one store and one topic; every record is there once" {
	for i in $(seq 24); do
		echo "$i" | plog-produce -q t 2>>err &
	done
	wait
	assert_equal "$(cat err)" ''
	plog-consume t | sort -n | cmp - <(seq 24)
}
