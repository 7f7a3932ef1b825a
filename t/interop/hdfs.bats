#!/usr/bin/env bats
# plog-agent's hdfs sink and a real HDFS: what is written is read back with Hadoop's own client.

load ../helper/lib
load ../helper/agent
. "$PLOG_TOP/t/interop/peers/hdfs/hdfs.bash"
. "$PLOG_TOP/t/interop/peers/kafka/kafka.bash"
. "$PLOG_TOP/t/interop/peers/flume/flume.bash"

setup_file() {
	hdfs_fetch
	export HDFS_DIR=$BATS_FILE_TMPDIR/hdfs
	hdfs_up "$HDFS_DIR" 1
	hdfs_fs -mkdir -p /user
}

teardown_file() {
	hdfs_down "$HDFS_DIR"
}

teardown() {
	end_background
	[ ! -d broker ] || kafka_down "$PWD/broker"
	[ ! -d flume ] || flume_down "$PWD/flume"
}

setup() {
	new_store
	export HOME=$BATS_TEST_TMPDIR/home HADOOP_USER_NAME=$(id -un)
}

# conf PATH COMMAND [LINE...]: exec -> memory -> hdfs
conf() {
	local path=$1 command=$2 line
	shift 2
	cat <<-END
		a1.sources = r1
		a1.channels = c1
		a1.sinks = k1
		a1.sources.r1.type = exec
		a1.sources.r1.command = $command
		a1.sources.r1.batchSize = 1000
		a1.sources.r1.channels = c1
		a1.channels.c1.type = memory
		a1.channels.c1.capacity = 100000
		a1.channels.c1.transactionCapacity = 1000
		a1.sinks.k1.type = hdfs
		a1.sinks.k1.channel = c1
		a1.sinks.k1.hdfs.path = $path
		a1.sinks.k1.hdfs.batchSize = 1000
		a1.sinks.k1.hdfs.rollCount = 0
		a1.sinks.k1.hdfs.rollSize = 0
		a1.sinks.k1.hdfs.rollInterval = 0
	END
	for line; do echo "a1.sinks.k1.$line"; done
}

web() { # OP PATH [METHOD]
	curl -sf -m 10 -X "${3:-GET}" -L "http://$HDFS_HTTP/webhdfs/v1$2?op=$1&user.name=$HADOOP_USER_NAME${4-}"
}
names() { web LISTSTATUS "$1" | jq -r '.FileStatuses.FileStatus[].pathSuffix'; }
all() { local f; for f in $(names "$1"); do web OPEN "$1/$f"; done; }
lines_of() { [ "$(all "$1" | wc -l)" -ge "$2" ]; }
closed() { # PATH BYTES: in files that are closed
	[ "$(web LISTSTATUS "$1" | jq '[.FileStatuses.FileStatus[] | select(.pathSuffix | endswith(".tmp") | not) | .length] | add')" = "$2" ]
}
no_tmp() { ! names "$1" | grep -q '\.tmp$'; }

service_files() { # conf/hdfs-site.xml: of nameservice1's two NameNodes the first is not there
	mkdir conf
	{
		echo '<configuration>'
		hdfs_property dfs.nameservices nameservice1
		hdfs_property dfs.ha.namenodes.nameservice1 nn1,nn2
		hdfs_property dfs.namenode.http-address.nameservice1.nn1 127.0.0.1:9
		hdfs_property dfs.namenode.http-address.nameservice1.nn2 "$HDFS_HTTP"
		echo '</configuration>'
	} >conf/hdfs-site.xml
}

