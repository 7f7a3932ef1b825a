#!/usr/bin/env bats
# plog-agent's spooldir source: each file once, whole, in order, and where it was after a crash.
# also: asan

load helper/lib
load helper/agent
setup() { new_store; mkdir d; }

spool_conf() {
	{
		printf '%s\n' 'type = spooldir' "spoolDir = $PWD/d" 'pollDelay = 20'
		cat
	} | source_conf s.conf
}

put_file() { # NAME: from stdin, at once
	cat >"tmp.$$" && mv "tmp.$$" "d/$1"
}

gone() { wait_until 10 test ! -e "$1"; }

@test "lines of files, oldest first, as Flume cuts them; the file is renamed when it was read" {
	printf 'b1\r\nb2\n\nb4 without end' | put_file b.log
	printf 'a1\n' | put_file a.log
	printf 'no\n' | put_file .hidden
	printf 'no\n' | put_file done.COMPLETED
	: | put_file empty
	touch -d '2 hours ago' d/b.log
	touch -d '1 hour ago' d/a.log d/empty
	spool_conf <<-END
		fileHeader = true
		basenameHeader = true
		basenameHeaderKey = name
	END
	start_agent s.conf a
	wait_until 10 test -e d/empty.COMPLETED
	stop_agent
	assert_equal "$STATUS" 0
	printf '{file=%s, name=%s} %s\n' "$PWD/d/b.log" b.log b1$'\r' "$PWD/d/b.log" b.log b2 "$PWD/d/b.log" b.log '' \
		"$PWD/d/b.log" b.log 'b4 without end' "$PWD/d/a.log" a.log a1 "$PWD/d/empty" empty '' | cmp - <(received)
	assert_equal "$(ls -A d | tr '\n' ' ')" '.flumespool .hidden a.log.COMPLETED b.log.COMPLETED done.COMPLETED empty.COMPLETED '
	grep -q 'Preparing to move file .*/d/a.log to .*/d/a.log.COMPLETED' agent.log
	assert_equal "$(ls -A d/.flumespool)" ''
}

@test "youngest first; patterns; recursive; deleted when read; or marked in a directory of their own" {
	mkdir -p d/sub/.no d/skip
	for f in one.txt two.log sub/three.txt sub/.no/four.txt skip/five.txt sub/six.txt.tmp; do echo "$f" >"d/$f"; done
	touch -d '3 hours ago' d/one.txt
	touch -d '1 hour ago' d/sub/three.txt
	spool_conf <<-'END'
		consumeOrder = youngest
		includePattern = .*\\.txt.*
		ignorePattern = skip|.*tmp
		recursiveDirectorySearch = true
		deletePolicy = immediate
	END
	needs_module regex
	start_agent s.conf a
	gone d/one.txt
	stop_agent
	assert_equal "$(received)" '{} sub/three.txt
{} one.txt'
	rm -r out
	spool_conf <<-'END'
		recursiveDirectorySearch = true
		trackingPolicy = tracker_dir
		trackerDir = .marks
		fileSuffix = .done
	END
	start_agent s.conf a
	got_line '{} sub/six.txt.tmp'
	got_line '{} two.log'
	got_line '{} skip/five.txt'
	wait_until 10 test -e d/.marks/two.log.done -a -e d/.marks/sub/six.txt.tmp.done -a -e d/.marks/skip/five.txt.done
	stop_agent
	assert [ -e d/two.log ]
	start_agent s.conf a
	echo 7 | put_file seven
	got_line '{} 7'
	stop_agent
	assert_equal "$(received | wc -l)" 4
}

@test "long lines go on as the next event; other character sets; what is none of it, by policy" {
	printf '0123456789abc\n0123456789\n\360\237\230\200\360\237\230\200345678x\n' | put_file long
	spool_conf <<<'deserializer.maxLineLength = 10'
	start_agent s.conf a
	gone d/long
	stop_agent
	assert_equal "$(received)" '{} 0123456789
{} abc
{} 0123456789
{} 😀😀345678
{} x'
	rm -r out
	printf 'gr\374n\n' | put_file latin
	printf '\377\376a\0\n\0\254\040\n\0' | put_file wide
	spool_conf <<<'inputCharset = ISO-8859-1'
	mv d/wide wide
	start_agent s.conf a
	gone d/latin
	stop_agent
	mv wide d/
	spool_conf <<-END
		inputCharset = UTF-16
		decodeErrorPolicy = REPLACE
		deserializer.outputCharset = US-ASCII
	END
	start_agent s.conf a
	gone d/wide
	stop_agent
	assert_equal "$(received)" '{} grün
{} a
{} ?'
	rm -r out
	printf 'good\nbad \377 one\n' | put_file bytes
	spool_conf </dev/null
	start_agent s.conf a
	wait_until 10 grep -q 'Source r ended: .*/d/bytes: bytes that are not UTF-8' agent.log
	stop_agent
	assert [ -e d/bytes ]
	spool_conf <<<'decodeErrorPolicy = IGNORE'
	start_agent s.conf a
	gone d/bytes
	stop_agent
	assert_equal "$(received | tail -n 1)" '{} bad  one'
}

