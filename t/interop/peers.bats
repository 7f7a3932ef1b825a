#!/usr/bin/env bats
# The peers' own tools, when one hangs: it is ended, and the test that ran it says which and where.

load ../helper/lib
. "$PLOG_TOP/t/interop/peers/kafka/kafka.bash"
. "$PLOG_TOP/t/interop/peers/flume/flume.bash"
. "$PLOG_TOP/t/interop/peers/hdfs/hdfs.bash"

setup_file() { kafka_fetch && flume_fetch && hdfs_fetch; }
setup() {
	new_store
	export HADOOP_CONF_DIR=$PWD
	echo '<configuration/>' >core-site.xml
	mkfifo held
	exec 4<>held
}
teardown() { exec 4>&-; }

# hangs NAME PEER TOOL...: TOOL reads from a pipe that never says anything
hangs() {
	PEER_LIMIT=2 run -137 timeout 60 bash -c '. "$1"; exec 2>err; "${@:2}"' _ "${@:2}" <&4 4>&-
	refute_output --partial 'thread dump'
	grep -q 'Full thread dump' err
	grep -q '^"main" #1 ' err
	assert_equal "$(tail -n 1 err)" "$1 did not end within 2 s"
}

@test "a tool that hangs is named, its threads are shown, and it is killed: Kafka's, Flume's, Hadoop's" {
	hangs org.apache.kafka.tools.ConsoleProducer "$KAFKA_HERE/kafka.bash" kafka ConsoleProducer --bootstrap-server 127.0.0.1:9 --topic t
	hangs AvroFile "$FLUME_HERE/flume.bash" flume_tool AvroFile read /dev/fd/0
	hangs FsShell "$HDFS_HERE/hdfs.bash" hdfs_fs -put - "file://$PWD/out"
}

@test "a tool that ends has its own status, and nothing is said of it" {
	PEER_LIMIT=60 run -0 hdfs_fs -ls "file://$PWD"
	assert_output --partial core-site.xml
	refute_output --partial 'did not end'
	PEER_LIMIT=60 run -1 hdfs_fs -ls "file://$PWD/nothing"
	refute_output --partial 'did not end'
}
