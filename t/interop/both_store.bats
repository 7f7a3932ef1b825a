#!/usr/bin/env bats
# What must be the same on a store and on a cluster: formats, offsets, acknowledgement, groups. One file, two passes: on a store as
# both_store.bats, and on a broker as both_cluster.bats, which is a link to it.

load ../helper/lib
case $BATS_TEST_FILENAME in
*_cluster.bats)	load peers/kafka/kafka ;;
esac

on_cluster() { [[ $BATS_TEST_FILENAME == *_cluster.bats ]]; }
setup_file() { ! on_cluster || { kafka_fetch && kafka_shared "$BATS_FILE_TMPDIR/broker"; }; }
teardown_file() { ! on_cluster || kafka_down "$BATS_FILE_TMPDIR/broker"; }
setup() {
	new_store
	! on_cluster || export PLOG_BOOTSTRAP_SERVER=$KAFKA
	t=both-$BATS_TEST_NUMBER-$$
	g=g-$t
}

# three partitions; 30 records, a second apart, in partition 1
timed() {
	plog-topic create -P 3 -c retention.ms=-1 "$t"
	local i
	for i in $(seq 0 29); do
		echo "{\"value\":\"v$i\",\"timestamp\":$((1700000000000 + i * 1000)),\"partition\":1}"
	done | plog-produce -J "$t"
}
values() { plog-consume -p 1 "$@" "$t" | xargs; }
want() { seq "$1" "$2" | sed s/^/v/ | xargs; }

@test "lines, NUL, delimiters: bytes come back" {
	plog-topic create "$t"
	printf 'a\n\nb\tc\nlast' | plog-produce "$t"
	run -0 plog-consume "$t"
	assert_output $'a\n\nb\tc\nlast'
	printf 'x\ny\0z\0' | plog-produce -0 "$t"
	plog-consume -0 -o +4 "$t" | od -c >got
	printf 'x\ny\0z\0' | od -c | diff - got
	printf 'k1=v1;k2=v=2;' | plog-produce -D ';' -K = "$t"
	run -0 plog-consume -K = -o +6 "$t"
	assert_output $'k1=v1\nk2=v=2'
}

@test "keys, headers, NULL and empty, bytes that are no text: through JSON and format strings" {
	plog-topic create -P 1 "$t"
	cat >in <<-'EOF'
		{"key":"k","value":"v","headers":[["h","x"],["h",null],["","e"]],"timestamp":1700000000001}
		{"key":null,"value":null,"headers":[],"timestamp":1700000000002}
		{"key":"","value":"","headers":[],"timestamp":1700000000003}
		{"key":{"base64":"AP+A"},"value":{"base64":"/wA="},"headers":[["b",{"base64":"gIA="}]],"timestamp":1700000000004}
		{"key":"Ω","value":"line\nbreak","headers":[],"timestamp":1700000000005}
	EOF
	plog-produce -J "$t" <in
	plog-consume -J "$t" >out
	diff <(jq -cS '[.key, .value, .headers, .timestamp]' in) <(jq -cS '[.key, .value, .headers, .timestamp]' out)
	run -0 plog-consume -F '%o %k %v %T\n' -n 1 "$t"
	assert_output '0 k v 1700000000001'
	plog-consume -J "$t" | plog-produce -J -P 1 "$t.b" 2>/dev/null
	diff <(jq -cS 'del(.topic)' out) <(plog-consume -J "$t.b" | jq -cS 'del(.topic)')
}

@test "NULL markers, keys of all, headers of all, a file as a record" {
	plog-topic create "$t"
	printf 'NIL\nx\n' | plog-produce --null-marker=NIL -k key -H a=1 -H b "$t"
	run -0 plog-consume -J "$t"
	assert_equal "$(jq -c '[.key, .value, .headers]' <<<"$output")" '["key",null,[["a","1"],["b",null]]]
["key","x",[["a","1"],["b",null]]]'
	printf 'all\nof\nit' >file
	plog-produce --whole "$t" file
	run -0 plog-consume -o -1 -0 "$t"
	assert_output $'all\nof\nit'
	run -0 plog-consume --null-literal=NONE -n 1 "$t"
	assert_output NONE
}

