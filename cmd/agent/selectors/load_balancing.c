/*
 * load_balancing.c - each event into one of the channels, in turn or by chance.
 */

#include "agent/component.h"
#include "base/clock.h"

struct balancing {
	size_t n, next;
	bool by_chance;
	uint64_t seed;
};

static void
configure(void *self, struct context *c, const char *const *channels, size_t n)
{
	static const char *const policies[] = { "round_robin", "random", NULL };
	struct balancing *b = self;

	(void)channels;
	b->n = n;
	b->by_chance = ctx_choice(c, "policy", 0, policies) == 1;
	b->seed = (uint64_t)clock_steady_ns() | 1;
}

static void
route(void *self, const struct event *ev, uint64_t *required, uint64_t *optional)
{
	struct balancing *b = self;

	(void)ev;
	if (b->by_chance) {
		b->seed ^= b->seed << 13;
		b->seed ^= b->seed >> 7;
		b->seed ^= b->seed << 17;
		b->next = (size_t)(b->seed % b->n);
	}
	*required = UINT64_C(1) << b->next;
	*optional = 0;
	if (!b->by_chance)
		b->next = (b->next + 1) % b->n;
}

const struct selector_type selector_load_balancing = {
	.names = { "load_balancing", CLASSES("org.apache.flume.channel.LoadBalancingChannelSelector") },
	.size = sizeof(struct balancing), .configure = configure, .route = route,
};
