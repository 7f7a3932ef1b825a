/*
 * thrift.c - the thrift sink: batches to a thrift source, Flume's or a plog-agent's.
 */
#include "agent/rpc_conf.h"
#include "agent/rpc_sink.h"

static void
configure(void *self, struct context *c)
{
	static const char *const protocols[] = { "compact", "binary", NULL };
	struct rpc_sink *r = self;

	rpc_sink_configure(r, c, &rpc_thrift);
	r->client.thrift = ctx_choice(c, "protocol", 0, protocols) == 0 ? THRIFT_COMPACT : THRIFT_BINARY;
	ctx_ignored(c, "maxConnections", "a sink has one connection");
	rpc_no_kerberos(c);
}

const struct sink_type sink_thrift = {
	.names = { "thrift", CLASSES("org.apache.flume.sink.ThriftSink", "org.apache.flume.rpc.thrift.sink.ThriftSink") },
	.size = sizeof(struct rpc_sink),
	.configure = configure, .start = rpc_sink_start, .process = rpc_sink_process, .stop = rpc_sink_stop,
	.release = rpc_sink_release,
};
