/*
 * multiplexing.c - the value of a header says which channels.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/component.h"

struct mapping {
	struct slice value;
	uint64_t required, optional;
	bool has_required;
};

struct multiplexing {
	struct slice header;
	struct mapping *v;
	size_t n;
	uint64_t otherwise;
};

static uint64_t
channels_of(struct context *c, const char *key, const char *value, const char *const *channels, size_t n)
{
	struct words w = ctx_split(c, value, " \t");
	uint64_t bits = 0;
	size_t i, k;

	for (i = 0; i < w.n; i++) {
		for (k = 0; k < n && strcmp(channels[k], w.v[i]) != 0; k++)
			;
		if (k == n)
			ctx_error(c, key, "'%s' is no channel of this source", w.v[i]);
		else
			bits |= UINT64_C(1) << k;
	}
	return bits;
}

static struct mapping *
mapping_of(struct multiplexing *m, const char *value)
{
	struct mapping *v;
	size_t i;

	for (i = 0; i < m->n; i++)
		if (slice_eq(m->v[i].value, slice_str(value)))
			return &m->v[i];
	if ((v = reallocarray(m->v, m->n + 1, sizeof(*v))) == NULL)
		return NULL;
	m->v = v;
	v[m->n] = (struct mapping){ .value = slice_str(value) };
	return &v[m->n++];
}

static void
read_mappings(struct multiplexing *m, struct context *c, const char *prefix, bool required, const char *const *channels, size_t n)
{
	const char *rest, *value;
	struct mapping *to;
	char key[512];
	size_t at = 0;

	while (ctx_each(c, prefix, &at, &rest, &value)) {
		(void)strlcpy(key, prefix, sizeof(key));
		(void)strlcat(key, rest, sizeof(key));
		if ((to = mapping_of(m, rest)) == NULL)
			ctx_error(c, key, "no memory");
		else if (required) {
			to->required = channels_of(c, key, value, channels, n);
			to->has_required = true;
		} else
			to->optional = channels_of(c, key, value, channels, n);
	}
}

static void
configure(void *self, struct context *c, const char *const *channels, size_t n)
{
	struct multiplexing *m = self;
	size_t i;

	m->header = slice_str(ctx_str(c, "header", "flume.selector.header"));
	m->otherwise = channels_of(c, "default", ctx_str(c, "default", ""), channels, n);
	read_mappings(m, c, "mapping.", true, channels, n);
	read_mappings(m, c, "optional.", false, channels, n);
	for (i = 0; i < m->n; i++) {
		if (!m->v[i].has_required)
			m->v[i].required = m->otherwise;
		m->v[i].optional &= ~m->v[i].required;
	}
	if (m->n == 0)
		ctx_warn(c, "mapping.", "there is no mapping.VALUE: all events go to the default");
	if (m->otherwise == 0)
		ctx_warn(c, "default", "is not set: events without a mapping are thrown away, and counted (EventUnroutedCount)");
}

static void
route(void *self, const struct event *ev, uint64_t *required, uint64_t *optional)
{
	const struct multiplexing *m = self;
	struct slice value = event_get(ev, m->header);
	size_t i;

	for (i = 0; value.p != NULL && i < m->n; i++)
		if (slice_eq(m->v[i].value, value)) {
			*required = m->v[i].required;
			*optional = m->v[i].optional;
			return;
		}
	*required = m->otherwise;
	*optional = 0;
}

static void
release(void *self)
{
	struct multiplexing *m = self;

	free(m->v);
}

const struct selector_type selector_multiplexing = {
	.names = { "multiplexing", CLASSES("org.apache.flume.channel.MultiplexingChannelSelector") },
	.size = sizeof(struct multiplexing), .configure = configure, .route = route, .release = release,
};
