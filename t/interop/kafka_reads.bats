#!/usr/bin/env bats
# A real broker and plog read each other's logs, record for record: plog the data directory of the running broker, the
# broker the segments that plog wrote.

load ../helper/lib
load peers/kafka/kafka

# One broker for the file, with what the tests read made beforehand in one go.
setup_file() {
	export DIR=$BATS_FILE_TMPDIR WANT=$BATS_FILE_TMPDIR/want
	kafka_fetch
	kafka_single "$DIR"
	mkdir "$WANT"
	{
		codecs
		transactions
		compacted
		trimmed
		topic orders 3
		printf '{"do":"random","topic":"orders","partition":%d,"count":200,"seed":5%d,"flush":40}\n' 0 1 1 2
	} | kafka_peer >&2
	wait_until 30 cleaned stock
	wait_until 30 trimmed_away sensor 0
	wait_until 30 test ! -e "$KAFKA_DATA/weather-0/00000000000000000000.log"
}

teardown_file() { kafka_down "$BATS_FILE_TMPDIR"; }
setup() { new_store; }

topic() { # NAME PARTITIONS [CONFIG-JSON]
	printf '{"do":"create","topic":"%s","partitions":%d,"config":%s}\n' "$1" "$2" "${3:-{\}}"
}

random() { # TOPIC COUNT SEED FLUSH [SIZE [KEYS]]
	printf '{"do":"random","topic":"%s","partition":0,"count":%d,"seed":%d,"flush":%d,"size":%d,"keys":%d}\n' \
		"$1" "$2" "$3" "$4" "${5:-200}" "${6:-0}"
}

producer() { # NAME [CONFIG-JSON]
	printf '{"do":"producer","name":"%s","config":%s}\n' "$1" "${2:-{\}}"
}

codecs() {
	local c
	for c in none gzip snappy lz4 zstd; do
		topic in-$c 1 '{"internal.segment.bytes":600000}'
		producer in-$c '{"compression.type":"'$c'"}'
		random in-$c 3000 $((RANDOM)) 400
		random in-$c 40 7 1 20
		echo '{"do":"close"}'
	done
}

# three producers, each transaction of one to three batches, one in three aborted
transactions() {
	local i
	topic payments 1 '{"internal.segment.bytes":200000}'
	for i in $(seq 1 40); do
		producer till-$((i % 3)) '{"transactional.id":"till-'$((i % 3))'"}'
		echo '{"do":"begin"}'
		random payments $((1 + i % 9)) "$i" 3
		producer till-$(((i + 1) % 3)) '{"transactional.id":"till-'$(((i + 1) % 3))'"}'
		echo '{"do":"begin"}'
		random payments 5 $((i + 100)) 2
		producer bare
		random payments 2 $((i + 200)) 2
		producer till-$((i % 3))
		random payments 3 $((i + 300)) 2
		[ $((i % 3)) = 0 ] && echo '{"do":"abort"}' || echo '{"do":"commit"}'
		producer till-$(((i + 1) % 3))
		[ $((i % 4)) = 1 ] && echo '{"do":"abort"}' || echo '{"do":"commit"}'
	done
	producer late '{"transactional.id":"late","transaction.timeout.ms":900000}'
	echo '{"do":"begin"}'
	random payments 4 400 2
	producer bare
	random payments 6 401 2
}

compacted() {
	topic stock 1 '{"cleanup.policy":"compact","internal.segment.bytes":60000,"min.cleanable.dirty.ratio":0.0001}'
	producer lz4 '{"compression.type":"lz4"}'
	random stock 4000 61 100 60 300
	producer bare
	random stock 2000 62 50 60 300
}

trimmed() {
	topic sensor 1 '{"internal.segment.bytes":60000}'
	topic weather 1 '{"internal.segment.bytes":60000}'
	producer bare
	random sensor 1500 71 50
	random weather 1500 72 50
	echo '{"do":"trim","topic":"sensor","partition":0,"offset":777}'
	echo '{"do":"configure","topic":"weather","config":{"retention.bytes":90000}}'
}

