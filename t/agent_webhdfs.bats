#!/usr/bin/env bats
# plog-agent's hdfs sink against a WebHDFS server that does what it should not; interop/hdfs.bats has a real one.
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

typed() { # N FORMAT
	type_lines "$(agent_port r1)" "$@"
}

no_tmp() { ! find "$1" -name '*.tmp' | grep -q .; }
files() { [ "$(find "$1" -type f | wc -l)" -ge "$2" ]; }
holds() { [ "$(find "$1" -type f ! -name '*.tmp' -exec cat {} + | wc -l)" -ge "$2" ]; }

webhdfs() { # [LINE...]: the server, and a.conf for it
	needs python3
	mkdir -p fs
	mkfifo port
	background sh -c "exec '$PLOG_TOP/t/helper/webhdfs.py' fs >port"
	server=$bg
	read -r port <port
	hdfs_conf hdfs://ns/d hdfs.webhdfsAddress=127.0.0.1:"$port" hdfs.fileType=DataStream hdfs.rollInterval=0 hdfs.rollCount=0 \
		hdfs.rollSize=0 hdfs.callTimeout=5000 "$@" >a.conf
}

all_of() { cat fs/d/* 2>/dev/null | sort | cmp -s - "$1"; }

@test "WebHDFS: CREATE, APPEND, RENAME; one file, in order, by the user of \$HADOOP_USER_NAME" {
	export HADOOP_USER_NAME=hugo
	webhdfs
	start_agent a.conf a1
	typed 2 'a\nb\n'
	wait_until 10 grep -q 'CREATE data' fs.log
	typed 1 'c\n'
	wait_until 10 grep -q 'APPEND data' fs.log
	stop_agent
	assert_equal "$STATUS" 0
	assert_equal "$(ls fs/d | wc -l)" 1
	printf 'a\nb\nc\n' | cmp - fs/d/FlumeData.*
	no_tmp fs
	! grep -v user=hugo fs.log
}

@test "WebHDFS: nothing happened - standby, safe mode, no DataNode, an error: the same again until it works" {
	webhdfs
	for f in standby nobody garbage huge; do echo "CREATE name $f"; done >fs.faults
	start_agent a.conf a1
	typed 2 'a\nb\n'
	wait_until 20 grep -q 'CREATE data' fs.log
	for f in nodatanode safemode error drop; do echo "APPEND name $f"; done >fs.faults
	typed 1 'c\n'
	wait_until 20 grep -q 'APPEND data' fs.log
	stop_agent
	assert_equal "$STATUS" 0
	printf 'a\nb\nc\n' | cmp - fs/d/FlumeData.*
	grep -q 'StandbyException.*trying again' agent.log
}

@test "WebHDFS: an append that may have happened: its bytes go into a new file, the old one is cut to what was acknowledged" {
	webhdfs
	start_agent a.conf a1
	typed 2 'a\nb\n'
	wait_until 10 grep -q 'CREATE data' fs.log
	printf 'TRUNCATE name held\n' >fs.faults.later
	n=2
	for what in half all held error; do
		echo "APPEND data $what" >fs.faults
		typed 2 "$what 1\n$what 2\n"
		wait_until 10 sh -c "[ \$(grep -c 'CREATE data' fs.log) = $n ]"
		n=$((n + 1))
	done
	mv fs.faults.later fs.faults
	wait_until 20 sh -c '[ "$(grep -c "TRUNCATE name" fs.log)" -ge 5 ]'
	stop_agent
	assert_equal "$STATUS" 0
	no_tmp fs
	printf '%s\n' a b 'half 1' 'half 2' 'all 1' 'all 2' 'held 1' 'held 2' 'error 1' 'error 2' | sort >want
	all_of want
	assert_equal "$(ls fs/d | wc -l)" 5
}

@test "WebHDFS: a create that may have happened is taken back; a name that is taken is counted up" {
	webhdfs
	printf 'CREATE data half\nCREATE data exists\nRENAME name drop\n' >fs.faults
	start_agent a.conf a1
	typed 2 'a\nb\n'
	printf 'a\nb\n' >want
	wait_until 20 grep -q 'DELETE name' fs.log
	stop_agent
	assert_equal "$STATUS" 0
	wait_until 10 all_of want
}

@test "WebHDFS: refused: told without the server's stack, given back to the channel, delivered when it is allowed; loops end" {
	webhdfs
	printf '%s\n' 'CREATE name denied' 'CREATE data quota' 'RENAME name loop' 'RENAME name elsewhere' >fs.faults
	for i in 1 2 3 4 5 6; do echo 'RENAME name loop' >>fs.faults; done
	start_agent a.conf a1
	typed 2 'a\nb\n'
	wait_until 10 grep -q 'Unable to deliver event: HDFS IO error.*Permission denied: user=u, access=WRITE$' agent.log
	! grep -q 'hadoop.Secret' agent.log
	wait_until 15 grep -q 'CREATE data .*quota' fs.log
	wait_until 15 sh -c 'grep -c "CREATE data" fs.log | grep -qx 2'
	stop_agent
	assert_equal "$STATUS" 0
	start_agent a.conf a1
	wait_until 10 sh -c '! ls fs/d/*.tmp'
	stop_agent
	printf 'a\nb\n' | cmp - fs/d/FlumeData.*
	grep -q 'failed to rename() file' agent.log || grep -q 'redirected' agent.log || grep -q 'Closing hdfs' agent.log
}

@test "WebHDFS: of two NameNodes the active one is found, by the files of HADOOP_CONF_DIR" {
	webhdfs
	mkdir conf
	p() { echo "<property><name>$1</name><value>$2</value></property>"; }
	{
		echo '<configuration>'
		p dfs.nameservices nameservice1
		p dfs.ha.namenodes.nameservice1 nn1,nn2
		p dfs.namenode.http-address.nameservice1.nn1 127.0.0.1:9
		p dfs.namenode.http-address.nameservice1.nn2 127.0.0.1:"$port"
		echo '</configuration>'
	} >conf/hdfs-site.xml
	export HADOOP_CONF_DIR=$PWD/conf
	hdfs_conf hdfs://nameservice1/user/student/Flume_Kafka hdfs.fileType=DataStream >a.conf
	start_agent a.conf a1
	typed 1 'x\n'
	wait_until 10 grep -q 'CREATE data' fs.log
	stop_agent
	assert_equal "$STATUS" 0
	assert_equal "$(cat fs/user/student/Flume_Kafka/FlumeData.*)" x
	grep -q 'Renaming hdfs://nameservice1/user/student/Flume_Kafka/FlumeData' agent.log
}

@test "WebHDFS: the server dies and comes back: every line is there once" {
	webhdfs
	start_agent a.conf a1
	typed 2 'a\nb\n'
	wait_until 10 grep -q 'CREATE data' fs.log
	stop "$server" KILL
	typed 2 'c\nd\n'
	wait_until 10 grep -q 'trying again' agent.log
	sed "s/(\"127.0.0.1\", 0), H/(\"127.0.0.1\", $port), H/" "$PLOG_TOP/t/helper/webhdfs.py" >same.py
	background python3 same.py fs >/dev/null
	wait_until 20 grep -q 'APPEND data' fs.log
	stop_agent
	assert_equal "$STATUS" 0
	# one file, or another behind it where the answer to the first create died with the server
	cat fs/d/FlumeData.* >got
	printf 'a\nb\nc\nd\n' | cmp - got
}
