# A real Apache Flume 1.11 as the peer of tests: source this file.
#
#   flume_fetch                     the jars, once, into a cache outside the tree; sets $FLUME_LIB
#   flume_port                      prints a port of loopback that is free
#   flume_up DIR NAME FILE READY... starts agent NAME of configuration FILE, its log in DIR/NAME.log; waits until each of
#                                   the words READY stands in it (`Avro source r1 started`, `Started Thrift source` ...)
#   flume_down DIR [NAME...]        ends agents of DIR (all of them), waits until they are gone
#   flume_kill DIR NAME             the same with SIGKILL
#   flume_client ARGUMENT...        flume-ng avro-client
#   flume_tool CLASS ARGUMENT...    a program of the jars, or of the Java files beside this one
#   flume_wait SECONDS COMMAND...   tries COMMAND until it is true
#
# FLUME_HEAP (512m) is the heap, FLUME_GC the collector, FLUME_OPTS more words for java (-Dflume.monitoring.type=http ...), FLUME_CONF a
# directory in front of the class path (hdfs-site.xml). Each agent's process id is in DIR/NAME.pid, and nothing else is
# ever signalled. Everything waits with a deadline. An agent that idled takes up to 5 s for the next event: wait for
# the result, never a fixed time.

FLUME_HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

# shellcheck source=t/interop/peers/fetch.bash
. "$FLUME_HERE/../fetch.bash"

flume_fetch() {
	FLUME_LIB=$(peer_fetch flume "$FLUME_HERE") && export FLUME_LIB
}

# only what is asked for listens, and only on loopback
flume_port() { peer_ports 1; }

flume_wait() { # SECONDS COMMAND...
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		if [ $SECONDS -ge $end ]; then
			echo "waited in vain: $*" >&2
			return 1
		fi
		sleep 0.05
	done
}

flume_java() {
	# shellcheck disable=SC2086
	peer_java "${FLUME_GC:--XX:+UseSerialGC}" "-Xmx${FLUME_HEAP:-512m}" -XX:-UsePerfData ${FLUME_OPTS-} \
		-cp "${FLUME_CONF:+$FLUME_CONF:}$FLUME_HERE/conf:$FLUME_LIB/*" "$@"
}

flume_tool() {
	peer_tool "$1" flume_java "$@"
}

flume_client() {
	flume_tool org.apache.flume.client.avro.AvroCLIClient "$@"
}

flume_up() { # DIR NAME FILE READY...
	local dir=$1 name=$2 file=$3 end=$((SECONDS + 60)) word
	shift 3
	: >"$dir/$name.log"
	(flume_java org.apache.flume.node.Application --conf-file "$file" --name "$name" --no-reload-conf) \
		>"$dir/$name.log" 2>&1 </dev/null 3>&- &
	echo $! >"$dir/$name.pid"
	for word; do
		until grep -qF -- "$word" "$dir/$name.log"; do
			if [ $SECONDS -ge $end ] || ! peer_alive "$(cat "$dir/$name.pid")"; then
				echo "Flume's agent $name does not say '$word':" >&2
				tail -20 "$dir/$name.log" >&2
				return 1
			fi
			sleep 0.05
		done
	done
}

flume_down() { peer_end TERM "$@"; }
flume_kill() { peer_end KILL "$@"; }
