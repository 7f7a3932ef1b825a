#!/usr/bin/env bats
# plog-agent's interceptors, selectors, sink groups, serializers; the exec,
# stress and file_roll components.  Output as a real Flume 1.11 printed it,
# where it was asked.
# also: asan

load helper/lib
load helper/agent
setup() { new_store; }

# flow INPUT SETTINGS...: an agent that prints INPUT by exec and writes what comes out to out/, headers too; ends when it is through.
flow() {
	local n
	printf "$1" >input
	shift
	rm -rf out; mkdir out
	{
		cat <<-'END'
			a.sources = r
			a.channels = c
			a.sinks = k
			a.sources.r.type = exec
			a.sources.r.command = cat input
			a.sources.r.channels = c
			a.channels.c.type = memory
			a.channels.c.capacity = 1000
			a.sinks.k.type = file_roll
			a.sinks.k.channel = c
			a.sinks.k.sink.directory = out
			a.sinks.k.sink.rollInterval = 0
			a.sinks.k.sink.serializer = header_and_text
		END
		printf '%s\n' "$@"
	} >flow.conf
	start_agent flow.conf a
	wait_until 10 grep -q 'Command .* exited with' agent.log
	stop_agent
	assert_equal "$STATUS" 0
	output=$(cat out/*)
}

@test "exec: LF, CR LF and CR end a line, bad UTF-8 is repaired, the last line needs no end" {
	flow 'l1\r\nl2\n\nl4\rl5\ngr\xc3\xbc\xff\nlast'
	assert_output $'{} l1\n{} l2\n{} \n{} l4\n{} l5\n{} gr\xc3\xbc\xef\xbf\xbd\n{} last'
	flow 'gr\xfc\xdf\n' 'a.sources.r.charset = iso-8859-1'
	assert_output '{} grüß'
}

@test "exec: a shell, standard error, a restart, a program that is not there" {
	flow x 'a.sources.r.shell = /bin/sh -c' 'a.sources.r.command = echo "one  two"; echo oh >&2' 'a.sources.r.logStdErr = true'
	assert_output '{} one  two'
	grep -qF "StderrLogger[1] = 'oh'" agent.log
	flow x 'a.sources.r.command = ./none'
	assert_output ''
	grep -q 'Failed while running command: ./none' agent.log
	flow 'x\n' 'a.sources.r.restart = true' 'a.sources.r.restartThrottle = 20'
	grep -q 'Restarting in 20ms, exit code 0' agent.log
}

@test "exec: a command that goes on is ended with the agent, and what it started too" {
	mkdir out
	flow_pid() { ! pgrep -f "tail -f empty-7654[3]" >/dev/null; }
	cat >flow.conf <<-'END'
		a.sources = r
		a.channels = c
		a.sinks = k
		a.sources.r.type = exec
		a.sources.r.shell = /bin/sh -c
		a.sources.r.command = : >empty-76543; echo up; tail -f empty-76543 & tail -f empty-76543
		a.sources.r.channels = c
		a.channels.c.type = memory
		a.sinks.k.type = logger
		a.sinks.k.channel = c
	END
	start_agent flow.conf a
	wait_until 10 grep -q 'Event: .* up }' agent.log
	stop_agent
	assert_equal "$STATUS" 0
	wait_until 5 flow_pid
}

@test "exec into two channels, the second one full for a while: each has each line once, in order, beside filtered ones" {
	seq 200 >input
	mkdir out
	cat >flow.conf <<-'END'
		a.sources = r
		a.channels = c d
		a.sinks = k l
		a.sources.r.type = exec
		a.sources.r.command = cat input
		a.sources.r.batchSize = 7
		a.sources.r.channels = c d
		a.sources.r.interceptors = i
		a.sources.r.interceptors.i.type = regex_filter
		a.sources.r.interceptors.i.regex = [37]$
		a.sources.r.interceptors.i.excludeEvents = true
		a.channels.c.type = memory
		a.channels.c.capacity = 1000
		a.channels.d.type = memory
		a.channels.d.capacity = 7
		a.channels.d.transactionCapacity = 7
		a.channels.d.keep-alive = 0
		a.sinks.k.type = file_roll
		a.sinks.k.channel = c
		a.sinks.k.sink.directory = out
		a.sinks.k.sink.rollInterval = 0
		a.sinks.l.type = file_roll
		a.sinks.l.channel = d
		a.sinks.l.sink.directory = later
		a.sinks.l.sink.rollInterval = 0
		a.sinks.l.sink.batchSize = 7
	END
	start_agent flow.conf a
	wait_until 10 grep -q "cannot put lines" agent.log
	mkdir later
	wait_until 20 grep -q 'Command .* exited with' agent.log
	stop_agent
	assert_equal "$STATUS" 0
	assert_equal "$(cat later/*)" "$(grep -v '[37]$' input)"
	assert_equal "$(cat out/*)" "$(grep -v '[37]$' input)"
}

@test "exec: a command that closed its output and goes on does not keep the agent from ending" {
	cat >flow.conf <<-'END'
		a.sources = r
		a.channels = c
		a.sinks = k
		a.sources.r.type = exec
		a.sources.r.shell = /bin/sh -c
		a.sources.r.command = echo up; exec >&-; tail -f /dev/null
		a.sources.r.channels = c
		a.channels.c.type = memory
		a.sinks.k.type = logger
		a.sinks.k.channel = c
	END
	start_agent flow.conf a
	wait_until 10 grep -q 'Event: .* up }' agent.log
	! grep -q 'exited with' agent.log
	stop_agent
	assert_equal "$STATUS" 0
	grep -q 'exited with' agent.log
}

@test "interceptors: static, host, timestamp, uuid, remove_header, in their order" {
	flow 'x\n' 'a.sources.r.interceptors = i1 i2 i3 i4' 'a.sources.r.interceptors.i1.type = static' \
		'a.sources.r.interceptors.i1.key = dc' 'a.sources.r.interceptors.i1.value = ams' \
		'a.sources.r.interceptors.i2.type = org.apache.flume.interceptor.StaticInterceptor$Builder' \
		'a.sources.r.interceptors.i2.key = dc' 'a.sources.r.interceptors.i2.value = no' \
		'a.sources.r.interceptors.i3.type = static' 'a.sources.r.interceptors.i3.key = b' 'a.sources.r.interceptors.i3.value = x y' \
		'a.sources.r.interceptors.i4.type = remove_header' 'a.sources.r.interceptors.i4.withName = none'
	assert_output '{b=x y, dc=ams} x'
	flow 'x\n' 'a.sources.r.interceptors = i1 i2 i3' 'a.sources.r.interceptors.i1.type = TimeStamp' \
		'a.sources.r.interceptors.i2.type = host' 'a.sources.r.interceptors.i2.useIP = false' \
		'a.sources.r.interceptors.i3.type = org.apache.flume.sink.solr.morphline.UUIDInterceptor$Builder' \
		'a.sources.r.interceptors.i3.prefix = p-'
	[[ $output =~ ^\{.*timestamp=1[0-9]{12}.*\}\ x$ ]]
	[[ $output =~ host=[A-Za-z0-9.-]+ ]]
	[[ $output =~ id=p-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12} ]]
	flow 'x\n' 'a.sources.r.interceptors = i1 i2 i3 i4' 'a.sources.r.interceptors.i1.type = static' \
		'a.sources.r.interceptors.i1.key = k1' 'a.sources.r.interceptors.i2.type = static' 'a.sources.r.interceptors.i2.key = k2' \
		'a.sources.r.interceptors.i3.type = static' 'a.sources.r.interceptors.i3.key = z' \
		'a.sources.r.interceptors.i4.type = remove_header' 'a.sources.r.interceptors.i4.matching = k\\d'
	assert_output '{z=value} x'
}

@test "interceptors: regex_filter, search_replace, regex_extractor" {
	needs_module regex
	flow 'a1\nb\na2\n' 'a.sources.r.interceptors = i' 'a.sources.r.interceptors.i.type = regex_filter' 'a.sources.r.interceptors.i.regex = ^a\\d$'
	assert_output $'{} a1\n{} a2'
	flow 'a1\nb\n' 'a.sources.r.interceptors = i' 'a.sources.r.interceptors.i.type = regex_filter' \
		'a.sources.r.interceptors.i.regex = a' 'a.sources.r.interceptors.i.excludeEvents = true'
	assert_output '{} b'
	flow 'ab-cd ef-gh\nx\n' 'a.sources.r.interceptors = i' 'a.sources.r.interceptors.i.type = search_replace' \
		'a.sources.r.interceptors.i.searchPattern = (\\w+)-(\\w+)' 'a.sources.r.interceptors.i.replaceString = $2=$1\\$'
	assert_output $'{} cd=ab$ gh=ef$\n{} x'
	flow 'aé\n' 'a.sources.r.interceptors = i' 'a.sources.r.interceptors.i.type = search_replace' \
		'a.sources.r.interceptors.i.searchPattern = x*' 'a.sources.r.interceptors.i.replaceString = -'
	assert_output '{} -a-é-'
	flow '2026-11-22 15:24 u=ann rest\nnone\n' 'a.sources.r.interceptors = i' 'a.sources.r.interceptors.i.type = regex_extractor' \
		'a.sources.r.interceptors.i.regex = ^(\\S+ \\S+) u=(\\w+)(zz)?' 'a.sources.r.interceptors.i.serializers = s1 s2 s3' \
		'a.sources.r.interceptors.i.serializers.s1.type = org.apache.flume.interceptor.RegexExtractorInterceptorMillisSerializer' \
		'a.sources.r.interceptors.i.serializers.s1.name = t' 'a.sources.r.interceptors.i.serializers.s1.pattern = yyyy-MM-dd HH:mm' \
		'a.sources.r.interceptors.i.serializers.s2.name = user' 'a.sources.r.interceptors.i.serializers.s3.name = opt'
	assert_output $'{t=1795361040000, user=ann} 2026-11-22 15:24 u=ann rest\n{} none'
}

@test "selectors: multiplexing by a header, with optional channels and a default; replicating; load_balancing" {
	needs_module regex
	local more=('a.channels = c d e' 'a.sinks = k l m')
	local c s
	for c in d:l e:m; do
		s=${c#*:} c=${c%:*}
		mkdir -p "out$c"
		more+=("a.channels.$c.type = memory" "a.sinks.$s.type = file_roll" "a.sinks.$s.channel = $c" "a.sinks.$s.sink.directory = out$c"
			"a.sinks.$s.sink.rollInterval = 0" 'a.sources.r.channels = c d e')
	done
	flow 'one\ntwo\nthree\n' "${more[@]}" 'a.sources.r.interceptors = i' 'a.sources.r.interceptors.i.type = regex_extractor' \
		'a.sources.r.interceptors.i.regex = ^(.)' 'a.sources.r.interceptors.i.serializers = s' \
		'a.sources.r.interceptors.i.serializers.s.name = first' 'a.sources.r.selector.type = multiplexing' \
		'a.sources.r.selector.header = first' 'a.sources.r.selector.mapping.o = c' 'a.sources.r.selector.mapping.t = d e' \
		'a.sources.r.selector.optional.o = e'
	assert_output '{first=o} one'
	[ "$(cat outd/*)" = $'two\nthree' ]
	[ "$(cat oute/*)" = $'one\ntwo\nthree' ]
	rm -f outd/* oute/*
	flow 'one\ntwo\n' "${more[@]}" 'a.sources.r.selector.optional = e'
	assert_output $'{} one\n{} two'
	[ "$(cat oute/*)" = $'one\ntwo' ]
	rm -f outd/* oute/*
	flow '1\n2\n3\n4\n' "${more[@]}" 'a.sources.r.selector.type = load_balancing'
	assert_output $'{} 1\n{} 4'
	[ "$(cat outd/* oute/*)" = $'2\n3' ]
}

@test "load_balancing, in turn or by chance: a batch that is put again when a channel was full goes the same way again, so none is lost or doubled" {
	local policy
	CAPACITY=100 source_conf a.conf <<-'END'
		type = spooldir
		spoolDir = in
		pollDelay = 10
		batchSize = 7
		selector.type = load_balancing
	END
	cat >>a.conf <<-'END'
		a.channels = c d
		a.sources.r.channels = c d
		a.channels.d.type = memory
		a.channels.d.capacity = 10
		a.channels.d.transactionCapacity = 10
		a.channels.d.keep-alive = 0
		a.sinks = k l
		a.sinks.l.type = file_roll
		a.sinks.l.sink.batchSize = 10
		a.sinks.l.sink.directory = later
		a.sinks.l.sink.rollInterval = 0
		a.sinks.l.channel = d
	END
	for policy in round_robin random; do
		rm -rf in out later
		mkdir in out
		seq 500 >in/f
		{ cat a.conf; echo "a.sources.r.selector.policy = $policy"; } >b.conf
		start_agent b.conf a
		# channel d is full until its sink has the directory
		wait_until 10 grep -q 'Unable to start sink l' agent.log
		wait_until 10 test -s "$(ls out/*)"
		mkdir later
		wait_until 20 test -e in/f.COMPLETED
		stop_agent
		assert_equal "$STATUS" 0
		cat out/* later/* | sed 's/^{} //' | sort -n | cmp - <(seq 500)
	done
}

@test "sink groups: failover goes to the next sink and back; load_balance takes turns; members need a processor" {
	local more=('a.sinks = k l' 'a.sinks.l.type = file_roll' 'a.sinks.l.channel = c' 'a.sinks.l.sink.directory = other'
		'a.sinks.l.sink.rollInterval = 0' 'a.sinkgroups = g' 'a.sinkgroups.g.sinks = k l')
	mkdir other
	flow '1\n2\n3\n' "${more[@]}" 'a.sinkgroups.g.processor.type = failover' 'a.sinkgroups.g.processor.priority.k = 5' \
		'a.sinkgroups.g.processor.priority.l = 10'
	assert_output ''
	[ "$(cat other/*)" = $'1\n2\n3' ]
	# the better one cannot start: its directory is not there
	rm -r other
	flow '1\n2\n3\n' "${more[@]}" 'a.sinkgroups.g.processor.type = failover' 'a.sinkgroups.g.processor.priority.k = 5' \
		'a.sinkgroups.g.processor.priority.l = 10'
	assert_output $'{} 1\n{} 2\n{} 3'
	grep -q 'Sink l failed and has been sent to failover list' agent.log
	mkdir other
	flow '1\n2\n3\n4\n' "${more[@]}" 'a.sinkgroups.g.processor.type = load_balance' 'a.sinks.k.sink.batchSize = 1' 'a.sinks.l.sink.batchSize = 1'
	assert_output $'{} 1\n{} 3'
	[ "$(cat other/*)" = $'2\n4' ]
	run -1 --separate-stderr plog-agent -f <(cat flow.conf; echo 'a.sinkgroups.g.processor.type = ') -n a --check
	[[ $stderr == *'a.sinkgroups.g.processor.type: must be set'* ]]
}

@test "stress: as many events as were asked for, of 0x7F" {
	flow x 'a.sources.r.type = org.apache.flume.source.StressSource' 'a.sources.r.size = 3' 'a.sources.r.maxTotalEvents = 5' 'a.sources = r x' \
		'a.sources.x.type = exec' 'a.sources.x.command = true' 'a.sources.x.channels = c'
	[ "$(cat out/* | tr '\177' D)" = "$(for i in 1 2 3 4 5; do echo '{} DDD'; done)" ]
}

@test "file_roll: names by prefix, extension and time; a new file each interval, at its time" {
	flow 'x\n' 'a.sinks.k.sink.pathManager.prefix = p' 'a.sinks.k.sink.pathManager.extension = log'
	[[ $(ls out) =~ ^p1[0-9]{12}-1\.log$ ]]
	flow 'x\n' 'a.sinks.k.sink.pathManager = ROLLTIME' 'a.sinks.k.sink.pathManager.prefix = app-' 'a.sinks.k.sink.pathManager.extension = txt'
	[[ $(ls out) =~ ^app-20[0-9]{12}-1\.txt$ ]]
	start_agent <(sed 's/rollInterval = 0/rollInterval = 1/' flow.conf) a
	files() { [ "$(ls out | wc -l)" -ge 3 ]; }
	wait_until 5 files
	stop_agent
	assert_equal "$STATUS" 0
}

@test "file_roll: sinks of one directory, and one that starts again in the same second, write over no file" {
	local i
	for i in 1 2 3 4 5 6 7 8; do
		printf 'a.sinks.k%d.%s\n' $i 'type = file_roll' $i 'channel = c' $i 'sink.directory = out' $i 'sink.rollInterval = 0' $i 'sink.batchSize = 1'
	done >more
	printf 'a.sinks = k k1 k2 k3 k4 k5 k6 k7 k8\n' >>more
	flow "$(seq 900 | tr '\n' ' ' | sed 's/ /\\n/g')" 'a.channels.c.transactionCapacity = 100' 'a.sinks.k.sink.batchSize = 1' "$(cat more)"
	[ "$(ls out | wc -l)" = 9 ]
	cat out/* | sed 's/^{} //' | sort -n | cmp - <(seq 900)
	# by the second
	flow 'x\n' 'a.sinks.k.sink.pathManager = ROLLTIME'
	for i in 1 2 3; do
		start_agent flow.conf a
		wait_until 10 grep -q 'Command .* exited with' agent.log
		stop_agent
	done
	assert_equal "$(cat out/*)" $'{} x\n{} x\n{} x\n{} x'
}