cleaned() { # TOPIC: up to its last segment
	local last
	last=$(cd "$KAFKA_DATA/$1-0" && ls -- *.log | tail -1)
	grep -q "^$1 0 $((10#${last%.log}))\$" "$KAFKA_DATA/cleaner-offset-checkpoint"
}

trimmed_away() { # TOPIC PARTITION: noted by the broker
	grep -q "^$1 $2 " "$KAFKA_DATA/log-start-offset-checkpoint" && [ ! -e "$KAFKA_DATA/$1-$2/00000000000000000000.log" ]
}

# consumed ISOLATION TOPIC...: what Kafka's consumer gets, into $WANT/TOPIC.ISOLATION
consumed() {
	local t i=$1
	shift
	for t; do
		printf '{"do":"consume","file":"%s","isolation":"%s","topics":["%s"]}\n' "$WANT/$t.$i" "$i" "$t"
	done | kafka_peer
}

same() { # ISOLATION TOPIC: plog reads it from the broker's directory
	[ -s "$WANT/$2.$1" ] || fail "nothing expected of $2"
	plog-consume -d "$KAFKA_DATA" -J --isolation-level="$1" "$2" >got
	cmp "$WANT/$2.$1" got || {
		diff "$WANT/$2.$1" got | cut -c 1-200 | head -20
		fail "$2 $1"
	}
}

@test "plog reads what the running broker wrote: every codec" {
	needs_module gzip snappy lz4
	local c
	consumed read_uncommitted in-none in-gzip in-snappy in-lz4 in-zstd
	for c in none gzip snappy lz4 zstd; do
		same read_uncommitted in-$c
	done
}

@test "plog reads what the running broker wrote: transactions" {
	consumed read_uncommitted payments
	consumed read_committed payments
	! cmp -s "$WANT/payments.read_committed" "$WANT/payments.read_uncommitted"
	same read_uncommitted payments
	same read_committed payments
}

@test "plog reads what the running broker wrote: compacted, deleted head" {
	needs_module lz4
	local t
	consumed read_uncommitted stock sensor weather
	[ "$(wc -l <"$WANT/stock.read_uncommitted")" -lt 4000 ]
	[ "$(head -1 "$WANT/sensor.read_uncommitted" | jq .offset)" = 777 ]
	[ "$(head -1 "$WANT/weather.read_uncommitted" | jq .offset)" -gt 0 ]
	for t in stock sensor weather; do
		same read_uncommitted $t
	done
}

@test "plog-consume -f follows a running broker through its rolls" {
	topic follow 1 '{"internal.segment.bytes":60000}' | kafka_peer
	background plog-consume -f -d "$KAFKA_DATA" -J -n 3000 follow >got
	{
		producer zstd '{"compression.type":"zstd"}'
		random follow 1500 81 10
		producer bare
		random follow 1500 82 7
		printf '{"do":"consume","file":"%s","topics":["follow"]}\n' "$PWD/want"
	} | kafka_peer
	wait_until 20 has_lines got 3000
	finish $bg
	assert_equal $status 0
	[ "$(find "$KAFKA_DATA/follow-0" -name '*.log' | wc -l)" -gt 5 ]
	cmp want got
}

@test "what is read while the broker writes is always a beginning of what there will be" {
	local i
	topic busy 1 '{"internal.segment.bytes":100000}' | kafka_peer
	random busy 40000 91 50 60 | kafka_peer &
	wait_until 20 test -s "$KAFKA_DATA/busy-0/00000000000000000000.log"
	for i in 1 2 3 4 5 6 7 8; do
		plog-consume -d "$KAFKA_DATA" -J busy >got.$i
	done
	wait $!
	plog-consume -d "$KAFKA_DATA" -J busy >all
	assert_equal "$(wc -l <all)" 40000
	for i in 1 2 3 4 5 6 7 8; do
		cmp -n "$(stat -c %s got.$i)" got.$i all
	done
	[ "$(wc -l <got.1)" -lt 40000 ]
}

