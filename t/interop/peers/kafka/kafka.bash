# A real Apache Kafka as the peer of tests: source this file.
#
#   kafka_fetch                     the jars, once, into a cache outside the tree; sets $KAFKA_LIB
#   kafka_single DIR [LINE...]      one broker, its data in DIR/one; sets $KAFKA (host:port) and $KAFKA_DATA
#   kafka_cluster DIR [LINE...]     three of them: DIR/n1 DIR/n2 DIR/n3
#   kafka_apart DIR [LINE...]       three brokers, and the controller a process of its own: DIR/c
#   kafka_secure DIR [LINE...]      one broker with access control and two more listeners: $KAFKA_SSL (TLS, its certificate is
#                                   $KAFKA_CA) and $KAFKA_SASL (PLAIN: alice, alice-secret; carol, carol-secret;
#                                   OAUTHBEARER: whoever an unsigned token names). Who comes to
#                                   $KAFKA may do everything, the others what no ACL denies
#   kafka_shared DIR                the run's one such broker (t/interop/run starts it), or one of the file's own
#   kafka_down DIR [NAME...]        ends the brokers of DIR (all of them), waits until they are gone
#   kafka_up DIR NAME...            starts ones that were ended again
#   kafka CLASS ARGUMENT...         a tool of Kafka's (org.apache.kafka.tools. may be left out)
#   kafka_peer                      Peer.java, commands on standard input
#   kafka_corpus SEED COUNT [SIZE [KEYS]]  records of all kinds as JSON lines (Corpus.java)
#   kafka_findings FILE...          what Kafka's dump tool finds wrong in log and index files (on a copy); nothing if all is well
#
# LINE is one more line of the server's configuration. Brokers listen on loopback only, on free ports; each one's
# process id is in DIR/NAME.pid, and nothing else is ever signalled. Everything waits with a deadline.

KAFKA_HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

# shellcheck source=t/interop/peers/fetch.bash
. "$KAFKA_HERE/../fetch.bash"

kafka_fetch() {
	KAFKA_LIB=$(peer_fetch kafka "$KAFKA_HERE") && export KAFKA_LIB
}

# kafka_java ARCHIVE ARGUMENT...: with the class archive ARCHIVE, which the first run that ends by itself leaves behind
kafka_java() {
	local jsa=$KAFKA_LIB/$1.jsa share
	shift
	if [ -e "$jsa" ]; then
		share="-XX:SharedArchiveFile=$jsa -Xshare:auto"
	else
		share="-XX:ArchiveClassesAtExit=$jsa.$BASHPID"
	fi
	# shellcheck disable=SC2086
	peer_java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 $share -Xlog:disable \
		-Dlog4j2.configurationFile="$KAFKA_HERE/log4j2.yaml" -cp "$KAFKA_LIB/*" "$@"
}

kafka_archived() { # ARCHIVE PID
	[ ! -s "$KAFKA_LIB/$1.jsa.$2" ] || mv "$KAFKA_LIB/$1.jsa.$2" "$KAFKA_LIB/$1.jsa"
}

kafka_run() { # ARCHIVE ARGUMENT...
	local status=0 name
	for name in "${@:2}"; do
		[[ $name == -* ]] || break
	done
	peer_tool "$name" kafka_java "$@" || status=$?
	kafka_archived "$1" $PEER_PID
	return $status
}

kafka() {
	local class=$1
	shift
	case $class in
	kafka.* | org.*) ;;
	*) class=org.apache.kafka.tools.$class ;;
	esac
	kafka_run tool -Xmx256m "$class" "$@"
}

kafka_peer() {
	kafka_run peer -Xmx512m Peer "${1:-$KAFKA}"
}

kafka_corpus() {
	kafka_run tool -Xmx256m Corpus "$@"
}

