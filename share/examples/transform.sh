#!/bin/sh
# transform.sh IN OUT COMMAND...: records of topic IN go through a filter into
# topic OUT, for as long as it runs.  A batch is acknowledged once OUT has it
# on disk; killed at any moment, it repeats a batch at most and skips nothing.
#
#	transform.sh raw upper tr a-z A-Z
in=$1 out=$2
shift 2
exec plog-consume -f -g "transform-$out" "$in" -- bash -o pipefail -c '"${@:2}" | plog-produce -q "$1"' transform "$out" "$@"
