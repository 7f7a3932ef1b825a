# crash.bash - for the crash tests: a partition in memory, a second writer that
# looks at what the first one left.  PLOG_TORTURE=1: all points, not a sample.

CALLS=openat,write,pwrite64,fsync,fdatasync,renameat,renameat2,ftruncate,unlinkat,mkdirat,fchmod,fcntl,close
export ASAN_OPTIONS=detect_leaks=0

# A fresh place: $P is the partition (not there yet), $W a directory beside it.
new_place() {
	local where=$BATS_TEST_TMPDIR
	# Thousands of small files, synced: in memory, where that is possible.
	[ ! -w /dev/shm ] || where=/dev/shm
	W=$(mktemp -d "$where/plog-crash.XXXXXX") || return
	mkdir "$W/t"
	P=$W/t/0
	boot 1
}

# Another boot from now on.
boot() {
	export PLOG_TEST_BOOT_ID=$W/boot
	printf '%08x-0000-4000-8000-000000000000\n' "$1" >"$W/boot"
}

# Everything acknowledged in FILE... is in the log, once, at its offset, and the
# next writer goes on by itself.
second_writer() {
	echo after | logtool append "$P" >"$W/after" 2>"$W/err" || { cat "$W/err"; return 1; }
	logdump "$P" >"$W/dump" || return
	awk 'FILENAME ~ /dump$/ { v = $0; sub(/^[0-9]+ [0-9]+ /, "", v); at[$1] = v; next }
		/^ack [0-9]+ / && NF > 2 { o = $2; v = $0; sub(/^ack [0-9]+ /, "", v)
			if (at[o] != v) { print "acknowledged and not there: " $0; bad = 1 } }
		END { exit bad }' "$W/dump" "$@" "$W/after"
}

# A partition comes whole or not at all.
whole_and_written() {
	[ -d "$P" ] || logtool create "$P" || return
	second_writer "$@"
}

# points COMMAND...: "CALL N" for each call that it makes when nothing is wrong.
points() {
	strace -f -qq -o "$W/ref" -e "trace=$CALLS" "$@" >/dev/null 2>&1 </dev/null
	awk '{ sub(/^[0-9]+ +/, ""); if (match($0, /^[a-z0-9_]+\(/)) n[substr($0, 1, RLENGTH - 1)]++ }
		END { for (c in n) for (i = 1; i <= n[c]; i++) print c, i }' "$W/ref" | sort
}

# sweep EVERY INJECT PREPARE COMMAND...: PREPARE, then COMMAND with the fault
# INJECT (a strace clause) at each EVERY-th point, then the second writer (or
# LOOK, a function that is given the file of what the command said).
sweep() {
	local every=$1 inject=$2 prepare=$3 c n i=0 tried=0 rc
	shift 3
	[ -z "${PLOG_TORTURE-}" ] || every=1
	$prepare || return
	points "$@" >"$W/points"
	while read -r c n; do
		((i++ % every)) && continue
		$prepare || return
		: >"$W/acks"
		rc=0
		strace -f -qq -o /dev/null -e "trace=$c" -e "inject=$c:$inject:when=${n}${STICKY-}" "$@" \
		    >"$W/acks" 2>"$W/err1" </dev/null || rc=$?
		case $inject in
		signal=*)	;;
		*)	# 127: the fault met the loader, before there was a program.
			[ $rc -lt 126 ] || [ $rc = 127 ] || { echo "$c $n: status $rc"; cat "$W/err1"; return 1; } ;;
		esac
		${LOOK:-whole_and_written} "$W/acks" || { echo "$inject at $c $n of: $*"; cat "$W/err1"; return 1; }
		tried=$((tried + 1))
	done <"$W/points"
	echo "# $tried points: $inject" >&3
	[ $tried -gt 5 ]
}

# What sweep prepares.
nothing() { rm -rf "$W/t"; mkdir "$W/t"; }
partition() { nothing && logtool create "$P"; }
torn_and_rebooted() {
	partition && boot 1 && logtool append -g a:4 -n 2 "$P" >/dev/null &&
	truncate -s -5 "$P/00000000000000000000.log" && boot 2
}
create_and_append() { logtool create "$P" && exec logtool append -g a:2 "$P"; }
export -f create_and_append

# killed CALL N COMMAND...: true when it was not, having ended before
killed() {
	(
		exec 2>/dev/null
		strace -f -qq -o /dev/null -e trace="$1" -e inject="$1:signal=KILL:when=$2" "${@:3}" >/dev/null
	) 2>/dev/null
}

# Lines of GOT are lines of BEFORE, in that order, and all of DONE are among them.
between() { # BEFORE GOT DONE
	awk 'FILENAME == ARGV[1] { at[$0] = FNR; next }
		FILENAME == ARGV[2] { if (at[$0] <= last) { print "not there, or out of order: " $0; exit bad = 1 } last = at[$0]; got[$0] = 1; next }
		!($0 in got) { print "lost: " $0; exit bad = 1 }
		END { exit bad }' "$@"
}