# The dump tool says what it finds and exits 0; which words those are is all there is to go by. "-1 is followed by" is
# no finding: a segment that does not start at 0. An argument like --verify-index-only is passed on.
kafka_findings() {
	local copy status=0 f files= options=--deep-iteration
	copy=$(mktemp -d) || return
	for f; do
		case $f in
		-*) options=$f ;;
		*) mkdir -p "$(dirname "$copy/$f")" && cp --sparse=always "$f" "$copy/$f" && files=$files,$copy/$f ;;
		esac
	done
	kafka DumpLogSegments "$options" --files "${files#,}" >"$copy/out" 2>"$copy/err" || status=$?
	[ $status = 0 ] || echo "the dump tool ends with status $status: $(head -3 "$copy/err")"
	grep -hE 'isvalid: false|isValid: false|Found [0-9]+ invalid bytes|Could not|Exception' "$copy/out" "$copy/err" || :
	grep -hE -A 3 'Mismatches in ?:|Found timestamp mismatch in ?:|Found out of order timestamp in ?:' "$copy/err" || :
	grep -hE -A 3 'The following indexed offsets are not found in' "$copy/err" || :
	awk '/^Non-consecutive offsets in/ { file = $0 } / is followed by / && $1 != -1 { print file; print }' "$copy/err"
	rm -r "$copy"
}

kafka_node() { # DIR NAME ID PORT CONTROLLERPORT VOTERS REPLICATION MINISR [LINE...]
	local dir=$1 name=$2
	mkdir -p "$dir"
	cat >"$dir/$name.properties" <<-EOF
		process.roles=broker,controller
		node.id=$3
		listeners=PLAINTEXT://127.0.0.1:$4,CONTROLLER://127.0.0.1:$5
		controller.listener.names=CONTROLLER
		controller.quorum.voters=$6
		log.dirs=$dir/$name
		num.partitions=1
		default.replication.factor=$7
		min.insync.replicas=$8
		offsets.topic.replication.factor=$7
		offsets.topic.num.partitions=1
		transaction.state.log.replication.factor=$7
		transaction.state.log.min.isr=$8
		transaction.state.log.num.partitions=1
		share.coordinator.state.topic.replication.factor=$7
		share.coordinator.state.topic.min.isr=$8
		share.coordinator.state.topic.num.partitions=1
		group.initial.rebalance.delay.ms=0
		auto.create.topics.enable=false
		controlled.shutdown.enable=false
		broker.session.timeout.ms=2000
		broker.heartbeat.interval.ms=300
		controller.quorum.election.timeout.ms=500
		controller.quorum.fetch.timeout.ms=1000
		log.retention.ms=-1
		log.retention.check.interval.ms=500
		log.initial.task.delay.ms=500
		log.segment.delete.delay.ms=100
		log.flush.start.offset.checkpoint.interval.ms=500
		log.cleaner.backoff.ms=200
		log.cleaner.dedupe.buffer.size=4194304
		message.max.bytes=4000000
	EOF
	shift 8
	printf '%s\n' "$@" >>"$dir/$name.properties"
	kafka kafka.tools.StorageTool format -t "$KAFKA_ID" -c "$dir/$name.properties" >"$dir/$name.format" 2>&1 || {
		cat "$dir/$name.format" >&2
		return 1
	}
}

kafka_up() { # DIR NAME...
	local dir=$1 name end
	shift
	for name; do
		: >"$dir/$name.out"
		kafka_java broker -Xmx300m -Dkafka.loglevel=INFO kafka.Kafka "$dir/$name.properties" \
			>"$dir/$name.out" 2>&1 </dev/null 3>&- &
		echo $! >"$dir/$name.pid"
	done
	end=$((SECONDS + 60))
	for name; do
		until grep -q 'Kafka Server started' "$dir/$name.out"; do
			if [ $SECONDS -ge $end ] || ! peer_alive "$(cat "$dir/$name.pid")"; then
				echo "broker $name does not start:" >&2
				tail -20 "$dir/$name.out" >&2
				return 1
			fi
			sleep 0.05
		done
	done
}

