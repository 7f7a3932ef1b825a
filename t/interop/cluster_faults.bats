#!/usr/bin/env bats
# Three brokers, three replicas, two of which must be in sync: what dies, and what was acknowledged all the same.

load ../helper/lib
load peers/kafka/kafka

setup_file() { kafka_fetch && kafka_apart "$BATS_FILE_TMPDIR/k"; }
teardown_file() { kafka_down "$BATS_FILE_TMPDIR/k"; }
setup() {
	new_store
	t=faults-$BATS_TEST_NUMBER-$$
	K=$BATS_FILE_TMPDIR/k
}

in_sync() { # TOPIC: all replicas of all partitions
	plog-topic -b "$KAFKA" describe -J "$1" 2>/dev/null | jq -e 'all(.partitions[]; (.isr | length) == 3)' >/dev/null
}

dies() { # NAME...
	local name
	for name; do
		kill -KILL "$(cat "$K/$name.pid")"
	done
	for name; do
		wait_until 10 is_gone "$(cat "$K/$name.pid")"
	done
}

feed() { # FROM TO: a thousand keys, each with rising values
	awk -v from="$1" -v to="$2" 'BEGIN { for (i = from; i <= to; i++) printf "k%d\t%d\n", i % 1000, i }'
}

# What is wrong with the log: lines of partition, offset, key, value, in order within each partition.
log_oracle() { # COUNT
	awk -v n="$1" '
	$3 != "k" $4 % 1000 || $4 < 1 || $4 > n { print "invented: " $0; bad++ }
	$4 in seen { print "twice in the log: " $0; bad++ }
	$4 <= last[$3] + 0 { print "out of order: " $0; bad++ }
	{ seen[$4]; last[$3] = $4; rows++ }
	bad > 5 { exit }
	END { if (rows != n) print rows " records, not " n }'
}

@test "1,000,000 keyed records with acks=all, one broker after the other killed, one of three members killed" {
	local i n members=()
	plog-topic -b "$KAFKA" create -P 6 --replication-factor=3 "$t"
	wait_until 20 in_sync "$t"
	for i in 1 2 3; do
		background plog-consume -b "$KAFKA" -q -g "$t" --session-timeout=6s -f -F '%p\t%o\t%k\t%v\n' "$t" >m$i 2>m$i.err
		members+=("$bg")
	done
	mkfifo fifo
	background sh -c "exec plog-produce -b '$KAFKA' -K '\\t' --acks=all --delivery-timeout=60s '$t' <fifo 2>told"
	producer=$bg
	exec 7>fifo
	feed 1 100000 >&7
	n=100000
	for i in 1 2 3; do
		feed $((n + 1)) $((n + 150000)) >&7 &
		dies n$i
		wait $!
		feed $((n + 150001)) $((n + 250000)) >&7
		n=$((n + 250000))
		[ $i != 2 ] || kill -KILL "${members[0]}" || fail "$(cat m1.err)"
		kafka_up "$K" n$i 7>&-
		wait_until 60 in_sync "$t"
	done
	feed $((n + 1)) 1000000 >&7
	exec 7>&-
	finish "$producer"
	assert_equal "$status $(cat told)" '0 '
	plog-consume -b "$KAFKA" -F '%p\t%o\t%k\t%v\n' "$t" >log
	run -0 log_oracle 1000000 <log
	assert_output ''
	# The group: everything of the log, nothing else; again only what the killed member or one cut off from its broker had in hand.
	plog-group -b "$KAFKA" wait --timeout=60s "$t" ||
		fail "$(cat m2.err m3.err; wc -l m?; plog-group -b "$KAFKA" describe "$t"; plog-group -b "$KAFKA" describe --members "$t")"
	kill -TERM "${members[1]}" "${members[2]}"
	wait_until 20 is_gone "${members[1]}"
	wait_until 20 is_gone "${members[2]}"
	# The last line of the one that was killed may be a part of one.
	[ -z "$(tail -c 1 m1)" ] || sed -i '$d' m1
	run awk 'FNR == NR { log_[$0]; n++; next }
		!($0 in log_) { print FILENAME ": not in the log: " $0; if (++bad > 5) exit }
		{ if ($0 in got) again++; else rows++; got[$0] }
		END { print rows == n ? "all" : rows " of " n; print again + 0 }' log m1 m2 m3
	assert_line --index 0 all
	echo "# delivered again: ${lines[1]} of 1000000" >&3
	[ "${lines[1]}" -lt 200000 ]
}

# A follower learns of the high watermark with a later fetch, and once fewer than min.insync.replicas are there it moves no
# more: what was acknowledged just before is in the third broker's log, and readable when a second one is back.
third_knows() { [ "$(awk -v t="$t" '$1 == t { sum += $3 } END { print sum + 0 }' "$K/n3/replication-offset-checkpoint")" = "$1" ]; }
third_leads() { plog-topic -b "$third" describe -J "$t" | jq -e 'all(.partitions[]; .leader == 3)'; }

@test "two of three brokers killed at once: what was acknowledged is read from the third; producing says why it cannot" {
	plog-topic -b "$KAFKA" create -P 3 --replication-factor=3 "$t"
	wait_until 60 in_sync "$t"
	feed 1 50000 | plog-produce -b "$KAFKA" -K '\t' --acks=all "$t"
	third=${KAFKA##*,}
	wait_until 20 third_knows 50000
	dies n1 n2
	wait_until 30 third_leads
	plog-consume -b "$third" -F '%p\t%o\t%k\t%v\n' "$t" >log
	run -0 log_oracle 50000 <log
	assert_output ''
	run -1 timeout 30 plog-produce -b "$third" --acks=all --delivery-timeout=5s "$t" <<<'not enough'
	assert_line --index 0 --partial 'record 1 was not stored'
	assert_line --index 0 --partial 'in sync'
	run -1 plog-topic -b "$third" describe --cluster --fail-down --tsv
	assert_output --partial 'broker 1 is down'
	assert_output --partial 'broker 2 is down'
	# One that comes back is enough, and who waits for it goes on.
	background sh -c "echo patient | plog-produce -b '$third' --acks=all --delivery-timeout=60s '$t' 2>waited"
	waiting=$bg
	kafka_up "$K" n1
	finish "$waiting"
	assert_equal "$status" 0
	kafka_up "$K" n2
	wait_until 60 in_sync "$t"
	run -0 plog-consume -b "$KAFKA" --grep '^patient$' "$t"
	assert_output patient
}
