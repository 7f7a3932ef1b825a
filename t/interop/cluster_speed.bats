#!/usr/bin/env bats
# Speed against a broker on this machine, beside Kafka's own perf tools and kcat with the same acks, batches and codec; how
# soon one record is out; how much memory is taken. The table is printed.

load ../helper/lib
load peers/kafka/kafka

setup_file() { kafka_fetch && kafka_shared "$BATS_FILE_TMPDIR/broker"; }
teardown_file() { kafka_down "$BATS_FILE_TMPDIR/broker"; }
setup() {
	new_store
	export PLOG_BOOTSTRAP_SERVER=$KAFKA
	t=speed-$BATS_TEST_NUMBER-$$
	N=500000
}

# in_turn COMMAND... -- COMMAND...: two programs in turn, as what a broker does meanwhile doubles or halves a single run:
# two rounds, and up to 24 while the best of the first is behind the best of the second. Best wall seconds and peak KiB of
# the one, then of the other, and in how many standard deviations the first's runs rank behind (Mann and Whitney's test).
in_turn() {
	python3 - "$@" <<-'EOF'
		import os, subprocess, sys, time
		at = sys.argv.index("--")
		took = [[], []]
		peak = [0, 0]
		for i in range(24):
		    for k, argv in enumerate((sys.argv[1:at], sys.argv[at + 1:])):
		        start = time.monotonic()
		        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=open("err", "w"))
		        _, status, usage = os.wait4(p.pid, 0)
		        took[k].append(time.monotonic() - start)
		        if status != 0:
		            sys.exit("status %d: %s" % (status, open("err").read()))
		        peak[k] = max(peak[k], usage.ru_maxrss)
		    if i > 0 and min(took[0]) <= min(took[1]):
		        break
		n = len(took[0])
		behind = sum(a > b for a in took[0] for b in took[1])
		deviation = (n * n * (2 * n + 1) / 12) ** 0.5
		print("%.3f %d %.3f %d %.2f" % (min(took[0]), peak[0], min(took[1]), peak[1], (behind - n * n / 2) / deviation))
	EOF
}
# no_slower BEST OTHERS BEHIND: its best run was no slower, or 24 rounds do not show a difference (one in 200 would by luck)
no_slower() { awk -v a="$1" -v b="$2" -v z="$3" 'BEGIN { exit !(a <= b || z < 2.58) }'; }
speed() { awk -v n="$size" -v s="$1" 'BEGIN { printf "%.1f", n / s / 1048576 }'; }

# perf TOOL ARGUMENT...: MB a second that Kafka's tool itself says, best of two; without its start
perf() {
	local i
	for i in 1 2; do
		case $1 in
		ProducerPerformance) kafka "$@" 2>/dev/null | sed -n 's/.* (\([0-9.]*\) MB\/sec).*/\1/p' | tail -n 1 ;;
		*) kafka "$@" 2>/dev/null | tail -n 1 | awk -F ', ' '{ print $(NF - 1) }' ;;
		esac
	done | sort -n | tail -n 1
}

row() { printf '# %-44s %10s %10s\n' "$@" >&3; }
at_least() { awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }'; }

@test "produce: at least as fast as Kafka's perf tool and kcat; at most 64 MiB" {
	local size s kib ks kkib z perf k acks
	lines $N 99 >in
	size=$(stat -c %s in)
	plog-topic create -c retention.bytes=200000000 -c segment.bytes=50000000 "$t"
	row 'produce, 500,000 x 100 bytes, one partition' MB/s KiB
	for acks in all 1; do
		k=$([ $acks = 1 ] && echo false || echo true)
		read -r s kib ks kkib z < <(in_turn plog-produce --acks=$acks --batch-size=16384 "$t" in -- \
			kcat -P -b "$KAFKA" -t "$t" -X acks=$acks -X enable.idempotence=$k -X batch.size=16384 -l in)
		perf=$(perf ProducerPerformance --topic "$t" --num-records $N --record-size 99 --throughput -1 --bootstrap-server "$KAFKA" \
			--command-property acks=$acks linger.ms=5 batch.size=16384)
		row "plog-produce --acks=$acks, 16 KiB batches" "$(speed "$s")" "$kib"
		row "kcat -P acks=$acks, 16 KiB batches" "$(speed "$ks")" "$kkib"
		row "kafka-producer-perf-test acks=$acks" "$perf" -
		no_slower "$s" "$ks" "$z"
		at_least "$(speed "$s")" "$perf"
		[ "$kib" -le 65536 ]
	done
}

@test "consume: at least as fast as Kafka's perf tool and kcat; at most 64 MiB" {
	local size s kib ks kkib z perf
	lines $N 99 >in
	size=$(stat -c %s in)
	plog-topic create -P 4 "$t"
	plog-produce --partitioner=roundrobin "$t" in
	row 'consume, 500,000 x 100 bytes, 4 partitions' MB/s KiB
	read -r s kib ks kkib z < <(in_turn plog-consume "$t" -- kcat -C -e -q -b "$KAFKA" -t "$t")
	perf=$(perf ConsumerPerformance --bootstrap-server "$KAFKA" --topic "$t" --num-records $N --hide-header --timeout 20000)
	row plog-consume "$(speed "$s")" "$kib"
	row 'kcat -C' "$(speed "$ks")" "$kkib"
	row kafka-consumer-perf-test "$perf" -
	no_slower "$s" "$ks" "$z"
	at_least "$(speed "$s")" "$perf"
	[ "$kib" -le 65536 ]
}

@test "one record, start to exit: no slower than kcat" {
	plog-topic create "$t"
	echo x >one
	# In turn, so that a busy machine is busy for both; the middle of each.
	python3 - "$KAFKA" "$t" >took <<-'EOF'
		import subprocess, sys, time
		how = (["plog-produce", "-b", sys.argv[1], sys.argv[2]], ["kcat", "-P", "-b", sys.argv[1], "-t", sys.argv[2]])
		took = ([], [])
		for i in range(40):
		    for k in (i % 2, 1 - i % 2):
		        start = time.monotonic()
		        subprocess.run(how[k], stdin=open("one"), check=True)
		        took[k].append(time.monotonic() - start)
		print(*("%.1f" % (sorted(t)[len(t) // 2] * 1000) for t in took))
	EOF
	read -r ours theirs <took
	row 'one record, start to exit' ms -
	row 'plog-produce (acks=all, idempotent)' "$ours" -
	row 'kcat -P (acks=all)' "$theirs" -
	at_least "$theirs" "$ours"
}
