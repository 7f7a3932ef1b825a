#!/usr/bin/env bats
# plog-produce: what input becomes.
# also: asan

load helper/lib

setup() { new_store; }

# What is in a topic: partition, key, value, headers; NULL told from empty.
all() { plog-consume --sort=time -F '%p %k{json} %v{json} %h\n' "$@"; }

# --- input -------------------------------------------------------------

@test "a line is a record; an empty line too; a last one without its newline too" {
	printf 'a\n\nb' | plog-produce -q t
	run -0 all t
	assert_output '0 null "a" []
0 null "" []
0 null "b" []'
}

@test "a carriage return is data, unless --crlf" {
	printf 'a\r\nb\r' | plog-produce -q t
	printf 'c\r\nd\r' | plog-produce -q --crlf t
	run -0 plog-consume -F '%v{json} ' t
	assert_output '"a\r" "b\r" "c" "d" '
}

@test "-0 and -D cut records at NUL and at any bytes" {
	printf 'a\nb\0\0c\0' | plog-produce -q -0 t
	printf 'd\0eXYXfXY' | plog-produce -q -D XY t
	printf 'g\001\nh' | plog-produce -q -D '\x01\n' t
	run -0 plog-consume -F '%v{json} ' t
	assert_output '"a\nb" "" "c" "d\u0000e" "Xf" "g" "h" '
}

@test "files are read in turn; one that cannot be read is named, the next one is read, status 1" {
	printf 'a\nb' >one
	printf 'c\n' >two
	run -1 --separate-stderr plog-produce -q t one none . two
	assert_equal "$stderr" "plog-produce: cannot open 'none': No such file or directory
plog-produce: cannot read '.': Is a directory"
	run -0 plog-consume t
	assert_output $'a\nb\nc'
}

@test "- is standard input" {
	echo f >one
	echo s | plog-produce -q t one -
	run -0 plog-consume t
	assert_output $'f\ns'
}

@test "nothing read: status 0, and no store, no topic" {
	run -0 plog-produce t </dev/null
	assert_output ''
	: >empty
	for form in '' -J --raw; do
		run -0 plog-produce $form t empty
		run -0 plog-produce $form t </dev/null
	done
	run -0 plog-produce --whole t </dev/null
	[ ! -e "$PLOG_DIR" ]
}

@test "--whole makes a record of each file, an empty one too, and of standard input" {
	printf 'a\nb' >one
	: >two
	plog-produce -q --whole t one two
	printf 'c\nd\n' | plog-produce -q --whole t
	run -0 plog-consume -F '%v{json} ' t
	assert_output '"a\nb" "" "c\nd\n" '
}

@test "bytes come back: every byte, as value and as key" {
	for i in {0..255}; do printf "\\x$(printf %02x "$i")"; done >all
	plog-produce -q --whole t all
	plog-consume -F %v t | cmp - all
	plog-consume -F '%V{i32}%v%V{i32}%v' t | plog-produce -q -F '%K{i32}%k%V{i32}%v' u
	plog-consume -F %k u | cmp - all
	plog-consume -F %v u | cmp - all
}

@test "-J reads what plog-consume -J writes: keys, values, NULLs, headers, times, partitions" {
	printf '%s\n' \
	    '{"partition":2,"timestamp":1700000000000,"key":"k","value":"v","headers":[["n","x"],["n",null],["","e"]]}' \
	    '{"partition":0,"timestamp":1700000000001,"key":null,"value":null,"headers":[]}' \
	    '{"partition":1,"timestamp":1700000000002,"key":"","value":"","headers":[]}' \
	    '{"partition":2,"timestamp":1700000000003,"key":{"base64":"//8="},"value":{"base64":"AP8="},"headers":[["b",{"base64":"/g=="}]]}' |
	    plog-produce -q -J -P 3 a
	plog-consume -J a | plog-produce -q -J -P 3 b
	plog-consume --sort=time -J a | jq -c 'del(.topic)' >one
	plog-consume --sort=time -J b | jq -c 'del(.topic)' >two
	cmp one two
	run -0 jq -c '[.partition,.timestamp,.key,.value,.headers]' one
	assert_output '[2,1700000000000,"k","v",[["n","x"],["n",null],["","e"]]]
[0,1700000000001,null,null,[]]
[1,1700000000002,"","",[]]
[2,1700000000003,{"base64":"//8="},{"base64":"AP8="},[["b",{"base64":"/g=="}]]]'
}