@test "every place of the offset language, and ranges" {
	timed
	assert_equal "$(values)" "$(want 0 29)"
	assert_equal "$(values -o earliest)" "$(want 0 29)"
	assert_equal "$(values -o latest)" ""
	assert_equal "$(values -o 25)" "$(want 25 29)"
	assert_equal "$(values -o +28)" "$(want 28 29)"
	assert_equal "$(values -o -2)" "$(want 28 29)"
	assert_equal "$(values -o -200)" "$(want 0 29)"
	assert_equal "$(values -o @1700000010)" "$(want 10 29)"
	assert_equal "$(values -o @1700000009500)" "$(want 10 29)"
	assert_equal "$(values -o @1800000000)" ""
	assert_equal "$(values -o 3:6)" "$(want 3 5)"
	assert_equal "$(values -o :2)" "$(want 0 1)"
	assert_equal "$(values -o -5:-3)" "$(want 25 26)"
	assert_equal "$(values -o @1700000003:@1700000005)" "$(want 3 4)"
	assert_equal "$(values -o 28:500)" "$(want 28 29)"
	run -0 plog-topic offsets -o @1700000010 "$t"
	assert_output "$t	0	-"$'\n'"$t	1	10"$'\n'"$t	2	-"
}

@test "-n, --tail, --sort=time, filters, --count, --fail-empty" {
	timed
	seq 100 104 | plog-produce --timestamp=1700000005 -p 2 "$t"
	assert_equal "$(values -n 3)" "$(want 0 2)"
	run -0 plog-consume --tail=2 -p 1 "$t"
	assert_output $'v28\nv29'
	run -0 plog-consume --sort=time -p 1,2 -o :8 "$t"
	assert_output "$(want 0 5 | tr ' ' '\n')"$'\n'"$(seq 100 104)"$'\n'"v6"$'\n'"v7"
	assert_equal "$(values --grep='v1.')" "$(want 10 19)"
	assert_equal "$(values --grep='v.' --invert)" ""
	run -0 plog-consume --count "$t"
	assert_output "$t	0	0"$'\n'"$t	1	30"$'\n'"$t	2	5"
	run -3 plog-consume --fail-empty -p 0 "$t"
	run -0 plog-consume --fail-empty -p 2 "$t"
}

@test "wrong names, wrong places, wrong partitions" {
	timed
	run -1 plog-consume "${t}x"
	assert_output "plog-consume: topic '${t}x' does not exist, did you mean '$t'?"
	run -1 plog-consume -p 7 "$t"
	assert_output --partial "has no partition 7"
	run -1 plog-produce -p 7 "$t" <<<x
	assert_output --partial "has no partition 7: it has 3"
	run -1 plog-consume 'no such*'
	assert_output --partial 'no topic matches'
	run -2 plog-produce 'no such' <<<x
	run -1 plog-topic create 'no/such'
}

@test "acknowledgement: -R after it and in order, -p, keys by murmur2, status 1 for what cannot be stored" {
	plog-topic create -P 4 "$t"
	seq 1 500 | plog-produce -p 2 -R '%p %o %v\n' "$t" >said
	seq 1 500 | awk '{ print 2, NR - 1, $1 }' | diff - said
	for a in 0 1 all; do
		echo "$a" | plog-produce -p 0 --acks=$a "$t"
	done
	wait_until 5 sh -c "[ \$(plog-consume -p 0 '$t' | wc -l) = 3 ]"
	seq 1 50 | sed 's/.*/k&:&/' | tee keyed | plog-produce -K: "$t"
	plog-produce -d other -K: -P 4 "$t" <keyed 2>/dev/null
	plog-consume -F '%p %k\n' -o @-1h "$t" | grep k | sort | diff - <(plog-consume -d other -F '%p %k\n' "$t" | sort)
	head -c 3000000 /dev/zero | tr '\0' x >long
	run -1 plog-produce "$t" long
	assert_output --partial 'the record is too long'
	printf '%s\n' a bad:json >in
	run -1 plog-produce -J "$t" in
	assert_output --partial 'line 1'
}

