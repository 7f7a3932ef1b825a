#!/usr/bin/env bats
# plog-format(7): one format language, one JSON, both ways.

load helper/lib

setup() {
	new_store
}

# Records of any bytes: keys up to \x01, values up to NUL.
any_bytes() {
	{
		seq 1 30000 | gzip -9n
		seq 1 200 | sed 's/.*/k&\x01text \xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80 "&\\\t\x7f\xc2\x9b\x00/'
		printf '\x01empty key\0\0\xff\xfe\0'
	} | plog-produce -q -D '\0' -K '\x01' --missing-key=null -H 'name=value' -H 'null' "$1"
}

@test "every line of JSON is valid UTF-8 JSON, whatever the bytes" {
	needs jq iconv
	any_bytes t
	plog-consume -J t >lines
	[ "$(wc -l <lines)" -gt 240 ]
	iconv -f UTF-8 -t UTF-8 lines | cmp - lines
	jq -c . lines >jq.out
	[ "$(wc -l <jq.out)" = "$(wc -l <lines)" ]
	# nothing a terminal acts on, bar the newlines
	run -1 grep -qP '[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' lines
	jq -e 'keys_unsorted == ["topic","partition","offset","timestamp","timestampType","key","value","headers"]' lines >/dev/null
}

@test "JSON has its bytes in base64 where they are not UTF-8" {
	printf '{"value":{"base64":"/w=="},"key":{"base64":"gA=="},"headers":[[{"base64":"/g=="},{"base64":"/Q=="}]],"timestamp":5}\n' |
		plog-produce -q -J t
	run -0 --separate-stderr plog-consume -J t
	assert_output '{"topic":"t","partition":0,"offset":0,"timestamp":5,"timestampType":"CreateTime","key":{"base64":"gA=="},"value":{"base64":"/w=="},"headers":[[{"base64":"/g=="},{"base64":"/Q=="}]]}'
	run -0 plog-consume -F '%k{hex}%v{hex}\n' t
	assert_output '80ff'
}

@test "what -J writes, -J reads, and so it does what jq made of it" {
	needs jq
	any_bytes a
	plog-consume -J a >lines
	plog-produce -q -J b <lines
	jq -cS . lines | plog-produce -q -J c
	jq -c 'with_entries(select(.key | IN("topic", "offset", "partition", "timestampType") | not))' lines | sed 's/:/ : /; s/^/ /' |
		plog-produce -q -J d
	for t in b c d; do
		plog-consume -J $t | sed "s/^{\"topic\":\"$t\"/{\"topic\":\"a\"/" | cmp - lines
	done
}

@test "JSON keeps the partition, and refuses one that the topic lacks" {
	for p in 0 1 2; do printf '{"value":"v%d","partition":%d}\n' $p $p; done | plog-produce -q -P 3 -J t
	run -0 plog-consume -p 2 t
	assert_output v2
	run -1 plog-produce -q -J -P 1 u <<<'{"value":"v","partition":1}'
	assert_output --partial 'line 1'
	assert_output --partial 'partition'
}

