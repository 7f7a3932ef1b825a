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
	assert_equal "$output" "t/0/00000000000000000000.log: at $at: offset 1: damage: $at bytes are no batch (plog-check repair; until then plog-consume --on-damage=skip reads on behind it)"
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
	damage "$(first index)" 0 '\001'
	damage "$(first timeindex)" 0 '\001'
	run -1 plog-check
	# which of the two is said first hangs on how the records fell into batches
	assert_line --regexp '^t/0/00000000000000000000\.index: at 0: stale cache: entry 0 says offset [0-9]+ for the batch that ends with '
	assert_line --regexp '^t/0/00000000000000000000\.timeindex: at 0: stale cache: entry 0 says time '
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

@test "trimmed beyond what was on disk when the power went: no damage, readers have nothing to say, the next writer goes on at the start" {
	export PLOG_TEST_BOOT_ID=$PWD/boot
	local p=$PLOG_DIR/topics/t/0 size
	printf '%08x-0000-4000-8000-000000000000\n' 1 >boot
	seq 10 | plog-produce -q t
	size=$(stat -c %s "$p"/*.log)
	cp "$p/recovery-point" point
	seq 11 20 | plog-produce -q t
	plog-topic trim -q -o 15 --execute t >/dev/null
	truncate -s "$size" "$p"/*.log
	printf '%08x-0000-4000-8000-000000000000\n' 2 >boot
	# it was on disk: these bytes are missing
	run -1 plog-check
	assert_line --partial 't/0/log-start-offset: offset 10: damage: the log starts at 15 and ends at 10'
	assert_line --partial 't/0/recovery-point: offset 10: damage: '
	cp point "$p/recovery-point"
	run -1 plog-check
	assert_output 't/0/log-start-offset: offset 10: leftover: the log starts at 15 and ends at 10: what was trimmed was not on disk yet when the machine stopped (the next writer goes on at the start)'
	run -0 plog-consume t
	assert_output ''
	echo x | plog-produce t
	run -0 plog-check
	assert_output ''
	run -0 plog-consume -F '%o %v\n' t
	assert_output '15 x'
}

@test "groups: slots, heads, assignments, members, positions beyond the end, leftovers, modes" {
	lines 10 | plog-produce -P 2 t
	plog-consume -g g t >/dev/null 2>&1
	local g=$PLOG_DIR/groups/g
	run -0 plog-check
	assert_output ""
	cp -a "$g" keep
	# every one of them
	damage "$g/offsets/t" 200 X
	run -1 plog-check
	assert_output "groups/g/offsets/t: damage: one of the two slots of partition 0 is damaged (the other counts, and the next commit puts it right)"
	damage "$g/offsets/t" 300 X
	run -1 plog-check
	assert_output "groups/g/offsets/t: damage: the position of partition 0 is damaged (plog-group reset sets it)"
	damage "$g/offsets/t" 3 X
	run -1 plog-check
	assert_output "groups/g/offsets/t: damage: its head is damaged, the positions in it cannot be told (plog-group reset sets them)"
	rm -r "$g" && cp -a keep "$g"
	damage "$(echo "$g"/assignment.*)" 20 X
	run -1 plog-check
	assert_output --regexp '^groups/g/assignment.[0-9]+: stale cache: it is damaged \(its members compute another\)$'
	rm -r "$g" && cp -a keep "$g"
	printf 'beat 00000000000000000001\nplog-member 1\n' >"$g/members/m.00000000000000ab"
	mkdir "$PLOG_DIR/groups/~new.7"
	touch -d '5 minutes ago' "$g/~assignment.9" "$PLOG_DIR/groups/~new.7"
	chmod 0400 "$g/offsets/t"
	cp "$g/offsets/t" "$g/offsets/gone"
	run -1 plog-check
	assert_line "groups/g/members/m.00000000000000ab: damage: it is damaged (the next one that joins takes it away)"
	assert_line --partial "groups/g/~assignment.9: leftover: "
	assert_line --partial "groups/~new.7: leftover: "
	assert_line --partial "groups/g/offsets/t: mode: the owner of the directory cannot commit: mode 0400"
	assert_line --partial "groups/g/offsets/gone: leftover: the topic is not there"
	rm -r "$g" "$PLOG_DIR"/groups/~new.7 && cp -a keep "$g"
	for p in "$PLOG_DIR"/topics/t/?; do : >"$p/00000000000000000000.log"; done
	run -1 plog-check
	assert_output --regexp 'groups/g/offsets/t: damage: partition [01] was read up to [0-9]+, its log ends at 0'
}

@test "a group whose members commit, come and go meanwhile has no findings" {
	lines 200000 10 | plog-produce -P 3 t
	for i in 1 2 3; do
		background sh -c 'for i in 1 2 3 4 5 6 7 8; do plog-consume -g g -n 5000 t; done >/dev/null 2>&1'
	done
	for i in $(seq 1 25); do
		run -0 plog-check
		assert_output ""
	done
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

@test "-p of a partition that a named topic does not have is said, status 4; a missing one is not for repair" {
	plog-topic create --partitions=2 t
	run --separate-stderr -4 plog-check -p 0,7 t
	assert_equal "$stderr" "plog-check: no partition 't/7'"
	run -4 plog-check -p 7 "$PLOG_DIR/topics/t"
	run -0 plog-check -p 7
	run --separate-stderr -4 plog-check ""
	assert_equal "$output" ""
	rm -r "$PLOG_DIR/topics/t/1"
	run -4 --separate-stderr plog-check t
	assert_equal "$output" "t/1: damage: the partition is not there (restore it from a copy)"
}

@test "a FIFO under the name of a segment holds nobody up" {
	plog-topic create t
	seq 5 | plog-produce t
	mkfifo "$PLOG_DIR/topics/t/0/00000000000000000055.log"
	for c in verify stat; do
		run -4 timeout 20 plog-check $c t
	done
	run -4 timeout 20 plog-check dump --deep t
	run -4 timeout 20 plog-check t
	[[ ${lines[0]} == "t/0/00000000000000000055.log: mode: it is no plain file (move it away)" ]]
	run -1 timeout 20 plog-check repair t
	run -1 timeout 20 plog-consume t
	run -1 timeout 20 plog-retain t
	rm "$PLOG_DIR/clock" && mkfifo "$PLOG_DIR/clock"
	run -1 timeout -s KILL 20 plog-retain t
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
		# Flume's channel is none.
		[ -e "$d/meta.properties" ] || continue
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
	for i in $(seq 1 "$([ -z "${PLOG_SANITIZED-}" ] && echo 15 || echo 5)"); do
		run -0 plog-check t
		assert_output ""
	done
}

@test "dump shows a line a batch as Kafka's dump tool does, with --deep a line a record" {
	export PLOG_TEST_NOW=1700000000005
	printf 'k1\tv1\n' | plog-produce -K '\t' t
	printf 'k2\t\n' | plog-produce -K '\t' -H 'h=n' t
	run -0 plog-check dump --deep t
	assert_line -n 0 "Dumping t/0/00000000000000000000.log"
	assert_line -n 1 "Log starting offset: 0"
	[[ ${lines[2]} == "baseOffset: 0 lastOffset: 0 count: 1 baseSequence: -1 lastSequence: -1 producerId: -1 producerEpoch: -1 partitionLeaderEpoch: 0 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty position: 0 CreateTime: 1700000000005 size: "*" magic: 2 compresscodec: none crc: "*" isvalid: true" ]]
	assert_line -n 3 "| offset: 0 CreateTime: 1700000000005 keySize: 2 valueSize: 2 sequence: -1 headerKeys: [] key: k1 payload: v1"
	assert_line -n 5 "| offset: 1 CreateTime: 1700000000005 keySize: 2 valueSize: 0 sequence: -1 headerKeys: [h] key: k2 payload: "
	run -0 plog-check dump t
	assert_equal "${#lines[@]}" 4
}

@test "dump shows damaged batches too, and what is no batch" {
	three
	at=$(($(stat -c %s "$(first log)") / 3))
	damage "$(first log)" $((at + 65)) X
	head -c 10 /dev/zero >>"$(first log)"
	run -0 plog-check dump "$(first log)"
	assert_equal "$(grep -c 'isvalid: true' <<<"$output")" 2
	assert_equal "$(grep -c "position: $at .* isvalid: false" <<<"$output")" 1
	assert_line "Found 10 invalid bytes at the end of $(first log)"
}

@test "dump -o FROM:TO and --filter-key show some of the records" {
	seq 1 100 | sed 's/.*/k&\tv&/' | plog-produce -K '\t' t
	run -0 plog-check dump --deep -o 10:12 t
	assert_equal "$(grep -c '^|' <<<"$output")" 2
	run -0 plog-check dump --filter-key='k*7' -J t
	assert_equal "$(jq -r .value <<<"$output" | tr '\n' ' ')" "v7 v17 v27 v37 v47 v57 v67 v77 v87 v97 "
	run -0 plog-check dump -J -o 200: t
	assert_output ""
}

@test "dump shows the entries of indexes and snapshots" {
	lines 40000 100 | plog-produce t
	run -0 plog-check dump "$(first index)"
	assert_equal "$((${#lines[@]} - 1))" $(($(stat -c %s "$(first index)") / 8))
	[[ ${lines[1]} == "offset: "*" position: "* ]]
	run -0 plog-check dump "$(first timeindex)"
	[[ ${lines[1]} == "timestamp: 1"*" offset: "* ]]
	run -0 plog-check dump "$PLOG_TOP/t/golden/transactions/payments-0/00000000000000000012.txnindex"
	assert_line -n 1 "version: 0 producerId: 8 firstOffset: 5 lastOffset: 17 lastStableOffset: 13"
	run -0 plog-check dump "$PLOG_TOP/t/golden/transactions/payments-0/00000000000000000012.snapshot"
	assert_line -n 1 "producerId: 6 producerEpoch: 0 coordinatorEpoch: -1 currentTxnFirstOffset: OptionalLong.empty lastTimestamp: 1700000004110 firstSequence: 2 lastSequence: 3 lastOffset: 9 offsetDelta: 1 timestamp: 1700000004110"
}

@test "dump --deep takes the records of __consumer_offsets apart" {
	local d=$PLOG_TOP/t/golden/log-dirs
	run -0 plog-check dump --deep -d "$d" __consumer_offsets
	local id
	id=$(sed -n 's/^topic_id: //p' "$d/orders-0/partition.metadata")
	assert_line --regexp ' key: \{"type":"1","data":\{"group":"billing","topic":"orders","partition":0\}\} payload: \{"version":"4","data":\{"offset":17,"leaderEpoch":-1,"metadata":"after truck 17","commitTimestamp":[0-9]*,"topicId":"'"$id"'"\}\}$'
	assert_line --regexp ' key: \{"type":"2","data":\{"group":"clerk"\}\} payload: \{"version":"3","data":\{"protocolType":"consumer","generation":2,"protocol":null,"leader":null,"currentStateTimestamp":[0-9]*,"members":\[\]\}\}$'
	run -0 plog-check dump --deep -J "$d/__consumer_offsets-0/00000000000000000000.log"
	assert_equal "$(jq -c 'select(.offset == 7).decodedValue.data.members[0].assignment | map(.partition)' <<<"$output")" '[0,1,2]'
	# a key or value that is not known stays as it is
	printf 'k\tv\n' | plog-produce -K '\t' __consumer_offsets
	run -0 plog-check dump --deep __consumer_offsets
	assert_line --partial ' key: k payload: v'
}

@test "dump --deep takes the records of __transaction_state apart, as Kafka's own tool does" {
	local d=$PLOG_TOP/t/golden/transaction-state
	cd "$d"
	plog-check dump --deep ./__transaction_state-0/00000000000000000000.log >"$BATS_TEST_TMPDIR/got"
	sed 's/^Dumping /&.\//' dump.txt | diff -u - "$BATS_TEST_TMPDIR/got"
	run -0 plog-check dump --deep -J -d "$d" __transaction_state
	assert_equal "$(jq -c 'select(.offset == 1) | [.decodedKey.data.transactionalId,.decodedValue.data.transactionStatus,
		.decodedValue.data.transactionPartitions[0].topic]' <<<"$output")" '["till-a",1,"payments"]'
	# what is not known stays as it is
	printf 'k\tv\n' | plog-produce -K '\t' __transaction_state
	run -0 plog-check dump --deep __transaction_state
	assert_line --partial ' key: k payload: v'
}

