#!/usr/bin/env bats
# How members of a group share a topic, whatever becomes of them.  The members
# here are helper programs that say what they own (helper/groupmember.c).

load helper/lib
setup() {
	new_store
	PATH=$PLOG_TOP/t/helper:$PATH
	plog-topic create -P 4 t
	lines 2000 | plog-produce --partitioner=roundrobin t
}

member() {	# LOG ARGS...: a member of group g, in the background; its id is in $bg
	local log=$1
	shift
	background groupmember "$@" g t >"$log"
}
# What a log says its member owns now, sorted, in one line.
owns() {
	awk '$2 == "assigned" { o[$3 "/" $4] = 1 } $2 == "gave" || $2 == "lost" || $2 == "refused" { delete o[$3 "/" $4] }
	    $2 == "fenced" || $2 == "left" { delete o } END { for (p in o) print p }' "$1" | sort | xargs
}
owns_is() { [ "$(owns "$1")" = "$2" ] || { owns "$1"; false; }; }
owns_count() { [ "$(owns "$1" | wc -w)" = "$2" ]; }
# Milliseconds from the first line with $2 in log $1 to the last "assigned" in log $3.
ms_between() {
	local a b
	a=$(awk -v w="$2" '$2 == w { print $1; exit }' "$1")
	b=$(awk '$2 == "assigned" { t = $1 } END { print t }' "$3")
	echo $(((b - a) / 1000))
}

@test "the first member gets everything, a second one half of it, and only what moves stops" {
	member a -m a
	wait_until 5 owns_is a 't/0 t/1 t/2 t/3'
	member b -m b
	wait_until 5 owns_count b 2
	wait_until 5 owns_count a 2
	[ "$(grep -c ' revoke ' a)" = 2 ]
	assert_equal "$({ owns a; owns b; } | xargs -n1 | sort | xargs)" 't/0 t/1 t/2 t/3'
}

@test "who leaves gives back what it had, and leaves no file" {
	member a -m a
	a=$bg
	member b -m b
	wait_until 5 owns_count b 2
	stop "$a"
	assert_equal "$status" 0
	wait_until 5 owns_is b 't/0 t/1 t/2 t/3'
	assert_equal "$(ls "$PLOG_DIR/groups/g/members" | sed 's/\..*//')" b
}

