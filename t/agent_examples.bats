#!/usr/bin/env bats
# share/examples/agent: each of them is run; and the source that
# share/doc/agent.md writes.

load helper/lib
load helper/agent
setup() { new_store; }

# example NAME: its file, with ports that the kernel chooses.
example() { sed 's/port = 444[0-9]*$/port = 0/' "$PLOG_TOP/share/examples/agent/$1.conf" >"$1.conf"; }
lines_in() { [ "$(cat "$1"/* 2>/dev/null | sort)" = "$2" ]; }

@test "no example has a mistake" {
	needs_module regex
	local f n
	export LOGS=$PWD OUT=$PWD ERRORS=$PWD REST=$PWD STATE=$PWD
	for f in "$PLOG_TOP"/share/examples/agent/*.conf; do
		for n in $(sed -nE 's/^([a-z0-9]+)\.sources = .*/\1/p' "$f"); do
			run -0 plog-agent -f "$f" -n "$n" --check
			assert_output ''
		done
	done
}

@test "fan-in: two ports, one file" {
	mkdir out
	example fan-in
	OUT=out start_agent fan-in.conf a
	type_lines "$(agent_port one)" 1 '1\n'
	type_lines "$(agent_port two)" 1 '2\n'
	wait_until 5 lines_in out $'{from=one} 1\n{from=two} 2'
	stop_agent
	assert_equal "$STATUS" 0
}

@test "fan-out: errors here, the rest there" {
	needs_module regex
	mkdir errors rest
	example fan-out
	ERRORS=errors REST=rest start_agent fan-out.conf a
	type_lines "$(agent_port in)" 3 'INFO a\nan ERROR b\nc\n'
	wait_until 5 lines_in errors 'an ERROR b'
	wait_until 5 lines_in rest $'INFO a\nc'
	stop_agent
	assert_equal "$STATUS" 0
}

@test "multihop: from a log through two agents into a file" {
	mkdir logs out
	example multihop
	sed -i 's/port = 4141/port = 0/' multihop.conf
	AGENT_LOG=collector.log OUT=out start_agent multihop.conf collector
	local port
	port=$(AGENT_LOG=collector.log agent_port in)
	[ -n "$port" ] || port=$(sed -n 's/.*(in) .*:\([0-9][0-9]*\)[^0-9:]*$/\1/p' collector.log | tail -n 1)
	sed -i "s/web.sinks.on.port = 0/web.sinks.on.port = $port/" multihop.conf
	printf 'one\ntwo\n' >logs/app.log
	LOGS=$PWD/logs start_agent multihop.conf web
	both() { [ "$(sed 's/^{.*} //' out/*)" = $'one\ntwo' ]; }
	wait_until 10 both
	stop_agent
	assert_equal "$STATUS" 0
}

@test "topic-to-hdfs: a topic's records, in a directory of their day" {
	example topic-to-hdfs
	seq 5 | plog-produce app
	FROM=plog: TO=file://$PWD/out start_agent topic-to-hdfs.conf a
	day() { [ "$(cat out/app/20??-??-??/* 2>/dev/null)" = "$(seq 5)" ]; }
	wait_until 10 day
	stop_agent
	assert_equal "$STATUS" 0
	[ "$(cat out/app/20??-??-??/FlumeData.*[0-9])" = "$(seq 5)" ]
}

@test "failover: to the second collector while the first is away" {
	mkdir out
	cat >two.conf <<-'END'
		b.sources = in
		b.channels = c
		b.sinks = k
		b.sources.in.type = avro
		b.sources.in.bind = localhost
		b.sources.in.port = 0
		b.sources.in.channels = c
		b.channels.c.type = memory
		b.sinks.k.type = logger
		b.sinks.k.channel = c
	END
	AGENT_LOG=two.log start_agent two.conf b
	local port
	port=$(AGENT_LOG=two.log agent_port in)
	[ -n "$port" ] || port=$(sed -n 's/.*(in) .*:\([0-9][0-9]*\)[^0-9:]*$/\1/p' two.log | tail -n 1)
	example failover
	# nobody listens on port 1
	sed -i "s/port = 4141/port = 1/; s/port = 4142/port = $port/" failover.conf
	start_agent failover.conf a
	type_lines "$(agent_port in)" 1 'here\n'
	wait_until 10 grep -q 'Event: .* here }' two.log
	grep -q 'Sink first failed and has been sent to failover list' agent.log
	stop_agent
	assert_equal "$STATUS" 0
}

@test "tail-to-topic: lines of logs in a topic, over rotation and kill -9" {
	needs_module regex
	mkdir logs state
	export LOGS=$PWD/logs STATE=$PWD/state
	example tail-to-topic
	seq 1 1000 >logs/app.log
	start_agent tail-to-topic.conf a
	wait_until 10 eval '[ "$(plog-consume app 2>/dev/null | wc -l)" -ge 100 ]'
	mv logs/app.log logs/old.log
	seq 1001 2000 >logs/app.log
	kill -KILL "$AGENT_PID"
	wait "$AGENT_PID" || :
	seq 2001 3000 >>logs/app.log
	start_agent tail-to-topic.conf a
	there() { [ "$(plog-consume app | sort -nu | wc -l)" = 3000 ]; }
	wait_until 15 there
	stop_agent
	assert_equal "$STATUS" 0
	plog-consume app | sort -nu | cmp - <(seq 3000)
}

@test "the source that share/doc/agent.md writes builds, and does what its test says" {
	local cc=${CC:-cc}
	# the agent's objects of this build, but for the registry, which knows the new one
	[ -z "${PLOG_SANITIZED-}" ] && [ "$PLOG_BIN" = "$PLOG_TOP" ] || skip 'only in the tree, with its compiler'
	awk '/^```c$/ { on = 1; next } /^```$/ { on = 0 } on' "$PLOG_TOP/share/doc/agent.md" >loadavg.c
	awk '/^```bash$/ { on = 1; next } /^```$/ { on = 0 } on' "$PLOG_TOP/share/doc/agent.md" >loadavg.bats
	mkdir -p src/agent
	cp -r "$PLOG_TOP/cmd/agent/." src/agent/
	echo 'SOURCE(loadavg)' >>src/agent/components.def
	$cc -std=gnu11 -Wall -Wextra -Wmissing-prototypes -Werror -D_GNU_SOURCE -I"$PLOG_TOP/libcommon" -Isrc $(pkg-config --cflags libbsd-overlay) \
		-pthread -o plog-agent loadavg.c src/agent/registry.c "$PLOG_TOP/build/release/cmd/plog-agent.o" "$PLOG_TOP/build/release/agent.a" \
		"$PLOG_TOP/libcommon/libcommon.a" $(pkg-config --libs libbsd-overlay libzstd libisal) -ldl -lm
	ln -s "$PLOG_TOP/modules" modules
	PATH=$PWD:$PATH
	printf 'a.%s\n' 'sources = r' 'channels = c' 'sinks = k' 'sources.r.type = loadavg' 'sources.r.channels = c' \
		'channels.c.type = memory' 'sinks.k.type = logger' 'sinks.k.channel = c' >a.conf
	grep -qF "$(sed -n 's/^[[:space:]]*\(printf .*\)$/\1/p' loadavg.bats)" "$BATS_TEST_FILENAME"
	start_agent a.conf a
	wait_until 5 grep -qE "headers:\{host=$(cat /proc/sys/kernel/hostname)\} body: .*[0-9]\.[0-9]{2}" agent.log
	stop_agent
	assert_equal "$STATUS" 0
}
