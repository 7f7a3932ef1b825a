#!/usr/bin/env bats
# plog-agent's taildir source: every line once, whatever happens to the files.
# also: asan

load helper/lib
load helper/agent
setup() {
	new_store
	mkdir d
	needs_module regex
}

tail_conf() {
	{
		printf '%s\n' 'type = TAILDIR' 'filegroups = g' "positionFile = $PWD/pos/deep/position.json" 'writePosInterval = 50'
		cat
	} | source_conf tail.conf
}

positions() {
	cat pos/deep/position.json
}

inode() {
	stat -c %i "$1"
}

# The file's entry in the position file says so.
_position_is() {
	[ "$(positions | jq -r --arg f "$PWD/$1" '.[] | select(.file == $f) | .pos')" = "$2" ]
}
position_is() { wait_until 10 _position_is "$1" "$2" || { positions; return 1; } >&2; }

@test "lines of several groups, with headers, offsets and the file's name; the CR of CR LF is dropped" {
	mkdir e
	tail_conf <<-END
		filegroups = g h
		filegroups.g = $PWD/d/app.*\\.log
		filegroups.h = e/.*
		headers.g.k1 = v1
		headers.g.k2 = v2
		fileHeader = true
		fileHeaderKey = path
		byteOffsetHeader = true
	END
	printf 'one\r\ntwo\n\nwith NUL \0 and \377\n' >d/app1.log
	echo no >d/other.txt
	echo three >e/x
	start_agent tail.conf a
	got_line "{byteoffset=0, path=$PWD/e/x} three"
	got_line "{byteoffset=5, path=$PWD/d/app1.log, k1=v1, k2=v2} two"
	got_line "{byteoffset=9, path=$PWD/d/app1.log, k1=v1, k2=v2} "
	received | grep -aqF "{byteoffset=10, path=$PWD/d/app1.log, k1=v1, k2=v2} with NUL "
	stop_agent
	assert_equal "$STATUS" 0
	assert_equal "$(received | wc -l)" 5
	cmp <(received | grep -a NUL | tail -c 17) <(printf 'with NUL \0 and \377\n' | tail -c 17)
	assert_equal "$(positions)" "[$(positions | jq -rc 'map(tojson) | join(",")')]"
	assert_equal "$(positions | jq -c 'map(keys_unsorted)|unique')" '[["inode","pos","file"]]'
}

@test "a line without its end is delivered when the end comes, or when the file is closed as idle" {
	tail_conf <<-END
		filegroups.g = $PWD/d/.*
		idleTimeout = 300
	END
	printf 'whole\nhal' >d/f
	start_agent tail.conf a
	got_line '{} whole'
	printf 'f\nrest' >>d/f
	got_line '{} half'
	got_line '{} rest'
	wait_until 10 grep -q 'Closed file: .*/d/f, inode: .*, pos: 15$' agent.log
	echo more >>d/f
	got_line '{} more'
	stop_agent
	assert_equal "$(received)" '{} whole
{} half
{} rest
{} more'
}

@test "a renamed log is read on where it was, under a name that matches or none; the new one from its start" {
	tail_conf <<-END
		filegroups.g = $PWD/d/app\\.log(\\.[0-9])?
		fileHeader = true
	END
	echo 1 >d/app.log
	start_agent tail.conf a
	got_line "{file=$PWD/d/app.log} 1"
	exec {w}>>d/app.log
	mv d/app.log d/app.log.1
	echo 2 >&"$w"
	echo 3 >d/app.log
	got_line "{file=$PWD/d/app.log.1} 2"
	got_line "{file=$PWD/d/app.log} 3"
	mv d/app.log.1 d/gone
	echo 4 >&"$w"
	got_line "{file=$PWD/d/app.log.1} 4"
	rm d/gone
	echo 5 >&"$w"
	exec {w}>&-
	got_line "{file=$PWD/d/app.log.1} 5"
	stop_agent
	assert_equal "$(received | wc -l)" 5
}

@test "a log that was cut is read from its start: shorter, and written anew beyond the old position" {
	tail_conf <<-END
		filegroups.g = $PWD/d/.*
	END
	printf 'first line\nsecond line\n' >d/f
	start_agent tail.conf a
	got_line '{} second line'
	echo 3rd >d/f
	got_line '{} 3rd'
	grep -q 'Pos 23 is larger than file size! Restarting from pos 0' agent.log
	printf 'long enough to lie over it\nlast\n' >tmp
	cat tmp 1<>d/f
	got_line '{} last'
	grep -q "d/f was written anew" agent.log
	stop_agent
	assert_equal "$(received | tail -n 2)" '{} long enough to lie over it
{} last'
}