# the course's exercise, byte for byte where it is at hand, else with the same keys
exercise() {
	local deck=$PLOG_TOP/../shared/data/deck/flumexercise.conf
	if [ -e "$deck" ]; then cat "$deck"; else sed 's/^/agent1./' <<-END
		sources = source1
		channels = channel1
		sinks = sink1
		sources.source1.type = org.apache.flume.source.kafka.KafkaSource
		sources.source1.kafka.bootstrap.servers = nobody.invalid:9092
		sources.source1.kafka.topics = Flume_Topic
		sources.source1.kafka.consumer.group.id = flume
		sources.source1.channels = channel1
		sources.source1.interceptors = i1
		sources.source1.interceptors.i1.type = timestamp
		sources.source1.kafka.consumer.timeout.ms = 100
		channels.channel1.type = memory
		channels.channel1.capacity = 10000
		channels.channel1.transactionCapacity = 1000
		sinks.sink1.type = hdfs
		sinks.sink1.hdfs.path = hdfs://nameservice1/user/student/Flume_Kafka
		sinks.sink1.hdfs.rollInterval = 5
		sinks.sink1.hdfs.rollSize = 0
		sinks.sink1.hdfs.rollCount = 0
		sinks.sink1.hdfs.fileType = DataStream
		sinks.sink1.channel = channel1
	END
	fi
}

@test "every file type and codec, as Hadoop's own reader has it" {
	local how type codec format dirs=
	for how in DataStream:: SequenceFile::Writable SequenceFile::Text SequenceFile:gzip:Text SequenceFile:deflate:Text \
		SequenceFile:bzip2:Text SequenceFile:lz4:Text SequenceFile:snappy:Text CompressedStream:gzip: CompressedStream:deflate: \
		CompressedStream:bzip2: CompressedStream:lz4: CompressedStream:snappy:; do
		IFS=: read -r type codec format <<<"$how"
		dir=/types/$type-${codec:-none}-${format:-x}
		conf "hdfs://$HDFS$dir" 'seq 1 30000' hdfs.fileType="$type" >a.conf
		[ -z "$codec" ] || echo "a1.sinks.k1.hdfs.codeC = $codec" >>a.conf
		[ -z "$format" ] || echo "a1.sinks.k1.hdfs.writeFormat = $format" >>a.conf
		start_agent a.conf a1
		wait_until 20 grep -q 'exited with 0' agent.log
		stop_agent
		assert_equal "$STATUS" 0
		dirs+=" $dir"
	done
	seq 1 30000 >want
	# one client for all: it takes seconds to start
	# shellcheck disable=SC2086
	hdfs_fs -text $(printf '%s/* ' $dirs) >got 2>err || { cat err; return 1; }
	n=0
	for dir in $dirs; do
		sed -n "$((n * 30000 + 1)),$(((n + 1) * 30000))p" got >one
		case $dir in
		# BytesWritable is shown as bytes in hex
		*Writable*) cut -f 2 one | diff - <(sed 's/./3& /g; s/ $//' want) >diff || { echo "$dir"; head -n 5 diff; return 1; } ;;
		*SequenceFile*) cut -f 2 one | cmp - want ;;
		*) cmp one want ;;
		esac
		n=$((n + 1))
	done
	assert_equal "$(wc -l <got)" $((n * 30000))
}

@test "nameservice1 out of hdfs-site.xml: one NameNode is not there, the other one is asked; owner, replication" {
	service_files
	conf hdfs://nameservice1/user/student/by_name "printf 'This is a test for kafka and flume integration\\\\nWelcome to Flume\\\\n'" \
		hdfs.fileType=DataStream hdfs.writeFormat=Text hdfs.rollInterval=1 >a.conf
	echo 'a1.sources.r1.shell = /bin/sh -c' >>a.conf
	HADOOP_CONF_DIR=$PWD/conf start_agent a.conf a1
	wait_until 20 grep -q Renaming agent.log
	wait_until 10 no_tmp /user/student/by_name
	stop_agent
	assert_equal "$STATUS" 0
	[[ $(names /user/student/by_name) =~ ^FlumeData\.[0-9]{13}$ ]]
	assert_equal "$(web LISTSTATUS /user/student/by_name | jq -r '.FileStatuses.FileStatus[] | "\(.length) \(.owner)"')" "64 $HADOOP_USER_NAME"
	all /user/student/by_name | cmp - <(printf 'This is a test for kafka and flume integration\nWelcome to Flume\n')
	grep -q 'Creating hdfs://nameservice1/user/student/by_name/FlumeData\.[0-9]*\.tmp$' agent.log
}

