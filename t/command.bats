#!/usr/bin/env bats
# plog-consume TOPIC -- COMMAND: records given to commands, whose success
# acknowledges them.  (What that means for a group: consume_group.bats.)

load helper/lib

setup() {
	new_store
}

@test "a command gets the records on its standard input, a value and a newline each" {
	seq 1 1000 | plog-produce t
	plog-consume t -- tee -a got >/dev/null
	seq 1 1000 | cmp - got
}

@test "without -1 a run gets a batch: at most --batch records, at most --batch-size bytes" {
	seq -w 1 1000 | plog-produce t
	run -0 plog-consume t -- wc -l
	[ "$output" = $'500\n500' ]
	run -0 plog-consume --batch=400 t -- wc -l
	[ "$output" = $'400\n400\n200' ]
	run -0 plog-consume --batch-size=2K t -- wc -l
	[ "$output" = $'500\n500' ]
	run -0 plog-consume --batch-size=1200 t -- wc -l
	[ "$output" = $'300\n300\n300\n100' ]
}

@test "a batch is full where more is there, however long the one before it took" {
	for i in 1 2 3 4 5; do seq 1 200 | plog-produce -q t; done
	run -0 plog-consume --batch=300 t -- sh -c 'wc -l; timeout 0.05 tail -f /dev/null; :'
	assert_output $'300\n300\n300\n100'
}

@test "--batch-wait gathers what comes within that time" {
	plog-topic create t
	background plog-consume -f --batch-wait=400ms t -- sh -c 'cat | tr "\n" " "; echo' >got
	for i in 1 2 3; do echo $i | plog-produce t; done
	wait_until 5 has_lines got 1
	stop "$bg"
	[ "$(cat got)" = '1 2 3 ' ]
}

@test "a batch never mixes partitions" {
	plog-topic create -P 3 t
	for i in $(seq 0 29); do echo "{\"partition\":$((i % 3)),\"value\":\"$((i % 3))\"}"; done | plog-produce -J t
	run -0 plog-consume t -- sh -c 'echo $PLOG_PARTITION $PLOG_COUNT $(sort -u)'
	[ "$(sort <<<"$output")" = $'0 10 0\n1 10 1\n2 10 2' ]
}

@test "-1 runs the command once a record" {
	seq 1 5 | plog-produce t
	run -0 plog-consume -1 t -- sh -c 'echo "<$(cat)>"'
	[ "$output" = $'<1>\n<2>\n<3>\n<4>\n<5>' ]
}

@test "-J, -0, -F and --raw are the forms of a command's input too" {
	printf 'a=1\nb=2\n' | plog-produce -K = t
	run -0 plog-consume -J t -- jq -r .key
	[ "$output" = $'a\nb' ]
	plog-consume -0 t -- cat >got
	printf '1\0002\000' | cmp - got
	run -0 plog-consume -F '%k/%v;' t -- cat
	[ "$output" = 'a/1;b/2;' ]
	plog-consume --raw t -- cat >got
	cmp got "$PLOG_DIR"/topics/t/0/00000000000000000000.log
}

@test "a large batch goes in whole, however slowly it is read" {
	lines 20000 1000 | plog-produce t
	plog-consume --batch=20000 --batch-size=64M t -- sh -c 'head -c 10; cat' >got
	lines 20000 1000 | cmp - got
}

@test "standard output and standard error of a command are passed on" {
	echo x | plog-produce t
	run -0 --separate-stderr plog-consume t -- sh -c 'echo out; echo err >&2'
	[ "$output" = out ]
	[ "$stderr" = err ]
	run -0 --separate-stderr plog-consume -j2 --unordered --dead-letter=dead t -- sh -c 'echo out; echo err >&2'
	[ "$output" = out ]
	[ "$stderr" = err ]
}

