#!/usr/bin/env bats
# plog-produce: what holds while it runs, and when something goes wrong.

load helper/lib

setup() { new_store; }

teardown() {
	end_background
	[ ! -d "$BATS_TEST_TMPDIR/small" ] || umount "$BATS_TEST_TMPDIR/small" 2>/dev/null || :
}

# A file system of so many bytes at ./small, with the store on it.
small_disk() {
	[ "$(id -u)" = 0 ] || { plog_skip "only root can mount a small file system"; return; }
	mkdir "$BATS_TEST_TMPDIR/small"
	mount -t tmpfs -o "size=$1" none "$BATS_TEST_TMPDIR/small" || { plog_skip "cannot mount a tmpfs here"; return; }
	export PLOG_DIR=$BATS_TEST_TMPDIR/small/store
}

# ./in, a pipe held open at descriptor 7: nobody waits for the other end.
a_pipe() {
	rm -f in
	mkfifo in
	exec 7<>in
}

# A producer that reads ./in, a pipe held open at descriptor 7.
producer_on_a_pipe() {
	a_pipe
	background plog-produce -q "$@" <in >out 2>err 7>&-
}

consumes() { [ "$(plog-consume t 2>/dev/null)" = "$1" ]; }

# --- when records go out -------------------------------------------------

@test "a lone line through a slow pipe is never held back" {
	producer_on_a_pipe -R '%v\n' t
	echo one >&7
	wait_until 2 has_line out one
	consumes one
	echo two >&7
	wait_until 2 has_line out two
	exec 7>&-
	finish "$bg"
	assert_equal "$status" 0
}

@test "--linger gathers although input has run dry" {
	producer_on_a_pipe --linger=20s t
	echo one >&7
	wait_until 5 grep -q read_bytes "/proc/$bg/io"
	echo two >&7
	exec 7>&-
	finish "$bg"
	plog-consume --raw t >raw
	# One batch of two records.
	assert_equal $((0x$(od -An -tx1 -j57 -N4 raw | tr -d ' \n'))) 2
	producer_on_a_pipe --linger=50ms -R '%v\n' u
	echo x >&7
	wait_until 2 has_line out x
	exec 7>&-
}

@test "standard input a terminal: it says so, and each line goes out at once" {
	needs script
	printf 'one\ntwo\n' >keys
	a_pipe
	background script -qec 'plog-produce t' /dev/null <in >out 2>&1 7>&-
	cat keys >&7
	wait_until 5 consumes $'one\ntwo'
	printf '\004' >&7
	finish "$bg"
	exec 7>&-
	run -0 grep -c 'reading records from the terminal, end with Ctrl-D' out
	assert_output 1
}

@test "progress is drawn on a terminal only" {
	needs script
	lines 1000 >in
	script -qec 'plog-produce -v -q t in' /dev/null >out
	run -0 grep -c '1,000 records' out
	run -0 --separate-stderr plog-produce --progress -q t in
	assert_equal "$stderr" ''
}

# --- signals -----------------------------------------------------------------

