#!/usr/bin/env bats
# plog-topic on a cluster, beside Kafka's own tools.

load ../helper/lib
load peers/kafka/kafka

setup_file() { kafka_fetch && kafka_shared "$BATS_FILE_TMPDIR/broker"; }
teardown_file() { kafka_down "$BATS_FILE_TMPDIR/broker"; }
setup() {
	new_store
	export PLOG_BOOTSTRAP_SERVER=$KAFKA
	t=topic-$BATS_TEST_NUMBER-$$
}

@test "create, list, describe: what Kafka's tool says, Kafka's tool makes and plog sees" {
	plog-topic create -P 3 -c retention.ms=86400000 -c cleanup.policy=compact,delete "$t"
	kafka TopicCommand --bootstrap-server "$KAFKA" --describe --topic "$t" >said
	grep -q "PartitionCount: 3.*ReplicationFactor: 1.*cleanup.policy=compact,delete" said
	kafka TopicCommand --bootstrap-server "$KAFKA" --create --topic "$t.k" --partitions 2 --config max.message.bytes=5000 >/dev/null
	run -0 plog-topic list "$t*"
	assert_output "$t"$'\n'"$t.k"
	run -0 plog-topic describe "$t.k"
	assert_line --partial 'max.message.bytes=5000'
	run -0 plog-topic describe -J "$t.k"
	assert_equal "$(jq -c '[.partition_count, .configs, [.partitions[] | [.partition, .start, .end, .leader, .replicas, .isr]]]' <<<"$output")" \
		'[2,{"max.message.bytes":"5000"},[[0,0,0,1,[1],[1]],[1,0,0,1,[1],[1]]]]'
	run -0 plog-topic describe --tsv "$t"
	assert_line --index 2 "$t	2	0	0	-	-	-	-	-	1	1	1"
}

@test "alter: configs set and taken back one by one, partitions that grow" {
	plog-topic create -c retention.ms=1000000 -c segment.bytes=2000000 "$t"
	plog-topic alter -c retention.ms=2000000 --delete-config=segment.bytes -c flush.ms=77 "$t"
	run -0 --separate-stderr plog-topic describe -J "$t"
	assert_equal "$(jq -cS .configs <<<"$output")" '{"flush.ms":"77","retention.ms":"2000000"}'
	run -0 plog-topic alter -P 4 "$t"
	assert_output --partial 'has 4 partitions now, not 1'
	run -1 plog-topic alter -P 2 "$t"
	assert_output --partial "cannot change topic '$t'"
	run -1 plog-topic alter -c retension.ms=5 "$t"
	assert_output --partial "unknown config 'retension.ms', did you mean 'retention.ms'?"
	run -1 plog-topic alter -c retention.ms=soon "$t"
	assert_output --partial "cannot change topic '$t'"
}

@test "alter: a config named twice, the last one counts; two who alter at once, where the library sends only what changes" {
	plog-topic create -c segment.bytes=2000000 -c flush.ms=5 "$t"
	plog-topic alter -c retention.ms=1 -c retention.ms=2000000 --delete-config=segment.bytes --delete-config=segment.bytes \
		--delete-config=flush.ms -c flush.ms=77 "$t"
	has() { plog-topic describe -J "$t" | jq -e ".configs == {$1}" >/dev/null; }
	wait_until 10 has '"flush.ms":"77","retention.ms":"2000000"'
	pkg-config --atleast-version=2.2 rdkafka || return 0
	local i pids
	for i in {1..10}; do
		pids=()
		plog-topic alter -c "flush.ms=$i" "$t" & pids+=($!)
		plog-topic alter -c "retention.ms=$((i * 1000000))" "$t" & pids+=($!)
		plog-topic alter -c "flush.messages=$i" "$t" & pids+=($!)
		for p in "${pids[@]}"; do wait "$p"; done
		wait_until 10 has "\"flush.messages\":\"$i\",\"flush.ms\":\"$i\",\"retention.ms\":\"${i}000000\""
	done
}

