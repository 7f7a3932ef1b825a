/*
 * deserializing.c - the deserializer of a source (deserializing.h).
 */
#include "agent/deserializing.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/registry.h"

void
deserializing_read(struct deserializing *d, struct context *c, const char *key, const char *otherwise, const struct deserializer_text *text)
{
	const char *type = ctx_str(c, key, otherwise), *near = NULL;
	char prefix[64];

	if ((d->type = find_deserializer(type, &near)) == NULL) {
		ctx_error(c, key, "there is no deserializer '%s'%s%s%s", type, near == NULL ? "" : ", did you mean '", near == NULL ? "" : near,
		    near == NULL ? "" : "'?");
		return;
	}
	if ((d->self = calloc(1, d->type->size + 1)) == NULL) {
		ctx_error(c, key, "no memory");
		d->type = NULL;
		return;
	}
	snprintf(prefix, sizeof(prefix), "%s.", key);
	if (d->type->configure != NULL)
		d->type->configure(d->self, ctx_below(c, prefix));
	if (d->type->text != NULL)
		d->type->text(d->self, text);
}

int
deserializing_open(struct deserializing *d, int fd, int64_t at, struct err *e)
{
	return d->type->open(d->self, fd, at, e);
}

ssize_t
deserializing_events(struct deserializing *d, struct batch *b, size_t max, struct err *e)
{
	return d->type->read(d->self, b, max, e);
}

int64_t
deserializing_tell(struct deserializing *d)
{
	return d->type->tell(d->self);
}

void
deserializing_close(struct deserializing *d)
{
	if (d->type->close != NULL)
		d->type->close(d->self);
}

void
deserializing_release(struct deserializing *d)
{
	if (d->type != NULL && d->type->release != NULL)
		d->type->release(d->self);
	free(d->self);
	d->self = NULL;
	d->type = NULL;
}