@test "BLOB: a file is an event; a larger one comes in pieces" {
	head -c 3000 /dev/urandom >blob
	put_file f1 <blob
	spool_conf <<-END
		deserializer = org.apache.flume.sink.solr.morphline.BlobDeserializer\$Builder
		deserializer.maxBlobLength = 2000
	END
	sed -i 's/HEADER_AND_TEXT/TEXT/;$a a.sinks.k.sink.serializer.appendNewline = false' s.conf
	start_agent s.conf a
	gone d/f1
	stop_agent
	received | cmp - blob
	grep -q 'sink.serializer = TEXT' s.conf
}

@test "a file that is still being written is left alone until it is whole" {
	spool_conf <<<'pollDelay = 3000'
	start_agent s.conf a
	exec {w}>d/slow
	for i in 1 2 3 4 5 6; do
		echo "line $i" >&"$w"
		pause 0.1
		assert [ -e d/slow ]
	done
	exec {w}>&-
	gone d/slow
	stop_agent
	assert_equal "$(received | wc -l)" 6
	refute grep -q ended agent.log
}

@test "the name used again, or a file changed while it is read: said, and nothing more is taken" {
	echo one >d/f.COMPLETED
	echo two | put_file f
	spool_conf </dev/null
	start_agent s.conf a
	wait_until 10 grep -q 'Source r ended: File name has been re-used with different files. Spooling assumptions violated for .*f.COMPLETED' agent.log
	stop_agent
	assert_equal "$(received)" '{} two'
	assert_equal "$(cat d/f.COMPLETED)" one
}

@test "it goes on where it stopped, in the file's middle, in Flume's own record of the place" {
	seq 100000 | put_file big
	CAPACITY=100 spool_conf <<<'batchSize = 50'
	for i in 1 2 3; do
		start_agent s.conf a
		wait_until 10 eval '[ "$(received | wc -l)" -gt '$((i * 2000))' ]'
		stop_agent TERM
	done
	python3 - d/.flumespool/.flumespool-main.meta "$PWD/d/big" <<-'END'
		import sys
		b = open(sys.argv[1], 'rb').read()
		assert b[:4] == b'Obj\x01' and b'"name":"TransferStateFileMeta"' in b and sys.argv[2].encode() in b
	END
	start_agent s.conf a
	gone d/big
	stop_agent
	received | cut -c4- | cmp - <(seq 100000)
}

@test "a place that cannot be read, or of another file, is none" {
	mkdir d/.flumespool
	head -c 100 /dev/urandom >d/.flumespool/.flumespool-main.meta
	printf '1\n2\n' | put_file f
	spool_conf </dev/null
	start_agent s.conf a
	gone d/f
	stop_agent
	assert_equal "$(received)" '{} 1
{} 2'
	grep -q 'is read from its start' agent.log
}

@test "what makes no sense is said" {
	spool_conf <<-END
		deletePolicy = sometimes
		consumeOrder = newest
		inputCharset = klingon
		deserializer = LINES
		ignorePattern = (
	END
	run ! plog-agent -f s.conf -n a --check
	assert_output --partial deletePolicy
	assert_output --partial consumeOrder
	assert_output --partial klingon
	assert_output --partial "did you mean 'LINE'"
	assert_output --partial ignorePattern
}

@test "a spooling directory that is deleted and made again: said once, read on; what cannot be opened is named" {
	printf 'one\n' | put_file a
	spool_conf </dev/null
	start_agent s.conf a
	got_line '{} one'
	gone d/a
	rm -r d
	wait_until 10 grep -q 'cannot list' agent.log
	mkdir d
	printf 'two\n' | put_file b
	got_line '{} two'
	gone d/b
	assert_equal "$(grep -c 'cannot list' agent.log)" 1
	# too fast for a look between
	rm -r d; mkdir d
	printf 'three\n' | put_file c
	got_line '{} three'
	stop_agent
	needs_module avro
	printf 'no Avro\n' | put_file x
	spool_conf <<<'deserializer = AVRO'
	start_agent s.conf a
	wait_until 10 grep -q "Source r ended: .*/d/x: not an Avro container file" agent.log
	stop_agent
}
