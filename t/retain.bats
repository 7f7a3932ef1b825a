#!/usr/bin/env bats
# plog-retain: what it promises, a sentence a test.
# also: asan

load helper/lib
setup() { new_store; }

# make TOPIC [CONFIG...]: nine batches of one record of 900 bytes, two a segment.
make() {
	local t=$1 c o=()
	shift
	for c; do o+=(-c "$c"); done
	plog-topic create -c internal.segment.bytes=2000 "${o[@]}" "$t"
	fill "$t" 9
}
# keyed TOPIC [CONFIG...]: the same, and each record has a key of its own.
keyed() {
	local t=$1 c o=()
	shift
	for c; do o+=(-c "$c"); done
	plog-topic create -c internal.segment.bytes=2000 "${o[@]}" "$t"
	lines 9 890 | awk '{ print NR "\t" $0 }' | plog-produce -K '\t' --batch-size=1K "$t"
}
fill() {
	lines "$2" 900 | plog-produce --batch-size=1K "$1"
}
bases() { (cd "$PLOG_DIR/topics/$1/0" && ls -- *.log | sed 's/^0*//; s/^\.log/0/; s/\.log//' | tr '\n' ' '); }
later() { echo $(($(date +%s%3N) + $1 * 3600000)); }	# HOURS
start() { plog-topic offsets -o earliest --json "$1" | jq .offset; }

@test "a store where nothing is to be done stays as it is, and nothing is said" {
	make t
	before=$(bases t)
	run --separate-stderr -0 plog-retain
	assert_equal "$output$stderr" ""
	assert_equal "$(bases t)" "$before"
	assert_equal "$(plog-consume t | wc -l)" 9
}

@test "retention.bytes: the oldest segments go as long as that much stays without them" {
	make t retention.bytes=4800
	assert_equal "$(bases t)" "0 2 4 6 8 "
	run --separate-stderr -0 plog-retain
	assert_equal "$output$stderr" ""
	assert_equal "$(bases t)" "4 6 8 "
	assert_equal "$(plog-consume -F '%o\n' t | tr '\n' ' ')" "4 5 6 7 8 "
	assert_equal "$(start t)" 4
	[ ! -e "$PLOG_DIR/topics/t/0/00000000000000000000.index" ]
	[ ! -e "$PLOG_DIR/topics/t/0/00000000000000000000.timeindex" ]
}

@test "retention.ms: what is older goes, the segment that is written to too, and offsets go on" {
	make t retention.ms=1h
	PLOG_TEST_NOW=$(later 2) run --separate-stderr -0 plog-retain
	assert_equal "$output$stderr" ""
	assert_equal "$(bases t)" "9 "
	assert_equal "$(plog-consume t)" ""
	fill t 1
	assert_equal "$(plog-consume -F '%o\n' t)" 9
}

@test "retention.ms is strict: a record of exactly that age stays" {
	plog-topic create -c retention.ms=1h t
	printf '1700000000000\tv\n' | plog-produce -F '%T\t%v\n' t
	PLOG_TEST_NOW=1700003600000 plog-retain
	assert_equal "$(plog-consume t)" v
	PLOG_TEST_NOW=1700003600001 plog-retain
	assert_equal "$(plog-consume t)" ""
}

@test "a record with a time in the future keeps its segment and those behind it" {
	plog-topic create -c internal.segment.bytes=150 -c segment.ms=1000d -c retention.ms=1h t
	for at in 1700000000000 1700000001000 1900000000000 1700000002000 1700000003000; do
		printf '%s\tv\n' $at
	done | plog-produce --batch-size=70 -F '%T\t%v\n' t
	PLOG_TEST_NOW=1800000000000 plog-retain
	assert_equal "$(plog-consume -F '%T\n' t | sort | tail -n 1)" 1900000000000
	[ "$(plog-consume t | wc -l)" -ge 3 ]
	[ "$(start t)" -le 2 ]
}