@test "what a cluster refuses, in its words; names that are nearly right" {
	plog-topic create "$t"
	run -1 plog-topic create "$t"
	assert_output --partial 'already exists'
	run -0 plog-topic create --if-not-exists "$t"
	run -1 plog-topic create --replication-factor=3 "$t.r"
	assert_output --partial 'replication factor'
	run -1 plog-topic create -c no.such=1 "$t.r"
	assert_output --partial 'no.such'
	run -1 plog-topic create --mode=700 "$t.r"
	assert_output --partial 'is for a store'
	run -1 plog-topic describe "${t}x"
	assert_output "plog-topic: topic '${t}x' does not exist, did you mean '$t'?"
	run -1 plog-topic delete "${t}x"
	run -0 plog-topic delete --if-exists "${t}x"
	run -1 plog-topic alter --defaults -c log.retention.ms=1
	assert_output --partial 'is for a store'
}

@test "delete, and it is gone for all" {
	plog-topic create "$t"
	plog-topic delete "$t"
	run -0 plog-topic list
	refute_line "$t"
	run -0 kafka TopicCommand --bootstrap-server "$KAFKA" --list
	refute_line "$t"
}

@test "offsets and trim: places as in a store" {
	plog-topic create -P 2 "$t"
	seq 1 100 | plog-produce -p 0 --timestamp=-2h "$t"
	seq 101 200 | plog-produce -p 0 "$t"
	same() { # WHERE WANT
		run -0 plog-topic offsets -o "$1" -p 0 "$t"
		assert_output "$t	0	$2"
	}
	same earliest 0
	same latest 200
	same +5 5
	same -5 195
	same @-1h 100
	same @-3h 0
	run -0 plog-topic offsets -o @2100-01-01 "$t"
	assert_output "$t	0	-"$'\n'"$t	1	-"
	run -0 plog-topic trim -o 150 -p 0 "$t"
	assert_line --partial 'no'
	same earliest 0
	run -0 plog-topic trim -o 150 -p 0 --execute --tsv "$t"
	assert_output "$t	0	0	150	200	150	yes"
	same earliest 150
	same +5 155
	same -500 150
	run -0 kafka GetOffsetShell --bootstrap-server "$KAFKA" --topic "$t" --time earliest
	assert_line "$t:0:150"
	run -1 plog-topic trim -o 500 -p 0 --execute "$t"
	assert_output --partial 'the log ends at 200'
}

@test "the brokers; one that is down fails --fail-down" {
	run -0 plog-topic describe --cluster --fail-down -J
	assert_equal "$(jq -c '[.broker, .host, .state]' <<<"$output")" '[1,"127.0.0.1","up"]'
	# A replica on a broker that nobody has seen cannot be made here; three brokers are another file's.
	run -0 plog-topic describe --cluster --tsv
	assert_output --regexp $'^1\t127.0.0.1\t[0-9]+\tup\t'
}

@test "metrics for Prometheus" {
	plog-topic create -P 2 "$t"
	seq 5 | plog-produce -p 1 "$t"
	run -0 plog-topic metrics "$t"
	assert_line "plog_topic_partitions{topic=\"$t\"} 2"
	assert_line "plog_partition_log_end_offset{topic=\"$t\",partition=\"1\"} 5"
}

@test "completions know the topics, partitions and groups of the cluster" {
	unset PLOG_BOOTSTRAP_SERVER
	plog-topic -b "$KAFKA" create -P 2 "$t.a" "$t.b"
	complete_words() { # FUNCTION WORD...
		local f=$1
		shift
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		$f 2>/dev/null
		echo "${COMPREPLY[*]}"
	}
	for c in topic consume produce group; do
		source "$PLOG_TOP/completions/plog-$c.bash"
	done
	assert_equal "$(complete_words _plog_topic plog-topic -b "$KAFKA" describe "$t.")" "$t.a $t.b"
	assert_equal "$(complete_words _plog_topic plog-topic --bootstrap-server = "$KAFKA" offsets "$t.a" -p '')" '0 1'
	assert_equal "$(complete_words _plog_produce plog-produce -b "$KAFKA" "$t.")" "$t.a $t.b"
	assert_equal "$(complete_words _plog_consume plog-consume -b "$KAFKA" "$t.")" "$t.a $t.b"
	plog-group -b "$KAFKA" commit -o 0 -p 0 "g-$t" "$t.a"
	assert_equal "$(complete_words _plog_group plog-group -b "$KAFKA" describe "g-$t")" "g-$t"
	PLOG_BOOTSTRAP_SERVER=$KAFKA assert_equal "$(PLOG_BOOTSTRAP_SERVER=$KAFKA complete_words _plog_topic plog-topic delete "$t.")" "$t.a $t.b"
}
