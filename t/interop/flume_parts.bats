#!/usr/bin/env bats
# The same configuration and the same input for a real Flume 1.11 and for
# plog-agent: exec, netcat, interceptors, selectors, serializers, file_roll,
# logger, sink groups.  What comes out is compared byte by byte.

load ../helper/lib
load ../helper/agent
. "$PLOG_TOP/t/interop/peers/flume/flume.bash"

setup_file() { flume_fetch; }
setup() {
	new_store
	mkdir -p flume
	printf 'l1\r\nl2\n\nl4\rl5\ngr\303\274\377\xe2\x82x\nlast' >odd
	{
		echo '2026-11-22 15:24 u=ann one-two three-four'
		echo 'ERROR u=bob'
		echo 'none of it'
		printf 'gr\303\274n \342\202\254-\360\237\220\216 u=\303\251\n'
	} >text
	grep -v -e $'\360\237' text >low
}
teardown() {
	flume_down flume
	[ -z "${AGENT_PID-}" ] || kill "$AGENT_PID" 2>/dev/null || :
}

# way NAME FILE [KEY...]: a source that prints FILE, its channel, a file_roll into $OUT/NAME; keys of the source behind.
way() {
	local n=$1
	SOURCES+=" $n" CHANNELS+=" $n" SINKS+=" $n"
	mkdir -p "$OUT/$n"
	printf 'a.%s\n' "sources.$n.type = exec" "sources.$n.command = cat $PWD/$2" "sources.$n.channels = $n" "channels.$n.type = memory" \
		"sinks.$n.type = file_roll" "sinks.$n.channel = $n" "sinks.$n.sink.directory = $OUT/$n" "sinks.$n.sink.rollInterval = 0" \
		"sinks.$n.sink.serializer = header_and_text"
	shift 2
	[ $# = 0 ] || printf "a.sources.$n.%s\n" "$@"
}
# one TYPE KEY...: a single interceptor of the way
one() {
	printf '%s\n' 'interceptors = i' "interceptors.i.type = $1"
	shift
	printf 'interceptors.i.%s\n' "$@"
}

configuration() {	# OUT PORT
	local OUT=$1 SOURCES='' CHANNELS='' SINKS='' keys
	{
		way odd odd
		way plain text 'batchSize = 3'
		mapfile -t keys < <(one search_replace 'searchPattern = (\\w+)-(\\w+)' 'replaceString = $2=$1\\$')
		way replace text "${keys[@]}"
		mapfile -t keys < <(one search_replace 'searchPattern = o*' 'replaceString = _')
		# (Java finds nothing between the halves of a character beyond U+FFFF, and takes it apart; plog-agent does not.)
		way empty low "${keys[@]}"
		mapfile -t keys < <(one regex_filter 'regex = ^\\D+$' 'excludeEvents = true')
		way filter text "${keys[@]}"
		mapfile -t keys < <(one regex_extractor 'regex = ^(\\S+ \\d+:\\d+)?.*u=(\\p{L}+)' 'serializers = s t' \
			'serializers.s.type = org.apache.flume.interceptor.RegexExtractorInterceptorPassThroughSerializer' 'serializers.s.name = when' \
			'serializers.t.name = user')
		way extract text "${keys[@]}"
		way headers text 'interceptors = a b c d e f g' \
			'interceptors.a.type = static' 'interceptors.a.key = zz' 'interceptors.b.type = static' 'interceptors.b.key = Host' \
			'interceptors.c.type = static' 'interceptors.c.key = timestamp' 'interceptors.d.type = static' 'interceptors.d.key = Severity' \
			'interceptors.d.value = \u00e9 x' 'interceptors.e.type = static' 'interceptors.e.key = zz' 'interceptors.e.preserveExisting = false' \
			'interceptors.e.value = again' 'interceptors.f.type = remove_header' 'interceptors.f.fromList = none , Host' \
			'interceptors.g.type = host' 'interceptors.g.hostHeader = b'
		way left text "${keys[@]}" 'selector.type = multiplexing' 'selector.header = user' 'selector.mapping.ann = left' \
			'selector.optional.ann = right' 'selector.mapping.bob = right left' 'selector.default = right' 'channels = left right'
		way right odd 'selector.optional = left' 'channels = right plain' 'command = true'
		printf 'a.%s\n' "sources = $SOURCES net" "channels = $CHANNELS net" "sinks = $SINKS log" 'sources.net.type = netcat' \
			'sources.net.bind = 127.0.0.1' "sources.net.port = $2" 'sources.net.channels = net' 'channels.net.type = memory' \
			'sinks.log.type = logger' 'sinks.log.channel = net' 'sources.net.interceptors = i j' 'sources.net.interceptors.i.type = static' \
			'sources.net.interceptors.j.type = static' 'sources.net.interceptors.j.key = a'
	}
}

talk() {	# PORT: what a conversation gives
	python3 -c 'import socket, sys
s = socket.create_connection(("127.0.0.1", int(sys.argv[1]))); s.settimeout(15)
def ask(b, n):
    s.sendall(b); got = b""
    while got.count(b"\n") < n:
        more = s.recv(65536)
        if not more: break
        got += more
    print(got.decode())
ask(b"Hello world!\r\n\n", 2); ask(b"0123456789abcdef and more\n", 1); ask("gr\u00fcn\u20ac\n".encode(), 1); ask(b"x" * 511 + b"\n", 1)
ask(b"y" * 600, 1)' "$1"
}

events() { sed -n 's/.*\(Event: { .* }\)$/\1/p' "$1"; }

@test "the same file: what Flume writes, answers and logs, plog-agent does, byte by byte" {
	needs java python3
	local port f
	port=$(flume_port)
	configuration "$PWD/theirs" "$port" >theirs.conf
	flume_up flume a theirs.conf 'Created serverSocket'
	talk "$port" >theirs.talk
	# the sinks sleep up to 5 s between looks
	flume_wait 20 eval '[ -s theirs/left/*-1 ] && [ -s theirs/right/*-1 ] && [ -s theirs/extract/*-1 ]'
	local before=-1 now
	while now=$(cat theirs/*/* | wc -c); [ "$now" != "$before" ]; do before=$now; _lib_pause 6; done
	flume_down flume

	configuration "$PWD/ours" 0 >ours.conf
	start_agent ours.conf a
	talk "$(agent_port net)" >ours.talk
	wait_until 10 eval '[ "$(events agent.log | wc -l)" = 5 ]'
	stop_agent
	assert_equal "$STATUS" 0

	diff theirs.talk ours.talk
	events flume/a.log >theirs.events
	events agent.log >ours.events
	diff theirs.events ours.events
	# a group that took no part is null in Flume, and left out here
	for f in theirs/*; do
		f=${f#theirs/}
		case $f in
		# two sources write into these: sorted
		left|right|plain)	diff <(cat theirs/$f/* | sed "s/when=null, //" | sort) <(cat ours/$f/* | sort) || { echo "$f differs" >&2; return 1; } ;;
		*)	diff <(cat theirs/$f/* | sed "s/when=null, //") <(cat ours/$f/*) || { echo "$f differs" >&2; return 1; } ;;
		esac
		[[ $(ls ours/$f) =~ ^1[0-9]{12}-1$ ]]
	done
}