@test "it goes on where it stopped; a file renamed meanwhile is known by its bytes, its inode in another's hands is not" {
	tail_conf <<-END
		filegroups.g = $PWD/d/.*
	END
	printf 'a1\na2\n' >d/a
	printf 'b1\nb2\n' >d/b
	start_agent tail.conf a
	got_line '{} a2'
	got_line '{} b2'
	stop_agent
	position_is d/a 6
	mv d/a d/a.1
	echo a3 >>d/a.1
	printf 'B1\nB2\nB3\n' >d/b		# the same inode, another content
	rm -r out/*
	start_agent tail.conf a
	got_line '{} a3'
	got_line '{} B3'
	stop_agent
	assert_equal "$(received | sort)" '{} B1
{} B2
{} B3
{} a3'
}

@test "a position file of Flume's is taken over, escapes and all; one that is damaged loses nothing" {
	tail_conf <<-END
		filegroups.g = $PWD/d/.*
		skipToEnd = true
	END
	mkdir -p pos/deep
	printf 'x1\nx2\n' >"d/a='<&>"
	printf 'y1\ny2\n' >d/b
	printf 'z1\n' >d/c
	printf '[{"inode":%d,"pos":3,"file":"%s/d/a\\u003d\\u0027\\u003c\\u0026\\u003e"},{"inode":%d,"pos":0,"file":"%s/d/b"}]' \
		"$(inode "d/a='<&>")" "$PWD" "$(inode d/b)" "$PWD" >pos/deep/position.json
	start_agent tail.conf a
	got_line '{} x2'
	got_line '{} y2'
	stop_agent
	assert_equal "$(received | sort)" '{} x2
{} y1
{} y2'
	grep -qF "d/a\\u003d\\u0027\\u003c\\u0026\\u003e\"" pos/deep/position.json

	rm out/*
	printf '[{"inode":%d,"pos":3,"file":"%s/d/b"},{"inode"' "$(inode d/b)" "$PWD" >pos/deep/position.json
	start_agent tail.conf a
	got_line '{} z1'
	got_line '{} y2'
	stop_agent
	assert_equal "$(received | sort)" "{} x1
{} x2
{} y2
{} z1"
	grep -q 'position file .* is damaged' agent.log
	[ -e pos/deep/position.json.damaged ]
}

@test "skipToEnd passes over what was there at the start, and nothing else" {
	tail_conf <<-END
		filegroups.g = $PWD/d/.*
		skipToEnd = true
	END
	echo old >d/a
	start_agent tail.conf a
	wait_until 10 _position_is d/a 4
	echo new >>d/a
	echo all >d/b
	got_line '{} new'
	got_line '{} all'
	stop_agent
	assert_equal "$(received | wc -l)" 2
}

@test "long lines come in pieces of maxLineLength; batches are no larger than batchSize; other files get their turn" {
	tail_conf <<-END
		filegroups.g = $PWD/d/.*
		maxLineLength = 10
		batchSize = 3
		maxBatchCount = 2
	END
	printf '0123456789abcde\n0123456789\nx\n' >d/a
	seq 1000 >d/b
	touch -d '1 hour ago' d/b
	start_agent tail.conf a
	got_line '{} x'
	got_line '{} 1000'
	stop_agent
	assert_equal "$(received | grep -v '^{} [0-9]\{1,4\}$')" '{} 0123456789
{} abcde
{} 0123456789
{} x'
	# of the older file, at most two batches come before the other one
	assert [ "$(received | grep -nx '{} 0123456789' | head -n 1 | cut -d: -f1)" -le 7 ]
	received | grep -x '{} [0-9]\{1,4\}' | cut -c4- | cmp - <(seq 1000)
}

@test "a full channel makes it wait: nothing is lost, nothing comes twice" {
	CAPACITY=100 tail_conf <<-END
		filegroups.g = $PWD/d/.*
	END
	seq 20000 >d/a
	start_agent tail.conf a
	got_line '{} 20000'
	stop_agent
	received | cut -c4- | cmp - <(seq 20000)
}

@test "what makes no sense is said, with a suggestion; a directory that is not there is waited for" {
	source_conf bad.conf <<-'END'
		type = taildir
		filegroups = g h
		filegroups.g = /var/log/
		fileheader = true
		headers.x.k = v
	END
	run ! plog-agent -f bad.conf -n a --check
	assert_output --partial "filegroups.h"
	assert_output --partial "is not a directory, a '/' and a regular expression"
	assert_output --partial "did you mean 'fileHeader'"
	assert_output --partial 'headers.x.k is of none of the filegroups'
	tail_conf <<-END
		filegroups.g = $PWD/later/[a-z]+
	END
	background plog-agent -f tail.conf -n a 2>agent.log
	AGENT_PID=$bg
	wait_until 10 grep -q "Unable to start source r: cannot list '$PWD/later'" agent.log
	mkdir later
	echo there >later/f
	got_line '{} there'
	stop_agent
}