@test "plog-topic says of the broker's directory what Kafka's tools say" {
	local t times
	kafka TopicCommand --bootstrap-server "$KAFKA" --list | sort >want
	plog-topic list -d "$KAFKA_DATA" 2>err | grep -v '^__cluster_metadata$' | sort >got
	diff -u want got

	kafka TopicCommand --bootstrap-server "$KAFKA" --describe --topic orders >describe
	plog-topic describe -d "$KAFKA_DATA" -J orders >got
	assert_equal "$(jq -r '.. | objects | .topic_id? // .topicId? // .id? // empty' got | head -1)" \
		"$(sed -nE 's/.*TopicId: ([^\t ]+).*/\1/p' describe | head -1)"
	run -0 grep -c 'Partition: ' describe
	assert_output 3

	kafka GetOffsetShell --bootstrap-server "$KAFKA" --time latest --exclude-internal-topics | tr : '\t' | sort >want
	# shellcheck disable=SC2046
	plog-topic offsets -d "$KAFKA_DATA" $(cut -f 1 want | sort -u) | sort >got
	diff -u want got
	kafka GetOffsetShell --bootstrap-server "$KAFKA" --time earliest --exclude-internal-topics | tr : '\t' | sort >want
	# shellcheck disable=SC2046
	plog-topic offsets -d "$KAFKA_DATA" -o earliest $(cut -f 1 want | sort -u) | sort >got
	diff -u want got
	times="1700000000500 1700000003000 1700000010000 1900000000000"
	printf '{"do":"offsets","file":"%s","topics":["orders","in-zstd","sensor"],"times":[%s]}\n' "$PWD/all" "${times// /,}" |
		kafka_peer
	for t in $times; do
		awk -F '\t' -v OFS='\t' '$3 == "@'"$t"'" { print $1, $2, $4 }' all | sort >want
		plog-topic offsets -d "$KAFKA_DATA" -o @"$t" orders in-zstd sensor | sort >got
		diff -u want got
	done
}

@test "a time in a compacted log is that of a record, also where Kafka stops at a batch left empty" {
	needs_module lz4
	local t
	plog-consume -d "$KAFKA_DATA" -J stock >records
	for t in 1700000000500 1700000010000 1700000020000; do
		plog-topic offsets -d "$KAFKA_DATA" -o @$t stock | cut -f 3 >got
		jq -r 'select(.timestamp >= '$t') | .offset' records | head -1 | diff -u - got
	done
}

