#!/usr/bin/env bats
# plog-consume: what a reader may rely on.

load helper/lib

setup() {
	new_store
}

# orders: keys and values over three partitions, one a second from 2023-11-14T22:13:20Z on.
fill_orders() {
	plog-topic create -P 3 orders
	for i in 0 1 2 3 4 5 6 7 8; do
		printf '{"partition":%d,"timestamp":%d,"key":"k%d","value":"v%d","headers":[["n","%d"]]}\n' \
		    $((i % 3)) $((1700000000000 + i * 1000)) $i $i $((i % 2))
	done | plog-produce -J orders
}

@test "values come back, a line each, in the order of the log" {
	seq 1 1000 | plog-produce t
	plog-consume t >got
	seq 1 1000 | cmp - got
}

@test "bytes come back: NUL, invalid UTF-8, carriage returns and empty lines" {
	printf 'a\0b\n\n\377\376\r\nlast' | plog-produce t
	plog-consume t >got
	printf 'a\0b\n\n\377\376\r\nlast\n' | cmp - got
	plog-consume -0 t >got
	printf 'a\0b\0\0\377\376\r\0last\0' | cmp - got
}

@test "-D writes any bytes behind a value, -K the key before it" {
	printf 'a:1\nb:2\n' | plog-produce -K : t
	run -0 --separate-stderr plog-consume -D '\x2c\t' t
	[ "$output" = $'1,\t2,\t' ]
	run -0 --separate-stderr plog-consume -K ' => ' t
	[ "$output" = $'a => 1\nb => 2' ]
}

@test "NULL is written as nothing, or as --null-literal says" {
	printf '{"value":null}\n{"key":"k","value":""}\n' | plog-produce -J t
	run -0 --separate-stderr plog-consume -K : t
	[ "$output" = $':\nk:' ]
	run -0 --separate-stderr plog-consume -K : --null-literal=NULL t
	[ "$output" = $'NULL:NULL\nk:' ]
}

@test "-o takes the whole offset language" {
	seq 0 9 | plog-produce t
	run -0 plog-consume -o 7 t
	[ "$output" = $'7\n8\n9' ]
	run -0 plog-consume -o -2 t
	[ "$output" = $'8\n9' ]
	run -0 plog-consume -o +8 t
	[ "$output" = $'8\n9' ]
	run -0 plog-consume -o 3:5 t
	[ "$output" = $'3\n4' ]
	run -0 plog-consume -o :2 t
	[ "$output" = $'0\n1' ]
	run -0 plog-consume -o -3:-1 t
	[ "$output" = $'7\n8' ]
	run -0 plog-consume -o latest t
	[ -z "$output" ]
	run -2 --separate-stderr plog-consume -o sometime t
	[[ $stderr == *"-o"* ]]
}

@test "-o @TIME begins at the first record of that time, a range of times ends before TO" {
	fill_orders
	run -0 plog-consume --sort=time -o @1700000005 orders
	[ "$output" = $'v5\nv6\nv7\nv8' ]
	run -0 plog-consume --sort=time -o @2023-11-14T22:13:22Z:@2023-11-14T22:13:24Z orders
	[ "$output" = $'v2\nv3' ]
	run -0 plog-consume -o @-1h orders
	[ -z "$output" ]
}

@test "-p reads those partitions only; one that is not there is an error" {
	fill_orders
	run -0 plog-consume -p 1 orders
	[ "$output" = $'v1\nv4\nv7' ]
	run -0 plog-consume --sort=time -p 0,2 orders
	[ "$output" = $'v0\nv2\nv3\nv5\nv6\nv8' ]
	run -1 --separate-stderr plog-consume -p 3 orders
	[ "$stderr" = "plog-consume: topic 'orders' has no partition 3" ]
}

@test "-n stops after so many records in all; with a filter those that passed count" {
	fill_orders
	run -0 plog-consume -n 2 orders
	[ "${#lines[@]}" -eq 2 ]
	run -0 plog-consume --sort=time -n 2 --filter-header=n=1 orders
	[ "$output" = $'v1\nv3' ]
	run -0 plog-consume -n 0 orders
	[ -z "$output" ]
}

