#!/usr/bin/env bats
# plog-agent: the command line, properties and substitution, and what is said
# of a configuration that is wrong.
# also: asan

load helper/lib
load helper/agent
setup() { new_store; }

# good: a configuration without fault on stdout.
good() {
	cat <<-'END'
		a1.sources = r1
		a1.sinks = k1
		a1.channels = c1
		a1.sources.r1.type = netcat
		a1.sources.r1.bind = localhost
		a1.sources.r1.port = 0
		a1.sinks.k1.type = logger
		a1.channels.c1.type = memory
		a1.channels.c1.capacity = 1000
		a1.channels.c1.transactionCapacity = 100
		a1.sources.r1.channels = c1
		a1.sinks.k1.channel = c1
	END
}

# says FILE TEXT...: --check of FILE ends with 1 and says each TEXT.
says() {
	local f=$1 t
	shift
	run -1 --separate-stderr plog-agent -f "$f" -n a1 --check
	assert_equal "$output" ''
	for t; do
		[[ $stderr == *"$t"* ]] || { printf 'not said: %s\nsaid:\n%s\n' "$t" "$stderr"; return 1; }
	done
}

@test "a configuration without fault: --check is silent, status 0; stdin and a pipe are files too" {
	good >ok.conf
	run -0 --separate-stderr plog-agent -f ok.conf -n a1 --check
	assert_equal "$output$stderr" ''
	run -0 --separate-stderr plog-agent -f - -n a1 --check <ok.conf
	run -0 --separate-stderr plog-agent -f <(good) -n a1 --check
	assert_equal "$stderr" ''
}

@test "a component whose type is wrong is told once: its other keys are not called nobody's" {
	good | sed 's/= netcat/= netcatt/' >x.conf
	says x.conf "x.conf:4: error: a1.sources.r1.type: there is no source type 'netcatt', did you mean 'netcat'?"
	assert_equal "${#stderr_lines[@]}" 1
}

@test "every way of flume-ng to write an option; what is refused, and what means nothing, is said" {
	good >ok.conf
	local o
	for o in '-f ok.conf -n a1' '-fok.conf -na1' '--conf-file=ok.conf --name=a1' '-conf-file ok.conf -name a1' '--conf-f ok.conf --nam a1' \
		'-f=ok.conf -n=a1' '-u file:ok.conf -n a1' 'agent -f ok.conf -n a1 -Dx=y -D z=w' '-n a1 -f ok.conf --no-reload-conf -i 5 node'; do
		run -0 --separate-stderr plog-agent $o --check
		assert_equal "$stderr" ''
	done
	for o in -Xmx20m '-C /x/y' --plugins-path=p '-classpath x'; do
		run -0 --separate-stderr plog-agent -f ok.conf -n a1 $o --check
		[[ $stderr == *'means nothing here: there is no Java'* ]]
	done
	mkdir conf && touch conf/flume-env.sh
	run -0 --separate-stderr plog-agent agent --conf conf -f ok.conf -n a1 --check
	assert_equal "$stderr" "plog-agent: 'conf/flume-env.sh' is not sourced; put what it sets into the environment"
	run -2 plog-agent -z h:2181 -n a1
	assert_output --partial 'no configuration is read from ZooKeeper'
	run -2 plog-agent -u http://h/x -n a1
	assert_output --partial 'curl'
	run -2 plog-agent -prov x.Y -n a1
	assert_output --partial 'configurations come from files'
	run -2 plog-agent -f ok.conf
	assert_output --partial 'which agent?'
	run -2 plog-agent agnet -f ok.conf
	assert_output --partial "did you mean 'agent'?"
	run -2 plog-agent --conf-fil
	assert_output --partial "needs a value"
	run -2 plog-agent -Dflume.root.logger=LOUD,console -f ok.conf -n a1
	assert_output --partial 'is no level: LOUD'
}

@test "later files override; a key that stands twice in one file is told" {
	good >ok.conf
	echo 'a1.channels.c1.capacity = 7000' >more.conf
	run -0 plog-agent -f ok.conf -f more.conf -n a1 --dryrun
	assert_line 'a1.channels.c1.capacity = 7000'
	assert_line 'a1.sources.r1.type = netcat'
	{ good; echo 'a1.sources.r1.port=1'; } >twice.conf
	says twice.conf 'twice.conf:13: warning: a1.sources.r1.port: stands on line 6 already; this one counts'
}

