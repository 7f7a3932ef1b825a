#!/usr/bin/env bats
# share/examples: what stands there works as it stands there.

load helper/lib

setup() {
	new_store
	EXAMPLES=$PLOG_TOP/share/examples
}

# exec_start UNIT: the command line of a unit, as systemd would hand it to the shell.
exec_start() {
	sed -n "s|^ExecStart=/bin/sh -c '\\(.*\\)'\$|\\1|p" "$1" | sed 's/\$\$/$/g'
}

@test "orders.bats: plog as the Kafka of somebody's own tests" {
	needs jq
	run -0 bats --formatter tap "$EXAMPLES/orders.bats"
	[ "${lines[0]}" = 1..2 ]
}

@test "plog-tail.service: new lines of a file come into the topic, old ones do not, TERM loses nothing" {
	echo old >app.log
	command=$(exec_start "$EXAMPLES/plog-tail.service")
	[ -n "$command" ]
	LOG=$PWD/app.log TOPIC=syslog background sh -c "$command"
	local unit=$bg
	# tail is at the end of the file when a first line comes through.
	probe() { echo probe >>app.log; plog-consume syslog 2>/dev/null | grep -q probe; }
	wait_until 10 probe
	printf 'one\ntwo\n' >>app.log
	wait_until 5 bash -c 'plog-consume syslog | grep -qx two'
	kill -TERM -- "-$unit"
	finish "$unit"
	run -0 plog-consume syslog
	[[ $output != *old* ]]
	[ "$(tail -n 2 <<<"$output")" = $'one\ntwo' ]
}

@test "check_plog: OK, WARNING, CRITICAL and UNKNOWN, with the statuses of Nagios" {
	needs jq
	local check=$EXAMPLES/check_plog
	run -3 "$check"
	[[ $output == UNKNOWN:* ]]
	seq 1 100 | plog-produce -q jobs
	run -0 "$check"
	assert_output 'OK: no groups |'
	plog-group reset -o latest --execute workers jobs >out
	run -0 "$check" workers
	assert_output 'OK: workers Empty, lag 0, oldest 0s | workers=0;1000;10000'
	plog-group reset -o 50 --execute workers jobs >out
	run -1 "$check"
	[[ $output == 'WARNING: workers Empty, lag 50, oldest '* ]]
	run -2 "$check" -c 50
	[[ $output == CRITICAL:* ]]
	# A partition without a commit is unread from its start on.
	plog-topic alter -P 2 jobs
	yes 'more' | head -n 5 | jq -cR '{partition: 1, value: .}' | plog-produce -q -J jobs
	plog-group reset -o latest -p 0 --execute idle jobs >out
	run -1 "$check"
	assert_output --regexp '^WARNING: idle Empty, lag 5, oldest [0-9]+s; workers Empty, lag 55, oldest [0-9]+s \| idle=5;1000;10000 workers=55;1000;10000$'
	run -3 "$check" nobody
	[[ $output == "UNKNOWN: plog-group: group 'nobody' does not exist"* ]]
}

@test "units are ones that systemd understands" {
	needs systemd-analyze
	for unit in "$EXAMPLES"/*.service "$PLOG_TOP"/share/systemd/*; do
		[ -e "$unit" ] || continue
		sed "s|^ExecStart=plog|ExecStart=$PLOG_BIN/plog|" "$unit" >"${unit##*/}"
		run systemd-analyze verify --man=no --recursive-errors=no "./${unit##*/}"
		[[ $output != *"Unknown"* && $output != *"Invalid"* && $output != *"Failed to parse"* ]] || { echo "$output"; return 1; }
	done
}

@test "README: the tour works when it is pasted" {
	needs_module regex
	sed -n '/^A tour$/,/^Following/ { s/^    //p }' "$PLOG_TOP/README" >tour
	[ "$(wc -l <tour)" -ge 10 ]
	run -0 --separate-stderr bash -e tour
	[ "${lines[0]}" = 99998 ]
	[[ $output == *ann=7* ]]
	[[ $output == *"numbers"*"0"*"100000"* ]]
}

@test "plog-worker.service: success acknowledges, what fails goes to the dead letters, and is sent again" {
	needs jq
	printf '#!/bin/sh\nread -r n; [ "$n" != 3 ] || exit 1; echo "$n" >>done\n' >job
	chmod +x job
	grep -q '^StartLimitBurst=' "$EXAMPLES/plog-worker.service"
	command=$(exec_start "$EXAMPLES/plog-worker.service")
	[ -n "$command" ]
	seq 1 5 | plog-produce jobs
	TOPIC=jobs JOB=$PWD/job background sh -c "$command" 2>err
	wait_until 10 has_lines done 4
	wait_until 10 has_line err "sent to 'jobs.dead'"
	stop "$bg"
	[ "$(cat done)" = $'1\n2\n4\n5' ]
	run -0 plog-consume jobs.dead
	[ "$output" = 3 ]
	plog-consume -q -g again -J jobs.dead -- plog-produce -J jobs
	[ "$(plog-consume -o -1 jobs)" = 3 ]
}

@test "transform.sh: killed half way it repeats and never skips" {
	plog-topic create in
	plog-topic create out
	local i
	for i in 1 2 3 4; do
		background "$EXAMPLES/transform.sh" in out sed 's/$/!/' 2>/dev/null
		seq $((i * 1000)) $((i * 1000 + 999)) | plog-produce in
		reached() { [ "$(plog-topic offsets --tsv out | cut -f 3)" -ge $((i * 700)) ]; }
		wait_until 10 reached
		stop "$bg" KILL
	done
	background "$EXAMPLES/transform.sh" in out sed 's/$/!/' 2>/dev/null
	whole() { plog-consume out | sort -nu | cmp - <(seq 1000 4999 | sed 's/$/!/'); }
	wait_until 15 whole
	stop "$bg"
}

@test "sqlite-out.sh and sqlite-in.sh: rows out of one database are the rows of another" {
	needs sqlite3 jq
	sqlite3 a.db "create table t (n integer, s text); insert into t values (1, 'one'), (2, 'it''s \"two\"'), (3, null)"
	"$EXAMPLES/sqlite-out.sh" a.db t rows
	"$EXAMPLES/sqlite-out.sh" a.db t rows
	sqlite3 a.db "insert into t values (4, 'four')"
	"$EXAMPLES/sqlite-out.sh" a.db t rows
	[ "$(plog-consume rows | jq -r .n)" = $'1\n2\n3\n4' ]
	background "$EXAMPLES/sqlite-in.sh" b.db t rows 2>err
	full() { [ "$(sqlite3 b.db 'select count(*) from t')" = 4 ]; }
	wait_until 10 full
	stop "$bg" KILL
	# From the start again, as after a crash before the commit: nothing comes twice.
	rm -rf "$PLOG_DIR/groups/sqlite-t"
	background "$EXAMPLES/sqlite-in.sh" b.db t rows 2>err
	wait_until 10 has_line err 'no position'
	stop "$bg"
	[ "$(sqlite3 b.db "select json_extract(value, '\$.s') from t order by offset")" = "$(sqlite3 a.db 'select s from t order by n')" ]
}
