#!/usr/bin/env bats
# A group in a storm: the oracle of t/helper/group_oracle.py.

load helper/lib

setup() {
	new_store
	needs python3
	# Thousands of records on a disk that syncs are not what is tested here.
	[ ! -w /dev/shm ] || { PLACE=$(mktemp -d /dev/shm/plog-oracle.XXXXXX); export PLOG_DIR=$PLACE/store TMPDIR=$PLACE; }
}
teardown() {
	end_background
	[ -z "${PLACE-}" ] || rm -rf "$PLACE"
}

@test "members that join, leave, die and stand still: one owner, no gap, no step back, few repeats" {
	local how=(-r 100 -k 200)
	[ "${PLOG_TORTURE-}" != 1 ] || how=(-r 1000 -k 2000 -t 1200)
	run "$PLOG_TOP/t/helper/group_oracle.py" "${how[@]}"
	echo "# ${lines[-1]}" >&3
	[ "$status" = 0 ]
}
