#!/usr/bin/env bats
# Kafka's own dump tool (DumpLogSegments) finds nothing wrong in the segments, offset and time indexes that plog writes.

load ../helper/lib
load peers/kafka/kafka

setup_file() { kafka_fetch; }
setup() { new_store; }

# clean TOPIC: both ways of the dump tool, over every file of every partition of the store
clean() {
	local found files
	files=$(cd "$PLOG_DIR/topics/$1" && find . -name '*.log' -o -name '*.index' -o -name '*.timeindex' | sort)
	cd "$PLOG_DIR/topics/$1"
	# shellcheck disable=SC2086
	kafka_findings $files >"$BATS_TEST_TMPDIR/found"
	# shellcheck disable=SC2086
	kafka_findings --verify-index-only $files >>"$BATS_TEST_TMPDIR/found"
	cd - >/dev/null
	cat "$BATS_TEST_TMPDIR/found"
	[ ! -s "$BATS_TEST_TMPDIR/found" ]
}

# dump TOPIC ARGUMENT...: its output over the .log files, on a copy
dump() {
	local t=$1
	shift
	rm -rf "$BATS_TEST_TMPDIR/copy"
	cp -r "$PLOG_DIR/topics/$t" "$BATS_TEST_TMPDIR/copy"
	kafka DumpLogSegments "$@" --files "$(find "$BATS_TEST_TMPDIR/copy" -name '*.log' | sort | paste -sd,)" 2>&1
}

entries() { # SUFFIX SIZE TOPIC: how many index entries there are
	find "$PLOG_DIR/topics/$3" -name "*.$1" -printf '%s\n' | awk -v n="$2" '{ all += $1 / n } END { print all + 0 }'
}

@test "every codec: headers, NULLs, empty and binary values, batches beyond 64 KiB" {
	needs_module gzip snappy lz4
	local z
	kafka_corpus 11 3000 >in
	for z in none gzip snappy lz4 zstd gzip:9 lz4:12 zstd:1 zstd:19; do
		plog-produce -J -z $z "t.${z/:/-}" <in
	done
	mkdir all
	for z in "$PLOG_DIR"/topics/t.*; do
		cp -r "$z/0" "all/${z##*/}"
	done
	find all -name '*.log' -o -name '*.index' -o -name '*.timeindex' >files
	mapfile -t files <files
	kafka_findings "${files[@]}" >found
	diff -u /dev/null found
	kafka_findings --verify-index-only "${files[@]}" >found
	diff -u /dev/null found
	for z in none gzip snappy lz4 zstd; do
		dump t.$z --deep-iteration >out
		assert_equal "$(grep -c '^| offset: ' out)" 3000
		run -0 grep -c "compresscodec: $z " out
	done
}

@test "every record is in Kafka's dump as it went in" {
	kafka_corpus 12 500 80 >in
	plog-produce -J t <in
	dump t --print-data-log >out
	# key and value sizes, header names, times: one line each, in order
	jq -r 'def size: if . == null then -1 elif type == "object" then (.base64 | @base64d | length | 0) else utf8bytelength end;
		"\(.timestamp) \(if .key | type == "object" then "b" else .key | size end) " +
		"\(if .value | type == "object" then "b" else .value | size end) \(.headers | map(.[0]) | join(","))"' in >want
	grep -a '^| offset: ' out | sed -nE 's/^\| offset: [0-9]+ CreateTime: ([0-9]+) keySize: (-?[0-9]+) valueSize: (-?[0-9]+) sequence: -1 headerKeys: \[([^]]*)\].*/\1 \2 \3 \4/p' >got
	assert_equal "$(wc -l <got)" 500
	# what is binary has a size of its own
	paste -d '\n' want got | awk '{ split($0, w, " "); getline g; split(g, x, " ")
		for (i = 2; i <= 3; i++) if (w[i] == "b") x[i] = "b"
		if (w[1] != x[1] || w[2] != x[2] || w[3] != x[3]) { print NR ": " $0 " | " g; bad = 1 } } END { exit bad }'
}

@test "segments that rolled, in two partitions" {
	plog-topic create -P 2 -c internal.segment.bytes=16K -c index.interval.bytes=1000 t
	for i in 1 2 3 4; do
		kafka_corpus $i 400 100 50 | plog-produce -J --partitioner=murmur2 --batch-size=1000 t
	done
	[ "$(find "$PLOG_DIR/topics/t" -name '*.log' | wc -l)" -ge 8 ]
	[ "$(entries index 8 t)" -ge 30 ]
	clean t
}

