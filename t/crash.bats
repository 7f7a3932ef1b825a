# What is in the log survives its writers.  Deaths and errors at every call of
# the library, in one process, are in unit/crash; here they are real: strace
# kills and refuses, kill -9 comes from outside, a shim forgets what was not
# synced.  A sample of the points here; PLOG_TORTURE=1: every one.
load helper/lib
load helper/crash

setup() {
	needs strace
	new_place
}
teardown() {
	end_background
	[ -z "${W-}" ] || rm -rf "$W"
}

@test "kill -9 at any system call of creating, appending, indexing, rolling loses nothing acknowledged" {
	export P
	sweep 2 signal=KILL nothing bash -c create_and_append
	sweep 3 signal=KILL partition logtool append -g a:9 -S 330 -I 20 "$P"
}

@test "kill -9 at any system call of a recovery: the next one does it again" {
	sweep 2 signal=KILL torn_and_rebooted logtool append -g b:2 "$P"
}

@test "a full disk or a failing one, at any call, once or from there on: what was acknowledged is there" {
	sweep 7 error=ENOSPC partition logtool append -g a:9 -S 330 -I 20 "$P"
	sweep 7 error=EIO partition logtool append -g a:9 -S 330 -I 20 "$P"
	STICKY=+ sweep 7 error=ENOSPC partition logtool append -g a:9 -S 330 -I 20 "$P"
	STICKY=+ sweep 7 error=EIO partition logtool append -g a:9 -S 330 -I 20 "$P"
	sweep 5 error=EIO torn_and_rebooted logtool append -g b:2 "$P"
}

@test "a full disk is one message with file, offset and reason, and room again is enough to go on" {
	partition
	run --separate-stderr strace -f -qq -o /dev/null -e trace=pwrite64 -e inject=pwrite64:error=ENOSPC:when=5+ \
	    logtool append -g a:9 "$P"
	assert_failure 1
	assert_output "$(printf 'ack 0 a 1\nack 1 a 2')"
	[ "$stderr" = "logtool: cannot append to 't/0/00000000000000000000.log' at offset 2 (nor cut what was written of it): No space left on device" ] ||
	[ "$stderr" = "logtool: cannot append to 't/0/00000000000000000000.log' at offset 2: No space left on device" ]
	run logtool append -g b:1 "$P"
	assert_output "ack 2 b 1"
}

@test "a write that is cut short leaves nothing of its batch" {
	local n k
	for n in 1 2 3 4 7 8; do
		for k in 1 17 61 70; do
			partition
			LD_PRELOAD=$PLOG_HELPER/preload-shortw.so SHORT_N=$n SHORT_K=$k SHORT_THEN=28 \
			    logtool append -g a:6 -I 20 "$P" >"$W/acks" 2>/dev/null || :
			second_writer "$W/acks" || { echo "write $n cut to $k bytes"; return 1; }
			[ ! -e "$P/quarantine" ]
		done
	done
}

@test "nothing is acknowledged, renamed or rolled before it is synced" {
	local t=openat,write,pwrite64,fsync,fdatasync,renameat,renameat2,unlinkat f
	partition
	for f in -s ""; do
		strace -f -y -qq -o "$W/trace" -e trace=$t logtool append $f -g a:30 -S 800 -I 50 "$P" >/dev/null
		run awk -v acks="${f:+all}" -f "$PLOG_TOP/t/helper/ordercheck.awk" "$W/trace"
		assert_success
		assert_output ""
	done
	# The checker itself: it sees when the syncs are not there, and what acks=1 does not promise.
	run awk -v acks=all -f "$PLOG_TOP/t/helper/ordercheck.awk" "$W/trace"
	assert_failure
	grep -v fdatasync "$W/trace" >"$W/unsynced"
	run awk -f "$PLOG_TOP/t/helper/ordercheck.awk" "$W/unsynced"
	assert_failure
	nothing
	strace -f -y -qq -o "$W/trace" -e trace=$t logtool create "$P"
	run awk -f "$PLOG_TOP/t/helper/ordercheck.awk" "$W/trace"
	assert_success
	boot 2
	logtool append -g a:3 "$P" >/dev/null
	truncate -s -3 "$P/00000000000000000000.log"
	boot 3
	strace -f -y -qq -o "$W/trace" -e trace=$t logtool append -s -g b:3 "$P" >/dev/null
	run awk -v acks=all -f "$PLOG_TOP/t/helper/ordercheck.awk" "$W/trace"
	assert_success
}

