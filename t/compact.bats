#!/usr/bin/env bats
# plog-retain on compacted topics: what it promises, a sentence a test.
# also: asan

load helper/lib
setup() { new_store; }

bases() { (cd "$PLOG_DIR/topics/$1/0" && ls -- *.log | sed 's/^0*//; s/^\.log/0/; s/\.log//' | tr '\n' ' '); }
active() { bases "$1" | tr ' ' '\n' | grep . | tail -n 1; }
later() { echo $(($(date +%s%3N) + $1 * 3600000)); }	# HOURS
oracle() { python3 "$PLOG_TOP/t/helper/compact_oracle.py" "$@"; }

# random SEED N KEYS TOMBSTONES: N records as JSON, with headers and times of their own now and then.
random() {
	awk -v seed="$1" -v n="$2" -v keys="$3" -v dead="$4" 'BEGIN {
		srand(seed)
		for (i = 0; i < n; i++) {
			v = rand() < dead ? "null" : sprintf("\"value %d %s\"", i, substr("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 1, rand() * 40))
			printf "{\"key\":\"key %d\",\"value\":%s", int(rand() * keys), v
			if (rand() < 0.2) printf ",\"headers\":[[\"h\",\"%d\"],[\"n\",null]]", i
			if (rand() < 0.3) printf ",\"timestamp\":%d", 1700000000000 + int(rand() * 100000)
			print "}"
		}
	}'
}
# make TOPIC [CONFIG...]
make() {
	local t=$1 c o=()
	shift
	for c; do o+=(-c "$c"); done
	plog-topic create -c internal.segment.bytes=8000 -c cleanup.policy=compact -c segment.ms=20000d "${o[@]}" "$t"
}

@test "the last record of each key stays, with its offset, time, headers and place; others go; all codecs" {
	for codec in none zstd gzip lz4 snappy; do
		[ "$codec" = none ] || [ "$codec" = zstd ] || [ -e "$PLOG_BIN/modules/plog-$codec.so" ] || continue
		t=c-$codec
		make "$t"
		random 1 3000 100 0.1 | plog-produce -J -z "$codec" --batch-size=1K "$t"
		plog-consume -J "$t" >before
		run --separate-stderr -0 plog-retain "$t"
		assert_equal "$output$stderr" ""
		plog-consume -J "$t" >after
		oracle before after "$(active "$t")" kept
		[ "$(wc -l <after)" -lt 2500 ]
	done
}

@test "run after run, with appends between: always what a map of the records would say" {
	make t
	for seed in 1 2 3 4 5 6; do
		random $seed 800 60 0.15 | plog-produce -J --batch-size=$((300 + seed * 300)) t
		plog-consume -J t >before
		plog-retain --now
		plog-consume -J t >after
		oracle before after "$(active t)" kept
		assert_equal "$(cut -f 3 < <(plog-topic offsets -o latest t))" $((seed * 800))
	done
}

@test "a second run changes nothing" {
	make t
	random 2 2000 50 0.1 | plog-produce -J --batch-size=1K t
	plog-retain
	(cd "$PLOG_DIR/topics/t" && find . -type f ! -name lock -exec md5sum {} + | sort) >one
	plog-retain --now
	(cd "$PLOG_DIR/topics/t" && find . -type f ! -name lock -exec md5sum {} + | sort) >two
	cmp one two
}

@test "closed segments that wait for min.compaction.lag.ms are said to" {
	plog-topic create -c cleanup.policy=compact -c internal.segment.bytes=500 -c min.compaction.lag.ms=1h -c min.cleanable.dirty.ratio=0.1 m
	old=$(($(date +%s%3N) - 7200000))
	for at in $old $old $((old + 7200000)) $((old + 7200000)); do
		printf '%s\tk\t%0300d\n' "$at" 1
	done | plog-produce -F '%T\t%k\t%v\n' --batch-size=300 m
	for dry in --dry-run ''; do
		run --separate-stderr -0 plog-retain $dry -v -J m
		[[ $(jq -r 'select(.base_offset == 0).reason' <<<"$output") == *"compacted: dirty ratio 1.00, above min.cleanable.dirty.ratio" ]]
		assert_equal "$(jq -r 'select(.base_offset == 2).reason' <<<"$output")" "not compacted: younger than min.compaction.lag.ms"
	done
	run --separate-stderr -0 plog-retain -v m
	[[ $stderr == *"'m/0' is not compacted: dirty ratio 0.00, younger than min.compaction.lag.ms"* ]]
}

@test "--dry-run says of compaction what a run then does: after closing by segment.ms, and after deleting" {
	plog-topic create -c cleanup.policy=compact -c segment.ms=1h quiet
	printf 'k\t%s\n' 1 2 3 | plog-produce -K '\t' quiet
	in3h=$(($(date +%s%3N) + 3 * 3600000))
	PLOG_TEST_NOW=$in3h run --separate-stderr -0 plog-retain --dry-run -v
	[[ $stderr == *"'quiet/0' would be compacted, offsets 0 to 2: dirty ratio 1.00"* ]]
	[[ $output == *"would be compacted: dirty ratio 1.00, above min.cleanable.dirty.ratio; rolled by segment.ms"* ]]
	PLOG_TEST_NOW=$in3h run --separate-stderr -0 plog-retain -v
	[[ $stderr == *"'quiet/0' was compacted in 1 pass: dirty ratio 1.00"* ]]
	plog-topic create -c cleanup.policy=compact,delete -c internal.segment.bytes=2000 -c retention.bytes=4000 both
	seq 1 9 | awk '{ printf "%d\t%0890d\n", $1 % 3, $1 }' | plog-produce -K '\t' --batch-size=1K both
	run --separate-stderr -0 plog-retain --dry-run -v both --force
	[[ $stderr == *"'both/0' would be compacted, offsets 4 to 7: dirty ratio 1.00"* ]]
	run --separate-stderr -0 plog-retain -v both --force
	[[ $stderr == *"'both/0' was compacted in 1 pass: dirty ratio 1.00"*"; 2 segments (3.8K) became"* ]]
}

@test "tombstones stay for delete.retention.ms after the first pass, and go in a pass after it" {
	make t delete.retention.ms=1d
	random 3 1500 80 0.3 | plog-produce -J --batch-size=1K t
	plog-consume -J t >before
	plog-retain
	random 4 1500 80 0 | plog-produce -J --batch-size=1K t
	plog-consume -J t >before
	base=$(active t)
	PLOG_TEST_NOW=$(later 20) plog-retain --now --force
	plog-consume -J t >after
	oracle before after "$base" kept
	random 5 1500 10 0 | plog-produce -J --batch-size=1K t
	plog-consume -J t >before
	PLOG_TEST_NOW=$(later 50) plog-retain --now --force
	plog-consume -J t >after
	oracle before after "$(active t)" gone
}

@test "while the clock is in doubt no tombstone goes" {
	make t delete.retention.ms=1
	random 3 1500 80 0.3 | plog-produce -J --batch-size=1K t
	plog-retain
	random 4 1500 80 0.3 | plog-produce -J --batch-size=1K t
	plog-consume -J t >before
	PLOG_TEST_NOW=$(later 48) run --separate-stderr -1 plog-retain --now
	[[ $stderr == *"nothing is deleted by time"* ]]
	plog-consume -J t >after
	oracle before after "$(active t)" kept
}

@test "a topic is compacted when min.cleanable.dirty.ratio is passed, or with --now; -v says which" {
	make t min.cleanable.dirty.ratio=0.9
	random 6 3000 3000 0 | plog-produce -J --batch-size=1K t
	run --separate-stderr -0 plog-retain -v --tsv
	[[ $stderr == "plog-retain: 't/0' was compacted in 1 pass: dirty ratio 1.00, above min.cleanable.dirty.ratio; "* ]]
	random 7 200 3000 0 | plog-produce -J --batch-size=1K t
	plog-consume -J t >before
	run --separate-stderr -0 plog-retain -v --tsv
	[[ ${stderr_lines[0]} == "plog-retain: 't/0' is not compacted: dirty ratio 0."*", at or below min.cleanable.dirty.ratio" ]]
	plog-consume -J t | cmp - before
	run --separate-stderr -0 plog-retain --dry-run --now
	[[ ${stderr_lines[0]} == "plog-retain: 't/0' would be compacted, offsets "*", --now" ]]
	plog-consume -J t | cmp - before
	run --separate-stderr -0 plog-retain -v --tsv --now
	[[ ${stderr_lines[0]} == "plog-retain: 't/0' was compacted in 1 pass: dirty ratio 0."*", --now; "* ]]
	plog-consume -J t >after
	oracle before after "$(active t)" kept
}

@test "min.compaction.lag.ms keeps young segments as they are; max.compaction.lag.ms compacts below the ratio" {
	make t min.compaction.lag.ms=1h
	random 8 1000 20 0 | sed 's/,"timestamp":[0-9]*//' | plog-produce -J --batch-size=1K t
	plog-consume -J t >before
	plog-retain --now
	plog-consume -J t | cmp - before
	PLOG_TEST_NOW=$(later 2) plog-retain --force
	[ "$(plog-consume t | wc -l)" -lt 900 ]
	make u min.cleanable.dirty.ratio=1 max.compaction.lag.ms=1h
	random 8 1000 20 0 | plog-produce -J --batch-size=1K u
	PLOG_TEST_NOW=$(later 2) plog-retain --force u
	[ "$(plog-consume u | wc -l)" -lt 900 ]
}

@test "with memory for few keys it takes more passes and gives the same" {
	make t
	random 9 12000 9000 0.1 | plog-produce -J --batch-size=1K t
	plog-consume -J t >before
	run --separate-stderr -0 plog-retain -v --tsv --memory=64K
	[[ ${stderr_lines[0]} =~ "compacted in "([0-9]+)" passes" ]]
	[ "${BASH_REMATCH[1]}" -ge 3 ]
	plog-consume -J t >after
	oracle before after "$(active t)" kept
	assert_equal "$(cat "$PLOG_DIR/topics/t/0/cleaner-checkpoint")" "$(active t)"
}

@test "old records without a key go from a compacted topic, and are counted" {
	make t cleanup.policy=delete
	lines 500 100 | plog-produce --batch-size=1K t
	plog-topic alter -c cleanup.policy=compact t
	random 1 200 20 0 | plog-produce -J --batch-size=1K t
	base=$(active t)
	plog-consume -J t >before
	run --separate-stderr -0 plog-retain -v --tsv
	[[ $stderr == *", 500 without a key went"* ]]
	plog-consume -J t >after
	oracle before after "$base" kept
}

@test "compact,delete: both, and segments that compaction emptied go too" {
	make t cleanup.policy=compact,delete retention.ms=1d
	random 1 2000 10 0 | sed 's/,"timestamp":[0-9]*//' | plog-produce -J --batch-size=1K t
	plog-retain
	[ "$(plog-consume t | wc -l)" -lt 1000 ]
	PLOG_TEST_NOW=$(later 48) plog-retain --force
	assert_equal "$(bases t)" "2000 "
	assert_equal "$(plog-consume t)" ""
}

@test "a damaged segment is left as it is, the topic is one line and status 1, the others are done" {
	make a
	make b
	for t in a b; do random 1 2000 50 0 | plog-produce -J --batch-size=1K $t; done
	printf X | dd of="$PLOG_DIR/topics/a/0/00000000000000000000.log" bs=1 seek=500 conv=notrunc status=none
	md5sum "$PLOG_DIR"/topics/a/0/*.log >sums
	run --separate-stderr -1 plog-retain
	[[ $stderr == "plog-retain: 'a/0/00000000000000000000.log' is damaged at byte "*": it is not compacted" ]]
	md5sum --quiet -c sums
	[ "$(plog-consume b | wc -l)" -lt 1000 ]
}

@test "on a full disk compaction says what it needs, and the log stays as it is" {
	needs unshare
	unshare -m true 2>/dev/null || plog_skip "no mounts here"
	make t internal.segment.bytes=60000
	random 1 9000 900000 0 | plog-produce -J --batch-size=4K t
	plog-consume -J t >before
	cp -a "$PLOG_DIR" src
	run -0 unshare -m bash -c '
		mkdir small && mount -t tmpfs -o size=4m tmpfs small && cp -a src small/store && : >small/store/clock
		dd if=/dev/zero of=small/fill bs=1k status=none 2>/dev/null
		truncate -s -24K small/fill
		plog-retain -d small/store 2>err && exit 1
		plog-consume -d small/store -J t | cmp - before && ! ls small/store/topics/t/0 | grep "~" && cat err'
	assert_output "plog-retain: cannot compact 't/0' (it needs room for one segment): No space left on device"
}

@test "a reader in a segment that is compacted reads on: offsets rise, and nothing is missed" {
	make t internal.segment.bytes=400000
	random 1 60000 500 0 | plog-produce -J --batch-size=4K t
	plog-consume -J t >before
	# It is in the second segment or so, waiting for its reader.
	plog-consume -J t | { read -r line; plog-retain --now; printf '%s\n' "$line"; cat; } >seen
	oracle before seen "$(active t)" part
	plog-consume -J t >after
	oracle before after "$(active t)" kept
}

@test "writers go on during compaction; each key ends with its last value" {
	make t
	for w in 1 2; do
		background bash -c 'for i in {1..12}; do
			for k in {1..40}; do echo "{\"key\":\"w$1-$k\",\"value\":\"$i\"}"; done | plog-produce -J --batch-size=500 t || exit 1
		done' _ $w
		writers[w]=$bg
	done
	while ! is_gone "${writers[1]}" || ! is_gone "${writers[2]}"; do
		plog-retain --now
		plog-consume -F '%o\n' t >got
		awk 'NR > 1 && $1 <= last { exit 1 } { last = $1 }' got
	done
	for w in 1 2; do
		finish "${writers[w]}"
		assert_equal "$status" 0
	done
	plog-retain --now
	assert_equal "$(plog-consume -F '%k %v\n' t | awk '{ v[$1] = $2 } END { for (k in v) n += v[k] == 12; print n }')" 80
	assert_equal "$(plog-consume -o -1 -F '%o\n' t)" 959
}

# rounds TOPIC SEED: a random log with transactions, idempotent producers, gaps and all codecs grows and is compacted, six
# times over fifty hours; what is left is what the model says, batch for batch, header for header.
rounds() {
	local t=$1 seed=$2 p=$PLOG_DIR/topics/$1/0 start now round c codecs=none keep=$(($2 % 2 ? 21600000 : 1))
	for c in gzip snappy lz4; do [ ! -e "$PLOG_BIN/modules/plog-$c.so" ] || codecs="$codecs $c"; done
	make "$t" internal.segment.bytes=4000 delete.retention.ms=$keep
	start=$(date +%s%3N)
	for round in 0 1 2 3 4 5; do
		now=$((start + round * 9 * 3600000))
		# shellcheck disable=SC2086
		[ $round = 4 ] || model grow "$p" $((seed * 10 + round)) "$now" $codecs zstd
		plog-consume -J "$t" >before
		model want "$p" before "$now" $keep 4000 >want
		PLOG_TEST_NOW=$now plog-retain --now --force "$t"
		plog-consume -J "$t" >after
		model dump "$p" after >got
		cmp want got || { diff want got | head -20; echo "seed $seed round $round"; return 1; }
		cat want >>all
	done
}
model() { python3 "$PLOG_TOP/t/helper/compact_model.py" "$@"; }

@test "transactions, producers, gaps, all codecs, run after run: batch for batch what Kafka's cleaner leaves" {
	for seed in 2 3 ${PLOG_TORTURE:+1 $(seq 4 20)}; do
		rounds "r$seed" "$seed"
	done
	# All of it came up: emptied batches that stay, markers with a horizon, of either kind, and open transactions.
	for what in ' count 0 attributes 0x1. ' ' attributes 0x70 .* type 0' ' attributes 0x70 .* type 1' ' count 0 attributes 0x30'; do
		grep -q "$what" all || { echo "no $what"; false; }
	done
}

@test "records of an aborted transaction never come back: read_committed gives the same before and after" {
	make t internal.segment.bytes=4000
	p=$PLOG_DIR/topics/t/0 now=$(date +%s%3N)
	model grow "$p" 7 "$now"
	plog-consume -J --isolation-level read_committed t >before
	run --separate-stderr -0 plog-retain --now -v --tsv
	[[ $stderr =~ ", "[0-9]+" of aborted transactions went" ]]
	plog-consume -J --isolation-level read_committed t >after
	oracle before after "$(cut -d ' ' -f 1 "$p/cleaner-checkpoint")" kept
	plog-consume -J t | head -n "$(wc -l <after)" | cmp - after
}

@test "an open transaction stops compaction at its segment, and -v says so" {
	make t internal.segment.bytes=4000
	p=$PLOG_DIR/topics/t/0 now=$(date +%s%3N)
	for ((seed = 1; seed < 40; seed++)); do
		rm -f "$p"/0* "$p/gaps"
		model grow "$p" $seed "$now"
		run --separate-stderr -0 plog-retain --now -v --tsv --dry-run
		[[ $stderr != *"up to the first open transaction"* ]] || break
	done
	[ $seed -lt 40 ]
	plog-consume -J t >before
	run --separate-stderr -0 plog-retain --now -v --tsv
	[[ $stderr == *"up to the first open transaction"* ]]
	[ "$(cat "$p/cleaner-checkpoint")" -lt "$(active t)" ]
	plog-consume -J t >after
	from=$(cat "$p/cleaner-checkpoint")
	for f in before after; do jq -c "select(.offset >= $from)" $f >$f.rest; done
	cmp before.rest after.rest
	run --separate-stderr -0 plog-retain --now -v --tsv
	[[ $stderr == *"is not compacted"* ]]
}

@test "a checkpoint behind the end of a log that lost its tail counts for nothing" {
	make t
	random 1 1000 30 0 | plog-produce -J --batch-size=1K t
	echo 5000 >"$PLOG_DIR/topics/t/0/cleaner-checkpoint"
	plog-consume -J t >before
	plog-retain
	plog-consume -J t >after
	oracle before after "$(active t)" kept
}