@test "the environment says where the records are" {
	seq 1 10 | plog-produce t
	run -0 plog-consume -o 3 t -- sh -c 'echo "$PLOG_TOPIC $PLOG_PARTITION $PLOG_OFFSET $PLOG_COUNT $PLOG_ATTEMPT ${PLOG_GROUP-none} ${PLOG_KEY-none}"'
	[ "$output" = 't 0 3 7 1 none none' ]
}

@test "-1 adds key, timestamp and headers" {
	echo '{"timestamp":1700000000123,"key":"k 1","value":"v","headers":[["a-b.c","1"],["n",null],["dup","1"],["dup","2"],["é","x"]]}' | plog-produce -J t
	PLOG_HEADER_old=1 PLOG_KEY=old run -0 plog-consume -1 t -- sh -c 'env | grep -E "^PLOG_(KEY|TIME|HEADER)" | sort'
	[ "$output" = $'PLOG_HEADER___=x\nPLOG_HEADER_a_b_c=1\nPLOG_HEADER_dup=2\nPLOG_KEY=k 1\nPLOG_TIMESTAMP=1700000000123' ]
}

@test "NULL, a NUL byte, more than 64 KiB: the variable is not set" {
	printf '{"key":"a\\u0000b","value":"1","headers":[["x","1"],["x",null]]}\n' | plog-produce -J t
	printf '{"value":"2","headers":[["big","%s"]]}\n' "$(printf '%065537d' 0)" | plog-produce -J t
	printf '{"key":"","value":"3","headers":[["big","%s"]]}\n' "$(printf '%065536d' 0)" | plog-produce -J t
	run -0 plog-consume -1 t -- sh -c 'echo "${PLOG_KEY-unset} ${PLOG_HEADER_x-unset} ${PLOG_HEADER_big+set}"'
	[ "$output" = $'unset unset \nunset unset \n unset set' ]
}

@test "the command is found by PATH and run without a shell" {
	mkdir bin
	printf '#!/bin/sh\necho "$1"\n' >bin/it
	chmod +x bin/it
	echo x | plog-produce t
	PATH=$PWD/bin:$PATH run -0 plog-consume t -- it '$HOME; *'
	[ "$output" = '$HOME; *' ]
	run -0 plog-consume t -- ./bin/it a
	[ "$output" = a ]
}

@test "a command that is not there ends with 127, one that cannot be run with 126" {
	echo x | plog-produce t
	run -127 --separate-stderr plog-consume t -- no-such-command
	[ "$stderr" = "plog-consume: cannot run 'no-such-command': No such file or directory" ]
	echo >file
	run -126 --separate-stderr plog-consume t -- ./file
	[ "$stderr" = "plog-consume: cannot run './file': Permission denied" ]
	printf 'no program' >file
	chmod +x file
	run -126 plog-consume t -- ./file
	run -127 plog-consume --retries=5 t -- sh -c 'echo x >>tries; exit 127'
	run -126 plog-consume --retries=5 --dead-letter=d t -- sh -c 'echo x >>tries; exit 126'
	[ "$(wc -l <tries)" = 2 ]
	run -1 plog-topic describe d
}

@test "a failure is tried again --retries times, with the same records, then it stops with status 1" {
	seq 1 3 | plog-produce t
	run -1 --separate-stderr plog-consume --retries=2 --backoff=1ms t -- sh -c 'echo $PLOG_ATTEMPT $(cat); exit 5'
	[ "$output" = $'1 1 2 3\n2 1 2 3\n3 1 2 3' ]
	[ "$stderr" = "plog-consume: offset 0 and 2 more of 't/0': 'sh' exited with status 5, attempt 3" ]
	run -1 --separate-stderr plog-consume --retries=0 t -- sh -c 'kill -9 $$'
	[ "$stderr" = "plog-consume: offset 0 and 2 more of 't/0': 'sh' was killed by signal 9 (Killed)" ]
}