@test "-J: a partition that the topic lacks is refused, unless -p or --partitioner says where" {
	run -1 --separate-stderr plog-produce -q -J t <<<'{"value":"x","partition":3}'
	assert_equal "$stderr" "plog-produce: line 1: partition 3: topic 't' has 1; give --partitioner, or more partitions"
	plog-produce -q -J --partitioner=murmur2 t <<<'{"value":"x","partition":3}'
	plog-produce -q -J -p 0 t <<<'{"value":"y","partition":3}'
	run -0 plog-consume t
	assert_output $'x\ny'
}

@test "-J: what is wrong is named by its line, everything before it is stored" {
	run -1 --separate-stderr plog-produce -q -J t <<<$'{"value":"x"}\n{"value":"y","keey":1}\n{"value":"z"}'
	assert_regex "$stderr" '^plog-produce: line 2: '
	run -1 --separate-stderr plog-produce -q -J t <<<$'{"value":"x2"}\n{"val'
	assert_regex "$stderr" '^plog-produce: line 2: '
	run -0 plog-consume t
	assert_output $'x\nx2'
}

@test "-F reads by a format string; what does not match is named by its byte" {
	printf 'k1\tv1\nk2\tv 2\n' | plog-produce -q -F '%k\t%v\n' t
	run -1 --separate-stderr plog-produce -q -F '%k=%v\n' t <<<$'k3=v3\nbad'
	assert_regex "$stderr" '^plog-produce: record at byte 7: '
	run -0 plog-consume -F '%k>%v ' t
	assert_output 'k1>v1 k2>v 2 k3>v3 '
}

@test "-F: an incomplete last record is refused, with its place" {
	printf '\0\0\0\003abc\0\0\0\003de' >in
	run -1 --separate-stderr plog-produce -q -F '%V{i32}%v' t in
	assert_regex "$stderr" '^plog-produce: in: record at byte 8: '
	run -0 plog-consume t
	assert_output abc
}

@test "--raw takes batches as they are; offsets are assigned anew" {
	seq 5 | plog-produce -q -k key -H h=1 -z zstd --timestamp=1700000000 a
	echo first | plog-produce -q b
	plog-consume --raw a | plog-produce -q --raw b
	run -0 plog-consume -F '%o %k %v %T %h\n' -o 1 b
	assert_line -n 0 '1 key 1 1700000000000 [["h","1"]]'
	assert_line -n 4 '5 key 5 1700000000000 [["h","1"]]'
}

@test "--raw: a wrong checksum, a half batch and other bytes are refused, with their place" {
	seq 3 | plog-produce -q a
	seq 4 6 | plog-produce -q a
	plog-consume --raw a >raw
	half=$(($(wc -c <raw) / 2))
	head -c $((half + 20)) raw >short
	run -1 --separate-stderr plog-produce -q --raw b short
	assert_equal "$stderr" "plog-produce: short: batch at byte $((half + 1)): the input ends within the batch"
	cp raw bad
	printf Z | dd of=bad bs=1 seek=$((half - 2)) conv=notrunc 2>/dev/null
	run -1 --separate-stderr plog-produce -q --raw c bad
	assert_equal "$stderr" "plog-produce: bad: batch at byte 1: the checksum does not match"
	run -1 --separate-stderr plog-produce -q --raw --on-error=skip c bad
	run -0 plog-consume c
	assert_output $'4\n5\n6'
	run -1 --separate-stderr plog-produce -q --raw d <<<"$(seq 100)"
	assert_regex "$stderr" 'batch at byte 1: not a record batch'
}

@test "--raw goes to one partition" {
	seq 3 | plog-produce -q a
	plog-consume --raw a >raw
	plog-topic create -P 2 two
	run -2 --separate-stderr plog-produce --raw two raw
	assert_regex "$stderr" 'give -p'
	plog-produce --raw -p 1 two raw
	run -0 plog-consume -p 1 two
	assert_output $'1\n2\n3'
}

# --- keys, headers, times ------------------------------------------------

@test "-k is the key of all, -H a header of all, without = its value is NULL" {
	printf 'a\nb\n' | plog-produce -q -k key -H x=1 -H y -H z= t
	run -0 all t
	assert_output '0 "key" "a" [["x","1"],["y",null],["z",""]]
0 "key" "b" [["x","1"],["y",null],["z",""]]'
	plog-produce -q -J -H x=1 u <<<'{"value":"v","headers":[["own","0"]]}'
	run -0 all u
	assert_output '0 null "v" [["own","0"],["x","1"]]'
}

