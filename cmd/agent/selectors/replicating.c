/*
 * replicating.c - every event into every channel; some of them may be optional.
 */
#include <string.h>

#include "agent/component.h"

struct replicating {
	uint64_t required, optional;
};

static void
configure(void *self, struct context *c, const char *const *channels, size_t n)
{
	struct replicating *r = self;
	struct words optional = ctx_words(c, "optional", " \t");
	size_t i, j;

	for (j = 0; j < optional.n; j++) {
		for (i = 0; i < n && strcmp(channels[i], optional.v[j]) != 0; i++)
			;
		if (i < n)
			r->optional |= UINT64_C(1) << i;
		else
			ctx_warn(c, "optional", "'%s' is no channel of this source", optional.v[j]);
	}
	for (i = 0; i < n; i++)
		r->required |= UINT64_C(1) << i;
	r->required &= ~r->optional;
}

static void
route(void *self, const struct event *ev, uint64_t *required, uint64_t *optional)
{
	const struct replicating *r = self;

	(void)ev;
	*required = r->required;
	*optional = r->optional;
}

const struct selector_type selector_replicating = {
	.names = { "replicating", CLASSES("org.apache.flume.channel.ReplicatingChannelSelector") },
	.size = sizeof(struct replicating), .uniform = true, .configure = configure, .route = route,
};
