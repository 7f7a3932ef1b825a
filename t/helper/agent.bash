# agent.bash - for tests of plog-agent: start one, talk to it, stop it.
#
#	start_agent FILE NAME [OPTION...]	waits until it has started all; its log is agent.log
#	agent_port SOURCE			where a listening source listens, out of the log
#	type_lines PORT N FORMAT		sends printf FORMAT, reads N lines of answers into REPLIES
#	stop_agent [SIGNAL]			waits; STATUS is how it ended
#
# Ports in test configurations are 0: the kernel chooses, the log says which.
# A second agent: AGENT_LOG=two.log start_agent ...; stop_agent stops the last one.

start_agent() {
	local file=$1 name=$2 log=${AGENT_LOG:-agent.log}
	shift 2
	: >"$log"
	background env --default-signal=INT plog-agent agent --conf-file "$file" --name "$name" "$@" 2>"$log" </dev/null
	AGENT_PID=$bg
	wait_until 10 _agent_up "$log" "$AGENT_PID" || { cat "$log" >&2; return 1; }
}

_agent_up() {
	grep -q 'Agent .* started' "$1" || ! kill -0 "$2" 2>/dev/null
}

agent_port() {
	sed -n "s/.*($1) .*[Ll]isten[a-z]* on .*:\([0-9]*\)\$/\1/p;s/.*($1) .*Created serverSocket:.*:\([0-9]*\)\$/\1/p" "${AGENT_LOG:-agent.log}" | tail -n 1
}

type_lines() {
	local fd line
	REPLIES=
	exec {fd}<>"/dev/tcp/127.0.0.1/$1" || return
	# shellcheck disable=SC2059
	printf "$3" >&"$fd"
	for ((i = 0; i < $2; i++)); do
		read -rt 10 -u "$fd" line || { echo "type_lines: no answer" >&2; return 1; }
		REPLIES+="${REPLIES:+ }$line"
	done
	exec {fd}>&-
}

stop_agent() {
	kill -"${1:-TERM}" "$AGENT_PID" 2>/dev/null
	STATUS=0
	wait "$AGENT_PID" || STATUS=$?
}

# Configurations of one source: its properties on stdin, without a.sources.r. in front; what it puts goes through a
# memory channel of CAPACITY (100000) events into out/, one line an event: {headers} body, which is what received prints.
source_conf() { # FILE
	local most=${CAPACITY:-1000}
	mkdir -p out
	{
		printf 'a.%s\n' 'sources = r' 'channels = c' 'sinks = k' 'sources.r.channels = c' 'channels.c.type = memory' \
			"channels.c.capacity = ${CAPACITY:-100000}" "channels.c.transactionCapacity = $most" \
			'channels.c.keep-alive = 0' 'sinks.k.type = file_roll' "sinks.k.sink.batchSize = $((most < 100 ? most : 100))" \
			"sinks.k.sink.directory = $PWD/out" 'sinks.k.sink.rollInterval = 0' \
			'sinks.k.sink.serializer = HEADER_AND_TEXT' 'sinks.k.channel = c'
		sed 's/^./a.sources.r.&/'
	} >"$1"
}

# Configurations of one sink, on stdout: what netcat r1 is told goes through a memory channel to sink k1 of that type.
sink_conf() { # TYPE [PROPERTY=VALUE...]
	printf 'a1.%s\n' 'sources = r1' 'channels = c1' 'sinks = k1' 'sources.r1.type = netcat' 'sources.r1.bind = 127.0.0.1' \
		'sources.r1.port = 0' 'sources.r1.channels = c1' 'channels.c1.type = memory' 'channels.c1.capacity = 20000' \
		'channels.c1.transactionCapacity = 1000' "sinks.k1.type = $1" 'sinks.k1.channel = c1'
	shift
	[ $# = 0 ] || printf 'a1.sinks.k1.%s\n' "$@"
}

received() {
	cat out/* 2>/dev/null
}

_got() {
	received | grep -qxF -- "$1"
}

# Waits until the line is there.
got_line() {
	wait_until 10 _got "$1" || { received; cat "${AGENT_LOG:-agent.log}"; return 1; } >&2
}

# For input that comes slowly, and for a kill at any moment; never to wait for a result.
pause() { # SECONDS
	timeout "$1" tail -f /dev/null || :
}
