#!/usr/bin/env bats
# Who reads what: Kafka's own assignor classes and plog's, over the same 10,000 groups.

load ../helper/lib
load peers/kafka/kafka

setup_file() { kafka_fetch; }

# the first case in which they differ, in words
first_difference() { # CASES WANT GOT
	local line
	line=$(cmp "$2" "$3" | sed 's/.*line //')
	[ -n "$line" ] || return 0
	sed -n "$(((line + 3) / 4))p" "$1"
	printf 'Kafka: %s\nplog:  %s\n' "$(sed -n "${line}p" "$2")" "$(sed -n "${line}p" "$3")"
}

# PLOG_SEED gives other groups, "random" any
@test "range, roundrobin and cooperative-sticky give each member what Kafka's classes give it, in 10,000 groups with previous owners" {
	local seed=${PLOG_SEED:-4711} dir=$BATS_TEST_TMPDIR
	[ "$seed" != random ] || seed=$RANDOM
	echo "# PLOG_SEED=$seed" >&3
	kafka_run assignors -Xmx256m -Dkafka.loglevel=OFF Assignors "$seed" 10000 "$dir/cases" "$dir/want"
	timeout 60 assign <"$dir/cases" >"$dir/got"
	first_difference "$dir/cases" "$dir/want" "$dir/got"
	cmp "$dir/want" "$dir/got"
	[ "$(wc -l <"$dir/got")" = 40000 ]
	# what they had to do was worth it: something is withheld in a tenth of them
	[ "$(awk '{ name = $1; $1 = "" } name == "target" { t = $0 } name == "round" && $0 != t { n++ } END { print n + 0 }' "$dir/want")" -gt 1000 ]
}