@test "\${...}: environment, -D, other keys, defaults, nesting, a plain one; what stands for nothing is told" {
	{ good; cat <<-'END'
		P = 4${two}
		two = 2
		a1.sources.r1.port = ${P}
		a1.sources.r1.bind = ${env:WHERE}
		a1.channels.c1.capacity = ${sys:cap:-50${two}}
		a1.sinks.k1.maxBytesToLog = ${nothing:-1${${name}}}
		name = two
		a1.channels.c1.keep-alive = ${a1.channels.c1.capacity}
	END
	} | sed '/bind = l/d; /port = 0/d; /capacity = 1000/d' >v.conf
	WHERE=127.0.0.1 run -0 --separate-stderr plog-agent -f v.conf -n a1 --dryrun
	assert_equal "$stderr" ''
	assert_line 'a1.sources.r1.port = 42'
	assert_line 'a1.sources.r1.bind = 127.0.0.1'
	assert_line 'a1.channels.c1.capacity = 502'
	assert_line 'a1.sinks.k1.maxBytesToLog = 12'
	assert_line 'a1.channels.c1.keep-alive = 502'
	WHERE=127.0.0.1 run -0 plog-agent -f v.conf -n a1 --dryrun -Dcap=900
	assert_line 'a1.channels.c1.capacity = 900'
	{ good; echo 'a1.sources.r1.bind = $${x} ${NC} ${env:NONE}'; echo 'l = ${m}'; echo 'm = ${l}'; } | sed '/bind = l/d' >w.conf
	NC=5 run -0 --separate-stderr plog-agent -f w.conf -n a1 --dryrun
	assert_line 'a1.sources.r1.bind = ${x} ${NC} ${env:NONE}'
	[[ $stderr == *'w.conf:12: warning: a1.sources.r1.bind: ${NC} stands for nothing, and stays as it is'* ]]
	[[ $stderr == *'refers to itself'* ]]
	NC=5 run -0 plog-agent -f w.conf -n a1 --dryrun -DpropertiesImplementation=org.apache.flume.node.EnvVarResolverProperties
	assert_line 'a1.sources.r1.bind = ${x} 5 ${env:NONE}'
}

@test "config filters: env and external" {
	{ good; cat <<-'END'
		a1.configfilters = f1 f2
		a1.configfilters.f1.type = env
		a1.configfilters.f2.type = external
		a1.configfilters.f2.command = ./secret --of
		a1.sources.r1.bind = ${f1['HOST_HERE']}
		a1.sources.r1.port = ${f2["port"]}
		a1.sinks.k1.maxBytesToLog = 1${f1[TWO]}
	END
	} | sed '/bind = l/d; /port = 0/d' >f.conf
	printf '#!/bin/sh\n[ "$1 $2" = "--of port" ] && printf "4321\\nmore\\n"\n' >secret
	chmod +x secret
	HOST_HERE=localhost TWO=2 run -0 --separate-stderr plog-agent -f f.conf -n a1 --dryrun
	assert_equal "$stderr" ''
	assert_line 'a1.sources.r1.bind = localhost'
	assert_line 'a1.sources.r1.port = 4321'
	assert_line 'a1.sinks.k1.maxBytesToLog = 12'
	printf '#!/bin/sh\nexit 3\n' >secret
	HOST_HERE=localhost TWO=2 says f.conf "\${f2['port']}: './secret' failed with status 3; it stays as it is" 'f.conf:16: error: a1.sources.r1.port: '
	{ good; echo 'a1.configfilters = h'; echo 'a1.configfilters.h.type = hadoop'; } >h.conf
	says h.conf 'type = external, with a command that prints the secret'
}

