#!/usr/bin/env bats
# plog-agent's hdfs sink: directories of this machine, and a WebHDFS server that does what it should not.
# also: asan

load helper/lib
load helper/agent

setup() {
	new_store
	export HOME=$BATS_TEST_TMPDIR/home
	unset HADOOP_CONF_DIR HADOOP_HOME STATE_DIRECTORY HADOOP_USER_NAME
}

# hdfs_conf PATH [LINE...]: netcat -> memory -> hdfs; a line is a property of the sink
hdfs_conf() { sink_conf hdfs "hdfs.path = $1" "${@:2}"; }

# seq_conf PATH EVENTS [LINE...]: numbers from 0
seq_conf() {
	local path=$1 n=$2
	shift 2
	hdfs_conf "$path" "$@" | sed '/sources.r1/d'
	printf 'a1.sources.r1.%s\n' type=seq channels=c1 batchSize=100 totalEvents="$n"
}

typed() { # N FORMAT
	type_lines "$(agent_port r1)" "$@"
}

no_tmp() { ! find "$1" -name '*.tmp' | grep -q .; }
files() { [ "$(find "$1" -type f | wc -l)" -ge "$2" ]; }
holds() { [ "$(find "$1" -type f ! -name '*.tmp' -exec cat {} + | wc -l)" -ge "$2" ]; }

