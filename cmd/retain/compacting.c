/*
 * Compaction of one partition, and what is said of it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "retain/retain.h"
#include "tool/msg.h"

static void
size_text(char out[5], uint64_t bytes)
{
	if (humanize_number(out, 5, (int64_t)bytes, "", HN_AUTOSCALE, HN_NOSPACE | HN_DECIMAL) == -1)
		snprintf(out, 5, "?");
}

static void
tell(const struct partdir *dir, const struct retain_opts *o, const struct compact_result *res)
{
	char before[5], after[5], keyless[56] = "", aborted[56] = "";

	if (!res->due) {
		msg("'%s' is not compacted: dirty ratio %.2f, %s", dir->label, res->ratio, res->why);
		return;
	}
	if (o->dry) {
		msg("'%s' would be compacted, offsets %" PRId64 " to %" PRId64 ": dirty ratio %.2f, %s", dir->label,
		    res->from, res->to - 1, res->ratio, res->why);
		return;
	}
	size_text(before, res->bytes_before);
	size_text(after, res->bytes_after);
	if (res->keyless > 0)
		snprintf(keyless, sizeof(keyless), ", %" PRIu64 " without a key went", res->keyless);
	if (res->aborted > 0)
		snprintf(aborted, sizeof(aborted), ", %" PRIu64 " of aborted transactions went", res->aborted);
	msg("'%s' was compacted in %" PRIu64 " pass%s: dirty ratio %.2f, %s; %" PRIu64 " segments (%s) became %" PRIu64
	    " (%s)%s%s", dir->label, res->passes, res->passes == 1 ? "" : "es", res->ratio, res->why, res->segments_before,
	    before, res->segments_after, after, keyless, aborted);
}

int
retain_compact(const struct partdir *dir, const struct work *w, const struct retain_opts *o, struct err *e)
{
	struct compact_rules r = w->compact;
	struct compact_result res;
	int rc;

	r.now = o->compact_now;
	r.dry = o->dry;
	r.now_ms = o->now_ms;
	r.clock_ok = o->clock_ok;
	r.memory = (size_t)o->memory;
	r.pace = o->pace;
	r.stop = o->stop;
	rc = compact_run(dir, &r, &res, e);
	if (rc == 0 && (o->verbose || (o->dry && o->form == TABLE_PEOPLE)))
		tell(dir, o, &res);
	return rc;
}