@test "every index interval, from each batch to none" {
	local n t=
	kafka_corpus 21 2000 60 >in
	for n in 0 1 64 700 4096 1000000; do
		plog-topic create -c index.interval.bytes=$n -c internal.segment.bytes=100000 i$n
		plog-produce -J --batch-size=500 i$n <in
		t="$t i$n"
	done
	[ "$(entries index 8 i0)" -gt 100 ]
	[ "$(entries index 8 i0)" -gt "$(entries index 8 i700)" ]
	assert_equal "$(entries index 8 i1000000)" 0
	mkdir "$PLOG_DIR/topics/all~" 
	for n in $t; do
		cp -r "$PLOG_DIR/topics/$n/0" "$PLOG_DIR/topics/all~/$n"
	done
	clean all~
}

@test "many runs, a batch each, with times that go back" {
	local i
	plog-topic create -c index.interval.bytes=100 -c internal.segment.bytes=2000 t
	for i in $(seq 1 100); do
		echo "record $i" | plog-produce --timestamp=$((1700000000000 + (i * 7919) % 100000)) t
	done
	clean t
	dump t --deep-iteration >out
	assert_equal "$(grep -c '^| offset: ' out)" 100
}

@test "several writers at once" {
	local i p=()
	plog-topic create -c index.interval.bytes=500 -c internal.segment.bytes=20K t
	for i in 1 2 3 4 5 6 7 8; do
		lines 500 60 | plog-produce --batch-size=700 t &
		p+=($!)
	done
	for i in "${p[@]}"; do
		wait "$i"
	done
	clean t
	dump t --deep-iteration >out
	assert_equal "$(grep -c '^| offset: ' out)" 4000
}

@test "a writer that was killed, and the next one" {
	local i
	plog-topic create -c index.interval.bytes=200 -c internal.segment.bytes=50K t
	lines 200000 40 >in
	for i in 1 2 3 4 5; do
		before=$(bytes_of t)
		background plog-produce --batch-size=300 t in
		wait_until 10 grown t $((before + 20000))
		kill -KILL $bg
		wait $bg 2>/dev/null || :
		echo "after $i" | plog-produce t
	done
	# a killed writer may leave many segments: the last ones are looked at
	mkdir "$PLOG_DIR/topics/last~"
	cp -r "$PLOG_DIR/topics/t/0" "$PLOG_DIR/topics/last~/0"
	(cd "$PLOG_DIR/topics/last~/0" && ls -- *.log | head -n -40 | sed 's/\.log$//' | while read -r b; do rm -f "$b".*; done)
	clean last~
}

bytes_of() { find "$PLOG_DIR/topics/$1" -name '*.log' -printf '%s\n' | awk '{ n += $1 } END { print n + 0 }'; }
grown() { [ "$(bytes_of "$1")" -gt "$2" ]; }

@test "indexes that were rebuilt" {
	plog-topic create -c index.interval.bytes=300 -c internal.segment.bytes=30K t
	kafka_corpus 31 1500 80 | plog-produce -J --batch-size=600 t
	before=$(entries index 8 t)
	rm "$PLOG_DIR"/topics/t/0/*.index "$PLOG_DIR"/topics/t/0/*.timeindex
	plog-consume --count t >/dev/null
	kafka_corpus 32 1500 80 | plog-produce -J --batch-size=600 t
	last=$(ls "$PLOG_DIR"/topics/t/0/*.log | tail -1)
	kafka_findings "$last" "${last%.log}.index" "${last%.log}.timeindex" >found
	diff -u /dev/null found
	[ -s "${last%.log}.timeindex" ]
}

@test "damage is found: the checks above can fail" {
	local seg
	plog-topic create -c index.interval.bytes=300 t
	lines 2000 60 | plog-produce --batch-size=600 --timestamp=1700000000000 t
	lines 2000 60 | plog-produce --batch-size=600 --timestamp=1700000001000 t
	clean t
	seg=00000000000000000000
	cp "$PLOG_DIR"/topics/t/0/$seg.* .
	try() { # WHAT: one bit or byte of a copy is wrong, and it is said
		mkdir -p x && cp $seg.* x && (cd x && eval "$2") || return
		kafka_findings x/$seg.log x/$seg.index x/$seg.timeindex >found
		grep -q "$3" found || fail "$1 is not found: $(cat found)"
	}
	byte() { # FILE OFFSET: changed
		local b
		b=$(od -An -tu1 -j "$2" -N 1 "$1")
		# shellcheck disable=SC2059
		printf "\\$(printf %o $((b ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
	}
	try 'a byte of a record' "byte $seg.log 100" 'isvalid: false'
	try 'a cut tail' "truncate -s -5 $seg.log" 'Found [0-9]* invalid bytes'
	try 'an offset of the index' "byte $seg.index 3" 'Mismatches in'
	try 'a time of the time index' "byte $seg.timeindex 7" 'timestamp mismatch'
}