@test "three retries are the default, --retries=-1 is for ever" {
	echo x | plog-produce t
	run -1 plog-consume --backoff=1ms t -- sh -c 'echo x >>tries; exit 1'
	[ "$(wc -l <tries)" = 4 ]
	run -0 plog-consume --backoff=1ms --retries=-1 t -- sh -c 'echo x >>more; [ $(wc -l <more) = 12 ]'
	[ "$(wc -l <more)" = 12 ]
}

@test "back-off doubles from the first to the second time of --backoff" {
	echo x | plog-produce t
	run -1 plog-consume --retries=5 --backoff=40ms..160ms t -- sh -c 'date +%s%N >>at; exit 1'
	# At least half of 40, 80, 160, 160, 160.
	awk 'NR > 1 { d = ($1 - last) / 1e6; least = NR == 2 ? 20 : NR == 3 ? 40 : 80
		if (d < least) { print NR, d; exit 1 } } { last = $1 }' at
	run -2 plog-consume --backoff=2s..1s t -- true
}

@test "exit 0 without reading the input acknowledges; a broken pipe is no failure" {
	lines 5000 1000 | plog-produce t
	run -0 plog-consume --batch=5000 --batch-size=16M --retries=0 t -- true
	run -0 plog-consume --batch=5000 --batch-size=16M --retries=0 t -- head -n 1
	[ "${#lines[@]}" -gt 0 ]
}

@test "--command-timeout ends the whole process group, and that is a failure" {
	echo x | plog-produce t
	run -1 --separate-stderr plog-consume --retries=0 --command-timeout=200ms t -- sh -c 'tail -f /dev/null & echo $! >pid; wait'
	[[ $stderr == *"ran longer than --command-timeout"* ]]
	wait_until 5 is_gone "$(cat pid)"
	# Also when it then says that all is well.
	run -1 plog-consume --retries=0 --command-timeout=200ms t -- sh -c 'trap "exit 0" TERM; while :; do tail -f /dev/null & wait; done'
}

@test "what does not hear TERM in the group of a command that did is killed, on time out and on TERM" {
	echo x | plog-produce -q t
	local deaf='(trap "" TERM; echo $BASHPID >>pids; exec tail -f /dev/null >/dev/null 2>&1 3>&-) & wait'
	run -1 --separate-stderr plog-consume --retries=0 --command-timeout=200ms t -- bash -c "$deaf"
	wait_until 5 is_gone "$(cat pids)"
	background plog-consume --drain=50ms t -- bash -c "$deaf"
	two() { [ "$(wc -l <pids)" = 2 ]; }
	wait_until 5 two
	stop "$bg"
	[ "$status" = 143 ]
	wait_until 5 is_gone "$(tail -n 1 pids)"
	# Nobody else in it: nothing is waited for.
	local from=${EPOCHREALTIME/[.,]/}
	run -1 --separate-stderr plog-consume --retries=0 --command-timeout=200ms t -- tail -f /dev/null
	[ $((${EPOCHREALTIME/[.,]/} - from)) -lt 1500000 ]
}

@test "a command that does not hear TERM is killed" {
	echo x | plog-produce t
	run -1 --separate-stderr plog-consume --retries=0 --command-timeout=100ms t -- perl -e '$SIG{TERM} = "IGNORE"; 1 while select undef, undef, undef, 60'
	[[ $stderr == *"ran longer"* ]]
}

@test "a command has a process group of its own and default signals, and none of our descriptors" {
	echo x | plog-produce t
	run sh -c 'trap "" INT PIPE HUP; exec plog-consume --retries=0 t -- sh -c "awk /^SigIgn/ /proc/self/status; ps -o pgid= -p \$\$; echo \$\$; ls -l /proc/self/fd | grep -cE \"$PLOG_DIR|anon_inode\""'
	[[ ${lines[0]} == *0000000000000000 ]]
	[ $((lines[1])) = $((lines[2])) ]
	[ "${lines[3]}" = 0 ]
}

@test "a command does not outlive its plog-consume, not even kill -9" {
	echo x | plog-produce t
	background plog-consume t -- sh -c 'echo $$ >pid; exec tail -f /dev/null' 2>/dev/null
	wait_until 5 test -s pid
	stop "$bg" KILL
	wait_until 5 is_gone "$(cat pid)"
}