@test "-K: the key stands before the first delimiter; without one it is an error, or NULL" {
	printf 'k\tv\tw\n\tx\n' | plog-produce -q -K '\t' t
	run -0 all t
	assert_output '0 "k" "v\tw" []
0 "" "x" []'
	run -1 --separate-stderr plog-produce -q -K '\t' u <<<$'a\t1\nno key\nb\t2'
	assert_equal "$stderr" 'plog-produce: line 2: no key: the delimiter of -K is not there'
	run -0 all u
	assert_output '0 "a" "1" []'
	plog-produce -q -K '\t' --missing-key=null v <<<$'a\t1\nno key'
	run -0 all v
	assert_output $'0 "a" "1" []\n0 null "no key" []'
}

@test "--on-error=skip names what cannot be taken and goes on; status 1" {
	run -1 --separate-stderr plog-produce -q -K : --on-error=skip t <<<$'a:1\nno\nb:2\nno\nc:3'
	assert_equal "$stderr" 'plog-produce: line 2: no key: the delimiter of -K is not there
plog-produce: line 4: no key: the delimiter of -K is not there'
	run -0 plog-consume t
	assert_output $'1\n2\n3'
	run -1 --separate-stderr plog-produce -q -F '%k=%v{hex}\n' --on-error=skip u <<<$'a=31\nb=x\nc=32\nd'
	assert_regex "$stderr" '^plog-produce: record at byte 6: .*plog-produce: record at byte 15: '
	run -0 plog-consume -F '%k=%v ' u
	assert_output 'a=1 c=2 '
}

@test "--null-marker: a key or value equal to it is NULL; without it nothing is" {
	printf 'k:-\n-:v\n-:--\n' | plog-produce -q -K : --null-marker=- t
	printf 'NULL\n\n' | plog-produce -q t
	run -0 all t
	assert_output '0 "k" null []
0 null "v" []
0 null "--" []
0 null "NULL" []
0 null "" []'
}

@test "--timestamp is that of all; default is the time of reading" {
	echo a | plog-produce -q --timestamp=2024-01-31T12:00:00Z t
	before=$(date +%s%3N)
	echo b | plog-produce -q t
	after=$(date +%s%3N)
	run -0 plog-consume -F '%T\n' t
	assert_line -n 0 1706702400000
	[ "${lines[1]}" -ge "$before" ] && [ "${lines[1]}" -le "$after" ]
}

# --- partitions ------------------------------------------------------------

@test "-p is the partition of all; one that is not there is refused" {
	plog-topic create -P 4 t
	seq 3 | plog-produce -p 2 t
	run -0 plog-consume -p 2 t
	assert_output $'1\n2\n3'
	run -1 --separate-stderr plog-produce -p 4 t <<<x
	assert_equal "$stderr" "plog-produce: -p: topic 't' has no partition 4: it has 4
plog-produce: 1 record was not stored"
}

@test "keys go where Kafka puts them: murmur2" {
	printf '%s:v\n' key abc foobar user-1 user-2 0 1 | plog-produce -q -K : -P 12 t
	run -0 plog-consume --sort=time -F '%k %p\n' t
	for want in 'key 1' 'abc 3' 'foobar 6' 'user-1 8' 'user-2 8' '0 8' '1 3'; do
		assert_line "$want"
	done
}

@test "--partitioner: roundrobin takes the next one, crc32 is librdkafka's, random spreads, an unknown one is refused" {
	seq 6 | plog-produce -q -P 3 --partitioner=roundrobin -k key t
	run -0 plog-consume -p 0 t
	assert_output $'1\n4'
	printf '%s:v\n' foo bar | plog-produce -q -P 10 -K : --partitioner=crc32 c
	run -0 plog-consume --sort=time -F '%k %p\n' c
	assert_line "foo $((0x8c736521 % 10))"
	assert_line "bar $((0x76ff8caa % 10))"
	seq 1000 | plog-produce -q -P 3 --partitioner=random r
	run -0 plog-consume --count r
	assert_equal "${#lines[@]}" 3
	run -2 --separate-stderr plog-produce --partitioner=murmur t
	assert_equal "$stderr" "plog-produce: --partitioner: unknown partitioner 'murmur', did you mean 'murmur2'?"
}

