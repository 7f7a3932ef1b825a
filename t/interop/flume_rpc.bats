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

@test "plog-agent -> Flume -> plog-agent, by avro, thrift and avro: every event once, in order, headers kept" {
	WAYS='plain'
	ports
	receivers p >p.conf
	start_agent p.conf p
	LAST=$AGENT_PID
	flume_port >port.thrift
	cat >f.conf <<-END
		f.sources = r
		f.channels = c
		f.sinks = k
		f.sources.r.type = thrift
		f.sources.r.bind = 127.0.0.1
		f.sources.r.port = $(cat port.thrift)
		f.sources.r.channels = c
		f.channels.c.type = memory
		f.channels.c.capacity = 10000
		f.sinks.k.type = avro
		f.sinks.k.hostname = 127.0.0.1
		f.sinks.k.port = $(cat port.plain)
		f.sinks.k.channel = c
	END
	flume_up flume f "$PWD/f.conf" 'Started Thrift source'
	mv port.plain port.end
	mv port.thrift port.compact
	WAYS=compact senders q >q.conf
	AGENT_LOG=q.log start_agent q.conf q
	flume_wait 30 arrived 2003
	same_everywhere
	stop_agent
	assert_equal "$STATUS" 0
	AGENT_PID=$LAST
	stop_agent
	assert_equal "$STATUS" 0
}