@test "a TERM that comes while a command is being started is heard" {
	needs strace
	echo x | plog-produce -q t
	run -143 timeout -s KILL 20 strace -qq -o /dev/null -e trace=vfork -e inject=vfork:signal=TERM:when=1 \
		plog-consume --drain=50ms t -- tail -f /dev/null
}

@test "on TERM a command may finish within --drain, then it is ended" {
	echo x | plog-produce t
	mkfifo gate
	background plog-consume t -- sh -c 'echo begun; read x <gate; echo ended' >got
	wait_until 5 has_line got begun
	kill -TERM "$bg"
	echo go >gate
	finish "$bg"
	[ "$status" = 143 ]
	has_line got ended

	background plog-consume --drain=100ms t -- sh -c 'echo begun; exec tail -f /dev/null' >got
	wait_until 5 has_line got begun
	stop "$bg"
	[ "$status" = 143 ]
}

@test "--dead-letter gets what failed for good, unchanged, with Kafka's names for where and why" {
	plog-topic create -P 3 t
	echo '{"partition":2,"timestamp":1700000000123,"key":"k","value":null,"headers":[["a","1"]]}' | plog-produce -J t
	run -0 --separate-stderr plog-consume -1 --retries=1 --backoff=1ms --dead-letter=t.dead t -- sh -c 'echo first >&2; echo it is broken >&2; exit 7'
	[[ $stderr == *"offset 0 of 't/2': 'sh' exited with status 7, attempt 2: sent to 't.dead'"* ]]
	run -0 plog-consume -J t.dead
	[ "$(jq -c '[.partition, .timestamp, .key, .value]' <<<"$output")" = '[2,1700000000123,"k",null]' ]
	[ "$(jq -c '.headers' <<<"$output")" = '[["a","1"],["__dlq.errors.topic","t"],["__dlq.errors.partition","2"],["__dlq.errors.offset","0"],["__dlq.errors.delivery.count","2"],["__dlq.errors.message","it is broken"],["plog.exit.status","7"]]' ]
	[ "$(plog-topic describe --json t.dead | jq '.partitions | length')" = 3 ]
}

@test "a dead letter says which signal it was, or that time ran out; its message has at most 1 KiB" {
	echo x | plog-produce t
	run -0 plog-consume --retries=0 --dead-letter=d t -- sh -c 'printf "%02000d" 7 >&2; kill -11 $$'
	run -0 plog-consume --retries=0 --command-timeout=50ms --dead-letter=d t -- tail -f /dev/null
	run -0 plog-consume -J d
	[ "$(jq -sc '[.[0].headers[] | select(.[0] == "plog.signal")[1]]' <<<"$output")" = '["11"]' ]
	[ "$(jq -s '.[0].headers[] | select(.[0] == "__dlq.errors.message")[1] | length' <<<"$output")" = 1024 ]
	[ "$(jq -sc '[.[1].headers[] | select(.[0] == "plog.failure")[1]]' <<<"$output")" = '["timeout"]' ]
}

@test "a dead letter that cannot be stored stops the run" {
	echo x | plog-produce t
	plog-topic create -c max.message.bytes=100 d
	run -1 --separate-stderr plog-consume --retries=0 --dead-letter=d t -- sh -c 'printf "%0500d\n" 7 >&2; exit 1'
	[[ $stderr == *"the dead letter of offset 0 of 't/0' cannot be stored"* ]]
}

@test "of the topic of dead letters it is said once what is to be said, with -q nothing" {
	plog-topic create -P 3 t
	seq 6 | plog-produce -q --partitioner=roundrobin t
	plog-topic create -P 2 d
	run -0 --separate-stderr plog-consume -1 --retries=0 --dead-letter=d t -- false
	[ "$(grep -c "topic 'd' is there already, with 2 partitions" <<<"$stderr")" = 1 ]
	[ "$(plog-consume --count d | awk '{ n += $3 } END { print n }')" = 6 ]
	run -0 --separate-stderr plog-consume -q -1 --retries=0 --dead-letter=new t -- false
	[ -z "$stderr" ]
}