# powerloss_once SEED: synced and unsynced appends, the power goes, another boot.
powerloss_once() {
	local seed=$1 shim=$PLOG_HELPER/preload-powerloss.so
	export PLOG_DURABLE=$W/durable
	nothing && rm -rf "$W/durable" && mkdir "$W/durable"
	boot 1
	LD_PRELOAD=$shim logtool create "$P"
	LD_PRELOAD=$shim logtool append -s -g "a:$((seed % 7 + 1))" -S 1000 -I 50 "$P" >"$W/all"
	# Killed at its last sync, or in a roll: nobody knows what of it is on disk.
	strace -f -E LD_PRELOAD="$shim" -qq -o /dev/null -e trace=pwrite64 -e inject=pwrite64:signal=KILL:when=$((seed % 23 + 3)) \
	    logtool append -g b:9 -n $((seed % 2 + 1)) -S 1000 -I 50 "$P" >"$W/one" 2>/dev/null || :
	powerloss "$P" "$W/durable" "$seed"
	boot 2
	second_writer "$W/all" || { echo "seed $seed"; return 1; }
	# An offset never names other content under the same epoch.
	awk 'FILENAME ~ /dump$/ { v = $0; sub(/^[0-9]+ [0-9]+ /, "", v); if ($2 == 0) at[$1] = v; next }
		{ v = $0; sub(/^ack [0-9]+ /, "", v); if (!($2 in at)) lost++; else if (at[$2] != v) { print "reused: " $0; bad = 1 } }
		END { if (lost) print lost " lost" >"/dev/stderr"; exit bad }' "$W/dump" "$W/one" 2>>"$W/lost"
}

@test "power loss: what acks=all acknowledged is there, and no offset is used again in its epoch" {
	local seed
	for ((seed = 1; seed <= 40${PLOG_TORTURE:+00}; seed++)); do
		powerloss_once $seed
	done
	# Else the shim took nothing away, and this showed nothing.
	[ -s "$W/lost" ]
}

@test "after a reboot with a torn tail the leader epoch rises and the tail is set aside with a note" {
	torn_and_rebooted
	run logtool append -g b:1 "$P"
	assert_output "ack 2 b 1"
	run cat "$P/leader-epoch-checkpoint"
	assert_output "$(printf '0\n2\n0 0\n1 2')"
	run logdump "$P"
	assert_line "2 1 b 1"
	run cat "$P"/quarantine/*.note
	assert_output --regexp '^[0-9TZ:-]+ 00000000000000000000.log: bytes [0-9]+ to [0-9]+, behind offset 1: '
	[ "$(stat -c %s "$P"/quarantine/*[0-9])" -gt 61 ]
}

@test "a failed sync is told once, with file, offsets and errno; the segment is closed and the epoch rises" {
	partition
	run --separate-stderr strace -f -qq -o /dev/null -e trace=fdatasync -e inject=fdatasync:error=EIO:when=1 \
	    logtool append -g a:3 "$P"
	assert_failure 1
	[ "$stderr" = "logtool: cannot sync 't/0/00000000000000000000.log': Input/output error: offsets 0 to 2 may be lost" ]
	run logtool append -g b:1 "$P"
	assert_output "ack 3 b 1"
	run logdump "$P"
	assert_success
	assert_line "0 0 a 1"
	assert_line "3 1 b 1"
	[ -e "$P/00000000000000000003.log" ]
	run cat "$P"/quarantine/*.note
	assert_output --partial "offsets 0 to 2 may be lost (errno 5)"
}

@test "a file size limit is an error that says so, and the log stays whole" {
	partition
	run --separate-stderr prlimit --fsize=1000 logtool append -g a:40 -v 50 "$P"
	assert_failure 1
	[[ $stderr == *"at offset"*": File too large" ]]
	printf '%s\n' "$output" >"$W/acks"
	second_writer "$W/acks"
}
