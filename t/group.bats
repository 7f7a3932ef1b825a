#!/usr/bin/env bats
# plog-group: what it promises, a sentence a test.

load helper/lib
setup() { new_store; }

group() { plog-group "$@"; }

# jobs TOPIC [PARTITIONS]: 25 records in each partition, numbered.
jobs() {
	seq 1 $((25 * ${2:-4})) | plog-produce -q -P "${2:-4}" --partitioner=roundrobin "$1"
}

# member GROUP TOPIC: a member that owns everything; ends with the test.
member() {
	background groupmember "$@" >member.out
	wait_until 10 has_line member.out settled
}

offsets() { group describe --tsv "$1" | cut -f 4 | xargs; }

@test "reset shows where positions would go and changes nothing without --execute" {
	jobs jobs
	run --separate-stderr -0 group reset --tsv -o +5 workers jobs
	assert_equal "$output" "$(printf 'workers\tjobs\t%d\t-\t5\tno\n' 0 1 2 3)"
	assert_equal "$stderr" "plog-group: nothing was changed: --execute does it"
	run -0 group list
	assert_output ''
}

@test "reset --execute sets positions, makes the group, and is silent on stderr" {
	jobs jobs 2
	run --separate-stderr -0 group reset --tsv -o +5 --execute workers jobs
	assert_equal "$output" "$(printf 'workers\tjobs\t%d\t-\t5\tyes\n' 0 1)"
	assert_equal "$stderr" ''
	assert_equal "$(offsets workers)" '5 5'
}

@test "reset takes every place of the offset language" {
	printf '{"value":"x","timestamp":%d}\n' 1000 2000 3000 4000 | plog-produce -q -J t
	local where want
	while read -r where want; do
		group reset -o "$where" --execute g t >out
		assert_equal "$where $(offsets g)" "$where $want"
	done <<-END
		latest 4
		earliest 0
		-1 3
		+1 1
		2 2
		@1970-01-01T00:00:03 2
	END
}

@test "a time behind all records is the log's end, and that is said" {
	jobs t 1
	run --separate-stderr -0 group reset --tsv --execute -o @2100-01-01 g t
	assert_output "$(printf 'g\tt\t0\t-\t25\tyes')"
	assert_equal "$stderr" "plog-group: 't/0' has nothing at or after that time: its end"
}

@test "an offset outside of the log is clamped to it, and that is said" {
	jobs t 1
	run --separate-stderr -0 group reset --tsv --execute -o 99 g t
	assert_output "$(printf 'g\tt\t0\t-\t25\tyes')"
	assert_equal "$stderr" "plog-group: 99 lies behind the log of 't/0': 25"
	plog-topic trim -o 10 --execute t >out
	run --separate-stderr -0 group reset --tsv --execute -o 3 g t
	assert_output "$(printf 'g\tt\t0\t25\t10\tyes')"
	assert_equal "$stderr" "plog-group: 3 lies before the log of 't/0': 10"
}

@test "reset --shift-by moves from where the group is, forwards and back, within the log" {
	jobs t 2
	group reset -q -o 10 --execute g t >out
	group reset --shift-by=+5 --execute g >out; assert_equal "$(offsets g)" '15 15'
	group reset --shift-by=-7 --execute g t >out; assert_equal "$(offsets g)" '8 8'
	run --separate-stderr -0 group reset --shift-by=-9 --execute g
	assert_equal "$stderr" "$(printf "plog-group: -1 lies before the log of 't/%d': 0\n" 0 1)"
	assert_equal "$(offsets g)" '0 0'
	run --separate-stderr -0 group reset -q --shift-by=9223372036854775807 --execute g
	assert_equal "$(offsets g)" '25 25'
}

@test "reset -p moves these partitions only; one that is not there means nothing is done" {
	jobs t
	group reset -q -o 1 --execute g t >out
	group reset -o latest -p 1,3 --execute g t >out
	assert_equal "$(offsets g)" '1 25 1 25'
	run --separate-stderr -1 group reset -o 0 -p 2,9 --execute g t
	assert_equal "$stderr" "plog-group: topic 't' has no partition 9, it has 4"
	assert_equal "$(offsets g)" '1 25 1 25'
}