@test "what Flume drops in silence is told, with file, line, key, and a suggestion" {
	good | sed 's/^a1.sources.r1.port/a1.sources.r1.prot/; s/maxBy/maxby/' >x.conf
	says x.conf "x.conf:6: warning: a1.sources.r1.prot: this source knows no such property, did you mean 'port'?" \
		'error: a1.sources.r1.port: must be set'
	good | sed 's/= netcat/= netkat/' >x.conf
	says x.conf "x.conf:4: error: a1.sources.r1.type: there is no source type 'netkat', did you mean 'netcat'?"
	good | sed 's/= logger/= com.example.MySink/' >x.conf
	says x.conf "there is no sink type 'com.example.MySink', and classes of one's own cannot be loaded"
	good | sed 's/= logger/= elasticsearch/' >x.conf
	says x.conf 'elasticsearch is a sink of Flume that is not here: post to it with http'
	good | sed 's/= netcat/= jms/' >x.conf
	says x.conf 'jms is a source of Flume that is not here'
	good | sed '/r1.channels/d' >x.conf
	says x.conf 'error: a1.sources.r1.channels: must be set'
	good | sed 's/k1.channel = c1/k1.channel = c9/' >x.conf
	says x.conf "x.conf:12: error: a1.sinks.k1.channel: there is no channel 'c9' that runs"
	good | sed 's/k1.channel = c1/k1.channels = c1/' >x.conf
	says x.conf "x.conf:12: warning: a1.sinks.k1.channels: a sink has one 'channel'; 'c1' is taken for it"
	{ good; echo 'a1.channels = c1 c2'; echo 'a1.channels.c2.type = memory'; } | sed '/^a1.channels = c1$/d' >x.conf
	says x.conf 'x.conf:13: warning: a1.channels.c2: no source and no sink uses this channel; it is left out'
	{ good; echo 'a1.sinks.k2.type = null'; echo 'a1.sinks.k2.channel = c1'; } >x.conf
	says x.conf "x.conf:13: warning: a1.sinks.k2: does not run: 'k2' does not stand in a1.sinks"
	{ good; echo 'a1.sink.k1.type = null'; echo 'a1.bogus = 1'; } >x.conf
	says x.conf "x.conf:13: warning: a1.sink.k1.type: an agent has no 'sink', did you mean 'sinks'?" 'x.conf:14: warning: a1.bogus: means nothing'
	good | sed 's/a1.sources = r1/a1.sources = r1 r2/' >x.conf
	says x.conf "x.conf:1: error: a1.sources: source 'r2' has no properties"
	good | sed 's/port = 0/port = abc/' >x.conf
	says x.conf 'x.conf:6: error: a1.sources.r1.port: is not a number: abc'
	good | sed 's/capacity = 1000/capacity = -1/' >x.conf
	says x.conf 'warning: a1.channels.c1.capacity: ' '100, the default, is taken'
	good | sed 's/transactionCapacity = 100/transactionCapacity = 2000/' >x.conf
	says x.conf 'error: a1.channels.c1.transactionCapacity: 2000 is more than the capacity, 1000'
	{ good; echo 'a1.sinks.k1.batchSize = 500'; } | sed 's/= logger/= null/' >x.conf
	says x.conf "error: a1.sinks.k1: its batch of 500 is more than channel 'c1' gives in a transaction (transactionCapacity 100)"
	good | sed 's/localhost/0.0.0.0/' >x.conf
	says x.conf 'warning: a1.sources.r1.bind: listens on 0.0.0.0, which is not a loopback address'
}

@test "an agent that is not in the file: the names that are; a file that cannot be read or parsed" {
	good >ok.conf
	run -1 --separate-stderr plog-agent -f ok.conf -n al
	assert_equal "$stderr" "plog-agent: there is no agent 'al' (did you mean 'a1'?), only 'a1'"
	run -1 --separate-stderr plog-agent -f none.conf -n a1
	assert_equal "$stderr" "plog-agent: cannot open 'none.conf': No such file or directory"
	printf 'a1.x = \\u12\n' >bad.conf
	run -1 --separate-stderr plog-agent -f bad.conf -n a1
	assert_equal "$stderr" 'plog-agent: bad.conf:1: malformed \uxxxx encoding'
	: >empty.conf
	run -1 --separate-stderr plog-agent -f empty.conf -n a1
	assert_equal "$stderr" 'plog-agent: no agent is configured in empty.conf'
}

@test "with an error the agent does not start; --lenient runs the rest, as Flume does" {
	good | sed 's/k1.channel = c1/k1.channel = c9/' >x.conf
	run -1 --separate-stderr plog-agent -f x.conf -n a1
	[[ $stderr == *"there is no channel 'c9' that runs"* ]]
	start_agent x.conf a1 --lenient --drain=100ms
	type_lines "$(agent_port r1)" 1 'Hello\n'
	assert_equal "$REPLIES" OK
	stop_agent
	# nobody takes the event out
	assert_equal "$STATUS" 1
	grep -q '1 events were left in memory channels' agent.log
}