@test "dead letters are sent again as the manual says" {
	printf 'good\nbad\n' | plog-produce jobs
	plog-consume -1 --retries=0 --dead-letter=jobs.dead jobs -- sh -c '! grep -q bad' 2>/dev/null
	plog-consume -J jobs.dead -- plog-produce -J jobs
	run -0 plog-consume jobs
	[ "$output" = $'good\nbad\nbad' ]
}

@test "--bisect finds the failing records of a batch; only they are tried again and sent away" {
	seq 1 100 | plog-produce t
	run -0 --separate-stderr plog-consume --bisect --retries=2 --backoff=1ms --dead-letter=d t -- \
		sh -c 'cat >in; echo "$PLOG_ATTEMPT $PLOG_COUNT" >>runs; grep -qxE "17|63" in && exit 1; cat in >>good'
	[ "$(plog-consume d)" = $'17\n63' ]
	seq 1 100 | grep -vxE '17|63' | cmp - good
	[ "$(grep -c '^3 1$' runs)" = 2 ]
	! grep -qE '^[23] ([2-9]|..)' runs
}

@test "-j N runs N at once, never two for one partition" {
	plog-topic create -P 4 t
	for i in $(seq 0 39); do echo "{\"partition\":$((i % 4)),\"value\":\"$i\"}"; done | plog-produce -J t
	run -0 --separate-stderr plog-consume -1 -j4 t -- sh -c '
		mkdir p$PLOG_PARTITION || { echo two for one partition; exit 1; }
		ls -d p? 2>/dev/null | wc -l >>atonce
		cat; rmdir p$PLOG_PARTITION'
	[ "$(sort -n <<<"$output")" = "$(seq 0 39)" ]
	[ -z "$stderr" ]
	# The order of each partition is kept.
	for p in 0 1 2 3; do
		awk -v p=$p '$1 % 4 == p' <<<"$output" | sort -nc
	done
	[ "$(sort -n atonce | tail -n 1)" -gt 1 ]
}

@test "-j larger than what the order allows is said once, with what would allow it" {
	seq 1 20 | plog-produce t
	run -0 --separate-stderr plog-consume -1 -j8 t -- true
	[ "$stderr" = 'plog-consume: -j 8: 1 at once, one a partition; --by-key would allow more, one a key, and --unordered any' ]
	run -0 --separate-stderr plog-consume -q -1 -j8 t -- true
	[ -z "$stderr" ]
	run -0 --separate-stderr plog-consume -1 -j8 --by-key t -- true
	[ -z "$stderr" ]
}

@test "--by-key never runs two for one key, and keeps a key's order" {
	for i in $(seq 1 60); do echo "k$((i % 6))=$i"; done | plog-produce -K = t
	run -0 plog-consume -1 -j6 --by-key t -- sh -c '
		mkdir "$PLOG_KEY" || { echo two for one key; exit 1; }
		echo "$PLOG_KEY $(cat)"; ls -d k? 2>/dev/null | wc -l >>atonce
		rmdir "$PLOG_KEY"'
	[ "${#lines[@]}" = 60 ]
	for k in 0 1 2 3 4 5; do
		awk -v k=k$k '$1 == k { print $2 }' <<<"$output" | sort -nc
	done
	[ "$(sort -n atonce | tail -n 1)" -gt 1 ]
}

@test "--unordered runs any N, and begins at most N batches beyond the first that is unfinished" {
	seq 1 100 | plog-produce t
	mkfifo gate
	background plog-consume --batch=5 -j4 --unordered t -- sh -c '
		[ $PLOG_OFFSET != 0 ] || read x <gate
		cat'  >got
	wait_until 5 has_lines got 15
	_lib_pause 0.2
	[ "$(wc -l <got)" = 15 ]
	echo go >gate
	finish "$bg"
	[ "$status" = 0 ]
	sort -n got | cmp - <(seq 1 100)
}

