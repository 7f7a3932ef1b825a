#!/usr/bin/env bats
# plog-topic export and import: a topic's partitions in the form a broker loads, and back.
# also: asan

load helper/lib
setup() { new_store; }

records() { # TOPIC [OPTION...]
	local t=$1
	shift
	plog-consume -J "$@" "$t" | sort
}

@test "what was exported and imported again is the same, record for record, offsets too" {
	seq 1 3000 | awk '{ printf "{\"key\":%s,\"value\":%s,\"headers\":[[\"h\",null]],\"timestamp\":%d}\n",
		$1 % 7 ? "\"k" $1 % 50 "\"" : "null", $1 % 11 ? "\"v" $1 "\"" : "null", 1000 * $1 }' >in
	plog-produce -J -P 3 -z zstd -c internal.segment.bytes=16384 orders <in
	run --separate-stderr -0 plog-topic export orders out
	assert_equal "$output$stderr" ''
	run find out -type f
	refute_output --regexp '[^g]$'
	assert_equal "$(cd out && echo *)" 'orders-0 orders-1 orders-2'
	records orders >want
	records orders -d out | cmp - want
	run --separate-stderr -0 plog-topic -d back import -c retention.ms=-1 out orders
	assert_equal "$output$stderr" ''
	records orders -d back | cmp - want
	run -0 plog-topic -d back describe -J orders
	assert_equal "$(jq -c .configs <<<"$output")" '{"retention.ms":"-1"}'
	run -0 plog-check -d back
	assert_output ''
	for p in 0 1 2; do
		cmp <(cat "$PLOG_DIR"/topics/orders/$p/*.log) <(cat back/topics/orders/$p/*.log)
		cmp <(cat "$PLOG_DIR"/topics/orders/$p/*.index) <(cat back/topics/orders/$p/*.index)
	done
	# And it is a topic like any other: it takes records, behind its end.
	echo '{"key":"k1","value":"more"}' | plog-produce -d back -J orders
	run -0 plog-consume -d back -F '%v\n' --tail=1 -p "$(plog-consume -d back -J orders | tail -n 1 | jq .partition)" orders
	plog-consume -d back orders | grep -qx more
	run -0 plog-check -d back
	assert_output ''
}

@test "an empty topic, a trimmed one, one that is trimmed to its end" {
	seq 1 100 | plog-produce -c internal.segment.bytes=16384 --batch-size=300 t
	plog-topic trim -o 45 --execute t >/dev/null
	run --separate-stderr -0 plog-topic export t out
	assert_regex "$stderr" "^plog-topic: 't-0' begins at offset [0-9]+, its log start is 45: trim it on the cluster$"
	assert_equal "$(cat out/log-start-offset-checkpoint)" $'0\n1\nt 0 45'
	plog-topic -d back import out t
	run -0 plog-topic -d back offsets -o earliest t
	assert_output $'t\t0\t45'
	run -0 plog-consume -d back t
	assert_output "$(seq 46 100)"
	plog-topic trim -o latest --execute t >/dev/null
	plog-topic create empty
	for t in t empty; do
		run --separate-stderr -0 plog-topic export $t end
		assert_equal "$stderr" ''
		plog-topic -d back2 import end $t
	done
	run -0 plog-topic -d back2 offsets -o earliest
	assert_output $'empty\t0\t0\nt\t0\t100'
	echo more | plog-produce -d back2 t
	run -0 plog-consume -d back2 -F '%o %v\n' t
	assert_output '100 more'
	run -0 plog-check -d back2
	assert_output ''
}

@test "a compacted topic keeps its gaps, and no gap is damage" {
	seq 1 2000 | awk '{ print $1 % 10 "\t" $1 }' |
		plog-produce -K '\t' -c cleanup.policy=compact -c internal.segment.bytes=16384 -c min.cleanable.dirty.ratio=0 stock
	plog-retain
	plog-topic export stock out
	plog-topic -d back import -c cleanup.policy=compact out stock
	cmp <(records stock) <(records stock -d back)
	[ "$(records stock | wc -l)" -lt 1500 ]
	run -0 plog-check -d back
	assert_output ''
	plog-retain -d back
	plog-check -d back
}

@test "leader epochs begin at 0 again, where the store has risen to others" {
	seq 1 10 | plog-produce t
	# Without an end state the next writer begins a new epoch.
	: >"$PLOG_DIR/topics/t/0/lock"
	seq 11 20 | plog-produce t
	grep -qx '1 10' "$PLOG_DIR/topics/t/0/leader-epoch-checkpoint"
	plog-check dump -J t | jq -e -s 'map(.partitionLeaderEpoch // .leader_epoch) | max == 1'
	plog-topic export t out
	plog-check dump -d out -J t | jq -e -s 'map(.partitionLeaderEpoch // .leader_epoch) | max == 0'
	plog-topic -d back import out t
	assert_equal "$(cat back/topics/t/0/leader-epoch-checkpoint)" $'0\n1\n0 0'
	run -0 plog-consume -d back t
	assert_output "$(seq 1 20)"
}

@test "what is there is never touched, and what fails leaves nothing" {
	seq 1 9 | plog-produce -P 2 --partitioner=roundrobin t
	seq 1 9 | plog-produce -p 1 t
	mkdir -p out/t-1
	run --separate-stderr -1 plog-topic export t out
	assert_equal "$stderr" "plog-topic: 'out/t-1' is there already"
	assert_equal "$(find out)" $'out\nout/t-1'
	run --separate-stderr -1 plog-topic export t "$PLOG_DIR"
	assert_equal "$stderr" "plog-topic: '$PLOG_DIR' is a store, a broker does not look for partitions there"
	run --separate-stderr -1 plog-topic export tt out
	assert_equal "$stderr" "plog-topic: topic 'tt' does not exist"
	rmdir out/t-1
	plog-topic export t out
	run --separate-stderr -1 plog-topic import out t
	assert_equal "$stderr" "plog-topic: topic 't' exists already"
	run --separate-stderr -1 plog-topic -d back import out u
	assert_equal "$stderr" "plog-topic: topic 'u' does not exist"
	run --separate-stderr -1 plog-topic import "$PLOG_DIR" t2
	assert_equal "$stderr" "plog-topic: '$PLOG_DIR' is a store, it has no partitions of a broker"
	mv out/t-0 out/t-2
	run --separate-stderr -1 plog-topic -d back import out t
	assert_equal "$stderr" "plog-topic: partition 0 of topic 't' is not there, and 2 is: name the other directories as well"
	# The partitions of one topic, on two brokers.
	mkdir other
	mv out/t-2 other/t-0
	plog-topic -d back import out other t
	cmp <(records t) <(records t -d back)
	# Damage goes over to nobody.
	cp out/t-1/00000000000000000000.log whole
	printf X | dd of=out/t-1/00000000000000000000.log bs=1 seek=65 conv=notrunc status=none
	run --separate-stderr -1 plog-topic -d back2 import out other t
	assert_output ''
	assert_regex "$stderr" "^plog-topic: .*t-1"
	assert_equal "$(find back2/topics -mindepth 1 ! -name '~lock')" ''
	# A torn tail is no batch of anybody's, and is told.
	(cat whole; head -c 70 whole) >out/t-1/00000000000000000000.log
	run --separate-stderr -0 plog-topic -d back3 import out other t
	assert_equal "$stderr" "plog-topic: 't-1' ends in 70 bytes that are no whole batch: left out"
	cmp <(records t) <(records t -d back3)
	run --separate-stderr -2 plog-topic export t
	run --separate-stderr -2 plog-topic import t
}

@test "what an import that was killed has left is taken away, what one that lives has made is not" {
	seq 1 9 | plog-produce t
	mkdir "$PLOG_DIR/topics/~fill.0000000000000001" "$PLOG_DIR/topics/~fill.0000000000000002"
	flock "$PLOG_DIR/topics/~fill.0000000000000002" plog-topic create other
	assert_equal "$(cd "$PLOG_DIR/topics" && echo '~fill'*)" '~fill.0000000000000002'
	plog-topic create third
	assert_equal "$(ls -I '~lock' "$PLOG_DIR/topics")" $'other\nt\nthird'
}