@test "what a member had that was killed is owned again at once, from its last commit on" {
	member a -m a -c -w 1
	a=$bg
	wait_until 5 has_line a 'committed t 3'
	member b -m b -c -w 1
	wait_until 5 owns_count b 2
	kill -USR1 "$a"
	finish "$a"
	wait_until 5 owns_is b 't/0 t/1 t/2 t/3'
	[ "$(ms_between a dying <(awk '{ n += $2 == "assigned" } $2 == "assigned" && n <= 4' b))" -lt 500 ]
	# Each partition goes on at the last position that was said to be committed, or one behind it.
	for p in $(owns a); do
		p=${p#t/}
		said=$(awk -v p="$p" '$2 == "committed" && $4 == p { o = $5 } END { print o }' a)
		from=$(awk -v p="$p" '$2 == "assigned" && $4 == p { o = $5 } END { print o }' b)
		((from == said || from == said + 1))
	done
}

@test "who stands still through max-poll-interval is fenced; when it wakes it says so and commits nothing" {
	member a -m a -p 1500 -c -w 2
	a=$bg
	member b -m b -p 1500 -c -w 2
	wait_until 5 owns_count b 2
	wait_until 5 has_line b committed
	kill -STOP "$a"
	wait_until 10 owns_is b 't/0 t/1 t/2 t/3'
	wait_until 5 has_line b "member 'a' stood still for"
	kill -CONT "$a"
	finish "$a"
	assert_equal "$status" 1
	assert grep -q " fenced member 'a' of group 'g' was fenced" a
	# No position was committed by both.
	assert_equal "$(awk '$2 == "committed" { print $4, $5 }' a b | sort | uniq -d)" ""
	# Nothing is left of it.
	assert_equal "$(ls "$PLOG_DIR/groups/g/members" | sed 's/\..*//')" b
}

@test "who stands still for a shorter time keeps what it has, and so does who waits; who beats is never fenced" {
	# Nor does it matter what time it is.
	PLOG_TEST_NOW=1 groupmember -p 2000 -n 6 -m x beating t >x &
	local x=$!
	groupmember -p 2000 -n 6 -m y beating t >y &
	local y=$!
	member a -m a -p 6000
	a=$bg
	member b -m b -p 6000
	wait_until 5 owns_count b 2
	kill -STOP "$a"
	run ! wait_until 2 owns_is b 't/0 t/1 t/2 t/3'
	kill -CONT "$a"
	run ! wait_until 1 has_line a fenced
	owns_count a 2
	wait "$x" "$y"
	run ! grep -E 'fenced|stood still' x y
}

@test "stopped while it holds a partition's byte: that one is waited for, and who holds it is said" {
	needs strace
	export ASAN_OPTIONS=detect_leaks=0	# which does not work under ptrace
	groupmember -C 4 g t >/dev/null
	local f=$PLOG_DIR/groups/g/offsets/t holder
	background strace -f -qq -o /dev/null -P "$f" -e trace=pwrite64 -e inject=pwrite64:signal=STOP:when=7 \
	    groupmember -m a -p 2000 -c -w 20 g t >a
	a=$bg
	wait_until 5 has_line a committed
	member b -m b -p 2000
	wait_until 10 owns_count b 3
	wait_until 5 has_line b "it is waited for"
	holder=$(pgrep -P "$a")
	grep -qE "notice 'groups/g/offsets/t': partition [0-3] is held by process $holder \(groupmember\), it is waited for" b
	kill -CONT "$holder"
	wait_until 5 owns_count b 4
	finish "$a"
	grep -q ' fenced ' a
}

# died_within MS LOG: member a, of log a, dies; LOG's has all of it so soon.
died_within() {
	kill -USR1 "$a"
	finish "$a"
	wait_until 5 owns_is "$2" 't/0 t/1 t/2 t/3'
	[ "$(ms_between a dying "$2")" -le "$1" ] || { ms_between a dying "$2"; false; }
}

@test "without inotify (no instance, no watch is left) the others are looked at each second, and that is said once" {
	needs strace
	export ASAN_OPTIONS=detect_leaks=0	# which does not work under ptrace
	local fault
	for fault in inotify_init1:EMFILE:instance inotify_add_watch:ENOSPC:watch; do
		IFS=: read -r call error word <<<"$fault"
		member a -m a
		a=$bg
		background strace -f -qq -o /dev/null -e trace=$call -e inject=$call:error=$error groupmember -m b g t >b
		wait_until 5 owns_count b 2
		died_within 1300 b
		[ "$(grep -c "notice group 'g' is looked at each second: no inotify $word is left" b)" = 1 ]
		[ "$(grep -c 'each second' b)" = 1 ]
		kill "$(pgrep -P "$bg")"	# strace does not hear TERM
		finish "$bg"
	done
}

@test "events that inotify lost do not matter: all is looked at again, and that is said once" {
	member a -m a
	a=$bg
	member b -m b
	wait_until 5 owns_count b 2
	kill -STOP "$bg"
	# Three events each.
	perl -e 'for (1 .. $ARGV[0] / 2) { open my $f, ">", "$ARGV[1]/.~$_" or die; close $f; unlink "$ARGV[1]/.~$_" }' \
	    "$(cat /proc/sys/fs/inotify/max_queued_events)" "$PLOG_DIR/groups/g/members"
	kill -USR1 "$a"
	finish "$a"
	plog-topic alter -P 6 t
	kill -CONT "$bg"
	wait_until 2 owns_count b 6
	wait_until 2 has_line b "notice group 'g': inotify lost events"
	[ "$(grep -c 'lost events' b)" = 1 ]
}

@test "a leader that stands still holds nobody up" {
	for m in a b c; do member $m -m $m; eval "$m=\$bg"; done
	wait_until 5 owns_count c 1
	kill -STOP "$a"
	member d -m d
	wait_until 2 sh -c 'grep -q "^member d " "$PLOG_DIR"/groups/g/assignment.*'
	kill -CONT "$a"
	wait_until 5 owns_count a 1
	for m in b c d; do wait_until 5 owns_count $m 1; done
}

@test "a static member that comes back in time gets what it had, and nobody else's moves" {
	member a -m a -i ia -s 20000
	a=$bg
	member b -m b -i ib -s 20000
	wait_until 5 owns_count b 2
	had=$(owns a)
	other=$(grep -vc notice b) || :
	stop "$a" KILL
	member a2 -i ia -s 20000
	wait_until 5 owns_is a2 "$had"
	run ! grep -E ' (revoke|gave|lost) ' b
	[ "$(grep -c ' assigned ' b)" = 2 ]
	[ "$other" -ge 3 ]
}

@test "after the session timeout a static member's partitions go to the others" {
	member a -m a -i ia -s 1500
	a=$bg
	member b -m b -i ib -s 1500
	wait_until 5 owns_count b 2
	stop "$a" KILL
	run ! wait_until 1 owns_is b 't/0 t/1 t/2 t/3'
	wait_until 5 owns_is b 't/0 t/1 t/2 t/3'
}

@test "a static member that is over is so for all at once, whenever they saw it die" {
	local i highest=0 f
	member a -m a -i ia -s 3000
	a=$bg
	member b -m b
	wait_until 5 owns_count b 2
	stop "$a" KILL
	_lib_pause 2
	# One of these leads, most likely: it found a dead, and saw that later than b.
	for i in 1 2 3 4 5 6 7 8; do member "c$i" -m "c$i"; done
	_lib_pause 4
	for f in "$PLOG_DIR"/groups/g/assignment.*; do [ "${f##*.}" -le "$highest" ] || highest=${f##*.}; done
	[ "$highest" -le 20 ] || fail "$highest assignments"
	[ -z "$(ls "$PLOG_DIR/groups/g/members" | grep '^a\.')" ]
}

@test "a second live process with the same instance fences the older one" {
	member a -m a -i ia
	a=$bg
	wait_until 5 owns_count a 4
	member a2 -i ia
	wait_until 5 owns_count a2 4
	finish "$a"
	assert_equal "$status" 1
	assert grep -q ' fenced ' a
}

@test "a member's name that is taken is refused" {
	member a -m same
	wait_until 5 owns_count a 4
	run -1 groupmember -m same g t
	[[ "$output" == *"error group 'g' has a member 'same' already (process "* ]]
}

@test "members without an assignor in common: who comes is told" {
	member a -m a -a range
	wait_until 5 owns_count a 4
	run -1 groupmember -m b -a roundrobin g t
	[[ "$output" == *"error cannot join group 'g': "* ]]
	member c -m c -a roundrobin,range
	wait_until 5 owns_is c 't/2 t/3'
}

@test "new partitions, new topics of a glob, a topic made again: seen while running" {
	background groupmember -m a g 't*' >a
	wait_until 5 owns_count a 4
	plog-topic alter -P 6 t
	wait_until 5 owns_count a 6
	plog-topic create -P 2 t2
	wait_until 5 owns_count a 8
	plog-topic delete t2
	wait_until 5 has_line a 'lost t2 1'
	plog-topic create -P 3 t2
	wait_until 5 owns_count a 9
	[ "$(stat -c %s "$PLOG_DIR/groups/g/offsets/t2")" = $((128 + 3 * 256)) ]
}

@test "deleting a topic takes its positions away" {
	groupmember -C 4 g t >/dev/null
	[ -e "$PLOG_DIR/groups/g/offsets/t" ]
	plog-topic delete t
	[ ! -e "$PLOG_DIR/groups/g/offsets/t" ]
}

@test "one damaged slot does not matter; two, or a file that is gone: an error with its name, never offset 0" {
	f=$PLOG_DIR/groups/g/offsets/t
	groupmember -C 9 g t >/dev/null
	groupmember -C 0 g t >before
	cp "$f" keep
	# The slot of partition 0 that is older, then both.
	seq=$(od -An -tu1 -j $((128 + 7)) -N1 "$f") other=$(od -An -tu1 -j $((128 + 128 + 7)) -N1 "$f")
	old=$((seq < other ? 128 : 256))
	printf '\377' | dd of="$f" bs=1 seek=$((old + 45)) conv=notrunc status=none
	groupmember -C 0 g t >after
	assert_equal "$(awk '$2 == "assigned" && $4 == 0 { print $5 }' after)" "$(awk '$2 == "assigned" && $4 == 0 { print $5 }' before)"
	grep -q "groups/g/offsets/t': one of the two slots of partition 0 was damaged, the other counts" after
	printf '\377' | dd of="$f" bs=1 seek=$((128 + 45)) conv=notrunc status=none
	printf '\377' | dd of="$f" bs=1 seek=$((256 + 45)) conv=notrunc status=none
	run -1 groupmember -C 0 g t
	[[ "$output" == *"error 'groups/g/offsets/t': the position of partition 0 is damaged; plog-group reset "* ]]
	: >"$f"
	run -1 groupmember -C 0 g t
	[[ "$output" == *"error 'groups/g/offsets/t' is damaged"* ]]
	rm "$f"
	run -1 groupmember -C 0 g t
	[[ "$output" == *"error 'groups/g/offsets/t' is missing"* ]]
	# Who looks is told, and who sets one position is not given the others at 0.
	run -1 --separate-stderr plog-group describe g
	[[ $stderr == *"'groups/g/offsets/t' is missing, and with it the group's positions"* ]]
	run -0 plog-group reset -q -o 5 -p 1 --execute g t
	run -1 groupmember -C 0 g t
	[[ "$output" == *"error 'groups/g/offsets/t': the position of partition "*" is damaged; plog-group reset "* ]]
	run -0 plog-group reset -q -o 5 --execute g t
	groupmember -C 0 g t >after
	assert_equal "$(grep -c assigned after)" 4
	head -c 200 keep >"$f"
	run -1 groupmember -C 0 g t
	[[ "$output" == *"error 'groups/g/offsets/t': the position of partition "* ]]
	cp keep "$f"
	groupmember -C 0 g t >after
	assert_equal "$(grep -c assigned after)" 4
}

@test "damaged assignments and members' files do no harm" {
	groupmember -C 4 g t >/dev/null
	for f in "$PLOG_DIR"/groups/g/assignment.*; do echo rubbish >"$f"; done
	printf 'rubbish' >"$PLOG_DIR/groups/g/members/x.0123456789abcdef"
	: >"$PLOG_DIR/groups/g/members/.~left"
	groupmember -C 0 g t >a
	assert_equal "$(grep -c ' assigned ' a)" 4
	grep -q "assignment.[0-9]*' is damaged, another is made" a
	[ ! -e "$PLOG_DIR/groups/g/members/.~left" ]
	# A generation behind which there is no next one is none.
	echo rubbish >"$PLOG_DIR/groups/g/assignment.9223372036854775807"
	groupmember -C 0 g t >a
	assert_equal "$(grep -c ' assigned ' a)" 4
}

@test "directories of a group that were empty and got lost in a copy are made again" {
	groupmember -C 4 g t >/dev/null
	rmdir "$PLOG_DIR/groups/g/members"
	run -0 --separate-stderr plog-group describe --tsv g
	assert_equal "${#lines[@]}" 4
	groupmember -C 0 g t >a
	assert_equal "$(grep -c ' assigned ' a)" 4
	# One that was not empty is missed.
	rm -r "$PLOG_DIR/groups/g/members" "$PLOG_DIR/groups/g/offsets"
	run -1 --separate-stderr plog-group describe --tsv g
	[[ $stderr == *"'groups/g/offsets/t' is missing"* ]]
	run -1 groupmember -C 0 g t
	[[ "$output" == *"error 'groups/g/offsets/t' is missing"* ]]
}

@test "a group belongs to who made it; who may only read can hold nobody up" {
	groupmember -C 4 g t >/dev/null
	assert_equal "$(stat -c %a "$PLOG_DIR/groups/g/lock")" "$([ "$(stat -c %a "$PLOG_DIR/groups/g")" = 775 ] && echo 660 || echo 600)"
	[ "$(id -u)" = 0 ] || plog_skip "only root can be somebody else" || return
	chmod 755 "$BATS_TEST_TMPDIR" "$BATS_FILE_TMPDIR" "$BATS_RUN_TMPDIR"
	run -1 setpriv --reuid=65534 --regid=65534 --clear-groups -- "$(command -v groupmember)" -r new t
	[[ "$output" == *"error cannot make group 'groups/new': Permission denied (--groups=DIR keeps groups elsewhere)" ]]
	mkdir -m 777 mine
	run -0 setpriv --reuid=65534 --regid=65534 --clear-groups -- "$(command -v groupmember)" -r -g "$PWD/mine" -C 4 new t
	[ -e mine/new/offsets/t ]
}

# crash END STEP SCENE...: a process meets its END at its system calls, at each
# STEP-th of all, from a random one on; at each with PLOG_TORTURE=1.
crash() {
	local end=$1 step=$2 scene p
	shift 2
	needs strace
	export ASAN_OPTIONS=detect_leaks=0	# which does not work under ptrace
	[ -z "${PLOG_TORTURE-}" ] || step=1
	plog-topic delete t
	plog-topic create -P 3 t
	lines 3000 | plog-produce -q --partitioner=roundrobin t
	for scene; do
		groupcrash points "$scene" "points-$scene" >"$scene" 2>/dev/null &
	done
	for p in $(jobs -p); do wait "$p"; done
	for scene; do
		[ "$(wc -l <"$scene")" -ge 150 ]
		sed "s/^/$end $scene /" "$scene"
	done | awk -v step="$step" -v from="$((RANDOM % step))" 'NR % step == from { print $0, $1 "-" NR }' >cases
	echo "# $end: $(wc -l <cases) points" >&3
	xargs -P 24 -L 1 groupcrash <cases >said 2>/dev/null || { cat said; false; }
}

@test "where locks do not hold no group is made or joined, and --groups is named; who reads may" {
	needs strace
	export ASAN_OPTIONS=detect_leaks=0	# which does not work under ptrace
	local refused="groups do not hold (--groups=DIR keeps groups elsewhere)"
	groupmember -C 4 g t >/dev/null
	seq 1 3 | plog-produce -q one
	# NFS, by what statfs(2) says of it.
	local nfs=(strace -f -qq -o /dev/null -e trace=fstatfs -e inject=fstatfs:poke_exit=@arg2=6969000000000000)
	run --separate-stderr -1 "${nfs[@]}" plog-consume -g new one
	assert_equal "$stderr" "plog-consume: '$PLOG_DIR' is on NFS, where the locks of $refused"
	[ ! -e "$PLOG_DIR/groups/new" ]
	run --separate-stderr -1 "${nfs[@]}" plog-consume -g g t
	run --separate-stderr -1 "${nfs[@]}" plog-group reset -o 0 --execute g t
	assert_equal "$stderr" "plog-group: '$PLOG_DIR' is on NFS, where the locks of $refused"
	run -0 "${nfs[@]}" plog-group describe g
	# Some other: what one process locks the next does not see (l_type becomes F_UNLCK).
	run --separate-stderr -1 strace -f -qq -o /dev/null -e trace=fcntl -e inject=fcntl:poke_exit=@arg3=0200 plog-consume -g g t
	[[ $stderr == *"plog-consume: 'groups/g' is on a file system where the locks of $refused" ]]
	assert_equal "$(ls -A "$PLOG_DIR/groups/g/members")" ""
}

@test "what is committed is on disk within 100 ms, and before a partition is given up" {
	needs strace
	export ASAN_OPTIONS=detect_leaks=0	# which does not work under ptrace
	strace -f -y -ttt -qq -o trace -e trace=pwrite64,fdatasync groupmember -C 60 -w 5 g t >out
	# Four claims, the commits, four that give up; a sync vouches for what was written before it began.
	awk '{ at = $2 }
		/pwrite64\(.*\/offsets\/t>/ { n++; if (!since) since = at; if (since && at - since > most) most = at - since }
		/fdatasync\(.*\/offsets\/t>/ { if (since && at - since > most) most = at - since; since = 0; synced = n }
		END { if (n != 68 || synced != 64 || most > 0.1) { print n, synced, most; exit 1 } }' trace
}

@test "killed at a system call of joining, committing, giving up, leaving, fencing: the next member owns all, at the last commit" {
	crash kill 23 alone shared twin fencer
}

@test "stopped at a system call of these, then fenced: no position is committed twice, and it says that it was fenced" {
	crash stop 79 alone shared twin fencer
}

@test "killed or stopped at a system call of a reset: it is done before a member joins, or behind it, never beside it" {
	crash kill 29 reset
	crash stop 29 reset
}
