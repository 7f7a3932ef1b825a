#!/usr/bin/env bats
# plog-agent's sources beside those of a real Flume 1.11: the same configuration, the same input, and what comes out
# compared, byte for byte; position files and places in spooled files taken over, in both directions.

load ../helper/lib
load ../helper/agent
. "${BATS_TEST_DIRNAME}/peers/flume/flume.bash"

setup_file() { flume_fetch; }
setup() { new_store; }
teardown() { flume_down "$PWD"; }

# both SOURCE...: stdin is a configuration without the channels and sinks, in which @DIR is a directory of the agent's own
# and PORT1 ... are ports; runs it in Flume (below flume/) and in plog-agent (below plog/). What source X put is in DIR/out/X.
both() {
	local who s i line text
	text=$(cat)
	for who in flume plog; do
		mkdir -p $who
		{
			echo "a.sources = $*"
			echo "a.channels = $*"
			echo "a.sinks = $*"
			line=$text
			for i in 1 2 3 4 5 6; do
				declare -g "${who}_$i=$(flume_port)"
				local v=${who}_$i
				line=${line//PORT$i/${!v}}
			done
			printf '%s\n' "${line//@DIR/$PWD/$who}"
			for s; do
				mkdir -p "$who/out/$s"
				printf 'a.%s\n' "channels.$s.type = memory" "channels.$s.capacity = ${CAPACITY:-10000}" \
					"channels.$s.transactionCapacity = ${TRANSACTION:-1000}" "sources.$s.channels = $s" "sinks.$s.channel = $s"
				if [ -n "${STUCK-}" ]; then
					printf "a.sinks.$s.%s\n" 'type = avro' 'hostname = 127.0.0.1' 'port = 9' 'batch-size = 1'
				else
					printf "a.sinks.$s.%s\n" 'type = file_roll' "sink.directory = $PWD/$who/out/$s" 'sink.rollInterval = 0' \
						'sink.serializer = HEADER_AND_TEXT'
				fi
			done
		} >$who.conf
	done
}

up_flume() { # READY...
	flume_up "$PWD" a flume.conf "$@"
}
up_plog() {
	AGENT_LOG=plog.log start_agent plog.conf a
}

open_port() { flume_wait 20 bash -c ": </dev/tcp/127.0.0.1/$1" 2>/dev/null; }

lines_of() { cat "$1"/out/"$2"/* 2>/dev/null | wc -l; }
_has() { [ "$(lines_of "$1" "$2")" -ge "$3" ]; }

# same SOURCE LINES: both have so many, and the same ones; the directories are taken out of it, and one more filter may be.
same() {
	flume_wait 30 _has flume "$1" "$2"
	flume_wait 30 _has plog "$1" "$2"
	diff <(cat flume/out/"$1"/* | sed "s,$PWD/flume,DIR,g" | ${3:-cat}) <(cat plog/out/"$1"/* | sed "s,$PWD/plog,DIR,g" | ${3:-cat})
}

datagrams() { # PORT: each line of stdin is one
	python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for line in sys.stdin.buffer:
    s.sendto(line.rstrip(b"\n"), ("127.0.0.1", int(sys.argv[1])))
    time.sleep(0.002)' "$1"
}

@test "syslogtcp, syslogudp, multiport_syslogtcp, netcatudp: the same headers in the same order, the same bodies" {
	stamp=$(date -u -d '1 hour ago' '+%b %e %H:%M:%S')
	both t k u m n <<-END
		a.sources.t.type = syslogtcp
		a.sources.t.host = 127.0.0.1
		a.sources.t.port = PORT1
		a.sources.t.clientIPHeader = ip
		a.sources.t.eventSize = 100
		a.sources.k.type = syslogtcp
		a.sources.k.host = 127.0.0.1
		a.sources.k.port = PORT5
		a.sources.k.keepFields = priority timestamp hostname
		a.sources.u.type = syslogudp
		a.sources.u.host = 127.0.0.1
		a.sources.u.port = PORT2
		a.sources.u.clientIPHeader = ip
		a.sources.u.format.regex = <(\\\\d+)>own (\\\\d?) ?(\\\\d{4}/\\\\d\\\\d/\\\\d\\\\d) (\\\\S+) (.*)
		a.sources.u.format.search = (\\\\d)/(\\\\d)
		a.sources.u.format.replace = \$1-\$2
		a.sources.u.format.dateFormat = yyyy-MM-dd
		a.sources.m.type = multiport_syslogtcp
		a.sources.m.host = 127.0.0.1
		a.sources.m.ports = PORT3
		a.sources.m.clientIPHeader = ip
		a.sources.m.eventSize = 100
		a.sources.n.type = netcatudp
		a.sources.n.bind = 127.0.0.1
		a.sources.n.port = PORT4
		a.sources.n.remoteAddress = from
	END
	# what has neither form first, as Flume lets a version slip into later ones
	{
		cat <<-'END'
			<34>no stamp
			<34>
			<>x
			<1234>x
			<ab>x
			no pri
			 <34>blank first
			<34>Okt 11 2003 22:14:15 h x
			<34>Oct 11 22:14:15 [10.1.2.3] m
			<34>Oct 11 22:14:15 mymachine
		END
		printf '<34>Oct 11 22:14:15 h CR\r\n'
		cat <<-END
			<34>Feb 30 22:14:15 h lenient
			<34>Oct 11 22:14:15 mymachine su: 'su root' failed
			<0>$stamp h.example.com now
			<999>$stamp h large
			<13>$stamp h_1.x@y-z  two blanks
		END
		printf '<34>%s h bad \377\302 and \303\274\n' "$stamp"
		cat <<-'END'
			<165>1 2003-10-11T22:14:15Z h.example.com evntslog - ID47 [x@1 iut="3"] An
			<165>1 2003-10-11T22:14:15+02:00 192.0.2.1 app
			<165>2003-10-11T22:14:15-07:00 h no version
			<34>1 - - - - - - nil
			<13>own 7 2024/02/29 ho/st a form of its own
			<34>own 2024/02/29 host without a version
		END
	} >lines
	{
		grep -v '^<34>1 - - ' lines
		# stamps of RFC 3164 from before last month get another year in Flume
	} | grep -v 'Oct 11 22\|Feb 30' >mlines
	# of what is cut the rest is Invalid; Flume lets the priority of the first part slip into it
	printf '<34>no stamp, but longer than the hundred bytes that a line may have in this configuration, and so it is cut: %s\n' "$stamp" >long
	up_flume 'name: t started' 'name: u started' 'name: m started' 'name: n started'
	up_plog
	for who in flume plog; do
		for i in 1 3 5; do
			p=${who}_$i
			open_port "${!p}"
		done
		p=${who}_1
		while IFS= read -r line; do printf '%s\n' "$line" >"/dev/tcp/127.0.0.1/${!p}"; done <lines
		cat long >"/dev/tcp/127.0.0.1/${!p}"
		p=${who}_5
		grep -av 'Okt\|nil\|no stamp\|<34>$\|\[10' lines | while IFS= read -r line; do printf '%s\n' "$line" >"/dev/tcp/127.0.0.1/${!p}"; done
		p=${who}_2
		datagrams "${!p}" <lines
		p=${who}_3
		cat mlines long >"/dev/tcp/127.0.0.1/${!p}"
		p=${who}_4
		printf 'one\n\ntwo \377\n' | datagrams "${!p}"
	done
	n=$(wc -l <lines)
	same u "$n"
	same t $((n + 2)) sort
	same k $(($(grep -avc 'Okt\|nil\|no stamp\|<34>$\|\[10' lines))) sort
	same m $(($(wc -l <mlines) + 2))
	same n 3 'sed s,127.0.0.1:[0-9]*,FROM,'
	AGENT_LOG=plog.log stop_agent
}

@test "http: the same statuses, the same events" {
	both j b <<-END
		a.sources.j.type = http
		a.sources.j.bind = 127.0.0.1
		a.sources.j.port = PORT1
		a.sources.b.type = org.apache.flume.source.http.HTTPSource
		a.sources.b.bind = 127.0.0.1
		a.sources.b.port = PORT2
		a.sources.b.handler = org.apache.flume.source.http.BLOBHandler
		a.sources.b.handler.mandatoryParameters = p1,p2
	END
	up_flume 'name: j started' 'name: b started'
	up_plog
	for who in flume plog; do
		j=${who}_1 b=${who}_2
		open_port "${!j}"
		open_port "${!b}"
		ask() { curl -s --max-time 20 -o /dev/null -w "%{http_code} $*\n" "$@"; }
		{
			for body in '[{"headers":{"a":"1","b":"x y"},"body":"one"},{"body":"two"}]' '[{"headers":{"n":1.50,"t":true},"body":7}]' '[]' '[{}]' \
				'[{"headers":null,"body":null}]' '[{"body":"gr\u00fcn \"\n","other":[{"x":null}]}]' '{"body":"x"}' '[{"body":"x"}' '[{"body":{}}]' \
				'[{"body":"x"}] tail' '[{"body":[1]}]' '[null]' '' '[{"headers":{"a":"1","a":"2"}}]' '[{"headers":{"timestamp":1434567890123},"body":"n"}]'; do
				ask -H 'Content-Type: application/json' -d "$body" "127.0.0.1:${!j}/any/path"
			done
			ask -H 'Content-Type: application/json; charset=utf-16' --data-binary @<(printf '[{"body":"gr\303\274n"}]' | iconv -t UTF-16BE) "127.0.0.1:${!j}"
			ask -H 'Content-Type: application/json; charset=utf-32' --data-binary @<(printf '[{"body":"gr\303\274n"}]' | iconv -t UTF-32BE) "127.0.0.1:${!j}"
			ask -H 'Content-Type: application/json; charset=iso-8859-1' -d '[{}]' "127.0.0.1:${!j}"
			ask -H 'Content-Type: application/json' --data-binary @<(printf '[{"body":"bad \377 \342\202 x"}]') "127.0.0.1:${!j}"
			ask "127.0.0.1:${!j}"
			for m in PUT DELETE OPTIONS TRACE; do ask -X $m "127.0.0.1:${!j}"; done
			ask --data-binary @<(printf 'blob \377\n') -H 'Content-Type: x/y' "127.0.0.1:${!b}/?p1=a%20b+c&p2=&p1=second&%C3%BC=x"
			ask -H 'Content-Type: x/y' -d x "127.0.0.1:${!b}/?p1=1"
			ask "127.0.0.1:${!b}/?p1=1&p2=2"
		} | sed 's,127\.0\.0\.1:[0-9]*,HOST,;s,/dev/fd/[0-9]*,FD,' >$who.answers
	done
	diff flume.answers plog.answers
	same j 11
	same b 3
	AGENT_LOG=plog.log stop_agent
}

@test "spooldir and taildir: the same events, files named alike, the same positions" {
	both l r v t <<-END
		a.sources.l.type = spooldir
		a.sources.l.spoolDir = @DIR/l
		a.sources.l.fileHeader = true
		a.sources.l.basenameHeader = true
		a.sources.l.deserializer.maxLineLength = 20
		a.sources.r.type = spooldir
		a.sources.r.spoolDir = @DIR/r
		a.sources.r.recursiveDirectorySearch = true
		a.sources.r.trackingPolicy = tracker_dir
		a.sources.r.includePattern = .*\\\\.txt
		a.sources.r.ignorePattern = x.*
		a.sources.r.inputCharset = ISO-8859-1
		a.sources.r.basenameHeader = true
		a.sources.v.type = spooldir
		a.sources.v.spoolDir = @DIR/v
		a.sources.v.deserializer = AVRO
		a.sources.v.deletePolicy = immediate
		a.sources.t.type = TAILDIR
		a.sources.t.filegroups = f g
		a.sources.t.filegroups.f = @DIR/t/a.*\\\\.log
		a.sources.t.filegroups.g = @DIR/t/b
		a.sources.t.headers.f.h1 = v1
		a.sources.t.headers.f.h2 = v2
		a.sources.t.fileHeader = true
		a.sources.t.byteOffsetHeader = true
		a.sources.t.maxBackoffSleep = 300
		a.sources.t.positionFile = @DIR/position.json
	END
	for who in flume plog; do
		mkdir -p $who/{l,v,t,r/sub/.hidden}
		printf 'b1\r\n\nlonger than twenty characters\n\360\237\230\200234567890123456789!\nlast' >$who/l/b
		printf 'a1\n' >$who/l/a
		: >$who/l/empty
		echo no >$who/l/.hidden
		touch -d '3 hours ago' $who/l/b
		touch -d '2 hours ago' $who/l/a
		touch -d '1 hour ago' $who/l/empty
		for f in one.txt two.log x.txt sub/three.txt sub/.hidden/four.txt; do printf 'gr\374n %s\n' $f >$who/r/$f; done
		touch -d '1 hour ago' $who/r/one.txt
		printf 'a1\r\na2\npart' >"$who/t/a='1.log"
		printf 'b1\n' >$who/t/b
		touch -d '1 hour ago' "$who/t/a='1.log"
	done
	flume_tool AvroFile write data.avro deflate 500 \
		'{"type":"record","name":"R","namespace":"x.y","fields":[{"name":"n","type":"long"},{"name":"s","type":"string"}]}'
	cp data.avro flume/v/
	cp data.avro plog/v/
	up_flume 'name: l started' 'name: v started'
	up_plog
	same l 7
	same r 2
	same v 500
	same t 3
	for who in flume plog; do
		printf 'ial\n' >>"$who/t/a='1.log"
		echo b2 >>$who/t/b
	done
	same t 5 sort
	diff <(cd flume && find l r -type f ! -name '*.meta' | sort) <(cd plog && find l r -type f ! -name '*.meta' | sort)
	AGENT_LOG=plog.log stop_agent
	flume_down "$PWD"
	diff <(sed "s,$PWD/flume,DIR,g;s/\"inode\":[0-9]*/\"inode\":I/g" flume/position.json) \
		<(sed "s,$PWD/plog,DIR,g;s/\"inode\":[0-9]*/\"inode\":I/g" plog/position.json)
}