@test "the broker serves the segments that plog wrote, and goes on behind them" {
	needs_module gzip snappy lz4
	local z t times
	kafka_corpus 41 3000 100 >in
	for z in none gzip snappy lz4 zstd; do
		plog-topic create -c internal.segment.bytes=50000 -c index.interval.bytes=1000 out-$z
		plog-produce -J -z $z --batch-size=5000 out-$z <in
	done
	plog-topic create -c message.timestamp.type=LogAppendTime out-append
	lines 1000 50 | plog-produce out-append
	for t in none gzip snappy lz4 zstd append; do
		t=out-$t
		mkdir "$KAFKA_DATA/$t-0"
		cp "$PLOG_DIR/topics/$t/0"/*.log "$PLOG_DIR/topics/$t/0"/*.index "$PLOG_DIR/topics/$t/0"/*.timeindex "$KAFKA_DATA/$t-0"
		topic $t 1 '{"internal.segment.bytes":50000,"index.interval.bytes":1000}'
	done | sed 's/"topic":"out-append",\(.*\)"config":{/&"message.timestamp.type":"LogAppendTime",/' | kafka_peer
	times=1700000000000,1700000050000,1700000100000,1700000200000,1900000000000
	{
		printf '{"do":"offsets","file":"%s","topics":["out-none","out-gzip","out-snappy","out-lz4","out-zstd"],"times":[%s]}\n' \
			"$PWD/offsets" $times
		for t in none gzip snappy lz4 zstd append; do
			printf '{"do":"consume","file":"%s","topics":["out-%s"]}\n' "$PWD/got.$t" $t
		done
		for t in none gzip snappy lz4 zstd append; do
			random out-$t 100 42 20 60
		done
		for t in none gzip snappy lz4 zstd append; do
			printf '{"do":"consume","file":"%s","topics":["out-%s"]}\n' "$PWD/more.$t" $t
		done
	} | kafka_peer
	for t in none gzip snappy lz4 zstd append; do
		plog-consume -J out-$t >want
		[ -s want ]
		cmp want got.$t || fail "out-$t: the broker serves other records"
		plog-consume -d "$KAFKA_DATA" -J out-$t >got
		assert_equal "$(wc -l <got)" $(($(wc -l <want) + 100))
		cmp more.$t got || fail "out-$t: appended by the broker"
	done
	for z in none gzip snappy lz4 zstd; do
		for t in ${times//,/ }; do
			plog-topic offsets -o @"$t" out-$z | awk -v OFS='\t' '{ print $1, $2, "@'"$t"'", $3 }'
		done
	done | sort >want
	grep @ offsets | sort | diff -u want -
	# the broker wrote over nothing of ours
	for t in none zstd; do
		for z in "$PLOG_DIR/topics/out-$t/0"/*.log; do
			cmp -n "$(stat -c %s "$z")" "$z" "$KAFKA_DATA/out-$t-0/${z##*/}"
		done
	done
}

@test "the broker serves a topic of plog's after its own restart" {
	local id
	kafka_corpus 43 2000 100 >in
	plog-topic create -c internal.segment.bytes=60000 moved
	plog-produce -J -z zstd moved <in
	topic moved 1 | kafka_peer
	kafka_down "$DIR" one
	find "$KAFKA_DATA/moved-0" -type f ! -name partition.metadata -delete
	cp "$PLOG_DIR"/topics/moved/0/*.{log,index,timeindex} "$KAFKA_DATA/moved-0"
	kafka_up "$DIR" one
	printf '{"do":"consume","file":"%s","topics":["moved"]}\n' "$PWD/got" | kafka_peer
	plog-consume -J moved >want
	cmp want got
}

@test "nothing in the broker's directory is changed" {
	local pid
	pid=$(cat "$DIR/one.pid")
	# the broker itself writes: it is stopped while we look
	kill -STOP "$pid"
	find "$KAFKA_DATA" -printf '%P %s %T@ %C@ %m\n' | sort >before
	plog-topic list -l -d "$KAFKA_DATA" >/dev/null 2>&1
	plog-topic describe -d "$KAFKA_DATA" >/dev/null 2>&1
	plog-topic offsets -d "$KAFKA_DATA" orders >/dev/null
	plog-consume -d "$KAFKA_DATA" -J orders >/dev/null
	plog-consume -d "$KAFKA_DATA" -J --isolation-level=read_committed payments >/dev/null
	plog-consume -d "$KAFKA_DATA" --tail=5 sensor >/dev/null
	find "$KAFKA_DATA" -printf '%P %s %T@ %C@ %m\n' | sort >after
	kill -CONT "$pid"
	diff -u before after
}

@test "a log that the broker was killed over is read like it goes on with it" {
	random orders 50 77 10 | kafka_peer
	kill -KILL "$(cat "$DIR/one.pid")"
	wait_until 10 is_gone "$(cat "$DIR/one.pid")"
	plog-consume -d "$KAFKA_DATA" -p 0 -J orders >got
	kafka_up "$DIR" one
	printf '{"do":"consume","file":"%s","topics":["orders"]}\n' "$PWD/want" | kafka_peer
	grep '^{"topic":"orders","partition":0,' want | cmp - got
}
