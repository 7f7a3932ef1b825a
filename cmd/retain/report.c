/*
 * A line a segment: goes or stays, and why; totals at the end.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "retain/retain.h"
#include "tool/msg.h"

static const struct column columns[] = {
	{ "TOPIC", "topic", COL_TEXT },
	{ "PARTITION", "partition", COL_NUMBER },
	{ "SEGMENT", "base_offset", COL_NUMBER },
	{ "NEXT", "next_offset", COL_NUMBER },
	{ "SIZE", "bytes", COL_SIZE },
	{ "LARGEST-TIME", "largest_time", COL_TIME },
	{ "ACTIVE", "active", COL_BOOL },
	{ "GOES", "goes", COL_BOOL },
	{ "REASON", "reason", COL_TEXT },
	{ NULL, NULL, COL_TEXT },
};

/* The two largest units: 7d, 1h30m, 250ms. */
static const char *
duration(int64_t ms, char *out, size_t n)
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = { { 86400000, "d" }, { 3600000, "h" }, { 60000, "m" }, { 1000, "s" }, { 1, "ms" } };
	size_t i, at, count = sizeof(units) / sizeof(units[0]);
	int64_t rest;

	for (i = 0; i + 1 < count && ms < units[i].ms; i++)
		;
	at = (size_t)snprintf(out, n, "%" PRId64 "%s", ms / units[i].ms, units[i].name);
	rest = ms % units[i].ms;
	if (i + 1 < count && rest / units[i + 1].ms > 0)
		(void)snprintf(out + at, n - at, "%" PRId64 "%s", rest / units[i + 1].ms, units[i + 1].name);
	return out;
}

/* Of a topic that nothing is deleted of: what compaction did. */
static void
policy_reason(const struct retain_opts *o, const struct outcome *oc, const struct retain_segment *s, char *out, size_t n)
{
	if (oc->looked && s->active && !(o->dry && oc->log.roll_due))
		snprintf(out, n, "the segment that is written to is not compacted");
	else if (oc->looked && oc->compact.due && oc->compact.held != NULL && s->base >= oc->compact.to)
		snprintf(out, n, "not compacted: %s", oc->compact.held);
	else if (oc->looked)
		snprintf(out, n, "%s: dirty ratio %.2f, %s", !oc->compact.due ? "not compacted" : o->dry ?
		    "would be compacted" : "compacted", oc->compact.ratio, oc->compact.why);
	else
		snprintf(out, n, "cleanup.policy has no delete");
}

static void
reason(const struct retain_rules *r, const struct retain_opts *o, const struct outcome *oc, const struct retain_segment *s,
    char *out, size_t n)
{
	const struct retain_log *l = &oc->log;
	char age[48], limit[48];

	(void)duration(s->told && r->now_ms > s->largest ? r->now_ms - s->largest : 0, age, sizeof(age));
	(void)duration(r->retention_ms, limit, sizeof(limit));
	switch (s->why) {
	case RETAIN_UNDECIDED:
		snprintf(out, n, "not decided: the partition cannot be looked at");
		break;
	case RETAIN_BY_START:
		snprintf(out, n, "ends at or below the log start offset %" PRId64, l->start);
		break;
	case RETAIN_BY_SIZE:
		if (o->max_size >= 0)
			snprintf(out, n, "the oldest, beyond --max-size");
		else
			snprintf(out, n, "beyond retention.bytes %" PRId64, r->retention_bytes);
		break;
	case RETAIN_BY_TIME:
		snprintf(out, n, "%s old, retention is %s", age, limit);
		break;
	case RETAIN_POLICY:
		policy_reason(o, oc, s, out, n);
		break;
	case RETAIN_WITHIN:
		if (r->retention_ms < 0)
			snprintf(out, n, "no limit in time, within its size");
		else if (s->told && s->largest > r->now_ms)
			snprintf(out, n, "its largest time is in the future");
		else
			snprintf(out, n, "%s old, retention is %s", age, limit);
		break;
	case RETAIN_BEHIND:
		snprintf(out, n, "an older segment stays");
		break;
	case RETAIN_EMPTY:
		snprintf(out, n, "empty, the end of the log");
		break;
	case RETAIN_NO_TIME:
		snprintf(out, n, "no record has a time");
		break;
	case RETAIN_CLOCK:
		snprintf(out, n, "%s old by a clock in doubt, retention is %s", age, limit);
		break;
	case RETAIN_UNTOLD:
		snprintf(out, n, "its largest time cannot be told");
		break;
	case RETAIN_UNREAD:
		snprintf(out, n, "unread by group %s", oc->group);
		break;
	}
	if (o->dry && s->active && (s->goes || l->roll_due))
		strlcat(out, s->goes ? "; rolled first" : "; rolled by segment.ms", n);
}

void
report_start(struct report *rep, const struct retain_opts *o)
{
	*rep = (struct report){ .gone = 0 };
	if (o->show)
		table_init(&rep->table, columns, o->form);
}

