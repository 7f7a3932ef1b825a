#!/usr/bin/env bats
# plog-retain over many partitions: at once, at a pace, with a progress; what was set aside ages; Kafka's cases in a table.
# also: asan

load helper/lib
setup() { new_store; }

bases() { (cd "$PLOG_DIR/topics/$1/${2-0}" && ls -- *.log | sed 's/^0*//; s/^\.log/0/; s/\.log//' | tr '\n' ' '); }

@test "-j: partitions at once; what is said comes in their order, and one that fails stops no other" {
	for t in a b c d; do
		plog-topic create -P 3 -c internal.segment.bytes=2000 -c retention.bytes=2000 $t
		for p in 0 1 2; do lines 6 900 | plog-produce -p $p --batch-size=1K $t; done
	done
	echo x >"$PLOG_DIR/topics/b/1/log-start-offset"
	run --separate-stderr -1 plog-retain -j 4 -v --tsv
	assert_equal "${stderr_lines[0]}" "plog-retain: 'b/1': 'log-start-offset' is damaged: not an offset"
	assert_equal "${#stderr_lines[@]}" 2
	assert_equal "$(cut -f 1,2 <<<"$output" | uniq | tr '\t\n' '/ ')" "a/0 a/1 a/2 b/0 b/2 c/0 c/1 c/2 d/0 d/1 d/2 "
	for t in a c d; do for p in 0 1 2; do assert_equal "$(bases $t $p)" "2 4 "; done; done
	assert_equal "$(bases b 1)" "0 2 4 "
	run --separate-stderr -2 plog-retain -j 0
	[[ $stderr == "plog-retain: -j: "* ]]
}

@test "-j: many partitions are compacted as one after the other" {
	plog-topic create -P 8 -c internal.segment.bytes=8000 -c cleanup.policy=compact t
	awk 'BEGIN { for (i = 0; i < 6000; i++) printf "{\"key\":\"%d\",\"value\":\"v %d\",\"partition\":%d}\n", i * 7919 % 300, i, i % 8 }' |
		plog-produce -J --batch-size=1K t
	cp -a "$PLOG_DIR" other
	plog-retain
	plog-retain -d other -j 5
	for p in 0 1 2 3 4 5 6 7; do
		plog-consume -p $p -F '%o %k %v\n' t >one
		plog-consume -d other -p $p -F '%o %k %v\n' t | cmp one -
		[ "$(wc -l <one)" -lt 600 ]
	done
}

@test "--io-rate: no faster than that, over all partitions together" {
	plog-topic create -P 2 -c internal.segment.bytes=100000 -c cleanup.policy=compact t
	for p in 0 1; do
		awk 'BEGIN { for (i = 0; i < 2000; i++) printf "%d\t%090d\n", i % 10, i }' | plog-produce -K '\t' -p $p --batch-size=4K t
	done
	# Both are read twice: 800 KB at least.
	start=${EPOCHREALTIME/[.,]/}
	plog-retain -j 2 --io-rate=500K
	[ $((${EPOCHREALTIME/[.,]/} - start)) -gt 1000000 ]
	[ "$(plog-consume t | wc -l)" -lt 3000 ]
	# And a signal ends it at once.
	awk 'BEGIN { for (i = 0; i < 2000; i++) printf "%d\t%090d\n", i % 10, i }' | plog-produce -K '\t' -p 0 --batch-size=4K t
	background plog-retain --now --io-rate=10K
	wait_until 10 awk '/^rchar/ && $2 > 100000 { found = 1 } END { exit !found }' "/proc/$bg/io"
	start=${EPOCHREALTIME/[.,]/}
	stop "$bg"
	assert_equal "$status" 143
	[ $((${EPOCHREALTIME/[.,]/} - start)) -lt 2000000 ]
	plog-consume t >/dev/null
}

@test "on a terminal a line shows how far it is, and nothing of it is left; elsewhere it is silent" {
	needs script
	plog-topic create -c internal.segment.bytes=100000 -c cleanup.policy=compact t
	awk 'BEGIN { for (i = 0; i < 3000; i++) printf "%d\t%090d\n", i % 10, i }' | plog-produce -K '\t' --batch-size=4K t
	cp -a "$PLOG_DIR" other
	run --separate-stderr -0 plog-retain --io-rate=600K
	assert_equal "$output$stderr" ""
	script -qec "plog-retain -d other --io-rate=600K" typescript </dev/null >/dev/null
	grep -aq 'records, .*B, .*records/s' typescript
	# The last thing that is done to the line is that it is cleared.
	[[ "$(tr '\r' '\n' <typescript | grep -av '^Script' | tail -n 1)" == *$'\e[K'* ]]
}