@test "reset without topics moves all topics in which the group has positions" {
	jobs a 1; jobs b 1; jobs c 1
	group reset -o 1 --execute g a b >out
	run -0 group reset --tsv -o latest --execute g
	assert_output "$(printf 'g\t%s\t0\t1\t25\tyes\n' a b)"
	run --separate-stderr -1 group reset -o latest --execute nobody
	assert_equal "$stderr" "plog-group: no position to set: group 'nobody' has none there"
}

@test "reset --to-group begins where another group is" {
	jobs t
	group reset -o 7 --execute a t >out
	group commit -o 9 -p 2 a t
	group reset --to-group=a --execute b >out
	assert_equal "$(offsets b)" '7 7 9 7'
	run --separate-stderr -1 group reset --to-group=c --execute b
	[[ $stderr == "plog-group: group 'c' does not exist"* ]]
}

@test "reset wants one place, a group, and nothing else" {
	run --separate-stderr -2 group reset g t
	assert_equal "$stderr" "plog-group: reset: one of -o, --shift-by, --from-file, --to-group"
	run -2 group reset -o 1 --shift-by=2 g t
	run -2 group reset -o 1
	run -2 group reset -o nowhere g t
	run -2 group peek -o 1 g t
}

@test "export of one group is Kafka's topic,partition,offset, of several group,topic,partition,offset" {
	jobs t 2
	group reset -o 3 --execute a t >out
	group reset -o 4 --execute b t >out
	run -0 group export a
	assert_output $'t,0,3\nt,1,3'
	run -0 group export
	assert_output $'a,t,0,3\na,t,1,3\nb,t,0,4\nb,t,1,4'
	run -0 group export -J a
	assert_line --index 0 '{"group":"a","topic":"t","partition":0,"offset":3}'
}

@test "reset --from-file reads back what export wrote, of one group and of all" {
	jobs t 2
	group reset -o 3 --execute a t >out
	group reset -o 4 --execute b t >out
	group export >all.csv
	group export a >one.csv
	group reset -o latest --execute a t >out; group reset -o latest --execute b t >out
	group reset --from-file=- --execute a <one.csv >out
	assert_equal "$(offsets a)" '3 3'
	group reset -o latest --execute a t >out
	group reset --from-file=all.csv --execute >out
	run -0 group export
	assert_output "$(cat all.csv)"
	# Of a file of several groups, one; and carriage returns and quotes of other tools.
	printf '"a","t","1","9"\r\nb,t,1,9\r\n' >crlf.csv
	group reset --from-file=crlf.csv --execute a >out
	assert_equal "$(offsets a) $(offsets b)" '3 9 4 4'
}

@test "a bad line of --from-file is named, and nothing is set" {
	jobs t 1
	for line in 't,0' 't,x,1' 't,0,-1' 'a b,0,1' 'g,t,0,1,2' 't,0,99999999999999999999'; do
		printf 't,0,1\n%s\n' "$line" >in.csv
		run --separate-stderr -1 group reset --from-file=in.csv --execute g
		[[ $stderr == "plog-group: 'in.csv', line 2: "* ]]
	done
	printf 't,0,1\nt,0,2\n' >in.csv
	run --separate-stderr -1 group reset --from-file=in.csv --execute g
	assert_equal "$stderr" "plog-group: 'in.csv': 't/0' is there twice for group 'g'"
	run -0 group list
	assert_output ''
}

@test "reset, commit, delete and delete-offsets refuse a group that has members: status 1, nothing changed" {
	jobs t 1
	group reset -o 3 --execute g t >out
	member g t
	run --separate-stderr -1 group reset -o 0 --execute g t
	assert_equal "$stderr" "plog-group: group 'g' has 1 member; its positions are set when it has none"
	run -1 group commit -o 0 -p 0 g t
	run -1 group delete g
	run -1 group delete-offsets g t
	assert_equal "$(offsets g)" 3
	stop "$bg"
	group reset -o 0 --execute g t >out
	assert_equal "$(offsets g)" 0
}

