#!/usr/bin/env bats
# plog-retain and a real broker do the same to the same log: Kafka's cleaner leaves the same batches, its retention the
# same segments.

load ../helper/lib
load peers/kafka/kafka

setup_file() {
	export DIR=$BATS_FILE_TMPDIR
	kafka_fetch
	kafka_single "$DIR" log.cleaner.dedupe.buffer.size=134217728 log.cleaner.io.buffer.size=4194304
}

teardown_file() { kafka_down "$BATS_FILE_TMPDIR"; }
setup() { new_store; }

topic() { # NAME CONFIG-JSON
	printf '{"do":"create","topic":"%s","partitions":1,"config":%s}\n' "$1" "$2"
}

configure() { # NAME CONFIG-JSON
	printf '{"do":"configure","topic":"%s","config":%s}\n' "$1" "$2"
}

producer() { # NAME [CONFIG-JSON]
	printf '{"do":"producer","name":"%s","config":%s}\n' "$1" "${2:-{\}}"
}

now() { # COMMAND...
	printf '{"do":"%s"}\n' "$@"
}

# keyed TOPIC SEED COUNT: of now, one in five a tombstone
keyed() {
	awk -v topic="$1" -v seed="$2" -v n="$3" -v now="$(date +%s%3N)" 'BEGIN {
		srand(seed)
		for (i = 0; i < n; i++)
			printf "{\"topic\":\"%s\",\"partition\":0,\"timestamp\":%.0f,\"key\":\"key %d\",\"value\":%s,\"headers\":[%s]}\n",
			    topic, now - int(rand() * 2000), rand() * 30,
			    rand() < 0.2 ? "null" : "\"value " seed " " i "\"", rand() < 0.1 ? "[\"h\",\"x\"],[\"n\",null]" : ""
	}'
}

# traffic TOPIC SEED: three transactional producers, of which one in three transactions is aborted, one that has only a
# sequence, one without, and one of this round alone
traffic() {
	local t=$1 s=$2 i z
	for i in 1 2 3 4 5 6 7 8 9 10; do
		for z in 1 2; do
			producer "$t-till-$z" '{"transactional.id":"'"$t-till-$z"'","compression.type":"'"$([ $z = 1 ] && echo lz4 || echo zstd)"'"}'
			now begin
			keyed "$t" $((s * 100 + i * 10 + z)) $((1 + (i + z) % 5))
			now flush
		done
		producer "$t-plain" '{"compression.type":"gzip"}'
		keyed "$t" $((s * 100 + i * 10 + 3)) 4
		now flush
		producer "$t-bare" '{"enable.idempotence":"false"}'
		keyed "$t" $((s * 100 + i * 10 + 4)) 3
		now flush
		for z in 1 2; do
			producer "$t-till-$z"
			keyed "$t" $((s * 100 + i * 10 + 5 + z)) 2
			now flush
			[ $(((i + z) % 3)) = 0 ] && now abort || now commit
		done
	done
	producer "$t-once-$s" '{"transactional.id":"'"$t-once-$s"'"}'
	now begin
	keyed "$t" $((s * 100 + 97)) 3
	[ $((s % 2)) = 0 ] && now commit || now abort
	producer "$t-other-$s"
	keyed "$t" $((s * 100 + 98)) 3
	now flush
	producer "$t-bare"
	for i in 1 2 3; do
		keyed "$t" $((s * 100 + 98 + i)) 30
		now flush
	done
}

cleaned() { # TOPIC: up to its last segment
	local last
	last=$(cd "$KAFKA_DATA/$1-0" && ls -- *.log | tail -1)
	grep -q "^$1 0 $((10#${last%.log}))\$" "$KAFKA_DATA/cleaner-offset-checkpoint"
}

bases() { (cd "$1" && ls -- *.log | sed 's/^0*//; s/^\.log/0/; s/\.log//' | tr '\n' ' '); }

