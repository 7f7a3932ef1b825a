#!/usr/bin/env bats
# What goes wrong with a cluster: one clear message each, status 1, within the time-out. And what goes right: TLS, SASL.

load ../helper/lib
load peers/kafka/kafka

setup_file() {
	kafka_fetch && kafka_shared "$BATS_FILE_TMPDIR/broker" || return
	acl() { kafka AclCommand --bootstrap-server "$KAFKA" --add "$@" >/dev/null; }
	f=failures-$$
	export f
	PATH=$PLOG_BIN:$PATH plog-topic -b "$KAFKA" create "$f.hidden" "$f.read" "$f.open"
	acl --deny-principal User:alice --operation All --topic "$f.hidden"
	acl --deny-principal User:alice --operation Write --topic "$f.read"
	acl --deny-principal User:alice --operation Read --group "$f.group"
	kafka kafka.admin.ConfigCommand --bootstrap-server "$KAFKA" --alter --entity-type users --entity-name bob \
		--add-config 'SCRAM-SHA-512=[password=bob-secret]' >/dev/null 2>&1
}
teardown_file() { kafka_down "$BATS_FILE_TMPDIR/broker"; }
setup() {
	new_store
	t=failures-$BATS_TEST_NUMBER-$$
	conf alice.conf SASL_PLAINTEXT PLAIN \
		'sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="alice" password="alice-secret";'
	alice=(-b "$KAFKA_SASL" --command-config alice.conf)
}

conf() { # FILE PROTOCOL MECHANISM LINE...
	printf '%s\n' "security.protocol=$2" ${3:+"sasl.mechanism=$3"} "${@:4}" >"$1"
	chmod 600 "$1"
}

# fails SECONDS PATTERN COMMAND...: status 1, one line that has the pattern, in time, and no secret in it
fails() {
	local s=$1 pattern=$2 start=$SECONDS
	shift 2
	run -1 timeout $((s + 1)) "$@" </dev/null
	[ $((SECONDS - start)) -le "$s" ]
	assert_line --index 0 --partial "$pattern"
	refute_output --partial secret
	assert_equal "${#lines[@]}" 1
}

@test "no broker, a wrong port, a name that is none" {
	local c
	for c in "plog-topic list" "plog-produce $f.open" "plog-consume $f.open" "plog-group list"; do
		# shellcheck disable=SC2086
		fails 4 'Connection refused' ${c%% *} -b 127.0.0.1:1 ${c#* }
	done
	fails 4 'Failed to resolve' plog-topic -b no.such.host.invalid:9092 list
	# One that is not there among those that are does no harm.
	run -0 plog-topic -b "127.0.0.1:1,$KAFKA" list "$f.open"
	assert_output "$f.open"
}

@test "not a Kafka server" {
	needs python3
	python3 - >port <<-'EOF' 3>&- &
		import socket, sys, threading
		def serve(s, answer):
		    while True:
		        c, _ = s.accept()
		        if answer:
		            c.recv(100); c.sendall(answer); c.close()
		        else:
		            keep.append(c)
		keep = []
		for answer in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b""):
		    s = socket.create_server(("127.0.0.1", 0))
		    print(s.getsockname()[1], flush=True)
		    threading.Thread(target=serve, args=(s, answer), daemon=True).start()
		threading.Event().wait(60)
	EOF
	_lib_pids+=($!)
	wait_until 5 has_lines port 2
	fails 12 'is it a Kafka broker?' plog-topic -b "127.0.0.1:$(sed -n 1p port)" list
	fails 12 'is it a Kafka broker?' plog-topic -b "127.0.0.1:$(sed -n 2p port)" list
}

@test "TLS: with the certificate it works; without TLS, without trust, under another name, on a plain port it is told" {
	local tls=(-X security.protocol=ssl)
	run -0 plog-topic -b "$KAFKA_SSL" "${tls[@]}" -X "ssl.ca.location=$KAFKA_CA" list "$f.open"
	assert_output "$f.open"
	echo x | plog-produce -b "$KAFKA_SSL" "${tls[@]}" -X "ssl.ca.location=$KAFKA_CA" "$f.open"
	conf java.conf SSL '' "ssl.truststore.location=$KAFKA_CA" ssl.truststore.type=PEM
	run -0 plog-consume -b "$KAFKA_SSL" --command-config java.conf -n 1 "$f.open"
	assert_output x
	fails 4 'SSL' plog-topic -b "$KAFKA_SSL" list
	fails 4 'certificate verify failed' plog-topic -b "$KAFKA_SSL" "${tls[@]}" list
	fails 4 'SSL handshake failed' plog-topic -b "$KAFKA" "${tls[@]}" list
	fails 4 'certificate' plog-topic -b "127.0.0.2:${KAFKA_SSL#*:}" "${tls[@]}" -X "ssl.ca.location=$KAFKA_CA" list ||
		fails 4 'refused' plog-topic -b "127.0.0.2:${KAFKA_SSL#*:}" "${tls[@]}" -X "ssl.ca.location=$KAFKA_CA" list
	conf jks.conf SSL '' ssl.truststore.location=ca.jks
	fails 2 'only Java reads such a store' plog-topic -b "$KAFKA_SSL" --command-config jks.conf list
}