@test "reindex makes the indexes that the appender made, byte for byte, and appending goes on" {
	lines 40000 100 | plog-produce -c segment.bytes=1M -P 1 t
	before=$(cd "$(part)" && cksum *index)
	rm "$(part)"/*index
	run -1 plog-check
	run --separate-stderr -0 plog-check reindex t
	assert_equal "$output$stderr" ""
	assert_equal "$(cd "$(part)" && cksum *index)" "$before"
	run -0 plog-check
	lines 40000 100 | plog-produce t
	run -0 plog-check
	assert_equal "$(plog-consume --count t | cut -f 3)" 80000
}

@test "reindex of a broker's directory is refused" {
	run -1 plog-check reindex -d "$PLOG_TOP/t/golden/rolled"
	assert_output --partial "read only"
	run -2 plog-check reindex ./x
}

@test "stat counts what is in a partition and what it costs" {
	seq 1 1000 | sed 's/.*/k\t&/' | plog-produce -K '\t' -z zstd t
	run -0 plog-check stat -J t
	assert_equal "$(jq -c '[.partition,.segments,.records,.keys,.tombstones,.codecs,.bytes]' <<<"$output")" \
		"[\"t/0\",1,1000,1000,0,\"zstd\",$(stat -c %s "$(first log)")]"
	run -0 jq -e '.ratio > 2 and .overhead > 5 and .overhead < 15' <<<"$output"
	run -0 plog-check stat
	[[ ${lines[0]} == "PARTITION "* ]]
}