@test "what two components would write over for each other is told: position files, tracker directories, a channel's directories" {
	cat >a.conf <<-'END'
		a.sources = r1 r2 r3 s1 s2
		a.channels = c1 c2
		a.sinks = k1 k2
		a.sources.r1.type = taildir
		a.sources.r1.filegroups = g
		a.sources.r1.filegroups.g = /var/log/a.*
		a.sources.r1.channels = c1
		a.sources.r2.type = taildir
		a.sources.r2.filegroups = g
		a.sources.r2.filegroups.g = /var/log/b.*
		a.sources.r2.channels = c1
		a.sources.r3.type = taildir
		a.sources.r3.filegroups = g
		a.sources.r3.filegroups.g = /var/log/c.*
		a.sources.r3.positionFile = other.json
		a.sources.r3.channels = c1
		a.sources.s1.type = spooldir
		a.sources.s1.spoolDir = in
		a.sources.s1.channels = c1
		a.sources.s2.type = spooldir
		a.sources.s2.spoolDir = in/
		a.sources.s2.channels = c1 c2
		a.channels.c1.type = file
		a.channels.c2.type = file
		a.channels.c2.dataDirs = here
		a.sinks.k1.type = null
		a.sinks.k1.channel = c1
		a.sinks.k2.type = null
		a.sinks.k2.channel = c2
	END
	HOME=/h run -1 --separate-stderr plog-agent -f a.conf -n a --check
	[[ $stderr == *'warning: a.sources.r2.positionFile: /h/.flume/taildir_position.json is that of a.sources.r1 already: '* ]]
	[[ $stderr == *'warning: a.sources.s2.trackerDir: in/.flumespool is that of a.sources.s1 already: '* ]]
	[[ $stderr == *'error: a.channels.c2.checkpointDir: /h/.flume/file-channel/checkpoint is that of a.channels.c1 already: '* ]]
	[[ $stderr != *sources.r3* && $stderr != *dataDirs* ]]
	printf 'a.channels.c2.checkpointDir = there\na.sources.r2.positionFile = two.json\na.sources.s2.trackerDir = .two\n' >>a.conf
	HOME=/h run -0 --separate-stderr plog-agent -f a.conf -n a --check
	assert_equal "$stderr" ''
}

@test "one mistake is told once, where it is: interceptors in no list, of another name, TLS without a key store, no address, a pattern, a circle" {
	local line='warning: a1.sources.r1.interceptors.i2'
	{ good; printf 'a1.sources.r1.interceptors%s\n' ' = i1' '.i1.type = org.apache.flume.sink.solr.morphline.MorphlineInterceptor$Builder' '.i1.morphlineFile = x' '.i2.type = host' '.i2.useIP = false'; } >a.conf
	says a.conf "$line.type: does not run: 'i2' does not stand in a1.sources.r1.interceptors" 'is an interceptor of Flume that is not here'
	[[ $stderr != *morphlineFile* && $stderr != *useIP* && $stderr != *'no such property'* ]]
	{ good | sed 's/netcat/http/'; echo 'a1.sources.r1.ssl = true'; } >a.conf
	says a.conf 'a1.sources.r1.ssl: needs keystore'
	[[ $stderr != *enableSSL* ]]
	good | sed 's/netcat/syslogtcp/; /bind/d' >a.conf
	says a.conf 'a1.sources.r1.host: must be set'
	[[ $stderr != *'listens on'* ]]
	needs_module regex
	{ good | sed 's/netcat/taildir/; /bind\|port/d'; printf 'a1.sources.r1.%s\n' 'filegroups = g' 'filegroups.g = /var/log/(x'; } >a.conf
	says a.conf $'missing closing parenthesis\n    (x\n'
	{ good | sed 's/port = 0/port = ${a}/'; printf 'a = ${b}\nb = ${a}\n'; } >a.conf
	says a.conf 'a: refers to itself'
	[[ $stderr != *'${} '* ]]
	needs_module kafka
	{ good | sed 's/netcat/org.apache.flume.source.kafka.KafkaSource/; /bind\|port/d'; printf 'a1.sources.r1.%s\n' 'batchSize = 10' 'kafka.bootstrap.servers = plog:' \
		'kafka.topics = a' 'kafka.topics.regex = b.*'; } >a.conf
	says a.conf 'a1.sources.r1.kafka.topics: does not count beside kafka.topics.regex'
}
