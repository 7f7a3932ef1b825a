# lib.bash - what every .bats file stands on.
#
#	load helper/lib
#	setup() { new_store; }
#
# PLOG_BIN	the build under test (a directory with the commands; default: the tree)
# PLOG_HELPER	compiled helpers of t/helper, also on PATH
# PLOG_DIR	the store of this test, made by the first producer
#
# run --separate-stderr and run -N are allowed.  A skip is plog_skip: it fails
# under PLOG_TEST_STRICT=1.  Nothing sleeps: wait_until.  What runs in the
# background is started by `background` and is ended by its own id.

bats_require_minimum_version 1.5.0

_lib_load() {
	local d
	for d in /usr/lib/bats /usr/lib/bats-core /usr/local/lib/bats /usr/share; do
		[ ! -e "$d/$1/load.bash" ] || { load "$d/$1/load"; return; }
	done
	echo "lib.bash: $1 is missing: apt-get install $1" >&2
	return 1
}
_lib_load bats-support
_lib_load bats-assert

PLOG_TOP=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)
: "${PLOG_BIN:=$PLOG_TOP}"
if [ -z "${PLOG_HELPER-}" ]; then
	PLOG_HELPER=$PLOG_BIN/obj/helper
	[ "$PLOG_BIN" != "$PLOG_TOP" ] || PLOG_HELPER=$PLOG_TOP/build/release/helper
fi
export PLOG_TOP PLOG_BIN PLOG_HELPER
PATH=$PLOG_BIN:$PLOG_HELPER:$PATH
export LC_ALL=C.UTF-8 TZ=UTC
unset PLOG_BOOTSTRAP_SERVER XDG_STATE_HOME

# A fresh store for this test; the test starts in an empty directory beside it.
new_store() {
	export PLOG_DIR=$BATS_TEST_TMPDIR/store
	mkdir -p "$BATS_TEST_TMPDIR/cwd" && cd "$BATS_TEST_TMPDIR/cwd" || return
	export TMPDIR=$BATS_TEST_TMPDIR
}

# plog_skip REASON: this test cannot run here.  Strict: that is a failure.
plog_skip() {
	if [ "${PLOG_TEST_STRICT-}" = 1 ]; then
		echo "a skip is a failure here: $1" >&2
		return 1
	fi
	skip "$1"
}

# needs COMMAND...: skip where one is not installed.
needs() {
	local c
	for c; do
		command -v "$c" >/dev/null || plog_skip "$c is not installed" || return
	done
}

# needs_module NAME...: skip where the build has no modules/plog-NAME.so.
needs_module() {
	local m
	for m; do
		[ -e "$PLOG_BIN/modules/plog-$m.so" ] && continue
		# A build that was asked to leave it out is no failure.
		[ -z "${PLOG_WITHOUT-}" ] || skip "built without $m"
		plog_skip "built without $m" || return
	done
}

# wait_until SECONDS COMMAND...: until it succeeds; fails, with its last words, after SECONDS.
wait_until() {
	local end=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000)) out
	shift
	until out=$("$@" 2>&1); do
		if ((${EPOCHREALTIME/[.,]/} > end)); then
			printf 'wait_until: gave up on: %s\n%s\n' "$*" "$out" >&2
			return 1
		fi
		_lib_pause 0.02
	done
}

# A short pause without a process: a read that nobody answers.
_lib_pause() {
	local fd
	[ -p "$BATS_TEST_TMPDIR/.pause" ] || mkfifo "$BATS_TEST_TMPDIR/.pause"
	exec {fd}<>"$BATS_TEST_TMPDIR/.pause"
	read -rt "$1" -u "$fd" || :
	exec {fd}>&-
}

# Conditions for wait_until.
has_line() { grep -qF -- "$2" "$1"; }			# FILE TEXT
has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }		# FILE COUNT
is_gone() { ! kill -0 "$1" 2>/dev/null; }		# PID

# background COMMAND...: start it, in a process group of its own; its id is in
# $bg, and teardown ends the group: what it started too.
# Redirect as usual: background plog-consume -f t >got 2>err (but a FIFO, whose
# opening waits, only inside: background sh -c 'exec plog-consume -f t >fifo').
background() {
	# bash would give it /dev/null as its input; what was redirected stays.
	owngroup "$@" <&0 3>&- 4>&- &
	bg=$!
	_lib_pids+=("$bg")
}
_lib_pids=()

# stop PID [SIGNAL]: signal it, wait for it; its status is in $status.
stop() {
	kill -s "${2:-TERM}" "$1" 2>/dev/null || :
	finish "$1"
}

# finish PID: wait for its own end; its status is in $status.
finish() {
	status=0
	wait "$1" || status=$?
}

# A .bats file with a teardown of its own calls this in it.
end_background() {
	local p
	for p in "${_lib_pids[@]}"; do
		# Its group, or itself when it has none, or not yet.
		kill -CONT -- "-$p" 2>/dev/null || kill -CONT "$p" 2>/dev/null || :
		kill -KILL -- "-$p" 2>/dev/null || kill -KILL "$p" 2>/dev/null || :
		wait "$p" 2>/dev/null || :
	done
	_lib_pids=()
}
teardown() { end_background; }

# lines N [LENGTH]: numbered lines, the same each time.
lines() {
	awk -v n="$1" -v l="${2:-20}" 'BEGIN {
		s = sprintf("%" l "s", ""); gsub(/ /, "x", s)
		for (i = 1; i <= n; i++) { p = sprintf("line %d ", i); print p substr(s, 1, l - length(p)) }
	}'
}