@test "a signal: what was read is stored, a last half line too, and it dies by that signal" {
	local sig
	for sig in TERM:143 INT:130 HUP:129; do
		a_pipe
		# A shell starts background jobs with INT ignored.
		background env --default-signal=INT plog-produce -q "t${sig#*:}" <in 2>err 7>&-
		printf 'a\nhalf' >&7
		wait_until 5 plog-consume --fail-empty "t${sig#*:}"
		stop "$bg" "${sig%:*}"
		exec 7>&-
		assert_equal "$status" "${sig#*:}"
		assert_equal "$(plog-consume "t${sig#*:}")" $'a\nhalf'
		assert_equal "$(<err)" ''
	done
}

@test "a signal that was ignored at start stays so" {
	a_pipe
	background env --ignore-signal=HUP plog-produce -q t <in 7>&-
	echo a >&7
	wait_until 5 consumes a
	kill -HUP "$bg"
	echo b >&7
	wait_until 5 consumes $'a\nb'
	exec 7>&-
	finish "$bg"
	assert_equal "$status" 0
}

@test "a signal in the middle of much input: a prefix is stored, whole" {
	a_pipe
	background plog-produce -q t <in 7>&-
	background seq 100000000 >in 7>&- 2>/dev/null
	numbers=$bg bg=${_lib_pids[0]}
	wait_until 5 plog-consume --fail-empty -n 1 t
	stop "$bg"
	assert_equal "$status" 143
	kill -KILL "$numbers"
	exec 7>&-
	plog-consume t >got
	[ -s got ]
	# The last one may be cut by the pipe: a half line is a record.
	sed '$d' got >whole
	seq "$(wc -l <whole)" | cmp - whole
}

@test "with -J, -F and --raw an incomplete last record is an error, also behind a signal" {
	a_pipe
	background plog-produce -q -J t <in 2>err 7>&-
	printf '{"value":"a"}\n{"val' >&7
	wait_until 5 consumes a
	stop "$bg"
	exec 7>&-
	assert_equal "$status" 143
	assert_regex "$(<err)" '^plog-produce: line 2: '
}

@test "Ctrl-Z never stops it while it holds a lock" {
	needs strace
	lines 300000 60 >in
	plog-produce -q t in
	# Stopped again and again by SIGTSTP while it appends, then sent on.
	background plog-produce -q u in
	for i in {1..40}; do
		kill -TSTP "$bg" 2>/dev/null || break
		# Nobody waits for a lock of it: another writer goes through.
		echo x | timeout 5 plog-produce -q --lock-timeout=2s u
		kill -CONT "$bg" 2>/dev/null || break
	done
	kill -CONT "$bg" 2>/dev/null || :
	finish "$bg"
	assert_equal "$status" 0
	plog-consume u | grep -v '^x$' | cmp - in
}

# --- full disks, failed calls --------------------------------------------------

@test "a full disk: one message with file, offset and errno, how many were not stored; what was acknowledged is there" {
	small_disk 2M
	lines 40000 100 >"$BATS_TEST_TMPDIR/in"
	run -1 --separate-stderr plog-produce -q -R '%o\n' t "$BATS_TEST_TMPDIR/in"
	assert_regex "${stderr_lines[0]}" "^plog-produce: cannot append to 't/0/0+\.log' at offset [0-9]+: No space left on device$"
	assert_regex "${stderr_lines[1]}" '^plog-produce: [0-9]+ records were not stored$'
	acked=${#lines[@]}
	[ "$acked" -gt 0 ]
	plog-consume t | head -n "$acked" | cmp - <(head -n "$acked" "$BATS_TEST_TMPDIR/in")
	# Room again: the next run just works.
	mount -o remount,size=20M "$BATS_TEST_TMPDIR/small"
	stored=$(plog-consume t | wc -l)
	echo again | plog-produce t
	assert_equal "$(plog-consume -o "$stored" t)" again
}

@test "--on-full=wait keeps what was read, says so once and when it is over, and stores all" {
	small_disk 2M
	lines 40000 100 >"$BATS_TEST_TMPDIR/in"
	background plog-produce -q --on-full=wait t "$BATS_TEST_TMPDIR/in" 2>"$BATS_TEST_TMPDIR/err"
	wait_until 5 has_line "$BATS_TEST_TMPDIR/err" 'No space left on device; waiting, and trying again each second'
	mount -o remount,size=20M "$BATS_TEST_TMPDIR/small"
	finish "$bg"
	assert_equal "$status" 0
	assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/err")" 2
	assert_equal "$(tail -n 1 "$BATS_TEST_TMPDIR/err")" 'plog-produce: goes on: what was waiting is appended'
	plog-consume t | cmp - "$BATS_TEST_TMPDIR/in"
}

@test "a signal ends the waiting for room, with what was not stored" {
	small_disk 2M
	lines 40000 100 >"$BATS_TEST_TMPDIR/in"
	background plog-produce -q --on-full=wait t "$BATS_TEST_TMPDIR/in" 2>"$BATS_TEST_TMPDIR/err"
	wait_until 5 has_line "$BATS_TEST_TMPDIR/err" 'waiting, and trying again'
	stop "$bg"
	assert_equal "$status" 143
	assert_regex "$(tail -n 1 "$BATS_TEST_TMPDIR/err")" 'records were not stored$'
}

@test "a file size limit is an error as any other" {
	lines 40000 100 >in
	run -1 --separate-stderr bash -c 'ulimit -f 1000; plog-produce -q t in'
	assert_regex "$stderr" "cannot append to 't/0/0+\.log' at offset [0-9]+: File too large"
	n=$(plog-consume t | wc -l)
	plog-consume t | cmp - <(head -n "$n" in)
	echo x | plog-produce t
}

@test "a failed sync: status 1 with file, offsets and errno; the next run goes on in a new segment" {
	needs strace
	echo one | plog-produce -q t
	run -1 --separate-stderr strace -f -o /dev/null -e trace=fdatasync -e inject=fdatasync:error=EIO:when=1 plog-produce t <<<two
	assert_regex "$stderr" "^plog-produce: cannot sync 't/0/0+\.log': Input/output error: offsets 1 to 1 may be lost$"
	echo three | plog-produce t
	assert_equal "$(plog-consume t)" $'one\ntwo\nthree'
	assert_equal "$(ls "$PLOG_DIR"/topics/t/0/*.log | wc -l)" 2
}

@test "a failed sync while it runs ends it" {
	needs strace
	plog-topic create -c flush.ms=10 t
	a_pipe
	background strace -f -o /dev/null -e trace=fdatasync -e inject=fdatasync:error=EIO:when=1 plog-produce -q t <in 2>err 7>&-
	for i in {1..200}; do
		echo "$i" >&7 2>/dev/null || break
		! has_line err 'cannot sync' || break
		_lib_pause 0.02
	done
	exec 7>&-
	finish "$bg"
	assert_equal "$status" 1
	has_line err 'may be lost'
}

# --- other processes ---------------------------------------------------------------

@test "a topic deleted meanwhile ends it: status 1, with what was not stored" {
	producer_on_a_pipe t
	echo one >&7
	wait_until 5 consumes one
	plog-topic delete t
	# One write(2): the shell's own printf makes one of each line.
	env printf 'two\nthree\n' >&7
	finish "$bg"
	exec 7>&-
	assert_equal "$status" 1
	assert_equal "$(<err)" "plog-produce: topic 't' was deleted
plog-produce: 2 records were not stored"
	run -0 plog-topic list
	assert_output ''
}

@test "a lock held by another: --lock-timeout, with the file and who holds it" {
	echo a | plog-produce -q t
	background hold "$PLOG_DIR/topics/t/0/lock" 0 >held
	wait_until 5 has_line held held
	run -1 --separate-stderr plog-produce --lock-timeout=100ms t <<<$'b\nc'
	assert_regex "${stderr_lines[0]}" "^plog-produce: .*t/0/lock' is locked by process $bg \(hold\)$"
	assert_equal "${stderr_lines[1]}" 'plog-produce: 2 records were not stored'
	kill -KILL "$bg"
	echo d | plog-produce t
	assert_equal "$(plog-consume t)" $'a\nd'
}

@test "--on-full=wait waits for a lock beyond its timeout as well" {
	echo a | plog-produce -q t
	background hold "$PLOG_DIR/topics/t/0/lock" 0 >held
	holder=$bg
	wait_until 5 has_line held held
	background plog-produce --lock-timeout=100ms --on-full=wait t <<<b 2>err
	wait_until 5 has_line err 'waiting, and trying again'
	kill -KILL "$holder"
	finish "$bg"
	assert_equal "$status" 0
	has_line err 'goes on'
	assert_equal "$(plog-consume t)" $'a\nb'
}

@test "64 producers at once: every record once, each one's order kept" {
	plog-topic create t
	pids=()
	for i in {1..64}; do
		seq -f "$i %.0f" 500 | plog-produce t 2>>errs &
		pids+=($!)
	done
	for p in "${pids[@]}"; do wait "$p"; done
	[ ! -s errs ]
	plog-consume t >got
	assert_equal "$(wc -l <got)" 32000
	for i in 1 33 64; do
		grep "^$i " got | cmp - <(seq -f "$i %.0f" 500)
	done
	assert_equal "$(sort -u got | wc -l)" 32000
}

@test "kill -9 in the middle: what was acknowledged is there, the next run goes on by itself" {
	for i in 1 2 3; do
		seq 100000000 2>/dev/null | plog-produce -q -R '%o %v\n' t >acked 2>/dev/null &
		pid=$!
		wait_until 5 has_lines acked 20000
		kill -KILL "$pid"
		wait "$pid" || :
		# The last line of the report may be torn.
		sed '$d' acked >sure
		plog-consume -F '%o %v\n' -o "$(head -n 1 sure | cut -d' ' -f1)" t | head -n "$(wc -l <sure)" | cmp - sure
	done
	end=$(plog-topic offsets t | cut -f 3)
	assert_equal "$(echo last | plog-produce -R '%o' t)" "$end"
	assert_equal "$(plog-consume -o -1 t)" last
}

# --- what is done at the kernel ------------------------------------------------------

# The calls of one run on files of the store and on standard output, in order.
calls() { strace -f -e trace=pwrite64,fdatasync,write -o trace "$@"; }

@test "status 0 means synced: a sync on the log's descriptor behind its last write" {
	needs strace
	echo a | plog-produce -q t
	calls plog-produce t <<<b
	log=$(grep -n 'pwrite64([0-9]*, "\\0' trace | head -n 1)
	fd=$(sed 's/.*pwrite64(\([0-9]*\),.*/\1/' <<<"$log")
	[ "$(grep -n "fdatasync($fd)" trace | tail -n 1 | cut -d: -f1)" -gt "${log%%:*}" ]
}

@test "--acks=all: nothing is reported before a sync on the same descriptor; --acks=1 reports before it" {
	needs strace
	echo a | plog-produce -q t
	order() { sed -nE 's/.*(pwrite64\([0-9]+, "\\0|fdatasync|write\(1,).*/\1/p' trace | sed 's/[(,].*//' | tr '\n' ' '; }
	calls plog-produce --acks=all -R '%o\n' t >/dev/null <<<b
	assert_regex "$(order)" '^pwrite64 fdatasync write '
	calls plog-produce -R '%o\n' t >/dev/null <<<b
	assert_regex "$(order)" '^pwrite64 write fdatasync '
}

@test "while it runs the log is synced each flush.ms, by default each second, without input" {
	needs strace
	a_pipe
	background strace -f -e trace=fdatasync -o trace plog-produce -q t <in 7>&-
	echo a >&7
	wait_until 5 consumes a
	wait_until 4 grep -q '^[0-9]* *fdatasync' trace
	exec 7>&-
	finish "$bg"
}

@test "one record spends no system call that is not needed" {
	needs strace
	echo a | plog-produce -q t
	echo b >in
	strace -f -c -o count plog-produce t in
	# The loader's included, which takes half of them.
	calls=$(awk '$NF == "total" { print $4 }' count)
	[ "$calls" -gt 50 ] && [ "$calls" -lt 150 ] || { cat count; false; }
	! grep -qE 'clone|futex' count
}

@test "memory is bounded, whatever the input" {
	head -c 60000000 /dev/zero | tr '\0' x >line
	lines 300000 100 >in
	head -c 30000000 /dev/urandom | base64 -w 0 >random
	plog-topic create -P 1000 many
	for run in 't line' '-q a in' '-q -z zstd:1 b in' 'many -K x in' '-z zstd many -K x in' '--linger=10s many -K x in' \
	    '-q -D A big random' '-q -z zstd:19 big random -D A' '-q -F %v\n f in' '-q --whole w line'; do
		kib=$(measure -i /dev/null plog-produce $run 2>/dev/null | cut -d' ' -f4)
		echo "$run: $kib KiB"
		[ "$kib" -lt 65536 ]
	done
}
