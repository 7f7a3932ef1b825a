#!/usr/bin/env bats
# -b without a broker: which of store and cluster is meant, what the client is configured with, what stays secret.
# also: bare

load helper/lib

setup() {
	new_store
	export XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config
	mkdir -p "$XDG_CONFIG_HOME/plog"
	# Nobody listens on port 1.
	B=127.0.0.1:1
	quick=(-X default.api.timeout.ms=300)
}

@test "a store and a cluster at once make no sense; -d beats the environment" {
	local c
	for c in "plog-topic -d s -b $B list" "plog-produce -d s -b $B t" "plog-consume -d s -b $B t" "plog-group -d s -b $B list"; do
		run -2 $c </dev/null
		assert_output --partial '-d names a store and -b a cluster'
	done
	echo x | plog-produce t
	export PLOG_BOOTSTRAP_SERVER=$B
	run -0 plog-consume -d "$PLOG_DIR" t
	assert_output x
	PLOG_BOOTSTRAP_SERVER= run -0 plog-consume t
	assert_output x
}

@test "properties without a cluster are a mistake" {
	run -2 plog-topic -X acks=1 list
	assert_output --partial '-b names it'
	run -2 plog-consume --command-config=f t
	assert_output --partial '-b names it'
}

@test "a build without the module says so, and what is missing" {
	[ ! -e "$PLOG_BIN/modules/plog-kafka.so" ] || {
		cp -r "$PLOG_BIN"/plog-topic .
		set -- ./plog-topic
	}
	run -1 "${1-plog-topic}" -b $B list
	assert_output --partial 'built without kafka support (Debian package librdkafka1)'
}

@test "no broker: one message with the reason, status 1" {
	needs_module kafka
	local c
	for c in "plog-topic ${quick[*]} -b $B list" "plog-topic ${quick[*]} -b $B create t" "plog-produce ${quick[*]} -b $B t" \
		"plog-consume ${quick[*]} -b $B t"; do
		run -1 $c </dev/null
		assert_line --index 0 --partial "cannot reach a Kafka broker at '127.0.0.1:1': "
		assert_line --index 0 --partial 'Connection refused'
		[ ${#lines[@]} = 1 ]
	done
	PLOG_BOOTSTRAP_SERVER=$B run -1 plog-topic "${quick[@]}" list
	assert_output --partial 'cannot reach'
}

@test "TERM, INT and HUP while a cluster is waited for that does not answer: plog-produce and plog-consume die of it" {
	needs_module kafka
	needs python3
	local c s want end
	background python3 -c 'import signal, socket
s = socket.create_server(("127.0.0.1", 0))
open("port", "w").write(str(s.getsockname()[1]) + "\n")
signal.pause()'
	wait_until 5 test -s port
	B=127.0.0.1:$(cat port)
	for s in TERM:143 INT:130 HUP:129; do
		want=${s#*:} s=${s%:*}
		for c in "plog-produce -b $B t" "plog-consume -b $B t" "plog-consume -f -g g -b $B t"; do
			background env --default-signal=INT,HUP $c </dev/null >out 2>words
			# HUP is caught last
			catches() { [[ $(sed -n 's/^SigCgt:\t//p' "/proc/$bg/status") == *[13579bdf] ]]; }
			wait_until 5 catches
			end=$((SECONDS + 3))
			stop "$bg" $s
			assert_equal "$c: $status" "$c: $want"
			[ $SECONDS -le $end ]
			refute [ -s out ]
		done
	done
}

@test "unknown properties and wrong values, with where they stand" {
	needs_module kafka
	run -1 plog-topic -b $B -X lingr.ms=5 list
	assert_output "plog-topic: -X: unknown property 'lingr.ms', did you mean 'linger.ms'?"
	run -1 plog-topic -b $B -X linger.ms=soon list
	assert_output --partial 'linger.ms'
	run -1 plog-topic -b $B -X default.api.timeout.ms=x list
	assert_output --partial 'default.api.timeout.ms: is not a number'
	printf '# mine\nsocket.nagle=1\n' >k.conf
	run -1 plog-topic -b $B --command-config k.conf list
	assert_output --partial "k.conf:2: unknown property 'socket.nagle'"
	run -1 plog-topic -b $B --command-config none.conf list
	assert_output "plog-topic: cannot read 'none.conf': No such file or directory"
	run -1 plog-topic -b , list
	assert_output --partial "is not HOST:PORT"
}

@test "a file with a secret that others can read is refused, and no secret is printed" {
	needs_module kafka
	printf '%s\n' security.protocol=SASL_PLAINTEXT sasl.mechanism=PLAIN \
		'sasl.jaas.config=x.PlainLoginModule required username="u" password="hunter2";' >k.conf
	chmod 644 k.conf
	run -1 plog-topic -b $B --command-config k.conf list
	assert_output --partial "holds a secret and others can read it"
	refute_output --partial hunter2
	chmod 600 k.conf
	run -1 plog-topic "${quick[@]}" -b $B --command-config k.conf -v list
	assert_output --partial 'Connection refused'
	refute_output --partial hunter2
	# Everything that librdkafka has to tell, and values that it does not like.
	run -1 plog-topic "${quick[@]}" -b $B --command-config k.conf -X debug=all list
	refute_output --partial hunter2
	assert_output --partial 'Connection refused'
	run -1 plog-topic "${quick[@]}" -b $B -X ssl.key.pem=hunter2 -X security.protocol=ssl list
	refute_output --partial hunter2
	cp k.conf "$XDG_CONFIG_HOME/plog/kafka.conf"
	chmod 604 "$XDG_CONFIG_HOME/plog/kafka.conf"
	run -1 plog-topic -b $B list
	assert_output --partial "plog/kafka.conf' holds a secret"
}

@test "clusters have names in files, and -X beats files" {
	needs_module kafka
	printf '%s\n' default.api.timeout.ms=200 prod.bootstrap.servers=127.0.0.1:1 prod.client.id=a \
		test.bootstrap.servers=127.0.0.2:1 test.no.such.thing=1 >"$XDG_CONFIG_HOME/plog/kafka.conf"
	run -1 plog-topic -b @prod list
	assert_output --partial "at '127.0.0.1:1'"
	PLOG_BOOTSTRAP_SERVER=@prod run -1 plog-topic list
	assert_output --partial "at '127.0.0.1:1'"
	run -1 plog-topic -b @prd list
	assert_output --partial "no cluster '@prd'"
	assert_output --partial "did you mean '@prod'?"
	run -1 plog-topic -b @test list
	assert_output --partial "kafka.conf:5: unknown property 'no.such.thing'"
	run -1 plog-topic -b @prod -X nonsense=1 list
	assert_output --partial "-X: unknown property 'nonsense'"
	echo prod.bootstrap.servers=127.0.0.3:1 >k.conf
	run -1 plog-topic -b @prod --command-config=k.conf list
	assert_output --partial "at '127.0.0.3:1'"
}

@test "what only a cluster can do is refused by a store" {
	run -1 plog-topic create --replication-factor=3 t
	assert_output --partial 'a store keeps one copy'
	run -0 plog-topic create --replication-factor=1 t
	run -1 plog-topic describe --cluster
	assert_output --partial 'is a store, it has no brokers'
	run -2 plog-topic describe --fail-down
	run -2 plog-produce --every=3 t
	echo x >in
	run -1 plog-produce --transactional=id t in
	assert_output --partial 'a store has no transactions'
}