kafka_down() { # DIR [NAME...]
	local pid pids
	pids=$(cat "$1"/*.pid 2>/dev/null) || :
	peer_end TERM "$@"
	for pid in $pids; do
		kafka_archived broker "$pid"
	done
}

kafka_single() { # DIR [LINE...]
	local dir=$1 p
	shift
	# shellcheck disable=SC2046
	set -- $(peer_ports 2) "$@"
	p=$1
	KAFKA_ID=$(head -c 16 /dev/urandom | base64 | tr +/ ab | cut -c1-22)
	kafka_node "$dir" one 1 "$1" "$2" "1@127.0.0.1:$2" 1 1 "${@:3}" || return
	KAFKA=127.0.0.1:$p
	KAFKA_DATA=$dir/one
	export KAFKA KAFKA_DATA
	kafka_up "$dir" one
}

kafka_secure() { # DIR [LINE...]
	local dir=$1 p line='org.apache.kafka.common.security.plain.PlainLoginModule required'
	shift
	# shellcheck disable=SC2046
	p=($(peer_ports 4))
	mkdir -p "$dir"
	rm -f "$dir/keys.p12"
	keytool -genkeypair -keystore "$dir/keys.p12" -storetype PKCS12 -storepass broker-keys -alias broker -keyalg RSA -validity 2 \
		-dname CN=localhost -ext san=ip:127.0.0.1,dns:localhost >"$dir/keytool.log" 2>&1 &&
		keytool -exportcert -rfc -keystore "$dir/keys.p12" -storepass broker-keys -alias broker >"$dir/ca.pem" 2>>"$dir/keytool.log" ||
		{ cat "$dir/keytool.log" >&2; return 1; }
	KAFKA_ID=$(head -c 16 /dev/urandom | base64 | tr +/ ab | cut -c1-22)
	kafka_node "$dir" one 1 "${p[0]}" "${p[1]}" "1@127.0.0.1:${p[1]}" 1 1 \
		"listeners=PLAINTEXT://127.0.0.1:${p[0]},CONTROLLER://127.0.0.1:${p[1]},SSL://127.0.0.1:${p[2]},SASL_PLAINTEXT://127.0.0.1:${p[3]}" \
		"ssl.keystore.location=$dir/keys.p12" ssl.keystore.type=PKCS12 ssl.keystore.password=broker-keys ssl.key.password=broker-keys \
		listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT \
		sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512,OAUTHBEARER \
		"listener.name.sasl_plaintext.plain.sasl.jaas.config=$line user_alice=\"alice-secret\" user_carol=\"carol-secret\";" \
		"listener.name.sasl_plaintext.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;" \
		"listener.name.sasl_plaintext.oauthbearer.sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"broker\";" \
		authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer allow.everyone.if.no.acl.found=true \
		super.users=User:ANONYMOUS "$@" || return
	KAFKA=127.0.0.1:${p[0]} KAFKA_SSL=127.0.0.1:${p[2]} KAFKA_SASL=127.0.0.1:${p[3]} KAFKA_CA=$dir/ca.pem KAFKA_DATA=$dir/one
	export KAFKA KAFKA_SSL KAFKA_SASL KAFKA_CA KAFKA_DATA
	kafka_up "$dir" one
}

kafka_shared() { # DIR
	if [ -n "${KAFKA_SHARED-}" ]; then
		IFS=' ' read -r KAFKA KAFKA_SSL KAFKA_SASL KAFKA_CA KAFKA_DATA <<<"$KAFKA_SHARED"
		export KAFKA KAFKA_SSL KAFKA_SASL KAFKA_CA KAFKA_DATA
	else
		kafka_secure "$1"
	fi
}

kafka_cluster() { # DIR [LINE...]
	local dir=$1 v i
	shift
	local -a p
	mapfile -t p < <(peer_ports 6)
	v=1@127.0.0.1:${p[3]},2@127.0.0.1:${p[4]},3@127.0.0.1:${p[5]}
	KAFKA_ID=$(head -c 16 /dev/urandom | base64 | tr +/ ab | cut -c1-22)
	for i in 1 2 3; do
		kafka_node "$dir" n$i $i "${p[i - 1]}" "${p[i + 2]}" "$v" 3 2 "$@" || return
	done
	KAFKA=127.0.0.1:${p[0]},127.0.0.1:${p[1]},127.0.0.1:${p[2]}
	export KAFKA
	kafka_up "$dir" n1 n2 n3
}

kafka_apart() { # DIR [LINE...]
	local dir=$1 v i
	shift
	local -a p
	mapfile -t p < <(peer_ports 4)
	v=9@127.0.0.1:${p[0]}
	KAFKA_ID=$(head -c 16 /dev/urandom | base64 | tr +/ ab | cut -c1-22)
	kafka_node "$dir" c 9 "${p[0]}" "${p[0]}" "$v" 3 2 process.roles=controller "listeners=CONTROLLER://127.0.0.1:${p[0]}" \
		"$@" || return
	for i in 1 2 3; do
		kafka_node "$dir" n$i $i "${p[i]}" "${p[0]}" "$v" 3 2 process.roles=broker "listeners=PLAINTEXT://127.0.0.1:${p[i]}" \
			"$@" || return
	done
	KAFKA=127.0.0.1:${p[1]},127.0.0.1:${p[2]},127.0.0.1:${p[3]}
	export KAFKA
	kafka_up "$dir" c n1 n2 n3
}