@test "quarantine/: what lies there for 30 days goes, or for as long as --quarantine says; --dry-run and -v say it" {
	plog-topic create t
	echo v | plog-produce t
	q=$PLOG_DIR/topics/t/0/quarantine
	mkdir "$q"
	now=$(date +%s%3N)
	old=$((now - 40 * 86400000)) young=$((now - 20 * 86400000))
	for n in 00000000000000000000.log.0000000100.$old 00000000000000000005.log.0000000100.$young; do
		echo bytes >"$q/$n"
		echo note >"$q/$n.note"
		touch -d "@$((${n##*.} / 1000))" "$q/$n" "$q/$n.note"
	done
	# Set aside just now, though the file is an old one.
	echo old >"$q/lock.$now"
	touch -d 2001-01-01 "$q/lock.$now"
	# By the time of the file alone.
	echo x >"$q/other"
	mkdir "$q/dir"
	run --separate-stderr -0 plog-retain --dry-run
	[[ $stderr == "plog-retain: 't/0': 2 files (11) in quarantine older than 30d would be deleted"* ]]
	assert_equal "$(ls "$q" | wc -l)" 7
	run --separate-stderr -0 plog-retain -v --tsv
	[[ $stderr == "plog-retain: 't/0': 2 files (11) in quarantine older than 30d were deleted"* ]]
	assert_equal "$(ls "$q" | wc -l)" 5
	run --separate-stderr -0 plog-retain
	assert_equal "$output$stderr" ""
	PLOG_TEST_NOW=$((now + 7200000)) plog-retain --quarantine=7d --force
	assert_equal "$(ls "$q" | tr '\n' ' ')" "dir lock.$now other "
	# A clock that jumped deletes nothing.
	PLOG_TEST_NOW=$((now + 90 * 86400000)) run plog-retain
	assert_equal "$(ls "$q" | wc -l)" 3
	PLOG_TEST_NOW=$((now + 90 * 86400000)) plog-retain --force
	assert_equal "$(ls "$q")" dir
	run -2 plog-retain --quarantine=7
}

# What a broker does, which t/interop/retain.bats asks: name, hours ago of eight records of 669 bytes each, two a segment;
# configuration; where it was trimmed to; the segments that are left; the log's start.
cases() {
	cat <<-'END'
		bytes-some	9 8 7 6 5 4 3 2	retention.bytes=3000	-	2 4 6	2
		bytes-one-more	9 8 7 6 5 4 3 2	retention.bytes=1400	-	4 6	4
		bytes-zero	9 8 7 6 5 4 3 2	retention.bytes=0	-	8	8
		bytes-all	9 8 7 6 5 4 3 2	retention.bytes=1000000	-	0 2 4 6	0
		time-some	9 8 7 6 5 4 3 2	retention.ms=20000000	-	4 6	4
		time-all	9 8 7 6 5 4 3 2	retention.ms=3600000	-	8	8
		time-none	9 8 7 6 5 4 3 2	retention.ms=360000000	-	0 2 4 6	0
		time-unsorted	2 9 9 9 9 9 9 2	retention.ms=20000000	-	0 2 4 6	0
		time-late-keeps	9 9 9 1 9 9 9 9	retention.ms=20000000	-	2 4 6	2
		time-active	9 9 9 9 9 9 9 9	retention.ms=20000000	-	8	8
		both	9 8 7 6 5 4 3 2	retention.ms=20000000,retention.bytes=2000	-	4 6	4
		future	9 9 -0.5 9 9 9 9 9	retention.ms=20000000	-	2 4 6	2
		trimmed	9 8 7 6 5 4 3 2	retention.ms=-1	5	4 6	5
		trimmed-all	9 8 7 6 5 4 3 2	retention.ms=-1	latest	6	8
		trimmed-and-time	9 8 7 6 5 4 3 2	retention.ms=20000000	3	4 6	4
		compact	9 8 7 6 5 4 3 2	cleanup.policy=compact,retention.bytes=0,retention.ms=1,min.cleanable.dirty.ratio=1	-	0 2 4 6	0
		compact-trimmed	9 8 7 6 5 4 3 2	cleanup.policy=compact,retention.ms=1,min.cleanable.dirty.ratio=1	5	4 6	5
		both-policies	9 9 9 9 9 9 9 2	cleanup.policy=delete,retention.ms=20000000	-	6	6
		nothing	9 8 7 6 5 4 3 2	retention.ms=-1,retention.bytes=-1	-	0 2 4 6	0
	END
}

@test "a table of Kafka's cases: by start offset, size, time; together; the active segment; the future; policies" {
	now=$(date +%s%3N)
	while IFS=$'\t' read -r name hours conf trim left start; do
		plog-topic create -c internal.segment.bytes=1500 -c retention.ms=-1 -c segment.ms=100000000000 "$name"
		for h in $hours; do
			awk -v now="$now" -v h="$h" 'BEGIN { printf "%.0f\tk\t%0600d\n", now - h * 3600000, 0 }'
		done | plog-produce -F '%T\t%k\t%v\n' --batch-size=700 "$name"
		[ "$trim" = - ] || plog-topic trim -o "$trim" --execute "$name" >/dev/null
		# shellcheck disable=SC2046
		plog-topic alter $(printf ' -c %s' ${conf//,/ }) "$name"
	done < <(cases)
	plog-retain
	while IFS=$'\t' read -r name hours conf trim left start; do
		echo "$name	$(bases "$name")	$(plog-topic offsets -o earliest "$name" | cut -f 3)" >>got
		echo "$name	$left 	$start" >>want
	done < <(cases)
	diff -u want got
}

@test "the service of share/systemd is locked in, and takes the path of an installation" {
	needs systemd-analyze
	f=$PLOG_TOP/share/systemd/plog-retain.service
	run systemd-analyze security --offline=true --no-pager --threshold=20 "$f"
	assert_success
	mkdir units
	sed "s,/usr/local/bin/,$PLOG_BIN/,; /^Documentation/d" "$f" >units/plog-retain.service
	sed '/^Documentation/d' "${f%.service}.timer" >units/plog-retain.timer
	run systemd-analyze verify "$PWD/units/plog-retain.service" "$PWD/units/plog-retain.timer"
	assert_success
	assert_output ""
}