@test "what a stopped Flume left is taken over, and what plog-agent left by a Flume: no line lost, none twice" {
	conf() {
		both s t <<-END
			a.sources.s.type = spooldir
			a.sources.s.spoolDir = $PWD/s
			a.sources.s.batchSize = 10
			a.sources.t.type = TAILDIR
			a.sources.t.filegroups = f
			a.sources.t.filegroups.f = $PWD/t/.*
			a.sources.t.batchSize = 10
			a.sources.t.maxBackoffSleep = 300
			a.sources.t.positionFile = $PWD/position.json
		END
	}
	mkdir s t
	stuck() { grep -qi 'channel is full\|full, and cannot write' "$1"; }
	for first in flume plog; do
		rm -rf position.json* s/.flumespool flume/out plog/out
		rm -f s/* t/*
		seq -f 's%g' 1000 >s/f
		touch -d '1 hour ago' s/f
		seq -f 't%g' 1000 >"t/l=1"
		CAPACITY=60 TRANSACTION=10 STUCK=1 conf
		if [ $first = flume ]; then
			up_flume 'name: s started' 'name: t started'
			flume_wait 30 stuck a.log
			flume_wait 30 test -s s/.flumespool/.flumespool-main.meta
			flume_wait 30 grep -q pos position.json
			flume_kill "$PWD" a
		else
			up_plog
			flume_wait 30 stuck plog.log
			flume_wait 30 grep -q pos position.json
			kill -KILL "$AGENT_PID"
			wait "$AGENT_PID" || :
		fi
		# 60 of each are in the channel that is gone; the other one goes on behind them
		conf
		if [ $first = flume ]; then
			up_plog
			next=plog
		else
			up_flume 'name: s started' 'name: t started'
			next=flume
		fi
		flume_wait 30 _has $next s 940
		flume_wait 30 _has $next t 940
		diff <(cat $next/out/s/* | cut -c4-) <(seq -f 's%g' 61 1000)
		diff <(cat $next/out/t/* | cut -c4-) <(seq -f 't%g' 61 1000)
		flume_wait 10 test -e s/f.COMPLETED
		if [ $first = flume ]; then AGENT_LOG=plog.log stop_agent; else flume_down "$PWD"; fi
	done
}
