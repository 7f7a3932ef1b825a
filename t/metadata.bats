#!/usr/bin/env bats
# A wrong bit in any file of a store that is not a segment: nothing is deleted for
# it, nothing is read from offset 0, no offset is given again.  A sample of the
# bits; PLOG_TORTURE=1: every one.

load helper/lib
setup() {
	new_store
	local where=$BATS_TEST_TMPDIR
	[ ! -w /dev/shm ] || where=/dev/shm
	W=$(mktemp -d "$where/plog-metadata.XXXXXX")
	export PLOG_DIR=$W/store
}
teardown() {
	end_background
	[ -z "${W-}" ] || rm -rf "$W"
}

flip() { # FILE BIT
	local byte
	byte=$(od -An -tu1 -j $(($2 / 8)) -N 1 "$1")
	printf "\\$(printf %03o $((byte ^ 1 << $2 % 8)))" | dd of="$1" bs=1 seek=$(($2 / 8)) conv=notrunc status=none
}

# A topic whose log starts at 25, in a segment, and ends at 60; a group that read up to 30, then to 35; a gap; compaction done.
make_store() {
	local i
	plog-topic create -q -c segment.bytes=1M -c segment.ms=1000 -c retention.ms=-1 t
	for i in 1 2 3; do
		seq $((i * 20 - 20)) $((i * 20 - 1)) | PLOG_TEST_NOW=$((1700000000000 + i * 5000)) plog-produce -q t
	done
	plog-topic trim -q -o 25 --execute t >/dev/null
	plog-topic alter -q -c retention.ms=3000000000000 t
	printf '0\n1\n3 4\n' >"$PLOG_DIR/topics/t/0/gaps"
	printf '3\n' >"$PLOG_DIR/topics/t/0/cleaner-checkpoint"
	echo 'num.partitions=1' >"$PLOG_DIR/store.properties"
	plog-consume -q -g g -n 5 t >/dev/null
	plog-consume -q -g g -n 5 t >/dev/null
	plog-retain
	[ "$(ls "$PLOG_DIR"/topics/t/0/*.log | wc -l)" -ge 2 ]
	mv "$PLOG_DIR" "$W/whole"
	# As it is, all of that works.
	cp -a "$W/whole" "$PLOG_DIR"
	look 'as it is'
	assert_equal "$(head -n 1 "$W/all") $(wc -l <"$W/all") $(head -n 1 "$W/group") $(cat "$W/last")" "25 35 35 60"
}

# What everybody does with it; each may fail, none may do harm.
look() { # WHAT
	plog-retain >/dev/null 2>&1 || :
	plog-consume -F '%o\n' t >"$W/all" 2>/dev/null || :
	plog-consume -q -g g -n 5 -F '%o\n' t >"$W/group" 2>/dev/null || :
	echo new | plog-produce -q t 2>/dev/null || :
	plog-consume -o -1 -F '%o\n' t >"$W/last" 2>/dev/null || :
	plog-check >/dev/null 2>&1 || :
	local f
	for f in "$W"/whole/topics/t/0/*.log; do
		cmp -s -n "$(stat -c %s "$f")" "$f" "$PLOG_DIR/topics/t/0/${f##*/}" || { echo "$1: ${f##*/} is not what it was"; return 1; }
	done
	awk -v what="$1" '
		FILENAME ~ /all$/ && $1 < 25	{ print what ": reads offset " $1 ", the log starts at 25"; bad = 1 }
		FILENAME ~ /group$/ && $1 < 30	{ print what ": the group reads offset " $1; bad = 1 }
		FILENAME ~ /last$/ && $1 < 59	{ print what ": the last offset is " $1; bad = 1 }
		END { exit bad }' "$W/all" "$W/group" "$W/last"
}

every_bit() { # STEP FILE...
	local step=$1 f bit n
	shift
	[ -z "${PLOG_TORTURE-}" ] || step=1
	for f; do
		n=$(($(stat -c %s "$W/whole/$f") * 8))
		for ((bit = RANDOM % step; bit < n; bit += step)); do
			rm -rf "$PLOG_DIR" && cp -a "$W/whole" "$PLOG_DIR"
			flip "$PLOG_DIR/$f" $bit
			look "$f, bit $bit" || return
		done
	done
}

@test "a wrong bit in a file beside the segments" {
	make_store
	cd "$W/whole"
	every_bit 29 topics/t/0/{leader-epoch-checkpoint,log-start-offset,recovery-point,gaps,cleaner-checkpoint}
	every_bit 511 topics/t/0/lock
}

@test "a wrong bit in topic.properties, store.properties, version and the clock of plog-retain" {
	make_store
	cd "$W/whole"
	every_bit 131 topics/t/topic.properties
	every_bit 29 store.properties version
	every_bit 131 clock
}

@test "a wrong bit in a file of a group" {
	make_store
	cd "$W/whole"
	every_bit 167 groups/g/offsets/t
	every_bit 257 groups/g/assignment.*
}

@test "a metadata file that is empty or zeroed" {
	local f how
	make_store
	cd "$W/whole"
	for f in topics/t/0/{leader-epoch-checkpoint,log-start-offset,recovery-point,gaps,cleaner-checkpoint,lock} \
	    topics/t/topic.properties store.properties version clock groups/g/offsets/t; do
		for how in empty zeroed; do
			rm -rf "$PLOG_DIR" && cp -a "$W/whole" "$PLOG_DIR"
			case $how in
			empty)	: >"$PLOG_DIR/$f" ;;
			zeroed)	head -c "$(stat -c %s "$f")" /dev/zero >"$PLOG_DIR/$f" ;;
			esac
			look "$f, $how"
		done
	done
}