@test "SASL: PLAIN and SCRAM with Java's properties; wrong, unknown and missing ones are told" {
	run -0 plog-topic "${alice[@]}" list "$f.open"
	assert_output "$f.open"
	conf bob.conf SASL_PLAINTEXT SCRAM-SHA-512 \
		'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="bob" password="bob-secret";'
	# With a librdkafka before 2.6.1 no broker of this version takes it, from any client; then that is what is said.
	run plog-topic -b "$KAFKA_SASL" --command-config bob.conf list "$f.open"
	if [ "$status" = 0 ]; then
		assert_output "$f.open"
	else
		assert_output --partial 'takes SCRAM only from librdkafka 2.6.1 and later'
	fi
	fails 4 'Authentication failed' plog-topic "${alice[@]}" -X sasl.password=wrong-secret list
	fails 4 'uthentication' plog-topic -b "$KAFKA_SASL" --command-config bob.conf -X sasl.username=nobody list
	fails 4 'SASL' plog-topic -b "$KAFKA_SASL" list
	fails 6 'mechanism' plog-topic "${alice[@]}" -X sasl.mechanism=SCRAM-SHA-256 list
}

@test "SASL: OAUTHBEARER, by librdkafka's names; the token's principal is who the lists name" {
	local token=(-b "$KAFKA_SASL" -X security.protocol=SASL_PLAINTEXT -X sasl.mechanism=OAUTHBEARER -X enable.sasl.oauthbearer.unsecure.jwt=true)
	run -0 plog-topic "${token[@]}" -X sasl.oauthbearer.config=principal=alice list "$f.open"
	assert_output "$f.open"
	echo by token | plog-produce "${token[@]}" -X sasl.oauthbearer.config=principal=alice "$f.open"
	run -0 plog-consume "${token[@]}" -X sasl.oauthbearer.config=principal=alice --tail=1 "$f.open"
	assert_output 'by token'
	run -0 plog-consume "${token[@]}" -X sasl.oauthbearer.config=principal=alice -g "$f.token" -n 1 -q "$f.open"
	fails 4 "topic '$f.hidden': Topic authorization failed" plog-consume "${token[@]}" -X sasl.oauthbearer.config=principal=alice "$f.hidden"
	fails 6 'OAUTHBEARER' plog-topic "${token[@]}" list
}

@test "refused by an access control list: topic, group, writing" {
	fails 4 "topic '$f.hidden': Topic authorization failed" plog-consume "${alice[@]}" "$f.hidden"
	fails 4 'authorization failed' plog-topic "${alice[@]}" describe "$f.hidden"
	fails 4 'authorization failed' plog-topic "${alice[@]}" delete "$f.hidden"
	echo x >in
	run -1 timeout 10 plog-produce "${alice[@]}" "$f.read" in
	assert_output --partial 'Topic authorization failed'
	fails 10 "group '$f.group': Group authorization failed" plog-consume "${alice[@]}" -q -g "$f.group" "$f.open"
	fails 10 'Group authorization failed' plog-group "${alice[@]}" describe --tsv "$f.group"
}

@test "unknown topic, auto-creation off; a group id that is none" {
	fails 4 "topic '$t' does not exist" plog-produce -b "$KAFKA" "$t"
	fails 4 "topic '$t' does not exist" plog-consume -b "$KAFKA" "$t"
	fails 4 "topic '$t' does not exist" plog-topic -b "$KAFKA" describe "$t"
	fails 4 "group '$t' does not exist" plog-group -b "$KAFKA" describe --tsv "$t"
}

@test "a message that is too large: for the client, for the topic" {
	head -c 1500000 /dev/zero | tr '\0' x >big
	fails 4 'line 1: the record is too long: more than 1048588 bytes' sh -c "plog-produce -b $KAFKA $f.open <big"
	plog-topic -b "$KAFKA" create -c max.message.bytes=5000 "$t"
	head -c 6000 /dev/zero | tr '\0' x >big
	run -1 plog-produce -b "$KAFKA" "$t" big
	assert_line --index 0 "plog-produce: record 1 was not stored: Message size too large"
	run -0 plog-consume -b "$KAFKA" "$t"
	assert_output ''
	# The others go on where that is asked for.
	(echo a; cat big; echo; echo b) >in
	run -1 plog-produce -b "$KAFKA" --on-error=skip --linger=0 --batch-size=1 "$t" in
	assert_line --index 0 "plog-produce: record 2 was not stored: Message size too large"
	run -0 plog-consume -b "$KAFKA" "$t"
	assert_output $'a\nb'
}

@test "a broker that goes away while records are produced and read: waited for, then told" {
	kafka_single "$BATS_TEST_TMPDIR/own"
	own=$KAFKA
	plog-topic -b "$own" create "$t"
	mkfifo fifo
	background plog-consume -b "$own" -f "$t" >got 2>err
	background sh -c "exec plog-produce -b '$own' --delivery-timeout=4s '$t' <fifo 2>told"
	producer=$bg
	exec 7>fifo
	echo one >&7
	wait_until 15 has_line got one
	kill -9 "$(cat "$BATS_TEST_TMPDIR/own/one.pid")"
	echo two >&7
	wait_until 15 is_gone "$producer"
	finish "$producer"
	exec 7>&-
	assert_equal $status 1
	assert_equal "$(head -n 1 told | cut -d: -f 1-3)" 'plog-produce: record 2 was not stored: no acknowledgement in time'
	assert_equal "$(tail -n 1 told)" 'plog-produce: 1 record was not stored'
	kafka_up "$BATS_TEST_TMPDIR/own" one
	echo three | plog-produce -b "$own" "$t"
	wait_until 20 has_line got three
	[ ! -s err ]
	kafka_down "$BATS_TEST_TMPDIR/own"
}