@test "a line of JSON that is not right is refused with its number and the reason, what is before it is stored" {
	local line
	while IFS='|' read -r line why; do
		rm -rf "$PLOG_DIR"
		run -1 --separate-stderr plog-produce -q -J t < <(printf '{"value":"first"}\n%s\n{"value":"third"}\n' "$line")
		[[ $stderr == *"line 2"* && $stderr == *"$why"* ]] || fail "$line: $stderr"
		[ "$(plog-consume t)" = first ] || fail "$line: $(plog-consume t)"
	done <<-'END'
	{"key":"k"}|'value' is missing
	{"value":"v","val":1}|unknown name 'val'
	{"value":"v","value":"w"}|duplicate
	{"value":1}|'value' is not a string
	{"value":"v","key":[]}|'key' is not a string
	{"value":"v","partition":1.5}|'partition' is not a whole number
	{"value":"v","partition":-1}|'partition' is out of range
	{"value":"v","timestamp":"now"}|'timestamp' is not a whole number
	{"value":"v","timestamp":9223372036854775808}|big
	{"value":"\ud800"}|not JSON
	{"value":{"base64":"/w"}}|base64
	{"value":{"base64":"/w==","more":1}}|'value' is not a string
	{"value":"v","headers":{}}|'headers' is not an array
	{"value":"v"|not JSON
	"v"|not JSON
	END
}

@test "a conversion nobody knows is shown with a mark under it" {
	echo v | plog-produce -q t
	run -2 --separate-stderr plog-consume -F '%p:%o %s\n' t
	assert_equal "$stderr" "plog-consume: -F: unknown conversion '%s': the value is '%v'
    %p:%o %s\\n
          ^"
	run -2 --separate-stderr plog-consume -F '%v{hax}' t
	[[ $stderr == *"'%v' takes {hex}, {base64} or {json}, and {null=TEXT}"* ]]
	run -2 --separate-stderr plog-produce -R '%q' t </dev/null
	[[ $stderr == *"unknown conversion '%q'"* ]]
}

@test "a format that cannot be read back in one way only is refused with the reason, and nothing is made" {
	local format why
	while IFS='|' read -r format why; do
		run -2 --separate-stderr plog-produce -q -F "$format" t <<<x
		[[ $stderr == *"$why"* ]] || fail "$format: $stderr"
		[ ! -e "$PLOG_DIR" ]
	done <<-'END'
	%k%v\n|ambiguous: nothing says where '%k' ends and '%v' begins
	%v|ambiguous: nothing says where '%v' ends
	%t-%v\n|ambiguous: this may as well be part of the name of the topic
	%T{%H:%M} %v\n|does not say which day
	%k\n|'%v' is missing
	%v %v\n|twice
	%K %v\n|no '%k' for this length
	END
}

@test "any bytes go through a pipe with their lengths before them" {
	any_bytes a
	for format in '%K{i32}%k%V{i32}%v%T{i64}%h' '%T %K %k%V{le32}%v%h' '%h%k{json}%v{json}%T\n' '%h%k{hex}{null=-}:%v{base64}{null=-}:%T{iso}\n'; do
		plog-consume -F "$format" a | plog-produce -q -F "$format" b
		cmp <(plog-consume -F "$format" a) <(plog-consume -F "$format" b)
		cmp <(plog-consume -J a) <(plog-consume -J b | sed 's/^{"topic":"b"/{"topic":"a"/')
		plog-topic delete b
	done
}

@test "NULL and empty are told apart, by length, by text, by JSON" {
	printf '%s\n' '{"key":null,"value":""}' '{"key":"","value":null}' | plog-produce -q -J t
	run -0 plog-consume -F '%K %V\n' t
	assert_output $'-1 0\n0 -1'
	run -0 plog-consume -F '%k{null=NULL}|%v{null=NULL}\n' t
	assert_output $'NULL|\n|NULL'
	run -0 plog-consume -F '%k{json} %v{json}\n' t
	assert_output $'null ""\n"" null'
	plog-consume -F '%k{null=NULL}|%v{null=NULL}\n' t | plog-produce -q -F '%k{null=NULL}|%v{null=NULL}\n' u
	run -0 plog-consume -F '%K %V\n' u
	assert_output $'-1 0\n0 -1'
}

@test "times: milliseconds, ISO in UTC, a pattern in local time, and back" {
	echo '{"value":"v","timestamp":1700000000123}' | plog-produce -q -J t
	export TZ=Europe/Berlin
	run -0 plog-consume -F '%T %T{iso} %T{%F %T %z}\n' t
	assert_output '1700000000123 2023-11-14T22:13:20.123Z 2023-11-14 23:13:20 +0100'
	echo '2023-11-14T23:13:20.5+01:00 a' | plog-produce -q -F '%T{iso} %v\n' u
	echo '2023-11-14 23:13:20 b' | plog-produce -q -F '%T{%F %T} %v\n' u
	echo 'h - - [14/Nov/2023:22:13:20 +0000] "GET /"' | plog-produce -q -F '%k - - [%T{%d/%b/%Y:%H:%M:%S %z}] %v\n' u
	run -0 plog-consume -F '%T %k{null=-} %v\n' u
	assert_output $'1700000000500 - a\n1700000000000 - b\n1700000000000 h "GET /"'
}

@test "a number that its width does not hold is an error, never cut" {
	head -c 300 /dev/zero | plog-produce -q --whole t
	run -1 --separate-stderr plog-consume -F '%V{i8}' t
	assert_equal "$output" ''
	[[ $stderr == *"'%V': 300 does not fit 1 byte"* ]]
}

@test "input that does not match its format is named by its place; what is before it is stored" {
	run -1 --separate-stderr plog-produce -q -F '%p %v\n' t < <(printf '0 a\nx b\n')
	[[ $stderr == *"record at byte 5"* && $stderr == *"'%p': not a number"* ]]
	run -0 plog-consume t
	assert_output a
	run -1 --separate-stderr plog-produce -q -F '%k\t%v\n' u < <(printf 'k\tv\nk2')
	[[ $stderr == *"the input ends within it"* ]]
	run -0 plog-consume u
	assert_output v
}

@test "the examples of the manual work" {
	needs jq
	printf 'k1\tv1\nk2\tNULL\n' | plog-produce -q -F '%k\t%v{null=NULL}\n' t
	run -0 plog-consume -F '%p:%o %k=%v\n' t
	assert_output $'0:0 k1=v1\n0:1 k2='
	plog-consume -F '%K{i32}%k%V{i32}%v' t | plog-produce -q -F '%K{i32}%k%V{i32}%v' b
	run -0 plog-consume -F '%k %V\n' b
	assert_output $'k1 2\nk2 -1'
	run -0 bash -c "plog-consume -J t | jq -r 'select(.key == \"k1\") | .value'"
	assert_output v1
	printf '\xff\0{"id":7}\0' | plog-produce -q -D '\0' blobs
	run -0 bash -c "plog-consume -J blobs | jq -r '.value.base64? // empty'"
	assert_output '/w=='
	plog-consume -o 1 -J blobs | jq -c '.key = (.value | fromjson | .id | tostring)' | plog-produce -q -J c
	run -0 plog-consume -F '%k %v\n' c
	assert_output '7 {"id":7}'
	echo '{"value":"v","timestamp":1700000000000}' | plog-produce -q -J s
	run -0 plog-consume -F '%T{%a %H:%M} %v\n' s
	assert_output 'Tue 22:13 v'
}
