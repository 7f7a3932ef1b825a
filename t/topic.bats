#!/usr/bin/env bats
# plog-topic: what it promises, a sentence a test.
# also: asan

load helper/lib
setup() { new_store; }

topic() { plog-topic "$@"; }

@test "create makes the store and the topic, silently" {
	run --separate-stderr -0 topic create orders
	assert_equal "$output$stderr" ""
	run -0 topic list
	assert_output orders
	assert_equal "$(cat "$PLOG_DIR/version")" "plog 1"
}

@test "create -v says what it made" {
	run --separate-stderr -0 topic create -v orders
	assert_equal "$stderr" "plog-topic: topic 'orders' was made"
}

@test "a topic that is there is an error, or none with --if-not-exists" {
	topic create orders
	run --separate-stderr -1 topic create orders
	assert_equal "$stderr" "plog-topic: topic 'orders' exists already"
	run --separate-stderr -0 topic create --if-not-exists orders
	assert_equal "$output$stderr" ""
}

@test "one bad name does not keep the others from being made, the status is 1" {
	run --separate-stderr -1 topic create a 'b c' d
	assert_equal "$stderr" "plog-topic: a topic name is made of a-z, A-Z, 0-9, '.', '_' and '-', unlike 'b c'"
	run -0 topic list
	assert_output $'a\nd'
}

@test "a bad name alone makes no store" {
	run -1 topic create 'b c'
	[ ! -e "$PLOG_DIR" ]
	run -1 topic create ..
	run -1 topic create "$(printf '%0250d' 1)"
	[ ! -e "$PLOG_DIR" ]
}

@test "names that differ in dot and underscore only are refused" {
	topic create a.b
	run --separate-stderr -1 topic create a_b
	[[ "$stderr" == "plog-topic: topic 'a_b' collides with 'a.b'"* ]]
	topic create a.bb
}

@test "configs take Kafka's names, sizes and durations, and are kept as Kafka's numbers" {
	topic create -c retention.ms=7d -c segment.bytes=64M -c min.insync.replicas=2 orders
	run -0 topic describe -J orders
	assert_equal "$(jq -c .configs <<<"$output")" \
		'{"min.insync.replicas":"2","retention.ms":"604800000","segment.bytes":"67108864"}'
}

@test "an unknown config is refused with the nearest name, a bad value with the allowed range; nothing is made" {
	run --separate-stderr -2 topic create -c retension.ms=5 t
	assert_equal "$stderr" "plog-topic: unknown config 'retension.ms', did you mean 'retention.ms'?"
	run --separate-stderr -2 topic create -c segment.bytes=5 t
	assert_equal "$stderr" "plog-topic: segment.bytes cannot be '5': it must be a size such as 64M, 1048576 to 2147483647"
	run --separate-stderr -2 topic create -c cleanup.policy=none t
	assert_equal "$stderr" "plog-topic: cleanup.policy cannot be 'none': it must be any of, with commas between, delete, compact"
	run --separate-stderr -2 topic create -c segment.bytes t
	assert_equal "$stderr" "plog-topic: 'segment.bytes' is not NAME=VALUE"
	[ ! -e "$PLOG_DIR" ]
}

@test "configs lists every config, with -l its default and the values it takes" {
	run --separate-stderr -0 topic configs
	assert_line retention.ms
	refute_line --partial internal.segment.bytes
	run -0 topic configs -l --tsv
	assert_line $'retention.ms\t604800000\ta time such as 7d, at least -1'
	run -0 topic configs --defaults -l --tsv
	assert_line $'log.retention.ms\t604800000\ta time such as 7d, at least -1'
	assert_line $'num.partitions\t1\ta number, 1 to 100000'
	[ ! -e "$PLOG_DIR" ]
}

@test "list shows what the globs match; a name that is not there is an error with the nearest one" {
	topic create orders orders-eu clicks
	run -0 topic list 'orders*'
	assert_output $'orders\norders-eu'
	run -0 topic list 'x*'
	assert_output ""
	run --separate-stderr -1 topic list odrers
	assert_equal "$stderr" "plog-topic: topic 'odrers' does not exist, did you mean 'orders'?"
}