@test "without keys a batch goes to one partition, and a large input spreads by 16 KiB" {
	plog-topic create -P 4 t
	lines 10 | plog-produce t
	[ "$(plog-consume -F '%p\n' t | sort -u | wc -l)" = 1 ]
	plog-topic create -P 4 big
	lines 20000 100 | plog-produce big
	for p in 0 1 2 3; do
		[ "$(plog-consume -p $p big | wc -l)" -gt 2000 ]
	done
	lines 20000 100 | sort >want
	plog-consume big | sort | cmp - want
}

# --- storing -----------------------------------------------------------------

@test "-z and compression.type: every codec, read back" {
	needs_module gzip snappy lz4
	lines 5000 >in
	for z in none gzip gzip:9 snappy lz4 zstd zstd:1 zstd:19; do
		plog-produce -q -z "$z" "t-${z/:/-}" in
		plog-consume "t-${z/:/-}" | cmp - in
	done
	plog-produce -q -c compression.type=zstd conf in
	plog-consume conf | cmp - in
	[ "$(stat -c %s "$PLOG_DIR"/topics/conf/0/*.log)" -lt 50000 ]
	run -2 --separate-stderr plog-produce -z zst t
	assert_equal "$stderr" "plog-produce: -z: unknown codec 'zst', did you mean 'zstd'?"
}

@test "much input in many batches, in several threads: each record once, in order" {
	lines 300000 60 >in
	plog-produce -q -z zstd:1 t in
	plog-consume t | cmp - in
	plog-produce -q u in
	plog-consume u | cmp - in
	plog-produce -q -P 20 -K ' ' v in
	plog-consume -K ' ' v | sort >got
	sort in | cmp - got
}

@test "a batch gathers at most 8,192 records, or what --batch-size says" {
	seq 20000 | plog-produce -q t
	plog-consume --raw t >raw
	# Number of records of the first batch, big endian at byte 57.
	[ $((0x$(od -An -tx1 -j57 -N4 raw | tr -d ' \n'))) -le 8192 ]
	lines 2000 100 | plog-produce -q --batch-size=4K u
	plog-consume --raw u >raw
	[ $((0x$(od -An -tx1 -j8 -N4 raw | tr -d ' \n') + 12)) -le 4096 ]
	[ "$(plog-consume u | wc -l)" = 2000 ]
}

@test "a record is too long when a batch of it alone is beyond max.message.bytes" {
	plog-topic create -c max.message.bytes=1000 t
	# 61 bytes of header, 9 around a value of 930
	printf '%0930d\n' 0 | plog-produce t
	run -1 --separate-stderr plog-produce t <<<"$(printf 'a\n%0931d\nb' 0)"
	assert_equal "$stderr" 'plog-produce: line 2: the record is too long: a batch of it alone is beyond max.message.bytes=1000'
	run -1 --separate-stderr plog-produce --on-error=skip t <<<"$(printf 'c\n%05000d\nd' 0)"
	assert_regex "$stderr" '^plog-produce: line 2: the record is too long'
	run -0 plog-consume -F '%V ' t
	assert_output '930 1 1 1 '
}

@test "a record of exactly Kafka's default limit goes in, alone, between others" {
	{ echo a; head -c 1048515 /dev/zero | tr '\0' x; echo; echo b; } >in
	plog-produce -q t in
	plog-consume t | cmp - in
	{ echo a; head -c 1048520 /dev/zero | tr '\0' x; echo; echo b; } >in
	run -1 --separate-stderr plog-produce -q t in
	assert_regex "$stderr" '^plog-produce: in: line 2: the record is too long'
}

@test "max.message.bytes may be large: a record of 5 MB" {
	head -c 5000000 /dev/urandom >in
	plog-produce -q --whole -c max.message.bytes=6000000 t in
	plog-consume -F %v t | cmp - in
}

@test "a store and a topic are made with the first record, as -P and -c say, and that is said" {
	run -0 --separate-stderr plog-produce -P 3 -c retention.ms=7d orders <<<x
	assert_equal "$output" ''
	assert_equal "$stderr" "plog-produce: made topic 'orders' with 3 partitions"
	run -0 --separate-stderr plog-produce orders <<<x
	assert_equal "$stderr" ''
	run -0 plog-topic describe orders
	assert_output --partial 'retention.ms=604800000'
	run -0 --separate-stderr plog-produce -P 2 orders <<<x
	assert_equal "$stderr" "plog-produce: topic 'orders' is there already, with 3 partitions"
}

