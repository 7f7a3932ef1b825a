#!/usr/bin/env bats
# plog-produce and plog-consume on a cluster: the records that Kafka's clients and kcat see, exactly.

load ../helper/lib
load peers/kafka/kafka

setup_file() { kafka_fetch && kafka_shared "$BATS_FILE_TMPDIR/broker"; }
teardown_file() { kafka_down "$BATS_FILE_TMPDIR/broker"; }
setup() {
	new_store
	export PLOG_BOOTSTRAP_SERVER=$KAFKA
	t=records-$BATS_TEST_NUMBER-$$
}

normal() { jq -cS '[.partition, .offset, .timestamp, .key, .value, .headers]' "$1"; }
# what came, without where it is
content() { jq -cS '[.timestamp, .key, .value, .headers]' "$1"; }

@test "every codec: keys, values, headers, NULLs, times go there and back, and Kafka's client sees the same" {
	local z
	kafka_corpus 21 2000 >in
	for z in none gzip snappy lz4 zstd zstd:3; do
		plog-produce -J -z $z -P 1 --partitioner=murmur2 "$t.${z/:/-}" <in 2>/dev/null
		plog-consume -J "$t.${z/:/-}" >out
		diff <(content in) <(content out)
	done
	kafka_peer <<<"{\"do\":\"consume\",\"file\":\"$PWD/peer\",\"topics\":[\"$t.zstd\"]}"
	plog-consume -J "$t.zstd" >out
	diff <(normal peer) <(normal out)
	mapfile -t files < <(ls "$KAFKA_DATA/$t.zstd-0"/*.log)
	run kafka_findings "${files[@]}"
	assert_output ''
}

@test "what Kafka's client and kcat wrote is read exactly" {
	plog-topic create -P 2 -c retention.ms=-1 "$t"
	kafka_peer <<-EOF
		{"do":"random","topic":"$t","partition":0,"count":3000,"seed":5}
		{"do":"random","topic":"$t","partition":1,"count":500,"seed":6}
		{"do":"consume","file":"$PWD/want","topics":["$t"]}
	EOF
	plog-consume -J -p 0 "$t" >out
	plog-consume -J -p 1 "$t" >>out
	diff <(normal want) <(normal out)
	plog-topic create "$t.k"
	printf 'k1:v1\nk2:\n:v3\n' | kcat -P -b "$KAFKA" -t "$t.k" -K: -H h1=x -H h2
	run -0 plog-consume -J "$t.k"
	assert_equal "$(jq -c '[.key, .value, .headers]' <<<"$output")" "$(kcat -C -e -q -b "$KAFKA" -t "$t.k" -J |
		jq -c 'def pairs: [range(0; length; 2) as $i | .[$i:$i+2]]; [.key, .payload, (.headers | pairs)]')"
}

@test "kcat reads what plog wrote; store and cluster put a key in the same partition" {
	seq 1 500 | sed 's/.*/key&:value &/' >in
	plog-produce -K: -P 7 "$t" <in 2>/dev/null
	plog-produce -d "$PLOG_DIR" -K: -P 7 "$t" <in
	kcat -C -e -q -b "$KAFKA" -t "$t" -f '%p %k:%s\n' | sort >cluster
	plog-consume -d "$PLOG_DIR" -F '%p %k:%v\n' "$t" | sort >store
	cmp store cluster
}

@test "-R prints what the broker acknowledged" {
	plog-topic create -P 2 "$t"
	seq 1 1000 | plog-produce -p 1 -R '%p %o %v\n' "$t" >said
	seq 1 1000 | awk '{ print 1, NR - 1, $1 }' | diff - said
	seq 1 10 | plog-produce -X delivery.report.only.error=true -p 0 -k k -H a=b -R '%p:%o %k %v\n' "$t" >said
	assert_equal "$(tail -n 1 said)" '0:9 k 10'
}

@test "acks 0, 1 and all; idempotence goes with all alone" {
	plog-topic create "$t"
	for a in 0 1 all; do
		seq 1 100 | plog-produce --acks=$a "$t"
	done
	wait_until 5 sh -c "[ \$(plog-consume '$t' | wc -l) = 300 ]"
	kafka DumpLogSegments --files "$KAFKA_DATA/$t-0/00000000000000000000.log" >dump
	assert_equal "$(grep -c 'producerId: -1 ' dump)" "$(grep 'baseOffset' dump | awk '$2 < 200' | wc -l)"
	run -0 grep -c 'producerId: [0-9]' dump
}

@test "keyless records spread over partitions" {
	lines 20000 100 | plog-produce -P 4 "$t" 2>/dev/null
	plog-topic offsets "$t" >ends
	assert_equal "$(awk '$3 > 0' ends | wc -l)" 4
	assert_equal "$(awk '{ n += $3 } END { print n }' ends)" 20000
}

@test "a topic is made only with -P, and with its configs" {
	run -1 plog-produce "$t" <<<x
	assert_output --partial "topic '$t' does not exist"
	run -1 plog-produce -c retention.ms=5000000 "$t" <<<x
	run -0 plog-produce -P 3 -c retention.ms=5000000 "$t" <<<x
	assert_output "plog-produce: made topic '$t' with 3 partitions"
	run -0 plog-topic describe -J "$t"
	assert_equal "$(jq -c '[.partition_count, .configs]' <<<"$output")" '[3,{"retention.ms":"5000000"}]'
	run -0 plog-produce -P 5 "$t" <<<x
	assert_output "plog-produce: topic '$t' is there already, with 3 partitions"
}

@test "transactions: committed whole, aborted by a signal and by bad input, one each N" {
	plog-topic create "$t"
	seq 1 100 | plog-produce --transactional="id-$t" "$t"
	committed() { plog-consume --isolation-level=read_committed "$t" | wc -l; }
	assert_equal "$(committed)" 100
	mkfifo fifo
	background sh -c "exec plog-produce --transactional='id-$t' '$t' <fifo 2>err"
	exec 7>fifo
	seq 101 200 >&7
	wait_until 10 sh -c "[ \$(plog-consume '$t' | wc -l) -gt 100 ]"
	stop "$bg"
	exec 7>&-
	assert_equal $status 143
	assert_equal "$(cat err)" "plog-produce: transaction 'id-$t' was aborted"
	assert_equal "$(committed)" 100
	printf '%s\n' '{"value":"a"}' nonsense >in
	run -1 plog-produce -J --transactional="id-$t" "$t" in
	assert_output --partial 'was aborted'
	assert_equal "$(committed)" 100
	seq 1 10 | plog-produce --transactional="id-$t" --every=4 "$t"
	assert_equal "$(committed)" 110
	kafka DumpLogSegments --files "$KAFKA_DATA/$t-0/00000000000000000000.log" --print-data-log >dump
	assert_equal "$(tail -n 12 dump | grep -c 'endTxnMarker: COMMIT')" 2
	run -0 grep -c 'endTxnMarker: ABORT' dump
}

@test "--count from the ends; of a compacted topic it is said to be an estimate" {
	plog-topic create -P 2 "$t"
	seq 30 | plog-produce -p 1 "$t"
	run -0 plog-consume --count "$t"
	assert_output "$t	0	0"$'\n'"$t	1	30"
	run -0 plog-consume --count -o 10:20 -p 1 "$t"
	assert_output "$t	1	10"
	run -0 plog-consume --count --grep='^1' -p 1 "$t"
	assert_output "$t	1	11"
	plog-topic create -c cleanup.policy=compact "$t.c"
	echo v | plog-produce -k k "$t.c"
	run -0 --separate-stderr plog-consume --count "$t.c"
	assert_output "$t.c	0	1"
	[[ $stderr == *'an estimate: the topic is compacted'* ]]
}

@test "--raw: batches with the records' offsets, also where some are missing" {
	kafka_corpus 8 500 >in
	plog-topic create -c retention.ms=-1 "$t"
	plog-produce -J --partitioner=murmur2 "$t" <in
	plog-topic trim -o 7 --execute "$t" >/dev/null
	plog-consume --raw "$t" >raw
	plog-consume -J "$t" >want
	mkdir -p "dir/$t-0"
	cp raw "dir/$t-0/00000000000000000007.log"
	plog-consume -d dir -J "$t" >got
	diff <(normal want) <(normal got)
	run kafka_findings "dir/$t-0/00000000000000000007.log"
	assert_output ''
	plog-topic create -c retention.ms=-1 "$t.b"
	plog-produce --raw "$t.b" raw
	plog-consume -J "$t.b" >got
	diff <(content want) <(content got)
}

@test "-f delivers what comes, sees topics and partitions that come, and ends with a signal" {
	background plog-consume -f -F '%t %v\n' "$t*" >got 2>err
	plog-topic create "$t"
	echo one | plog-produce "$t"
	wait_until 15 has_line got "$t one"
	plog-topic alter -q -P 2 "$t"
	echo two | plog-produce -p 1 "$t"
	wait_until 15 has_line got "$t two"
	echo three | plog-produce -P 1 "$t.b" 2>/dev/null
	wait_until 15 has_line got "$t.b three"
	stop "$bg"
	assert_equal $status 143
	[ ! -s err ]
}

@test "an offset that is gone is told" {
	plog-topic create "$t"
	seq 1 10 | plog-produce "$t"
	plog-topic trim -o 5 --execute "$t" >/dev/null
	run -1 plog-consume -o 2 "$t"
	assert_output --partial "offset 2 of '$t/0' is gone, the log starts at 5"
}

@test "a file of records as fast as memory allows it: never more than 64 MiB" {
	needs python3
	lines 400000 200 >in
	peak() { # COMMAND... : KiB
		python3 -c 'import resource, subprocess, sys
s = subprocess.run(sys.argv[1:], stdout=open("out", "w")).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
sys.exit(s)' "$@"
	}
	plog-topic create -P 3 "$t"
	up=$(peak plog-produce "$t" in)
	down=$(peak plog-consume "$t")
	assert_equal "$(sort out | md5sum)" "$(sort in | md5sum)"
	echo "produce $up KiB, consume $down KiB" >&3
	[ "$up" -le 65536 ] && [ "$down" -le 65536 ]
}