@test "list -l sums up each topic, for people, as TSV and as JSON" {
	topic create -P 3 orders
	printf '%s\n' one two | plog-produce orders
	run -0 topic list -l
	[[ "${lines[0]}" == TOPIC*PARTITIONS*RECORDS*SIZE*SEGMENTS*FIRST*LAST*ID ]]
	[[ "${lines[1]}" == orders*3*2* ]]
	run -0 topic list -l --tsv
	assert_equal "$(cut -f 1-3,5 <<<"$output")" $'orders\t3\t2\t3'
	run -0 topic list -J
	assert_equal "$(jq -r '[.topic, .partitions, .records, .segments, (.id | length)] | @tsv' <<<"$output")" $'orders\t3\t2\t3\t22'
}

@test "describe shows id, partitions, offsets, sizes, segments, times and the configs that were set" {
	topic create -P 2 -c cleanup.policy=compact orders
	echo 'v' | plog-produce --timestamp=1700000000 -k k -p 1 orders
	run -0 topic describe orders
	assert_line --regexp '^Topic: +orders$'
	assert_line --regexp '^Id: +[A-Za-z0-9_-]{22}$'
	assert_line --regexp '^Partitions: 2$'
	assert_line --regexp '^Configs: +cleanup.policy=compact$'
	assert_line --regexp '^ +1 +0 +1 +1 +70B? +2023-11-14T22:13:20Z +2023-11-14T22:13:20Z$'
	run -0 topic describe --tsv orders
	assert_output $'orders\t0\t0\t0\t-\t1\t0\t-\t-\t-\t-\t-\norders\t1\t0\t1\t-\t1\t70\t1700000000000\t1700000000000\t-\t-\t-'
	run -0 topic describe -J orders
	assert_equal "$(jq -c '[.topic, .partition_count, .partitions[1].end, .partitions[1].last_time, .partitions[0].last_time]' <<<"$output")" \
		'["orders",2,1,1700000000000,null]'
}

@test "describe without operands, or with a glob, describes all that match" {
	topic create aa ab b
	run -0 topic describe -J
	assert_equal "$(jq -r .topic <<<"$output")" $'aa\nab\nb'
	run -0 topic describe -J 'a*'
	assert_equal "$(jq -r .topic <<<"$output")" $'aa\nab'
	run --separate-stderr -1 topic describe -J 'x*' b
	assert_equal "$(jq -r .topic <<<"$output")" b
	assert_equal "$stderr" "plog-topic: no topic matches 'x*'"
}

@test "partitions only grow, and it is said that keys move" {
	topic create -P 2 orders
	run --separate-stderr -0 topic alter -P 4 orders
	assert_equal "$stderr" "plog-topic: topic 'orders' has 4 partitions now, not 2: a key may go to another partition than before"
	run --separate-stderr -1 topic alter -P 3 orders
	assert_equal "$stderr" "plog-topic: topic 'orders' has 4 partitions, and they only grow"
	run --separate-stderr -0 topic alter -q -P 5 orders
	assert_equal "$stderr" ""
	echo x | plog-produce -p 4 orders
}

@test "alter sets and takes back configs; what it cannot set changes nothing" {
	topic create -c retention.ms=1h orders
	topic alter -c segment.bytes=2M --delete-config=retention.ms orders
	run -0 topic describe -J orders
	assert_equal "$(jq -c .configs <<<"$output")" '{"segment.bytes":"2097152"}'
	run -2 topic alter -c nonsense=1 -c segment.bytes=4M orders
	run -1 topic alter -P 2 -c min.compaction.lag.ms=5 -c max.compaction.lag.ms=4 orders
	assert_output --partial "min.compaction.lag.ms (5) is above max.compaction.lag.ms (4)"
	run -0 topic describe -J orders
	assert_equal "$(jq -c '[.configs, .partition_count]' <<<"$output")" '[{"segment.bytes":"2097152"},1]'
}

@test "alter --defaults is what new topics take, under Kafka's broker names" {
	topic create old
	topic alter --defaults -c num.partitions=3 -c log.retention.ms=1d -c log.roll.hours=2
	topic create new
	topic create -P 1 -c retention.ms=5 own
	run -0 topic describe -J
	assert_equal "$(jq -c '[.topic, .partition_count, .configs]' <<<"$output")" \
'["new",3,{"retention.ms":"86400000","segment.ms":"7200000"}]
["old",1,{}]
["own",1,{"retention.ms":"5","segment.ms":"7200000"}]'
	run --separate-stderr -2 topic alter --defaults -c retention.ms=5
	assert_equal "$stderr" "plog-topic: unknown default 'retention.ms': for all new topics it is 'log.retention.ms'"
	run -0 grep -c . "$PLOG_DIR/store.properties"
	topic alter --defaults -c log.roll.hours= -c num.partitions=
	topic create plain
	run -0 topic describe -J plain
	assert_equal "$(jq -c '[.partition_count, .configs]' <<<"$output")" '[1,{"retention.ms":"86400000"}]'
}

