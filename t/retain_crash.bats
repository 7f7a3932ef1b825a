#!/usr/bin/env bats
# plog-retain killed at its system calls: whatever it left, each command reads it rightly, the next writer and the next run
# tidy it, nothing is lost and nothing is there twice.  A sample of the calls here; PLOG_TORTURE=1: every one.
# also: asan

load helper/lib
load helper/crash

setup() {
	needs strace
	new_store
	where=$BATS_TEST_TMPDIR
	# Thousands of small files, synced: in memory, where that is possible.
	[ ! -w /dev/shm ] || where=/dev/shm
	W=$(mktemp -d "$where/plog-crash.XXXXXX")
	cd "$W"
	export PLOG_DIR=$W/src
}
teardown() {
	end_background
	[ -z "${W-}" ] || rm -rf "$W"
}
model() { python3 "$PLOG_TOP/t/helper/compact_model.py" "$@"; }

# tree DIR: all that counts in a topic's directory
tree() { (cd "$1/topics/t" && find . -type f ! -name lock ! -name recovery-point -exec md5sum {} + | sort -k 2); }

# sweep_run EVERY OPTION...: plog-retain with these, killed at each EVERY-th of its calls
sweep_run() {
	local every=$1 c n i=0 tried=0 end least=5
	shift
	# The same with each access checked takes its time: a third of the sample.
	[ -z "${PLOG_SANITIZED-}" ] || every=$((every * 3)) least=1
	[ -z "${PLOG_TORTURE-}" ] || every=1
	plog-consume -J t >before
	end=$(plog-topic offsets -o latest t)
	cp -a src whole
	plog-retain -d whole "$@"
	plog-consume -d whole -J t >done
	plog-consume -d whole -J --isolation-level read_committed t >committed
	! cmp -s before done
	tree whole >done.tree
	rm -rf s && cp -a src s
	points plog-retain -d s "$@" >points || plog_skip "strace cannot trace here"
	[ "$(wc -l <points)" -gt 20 ]
	while read -r c n; do
		((i++ % every)) && continue
		rm -rf s && cp -a src s
		killed "$c" "$n" plog-retain -d s "$@" && continue
		tried=$((tried + 1))
		plog-consume -d s -J t >got && between before got done || { echo "read after $c $n"; return 1; }
		assert_equal "$(plog-topic offsets -d s -o latest t)" "$end"
		plog-check -d s --tsv >findings 2>&1 || :
		! grep -iE 'damage|torn' findings || { echo "plog-check after $c $n"; return 1; }
		# A young record would keep the segment that is to go.
		if ((tried % 2)) && [[ $* != *--force* ]]; then
			echo '{"key":"new","value":"n"}' | plog-produce -J -d s t
			[ ! -e s/topics/t/0/swap ] || { echo "swap after $c $n"; return 1; }
			plog-consume -d s -J t >got
			assert_equal "$(tail -n 1 got | jq -r .key)" new
			head -n -1 got >got.old
			between before got.old done || { echo "written to after $c $n"; return 1; }
		fi
		plog-retain -d s "$@"
		plog-consume -d s -J t | grep -v '"key":"new"' >got || :
		cmp done got || { echo "run again after $c $n"; return 1; }
		plog-consume -d s -J --isolation-level read_committed t | grep -v '"key":"new"' | cmp - committed
		! ls s/topics/t/0 | grep '~' || { echo "leftovers after $c $n"; return 1; }
		tree s >one
		plog-retain -d s "$@"
		tree s | cmp - one || { echo "a third run after $c $n"; return 1; }
	done <points
	echo "# $tried points: plog-retain $*" >&3
	[ $tried -gt $least ]
}

@test "killed at any system call of deleting" {
	plog-topic create -c internal.segment.bytes=2000 -c retention.bytes=4800 t
	lines 9 900 | plog-produce --batch-size=1K t
	sweep_run 7
}

@test "killed at any system call of closing a segment and deleting all" {
	plog-topic create -c internal.segment.bytes=2000 -c retention.ms=1h t
	lines 5 900 | plog-produce --batch-size=1K t
	export PLOG_TEST_NOW=$(($(date +%s%3N) + 7200000))
	sweep_run 8 --force --retention=1h
}

@test "killed at any system call of compacting, transactions and all" {
	plog-topic create -c internal.segment.bytes=4000 -c segment.ms=1000d -c cleanup.policy=compact t
	model grow src/topics/t/0 3 "$(date +%s%3N)"
	echo '{"key":"last","value":"v"}' | plog-produce -J t
	sweep_run 16 --now
}

@test "killed at any system call of compacting in more than one pass" {
	plog-topic create -c internal.segment.bytes=60000 -c segment.ms=1000d -c cleanup.policy=compact t
	awk 'BEGIN { for (i = 0; i < 7000; i++) printf "{\"key\":\"%d\",\"value\":\"%d\"}\n", i * 7919 % 3500, i }' |
		plog-produce -J --batch-size=4K t
	sweep_run 25 --now --memory=64K
}
