/*
 * uuid.c - a random UUID (version 4) in a header of each event.
 */
#include <sys/random.h>
#include <stdio.h>
#include <string.h>

#include "agent/component.h"

#define TOGETHER	256	/* bytes that getrandom(2) gives whole */

struct uuid {
	const char *header, *prefix;
	bool preserve;
	uint8_t random[TOGETHER];
	size_t left;
};

static void
configure(void *self, struct context *c)
{
	struct uuid *u = self;

	u->header = ctx_str(c, "headerName", "id");
	u->prefix = ctx_str(c, "prefix", "");
	u->preserve = ctx_bool(c, "preserveExisting", true);
	if (strlen(u->prefix) > 1024)
		ctx_error(c, "prefix", "has more than 1024 bytes");
}

/* 36 characters at out, and a NUL. */
static int
make(struct uuid *u, char out[37])
{
	uint8_t *p;

	if (u->left < 16) {
		if (getrandom(u->random, sizeof(u->random), 0) != (ssize_t)sizeof(u->random))
			return -1;
		u->left = sizeof(u->random);
	}
	p = u->random + (u->left -= 16);
	p[6] = (uint8_t)((p[6] & 0x0f) | 0x40);
	p[8] = (uint8_t)((p[8] & 0x3f) | 0x80);
	snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7],
	    p[8], p[9], p[10], p[11], p[12], p[13], p[14], p[15]);
	return 0;
}

static int
intercept(void *self, struct batch *b, size_t from, struct err *e)
{
	struct uuid *u = self;
	char text[1024 + 37];
	size_t n = strlen(u->prefix), i;

	memcpy(text, u->prefix, n);
	for (i = from; i < b->n; i++) {
		struct event *ev = &b->v[i];

		if (ev->dropped || (u->preserve && event_get(ev, slice_str(u->header)).p != NULL))
			continue;
		if (make(u, text + n) != 0)
			return err_sys(e, "cannot make a random UUID");
		if (event_set(b, ev, slice_str(u->header), SLICE_OF(text, n + 36)) != 0)
			return err_set(e, ERR_NOMEM, "no memory for headers");
	}
	return 0;
}

const struct interceptor_type interceptor_uuid = {
	.names = { "uuid", CLASSES("org.apache.flume.sink.solr.morphline.UUIDInterceptor") },
	.size = sizeof(struct uuid), .configure = configure, .intercept = intercept,
};