@test "--tail gives the last records over all partitions, in time order" {
	fill_orders
	run -0 plog-consume --tail=4 orders
	[ "$output" = $'v5\nv6\nv7\nv8' ]
	run -0 plog-consume --tail=100 orders
	[ "${#lines[@]}" -eq 9 ]
	run -0 plog-consume --tail=0 orders
	[ -z "$output" ]
	run -0 plog-consume --tail=2 --filter-header=n=0 orders
	[ "$output" = $'v6\nv8' ]
}

@test "--sort=time merges by timestamp and keeps each partition's own order" {
	plog-topic create -P 2 t
	{
		printf '{"partition":0,"timestamp":30,"value":"a"}\n{"partition":0,"timestamp":10,"value":"b"}\n'
		printf '{"partition":1,"timestamp":20,"value":"c"}\n{"partition":1,"timestamp":30,"value":"d"}\n'
	} | plog-produce -J t
	run -0 plog-consume --sort=time t
	[ "$output" = $'c\na\nb\nd' ]
	run -2 --separate-stderr plog-consume --sort=time -f t
}

@test "--sort=time over more partitions than are held open gives every record once, in order" {
	plog-topic create -P 60 many
	seq 0 599 | awk '{ printf "{\"partition\":%d,\"timestamp\":%.0f,\"value\":\"%d\"}\n", $1 % 60, 1700000000000 + $1, $1 }' |
	    plog-produce -J many
	plog-consume --sort=time many >got
	seq 0 599 | cmp - got
}

@test "filters: key, header and value; all must hold; --invert turns the whole" {
	fill_orders
	run -0 plog-consume --sort=time --filter-key='k[0-2]' orders
	[ "$output" = $'v0\nv1\nv2' ]
	run -0 plog-consume --sort=time --filter-key='k[0-2]' --filter-header=n=1 orders
	[ "$output" = v1 ]
	run -0 plog-consume --sort=time --filter-key='k[0-2]' --filter-header=n=1 --invert -n 3 orders
	[ "$output" = $'v0\nv2\nv3' ]
	run -0 plog-consume --filter-header=absent orders
	[ -z "$output" ]
	run -2 --separate-stderr plog-consume --invert orders
}

@test "--grep is a Perl-compatible expression over the bytes of the value" {
	needs_module regex
	printf 'alpha\nbeta\n\377gamma\n' | plog-produce t
	run -0 plog-consume --grep='^(?:al|be)' t
	[ "$output" = $'alpha\nbeta' ]
	plog-consume --grep='\xff' t >got
	printf '\377gamma\n' | cmp - got
	run -2 --separate-stderr plog-consume --grep='(' t
	[[ $stderr == "plog-consume: --grep: "* ]]
}

@test "--count prints topic, partition and count, also of a range and of what passes" {
	fill_orders
	run -0 plog-consume --count orders
	[ "$output" = $'orders\t0\t3\norders\t1\t3\norders\t2\t3' ]
	run -0 plog-consume --count -o 1:2 -p 0 orders
	[ "$output" = $'orders\t0\t1' ]
	run -0 plog-consume --count --filter-header=n=1 -p 0 orders
	[ "$output" = $'orders\t0\t1' ]
	run -0 plog-consume --count -n 4 orders
	[ "$output" = $'orders\t0\t3\norders\t1\t1\norders\t2\t0' ]
}

@test "-F prints what the format says and nothing behind it" {
	fill_orders
	run -0 plog-consume -F '%t/%p:%o %k=%v %T %h %H\n' -p 1 -n 1 orders
	[ "$output" = 'orders/1:0 k1=v1 1700000001000 [["n","1"]] 1' ]
	run -2 --separate-stderr plog-consume -F '%q' orders
	[[ $stderr == *"^"* ]]
}

@test "-J prints one object a line, jq reads it, plog-produce takes it back" {
	fill_orders
	run -0 plog-consume -J -p 1 -n 1 orders
	[ "$output" = '{"topic":"orders","partition":1,"offset":0,"timestamp":1700000001000,"timestampType":"CreateTime","key":"k1","value":"v1","headers":[["n","1"]]}' ]
	[ "$(plog-consume -J orders | jq -r .value | sort | xargs)" = "v0 v1 v2 v3 v4 v5 v6 v7 v8" ]
	plog-consume -J orders | plog-produce -q -J -P 3 copy
	diff <(plog-consume -J orders | sed 's/orders/copy/' | sort) <(plog-consume -J copy | sort)
}