@test "commit sets one position at once, silently" {
	jobs t
	run --separate-stderr -0 group commit -o 5 -p 2 g t
	assert_equal "$output$stderr" ''
	assert_equal "$(offsets g)" '- - 5 -'
	run -2 group commit -p 2 g t
	run -2 group commit -o 5 g t
}

@test "describe has Kafka's columns; -J and --tsv are the promise" {
	jobs t 2
	group commit -o 5 -p 0 g t
	run -0 group describe g
	assert_line --index 0 --regexp '^GROUP +TOPIC +PARTITION +CURRENT-OFFSET +LOG-END-OFFSET +LAG +CONSUMER-ID +HOST +CLIENT-ID'
	run -0 group describe --tsv g
	assert_line --index 0 --regexp $'^g\tt\t0\t5\t25\t20\t-\t-\t-\tEmpty\t[0-9]+$'
	run -0 group describe -J g
	assert_equal "$(jq -c 'del(.age_ms)' <<<"${lines[1]}")" \
		'{"group":"g","topic":"t","partition":1,"current_offset":null,"log_end_offset":25,"lag":null,"member":null,"host":null,"client":null,"state":"Empty"}'
}

@test "describe shows members, owners and the state Stable, then Empty when they left" {
	jobs t 2
	member -m m1 g t
	run -0 group describe --tsv g
	assert_line --index 0 --regexp $'^g\tt\t0\t[^\t]+\t25\t[^\t]+\tm1\t'
	run -0 group describe --members -J g
	assert_equal "$(jq -c '[.member,.partitions,.pid,.alive]' <<<"$output")" "[\"m1\",2,$bg,true]"
	run -0 group describe --state --tsv g
	assert_line --regexp $'^g\tcooperative-sticky\tStable\t1\t[0-9]+\t50$'
	stop "$bg"
	run -0 group describe --state --tsv g
	assert_line --regexp $'\tEmpty\t0\t'
}

@test "the state is PreparingRebalance while a partition waits for who has it, Stable when it moved" {
	jobs t 2
	member -m m1 g t
	local first=$bg
	state_is() { [ "$(group describe --state -J g | jq -r .state)" = "$1" ]; }
	state_is Stable
	kill -STOP "$first"
	background groupmember -m m2 g t >other.out
	wait_until 5 state_is PreparingRebalance
	kill -CONT "$first"
	wait_until 5 state_is Stable
	assert_equal "$(group describe --members --tsv g | cut -f 2,5 | xargs)" 'm1 1 m2 1'
}

@test "a member of plog-consume has its program as client, its host, and host.pid.random as its name" {
	jobs t 2
	background plog-consume -q -f -g g t >out
	owned() { [ "$(group describe -J g | jq -r .member | grep -c "\.$bg\.")" = 2 ]; }
	wait_until 5 owned
	run -0 group describe --tsv g
	assert_equal "$(cut -f 8,9,10 <<<"$output" | sort -u)" "$(printf '%s\tplog-consume\tStable' "$(uname -n)")"
	run -0 group describe --members --tsv g
	assert_equal "$(cut -f 3-5 <<<"$output")" "$(printf '%s\tplog-consume\t2' "$(uname -n)")"
	stop "$bg"
}

@test "the age of the first unread record is that record's, nothing where all is read" {
	printf '{"value":"a","timestamp":1000}\n{"value":"b","timestamp":2000}\n' | plog-produce -q -J t
	group commit -o 1 -p 0 g t
	PLOG_TEST_NOW=5000 run -0 group describe --tsv g
	assert_equal "$(cut -f 11 <<<"$output")" 3000
	group commit -o 2 -p 0 g t
	run -0 group describe --tsv g
	assert_equal "$(cut -f 6,11 <<<"$output")" $'0\t-'
}

@test "describe of a group whose topic was deleted, and of one that is not there" {
	jobs t 1; jobs u 1
	group reset -o 1 --execute g t u >out
	plog-topic delete t
	run -0 group describe --tsv g
	assert_line --partial $'g\tu\t0\t1\t25'
	run --separate-stderr -1 group describe gg g
	[[ $stderr == "plog-group: group 'gg' does not exist"* ]]
	assert_equal "$(cut -f 1 <<<"$output" | sort -u | grep -c g)" 1
	run --separate-stderr -1 group describe --state -J gg
	[ -z "$output" ]
}

