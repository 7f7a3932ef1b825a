/*
 * serializing.h - the serializer of a sink: made from its configuration, and called.
 *
 *	serializing_read(&s, ctx, "sink.serializer", "TEXT");	// in configure: KEY and KEY.*
 *	rc = serializing_begin(&s, &out, &e);			// then put, flush, end
 *	serializing_release(&s);
 */
#ifndef AGENT_SERIALIZING_H
#define AGENT_SERIALIZING_H

#include "agent/component.h"

struct serializing {
	const struct serializer_type *type;	/* NULL: there is none, and that was told */
	void *self;
};

void serializing_read(struct serializing *, struct context *, const char *key, const char *otherwise);
int serializing_begin(struct serializing *, struct buf *, struct err *);
int serializing_put(struct serializing *, const struct event *, size_t n, struct buf *, struct err *);
int serializing_flush(struct serializing *, struct buf *, struct err *);
int serializing_end(struct serializing *, struct buf *, struct err *);
void serializing_release(struct serializing *);

#endif