@test "Flume's avro-client to plog-agent, plog-agent's to Flume" {
	WAYS='plain'
	ports
	receivers p | sed 's/header_and_text/text/' >p.conf
	start_agent p.conf p
	flume_client -H 127.0.0.1 -p "$(cat port.plain)" -F lines >client.log 2>&1
	flume_wait 20 arrived 2003
	cat out/plain/* | cmp - lines
	stop_agent
	rm -r out
	receivers f | sed 's/header_and_text/text/' >f.conf
	flume_up flume f "$PWD/f.conf" 'Avro source plain started'
	plog-agent avro-client -H 127.0.0.1 -p "$(cat port.plain)" -F lines
	flume_wait 20 arrived 2003
	cat out/plain/* | cmp - lines
}

# keys: who.jks and who.p12 with one key each, trust.jks with both certificates; password changeit
keys() {
	local t
	for t in jks p12; do
		keytool -genkeypair -keyalg EC -alias a -dname CN=localhost -validity 2 -keystore who.$t -storepass changeit \
			-keypass changeit -storetype "$([ $t = jks ] && echo JKS || echo PKCS12)" 2>/dev/null &&
			keytool -exportcert -rfc -alias a -keystore who.$t -storepass changeit -file $t.crt 2>/dev/null &&
			keytool -importcert -noprompt -alias $t -file $t.crt -keystore trust.jks -storepass changeit -storetype JKS 2>/dev/null || return
	done
}
# tls_keys source|sink PREFIX WAY
tls_keys() {
	echo "$2.ssl = true"
	if [ "$1" = source ]; then
		echo "$2.keystore-password = changeit"
		case $3 in compact) echo "$2.keystore = $PWD/who.p12"; echo "$2.keystore-type = PKCS12" ;; *) echo "$2.keystore = $PWD/who.jks" ;; esac
	else
		echo "$2.truststore = $PWD/trust.jks"
		echo "$2.truststore-password = changeit"
	fi
}

@test "TLS with Java's key stores (JKS, PKCS12), with deflate too, both directions" {
	keys
	WAYS='plain deflate compact'
	ports
	{ receivers f; for w in $WAYS; do tls_keys source f.sources.$w $w; done; } >f.conf
	{ senders p; for w in $WAYS; do tls_keys sink p.sinks.$w $w; done; echo 'p.sinks.deflate.compression-order = outside'; } >p.conf
	flume_up flume f "$PWD/f.conf" 'Avro source plain started' 'Avro source deflate started' 'Started Thrift source'
	start_agent p.conf p
	flume_wait 40 arrived 2003
	same_everywhere
	stop_agent
	flume_down flume
	rm -r out
	ports
	{ receivers p; for w in $WAYS; do tls_keys source p.sources.$w $w; done; echo 'p.sources.deflate.compression-order = outside'; } >p.conf
	{ senders f; for w in $WAYS; do tls_keys sink f.sinks.$w $w; done; } >f.conf
	start_agent p.conf p
	flume_up flume f "$PWD/f.conf"
	flume_wait 40 arrived 2003
	same_everywhere
	stop_agent
	assert_equal "$STATUS" 0
}

@test "Avro container files of the avro_event serializer are read by Avro's own reader, and by Flume's spooldir" {
	cat >p.conf <<-END
		p.sources = r
		p.channels = null deflate snappy zstandard
		p.sinks = null deflate snappy zstandard
		p.sources.r.type = exec
		p.sources.r.command = cat $PWD/lines
		p.sources.r.channels = null deflate snappy zstandard
		p.sources.r.interceptors = i
		p.sources.r.interceptors.i.type = static
		p.sources.r.interceptors.i.key = dc
		p.sources.r.interceptors.i.value = ams
	END
	for c in null deflate snappy zstandard; do
		mkdir -p "out/$c"
		cat >>p.conf <<-END
			p.channels.$c.type = memory
			p.channels.$c.capacity = 10000
			p.sinks.$c.type = file_roll
			p.sinks.$c.sink.directory = $PWD/out/$c
			p.sinks.$c.sink.rollInterval = 0
			p.sinks.$c.sink.serializer = avro_event
			p.sinks.$c.sink.serializer.compressionCodec = $c
			p.sinks.$c.channel = $c
		END
	done
	start_agent p.conf p
	flume_wait 20 grep -q 'exited with 0' agent.log
	stop_agent
	assert_equal "$STATUS" 0
	# The zstd that comes with Flume is older than what its Avro wants of it.
	for c in null deflate snappy; do
		flume_tool AvroFile read out/$c/* >read.$c
		assert_equal "$(sed -n 2p read.$c)" "$c"
		sed 1,2d read.$c | iconv -f UTF-8 -t ISO-8859-1 | cmp - <(sed "s/^/{dc=ams}\t/" lines)
	done
	# the same file, and one with a schema of its own, through spooldir's AVRO by both: the same events
	flume_tool AvroFile write own.avro snappy 3000 '{"type":"record","name":"Own","namespace":"a.b","doc":"x","fields":[
		{"name":"n","type":"long"},{"name":"s","type":["null","string"],"default":null}]}'
	for x in f p; do
		mkdir spool.$x got.$x own.$x own-spool.$x
		cp own.avro spool.$x/b
		cp own.avro own-spool.$x/b
		cp out/deflate/* spool.$x/a
		touch -d yesterday spool.$x/a
		cat >$x.conf <<-END
			$x.sources = r own
			$x.channels = c own
			$x.sinks = k own
			$x.sources.own.type = spooldir
			$x.sources.own.spoolDir = $PWD/own-spool.$x
			$x.sources.own.deserializer = AVRO
			$x.sources.own.deserializer.schemaType = LITERAL
			$x.sources.own.channels = own
			$x.channels.own.type = memory
			$x.channels.own.capacity = 10000
			$x.sinks.own.type = hdfs
			$x.sinks.own.hdfs.path = file://$PWD/own.$x
			$x.sinks.own.hdfs.fileType = DataStream
			$x.sinks.own.hdfs.stateDir = $PWD/state
			$x.sinks.own.hdfs.rollInterval = 0
			$x.sinks.own.hdfs.rollSize = 0
			$x.sinks.own.hdfs.rollCount = 0
			$x.sinks.own.serializer = org.apache.flume.sink.hdfs.AvroEventSerializer\$Builder
			$x.sinks.own.serializer.compressionCodec = deflate
			$x.sinks.own.channel = own
			$x.sources.r.type = spooldir
			$x.sources.r.spoolDir = $PWD/spool.$x
			$x.sources.r.deserializer = AVRO
			$x.sources.r.channels = c
			$x.channels.c.type = memory
			$x.channels.c.capacity = 10000
			$x.sinks.k.type = file_roll
			$x.sinks.k.sink.directory = $PWD/got.$x
			$x.sinks.k.sink.rollInterval = 0
			$x.sinks.k.sink.serializer = header_and_text
			$x.sinks.k.channel = c
		END
	done
	flume_up flume f "$PWD/f.conf"
	start_agent p.conf p
	flume_wait 20 [ -e spool.f/b.COMPLETED ]
	flume_wait 20 [ -e spool.p/b.COMPLETED ]
	flume_wait 20 [ -e own-spool.p/b.COMPLETED ]
	stop_agent
	assert_equal "$STATUS" 0
	flume_wait 20 _as_many
	cat got.f/* >f.out
	cat got.p/* | cmp - f.out
	grep -qa '^{flume.avro.schema.hash=[0-9a-f]*} ' f.out
	# the data into a file of their own schema again, closed at the end
	flume_wait 20 [ -e own-spool.f/b.COMPLETED ]
	flume_wait 20 grep -qa '"namespace":"a.b"' own.f/FlumeData.*
	before=-1
	while now=$(cat own.f/FlumeData.* | wc -c) && [ "$now" != "$before" ]; do before=$now; pause 2; done
	flume_down flume
	for x in f p; do
		flume_tool AvroFile read own.$x/FlumeData.* >own.$x.read
	done
	assert_equal "$(wc -l <own.p.read)" 3002
	cmp own.p.read own.f.read
}
_as_many() { [ "$(cat got.f/* | wc -c)" -ge "$(cat got.p/* | wc -c)" ]; }