static void
size_text(char *out, size_t n, uint64_t bytes)
{
	if (humanize_number(out, n, (int64_t)bytes, "", HN_AUTOSCALE, HN_NOSPACE | HN_DECIMAL) == -1)
		snprintf(out, n, "%" PRIu64, bytes);
}

static void
tell_compaction(const struct retain_opts *o, const char *label, const struct compact_result *res)
{
	char before[5], after[5], keyless[56] = "", aborted[56] = "";

	if (!res->due) {
		msg("'%s' is not compacted: dirty ratio %.2f, %s", label, res->ratio, res->why);
		return;
	}
	if (o->dry) {
		msg("'%s' would be compacted, offsets %" PRId64 " to %" PRId64 ": dirty ratio %.2f, %s", label,
		    res->from, res->to - 1, res->ratio, res->why);
		return;
	}
	size_text(before, sizeof(before), res->bytes_before);
	size_text(after, sizeof(after), res->bytes_after);
	if (res->keyless > 0)
		snprintf(keyless, sizeof(keyless), ", %" PRIu64 " without a key went", res->keyless);
	if (res->aborted > 0)
		snprintf(aborted, sizeof(aborted), ", %" PRIu64 " of aborted transactions went", res->aborted);
	msg("'%s' was compacted in %" PRIu64 " pass%s: dirty ratio %.2f, %s; %" PRIu64 " segment%s (%s) became %" PRIu64
	    " (%s)%s%s", label, res->passes, res->passes == 1 ? "" : "es", res->ratio, res->why, res->segments_before,
	    res->segments_before == 1 ? "" : "s", before, res->segments_after, after, keyless, aborted);
}

static void
tell(const struct retain_opts *o, const struct outcome *oc)
{
	char size[5], age[48];

	if (oc->rc == 0 && oc->looked)
		tell_compaction(o, oc->log.dir.label, &oc->compact);
	if (oc->aside.files == 0)
		return;
	size_text(size, sizeof(size), oc->aside.bytes);
	msg("'%s': %" PRIu64 " file%s (%s) in quarantine older than %s %s deleted", oc->log.dir.label, oc->aside.files,
	    oc->aside.files == 1 ? "" : "s", size, duration(o->quarantine_ms, age, sizeof(age)),
	    o->dry ? "would be" : oc->aside.files == 1 ? "was" : "were");
}

void
report_partition(struct report *rep, const struct retain_opts *o, const struct work *w, int32_t partition,
    const struct outcome *oc)
{
	const struct retain_log *l = &oc->log;
	char why[400];
	size_t i;

	if (o->verbose || (o->dry && o->form == TABLE_PEOPLE))
		tell(o, oc);
	for (i = 0; i < l->n; i++) {
		const struct retain_segment *s = &l->v[i];

		*(s->goes ? &rep->gone : &rep->stay) += 1;
		*(s->goes ? &rep->gone_bytes : &rep->stay_bytes) += s->size > 0 ? (uint64_t)s->size : 0;
		if (!o->show)
			continue;
		reason(&w->rules, o, oc, s, why, sizeof(why));
		table_text(&rep->table, w->name);
		table_number(&rep->table, partition);
		table_number(&rep->table, s->base);
		table_number(&rep->table, s->next);
		if (s->size >= 0)
			table_number(&rep->table, s->size);
		else
			table_none(&rep->table);
		if (s->told && s->largest >= 0)
			table_number(&rep->table, s->largest);
		else
			table_none(&rep->table);
		table_number(&rep->table, s->active);
		table_number(&rep->table, s->goes);
		table_text(&rep->table, why);
		table_row(&rep->table);
	}
}

int
report_end(struct report *rep, const struct retain_opts *o, int status)
{
	struct buf b = BUF_INIT;
	char gone[5], stay[5];
	bool closed = false;

	/* Without rows a table for people would be its header. */
	if (o->show)
		table_finish(&rep->table, &b);
	if (b.failed)
		die("%s", strerror(ENOMEM));
	if (b.n > 0 && out_flush(&b, &closed) != 0 && !closed)
		status = EXIT_FAILED;
	buf_release(&b);
	if (!closed && out_close() != EXIT_DONE)
		status = EXIT_FAILED;
	size_text(gone, sizeof(gone), rep->gone_bytes);
	size_text(stay, sizeof(stay), rep->stay_bytes);
	if (o->verbose || (o->dry && o->form == TABLE_PEOPLE))
		msg("%" PRIu64 " segment%s (%s) %s, %" PRIu64 " (%s) stay%s", rep->gone, rep->gone == 1 ? "" : "s", gone,
		    o->dry ? "would be deleted" : rep->gone == 1 ? "was deleted" : "were deleted", rep->stay, stay,
		    rep->stay == 1 ? "s" : "");
	return status;
}
