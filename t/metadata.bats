#!/usr/bin/env bats
# A wrong bit in any file of a store that is not a segment: nothing is deleted for
# it, nothing is read from offset 0, no offset is given again.  A sample of the
# bits; PLOG_TORTURE=1: every one.

load helper/lib
load helper/crash
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

# The bytes of FILE, each as printf takes it.
bytes() { od -An -v -tx1 "$1" | sed 's/ /\\x/g' | tr -d '\n'; }
# flip FILE BYTES BIT: FILE is what BYTES say, but for that bit; no process is started for it.
flip() {
	local at=$(($3 / 8 * 4))
	local byte=$((16#${2:at + 2:2} ^ 1 << $3 % 8))
	printf -v byte '\\x%02x' $byte
	printf "${2:0:at}$byte${2:at + 4}" >"$1"
}

# A topic whose log starts at 25, in a segment, and ends at 60; a group that read up to 30, then to 35; a gap; compaction done.
make_store() {
	local i f
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
	logs=()
	for f in "$PLOG_DIR"/topics/t/0/*.log; do [ ! -s "$f" ] || logs+=("${f##*/}" "$(stat -c %s "$f")"); done
	[ ${#logs[@]} -ge 4 ]
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
	local i f
	for ((i = 0; i < ${#logs[@]}; i += 2)); do
		f=topics/t/0/${logs[i]}
		cmp -s -n ${logs[i + 1]} "$W/whole/$f" "$PLOG_DIR/$f" || { echo "$1: $f is not what it was"; return 1; }
	done
	awk -v what="$1" '
		FILENAME ~ /all$/ && $1 < 25	{ print what ": reads offset " $1 ", the log starts at 25"; bad = 1 }
		FILENAME ~ /group$/ && $1 < 30	{ print what ": the group reads offset " $1; bad = 1 }
		FILENAME ~ /last$/ && $1 < 59	{ print what ": the last offset is " $1; bad = 1 }
		END { exit bad }' "$W/all" "$W/group" "$W/last"
}

every_bit() { # STEP FILE...
	local step f bit b
	step=$(step "$1")
	shift
	for f; do
		b=$(bytes "$W/whole/$f")
		for ((bit = RANDOM % step; bit < ${#b} * 2; bit += step)); do
			rm -rf "$PLOG_DIR" && cp -a "$W/whole" "$PLOG_DIR"
			flip "$PLOG_DIR/$f" "$b" $bit
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

@test "a wrong bit in lock, under a writer's feet: the next one goes on where the log ends" {
	local f=$PLOG_DIR/topics/t/0/lock bit n=0 step
	step=$(step 97)
	plog-topic create -q t
	echo $n | plog-produce -q t
	for ((bit = RANDOM % step; bit < 512 * 8; bit += step)); do
		# The file stays the one it is, and the log that it speaks of too.
		flip "$W/wrong" "$(bytes "$f")" $bit
		dd if="$W/wrong" of="$f" conv=notrunc status=none
		n=$((n + 1))
		echo $n | plog-produce -q t
		assert_equal "$(plog-consume -o -1 -F '%o %v' t)" "$n $n"
	done
	assert_equal "$(plog-consume t)" "$(seq 0 $n)"
	plog-check
	[ ! -e "$PLOG_DIR/topics/t/0/quarantine" ]
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

# step N: from a bit to the next
step() { [ -z "${PLOG_TORTURE-}" ] && echo "$1" || echo 1; }

# At its first unlink at which CONDITION holds, plog-retain --now dies: $W/cut is what it leaves of $W/src.
interrupt() { # CONDITION...
	local n
	for ((n = 1; n < 60; n++)); do
		rm -rf cut && cp -a src cut
		! killed unlinkat $n plog-retain -d cut --now || break
		! "$@" || return 0
	done
	echo "never: $*"
	return 1
}
committed() { [ -e cut/topics/t/0/swap ] && ls cut/topics/t/0/*.log~clean >/dev/null 2>&1; }
half_way() { [ -e cut/topics/t/0/swap ] && [ ! -e "${olds[1]/src/cut}" ] && [ -e "${olds[2]/src/cut}" ]; }

look_swap() { # WHAT: as the interrupted compaction left it, or as it would have been
	plog-consume -J t >got && between before got done || { echo "$1: read"; return 1; }
	run -1 plog-retain
	assert_output "plog-retain: 't/0': 'swap' is damaged (plog-check repair sets it aside)"
	run -1 plog-check
	assert_line "t/0/swap: damage: a compaction that was interrupted cannot be put in place (plog-check repair; nothing is compacted until then)"
	echo '{"key":"new","value":"n"}' | plog-produce -q -J t
	plog-check repair --execute >/dev/null && plog-check || { echo "$1: repair"; return 1; }
	plog-consume -J t >got && grep -v '"key":"new"' got >got.old && between before got.old done || { echo "$1: repaired"; return 1; }
	plog-retain --now
	plog-consume -J t >got && grep -v '"key":"new"' got >got.old && between before got.old done || { echo "$1: retained"; return 1; }
	assert_equal "$(tail -n 1 got | jq -r .key)" new
}

@test "a wrong bit in swap, while a compaction is put in place: nothing is lost, and it is said what to do" {
	needs strace
	local i state bit b step
	step=$(step 41)
	cd "$W"
	plog-topic create -q -c internal.segment.bytes=4000 -c segment.ms=1000d -c cleanup.policy=compact t
	# Of each segment little is left: the second run makes one of them.
	for i in 0 150; do
		awk -v i=$i 'BEGIN { for (n = i; n < i + 150; n++) printf "%s\t%090d\n", n % 36 < 5 ? n : "x", n }' | plog-produce -q -K '\t' --batch-size=1K t
		[ $i != 0 ] || plog-retain --now
	done
	mv store src
	olds=(src/topics/t/0/*.log)
	plog-consume -d src -J t >before
	cp -a src whole && plog-retain -d whole --now
	plog-consume -d whole -J t >done
	[ "$(wc -l <done)" -lt "$(wc -l <before)" ]
	for state in committed half_way; do
		interrupt $state
		b=$(bytes cut/topics/t/0/swap)
		for ((bit = RANDOM % step; bit < ${#b} * 2; bit += step)); do
			rm -rf store && cp -a cut store
			flip store/topics/t/0/swap "$b" $bit
			look_swap "$state, bit $bit"
		done
	done
}

# A member that was killed, and a static one that left for a moment.
make_members() {
	make_store
	mv "$W/whole" "$PLOG_DIR"
	background plog-consume -q -f -g h --member=dead t >"$W/dead" 2>/dev/null
	wait_until 10 has_lines "$W/dead" 35
	stop "$bg" KILL
	mkdir "$W/keep" && mv "$PLOG_DIR"/groups/h/members/dead.* "$W/keep"
	plog-group reset -q -o 25 --execute h t >/dev/null
	plog-consume -q -g h --member=static --instance=s -n 5 t >/dev/null
	cp -a "$W"/keep/* "$PLOG_DIR/groups/h/members"
	mv "$PLOG_DIR" "$W/whole"
	cd "$W/whole/groups/h/members"
	assert_equal "$(ls | cut -d . -f 1 | tr '\n' ' ')" "dead static "
}

@test "a wrong bit in the file of a member that died or is away: its group reads on where it was" {
	local f bit b rc step
	step=$(step 199)
	make_members
	for f in *; do
		b=$(bytes "$f")
		for ((bit = RANDOM % step; bit < ${#b} * 2; bit += step)); do
			rm -rf "$PLOG_DIR" && cp -a "$W/whole" "$PLOG_DIR"
			flip "$PLOG_DIR/groups/h/members/$f" "$b" $bit
			rc=0
			plog-check >"$W/found" || rc=$?
			# The digits of its beat are any.
			if ((bit / 8 < 5 || bit / 8 >= 25)); then
				assert_equal $rc 1
				# A minute later the dead one is a leftover as well.
				grep -qFx "groups/h/members/$f: damage: it is damaged (the next one that joins takes it away)" "$W/found"
			fi
			rc=0
			plog-group describe h >/dev/null 2>&1 || rc=$?
			[ $rc -lt 2 ]
			assert_equal "$(plog-consume -q -g h --instance=s -n 5 -F '%o' t)" 3031323334
			assert_equal "$(plog-consume -q -g h --instance=s -n 5 -F '%o' t)" 3536373839
		done
	done
}

mended() { [ "$(grep -c "was damaged, it is written anew" "$W/err")" = "$1" ]; }
delivered() { [ "$(cat "$W"/one "$W"/two.* | wc -l)" = "$1" ]; }

@test "a wrong bit in the file of a member that lives: it writes it anew, and nobody's partitions move for it" {
	local f b i rounds=1 one
	[ -z "${PLOG_TORTURE-}" ] || rounds=60
	plog-topic create -q -P 4 t
	seq 100 | plog-produce -q t
	background plog-consume -v -f -g g -F '%v\n' t >"$W/one" 2>"$W/err"
	one=$bg
	wait_until 10 has_lines "$W/one" 100
	for ((i = 1; i <= rounds; i++)); do
		f=$(ls "$PLOG_DIR"/groups/g/members/*)
		b=$(bytes "$f")
		# In place: the file is locked.
		flip "$W/wrong" "$b" $((26 * 8 + RANDOM % (${#b} * 2 - 26 * 8)))
		dd if="$W/wrong" of="$f" conv=notrunc status=none
		# Who joins just now cannot read it.
		background plog-consume -q -f -g g -F '%v\n' t >"$W/two.$i" 2>/dev/null
		wait_until 10 mended $i
		seq $((i * 100 + 1)) $((i * 100 + 100)) | plog-produce -q t
		wait_until 10 delivered $((i * 100 + 100))
		stop "$bg"
		assert_equal "$(cat "$W"/one "$W"/two.* | sort -n | uniq -d)" ""
	done
	# One assignment for each that comes, one for each that goes.
	[ "$(ls "$PLOG_DIR/groups/g" | sed -n 's/^assignment\.//p' | sort -n | tail -n 1)" -le $((2 * rounds + 2)) ]
	stop "$one"
}

# make_stages N: the store as it was after each of N stages of its life, $W/v1 ...; the value of a record is its offset.
make_stages() {
	local i first=0 last
	plog-topic create -q -c internal.segment.bytes=2000 -c retention.ms=-1 t
	for ((i = 1; i <= $1; i++)); do
		# The last one adds to the active segment, and no more.
		last=$((i < $1 ? i * 20 : first + 1))
		seq -f %0100.0f $first $((last - 1)) | plog-produce -q --batch-size=500 t
		first=$last
		((i == 1 || i == $1)) || plog-topic trim -q -o $((i * 8)) --execute t >/dev/null
		plog-consume -q -g g -n 5 t >/dev/null
		plog-retain
		cp -a "$PLOG_DIR" "$W/v$i"
	done
}
epochs() { plog-check dump -J t 2>/dev/null | jq -r '"\(.baseOffset) \(.partitionLeaderEpoch)"'; }

look_old() { # WHAT FILE
	local f
	plog-consume -F '%o %v\n' t 2>/dev/null | awk '$1 != $2 + 0 { print "offset " $1 " has " $2 + 0; exit bad = 1 } END { exit bad }' || { echo "$1"; return 1; }
	plog-consume -q -g g -n 1 -F '%o\n' t >"$W/group" 2>/dev/null || :
	[ ! -s "$W/group" ] || [ "$(cat "$W/group")" -ge 16 ] || { echo "$1: the group reads $(cat "$W/group")"; return 1; }
	plog-check >/dev/null || :
	plog-retain >/dev/null 2>&1 || :
	echo 'new one' | plog-produce -q t 2>/dev/null || :
	for f in "$W/v$stages"/topics/t/0/*.log; do
		f=topics/t/0/${f##*/}
		[ "$f" = "$2" ] || cmp -s -n "$(stat -c %s "$W/v$stages/$f")" "$W/v$stages/$f" "$PLOG_DIR/$f" || { echo "$1: $f is not what it was"; return 1; }
	done
	# Where it stands another record may have been: then its epoch is another.
	epochs >"$W/epochs"
	awk -v what="$1" 'FILENAME ~ /before$/ { was[$1] = $2; next } { o = $1; e = $2 }
		END { if (o in was && e <= was[o]) { print what ": offset " o " is given again in epoch " e; exit 1 } }' "$W/before" "$W/epochs"
	plog-check repair --execute >/dev/null && plog-check || { echo "$1: repair"; return 1; }
	plog-consume -F '%o %v\n' t >"$W/all"
	awk '$2 != "new" && $1 != $2 + 0 { print "offset " $1 " has " $2 + 0; exit bad = 1 } END { exit bad }' "$W/all" || { echo "$1, repaired"; return 1; }
	grep -q ' new one$' "$W/all"
}

@test "a file replaced by an older version of itself" {
	local i f stages=4 n=0
	make_stages $stages
	plog-check
	epochs >"$W/before"
	for ((i = 1; i < stages; i += $(step 2))); do
		for f in $(cd "$W/v$i" && find ./* -type f); do
			f=${f#./}
			[ -e "$W/v$stages/$f" ] || continue
			! cmp -s "$W/v$i/$f" "$W/v$stages/$f" || continue
			rm -rf "$PLOG_DIR" && cp -a "$W/v$stages" "$PLOG_DIR"
			cp -a "$W/v$i/$f" "$PLOG_DIR/$f"
			look_old "$f of stage $i" "$f"
			n=$((n + 1))
		done
	done
	# Segments, indexes, metadata and positions are among them.
	echo "# $n files" >&3
	[ $n -ge 9 ]
}