@test "safe mode: waited for; a directory that is not ours: told, and delivered when it is" {
	hdfs_admin -safemode enter >/dev/null 2>&1
	conf "hdfs://$HDFS/safe" 'seq 1 10' hdfs.fileType=DataStream >a.conf
	start_agent a.conf a1
	wait_until 10 grep -q 'SafeModeException.*trying again' agent.log
	hdfs_admin -safemode leave >/dev/null 2>&1
	wait_until 20 lines_of /safe 10
	stop_agent
	assert_equal "$STATUS" 0
	all /safe | cmp - <(seq 1 10)
	web MKDIRS /closed PUT '&permission=755' >/dev/null
	conf "hdfs://$HDFS/closed" 'seq 1 10' hdfs.fileType=DataStream >a.conf
	HADOOP_USER_NAME=mallory start_agent a.conf a1
	wait_until 10 grep -q 'Permission denied: user=mallory' agent.log
	web SETPERMISSION /closed PUT '&permission=777' >/dev/null
	wait_until 20 lines_of /closed 10
	stop_agent
	assert_equal "$STATUS" 0
	all /closed | cmp - <(seq 1 10)
}

@test "killed with SIGKILL while it writes: its file is closed by the next start, whole lines, nothing acknowledged gone" {
	conf "hdfs://$HDFS/killed" 'seq 1 1000000' hdfs.fileType=DataStream >a.conf
	start_agent a.conf a1
	wait_until 20 lines_of /killed 20000
	stop_agent KILL
	old=$(names /killed)
	[[ $old == *.tmp ]]
	sed -i 's/seq 1 1000000/true/' a.conf
	start_agent a.conf a1
	wait_until 30 no_tmp /killed
	stop_agent
	assert_equal "$(names /killed)" "${old%.tmp}"
	all /killed >got
	n=$(wc -l <got)
	[ "$n" -ge 20000 ]
	seq 1 "$n" | cmp - got
}

@test "the DataNode is killed and comes back: every line once, whatever was in flight; the lease of 60 s is waited for" {
	export LINES_IN=400000
	conf "hdfs://$HDFS/dies" "seq 1 $LINES_IN" hdfs.fileType=DataStream hdfs.callTimeout=20000 >a.conf
	sed -i "s|^a1.sources.r1.command = .*|a1.sources.r1.command = $PLOG_TOP/t/helper/slowly.py $LINES_IN 4000 0.05|" a.conf
	start_agent a.conf a1
	wait_until 30 lines_of /dies 40000
	hdfs_kill "$HDFS_DIR" dn1
	wait_until 30 grep -qE 'trying again|going on in a new file' agent.log
	hdfs_start "$HDFS_DIR" dn1
	wait_until 60 hdfs_ready 1
	wait_until 60 grep -q 'exited with 0' agent.log
	sed -n 's/.*(k1).* \(hdfs:[^ ]*\.tmp\): .*going on in a new file/\1/p' agent.log >broken
	while read -r f; do wait_until 120 grep -qE "Renaming $f to|$f is not there" agent.log; done <broken
	stop_agent
	assert_equal "$STATUS" 0
	wait_until 5 no_tmp /dies
	all /dies | sort -n >got
	seq 1 "$LINES_IN" | diff - got | head -n 5
	seq 1 "$LINES_IN" | cmp - got
}

