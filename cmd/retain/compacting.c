/*
 * Compaction of one partition.
 */
#include "retain/retain.h"

int
retain_compact(const struct partdir *dir, const struct work *w, const struct retain_opts *o, struct outcome *out)
{
	struct compact_rules r = w->compact;

	r.now = o->compact_now;
	r.dry = o->dry;
	/* What a run would have done by now. */
	if (o->dry) {
		const struct retain_log *l = &out->log;

		r.dry_from = l->go == 0 ? 0 : l->go < l->n ? l->v[l->go].base : l->end;
		r.dry_rolled = l->roll_due && l->go < l->n;
	}
	r.now_ms = o->now_ms;
	r.clock_ok = o->clock_ok;
	r.memory = (size_t)(o->memory / o->jobs);
	r.pace = o->pace;
	r.seen = o->seen;
	r.stop = o->stop;
	out->looked = true;
	return compact_run(dir, &r, &out->compact, &out->e);
}