@test "delete takes the topic away; one made again has another id" {
	topic create orders
	id=$(topic describe -J orders | jq -r .id)
	echo x | plog-produce orders
	topic delete orders
	run -0 topic list
	assert_output ""
	assert_equal "$(ls -A "$PLOG_DIR/topics")" "~lock"
	topic create orders
	run -0 topic describe -J orders
	[ "$(jq -r .id <<<"$output")" != "$id" ]
	assert_equal "$(jq -r '.partitions[0].end' <<<"$output")" 0
}

@test "deleting a topic that is not there is an error, or none with --if-exists" {
	topic create orders
	run --separate-stderr -1 topic delete order orders
	assert_equal "$stderr" "plog-topic: topic 'order' does not exist, did you mean 'orders'?"
	run -0 topic list
	assert_output ""
	run --separate-stderr -0 topic delete --if-exists b
	assert_equal "$stderr" ""
}

@test "a running writer of a deleted topic stops with what was not stored; nothing goes into a deleted file" {
	topic create orders
	mkfifo in
	exec 7<>in
	background plog-produce -R '%o\n' orders <in >acks 2>err 7>&-
	echo one >&7
	wait_until 10 has_lines acks 1
	topic delete orders
	echo two >&7
	exec 7>&-
	finish "$bg"
	assert_equal "$status" 1
	assert_equal "$(cat acks)" 0
	run -0 cat err
	assert_output --partial "topic 'orders' was deleted"
}

@test "trim shows its table and changes nothing until --execute" {
	topic create -P 2 orders
	printf '%s\n' a b c d e | plog-produce -p 0 orders
	run --separate-stderr -0 topic trim -o 3 -p 0 --tsv orders
	assert_output $'orders\t0\t0\t3\t5\t3\tno'
	assert_equal "$stderr" "plog-topic: nothing was changed: --execute does it"
	assert_equal "$(topic offsets -o earliest orders)" $'orders\t0\t0\norders\t1\t0'
	run --separate-stderr -0 topic trim -o 3 -p 0 --execute --tsv orders
	assert_output $'orders\t0\t0\t3\t5\t3\tyes'
	assert_equal "$stderr" ""
	assert_equal "$(topic offsets -o earliest orders)" $'orders\t0\t3\norders\t1\t0'
}

@test "trim never goes back, nor behind the end; latest takes everything away" {
	topic create orders
	printf '%s\n' a b c d e | plog-produce orders
	topic trim -o 3 --execute orders >/dev/null
	run -0 topic trim -o 1 --execute --tsv orders
	assert_output $'orders\t0\t3\t3\t5\t0\tyes'
	run --separate-stderr -1 topic trim -o 9 --execute --tsv orders
	assert_equal "$stderr" "plog-topic: cannot trim 'orders/0' to offset 9: the log ends at 5"
	assert_equal "$(topic offsets -o earliest orders)" $'orders\t0\t3'
	topic trim -o latest --execute orders >/dev/null
	assert_equal "$(topic offsets -o earliest orders)" $'orders\t0\t5'
	echo f | plog-produce orders
	assert_equal "$(topic offsets orders)" $'orders\t0\t6'
}

@test "a topic that is compacted only is not trimmed" {
	topic create -c cleanup.policy=compact orders
	echo v | plog-produce -k k orders
	run --separate-stderr -1 topic trim -o latest --execute orders
	[[ "$stderr" == *"is compacted only"* ]]
	assert_equal "$(topic offsets -o earliest orders)" $'orders\t0\t0'
}

@test "offsets answers every place of the offset language" {
	topic create orders
	for i in 1 2 3 4 5; do
		echo "$i" | plog-produce --timestamp=$((1700000000 + i)) orders
	done
	for p in earliest:0 latest:5 3:3 99:5 +2:2 -2:3 -99:0 @1700000003:2 @1700000006:-; do
		assert_equal "${p%:*} $(topic offsets -o "${p%:*}" orders)" "${p%:*} orders"$'\t0\t'"${p##*:}"
	done
	run -0 topic offsets -J -o @1700000006 orders
	assert_output '{"topic":"orders","partition":0,"offset":null}'
	run --separate-stderr -2 topic offsets -o eariest orders
	assert_equal "$stderr" "plog-topic: -o: is no place in a log: 'eariest', did you mean 'earliest'?"
	run --separate-stderr -1 topic offsets -p 0,7 orders
	assert_output $'orders\t0\t5'
	assert_equal "$stderr" "plog-topic: topic 'orders' has no partition 7, it has 1"
}