@test "with -j a line of output is never torn" {
	seq 1 40 | plog-produce t
	run -0 plog-consume -1 -j8 --unordered t -- perl -e '$| = 1; chomp($n = <STDIN>); for (1 .. 20) { print $n; print "-"; } print "\n"; print "x" x 70000, "\n"'
	[ "${#lines[@]}" = 80 ]
	[ "$(awk '/^x+$/ && length == 70000' <<<"$output" | wc -l)" = 40 ]
	[ "$(grep -cxE '([0-9]+-)\1{19}' <<<"$output")" = 40 ]
}

@test "standard error that nobody takes holds the command up, and keeps nobody from ending" {
	echo x | plog-produce t
	mkfifo pipe
	exec {fd}<>pipe
	background plog-consume -q --dead-letter=d --drain=200ms t -- sh -c 'echo >begun; yes >&2' 2>pipe
	wait_until 5 test -e begun
	_lib_pause 0.2
	stop "$bg"
	[ "$status" = 143 ]
	exec {fd}<&-
	plog-consume -q --dead-letter=d t -- sh -c 'yes | head -n 100000 >&2' 2>err
	[ "$(wc -l <err)" = 100000 ]
}

@test "filters and -n hold for commands" {
	seq 1 100 | plog-produce t
	run -0 plog-consume --grep='7$' -n 3 t -- cat
	[ "$output" = $'7\n17\n27' ]
	run -3 plog-consume --fail-empty --grep=no t -- cat
}

@test "-f gives a command what comes; topics that come are taken" {
	background plog-consume -f 'a*' -- cat >got
	echo 1 | plog-produce a1
	wait_until 5 has_line got 1
	echo 2 | plog-produce a2
	wait_until 5 has_line got 2
	stop "$bg"
	[ "$status" = 143 ]
}

@test "options of commands need one, and what cannot go together is said" {
	run -2 --separate-stderr plog-consume -1 t
	[[ $stderr == *"need a command"* ]]
	run -2 plog-consume --dead-letter=d t
	run -2 plog-consume --by-key --unordered t -- true
	run -2 plog-consume --raw -1 t -- true
	run -2 plog-consume --tail=1 t -- true
	run -2 plog-consume -j0 t -- true
	run -2 plog-consume -- true
	run -2 plog-consume --dead-letter=../x t -- true
}

@test "who ignores the end of children when it starts plog-consume does not keep it from seeing theirs" {
	echo 1 | plog-produce -q t
	run -0 timeout -k 1 10 env --ignore-signal=CHLD plog-consume t -- cat
	assert_output 1
}

@test "a time of centuries is long, not over" {
	echo 1 | plog-produce -q --lock-timeout=20000w t
	run -0 plog-consume --command-timeout=20000w --drain=20000w t -- cat
	assert_output 1
}

@test "dead letters do not go to what is read: the topic would grow for ever" {
	echo 1 | plog-produce -q t
	run -2 --separate-stderr plog-consume --dead-letter=t t -- false
	[[ $stderr == *"--dead-letter: 't' is what is read"* ]]
	run -2 --separate-stderr plog-consume --dead-letter=t.dead 't*' -- false
	[[ $stderr == *"'t.dead' would be read as well, as it matches 't*'"* ]]
	run -0 plog-consume --dead-letter=t.dead '[t]' -- true
}

@test "a command of which nothing is left is an error: nothing is printed, nothing committed" {
	local command=
	echo 1 | plog-produce -q t
	run -2 --separate-stderr plog-consume -g g t -- $command
	assert_equal "$output" ''
	assert_equal "$stderr" 'plog-consume: no command stands behind --'
	run -0 plog-consume t -K --
	assert_output -- --1
	run -0 --separate-stderr plog-consume -g g t -- cat
	assert_output 1
}