@test "codecs and raw batches" {
	local z
	seq 1 3000 >in
	for z in none gzip snappy lz4 zstd; do
		plog-produce -z $z -P 1 "$t.$z" in 2>/dev/null
		plog-consume "$t.$z" | cmp - in
	done
	plog-consume --raw -o 500: "$t.zstd" >raw
	plog-produce --raw -P 1 "$t.raw" raw 2>/dev/null
	plog-consume "$t.raw" | tail -n 2501 | cmp - <(seq 500 3000 | tail -n 2501) ||
		plog-consume "$t.raw" | tail -n 2500 | cmp - <(seq 501 3000)
}

@test "trim and what is left; delete and what is not" {
	timed
	plog-topic trim -o 20 -p 1 --execute "$t" >/dev/null
	assert_equal "$(values)" "$(want 20 29)"
	run -1 plog-consume -p 1 -o 3 "$t"
	assert_output "plog-consume: offset 3 of '$t/1' is gone, the log starts at 20"
	assert_equal "$(values -o +2)" "$(want 22 29)"
	plog-topic delete "$t"
	run -1 plog-consume "$t"
	assert_output --partial 'does not exist'
}

@test "-f: what is there and what comes; --idle ends it" {
	timed
	background plog-consume -f -p 1 -o -1 "$t" >got
	wait_until 10 has_line got v29
	echo new | plog-produce -p 1 "$t"
	wait_until 10 has_line got new
	stop "$bg"
	assert_equal $status 143
	run -0 plog-consume -f --idle=300ms -p 1 -o -2 "$t"
	assert_output $'v29\nnew'
}

@test "a group reads each record once, goes on where it was, and can be put elsewhere" {
	timed
	run -0 plog-consume -q -g "$g" "$t"
	assert_equal "$(xargs <<<"$output")" "$(want 0 29)"
	run -0 plog-consume -q -g "$g" "$t"
	assert_output ''
	echo more | plog-produce -p 0 "$t"
	run -0 plog-consume -q -g "$g" "$t"
	assert_output more
	run -0 plog-group describe --tsv "$g"
	assert_equal "$(cut -f 2-6 <<<"$output" | grep -v '	-	')" "$(printf '%s\n' "$t	0	1	1	0" "$t	1	30	30	0" "$t	2	0	0	0" |
		grep -F -x -f <(cut -f 2-6 <<<"$output"))"
	plog-group reset -q -o 25 -p 1 --execute "$g" "$t" >/dev/null
	run -0 plog-consume -q -g "$g" "$t"
	assert_equal "$(xargs <<<"$output")" "$(want 25 29)"
	plog-group wait --timeout=5s "$g"
	plog-group delete "$g"
	run -1 plog-group describe "$g"
	assert_output --partial "group '$g' does not exist"
}

@test "a command per batch: exit 0 is the acknowledgement" {
	timed
	run -1 plog-consume -q -g "$g" --retries=1 --backoff=1ms "$t" -- false
	run -0 plog-consume -q -g "$g" --batch=10 "$t" -- sh -c 'cat; echo --'
	assert_equal "$(grep -vx -e -- <<<"$output" | xargs)" "$(want 0 29)"
	[ "$(grep -cx -e -- <<<"$output")" -ge 3 ]
	run -0 plog-consume -q -g "$g.d" -1 --retries=0 --dead-letter="$t.dead" -j 2 "$t" -- sh -c 'read l; [ "$l" != v7 ]'
	run -0 plog-consume "$t.dead"
	assert_output v7
	run -127 plog-consume -q -g "$g.e" "$t" -- /no/such/command
}

@test "--no-commit and --auto-offset-reset" {
	timed
	run -0 plog-consume -q -g "$g" --no-commit "$t"
	assert_equal "$(xargs <<<"$output")" "$(want 0 29)"
	run -0 plog-consume -q -g "$g" "$t"
	assert_equal "$(xargs <<<"$output")" "$(want 0 29)"
	run -0 plog-consume -q -g "$g.l" --auto-offset-reset=latest "$t"
	assert_output ''
	run -1 plog-consume -q -g "$g.n" --auto-offset-reset=none "$t"
	assert_output --partial '--auto-offset-reset=none says not to choose one'
	run -0 plog-consume -q -g "$g.o" --auto-offset-reset=@1700000020 "$t"
	assert_equal "$(xargs <<<"$output")" "$(want 20 29)"
}
