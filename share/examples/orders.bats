#!/usr/bin/env bats
# plog as the Kafka of somebody's own tests: a store for each test, nothing to
# start, nothing to stop.  Run it with: bats orders.bats

setup() {
	export PLOG_DIR=$BATS_TEST_TMPDIR/log
}

# The program under test: reads orders as JSON records, writes the big ones to another topic.
big_orders() {
	plog-consume -J orders | jq -c 'select(.value | fromjson | .amount > 100)' |
	    plog-produce -q -J --partitioner=murmur2 -P 4 big
}

@test "only orders above 100 go on, with their keys" {
	plog-produce -q -K '\t' -P 4 orders <<-'END'
		ann	{"amount":250}
		bob	{"amount":7}
		cid	{"amount":101}
	END
	big_orders
	[ "$(plog-consume -F '%k ' big | xargs -n 1 | sort | xargs)" = "ann cid" ]
	[ "$(plog-consume --count big | awk '{ n += $3 } END { print n }')" -eq 2 ]
}

@test "an order keeps its partition" {
	printf 'ann\t{"amount":500}\n' | plog-produce -q -K '\t' -P 4 orders
	big_orders
	[ "$(plog-consume -F '%p' big)" = "$(plog-consume -F '%p' orders)" ]
}