@test "the time of a file deletes nothing" {
	make t retention.ms=1h
	touch -d 2001-01-01 "$PLOG_DIR"/topics/t/0/*
	plog-retain
	assert_equal "$(plog-consume t | wc -l)" 9
}

@test "an index that claims an older time is not believed" {
	make t retention.ms=1h
	for f in "$PLOG_DIR"/topics/t/0/*.timeindex; do
		printf '\0\0\0\0\0\0\0\1\0\0\0\0' >"$f"
	done
	plog-retain
	assert_equal "$(plog-consume t | wc -l)" 9
}

@test "a damaged batch keeps its segment from going by time, and that is one line and status 1" {
	make t retention.ms=1h
	printf X | dd of="$PLOG_DIR/topics/t/0/00000000000000000000.log" bs=1 seek=1000 conv=notrunc status=none
	rm "$PLOG_DIR"/topics/t/0/*.timeindex
	PLOG_TEST_NOW=$(later 2) run --separate-stderr -1 plog-retain
	assert_equal "$stderr" "plog-retain: 't/0': '00000000000000000000.log' is damaged at byte 970: its largest timestamp cannot be told"
	assert_equal "$(bases t)" "0 2 4 6 8 "
}

@test "segments below the log start go, of any policy" {
	keyed t cleanup.policy=delete retention.ms=-1
	plog-topic trim -o 5 --execute t >/dev/null
	plog-topic alter -c cleanup.policy=compact t
	plog-retain
	assert_equal "$(bases t)" "4 6 8 "
	assert_equal "$(plog-consume -F '%o\n' t | head -n 1)" 5
}

@test "a compacted topic loses nothing to size and time" {
	keyed t retention.ms=1h retention.bytes=0
	plog-topic alter -c cleanup.policy=compact t
	PLOG_TEST_NOW=$(later 2) plog-retain --retention=1m --max-size=0
	assert_equal "$(plog-consume t | wc -l)" 9
}

@test "segment.ms closes the segment of a quiet topic" {
	plog-topic create -c segment.ms=1h -c retention.ms=7d t
	fill t 1
	plog-retain
	assert_equal "$(bases t)" "0 "
	PLOG_TEST_NOW=$(later 2) plog-retain --force
	assert_equal "$(bases t)" "0 1 "
	PLOG_TEST_NOW=$(later 3) plog-retain --force
	assert_equal "$(bases t)" "0 1 "
	assert_equal "$(plog-consume t | wc -l)" 1
}

@test "retention.bytes=0 leaves one empty segment, named after the log's end" {
	make t retention.bytes=0
	plog-retain
	assert_equal "$(bases t)" "9 "
	plog-retain
	assert_equal "$(bases t)" "9 "
}

@test "--retention and --max-size count for one run" {
	make t
	plog-retain --max-size=4000
	assert_equal "$(bases t)" "6 8 "
	PLOG_TEST_NOW=$(later 2) plog-retain --force --retention=1h
	assert_equal "$(bases t)" "9 "
}

@test "--max-size is of a topic, over its partitions; with --total of all, and the oldest goes first" {
	make a
	make b
	plog-retain --max-size=4000 a
	assert_equal "$(bases a)/$(bases b)" "6 8 /0 2 4 6 8 "
	plog-retain --total --max-size=8000
	assert_equal "$(bases a)/$(bases b)" "8 /2 4 6 8 "
	run --separate-stderr -2 plog-retain --total
	assert_equal "$stderr" "plog-retain: --total needs --max-size"
}

@test "--max-size: what lies below the log start makes room, and nothing else goes for it" {
	plog-topic create --partitions=2 -c internal.segment.bytes=2000 t
	for p in 0 1; do lines 9 900 | plog-produce --batch-size=1K -p $p t; done
	plog-topic trim -p 1 -o 8 --execute t >/dev/null
	plog-retain --max-size=10000
	assert_equal "$(bases t)" "0 2 4 6 8 "
	assert_equal "$(ls "$PLOG_DIR/topics/t/1/"*.log | wc -l)" 1
	plog-retain --max-size=8000
	assert_equal "$(bases t)" "2 4 6 8 "
}

@test "--dry-run of a partition that cannot be looked at gives no reasons that are none" {
	make t retention.bytes=4800
	mkdir "$PLOG_DIR/topics/t/0/00000000000000000099.log"
	run --separate-stderr -1 plog-retain --dry-run -J
	assert_equal "$(jq -r .reason <<<"$output" | sort -u)" "not decided: the partition cannot be looked at"
}

@test "--dry-run deletes nothing, and says of each segment why it goes or stays" {
	make t retention.bytes=4800
	run --separate-stderr -0 plog-retain --dry-run --tsv
	assert_equal "$(cut -f 3,8,9 <<<"${lines[0]}")" $'0\ttrue\tbeyond retention.bytes 4800'
	assert_equal "$(cut -f 3,7,8 <<<"${lines[4]}")" $'8\ttrue\tfalse'
	[[ ${lines[2]} == *$'\tfalse\t'*" old, retention is 7d" ]]
	assert_equal "${lines[3]##*$'\t'}" "an older segment stays"
	assert_equal "$(bases t)" "0 2 4 6 8 "
	[ ! -e "$PLOG_DIR/clock" ]
	run --separate-stderr -0 plog-retain --dry-run
	assert_equal "$stderr" "plog-retain: 2 segments (3.8K) would be deleted, 3 (4.7K) stay"
}

@test "-J is a line a segment; -v adds totals on stderr" {
	make t retention.bytes=4800
	run --separate-stderr -0 plog-retain -v -J
	assert_equal "$(jq -c '[.topic,.partition,.base_offset,.next_offset,.goes]' <<<"${lines[0]}")" '["t",0,0,2,true]'
	assert_equal "$(jq -s length <<<"$output")" 5
	assert_equal "$stderr" "plog-retain: 2 segments (3.8K) were deleted, 3 (4.7K) stay"
}

@test "one bad topic does not stop the others, and is one line" {
	make a retention.bytes=4800
	make b retention.bytes=4800
	make c retention.bytes=4800
	echo x >"$PLOG_DIR/topics/b/0/log-start-offset"
	run --separate-stderr -1 plog-retain
	assert_equal "$stderr" "plog-retain: 'b/0': 'log-start-offset' is damaged: not an offset"
	assert_equal "$(bases a)/$(bases b)/$(bases c)" "4 6 8 /0 2 4 6 8 /4 6 8 "
}

@test "no store, no topic, a broker's directory: status 1; -b: status 2" {
	run --separate-stderr -1 plog-retain
	assert_equal "$stderr" "plog-retain: no store at $PLOG_DIR"
	make orders
	run --separate-stderr -1 plog-retain order
	[[ $stderr == "plog-retain: topic 'order' does not exist"*orders* ]]
	run --separate-stderr -1 plog-retain 'x*'
	assert_equal "$stderr" "plog-retain: no topic matches 'x*'"
	mkdir -p broker/t-0
	: >broker/meta.properties
	run --separate-stderr -1 plog-retain -d broker
	[[ $stderr == "plog-retain: 'broker' is a Kafka broker's directory, read only"* ]]
	run -2 plog-retain -b localhost:9092
}

@test "\$PLOG_BOOTSTRAP_SERVER does not count" {
	make t retention.bytes=4800
	PLOG_BOOTSTRAP_SERVER=localhost:1 plog-retain
	assert_equal "$(bases t)" "4 6 8 "
}

@test "a clock that jumped deletes nothing by time, and says both times; size goes on; --force lifts it" {
	make t retention.ms=1h retention.bytes=4800
	plog-retain --max-size=1T
	PLOG_TEST_NOW=$(later 48) run --separate-stderr -1 plog-retain
	[[ $stderr == "plog-retain: nothing is deleted by time: the clock says 20"*", the last run saw 20"* ]]
	assert_equal "${#stderr_lines[@]}" 1
	assert_equal "$(bases t)" "4 6 8 "
	# The doubt stays although the clock now agrees with the last run.
	PLOG_TEST_NOW=$(later 48) run -1 plog-retain
	PLOG_TEST_NOW=$(later 48) plog-retain --force
	assert_equal "$(bases t)" "9 "
	PLOG_TEST_NOW=$(later 48) plog-retain
}

@test "after a boot the clock must not lie before the last run, nor too far behind it" {
	make t retention.ms=10h
	echo 11111111-1111-1111-1111-111111111111 >boot1
	echo 22222222-2222-2222-2222-222222222222 >boot2
	PLOG_TEST_BOOT_ID=boot1 plog-retain
	PLOG_TEST_BOOT_ID=boot2 PLOG_TEST_NOW=$(later 9) plog-retain
	PLOG_TEST_BOOT_ID=boot1 PLOG_TEST_NOW=$(later 8) run -1 plog-retain
	PLOG_TEST_BOOT_ID=boot1 PLOG_TEST_NOW=$(later 8) plog-retain --force
	PLOG_TEST_BOOT_ID=boot2 PLOG_TEST_NOW=$(later 19) run -1 plog-retain
	assert_equal "$(bases t)" "0 2 4 6 8 "
}

@test "a note of the clock that is damaged is doubt, never a deletion" {
	make t retention.ms=1h
	plog-retain
	printf 9 | dd of="$PLOG_DIR/clock" bs=1 seek=7 conv=notrunc status=none
	PLOG_TEST_NOW=$(later 2) run --separate-stderr -1 plog-retain
	[[ $stderr == *"cannot be read"* ]]
	assert_equal "$(bases t)" "0 2 4 6 8 "
}

@test "a second run of the same store ends at once, silently, status 0; --wait waits" {
	make t retention.bytes=4800
	background python3 -c '
import fcntl, struct, sys, signal
f = open(sys.argv[1], "r+")
fcntl.fcntl(f, 37, struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 1, 0))
open("held", "w").close()
signal.pause()' "$PLOG_DIR/version"
	holder=$bg
	wait_until 10 test -e held
	run --separate-stderr -0 plog-retain
	assert_equal "$output$stderr" ""
	run --separate-stderr -0 plog-retain -v
	[[ $stderr == "plog-retain: another run is at it: "*"process $holder"* ]]
	background plog-retain --wait
	waiter=$bg
	assert_equal "$(bases t)" "0 2 4 6 8 "
	stop "$holder" KILL
	finish "$waiter"
	assert_equal "$status" 0
	assert_equal "$(bases t)" "4 6 8 "
}

@test "a reader whose offset went is told where the log starts" {
	make t retention.bytes=4800
	plog-retain
	run --separate-stderr -1 plog-consume -o 1 t
	assert_equal "$stderr" "plog-consume: offset 1 of 't/0' is gone, the log starts at 4"
}

@test "a full disk does not keep segments from going" {
	needs unshare
	unshare -m true 2>/dev/null || plog_skip "no mounts here"
	make t retention.bytes=4800
	cp -a "$PLOG_DIR" src
	run -0 unshare -m bash -c '
		mkdir small && mount -t tmpfs -o size=200k tmpfs small && cp -a src small/store && : >small/store/clock
		dd if=/dev/zero of=small/fill bs=1k status=none 2>/dev/null
		! echo x >small/more 2>/dev/null || rm small/more
		plog-retain -d small/store && ls small/store/topics/t/0/*.log | wc -l && plog-consume -d small/store -F "%o\n" t | head -n 1'
	assert_output $'3\n4'
}

@test "-v names the groups that have not read what goes; --keep-unread keeps it, and says for whom" {
	make t retention.bytes=0
	plog-consume -g billing -n 5 t >/dev/null
	plog-consume -g audit -n 3 t >/dev/null
	run --separate-stderr -0 plog-retain --dry-run -v --tsv
	[[ $stderr == *"plog-retain: group 'billing' has not read offsets 5 to 8 of 't/0', which would go"* ]]
	[[ $stderr == *"plog-retain: group 'audit' has not read offsets 3 to 8 of 't/0', which would go"* ]]
	run --separate-stderr -0 plog-retain --keep-unread --tsv
	assert_equal "$(cut -f 3,8- <<<"${lines[1]}")" $'2\tfalse\tunread by group audit'
	assert_equal "$(bases t)" "2 4 6 8 "
	plog-consume -g other -n 9 t >/dev/null
	plog-retain --keep-unread=billing,other
	assert_equal "$(bases t)" "4 6 8 "
	PLOG_TEST_NOW=$(later 300) run --separate-stderr -0 plog-retain --keep-unread --force
	[[ $stderr == *"plog-retain: group 'billing' has no members and committed nothing of 't' for long"* ]]
	assert_equal "$(bases t)" "9 "
}

@test "--keep-unread of a group that does not exist keeps all, and says so, status 1" {
	make t retention.bytes=0
	plog-consume -g billing -n 9 t >/dev/null
	run --separate-stderr -1 plog-retain --keep-unread=billing,absent
	assert_equal "$stderr" "plog-retain: --keep-unread: group 'absent' does not exist: all is kept"
	assert_equal "$(bases t)" "0 2 4 6 8 "
	run -1 plog-retain --keep-unread=
	assert_equal "$(bases t)" "0 2 4 6 8 "
	run --separate-stderr -1 plog-retain --keep-unread=absent --dry-run -J
	assert_equal "$(jq -r .reason <<<"${lines[0]}")" "unread by group absent"
}

@test "after a boot with a clock far ahead no group is held to be expired" {
	make t retention.ms=-1 retention.bytes=0
	plog-consume -g billing -n 5 t >/dev/null
	echo 11111111-1111-1111-1111-111111111111 >boot1
	PLOG_TEST_BOOT_ID=boot1 plog-retain --keep-unread
	assert_equal "$(bases t)" "4 6 8 "
	PLOG_TEST_NOW=$(later 300) run --separate-stderr -1 plog-retain --keep-unread
	[[ $stderr == "plog-retain: nothing is deleted by time: "* ]]
	assert_equal "$(bases t)" "4 6 8 "
}

@test "where it cannot be told what a group has read, --keep-unread keeps all" {
	make t retention.bytes=0
	plog-consume -g billing -n 5 t >/dev/null
	printf XXXX | dd of="$PLOG_DIR/groups/billing/offsets/t" bs=1 seek=3 conv=notrunc status=none
	run --separate-stderr -1 plog-retain --keep-unread
	assert_equal "${#stderr_lines[@]}" 1
	assert_equal "$(bases t)" "0 2 4 6 8 "
}

@test "writers and readers go on during retention, and no record is lost but at the front" {
	plog-topic create -c internal.segment.bytes=2000 -c retention.bytes=3000 t
	background bash -c 'for i in 1 2 3 4 5 6 7 8; do seq -f "w$1-$i-%.0f" 1 100 | plog-produce --batch-size=500 t || exit 1; done' _ 1
	one=$bg
	background bash -c 'for i in 1 2 3 4 5 6 7 8; do seq -f "w$1-$i-%.0f" 1 100 | plog-produce --batch-size=500 t || exit 1; done' _ 2
	two=$bg
	while ! is_gone "$one" || ! is_gone "$two"; do
		plog-retain
		plog-consume -F '%o\n' t >got 2>err || grep -q 'is gone, the log starts at' err
		awk 'NR > 1 && $1 != last + 1 { exit 1 } { last = $1 }' got
	done
	finish "$one"
	assert_equal "$status" 0
	finish "$two"
	assert_equal "$status" 0
	plog-retain
	assert_equal "$(plog-consume -o -1 -F '%o\n' t)" 1599
}