@test "--raw gives whole batches that plog-produce --raw takes; not with filters or many partitions" {
	seq 1 100 | plog-produce t
	plog-consume --raw t | plog-produce -q --raw u
	cmp <(plog-consume t) <(plog-consume u)
	cmp <(plog-consume --raw t | tail -c +62) <(plog-consume --raw u | tail -c +62)
	run -2 --separate-stderr plog-consume --raw -n 1 t
	plog-topic create -P 2 two
	run -2 --separate-stderr plog-consume --raw two
	run -0 --separate-stderr plog-consume --raw -p 1 two
}

@test "a glob names every topic that matches; none is an error" {
	echo 1 | plog-produce -q app.a
	echo 2 | plog-produce -q app.b
	echo 3 | plog-produce -q other
	[ "$(plog-consume 'app.*' | sort | xargs)" = "1 2" ]
	run -1 --separate-stderr plog-consume 'zzz*'
	[ "$stderr" = "plog-consume: no topic matches 'zzz*'" ]
}

@test "a topic that does not exist: status 1 and the nearest name" {
	echo 1 | plog-produce -q orders
	run -1 --separate-stderr plog-consume ordres
	[ -z "$output" ]
	[[ $stderr == "plog-consume: "*"'ordres'"*"'orders'"* ]]
}

@test "no store: status 1, and it is not made" {
	run -1 --separate-stderr plog-consume t
	[ "$stderr" = "plog-consume: no store at $PLOG_DIR" ]
	[ ! -e "$PLOG_DIR" ]
}

@test "--fail-empty: status 3 when nothing was delivered" {
	echo x | plog-produce -q t
	run -3 plog-consume --fail-empty -o latest t
	run -0 plog-consume --fail-empty t
}

@test "an offset that is gone is named, and where the log starts" {
	seq 1 10 | plog-produce -q t
	plog-topic trim -o 5 --execute t
	run -1 --separate-stderr plog-consume -o 2 t
	[[ $stderr == *"offset 2"*"gone, the log starts at 5"* ]]
	run -0 plog-consume t
	[ "${lines[0]}" = 6 ]
}

@test "-f delivers what comes, and waits for a store and a topic that are not there yet" {
	background plog-consume -f late >got 2>err
	local follower=$bg
	wait_until 5 has_line err "waiting for it"
	echo one | plog-produce -q late
	wait_until 5 has_line got one
	echo two | plog-produce -q late
	wait_until 5 has_line got two
	[ "$(grep -c 'waiting' err)" -le 2 ]
	stop "$follower"
	[ "$status" -eq 143 ]
}

@test "-f picks up new partitions and topics from their beginning" {
	echo a | plog-produce -q app.a
	background plog-consume -f 'app.*' >got
	local follower=$bg
	wait_until 5 has_line got a
	echo b | plog-produce -q app.b
	wait_until 5 has_line got b
	plog-topic alter -P 2 app.a 2>/dev/null
	echo c | plog-produce -q -p 1 app.a
	wait_until 5 has_line got c
	stop "$follower"
}

@test "-f: a topic that is deleted and made again is read from its beginning" {
	echo old | plog-produce -q t
	background plog-consume -f t >got 2>err
	local follower=$bg
	wait_until 5 has_line got old
	plog-topic delete t
	echo new | plog-produce -q t
	wait_until 5 has_line got new
	grep -q "topic 't' was deleted" err
	stop "$follower"
}

@test "-f --tail gives the last records and then what comes" {
	seq 1 10 | plog-produce -q t
	background plog-consume -f --tail=2 t >got
	wait_until 5 has_lines got 2
	echo 11 | plog-produce -q t
	wait_until 5 has_lines got 3
	[ "$(xargs <got)" = "9 10 11" ]
	stop "$bg"
}