@test "list gives names, -l and -J what they are about; globs select" {
	jobs t 2
	group reset -o 5 --execute a1 t >out
	group reset -o latest --execute a2 t >out
	group reset -o latest --execute b t >out
	run -0 group list
	assert_output $'a1\na2\nb'
	run -0 group list 'a*'
	assert_output $'a1\na2'
	run -0 group list -l --tsv a1
	assert_output "$(printf 'a1\tEmpty\t0\t1\t2\t40')"
	run -0 group list -J b
	assert_output '{"group":"b","state":"Empty","members":0,"topics":1,"partitions":2,"lag":0}'
	run --separate-stderr -1 group list 'x*'
	assert_equal "$stderr" "plog-group: no group matches 'x*'"
}

@test "delete takes a group away; delete-offsets the positions in a topic; the others are done when one fails" {
	jobs t 1; jobs u 1
	group reset -o 1 --execute g t u >out
	group delete-offsets g t
	run -0 group export g
	assert_output 'u,0,1'
	run --separate-stderr -1 group delete none g
	[[ $stderr == "plog-group: group 'none' does not exist"* ]]
	run -0 group list
	assert_output ''
}

@test "peek shows what is read next, -B before it, -A from it on" {
	jobs t 1
	group commit -o 10 -p 0 g t
	run -0 group peek g t
	assert_output "$(printf '0\t10\t\t11')"
	run -0 group peek -B 2 -A 1 -F '%v\n' g t
	assert_output $'9\n10\n11'
	run -0 group peek -B 1 -J g t
	assert_equal "$(jq -c '[.offset,.value]' <<<"$output")" '[9,"10"]'
	run -0 group peek -A 100 -F '%o\n' g t
	assert_line --index 14 24
	assert_equal "${#lines[@]}" 15
	assert_equal "$(offsets g)" 10
	run --separate-stderr -1 group peek g u
	assert_equal "$stderr" "plog-group: group 'g' has no position there in topic 'u'"
}

@test "wait ends at once when all is read, with 1 and how far it is when the time runs out" {
	jobs t 1
	group reset -o 5 --execute g t >out
	run --separate-stderr -1 group wait --timeout=50ms g
	assert_equal "$stderr" "plog-group: group 'g' has not caught up: lag 20"
	run -0 group wait --lag=20 --timeout=10s g
	group reset -o latest --execute g t >out
	run --separate-stderr -0 group wait --timeout=10s g
	assert_equal "$output$stderr" ''
	run -1 group wait --timeout=1s nobody
}

@test "wait ends when what is missing is committed, and does not poll meanwhile" {
	needs strace
	jobs t 1
	group reset -o 24 --execute g t >out
	background strace -f -qq -e trace=poll,ppoll,epoll_wait -o trace plog-group wait --timeout=20s g
	local waiter=$bg
	wait_until 10 grep -qE 'poll' trace
	group reset -o 25 --execute g t >out
	finish "$waiter"
	assert_equal "$status" 0
	[ "$(grep -c poll trace)" -lt 30 ]
}

@test "metrics are Prometheus text: members, state, positions, lag, age" {
	printf '{"value":"a","timestamp":1000}\n' | plog-produce -q -J t
	group commit -o 0 -p 0 g t
	PLOG_TEST_NOW=3500 run -0 group metrics g
	assert_line 'plog_group_members{group="g"} 0'
	assert_line 'plog_group_state{group="g",state="Empty"} 1'
	assert_line 'plog_group_committed_offset{group="g",topic="t",partition="0"} 0'
	assert_line 'plog_group_log_end_offset{group="g",topic="t",partition="0"} 1'
	assert_line 'plog_group_lag{group="g",topic="t",partition="0"} 1'
	assert_line 'plog_group_first_unread_age_seconds{group="g",topic="t",partition="0"} 2.500'
}

@test "the reading commands write nothing, anywhere in the store" {
	jobs t 1
	group commit -o 5 -p 0 g t
	find "$PLOG_DIR" -printf '%P %s %T@ %C@\n' | sort >before
	group list -l >out; group describe >out; group export >out; group metrics >out; group peek g t >out
	group wait --lag=100 g
	find "$PLOG_DIR" -printf '%P %s %T@ %C@\n' | sort >after
	cmp before after
}

