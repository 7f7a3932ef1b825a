#!/usr/bin/env bats
# plog-check dump says what Kafka's dump tool says, line for line, of what brokers and plog wrote.
# Known differences: bytes that are no text are escaped, and a leader change is shown as a number.

load ../helper/lib
load peers/kafka/kafka

setup_file() { kafka_fetch; }
setup() { new_store; }

kafka_dump() { kafka DumpLogSegments "${@:1:1}" --files "$(printf '%s,' "${@:2}")"; }
plog_dump() {
	local o=$1 f
	shift
	for f; do plog-check dump $o "$f"; done
}
# Keys and values apart.
normal() { grep -aE '^(\| offset|baseOffset|Dumping|Log starting|Found|offset|timestamp|version|producerId|.* is empty)' |
	sed -E 's/(\]) (key|payload): .*/\1/; s/ LeaderChange: .*/ controlType: 2/'; }

same() { # OPTION-OF-KAFKA OPTION-OF-PLOG FILE...
	local k=$1 p=$2
	shift 2
	kafka_dump "$k" "$@" 2>/dev/null | normal >want
	plog_dump "$p" "$@" | normal >got
	diff -u want got
	[ -s want ]
}

@test "segments, indexes and snapshots that a broker wrote" {
	cp -r "$PLOG_TOP/t/golden" copy
	mapfile -t files < <(find "$PWD/copy" -path '*-*/*.log' ! -path '*old-formats*' | sort)
	same --print-data-log --deep "${files[@]}"
	same --deep-iteration '' "$PWD"/copy/{transactions,open-transaction}/*/*{.index,.timeindex,.txnindex,.snapshot}
}

@test "segments and indexes that plog wrote, keys and values too" {
	local z
	for z in none gzip snappy lz4 zstd; do
		seq 1 20000 | sed 's/.*/key &\tvalue &/' | plog-produce -K '\t' -z $z -c segment.bytes=1M -P 1 $z
	done
	cp -r "$PLOG_DIR/topics" copy
	mapfile -t files < <(find "$PWD/copy" -name '*.log' | sort)
	kafka_dump --print-data-log "${files[@]}" 2>/dev/null | grep -a '^| ' >want
	plog_dump --deep "${files[@]}" | grep -a '^| ' >got
	cmp want got
	mapfile -t files < <(find "$PWD/copy" -name '*index' | sort)
	same --deep-iteration '' "${files[@]}"
}

@test "records of __consumer_offsets and __transaction_state, taken apart" {
	cp -r "$PLOG_TOP"/t/golden/{transaction-state,log-dirs} .
	kafka DumpLogSegments --transaction-log-decoder --files "$PWD"/transaction-state/*-0/00000000000000000000.log >want
	plog-check dump --deep "$PWD"/transaction-state/*-0/00000000000000000000.log >got
	diff -u want got
	# of a consumer group the subscription is left out
	kafka DumpLogSegments --offsets-decoder --files "$PWD"/log-dirs/__consumer_offsets-0/00000000000000000000.log |
		grep -F '"topic":' | grep '^| ' >want
	plog-check dump --deep "$PWD"/log-dirs/__consumer_offsets-0/00000000000000000000.log | grep -F '"topic":' |
		grep -v '"members":\[{' >got
	grep -v '"members":\[{' want | diff -u - got
	[ -s got ]
}
