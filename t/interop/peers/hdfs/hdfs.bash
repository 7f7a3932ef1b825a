# A real Apache Hadoop HDFS as the peer of tests: source this file.
#
#   hdfs_fetch                  the jars, once, into a cache outside the tree; sets $HDFS_LIB
#   hdfs_up DIR [N]             formats and starts a NameNode and N (1) DataNodes; sets $HDFS (host:port of the NameNode's
#                               RPC), $HDFS_HTTP (host:port of its WebHDFS) and $HADOOP_CONF_DIR (DIR/conf)
#   hdfs_down DIR [NAME...]     ends nn, dn1, dn2 ... of DIR (all of them), waits until they are gone
#   hdfs_kill DIR NAME          the same with SIGKILL
#   hdfs_start DIR NAME...      starts ones that were ended again; does not wait
#   hdfs_ready N                the NameNode is out of safe mode and has N live DataNodes
#   hdfs_fs ARGUMENT...         Hadoop's own client: -ls, -cat, -text (SequenceFiles and codecs too) ...
#   hdfs_admin ARGUMENT...      dfsadmin: -safemode enter ...
#
# All listen on loopback, on free ports; each process's id is in DIR/NAME.pid, and nothing else is ever signalled.
# A dead DataNode is noticed within 13 s here, a lease is held for 60 s (Hadoop's soft limit, fixed).

HDFS_HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

# shellcheck source=t/interop/peers/fetch.bash
. "$HDFS_HERE/../fetch.bash"

hdfs_fetch() {
	HDFS_LIB=$(peer_fetch hdfs "$HDFS_HERE") && export HDFS_LIB
}

hdfs_property() { echo "<property><name>$1</name><value>$2</value></property>"; }

# the files of all; a DataNode's own ports are in DIR/dnN.xml
hdfs_configure() { # DIR PORT... (three a DataNode)
	local dir=$1 conf=$1/conf w i p=hdfs_property
	mkdir -p "$conf"
	for w in hdfs datanode; do
		mkdir -p "$conf/webapps/$w/WEB-INF"
		echo '<web-app/>' >"$conf/webapps/$w/WEB-INF/web.xml"
	done
	{
		echo '<configuration>'
		$p fs.defaultFS "hdfs://$HDFS"
		$p hadoop.tmp.dir "$dir/tmp"
		$p io.compression.codecs "$(printf 'org.apache.hadoop.io.compress.%sCodec,' Gzip BZip2 Default Deflate Lz4)org.apache.hadoop.io.compress.SnappyCodec"
		echo '</configuration>'
	} >"$conf/core-site.xml"
	{
		echo '<configuration>'
		$p dfs.namenode.name.dir "file://$dir/nn"
		$p dfs.replication 1
		$p dfs.namenode.rpc-bind-host 127.0.0.1
		$p dfs.namenode.http-address "$HDFS_HTTP"
		$p dfs.datanode.hostname 127.0.0.1
		$p dfs.datanode.data.dir 'file://${plog.data}'
		$p dfs.datanode.address '127.0.0.1:${plog.port1}'
		$p dfs.datanode.http.address '127.0.0.1:${plog.port2}'
		$p dfs.datanode.ipc.address '127.0.0.1:${plog.port3}'
		$p dfs.namenode.safemode.extension 0
		$p dfs.namenode.safemode.min.datanodes 1
		$p dfs.heartbeat.interval 1
		$p dfs.namenode.heartbeat.recheck-interval 1000
		$p dfs.client.block.write.locateFollowingBlock.initial.delay.ms 5
		echo '</configuration>'
	} >"$conf/hdfs-site.xml"
	printf 'log4j.rootLogger=WARN,A\nlog4j.appender.A=org.apache.log4j.ConsoleAppender\nlog4j.appender.A.target=System.err\nlog4j.appender.A.layout=org.apache.log4j.SimpleLayout\n' \
		>"$conf/log4j.properties"
	shift
	for ((i = 1; $# > 0; i++)); do
		echo "-Dplog.data=$dir/dn$i -Dplog.port1=$1 -Dplog.port2=$2 -Dplog.port3=$3" >"$dir/dn$i.options"
		shift 3
	done
}

hdfs_java() { # [OPTION...] CLASS ARGUMENT...
	peer_java -XX:+UseSerialGC -Xmx256m -XX:TieredStopAtLevel=1 -XX:-UsePerfData --add-opens=java.base/java.lang=ALL-UNNAMED \
		-cp "$HADOOP_CONF_DIR:$HDFS_LIB/*" "$@"
}

hdfs_start() { # DIR NAME...
	local dir=$1 name
	shift
	for name; do
		case $name in
		# the NameNode wants to understand a DataNode's addresses, whosesoever they are
		# shellcheck disable=SC2046
		nn) (hdfs_java $(cat "$dir/dn1.options") org.apache.hadoop.hdfs.server.namenode.NameNode) >>"$dir/$name.log" 2>&1 </dev/null 3>&- 4>&- & ;;
		# shellcheck disable=SC2046
		*) (hdfs_java $(cat "$dir/$name.options") org.apache.hadoop.hdfs.server.datanode.DataNode) >>"$dir/$name.log" 2>&1 </dev/null 3>&- 4>&- & ;;
		esac
		echo $! >"$dir/$name.pid"
	done
}

hdfs_jmx() { curl -sf -m 5 "http://$HDFS_HTTP/jmx?qry=Hadoop:service=NameNode,name=$1" | grep -q "$2"; }
hdfs_ready() { hdfs_jmx FSNamesystemState "\"NumLiveDataNodes\" : $1," && hdfs_jmx NameNodeInfo '"Safemode" : ""'; }

hdfs_up() { # DIR [DATANODES]
	local dir=$1 n=${2:-1} i end=$((SECONDS + 120)) ports
	mkdir -p "$dir"
	mapfile -t ports < <(peer_ports $((2 + 3 * n)))
	HDFS=127.0.0.1:${ports[0]} HDFS_HTTP=127.0.0.1:${ports[1]}
	HADOOP_CONF_DIR=$dir/conf
	export HDFS HDFS_HTTP HADOOP_CONF_DIR
	hdfs_configure "$dir" "${ports[@]:2}"
	# shellcheck disable=SC2046
	peer_tool 'NameNode -format' hdfs_java $(cat "$dir/dn1.options") org.apache.hadoop.hdfs.server.namenode.NameNode -format -nonInteractive >"$dir/format.log" 2>&1 || {
		cat "$dir/format.log" >&2
		return 1
	}
	# shellcheck disable=SC2046
	hdfs_start "$dir" nn $(for i in $(seq "$n"); do echo "dn$i"; done)
	until hdfs_ready "$n"; do
		[ $SECONDS -lt $end ] || {
			echo 'HDFS does not start:' >&2
			tail -n 20 "$dir"/*.log >&2
			return 1
		}
		sleep 0.1
	done
}

hdfs_down() { peer_end TERM "$@"; }
hdfs_kill() { peer_end KILL "$@"; }

hdfs_fs() { peer_tool FsShell hdfs_java org.apache.hadoop.fs.FsShell "$@"; }
hdfs_admin() { peer_tool DFSAdmin hdfs_java org.apache.hadoop.hdfs.tools.DFSAdmin "$@"; }