@test "metrics are Prometheus text" {
	topic create -P 2 orders
	echo v | plog-produce --timestamp=1700000000 -p 1 orders
	run -0 topic metrics
	assert_line 'plog_topic_partitions{topic="orders"} 2'
	assert_line 'plog_partition_log_end_offset{topic="orders",partition="1"} 1'
	assert_line 'plog_partition_last_append_timestamp_seconds{topic="orders",partition="1"} 1700000000.000'
	refute_line --partial 'timestamp_seconds{topic="orders",partition="0"}'
	# Each sample belongs to the metric named by the TYPE line before it.
	run -0 awk '/^# TYPE/ { name = $3 } !/^#/ { split($1, a, "{"); if (a[1] != name) exit 1 }' <<<"$output"
}

@test "a command line that makes no sense is status 2 and says what" {
	run --separate-stderr -2 topic
	[[ "$stderr" == "usage: plog-topic "* ]]
	run --separate-stderr -2 topic lsit
	assert_equal "$stderr" "plog-topic: unknown command 'lsit', did you mean 'list'?"
	run --separate-stderr -2 topic list -P 3
	assert_equal "$stderr" "plog-topic: 'list' does not take -P (create, alter)"
	run --separate-stderr -2 topic create -P 0 x
	run --separate-stderr -2 topic create -P 100001 x
	run --separate-stderr -2 topic create --mode=888 x
	run --separate-stderr -2 topic create
	run --separate-stderr -2 topic alter x
	assert_equal "$stderr" "plog-topic: alter: nothing to change (-P, -c, --delete-config)"
	run --separate-stderr -2 topic trim x
	run --separate-stderr -2 topic create --configs=a x
	[ ! -e "$PLOG_DIR" ]
}

@test "options may stand before and behind the command" {
	topic -P 2 create -c retention.ms=5 a
	topic create b -P 3
	run -0 topic --tsv list -l
	assert_equal "$(cut -f 1,2 <<<"$output")" $'a\t2\nb\t3'
}

@test "a few thousand partitions work" {
	topic create -P 3000 big
	run -0 topic list -l --tsv
	assert_equal "$(cut -f 2 <<<"$output")" 3000
	assert_equal "$(topic offsets -p 2999 big)" $'big\t2999\t0'
	(ulimit -n 64 && plog-topic describe --tsv big >/dev/null && plog-topic delete big)
	assert_equal "$(ls -A "$PLOG_DIR/topics")" "~lock"
}

@test "output that cannot be written is an error; a reader that goes away is none" {
	[ -e /dev/full ] || plog_skip "no /dev/full"
	topic create a
	run --separate-stderr -1 bash -c 'plog-topic list >/dev/full'
	[[ "$stderr" == *"No space left on device"* ]]
	run --separate-stderr -0 bash -c 'plog-topic configs | true; exit ${PIPESTATUS[1]}'
	assert_equal "$stderr" ""
}

@test "completion in bash knows commands, options, topics, partitions and configs" {
	topic create -P 2 orders clicks
	source "$PLOG_TOP/completions/plog-topic.bash"
	complete_words() {
		COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
		_plog_topic 2>/dev/null
		echo "${COMPREPLY[*]}"
	}
	assert_equal "$(complete_words plog-topic de)" "delete describe"
	assert_equal "$(complete_words plog-topic describe '')" "clicks orders"
	assert_equal "$(complete_words plog-topic offsets orders -p '')" "0 1"
	assert_equal "$(complete_words plog-topic create -c segment.m)" "segment.ms="
	assert_equal "$(complete_words plog-topic alter --delete-config = segment.m)" "segment.ms"
	assert_equal "$(complete_words plog-topic alter --defaults -c num)" "num.partitions="
	assert_equal "$(complete_words plog-topic --part)" "--partition= --partitions="
	assert_equal "$(complete_words plog-topic -d /nowhere list '')" ""
	local dir=$PLOG_DIR
	unset PLOG_DIR
	assert_equal "$(complete_words plog-topic --dir = "$dir" describe '')" "clicks orders"
}
