#!/usr/bin/env bats
# The protocol of groups as a model, walked through in every order (t/model/group.pml).

load helper/lib

@test "two owners that can commit do not exist, in any order of steps, deaths and standing still; and each missing precaution is noticed" {
	command -v spin >/dev/null || skip "no spin"
	if [ -n "${PLOG_TORTURE-}" ]; then
		run "$PLOG_TOP"/t/model/run
	else
		run "$PLOG_TOP"/t/model/run --short
	fi
	assert_success
	assert_line --regexp '^[1-9][0-9]* passed, 0 failed$'
}