# take TOPIC FROM: the broker's segments from that base on, in place of those of the store's topic
take() {
	local f p=$PLOG_DIR/topics/$1/0
	for f in "$KAFKA_DATA/$1-0"/*.log; do
		f=${f##*/}
		((10#${f%.log} < $2)) || cp "$KAFKA_DATA/$1-0/$f" "$p"
	done
	cp "$KAFKA_DATA/$1-0/leader-epoch-checkpoint" "$p"
	# What the last writer noted is of another log.
	truncate -s 0 "$p/lock"
}

# dump DIR RECORDS: all of each batch but the instant of its delete horizon
dump() {
	python3 "$PLOG_TOP/t/helper/compact_model.py" dump "$1" "$2" |
		awk '/^batch/ && $9 ~ /0x[4-7][0-9a-f]$/ { $11 = "horizon" } { print }'
}

@test "Kafka's cleaner and plog-retain leave the same batches, three rounds: transactions, tombstones, producers, codecs" {
	needs_module gzip lz4
	local round active=0 t=ledger c='"cleanup.policy":"compact","internal.segment.bytes":3000,"delete.retention.ms":1000'
	topic $t "{$c,\"min.cleanable.dirty.ratio\":1.0}" | kafka_peer
	plog-topic create -c cleanup.policy=compact -c internal.segment.bytes=3000 -c delete.retention.ms=1000 $t
	for round in 1 2 3; do
		{
			configure $t '{"min.cleanable.dirty.ratio":1.0}'
			traffic $t $round
		} | kafka_peer
		take $t $active
		plog-consume -J $t >before
		configure $t '{"min.cleanable.dirty.ratio":0.00001}' | kafka_peer
		wait_until 30 cleaned $t
		plog-retain --now --force
		plog-consume -d "$KAFKA_DATA" -J $t >want
		plog-consume -J $t >got
		[ "$(wc -l <want)" -lt "$(($(wc -l <before) - 50))" ]
		cmp want got
		dump "$KAFKA_DATA/$t-0" want >want.batches
		dump "$PLOG_DIR/topics/$t/0" got >got.batches
		cat want.batches >>all
		diff want.batches got.batches
		assert_equal "$(cat "$PLOG_DIR/topics/$t/0/cleaner-checkpoint")" "$(sed -n "s/^$t 0 //p" "$KAFKA_DATA/cleaner-offset-checkpoint")"
		active=$(cat "$PLOG_DIR/topics/$t/0/cleaner-checkpoint")
		wait_until 5 bash -c "[ \$(date +%s%3N) -gt $(($(date +%s%3N) + 1200)) ]"
	done
	grep -q 'count 0 ' all
	grep -q 'attributes 0x70 .* type 0' all
	# That offsets are missing is what compaction is for.
	kafka_findings "$PLOG_DIR"/topics/$t/0/*.log | grep -v 'Non-consecutive offsets in\| is followed by ' >findings || :
	assert_equal "$(cat findings)" ""
}

@test "a big log: the same records as Kafka's cleaner leaves, and the time of both" {
	local t=big took
	awk 'BEGIN { srand(5); s = sprintf("%100s", ""); gsub(/ /, "v", s)
		for (i = 0; i < 500000; i++) printf "key %d\t%s\n", rand() * 100000, substr(i s, 1, 100) }' >in
	plog-topic create -c cleanup.policy=compact -c internal.segment.bytes=30000000 $t
	plog-produce -q -K '\t' --batch-size=16K $t <in
	mkdir "$KAFKA_DATA/$t-0"
	cp "$PLOG_DIR/topics/$t/0"/*.log "$PLOG_DIR/topics/$t/0"/*.index "$PLOG_DIR/topics/$t/0"/*.timeindex "$KAFKA_DATA/$t-0"
	topic $t '{"cleanup.policy":"compact","internal.segment.bytes":30000000,"min.cleanable.dirty.ratio":0.01}' | kafka_peer
	wait_until 60 cleaned $t
	took=$(sed -nE 's/.*of log processed in ([0-9.,]+) seconds.*/\1/p' "$DIR/one.out" | tail -1)
	cp "$PLOG_DIR/topics/$t/0"/*.log .
	bytes=$(cat 0*.log | wc -c)
	TIMEFORMAT=%R
	ours=$({ time plog-retain --now; } 2>&1)
	echo "# compaction of $((bytes >> 20)) MiB: Kafka's cleaner ${took:-?} s, plog-retain $ours s" >&3
	plog-consume -d "$KAFKA_DATA" -F '%o %T %k %v\n' $t | md5sum >want
	plog-consume -F '%o %T %k %v\n' $t | md5sum | cmp want -
	dump "$KAFKA_DATA/$t-0" <(plog-consume -d "$KAFKA_DATA" -J $t) | grep ^batch >want
	dump "$PLOG_DIR/topics/$t/0" <(plog-consume -J $t) | grep ^batch | cmp want -
}

# aged TOPIC TIME...: batches of one record, at these times, in turn
aged() {
	local t=$1 at
	shift
	for at; do
		printf '{"topic":"%s","partition":0,"timestamp":%s,"key":"k","value":"%0600d","headers":[]}\n' "$t" "$at" 0
		now flush
	done
}

# Each case: name, when the records are of (hours ago), configuration that comes then, trimmed to; - for nothing.
cases() {
	cat <<-'END'
		bytes-some	9 8 7 6 5 4 3 2	retention.bytes=3000	-
		bytes-one-more	9 8 7 6 5 4 3 2	retention.bytes=1400	-
		bytes-zero	9 8 7 6 5 4 3 2	retention.bytes=0	-
		bytes-all	9 8 7 6 5 4 3 2	retention.bytes=1000000	-
		time-some	9 8 7 6 5 4 3 2	retention.ms=20000000	-
		time-all	9 8 7 6 5 4 3 2	retention.ms=3600000	-
		time-none	9 8 7 6 5 4 3 2	retention.ms=360000000	-
		time-unsorted	2 9 9 9 9 9 9 2	retention.ms=20000000	-
		time-late-keeps	9 9 9 1 9 9 9 9	retention.ms=20000000	-
		time-in-one	9 1 9 9 1 9 9 9	retention.ms=20000000	-
		time-active	9 9 9 9 9 9 9 9	retention.ms=20000000	-
		both	9 8 7 6 5 4 3 2	retention.ms=20000000,retention.bytes=2000	-
		future	9 9 -0.5 9 9 9 9 9	retention.ms=20000000	-
		trimmed	9 8 7 6 5 4 3 2	-	5
		trimmed-all	9 8 7 6 5 4 3 2	-	-1
		trimmed-and-time	9 8 7 6 5 4 3 2	retention.ms=20000000	3
		compact	9 8 7 6 5 4 3 2	cleanup.policy=compact,retention.bytes=0,retention.ms=1,min.cleanable.dirty.ratio=1	-
		compact-trimmed	9 8 7 6 5 4 3 2	cleanup.policy=compact,retention.ms=1,min.cleanable.dirty.ratio=1	5
		nothing	9 8 7 6 5 4 3 2	retention.ms=-1,retention.bytes=-1	-
		empty	-	retention.bytes=0	-
	END
}

@test "retention: of each case the broker and plog-retain keep the same segments and the same start" {
	local name hours conf trim h at all= t c
	at=$(date +%s%3N)
	while IFS=$'\t' read -r name hours conf trim; do
		topic "$name" '{"internal.segment.bytes":1500,"retention.ms":-1,"segment.ms":100000000000}'
		producer "$name" '{"enable.idempotence":"false"}'
		# shellcheck disable=SC2046
		aged "$name" $(for h in ${hours#-}; do awk -v now="$at" -v h="$h" 'BEGIN { printf "%.0f\n", now - h * 3600000 }'; done)
		now close
	done < <(cases) | kafka_peer
	while IFS=$'\t' read -r name hours conf trim; do
		plog-topic create -c internal.segment.bytes=1500 -c retention.ms=-1 -c segment.ms=100000000000 "$name"
		rm -f "$PLOG_DIR/topics/$name/0"/0*
		take "$name" 0
		[ "$trim" = - ] || plog-topic trim -o "${trim/-1/latest}" --execute "$name" >/dev/null
		[ "$trim" = - ] || printf '{"do":"trim","topic":"%s","partition":0,"offset":%s}\n' "$name" "$trim" >&4
		[ "$conf" = - ] || {
			# shellcheck disable=SC2046
			plog-topic alter $(printf ' -c %s' ${conf//,/ }) "$name"
			configure "$name" "$(sed 's/=/":"/g; s/,/","/g; s/^/{"/; s/$/"}/' <<<"$conf")" >&4
		}
	done < <(cases) 4>then
	kafka_peer <then
	plog-retain
	settled() {
		cases | while IFS=$'\t' read -r name _; do
			[ "$(bases "$KAFKA_DATA/$name-0")" = "$(bases "$PLOG_DIR/topics/$name/0")" ] || exit 1
		done
	}
	wait_until 20 settled || {
		cases | while IFS=$'\t' read -r name _; do
			echo "$name: the broker has $(bases "$KAFKA_DATA/$name-0"), plog $(bases "$PLOG_DIR/topics/$name/0")"
		done
		false
	}
	# And it stays so: the broker looks twice a second.
	t=$(cases | cut -f 1)
	wait_until 5 bash -c "[ \$(date +%s%3N) -gt $(($(date +%s%3N) + 1500)) ]"
	settled
	printf '{"do":"offsets","file":"%s","topics":[%s],"times":[]}\n' "$PWD/offsets" "$(printf '"%s",' $t | sed 's/,$//')" | kafka_peer
	# shellcheck disable=SC2086
	{
		plog-topic offsets -o earliest $t | awk -v OFS='\t' '{ print $1, $2, "earliest", $3 }'
		plog-topic offsets -o latest $t | awk -v OFS='\t' '{ print $1, $2, "latest", $3 }'
	} | sort >got
	sort offsets | diff -u - got
	# Some go, some stay, in more than one way.
	[ "$(cases | cut -f 1 | while read -r name; do bases "$PLOG_DIR/topics/$name/0"; echo; done | sort -u | wc -l)" -ge 5 ]
}
