#!/usr/bin/env bats
# also: asan bare
# What a real Kafka wrote is read as its own consumer read it: t/golden/README.

load helper/lib

setup() { new_store; }

# A replica's partition, the prefix of its lines in expected.jsonl.
line_of() { printf '{"topic":"%s","partition":%d,' "$1" "$2"; }

# reads CASE [TOPIC...]: every partition, byte for byte, as both isolation levels want it.
reads() {
	local dir=$PLOG_TOP/t/golden/$1 isolation want d topic partition all
	shift
	for isolation in read_uncommitted read_committed; do
		want=$dir/expected.jsonl all=0
		[ $isolation = read_uncommitted ] || [ ! -e "$dir/committed.jsonl" ] || want=$dir/committed.jsonl
		for d in "$dir"/*-*/; do
			d=${d%/} d=${d##*/} topic=${d%-*} partition=${d##*-}
			[[ $partition =~ ^[0-9]+$ && $topic != __* && (-z $* || " $* " == *" $topic "*) ]] || continue
			grep -F "$(line_of "$topic" "$partition")" "$want" >want || :
			plog-consume -d "$dir" -p "$partition" -J --isolation-level=$isolation "$topic" >got 2>err ||
				fail "$topic-$partition $isolation: status $?: $(cat err)"
			diff -u want got || fail "$topic-$partition $isolation"
			all=$((all + $(wc -l <want)))
		done
		# every expected line was somebody's
		if [ $# = 0 ]; then
			assert_equal $all "$(wc -l <"$want")"
		else
			[ $all -gt 0 ]
		fi
	done
}

# finds CASE: each place of offsets.tsv leads to the offset that Kafka says.
finds() {
	local dir=$PLOG_TOP/t/golden/$1 where
	cut -f 3 "$dir/offsets.tsv" | sort -u >places
	while read -r where; do
		awk -F '\t' -v OFS='\t' -v w="$where" '$3 == w { print $1, $2, $4 }' "$dir/offsets.tsv" | sort >want
		# shellcheck disable=SC2046
		plog-topic offsets -d "$dir" -o "$where" $(cut -f 1 want | sort -u) | sort >got
		diff -u want got || fail "$1 $where"
	done <places
}

# A broker's directory is never written: its names, sizes and times stay.
untouched() {
	find "$1" -printf '%P %s %T@ %m\n' | sort
}

@test "codecs: none" {
	reads codecs plain
}

@test "codecs: gzip" {
	needs_module gzip
	reads codecs gzip
}

@test "codecs: snappy in several blocks" {
	needs_module snappy
	reads codecs snappy
}

@test "codecs: lz4 in several blocks" {
	needs_module lz4
	reads codecs lz4
}

@test "codecs: zstd" {
	reads codecs zstd
}

@test "several segments, several partitions" {
	reads rolled
	finds rolled
}

@test "transactions: committed, aborted, interleaved; aborted ones are left out on demand" {
	needs_module lz4
	reads transactions
	finds transactions
}

@test "transactions: without .txnindex the markers say the same" {
	needs_module lz4
	cp -r "$PLOG_TOP/t/golden/transactions" copy
	rm copy/*/*.txnindex
	plog-consume -d copy -J --isolation-level=read_committed payments >got
	diff -u "$PLOG_TOP/t/golden/transactions/committed.jsonl" got
}

@test "an open transaction ends read_committed at the last stable offset" {
	reads open-transaction
	finds open-transaction
}

@test "a compacted topic: gaps, tombstones, horizons, markers and batches left empty" {
	needs_module lz4
	reads compacted
	finds compacted
}

@test "LogAppendTime is the time of each record" {
	needs_module gzip
	reads append-time
	finds append-time
}

@test "reading starts at the log start offset, in the middle of a batch, too" {
	reads trimmed
	finds trimmed
}

@test "leader epochs above 0, with and without producer ids" {
	reads epochs
	finds epochs
}

@test "index files of a running broker, with zeros behind their entries" {
	reads live
	finds live
}

@test "times lead to offsets in every codec" {
	needs_module gzip lz4 snappy
	finds codecs
}

@test "a whole log.dirs: each topic, and what is left out is counted" {
	reads log-dirs
	finds log-dirs
	run -0 --separate-stderr plog-topic list -d "$PLOG_TOP/t/golden/log-dirs"
	assert_equal "$(grep -v '^__' <<<"$output")" "$(printf 'empty\nevents.v1-2\norders')"
	[[ $stderr == *3* ]] || fail "the replicas left out are not counted: $stderr"
}

@test "groups and transactions of a broker are topics that can be read" {
	run -0 plog-consume -d "$PLOG_TOP/t/golden/log-dirs" --count __consumer_offsets
	[[ $output == __consumer_offsets$'\t'0$'\t'+([0-9]) ]]
}

@test "message formats 0 and 1 are named and refused" {
	local v
	for v in 0 1; do
		run -1 --separate-stderr plog-consume -d "$PLOG_TOP/t/golden/old-formats" magic$v
		assert_equal "$output" ""
		[[ $stderr == *magic$v-0/00000000000000000000.log* ]] || fail "no file name: $stderr"
		[[ $stderr == *"format $v"* || $stderr == *"magic $v"* ]] || fail "no format: $stderr"
	done
}

@test "nothing in a broker's directory is changed, and what would write is refused" {
	cp -a "$PLOG_TOP/t/golden/log-dirs" copy
	untouched copy >before
	plog-topic list -l -d copy >/dev/null 2>&1
	plog-topic describe -d copy >/dev/null 2>&1
	plog-topic offsets -d copy orders >/dev/null
	plog-consume -d copy -J orders >/dev/null
	run -1 --separate-stderr plog-produce -d copy orders <<<x
	[[ $stderr == *"is a Kafka broker's directory, read only"* ]] || fail "$stderr"
	run -1 --separate-stderr plog-topic create -d copy new
	[[ $stderr == *"is a Kafka broker's directory, read only"* ]] || fail "$stderr"
	run -1 --separate-stderr plog-topic delete -d copy orders
	[[ $stderr == *"is a Kafka broker's directory, read only"* ]] || fail "$stderr"
	run -1 --separate-stderr plog-topic trim -d copy -o 5 -p 0 --execute orders
	[[ $stderr == *"is a Kafka broker's directory, read only"* ]] || fail "$stderr"
	untouched copy >after
	diff -u before after
}

@test "a broker's directory without any write permission is read" {
	cp -r "$PLOG_TOP/t/golden/rolled" copy
	chmod -R a-w copy
	# also for root, who may write anywhere while that capability is there
	[ "$(id -u)" != 0 ] || drop='setpriv --bounding-set=-all --inh-caps=-all'
	run ${drop-} touch copy/x
	assert_failure
	${drop-} plog-consume -d copy -p 0 -J gate-log >got
	chmod -R u+w copy
	grep -F "$(line_of gate-log 0)" "$PLOG_TOP/t/golden/rolled/expected.jsonl" | diff -u - got
}

@test "several log.dirs are one" {
	cp -r "$PLOG_TOP/t/golden/rolled" one
	mkdir two
	mv one/gate-log-1 two
	cp one/meta.properties two
	plog-consume -d one -d two -J gate-log | sort >got
	sort "$PLOG_TOP/t/golden/rolled/expected.jsonl" | diff -u - got
}
