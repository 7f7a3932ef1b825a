/*
 * deserializing.h - the deserializer of a source: made from its configuration, and called.
 *
 *	deserializing_read(&d, ctx, "deserializer", "LINE");	// in configure: KEY and KEY.*
 *	rc = deserializing_open(&d, fd, at, &e);		// then read and tell, close
 *	deserializing_release(&d);
 */
#ifndef AGENT_DESERIALIZING_H
#define AGENT_DESERIALIZING_H

#include "agent/component.h"

struct deserializing {
	const struct deserializer_type *type;	/* NULL: there is none, and that was told */
	void *self;
};

void deserializing_read(struct deserializing *, struct context *, const char *key, const char *otherwise, const struct deserializer_text *);
int deserializing_open(struct deserializing *, int fd, int64_t at, struct err *);
ssize_t deserializing_events(struct deserializing *, struct batch *, size_t max, struct err *);
int64_t deserializing_tell(struct deserializing *);
void deserializing_close(struct deserializing *);
void deserializing_release(struct deserializing *);

#endif