@test "the exercise: a Kafka topic, KafkaSource, memory, timestamp, hdfs: each time two typed lines are one file of 64 bytes" {
	kafka_fetch
	kafka_single "$PWD/broker"
	kafka TopicCommand --bootstrap-server "$KAFKA" --create --topic Flume_Topic --partitions 1
	service_files
	exercise >flumexercise.conf
	echo "agent1.sources.source1.kafka.bootstrap.servers = $KAFKA" >local.conf
	: >agent.log
	background env HADOOP_CONF_DIR="$PWD/conf" plog-agent agent --conf conf --conf-file flumexercise.conf --conf-file local.conf \
		--name agent1 -Dflume.root.logger=INFO,console 2>agent.log </dev/null
	AGENT_PID=$bg
	wait_until 30 grep -q 'Agent agent1 started' agent.log
	wait_until 30 grep -q 'source1 started' agent.log
	printf 'This is a test for kafka and flume integration\nWelcome to Flume\n' >typed
	plog-produce -b "$KAFKA" Flume_Topic <typed
	wait_until 60 grep -q Renaming agent.log
	kafka ConsoleProducer --bootstrap-server "$KAFKA" --topic Flume_Topic <typed
	wait_until 60 sh -c '[ "$(grep -c Renaming agent.log)" = 2 ]'
	wait_until 10 no_tmp /user/student/Flume_Kafka
	stop_agent
	assert_equal "$STATUS" 0
	assert_equal "$(web LISTSTATUS /user/student/Flume_Kafka | jq -r '.FileStatuses.FileStatus[].length' | xargs)" '64 64'
	for f in $(names /user/student/Flume_Kafka); do
		[[ $f =~ ^FlumeData\.[0-9]{13}$ ]]
		web OPEN "/user/student/Flume_Kafka/$f" | cmp - typed
	done
	grep -oE '(Creating|Closing|Renaming) hdfs://nameservice1/user/student/Flume_Kafka/FlumeData' agent.log | cut -d' ' -f 1 | xargs >got
	assert_equal "$(cat got)" 'Creating Closing Renaming Creating Closing Renaming'
}

# the same file for both: from Creating to Closing, which comes idleTimeout after the last flush
seconds_of() { # LOG
	awk '
	function stamp(s, t) { split(s, t, /[:,]/); return t[1] * 3600 + t[2] * 60 + t[3] + t[4] / 1000 }
	/ Creating hdfs:/ && !a { a = stamp($2) }
	/ Closing hdfs:/ { b = stamp($2) }
	END { s = b - a - 1; printf "%.2f\n", s < 0 ? s + 86400 : s }' "$1"
}

@test "exec -> memory -> hdfs, batches of 1000: at least 1.5 times as fast as Flume, with the same file on the same input" {
	flume_fetch
	local lines=200000 flume plog
	head -c $((lines * 75)) /dev/urandom | base64 -w 100 | tr -d '\n' | fold -w 99 | head -n $lines >in
	lines=$(wc -l <in)
	conf "hdfs://$HDFS/flume" "cat $PWD/in" hdfs.fileType=DataStream hdfs.idleTimeout=1 >flume.conf
	# Flume's exec source gives up, and loses lines, on a channel that stays full for longer
	echo 'a1.channels.c1.keep-alive = 100' >>flume.conf
	sed 's,/flume$,/plog,' flume.conf >a.conf
	export FLUME_CONF=$HADOOP_CONF_DIR
	mkdir flume
	flume_up "$PWD/flume" a1 "$PWD/flume.conf"
	wait_until 120 closed /flume "$(wc -c <in)"
	flume_down "$PWD/flume"
	start_agent a.conf a1
	wait_until 120 closed /plog "$(wc -c <in)"
	stop_agent
	all /flume | cmp - in
	all /plog | cmp - in
	flume=$(seconds_of flume/a1.log) plog=$(seconds_of agent.log)
	echo "# $lines lines of 99 bytes into HDFS: Flume $flume s, plog-agent $plog s" >&3
	awk -v f="$flume" -v p="$plog" 'BEGIN { exit !(f > 0.5 && p > 0 && f >= 1.5 * p) }'
}