@test "DataStream: files of rollCount lines, named by the millisecond and counted up; Creating, Closing, Renaming" {
	seq_conf "$PWD/out" 25 hdfs.fileType=DataStream >a.conf
	start_agent a.conf a1
	wait_until 10 files out 3
	stop_agent
	assert_equal "$STATUS" 0
	no_tmp out
	cd out
	first=$(printf '%s\n' * | head -n 1)
	[[ $first =~ ^FlumeData\.[0-9]{13}$ ]]
	n=${first#FlumeData.}
	assert_equal "$(echo *)" "FlumeData.$n FlumeData.$((n + 1)) FlumeData.$((n + 2))"
	seq 0 9 | cmp - "FlumeData.$n"
	seq 10 19 | cmp - "FlumeData.$((n + 1))"
	seq 20 24 | cmp - "FlumeData.$((n + 2))"
	grep -oE '(Creating|Closing|Renaming) .*' ../agent.log | grep "$n" >got
	cat >want <<-END
		Creating $PWD/$first.tmp
		Closing $PWD/$first.tmp
		Renaming $PWD/$first.tmp to $PWD/$first
	END
	diff want got
}

@test "the exercise's file: two typed lines in one file of 64 bytes" {
	hdfs_conf "file:$PWD/Flume_Kafka" hdfs.fileType=DataStream hdfs.writeFormat=Text hdfs.rollInterval=1 >a.conf
	start_agent a.conf a1
	typed 2 'This is a test for kafka and flume integration\nWelcome to Flume\n'
	wait_until 10 holds Flume_Kafka 2
	no_tmp Flume_Kafka
	assert_equal "$(find Flume_Kafka -type f -size 64c | wc -l)" 1
	grep -q "Creating file:$PWD/Flume_Kafka/FlumeData\.[0-9]*\.tmp" agent.log
	stop_agent
}

@test "rollSize counts bodies; prefix, suffix and names in use; rollCount 0" {
	hdfs_conf "$PWD/out" hdfs.fileType=DataStream hdfs.rollCount=0 hdfs.rollSize=20 hdfs.rollInterval=0 hdfs.filePrefix=app \
		hdfs.fileSuffix=.log hdfs.inUsePrefix=_ hdfs.inUseSuffix=.part >a.conf
	start_agent a.conf a1
	typed 4 'abcdefgh\nabcdefgh\nabcdefgh\nabcdefgh\n'
	wait_until 10 files out 2
	wait_until 10 sh -c 'ls out/_app.*.log.part && ls out/app.*.log'
	assert_equal "$(cat out/app.*.log | wc -l)" 3
	assert_equal "$(cat out/_app.*.log.part | wc -l)" 1
	stop_agent
	assert_equal "$(ls out/_* 2>/dev/null)" ''
	assert_equal "$(ls out | wc -l)" 2
}

@test "rollInterval and idleTimeout close a file by themselves; the next event makes one with a new number" {
	hdfs_conf "$PWD/out" hdfs.fileType=DataStream hdfs.rollCount=0 hdfs.rollSize=0 hdfs.rollInterval=0 hdfs.idleTimeout=1 >a.conf
	start_agent a.conf a1
	typed 1 'one\n'
	wait_until 10 holds out 1
	typed 1 'two\n'
	wait_until 10 holds out 2
	stop_agent
	assert_equal "$(ls out | wc -l)" 2
	hdfs_conf "$PWD/roll" hdfs.fileType=DataStream hdfs.rollCount=0 hdfs.rollSize=0 hdfs.rollInterval=1 >b.conf
	start_agent b.conf a1
	typed 1 'one\n'
	wait_until 10 holds roll 1
	no_tmp roll
	stop_agent
}

@test "escapes in path and prefix, rounded, in a time zone of their own" {
	export PLOG_TEST_NOW=1234567890123
	hdfs_conf "$PWD/out/%Y-%m-%d/%H%M" hdfs.fileType=DataStream hdfs.useLocalTimeStamp=true hdfs.round=true \
		hdfs.roundValue=10 hdfs.roundUnit=minute hdfs.timeZone=America/New_York 'hdfs.filePrefix=p-%a' >a.conf
	start_agent a.conf a1
	typed 1 'x\n'
	wait_until 10 files out 1
	stop_agent
	assert_equal "$(cd out && find . -type f)" ./2009-02-13/1830/p-Fri.1234567890124
}

@test "maxOpenFiles closes the file that was used least" {
	hdfs_conf "$PWD/out/%S" hdfs.fileType=DataStream hdfs.useLocalTimeStamp=true hdfs.maxOpenFiles=1 hdfs.rollInterval=0 >a.conf
	start_agent a.conf a1
	typed 1 'x\n'
	wait_until 10 files out 1
	s=$(ls out)
	until [ "$(date +%S)" != "$s" ]; do read -rt 0.05 <> <(:) || :; done
	typed 1 'y\n'
	wait_until 10 holds "out/$s" 1
	stop_agent
}

@test "SequenceFile: Writable and Text, plain and in blocks, as the format's description reads it" {
	export PLOG_TEST_NOW=1234567890123
	for how in Writable: Text: Writable:gzip Text:deflate Text:bzip2; do
		d=out-${how/:/-}
		seq_conf "$PWD/$d" 5000 "hdfs.writeFormat=${how%:*}" ${how##*:} hdfs.rollCount=0 hdfs.rollSize=0 hdfs.batchSize=700 |
			sed "s/^a1.sinks.k1.\(gzip\|deflate\|bzip2\)\$/a1.sinks.k1.hdfs.codeC = \1/" >a.conf
		start_agent a.conf a1
		wait_until 10 grep -q 'r1 stopped' agent.log
		stop_agent
		assert_equal "$STATUS" 0
		"$PLOG_TOP/t/helper/seqfile.py" "$d"/* >got
		case $how in
		Text*) assert_equal "$(head -n 1 got | cut -d' ' -f 3)" org.apache.hadoop.io.Text ;;
		*) assert_equal "$(head -n 1 got | cut -d' ' -f 3)" org.apache.hadoop.io.BytesWritable ;;
		esac
		seq -f '1234567890123	%g' 0 4999 | cmp - <(sed 1d got)
	done
}

@test "CompressedStream: the codec's suffix, pieces one behind the other, as its own tool reads it" {
	for how in gzip:gz:'gzip -dc' zstd:zst:'zstd -dcq' bzip2:bz2:'bzip2 -dc'; do
		IFS=: read -r codec suffix tool <<<"$how"
		seq_conf "$PWD/$codec" 3000 hdfs.fileType=CompressedStream hdfs.codeC=$codec hdfs.rollCount=0 hdfs.rollSize=0 >a.conf
		start_agent a.conf a1
		wait_until 10 grep -q 'r1 stopped' agent.log
		stop_agent
		assert_equal "$(ls "$codec" | wc -l)" 1
		$tool "$codec"/FlumeData.*."$suffix" | cmp - <(seq 0 2999)
	done
}

@test "killed with SIGKILL: the next start closes the file that was left, and nothing that was acknowledged is gone" {
	hdfs_conf "$PWD/out" hdfs.fileType=DataStream hdfs.rollCount=0 hdfs.rollSize=0 hdfs.rollInterval=0 >a.conf
	start_agent a.conf a1
	typed 3 'a\nb\nc\n'
	wait_until 10 sh -c '[ "$(cat out/*.tmp | wc -l)" = 3 ]'
	old=$(basename out/*.tmp .tmp)
	stop_agent KILL
	printf 'torn' >>"out/$old.tmp"
	start_agent a.conf a1
	wait_until 10 test -e "out/$old"
	printf 'a\nb\nc\n' | cmp - "out/$old"
	grep -qF "Closing $PWD/out/$old.tmp, which a run that was killed left" agent.log
	stop_agent
	# and not where it is not wanted
	start_agent a.conf a1
	typed 1 'd\n'
	wait_until 10 sh -c 'ls out/*.tmp'
	stop_agent KILL
	echo 'a1.sinks.k1.hdfs.recoverTmp = false' >>a.conf
	start_agent a.conf a1
	stop_agent
	ls out/*.tmp
}

@test "an event without a place: named once, it stops the sink; with deadLetter it goes there" {
	hdfs_conf "$PWD/out/%Y" hdfs.fileType=DataStream >a.conf
	start_agent a.conf a1 --drain=500ms
	typed 1 'no time\n'
	wait_until 10 grep -q 'can never be delivered' agent.log
	grep -qF 'an event with the headers {} can never be delivered and stops the sink (deadLetter would take it): Expected timestamp in the Flume event headers, but it was null' agent.log
	stop_agent
	assert_equal "$STATUS" 1
	echo 'a1.sinks.k1.deadLetter = plog:dead' >>a.conf
	start_agent a.conf a1 --dir="$PLOG_DIR"
	typed 2 'one\ntwo\n'
	wait_until 10 sh -c '[ "$(plog-consume dead | wc -l)" = 2 ]'
	stop_agent
	assert_equal "$STATUS" 0
	plog-consume -F '%v %h\n' dead | grep -qF 'one [["plog.error","Expected timestamp'
	sed -i 's/deadLetter.*/deadLetter = dead/' a.conf
	start_agent a.conf a1
	typed 1 'three\n'
	wait_until 10 grep -q three dead/k1.jsonl
	stop_agent
	plog-produce --json again <dead/k1.jsonl
	assert_equal "$(plog-consume again)" three
}

@test "--check: what is wrong with a file type, a codec, a path, a zone" {
	hdfs_conf s3a://bucket/x hdfs.fileType=DataStream hdfs.codeC=gzip hdfs.timeZone=Nowhere hdfs.roundValue=99 hdfs.rolCount=5 'hdfs.filePrefix=%w' >a.conf
	run -1 plog-agent -f a.conf -n a1 --check
	assert_output --partial "'s3a' is no file system that is had here"
	assert_output --partial 'DataStream which does NOT support compressed output'
	assert_output --partial "'Nowhere' is no time zone"
	assert_output --partial 'hdfs.roundValue'
	assert_output --partial 'hdfs.rollCount'
	assert_output --partial '%w'
	hdfs_conf "hdfs://x/y" hdfs.fileType=CompressedStream >b.conf
	run -1 plog-agent -f b.conf -n a1 --check
	assert_output --partial "It's essential to set compress codec"
	mkdir conf
	echo '<configuration><property><name>dfs.ha.namenodes.ns</name><value>nn1</value></property></configuration>' >conf/hdfs-site.xml
	hdfs_conf "hdfs://ns/y" >c.conf
	HADOOP_CONF_DIR=$PWD/conf run -1 plog-agent -f c.conf -n a1 --check
	assert_output --partial 'dfs.namenode.http-address.ns.nn1'
	echo '<configuration>' >conf/hdfs-site.xml
	HADOOP_CONF_DIR=$PWD/conf run -1 plog-agent -f c.conf -n a1 --check
	assert_output --partial 'hdfs-site.xml'
	# a serializer's own properties, where it has a say
	hdfs_conf "$PWD/out" hdfs.fileType=DataStream serializer=avro_event serializer.compressionCodec=deflate >d.conf
	run -0 plog-agent -f d.conf -n a1 --check
	assert_output ''
	sed -i 's/deflate/lzma/' d.conf
	echo 'a1.sinks.k1.serializer.sync = 1' >>d.conf
	run -1 plog-agent -f d.conf -n a1 --check
	assert_output --partial "a1.sinks.k1.serializer.compressionCodec: the codec 'lzma' is not among null"
	assert_output --partial 'a1.sinks.k1.serializer.sync: '
}