@test "an option that a command does not take is refused" {
	run --separate-stderr -2 plog-check stat --deep
	assert_equal "$stderr" "plog-check: 'stat' does not take --deep"
	run -2 plog-check dump
}

# What a terminal shows in the end of what was written to it: a line begun anew is written over, ESC [K clears the rest of it.
screen() {
	grep -av '^Script ' "$1" | awk -F '\r' '{
		line = ""
		for (i = 1; i <= NF; i++)
			if (k = index($i, "\033[K"))
				line = substr($i, 1, k - 1) substr($i, k + 3)
			else if ($i != "")
				line = $i substr(line, length($i) + 1)
		if (line != "")
			print line
	}'
}

@test "on a terminal a line shows how far it is, findings have lines of their own, and nothing of it is left; elsewhere it is silent" {
	needs script strace
	lines 20000 100 | plog-produce -P 1 -c internal.segment.bytes=100000 --batch-size=20K t
	damage "$(first log)" 65 X
	run -1 plog-check
	echo "$output" >plain
	assert_equal "$(wc -l <plain)" 1
	# Slow enough to be seen: each of more than a hundred files takes 3 ms to open.
	export ASAN_OPTIONS=detect_leaks=0
	slow="strace -f -qq -o /dev/null -e trace=openat -e inject=openat:delay_enter=3000"
	script -qec "$slow plog-check" typescript </dev/null >/dev/null || :
	grep -aq 'records, .*B, .*records/s' typescript
	screen typescript | cmp - plain
	# One segment of many pieces: it moves within it.
	lines 60000 100 | plog-produce -P 1 -d other u
	script -qec "strace -f -qq -o /dev/null -e trace=pread64 -e inject=pread64:delay_enter=50000 plog-check -d other" typescript </dev/null >/dev/null
	[ "$(tr '\r' '\n' <typescript | grep -a ' records, .*B, ' | cut -d, -f1-2 | sort -u | wc -l)" -ge 3 ]
	script -qec "$slow plog-check 2>words" typescript </dev/null >/dev/null || :
	screen typescript | cmp - plain
	[ ! -s words ]
	! grep -a $'\e' typescript
}