@test "--no-create: a topic that is not there is an error with the nearest name" {
	run -1 --separate-stderr plog-produce --no-create orders <<<x
	assert_regex "$stderr" '^plog-produce: no store at '
	echo x | plog-produce -q orders
	run -1 --separate-stderr plog-produce --no-create order <<<x
	assert_equal "$stderr" "plog-produce: topic 'order' does not exist, did you mean 'orders'?"
}

@test "a compacted topic takes no record without a key, however it comes" {
	run -1 --separate-stderr plog-produce -c cleanup.policy=compact t <<<x
	assert_equal "$stderr" "plog-produce: line 1: a record without a key: topic 't' is compacted"
	run -0 plog-topic list
	assert_output ''
	plog-produce -q -c cleanup.policy=compact -K : t <<<$'a:1\nb:2'
	run -1 --separate-stderr plog-produce -K : --missing-key=null t <<<$'c:3\nno\nd:4'
	assert_equal "$stderr" "plog-produce: line 2: a record without a key: topic 't' is compacted"
	run -1 --separate-stderr plog-produce -J t <<<'{"value":"x"}'
	echo x | plog-produce -q keyless
	plog-consume --raw keyless >raw
	run -1 --separate-stderr plog-produce --raw t raw
	run -0 plog-consume -K : t
	assert_output $'a:1\nb:2\nc:3'
}

@test "a Kafka broker's directory is never written" {
	mkdir -p broker/t-0
	printf 'version=1\nbroker.id=0\ncluster.id=x\n' >broker/meta.properties
	: >broker/t-0/00000000000000000000.log
	run -1 --separate-stderr plog-produce -d broker t <<<x
	assert_regex "$stderr" "is a Kafka broker's directory, read only"
}

@test "LogAppendTime: the log's time counts, and the report shows it" {
	plog-topic create -c message.timestamp.type=LogAppendTime t
	run -0 plog-produce --timestamp=1970-01-02 -R '%T' t <<<x
	[ "$output" -gt 1700000000000 ]
	run -0 plog-consume -F %T t
	[ "$output" -gt 1700000000000 ]
}

# --- what is said ----------------------------------------------------------------

@test "-R prints each record when it is acknowledged" {
	for acks in 0 1 all; do
		run -0 --separate-stderr plog-produce -q --acks=$acks -K : -H n=1 -R '%p %o %k=%v %h\n' "t$acks" <<<$'a:1\nb:2'
		assert_output $'0 0 a=1 [["n","1"]]\n0 1 b=2 [["n","1"]]'
	done
	lines 100000 30 | plog-produce -q -z zstd -R '%o\n' big >acked
	seq 0 99999 | cmp - acked
}

@test "-R into a full device is an error; into a pipe without a reader the end, quietly; records are stored" {
	run bash -c 'echo x | plog-produce -q -R "%o\n" t >/dev/full'
	assert_failure 1
	assert_output 'plog-produce: cannot write to standard output: No space left on device'
	run bash -c 'yes | head -n 200000 | plog-produce -q -R "%o\n" t | :; echo ${PIPESTATUS[2]}'
	assert_output 141
	run -0 plog-consume -n 1 t
	assert_output x
}

@test "a log whose offsets are used up takes no more: nothing is acknowledged that no reader could find" {
	seq 5 | plog-produce -q t
	mkdir -p broker/u-0
	{ printf '\x7f\xff\xff\xff\xff\xff\xff\xf5'; tail -c +9 "$PLOG_DIR/topics/t/0/00000000000000000000.log"; } \
		>broker/u-0/09223372036854775797.log
	plog-topic import broker u
	echo x | plog-produce u
	run -1 --separate-stderr bash -c 'seq 9 | plog-produce --on-error=skip -R "%o\n" u'
	assert_equal "$output" ''
	assert_equal "$stderr" $'plog-produce: \'u/0\' has used up its offsets\nplog-produce: 9 records were not stored'
	seq 4 | plog-produce u
	run -1 --separate-stderr plog-produce u <<<y
	run -0 plog-check
	assert_output ''
	run -0 plog-consume --tail=2 -F '%o %v\n' u
	assert_output $'9223372036854775805 3\n9223372036854775806 4'
	run -0 plog-consume -g g u
	run -0 plog-consume -q -g g u
	assert_output ''
}