@test "-f --idle ends after so long without a record" {
	echo x | plog-produce -q t
	run -0 --separate-stderr timeout 10 plog-consume -f --idle=200ms t
	[ "$output" = x ]
	# also where there is no such topic, and no store yet
	run -0 --separate-stderr timeout 10 plog-consume -f --idle=200ms other
	[ "$stderr" = "plog-consume: topic 'other' does not exist; waiting for it" ]
	run -0 --separate-stderr timeout 10 plog-consume -d none -f --idle=200ms t
	[ "$stderr" = "plog-consume: no store at none; waiting for it" ]
	run -3 --separate-stderr timeout 10 plog-consume -d none -f --idle=200ms --fail-empty t
	[ ! -e none ]
}

@test "an idle follower ends at once, quietly, when its reader goes away" {
	echo x | plog-produce -q t
	run -0 --separate-stderr timeout 5 bash -c 'set -o pipefail; plog-consume -f t | head -n 1'
	[ "$output" = x ]
	[ -z "$stderr" ]
	# also while it waits for a store
	run -0 --separate-stderr timeout 5 bash -c 'set -o pipefail; plog-consume -q -d none -f t | :'
	[ -z "$output$stderr" ]
}

@test "TERM, INT and HUP end a follower within a second, by that signal" {
	echo x | plog-produce -q t
	for sig in TERM:143 HUP:129; do
		background plog-consume -f t >got
		wait_until 5 has_line got x
		stop "$bg" "${sig%:*}"
		[ "$status" -eq "${sig#*:}" ]
	done
}

@test "TERM ends it within a second also when the reader of its pipe stands still; one that reads gets whole records" {
	seq -f '%0100.0f' 100000 | plog-produce -q t
	mkfifo pipe
	exec {fd}<>pipe
	background plog-consume t >pipe
	_lib_pause 0.3
	local from=${EPOCHREALTIME/[.,]/}
	stop "$bg"
	[ "$status" = 143 ]
	[ $((${EPOCHREALTIME/[.,]/} - from)) -lt 1000000 ]
	exec {fd}<&-
	# One that is slow.
	background bash -c 'plog-consume t & echo $! >pid; wait $! || :' > >(perl -e 'while (sysread STDIN, $b, 20000) { syswrite STDOUT, $b; select undef, undef, undef, 0.005 }' >got)
	wait_until 5 has_lines got 300
	kill "$(cat pid)"
	finish "$bg"
	wait_until 5 is_gone "$(cat pid)"
	_lib_pause 0.5
	[ -z "$(tail -c 1 got | tr -d '\n')" ]
	[ "$(awk '{ print length }' got | sort -u)" = 100 ]
	[ "$(wc -l <got)" -lt 100000 ]
}

@test "a full disk at the output is an error" {
	seq 1 100000 | plog-produce -q t
	run -1 --separate-stderr bash -c 'plog-consume t >/dev/full'
	[[ $stderr == *"No space left on device"* ]]
}

@test "a reader that takes only a part is no error and no message" {
	seq 1 1000000 | plog-produce -q t
	run -0 --separate-stderr bash -c 'set -o pipefail; plog-consume t | head -n 1'
	[ "$output" = 1 ]
	[ -z "$stderr" ]
}

@test "damage is named with file, position and offsets; skip goes on behind it, the status is 1" {
	for i in 1 2 3; do seq $((i * 100)) $((i * 100 + 99)) | plog-produce -q t; done
	log=$PLOG_DIR/topics/t/0/00000000000000000000.log
	size=$(($(stat -c %s "$log") / 3))
	printf '\377' | dd of="$log" bs=1 seek=$((size + 100)) conv=notrunc status=none
	run -1 --separate-stderr plog-consume t
	[ "${#lines[@]}" -eq 100 ]
	[[ $stderr == *"00000000000000000000.log"*"$size"*"100"* ]]
	run -1 --separate-stderr plog-consume --on-damage=skip t
	[ "${#lines[@]}" -eq 200 ]
	[ "${lines[100]}" = 300 ]
	[[ $stderr == *"00000000000000000000.log"* ]]
}

@test "a torn tail is not delivered and not complained of" {
	seq 1 10 | plog-produce -q t
	seq 11 20 | plog-produce -q t
	log=$PLOG_DIR/topics/t/0/00000000000000000000.log
	truncate -s -5 "$log"
	run -0 --separate-stderr plog-consume t
	[ "${#lines[@]}" -eq 10 ]
	[ -z "$stderr" ]
}

