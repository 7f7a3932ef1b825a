#!/usr/bin/env bats
# plog-agent's file channel, killed or refused at its system calls, and when the power goes: what was committed is
# there, once.  A sample of the points here; PLOG_TORTURE=1: every one.

load helper/lib
load helper/agent
load helper/crash

setup() {
	new_store
	needs strace
	new_place
	CALLS+=,mkdir
	LOOK=once_each
}
teardown() {
	end_background
	[ -z "${W-}" ] || rm -rf "$W"
}

no_channel() { rm -rf "$W/c"; }
# Segments may be smaller than any topic's (1 MiB) once there is one.
filled() { no_channel && agent_channel -g a:9 "$W/c" >"$W/before" 2>&1; }

# judge REPEATS FILE...: what the runs said, one after the other; the last one took all there was.  Each event that was
# put came out; a run's own order rises; one that was done comes again only where REPEATS says so.
judge() {
	awk -v again="$1" '
		FNR == 1 { last = ""; at = -1 }
		{ v = $2 " " $3 }
		$1 == "put" && !(v in state) { state[v] = "put" }
		$1 == "out" {
			if (state[v] == "done" && !again) bad("delivered and committed, and came again: " v)
			if ($2 == last && $3 <= at) bad("out of order: " v)
			if (seen[v]++ == 2) bad("came more often than agents died: " v)
			last = $2; at = $3
			state[v] = "out"
		}
		$1 == "done" { state[v] = "done" }
		END {
			for (v in state) if (state[v] == "put") bad("put and never delivered: " v)
			exit wrong
		}
		function bad(s) { print s; wrong = 1 }' "${@:2}"
}

# What the next agent finds, and goes on with.
once_each() { # FILE
	agent_channel -g b:3 -a "$W/c" >"$W/after" 2>"$W/err" || { cat "$W/err"; return 1; }
	judge "" "${BEFORE:-/dev/null}" "$1" "$W/after" && plog-check -d "$W/c/data" && grep -q '^done b 3' "$W/after"
}

@test "kill -9 at any system call of starting, putting, taking, trimming: what was committed is there, once" {
	sweep 36 signal=KILL no_channel agent_channel -g a:12 "$W/c"
	BEFORE=$W/before sweep 36 signal=KILL filled agent_channel -g c:18 -S 300 "$W/c"
	BEFORE=$W/before sweep 60 signal=KILL filled agent_channel -u -g c:18 -S 300 "$W/c"
}

# An agent that was killed within a put.
torn() {
	filled && strace -f -qq -o /dev/null -e trace=pwrite64 -e inject=pwrite64:signal=KILL:when=4 \
	    agent_channel -g d:9 "$W/c" >>"$W/before" 2>/dev/null
	truncate -s -3 "$W/c/data/topics/channel/0/00000000000000000000.log" && boot 2
}

@test "kill -9 at any system call of the start after a death: the one after it does it again" {
	BEFORE=$W/before sweep 36 signal=KILL torn agent_channel -a "$W/c"
}

@test "a full disk or a failing one, at any call: what was committed is there" {
	BEFORE=$W/before sweep 60 error=ENOSPC filled agent_channel -g c:18 -S 300 "$W/c"
	BEFORE=$W/before sweep 60 error=EIO filled agent_channel -g c:18 -S 300 "$W/c"
}

# power_goes SEED OPTIONS...: an agent that dies, the power loss; what it had committed is judged by the caller.
power_goes() {
	local seed=$1
	shift
	export PLOG_DURABLE=$W/durable
	rm -rf "$W/c" "$W/durable" && mkdir "$W/durable"
	boot 1
	LD_PRELOAD=$PLOG_HELPER/preload-powerloss.so agent_channel -e 1 -g a:9 "$W/c" >"$W/one" || return
	strace -f -E LD_PRELOAD="$PLOG_HELPER/preload-powerloss.so" -qq -o /dev/null -e trace=pwrite64 \
	    -e inject=pwrite64:signal=KILL:when=$((seed % 23 + 8)) agent_channel "$@" -g b:24 "$W/c" >"$W/two" 2>/dev/null || :
	powerloss "$W/c" "$W/durable" "$seed"
	boot 2
}

@test "power loss: what was put is delivered, what was delivered may come again" {
	local seed
	for ((seed = 1; seed <= 10${PLOG_TORTURE:+00}; seed++)); do
		power_goes $seed -S 400
		agent_channel -a "$W/c" >"$W/after" || { echo "seed $seed"; return 1; }
		judge again "$W/one" "$W/two" "$W/after" || { echo "seed $seed"; return 1; }
	done
}

@test "power loss without syncs: what is put after it is delivered, also when the next agent is killed" {
	local seed told=0
	# At least until a position was beyond the log.
	for ((seed = 1; seed <= 10${PLOG_TORTURE:+00} || (told == 0 && seed < 100); seed++)); do
		power_goes $seed -u -e 1
		strace -f -qq -o /dev/null -e trace=write -e inject=write:signal=KILL:when=$((seed % 3 + 3)) \
		    agent_channel -u -n 2 -g c:6 "$W/c" >"$W/three" 2>"$W/told" || :
		! grep -q 'before the position' "$W/told" || told=1
		agent_channel -a "$W/c" >"$W/after" 2>"$W/err" || { echo "seed $seed"; cat "$W/err"; return 1; }
		judge again "$W/three" "$W/after" || { echo "seed $seed"; return 1; }
	done
	[ $told = 1 ]
}