@test "a partition that cannot be opened ends the run, whatever --on-error says: it is no fault of a line" {
	echo v | plog-produce -q t
	cp -al "$PLOG_DIR" copy
	seq 1 20000 >in
	run -1 --separate-stderr plog-produce -d copy --on-error=skip t in
	assert_equal "${stderr_lines[0]}" "plog-produce: 't/0/lock' has 2 names (a copy by cp -al?): two stores would share one lock, so nothing is appended"
	assert_equal "${stderr_lines[1]}" 'plog-produce: 20000 records were not stored'
	assert_equal "${#stderr_lines[@]}" 2
}

@test "an input that is closed is an error, not an empty one" {
	run -1 --separate-stderr eval 'plog-produce t <&-'
	assert_equal "$stderr" 'plog-produce: cannot read standard input: Bad file descriptor'
}

@test "-v ends with records, bytes, rate, and the time of the last sync apart" {
	run -0 --separate-stderr plog-produce -q -v t <<<$'a\nb'
	assert_regex "$stderr" '^plog-produce: 2 records, 4 B in [0-9]+\.[0-9]{3} s, [0-9.]+ ([kM] )?records/s \(and [0-9]+\.[0-9]{3} s to sync\)$'
}

@test "usage: -h and -V on stdout, even beside what is wrong; the rest is status 2 and makes nothing" {
	run -0 --separate-stderr plog-produce -h
	assert_line -n 0 'usage: plog-produce [options] TOPIC [FILE ...]'
	run -0 --separate-stderr plog-produce --nonsense --help
	run -0 --separate-stderr plog-produce --version
	run -2 --separate-stderr plog-produce
	assert_equal "$stderr" 'usage: plog-produce [options] TOPIC [FILE ...]'
	run -2 --separate-stderr plog-produce --partitin=3 t
	assert_equal "$stderr" "plog-produce: unknown option '--partitin', did you mean '--partition'?"
	for wrong in '--json=1' '--part 3' '-J --raw' '-J -0' '-k a -K b' '-p 1 --partitioner=random' '-p x' '-p -1' '--acks=2' \
	    '--linger=5' '--no-create -P 3' '-c retension.ms=1' '-c x' '-F %q' '-R %q' '-z gzip:99' '--raw -z zstd' \
	    '--missing-key=null' '--batch-size=0' '-d a -b h:1' '--on-full=x' '--timestamp=x' '-X x'; do
		run -2 --separate-stderr plog-produce $wrong t <<<x
		[ -n "$stderr" ] && [ "$output" = '' ]
	done
	run -2 --separate-stderr plog-produce 'a/b' <<<x
	[ ! -e "$PLOG_DIR" ]
}

@test "a format that is wrong is shown with a caret" {
	run -2 --separate-stderr plog-produce -F '%k %q' t
	assert_equal "$stderr" "plog-produce: -F: unknown conversion '%q'
    %k %q
       ^"
}

# --- completions ---------------------------------------------------------------

@test "completions ask the tools for topics, configs, partitions and options" {
	plog-topic create -P 3 orders
	complete_words() {
		bash --norc -c '. "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _plog_produce; echo "${COMPREPLY[*]}"' - \
		    "$PLOG_TOP/completions/plog-produce.bash" "$@"
	}
	assert_equal "$(complete_words plog-produce o)" orders
	assert_equal "$(complete_words plog-produce -c retention.)" 'retention.bytes= retention.ms='
	assert_equal "$(complete_words plog-produce orders -p '')" '0 1 2'
	assert_equal "$(complete_words plog-produce --acks = a)" all
	assert_equal "$(complete_words plog-produce --miss)" --missing-key=
}

@test "every long option is in the manual and in each completion" {
	plog-produce --help >help
	for o in $(sed -nE '/longs\[\]/,/^}/s/.*\{ "([a-z-]+)",.*/\1/p' "$PLOG_TOP/cmd/produce/options.c"); do
		grep -q -- "Fl Fl $o" "$PLOG_TOP/share/man/man1/plog-produce.1"
		grep -q -- "--$o[]=[]" "$PLOG_TOP/completions/_plog-produce" || grep -q -- "--$o}" "$PLOG_TOP/completions/_plog-produce"
		grep -q -- " -l $o " "$PLOG_TOP/completions/plog-produce.fish"
	done
}
