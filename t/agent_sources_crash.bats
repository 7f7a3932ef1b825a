#!/usr/bin/env bats
# plog-agent killed at random, under load: what taildir and spooldir had read is delivered, all of it.

load helper/lib
load helper/agent
setup() {
	new_store
	needs_module regex
	mkdir log spool out_t out_s
	for s in t s; do
		cat <<-END
			a.channels.$s.type = file
			a.channels.$s.checkpointDir = $PWD/ch_$s/checkpoint
			a.channels.$s.dataDirs = $PWD/ch_$s/data
			a.sources.$s.channels = $s
			a.sinks.$s.type = file_roll
			a.sinks.$s.sink.directory = $PWD/out_$s
			a.sinks.$s.sink.rollInterval = 0
			a.sinks.$s.channel = $s
		END
	done >agent.conf
	cat >>agent.conf <<-END
		a.sources = t s
		a.channels = t s
		a.sinks = t s
		a.sources.t.type = TAILDIR
		a.sources.t.filegroups = f
		a.sources.t.filegroups.f = $PWD/log/app\\\\.log.*
		a.sources.t.positionFile = $PWD/position.json
		a.sources.t.writePosInterval = 100
		a.sources.t.batchSize = 50
		a.sources.s.type = spooldir
		a.sources.s.spoolDir = $PWD/spool
		a.sources.s.pollDelay = 20
		a.sources.s.batchSize = 50
	END
}

# writer.py SECONDS: lines 1, 2 ... into log/app.log, renamed every 5,000, and files of 500 lines into spool; how many of
# each stands in written at the end.
make_writer() {
	cat >writer.py <<-'END'
		import os, sys, time
		end, t, s, n = time.time() + float(sys.argv[1]), 0, 0, 0
		log = open('log/app.log', 'ab', 0)
		while time.time() < end:
		    log.write(b''.join(b't%d\n' % (t + i + 1) for i in range(250)))
		    t += 250
		    if t % 5000 == 0:
		        os.rename('log/app.log', 'log/app.log.%d' % (t // 5000))
		        log = open('log/app.log', 'ab', 0)
		    if t % 1000 == 0:
		        with open('tmp', 'wb') as f:
		            f.write(b''.join(b's%d\n' % (s + i + 1) for i in range(500)))
		        s += 500
		        n += 1
		        os.rename('tmp', 'spool/f%06d' % n)
		    time.sleep(0.01)
		open('written', 'w').write('%d %d\n' % (t, s))
	END
}

lacking() { # t|s COUNT
	comm -13 <(cat out_"$1"/* | sort -u) <(seq -f "$1%.0f" "$2" | sort)
}
_all() { [ -z "$(lacking t "$1")" ] && [ -z "$(lacking s "$2")" ]; }

@test "kill -9 at random while logs are written, renamed and spooled: no line is lost" {
	rounds=${PLOG_TORTURE:+60}
	rounds=${rounds:-4}
	make_writer
	background python3 writer.py $((rounds * 6 / 10 + 1))
	w=$bg
	for ((i = 0; i < rounds; i++)); do
		start_agent agent.conf a
		pause "0.$((RANDOM % 6))$((RANDOM % 10))1"
		kill -KILL "$AGENT_PID"
		wait "$AGENT_PID" || :
	done
	wait "$w"
	read -r t s <written
	assert [ "$t" -gt 5000 ]
	assert [ "$s" -gt 2000 ]
	start_agent agent.conf a
	wait_until 30 _all "$t" "$s" || { lacking t "$t" | head; lacking s "$s" | head; cat agent.log; return 1; } >&2
	stop_agent
	assert_equal "$STATUS" 0
	# nothing that was never written
	assert_equal "$(cat out_t/* | sort -u | wc -l) $(cat out_s/* | sort -u | wc -l)" "$t $s"
	# at least once: no more often than what was read between two writes of the positions, and batches in hand
	echo "# $(cat out_t/* | wc -l) of $t lines and $(cat out_s/* | wc -l) of $s came" >&2
}