@test "indexes deleted, cut or zeroed change no result" {
	for i in $(seq 0 39); do head -c 4000 /dev/zero | tr '\0' 'x' | plog-produce -q t; done
	plog-consume -o 17 -n 1 -F '%o\n' t >want
	for act in 'rm -f' 'truncate -s 3' 'truncate -s 800'; do
		$act "$PLOG_DIR"/topics/t/0/*.index "$PLOG_DIR"/topics/t/0/*.timeindex
		plog-consume -o 17 -n 1 -F '%o\n' t >got
		cmp want got
	done
}

@test "1,000 partitions are read with 256 descriptors" {
	plog-topic create -P 1000 wide
	seq 1 3000 | plog-produce -q --partitioner=roundrobin wide
	run -0 --separate-stderr bash -c 'ulimit -n 256; plog-consume wide | wc -l'
	[ "$output" -eq 3000 ]
}

@test "memory stays under 64 MiB whatever the number of partitions" {
	plog-topic create -P 100 wide
	yes "$(head -c 1000 /dev/zero | tr '\0' x)" | head -n 80000 >lines
	plog-produce -q --partitioner=roundrobin wide lines
	run -0 --separate-stderr bash -c '/usr/bin/env time -f %M plog-consume wide 2>&1 >/dev/null | tail -1' || needs time
	[ "$output" -lt 65536 ]
}

@test "options that cannot go together are refused with status 2" {
	for o in '-f --count' '--idle=1s' '-F %v -J' '--tail=1 --count' '--count -J' '--count -F %v' '-J -K :'; do
		run -2 --separate-stderr plog-consume $o t
		[ -n "$stderr" ]
	done
	run -2 --separate-stderr plog-consume
	run -2 --separate-stderr plog-consume --no-such t
}

@test "a decompression bomb in a segment stops at the limit, and memory stays small" {
	needs python3 zstd
	plog-topic create t
	python3 "$PLOG_TOP/t/helper/bomb.py" 1000000000 >"$PLOG_DIR/topics/t/0/00000000000000000000.log"
	run -1 --separate-stderr bash -c 'ulimit -v 400000; plog-consume t'
	[ -z "$output" ]
	[[ $stderr == "plog-consume: "*t/0*"0"* ]]
}

@test "a broker's directory on a read-only mount is read, and what would write is refused" {
	[ "$(id -u)" = 0 ] || plog_skip "mounting needs root" || return
	unshare -m true 2>/dev/null || plog_skip "no mount namespace here" || return
	run -0 --separate-stderr unshare -m bash -c '
		mkdir ro && mount --bind "$PLOG_TOP/t/golden/rolled" ro && mount -o remount,bind,ro ro || exit 9
		topic=$(plog-topic -d ro list | head -n 1)
		plog-topic -d ro describe "$topic" >/dev/null && plog-topic -d ro offsets "$topic" >/dev/null &&
		    plog-consume -d ro -J "$topic" | wc -l
		! echo x | plog-produce -d ro "$topic"'
	[ "${lines[0]}" -gt 0 ] || { echo "$output $stderr"; return 1; }
	[[ $stderr == *"is a Kafka broker's directory, read only"* ]]
}

@test "several log.dirs of one broker are one store" {
	mkdir a b
	cp -r "$PLOG_TOP/t/golden/rolled/." a/
	for d in a/*-0; do mv "$d" b/; done
	cp a/meta.properties b/
	topic=$(plog-topic -d "$PLOG_TOP/t/golden/rolled" list | head -n 1)
	diff <(plog-consume -d a -d b -J "$topic" | sort) <(plog-consume -d "$PLOG_TOP/t/golden/rolled" -J "$topic" | sort)
}

@test "a partition of 3,000 segments is read with 64 descriptors" {
	plog-topic create -c internal.segment.bytes=200 many 2>/dev/null || plog-topic create -c segment.bytes=1M many
	seq 1 3000 | plog-produce -q --batch-size=100 many
	[ "$(ls "$PLOG_DIR"/topics/many/0/*.log | wc -l)" -gt 300 ]
	run -0 --separate-stderr bash -c 'ulimit -n 64; plog-consume many | wc -l'
	[ "$output" -eq 3000 ]
}
