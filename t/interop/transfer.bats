#!/usr/bin/env bats
# plog-topic export: a real broker loads the partitions and serves them, record for record; and what a broker has written
# is imported, record for record.

load ../helper/lib
load peers/kafka/kafka

setup_file() { kafka_fetch && kafka_shared "$BATS_FILE_TMPDIR/broker"; }
teardown_file() { kafka_down "$BATS_FILE_TMPDIR/broker"; }
setup() {
	new_store
	t=transfer-$BATS_TEST_NUMBER-$$
}

# served TOPIC FILE: what Kafka's own client reads
served() {
	printf '{"do":"consume","file":"%s","topics":["%s"]}\n' "$PWD/$2" "$1" | kafka_peer
}

sorted() { jq -c -S . "$1" | sort; }

# goes_and_comes TOPIC PARTITIONS: to the broker that runs, back into another store
goes_and_comes() {
	plog-consume -J "$1" >want
	plog-topic export "$1" "$KAFKA_DATA"
	plog-topic -b "$KAFKA" create -P "$2" -c retention.ms=-1 "$1"
	served "$1" got
	diff <(sorted want) <(sorted got)
	plog-consume -b "$KAFKA" -J "$1" >got
	diff <(sorted want) <(sorted got)
	# The broker goes on behind the end, and what it has comes back.
	seq 1 50 | plog-produce -b "$KAFKA" -p 0 "$1"
	plog-consume -b "$KAFKA" -J "$1" >want
	plog-topic -d back import -c retention.ms=-1 "$KAFKA_DATA" "$1"
	plog-consume -d back -J "$1" >got
	diff <(sorted want) <(sorted got)
	plog-check -d back
	seq 1 5 | plog-produce -d back "$1"
	plog-check -d back
}

@test "all codecs, NULLs, headers, old timestamps, several segments and partitions" {
	needs_module gzip snappy lz4
	local z
	plog-topic create -P 3 -c internal.segment.bytes=60000 "$t"
	kafka_corpus 71 500 100 >in
	for z in none gzip snappy lz4 zstd; do
		plog-produce -J -z $z "$t" <in
	done
	goes_and_comes "$t" 3
}

@test "a log that begins above 0, one that has nothing left, one whose epochs have risen" {
	plog-topic create -P 3 -c internal.segment.bytes=16384 "$t"
	seq 1 3000 | plog-produce -p 0 --batch-size=2000 "$t"
	seq 1 30 | plog-produce -p 1 "$t"
	: >"$PLOG_DIR/topics/$t/2/lock"
	seq 1 30 | plog-produce -p 2 "$t"
	: >"$PLOG_DIR/topics/$t/2/lock"
	seq 31 60 | plog-produce -p 2 "$t"
	# At the beginning of a batch, so that nothing from before it comes along.
	from=$(plog-check dump -J "$t" -p 0 | jq .baseOffset | sed -n 10p)
	plog-topic trim -p 0 -o "$from" --execute "$t" >/dev/null
	plog-topic trim -p 1 -o latest --execute "$t" >/dev/null
	goes_and_comes "$t" 3
	run -0 plog-topic -b "$KAFKA" offsets -o earliest "$t"
	assert_output "$(printf "$t\t%d\t%d\n" 0 "$from" 1 30 2 0)"
}

@test "a log start within a batch is told, and trimming on the cluster puts it right" {
	seq 1 100 | plog-produce "$t"
	plog-topic trim -o 45 --execute "$t" >/dev/null
	run --separate-stderr -0 plog-topic export "$t" "$KAFKA_DATA"
	assert_equal "$stderr" "plog-topic: '$t-0' begins at offset 0, its log start is 45: trim it on the cluster"
	plog-topic -b "$KAFKA" create "$t"
	plog-topic -b "$KAFKA" trim -o 45 --execute "$t" >/dev/null
	run -0 plog-consume -b "$KAFKA" "$t"
	assert_output "$(seq 46 100)"
}

@test "a compacted topic" {
	seq 1 3000 | awk '{ print $1 % 10 "\t" $1 }' |
		plog-produce -K '\t' -c cleanup.policy=compact -c internal.segment.bytes=16384 -c min.cleanable.dirty.ratio=0 "$t"
	plog-retain
	goes_and_comes "$t" 1
}

@test "what a broker has written, with transactions, is imported" {
	local i
	{
		printf '{"do":"create","topic":"%s","partitions":2,"config":{"internal.segment.bytes":60000}}\n' "$t"
		for i in $(seq 1 20); do
			printf '{"do":"producer","name":"%s","config":{"transactional.id":"%s"}}\n{"do":"begin"}\n' "$t" "$t"
			printf '{"do":"random","topic":"%s","partition":%d,"count":30,"seed":%d,"flush":10}\n' "$t" $((i % 2)) "$i"
			[ $((i % 3)) = 0 ] && echo '{"do":"abort"}' || echo '{"do":"commit"}'
		done
	} | kafka_peer
	plog-topic -d back import "$KAFKA_DATA" "$t"
	for i in read_committed read_uncommitted; do
		plog-consume -b "$KAFKA" -J --isolation-level=$i "$t" >want
		plog-consume -d back -J --isolation-level=$i "$t" >got
		diff <(sorted want) <(sorted got)
	done
	plog-check -d back
}
