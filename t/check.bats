#!/usr/bin/env bats
# plog-check: what it promises, a sentence a test.
# also: asan

load helper/lib
setup() { new_store; }

# damage FILE POSITION BYTE...: octal escapes over the bytes there.
damage() { printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none; }
part() { echo "$PLOG_DIR/topics/${1:-t}/0"; }
first() { echo "$(part)/00000000000000000000.$1"; }
# Three batches of one record each.
three() { local i; for i in 1 2 3; do echo "value $i" | plog-produce t; done; }
files() { (cd "$1" && find . -type f -exec cksum {} + | sort); }

@test "a store that is whole has no findings: nothing is said, status 0" {
	lines 5000 100 | plog-produce -P 3 t
	run --separate-stderr -0 plog-check
	assert_equal "$output$stderr" ""
	run --separate-stderr -0 plog-check verify t
	assert_equal "$output$stderr" ""
}

@test "-v says what was seen" {
	three
	run --separate-stderr -0 plog-check -v
	assert_equal "$output" ""
	[[ $stderr == "plog-check: 1 partitions, 1 segments, 3 batches, 3 records"*": 0 findings" ]]
}

@test "a batch with wrong bytes is damage: where, which offsets, what to do; status 1" {
	three
	at=$(($(stat -c %s "$(first log)") / 3))
	damage "$(first log)" $((at + 65)) X
	run --separate-stderr -1 plog-check
	assert_equal "$output" "t/0/00000000000000000000.log: at $at: offset 1: damage: $at bytes are no batch (keep a copy; plog-consume --on-damage=skip reads on behind it)"
	assert_equal "$stderr" ""
}

@test "bytes of a batch whose writer died are a torn tail" {
	three
	head -c 30 "$(first log)" >tail
	size=$(stat -c %s "$(first log)")
	cat tail >>"$(first log)"
	run -1 plog-check
	assert_output "t/0/00000000000000000000.log: at $size: offset 3: torn tail: 30 bytes at the end are no whole batch (the next writer sets it aside)"
}

@test "base offset and leader epoch, which the checksum leaves out, are checked too" {
	three
	at=$(($(stat -c %s "$(first log)") / 3))
	cp "$(first log)" keep
	damage "$(first log)" $((at + 7)) '\005'
	run -1 plog-check
	assert_output --partial "at $at: offset 1: damage: its base offset is 5, not 1"
	assert_equal "${#lines[@]}" 1
	cat keep >"$(first log)"
	damage "$(first log)" $((at + 15)) '\005'
	run -1 plog-check
	assert_output --partial "at $at: offset 1: damage: its leader epoch 5 is not the one of its offset"
}

@test "a shorter log than its last writer left is damage" {
	three
	size=$(stat -c %s "$(first log)")
	truncate -s $((size * 2 / 3)) "$(first log)"
	run -1 plog-check
	assert_output --partial "at $((size * 2 / 3)): damage: it was $size bytes long, its end is gone"
}

