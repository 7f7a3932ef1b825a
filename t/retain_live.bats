#!/usr/bin/env bats
# plog-retain beside writers, readers, groups, copies, and as root in a user's store.
# also: asan

load helper/lib
setup() { new_store; }

oracle() { python3 "$PLOG_TOP/t/helper/live_oracle.py" "$@"; }
as() { setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"; }
needs_root() {
	needs setpriv
	[ "$(id -u)" = 0 ] || plog_skip "needs root to become other users"
	# The directories above are the tester's own.
	local d=$BATS_TEST_TMPDIR
	while [ "$d" != / ]; do
		chmod o+x "$d"
		d=$(dirname "$d")
	done
}

# Of `log` old segments go, of `table` records that were replaced.
topics() {
	(
		umask 022
		plog-topic create -c internal.segment.bytes=20000 -c retention.bytes=40000 log
		plog-topic create -c internal.segment.bytes=20000 -c cleanup.policy=compact table
	)
}

# writer NAME ROUNDS: ten records to log and ten keys of its own to table, each round
writer() {
	local w=$1 i j
	{
		for ((i = 1; i <= $2; i++)); do
			for j in 0 1 2 3 4 5 6 7 8 9; do
				printf '%s\t%s\n' "$w-$j" "$i"
				printf '%s\t%0100d\n' "$w" "$((i * 10 + j))" >&5
			done
			read -rt 0.03 <> <(:) || :
		done
	} 5> >(plog-produce -q -K '\t' --batch-size=1K log || echo failed >"failed.$w") | plog-produce -q -K '\t' --batch-size=1K table || echo failed >"failed.$w"
}

# follower TOPIC FILE [COMMAND...]: from the log's start, again where the offset it wanted is gone
follower() {
	local t=$1 f=$2
	shift 2
	while [ ! -e stop ]; do
		echo run >>"$f"
		"$@" plog-consume -f -o earliest -F '%o %k %v\n' "$t" >>"$f" 2>>"$f.err" || :
	done
}
export -f writer follower

start() { # WRITERS ROUNDS
	local w
	writers=()
	for ((w = 1; w <= $1; w++)); do
		background bash -c "writer w$w $2"
		writers+=("$bg")
	done
}
running() {
	local p
	for p in "${writers[@]}"; do is_gone "$p" || return 0; done
	return 1
}
# follow TOPIC FILE [COMMAND...]: in the background; end_followers ends all of it
follow() {
	background bash -c "follower $1 $2 ${*:3}"
	followers+=("$bg")
}
end_followers() {
	local p
	: >stop
	for p in "${followers[@]}"; do
		kill -TERM -- "-$p" 2>/dev/null || :
		finish "$p"
	done
	# Nothing was wrong but that retention overtook one.
	! grep -hv 'is gone, the log starts at' ./*.err || return 1
}
caught_up() { # FILE TOPIC
	[ "$(tail -n 1 "$1" | cut -d ' ' -f 1)" = $(($(plog-topic offsets -o latest "$2" | cut -f 3) - 1)) ]
}

@test "16 writers, readers and one who may only read, during retention and compaction: nothing wrong, nothing left out" {
	needs_root
	topics
	followers=()
	chmod o+rwx .
	umask 000
	follow log log.one
	follow table table.one
	follow log log.two "setpriv --reuid=65534 --regid=65534 --clear-groups"
	follow table table.two "setpriv --reuid=65534 --regid=65534 --clear-groups"
	umask 022
	start 16 40
	runs=0
	while running; do
		plog-retain -j 2 --now
		runs=$((runs + 1))
	done
	[ $runs -ge 3 ]
	! cat failed.* 2>/dev/null
	for f in log.one log.two; do wait_until 20 caught_up $f log; done
	for f in table.one table.two; do wait_until 20 caught_up $f table; done
	plog-retain --now
	end_followers
	plog-consume -F '%o %k %v\n' log >log.end
	plog-consume -F '%o %k %v\n' table >table.end
	oracle delete - log.end log.one log.two
	oracle compact 40 table.end table.one table.two
	assert_equal "$(plog-topic offsets -o latest log table | cut -f 3 | tr '\n' ' ')" "6400 6400 "
	# Compaction left less than there was, retention too.
	[ "$(wc -l <table.end)" -lt 3200 ]
	[ "$(head -n 1 log.end | cut -d ' ' -f 1)" -gt 500 ]
	run plog-check
	assert_success
}

# copy WITH TO: groups first; again while something vanished under it
copy() {
	local i
	for ((i = 0; i < 50; i++)); do
		[ "$1" = rsync ] || rm -rf "$2"
		mkdir -p "$2"
		case $1 in
		cp)	cp -a "$PLOG_DIR/groups" "$2" && cp -a "$PLOG_DIR"/{version,topics} "$2" && return ;;
		tar)	tar -C "$PLOG_DIR" -cf - groups | tar -C "$2" -xf - &&
			(set -o pipefail; tar -C "$PLOG_DIR" -cf - --warning=no-file-changed version topics | tar -C "$2" -xf -)
			[ $? -gt 1 ] || return 0 ;;
		rsync)	rsync -a --delete "$PLOG_DIR/groups" "$2" && rsync -a --delete "$PLOG_DIR"/{version,topics} "$2" && return ;;
		esac
	done 2>>copy.words
	cat copy.words
	return 1
}

@test "a copy of a store in use (cp -a, tar, rsync; groups first) is a store" {
	needs rsync
	topics
	followers=()
	follow log log.one
	follow table table.one
	start 3 60
	wait_until 10 has_lines log.one 20
	plog-consume -g g -n 10 log >/dev/null
	n=0
	background bash -c 'while [ ! -e stop ]; do plog-retain --now; plog-consume -q -g g -n 50 log >/dev/null 2>&1; done'
	cleaner=$bg
	while running || [ $n -lt 6 ]; do
		for with in cp tar rsync; do
			n=$((n + 1))
			copy $with "copy.$n" || fail "$with"
		done
	done
	! cat failed.* 2>/dev/null
	wait_until 20 caught_up log.one log
	wait_until 20 caught_up table.one table
	end_followers
	finish "$cleaner"
	for ((i = 1; i <= n; i++)); do
		plog-consume -d "copy.$i" -F '%o %k %v\n' log >"got.log"
		plog-consume -d "copy.$i" -F '%o %k %v\n' table >"got.table"
		# Of each key the last of those up to the copy's end, by what the follower saw.
		awk -v how=log 'FILENAME == "log.one" || FILENAME == "table.one" { if ($1 != "run") { at[FILENAME, $1] = $0; if ($1 + 0 > m[FILENAME]) m[FILENAME] = $1 + 0 } next }
			{ f = FILENAME; sub(/^got\./, "", f); f = f ".one"
			  if (at[f, $1] != $0) { print "other than was written: " f " " $0; bad = 1; exit }
			  if (f == "log.one" && seen[f] && $1 != last[f] + 1) { print "a hole in log before " $1; bad = 1; exit }
			  seen[f] = 1; last[f] = $1 + 0; got[f, $2] = $1 }
			END { if (bad) exit 1
			  for (o = 0; o <= last["table.one"]; o++) if (("table.one", o) in at) { split(at["table.one", o], p, " "); newest[p[2]] = o }
			  for (k in newest) if (got["table.one", k] != newest[k]) { print "copy: key " k " is at " got["table.one", k] ", not at " newest[k]; exit 1 } }' \
			log.one table.one got.log got.table || fail "copy.$i"
		assert_equal "$(echo more | plog-produce -d "copy.$i" log && plog-consume -d "copy.$i" -o -1 log)" more
		plog-group describe -d "copy.$i" --tsv g >/dev/null
		plog-consume -d "copy.$i" -g g -n 1 log >/dev/null
		# Where compaction was putting something in place, the copy may have both the new and the old: repair knows what to do.
		plog-check repair -d "copy.$i" --execute >/dev/null
		plog-retain -d "copy.$i" --now --force
		plog-consume -d "copy.$i" -F '%o %k %v\n' table | awk '{ print $2, $3 }' | sort >kept
		awk '{ v[$2] = $3 } END { for (k in v) print k, v[k] }' got.table | sort >wanted
		[ "$(awk '{ print $1 }' kept | sort -u | wc -l)" = "$(wc -l <wanted)" ]
	done
	echo "# $n copies" >&3
}

@test "a store that a user appends to, and root retains from cron" {
	needs_root
	mkdir store && chown 4001:4001 store
	chmod 755 .
	export PLOG_DIR=$PWD/store
	# Straight from setpriv: what it runs need not be where the user may go.
	user() { HOME=/nonexistent as 4001 "$@"; }
	user plog-topic create -c internal.segment.bytes=2000 -c retention.bytes=4000 log
	user plog-topic create -c internal.segment.bytes=2000 -c cleanup.policy=compact -c segment.ms=1h table
	for i in 1 2 3; do
		lines 30 90 | user plog-produce --batch-size=500 log
		for k in 1 2 3 4 5 6 7 8 9; do printf 'k%d\t%0200d\n' $k $i; done | user plog-produce -K '\t' --batch-size=500 table
		run --separate-stderr -0 env -i PATH="$PATH" PLOG_DIR="$PLOG_DIR" PLOG_TEST_NOW=$(($(date +%s%3N) + i * 7200000)) plog-retain --now --force
		assert_equal "$output$stderr" ""
		[ -z "$(find store ! -user 4001)" ]
	done
	assert_equal "$(user plog-consume table | sort | uniq -c | awk '{ print $1, $2 + 0 }')" "9 3"
	echo last | user plog-produce log
	assert_equal "$(user plog-consume -o -1 log)" last
	user plog-retain --now --force
	user plog-check
}
