# What the peers' files have in common: jars from Maven Central, free ports, tools and servers that end. Sourced by them.
#
#   peer_fetch NAME DIR             the jars that DIR/pom.xml names and the classes of DIR/*.java, once, into a cache outside
#                                   the tree ($PLOG_PEERS); prints where they are
#   peer_ports N                    prints N ports of loopback that nobody listens on, none twice
#   peer_alive PID                  whether a server still runs; a child not waited for yet is gone all the same
#   peer_end SIGNAL DIR [NAME...]   to the servers whose process ids are in DIR/NAME.pid (all of them); waits until they are
#                                   gone, kills what is not after 30 s, and removes the files
#   peer_java ARGUMENT...           becomes java
#   peer_tool NAME COMMAND...       COMMAND, which ends in peer_java, as a child ($PEER_PID). One that does not end within
#                                   $PEER_LIMIT seconds (150) is killed; what its threads did then and NAME are on standard error

# one run at a time fills the cache; what is there is whole
peer_fetch() {
	local cache=${PLOG_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/plog-peers} name=$1 dir=$2 lib tool
	local java=()
	[ -z "$(find "$dir" -maxdepth 1 -name '*.java')" ] || java=("$dir"/*.java)
	lib=$cache/$name-$(cat "$dir/pom.xml" "${java[@]}" | sha256sum | cut -c1-12)
	[ ! -e "$lib/whole" ] || { echo "$lib" && return; }
	for tool in java javac jar mvn; do
		command -v $tool >/dev/null || {
			echo "no $tool: apt-get install default-jdk-headless maven" >&2
			return 1
		}
	done
	mkdir -p "$cache"
	(
		flock 9
		[ ! -e "$lib/whole" ] || exit 0
		rm -rf "$lib" "$lib.classes"
		timeout 600 mvn -q -B -f "$dir/pom.xml" dependency:copy-dependencies \
			-DincludeScope=runtime -DoutputDirectory="$lib" </dev/null >"$cache/$name.log" 2>&1 || {
			cat "$cache/$name.log" >&2
			exit 1
		}
		[ ${#java[@]} = 0 ] || {
			mkdir "$lib.classes" &&
				javac -Xlint:all,-processing,-path,-classfile -Werror -cp "$lib/*" -d "$lib.classes" "${java[@]}" >&2 &&
				jar cf "$lib/peer.jar" -C "$lib.classes" . &&
				rm -r "$lib.classes"
		} || exit 1
		: >"$lib/whole"
	) 9>"$cache/.$name.lock" && echo "$lib"
}

peer_ports() {
	local n=$1 port seen=" "
	while [ "$n" -gt 0 ]; do
		port=$((20000 + (RANDOM * 32768 + RANDOM) % 12000))
		case $seen in *" $port "*) continue ;; esac
		if ! (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
			echo $port
			seen="$seen$port "
			n=$((n - 1))
		fi
	done
}

peer_alive() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null && case ${stat##*) } in Z* | X*) false ;; esac
}

peer_end() {
	local signal=$1 dir=$2 name pid end=$((SECONDS + 30))
	shift 2
	# shellcheck disable=SC2046
	[ $# -gt 0 ] || set -- $(cd "$dir" 2>/dev/null && ls -- *.pid 2>/dev/null | sed 's/\.pid$//')
	for name; do
		[ ! -e "$dir/$name.pid" ] || kill -s "$signal" "$(cat "$dir/$name.pid")" 2>/dev/null || :
	done
	for name; do
		[ -e "$dir/$name.pid" ] || continue
		pid=$(cat "$dir/$name.pid")
		while peer_alive "$pid"; do
			[ $SECONDS -lt $end ] || kill -KILL "$pid" 2>/dev/null || :
			sleep 0.05
		done
		rm -f "$dir/$name.pid"
	done
}

# QUIT lets a JVM say what its threads do; not among what it prints.
peer_java() {
	# shellcheck disable=SC2086
	exec ${PEER_WITHIN:+timeout --foreground -s QUIT -k 5 "$PEER_WITHIN"} java -XX:+DisplayVMOutputToStderr "$@"
}

peer_tool() {
	local PEER_WITHIN=${PEER_LIMIT:-150} status=0 start=$SECONDS
	"${@:2}" <&0 &
	PEER_PID=$!
	wait $PEER_PID || status=$?
	[ $((SECONDS - start)) -lt "$PEER_WITHIN" ] || case $status in
	124 | 137) echo "$1 did not end within $PEER_WITHIN s" >&2 ;;
	esac
	return $status
}
