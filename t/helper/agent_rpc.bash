# agent_rpc.bash - for tests of the avro and thrift components: two agents, one after the other.
#
#	source_agent [LINE...]		agent b, a source r1 of type $RPC into a logger; PORT, SOURCE_PID, b.conf, b.log
#	sink_agent COUNT [LINE...]	agent a, so many numbers to a sink k1 of type $RPC_SINK (RPC) at PORT; a.conf, a.log
#	bodies				the numbers that came
#	all_there N			at least so many came
#	end_both			and both say that all is well

source_agent() {
	{
		cat <<-END
			b.sources = r1
			b.channels = c1
			b.sinks = k1
			b.sources.r1.type = $RPC
			b.sources.r1.bind = 127.0.0.1
			b.sources.r1.port = 0
			b.sources.r1.channels = c1
			b.channels.c1.type = memory
			b.channels.c1.capacity = 1000
			b.sinks.k1.type = logger
			b.sinks.k1.channel = c1
		END
		printf '%s\n' "$@"
	} >b.conf
	AGENT_LOG=b.log start_agent b.conf b || return
	SOURCE_PID=$AGENT_PID
	PORT=$(AGENT_LOG=b.log agent_port r1)
}

sink_agent() {
	{
		cat <<-END
			a.sources = r1
			a.channels = c1
			a.sinks = k1
			a.sources.r1.type = seq
			a.sources.r1.totalEvents = $1
			a.sources.r1.channels = c1
			a.channels.c1.type = memory
			a.sinks.k1.type = ${RPC_SINK:-$RPC}
			a.sinks.k1.hostname = 127.0.0.1
			a.sinks.k1.port = $PORT
			a.sinks.k1.channel = c1
		END
		shift
		printf '%s\n' "$@"
	} >a.conf
	AGENT_LOG=a.log start_agent a.conf a --drain=500ms
}

bodies() { sed -n 's/.*Event: .*  *\([0-9]*\) }$/\1/p' b.log; }
all_there() { [ "$(bodies | wc -l)" -ge "$1" ]; }
end_both() {
	stop_agent
	assert_equal "$STATUS" 0
	AGENT_PID=$SOURCE_PID
	stop_agent
	assert_equal "$STATUS" 0
}
