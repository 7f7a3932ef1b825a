/*
 * avro.c - the avro source: Flume's Avro RPC, from its sinks and clients, a
 * log4j appender, or a plog-agent.
 */
#include "agent/rpc_source.h"
#include "agent/wire/avro_call.h"

#define FRAME_MAX	((int64_t)64 << 20)

struct avro {
	struct rpc_source rpc;
};

struct avro_conn {
	struct rpc_conn rpc;
	struct avro_frame frame;
	bool established;
};

static void
configure(void *self, struct context *c)
{
	struct avro *a = self;

	rpc_source_configure(&a->rpc, c, LISTENER_TLS | LISTENER_FILTER | LISTENER_DEFLATE, FRAME_MAX);
}

static int
start(void *self, struct source *src, struct err *e)
{
	struct avro *a = self;
	int rc = listener_start(&a->rpc.listener, src, e);

	if (rc == 0)
		say(source_self(src), LOG_INFO, "Avro source %s started.", source_self(src)->name);
	return rc;
}

/* The events of the call into the batch. */
static int
gather(struct avro_conn *c, struct avro_request *q, struct err *e)
{
	struct avro_event in;
	struct slice name, value;
	struct event *ev;
	int rc;

	while ((rc = avro_request_event(q, &in, e)) == 1) {
		if ((rc = rpc_add(&c->rpc, in.body, in.count, &ev, e)) != 0)
			return rc;
		for (struct avro_list h = avro_headers(&in); avro_header_next(&h, &name, &value);)
			if (event_set(&c->rpc.batch, ev, name, value) != 0)
				return err_set(e, ERR_NOMEM, "no memory for headers");
		event_from_map(ev);
	}
	return rc;
}

/* Does what the message asks; the answer goes behind out. */
static void
answer(struct avro_conn *c, uint32_t serial, struct slice message)
{
	struct err e = ERR_INIT;
	struct avro_request q;
	enum avro_status status = AVRO_OK;
	int rc = avro_request_get(&q, message, &c->established, &e);

	if (rc == 0 && q.what == AVRO_NOTHING)
		return;
	if (rc == 0 && q.what == AVRO_UNKNOWN)
		rc = err_set(&e, ERR_INVALID, "No such remote message: %.*s", q.name.n < 200 ? (int)q.name.n : 200, (const char *)q.name.p);
	if (rc == 0 && (q.what == AVRO_APPEND || q.what == AVRO_APPEND_BATCH)) {
		rc = gather(c, &q, &e);
		if (rc == 0 && !rpc_put(&c->rpc, q.what == AVRO_APPEND_BATCH))
			status = AVRO_FAILED;
	}
	if (rc != 0)
		rpc_refused(&c->rpc, &e);
	avro_reply_put(&c->rpc.out, serial, &q, status, rc != 0 ? e.text : NULL);
}

static int
call(struct rpc_conn *r, struct err *e)
{
	struct avro_conn *c = (struct avro_conn *)r;
	int rc = avro_frame_join(&c->frame, r->in.p + r->at, r->in.n - r->at, (size_t)r->self->max_frame, e);

	if (rc != 1)
		return rc;
	answer(c, c->frame.serial, SLICE_OF(r->in.p + r->at, c->frame.size));
	r->at += c->frame.used;
	c->frame = AVRO_FRAME_INIT;
	return 1;
}

static void
converse(void *self, struct listener *l, struct stream *s)
{
	struct avro_conn c = { .rpc = { .call = call } };

	(void)l;
	rpc_converse(&c.rpc, self, s);
}

static int
run(void *self, struct source *src, struct err *e)
{
	struct avro *a = self;

	return listener_run(&a->rpc.listener, src, converse, a, e);
}

static void
stop(void *self, struct source *src)
{
	struct avro *a = self;

	(void)src;
	listener_stop(&a->rpc.listener);
}

static void
release(void *self)
{
	struct avro *a = self;

	listener_release(&a->rpc.listener);
}

const struct source_type source_avro = {
	.names = { "avro", CLASSES("org.apache.flume.source.AvroSource", "org.apache.flume.rpc.avro.source.AvroSource") },
	.size = sizeof(struct avro),
	.configure = configure, .start = start, .run = run, .stop = stop, .release = release,
};
