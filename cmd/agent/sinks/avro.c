/*
 * avro.c - the avro sink: batches to an avro source, Flume's or a plog-agent's.
 */
#include "agent/rpc_conf.h"
#include "agent/rpc_sink.h"

static void
configure(void *self, struct context *c)
{
	struct rpc_sink *r = self;

	rpc_sink_configure(r, c, &rpc_avro);
	r->deflate = rpc_deflate(c, &r->client.kind, r->ssl);
	ctx_ignored(c, "maxIoWorkers", "a sink has one thread");
}

const struct sink_type sink_avro = {
	.names = { "avro", CLASSES("org.apache.flume.sink.AvroSink", "org.apache.flume.rpc.avro.sink.AvroSink") },
	.size = sizeof(struct rpc_sink),
	.configure = configure, .start = rpc_sink_start, .process = rpc_sink_process, .stop = rpc_sink_stop,
	.release = rpc_sink_release,
};