@test "a missing segment and missing offsets are damage, unless the file gaps has word of them" {
	lines 40000 100 | plog-produce -c segment.bytes=1M -P 1 t
	mapfile -t logs < <(ls "$(part)" | grep 'log$')
	rm "$(part)/${logs[1]}" "$(part)/${logs[1]%.log}.index" "$(part)/${logs[1]%.log}.timeindex"
	run -1 plog-check
	[[ $output == "t/0/${logs[2]}: offsets "*": damage: offsets are missing before it, and nothing says why"* ]]
	from=$((10#${logs[1]%.log})) next=$((10#${logs[2]%.log}))
	printf '0\n1\n%d %d\n' $from $next >"$(part)/gaps"
	run -0 plog-check
}

@test "an index that does not fit the log is a stale cache" {
	lines 40000 100 | plog-produce t
	damage "$(first index)" 7 '\001'
	damage "$(first timeindex)" 7 '\001'
	run -1 plog-check
	[[ ${lines[0]} == "t/0/00000000000000000000.index: at 0: stale cache: entry 0 leads to position "*", where no batch begins"* ]]
	[[ ${lines[1]} == "t/0/00000000000000000000.timeindex: at 0: stale cache: entry 0 says time "* ]]
	rm "$(first index)" "$(first timeindex)"
	run -1 plog-check
	[[ ${lines[0]} == *".index: stale cache: it is not there"* ]]
}

@test "damaged checkpoints and properties are damage" {
	three
	for f in leader-epoch-checkpoint recovery-point; do
		cp "$(part)/$f" keep
		damage "$(part)/$f" 2 x
		run -1 plog-check
		[[ $output == "t/0/$f: damage: "* ]]
		cat keep >"$(part)/$f"
	done
	echo x1 >"$(part)/log-start-offset"
	run -1 plog-check
	[[ $output == "t/0/log-start-offset: damage: "* ]]
	rm "$(part)/log-start-offset"
	damage "$PLOG_DIR/topics/t/topic.properties" 12 '!'
	run -1 plog-check
	[[ $output == "t/topic.properties: damage: "* ]]
}

@test "what interrupted work left behind is a leftover, what is being worked on is not" {
	three
	: >"$(part)/gaps~12345"
	run -0 plog-check
	touch -d '5 minutes ago' "$(part)/gaps~12345"
	mkdir "$PLOG_DIR/topics/~new.1" && touch -d '5 minutes ago' "$PLOG_DIR/topics/~new.1"
	run -1 plog-check
	[[ ${lines[0]} == "topics/~new.1: leftover: "* ]]
	[[ ${lines[1]} == "t/0/gaps~12345: leftover: "* ]]
}

@test "a mode or a second name that would break appending is a finding" {
	three
	chmod 0400 "$(first log)"
	ln "$(part)/lock" "$(part)/copy"
	run -1 plog-check
	assert_output --partial "t/0/00000000000000000000.log: mode: the owner of the directory cannot append: mode 0400"
	assert_output --partial "t/0/lock: mode: it has 2 names: writers refuse it"
}

@test "all findings are listed, one bad place does not hide the next" {
	three
	size=$(stat -c %s "$(first log)")
	damage "$(first log)" 65 X
	head -c 20 /dev/zero >>"$(first log)"
	run -1 plog-check --tsv
	assert_equal "$(cut -f 1,3-5 <<<"$output")" "damage	0	0	1
torn tail	$size	3	-"
}

@test "--tsv and -J are for programs" {
	three
	damage "$(first log)" 65 X
	run -1 plog-check -J
	assert_equal "$(jq -c '[.kind,.path,.position,.from,.next,.what]' <<<"$output")" \
		"[\"damage\",\"t/0/00000000000000000000.log\",0,0,1,\"$(($(stat -c %s "$(first log)") / 3)) bytes are no batch\"]"
}

@test "an operand with a slash is a path: a partition, a file of a segment, a topic, a store" {
	three
	echo x | plog-produce u
	damage "$(first log)" 65 X
	for p in "$(part)" "$(part)/" "$(first log)" "$(first index)" "$PLOG_DIR/topics/t" "$PLOG_DIR/"; do
		run -1 plog-check "$p"
		assert_output --partial "00000000000000000000.log: at 0: offset 0: damage: "
	done
	run -0 plog-check "$(part u)"
	run -0 plog-check u
	run -1 plog-check u t
	run -1 plog-check '*'
}

@test "-p takes some partitions" {
	lines 100 | plog-produce -P 3 t
	rm "$PLOG_DIR"/topics/t/2/*.log
	run -0 plog-check -p 0,1 t
	run -1 plog-check t
	assert_output --partial "t/2: damage: there is no segment"
}

@test "what cannot be read is said, with status 4" {
	three
	run --separate-stderr -4 plog-check nosuch
	assert_equal "$stderr" "plog-check: topic 'nosuch' does not exist"
	run -4 plog-check ./nosuch
	run --separate-stderr -1 plog-check -d "$PLOG_DIR/none"
	[[ $stderr == "plog-check: no store at "* ]]
}

@test "a cluster is not its business" {
	run -2 plog-check -b localhost:1
	three
	PLOG_BOOTSTRAP_SERVER=localhost:1 run -0 plog-check
}

@test "-j verifies segments side by side and says the same, in the same order" {
	lines 60000 100 | plog-produce -c segment.bytes=1M -P 1 t
	for f in "$(part)"/*.log; do damage "$f" 100 '\377'; done
	run -1 plog-check
	one=$output
	run -1 plog-check -j 4
	assert_equal "$output" "$one"
	[ "${#lines[@]}" -gt 3 ]
}

@test "nothing is written, and a store that may only be read is verified" {
	three
	damage "$(first log)" 65 X
	before=$(files "$PLOG_DIR")
	run -1 plog-check
	assert_equal "$(files "$PLOG_DIR")" "$before"
}

@test "every segment that a real broker wrote is clean" {
	local d
	for d in "$PLOG_TOP"/t/golden/*/; do
		case $d in
		*/old-formats/)	continue ;;
		*/codecs/)	needs_module gzip snappy lz4 ;;
		esac
		run -0 plog-check -d "$d"
		assert_output ""
	done
	run -4 plog-check "$PLOG_TOP/t/golden/old-formats/"
	assert_output --partial "message format 0 or 1"
}

@test "a log that grows and rolls meanwhile has no findings" {
	plog-topic create -c segment.bytes=1M t
	# It ends by itself, and with its reader: whoever dies, nothing goes on for ever.
	mkfifo in
	background plog-produce t in
	background sh -c 'for i in $(seq 400); do seq 1 20000 || exit; done >in'
	for i in $(seq 1 15); do
		run -0 plog-check t
		assert_output ""
	done
}
