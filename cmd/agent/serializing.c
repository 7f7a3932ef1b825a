/*
 * serializing.c - the serializer of a sink (serializing.h).
 */
#include "agent/serializing.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/registry.h"

void
serializing_read(struct serializing *s, struct context *c, const char *key, const char *otherwise)
{
	const char *type = ctx_str(c, key, otherwise), *near = NULL;
	char prefix[256];

	if ((s->type = find_serializer(type, &near)) == NULL) {
		ctx_error(c, key, "there is no serializer '%s'%s%s%s", type, near == NULL ? "" : ", did you mean '", near == NULL ? "" : near,
		    near == NULL ? "" : "'?");
		return;
	}
	if ((s->self = calloc(1, s->type->size + 1)) == NULL) {
		ctx_error(c, key, "no memory");
		s->type = NULL;
		return;
	}
	snprintf(prefix, sizeof(prefix), "%s.", key);
	if (s->type->configure != NULL)
		s->type->configure(s->self, ctx_below(c, prefix));
}

int
serializing_begin(struct serializing *s, struct buf *out, struct err *e)
{
	return s->type->begin == NULL ? 0 : s->type->begin(s->self, out, e);
}

int
serializing_put(struct serializing *s, const struct event *v, size_t n, struct buf *out, struct err *e)
{
	return s->type->put(s->self, v, n, out, e);
}

int
serializing_flush(struct serializing *s, struct buf *out, struct err *e)
{
	return s->type->flush == NULL ? 0 : s->type->flush(s->self, out, e);
}

int
serializing_end(struct serializing *s, struct buf *out, struct err *e)
{
	return s->type->end == NULL ? 0 : s->type->end(s->self, out, e);
}

void
serializing_release(struct serializing *s)
{
	if (s->type != NULL && s->type->release != NULL)
		s->type->release(s->self);
	free(s->self);
	*s = (struct serializing){ .type = NULL };
}