@test "--groups=DIR keeps groups elsewhere, and the store has none" {
	jobs t 1
	mkdir kept
	group reset --groups=kept -o 5 --execute g t >out
	run -0 group --groups=kept export g
	assert_output 't,0,5'
	run -0 group list
	assert_output ''
}

@test "damage in the log where a group is to go on: the lag is shown, and the age of the next whole record" {
	local w
	for w in one two three; do echo $w | plog-produce -q --timestamp=-1h t; done
	plog-group commit -o 1 -p 0 g t
	LC_ALL=C sed -i s/two/tvo/ "$PLOG_DIR"/topics/t/0/*.log
	run -0 --separate-stderr plog-group describe --tsv g
	assert_equal "$stderr" ''
	[[ $output == $'g\tt\t0\t1\t3\t2\t'*$'\t36'[0-9][0-9][0-9][0-9][0-9] ]]
	run -0 plog-group metrics g
	run -1 plog-consume -q -g g t
}

@test "a damaged position is named, the others are shown, the status is 1; reset mends it" {
	jobs t 2
	group reset -o 5 --execute g t >out
	local f=$PLOG_DIR/groups/g/offsets/t size
	size=$(stat -c %s "$f")
	# The last partition has the last bytes.
	head -c $((size / 3)) /dev/zero | tr '\0' '\377' | dd of="$f" bs=1 seek=$((size - size / 3)) conv=notrunc status=none
	run --separate-stderr -1 group describe --tsv g
	[[ $stderr == *damaged* ]]
	assert_line --partial $'g\tt\t0\t5\t25\t20'
	group reset -q -o 7 --execute g t >out 2>err
	assert_equal "$(offsets g)" '7 7'
}

@test "an unknown command or an option that a command does not take is answered with the right ones, status 2" {
	run --separate-stderr -2 group discribe
	assert_equal "$stderr" "plog-group: unknown command 'discribe', did you mean 'describe'?"
	run --separate-stderr -2 group describe --execute g
	assert_equal "$stderr" "plog-group: 'describe' does not take --execute (reset)"
}

@test "a store that is not there: said, status 1, and nothing is made" {
	run --separate-stderr -1 group list
	[[ $stderr == "plog-group: no store at "* ]]
	[ ! -e "$PLOG_DIR" ]
}

# What t/golden/MAKE committed with Kafka's own tools.
@test "list, describe and export of a broker's directory read its __consumer_offsets" {
	local d=$PLOG_TOP/t/golden/log-dirs
	run --separate-stderr -0 group list -d "$d"
	assert_equal "$output" "$(printf '%s\n' billing clerk shipping)"
	assert_equal "$stderr" ''
	run -0 group list -d "$d" 's*'
	assert_output shipping
	run --separate-stderr -0 group describe -d "$d" --tsv
	assert_equal "$(cut -f 1-6,10 <<<"$output")" "$(tr ' ' '\t' <<-END
		billing events.v1-2 0 5 5 0 Empty
		billing orders 0 17 24 7 Empty
		billing orders 1 10 10 0 Empty
		billing orders 2 - 0 - Empty
		clerk orders 0 24 24 0 Empty
		clerk orders 1 10 10 0 Empty
		clerk orders 2 0 0 0 Empty
		shipping orders 0 20 24 4 Empty
		shipping orders 1 - 10 - Empty
		shipping orders 2 - 0 - Empty
	END
	)"
	assert_equal "$stderr" ''
	run -0 group describe -d "$d" --state --tsv clerk
	assert_output "$(printf 'clerk\t-\tEmpty\t0\t2\t0')"
	run -0 group export -d "$d" billing
	assert_output "$(printf '%s\n' events.v1-2,0,5 orders,0,17 orders,1,10)"
}

@test "a broker's group has the members that the broker wrote down last" {
	local log=log-dirs/__consumer_offsets-0/00000000000000000000.log at
	cp -r "$PLOG_TOP/t/golden/log-dirs" .
	at=$(plog-check dump -J "./$log" | jq 'select(.baseOffset == 11).position')
	truncate -s "$at" "$log"
	run --separate-stderr -0 group describe -d log-dirs --state --tsv clerk
	assert_output "$(printf 'clerk\trange\tStable\t1\t1\t0')"
	run -0 group describe -d log-dirs --members -J clerk
	assert_equal "$(jq -c '[.host,.client,.partitions,.alive]' <<<"$output")" '["/127.0.0.1","console-consumer",3,true]'
	run -0 group describe -d log-dirs -J clerk
	assert_equal "$(jq -r .client <<<"$output" | sort | uniq -c | xargs)" '3 console-consumer'
	# what was deleted behind is there still
	run -0 group list -d log-dirs
	assert_output "$(printf '%s\n' billing clerk old shipping)"
}

@test "damage in a broker's __consumer_offsets is said, and what is whole is used" {
	local log=log-dirs/__consumer_offsets-0/00000000000000000000.log at
	cp -r "$PLOG_TOP/t/golden/log-dirs" .
	at=$(plog-check dump -J "./$log" | jq 'select(.baseOffset == 4).position')
	printf X | dd of="$log" bs=1 seek=$((at + 70)) conv=notrunc status=none
	run --separate-stderr -1 group describe -d log-dirs --tsv billing
	assert_equal "$(cut -f 2-4 <<<"$output" | xargs)" 'events.v1-2 0 5 orders 0 17 orders 1 - orders 2 -'
	[[ $stderr == *"__consumer_offsets"* ]] || fail "$stderr"
	run --separate-stderr -1 group list -d log-dirs
	[[ $stderr == *"__consumer_offsets"* ]] || fail "$stderr"
}

@test "a broker's groups are never changed, and a directory without them is said" {
	local d=$PLOG_TOP/t/golden/log-dirs what
	for what in 'delete billing' 'commit -o 1 -p 0 billing orders' 'reset -o 1 --execute billing orders' 'delete-offsets billing orders'; do
		# shellcheck disable=SC2086
		run --separate-stderr -1 group $what -d "$d"
		[[ $stderr == *"is a Kafka broker's directory, read only"* ]] || fail "$what: $stderr"
	done
	run --separate-stderr -1 group describe -d "$d" nobody
	assert_equal "$stderr" "plog-group: group 'nobody' does not exist"
	run --separate-stderr -1 group list -d "$PLOG_TOP/t/golden/rolled"
	[[ $stderr == *"has no topic __consumer_offsets" ]] || fail "$stderr"
}

@test "reset killed at its system calls: each position is the old one or the new one, and a reset after it works" {
	needs strace
	export ASAN_OPTIONS=detect_leaks=0	# which does not work under ptrace
	local call step at count p killed=0
	plog-topic create -P 3 t
	seq 300 | plog-produce -q --partitioner=roundrobin t
	plog-consume -q -g g t >/dev/null
	cp -a "$PLOG_DIR" base
	strace -f -qq -o trace -e trace=openat,pwrite64,fdatasync,fcntl plog-group reset -q -o 5 --execute g t >/dev/null
	while read -r call step <&9; do
		count=$(grep -c "^[0-9]* *$call(" trace) || continue
		for ((at = 1; at <= count; at += ${PLOG_TORTURE:-step})); do
			rm -rf "$PLOG_DIR" && cp -a base "$PLOG_DIR"
			run strace -f -qq -o /dev/null -e trace=$call -e inject=$call:signal=KILL:when=$at \
			    plog-group reset -q -o 5 --execute g t
			[ "$status" = 137 ] || continue
			killed=$((killed + 1))
			run -0 plog-group export g
			[ "${#lines[@]}" = 3 ]
			for p in 0 1 2; do [[ ${lines[p]} == t,$p,5 || ${lines[p]} == t,$p,100 ]]; done
			plog-group reset -q -o 7 --execute g t >/dev/null
			run -0 plog-group export g
			[ "$output" = $'t,0,7\nt,1,7\nt,2,7' ]
		done
	done 9<<-'END'
		pwrite64 1
		fdatasync 1
		fcntl 5
		openat 15
	END
	[ "$killed" -ge 5 ]
}
