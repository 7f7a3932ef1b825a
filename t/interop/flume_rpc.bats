#!/usr/bin/env bats
# plog-agent and a real Flume 1.11, each at the other's end of Avro and Thrift.

load ../helper/lib
load ../helper/agent
. "$PLOG_TOP/t/interop/peers/flume/flume.bash"

setup_file() { flume_fetch; }
setup() {
	new_store
	mkdir -p out flume
	# empty, long, not ASCII; the numbers show an order
	{
		echo
		printf 'gr\303\274n \342\202\254 \360\237\220\216\n'
		head -c 30000 /dev/zero | tr '\0' x
		echo
		seq 1 2000
	} >lines
	WAYS='plain deflate compact binary'
}
teardown() {
	flume_down flume
	[ -z "${AGENT_PID-}" ] || kill "$AGENT_PID" 2>/dev/null || :
}

# ends SOURCES|SINKS AGENT WAY PORT: the keys of one end of a way, what stands behind the type
kind_of() { case $1 in compact | binary) echo thrift ;; *) echo avro ;; esac; }
keys_of() { # PREFIX WAY
	case $2 in
	deflate) echo "$1.compression-type = deflate" ;;
	compact | binary) echo "$1.protocol = $2" ;;
	esac
}

# receivers AGENT: a source for each way, a channel and a file_roll each; out/WAY
receivers() {
	local w port=${1}_ports
	echo "$1.sources = $WAYS"
	echo "$1.channels = $WAYS"
	echo "$1.sinks = $WAYS"
	for w in $WAYS; do
		mkdir -p "out/$w"
		cat <<-END
			$1.sources.$w.type = $(kind_of "$w")
			$1.sources.$w.bind = 127.0.0.1
			$1.sources.$w.port = $(cat "port.$w")
			$1.sources.$w.channels = $w
			$(keys_of "$1.sources.$w" "$w")
			$1.channels.$w.type = memory
			$1.channels.$w.capacity = 10000
			$1.sinks.$w.type = file_roll
			$1.sinks.$w.channel = $w
			$1.sinks.$w.sink.directory = $PWD/out/$w
			$1.sinks.$w.sink.rollInterval = 0
			$1.sinks.$w.sink.serializer = header_and_text
		END
	done
}

# senders AGENT: the lines, each with two headers, to a sink for each way
senders() {
	local w
	cat <<-END
		$1.sources = r
		$1.channels = $WAYS
		$1.sinks = $WAYS
		$1.sources.r.type = exec
		$1.sources.r.command = cat $PWD/lines
		$1.sources.r.channels = $WAYS
		$1.sources.r.interceptors = i1 i2
		$1.sources.r.interceptors.i1.type = static
		$1.sources.r.interceptors.i1.key = dc
		$1.sources.r.interceptors.i1.value = gr\u00fcn
		$1.sources.r.interceptors.i2.type = static
		$1.sources.r.interceptors.i2.key = n
		$1.sources.r.interceptors.i2.value = 2
	END
	for w in $WAYS; do
		cat <<-END
			$1.channels.$w.type = memory
			$1.channels.$w.capacity = 10000
			$1.sinks.$w.type = $(kind_of "$w")
			$1.sinks.$w.hostname = 127.0.0.1
			$1.sinks.$w.port = $(cat "port.$w")
			$1.sinks.$w.channel = $w
			$(keys_of "$1.sinks.$w" "$w")
		END
	done
}

ports() { for w in $WAYS; do flume_port >"port.$w"; done; }
arrived() { # N LINES in each
	local w
	for w in $WAYS; do [ "$(cat out/"$w"/* | wc -l)" -ge "$1" ] || return; done
}
same_everywhere() {
	local w
	sed 's/^/{n=2, dc=grün} /' lines >want
	for w in $WAYS; do cat out/"$w"/* | cmp - want || { head -c 100 out/"$w"/*; return 1; }; done
}

@test "plog-agent -> Flume: avro plain and deflate, thrift compact and binary" {
	ports
	receivers f >f.conf
	senders p >p.conf
	flume_up flume f "$PWD/f.conf" 'Avro source plain started' 'Avro source deflate started'
	for w in $WAYS; do flume_wait 20 _open "$(cat "port.$w")"; done
	start_agent p.conf p
	flume_wait 30 arrived 2003
	same_everywhere
	stop_agent
	assert_equal "$STATUS" 0
}
_open() { (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

@test "Flume -> plog-agent: avro plain and deflate, thrift compact and binary" {
	ports
	receivers p >p.conf
	senders f >f.conf
	start_agent p.conf p
	flume_up flume f "$PWD/f.conf"
	flume_wait 30 arrived 2003
	same_everywhere
	stop_agent
	assert_equal "$STATUS" 0
}
