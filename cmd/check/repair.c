/*
 * plog-check repair: what is to be done, a line each; --execute does it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "log/repair.h"
#include "store/check.h"
#include "store/config.h"
#include "store/topic.h"
#include "tool/msg.h"

#define LOCK_MS	30000

static const struct column columns[] = {
	{ "ACTION", "action", COL_TEXT }, { "PATH", "path", COL_TEXT }, { "POSITION", "position", COL_NUMBER },
	{ "BYTES", "bytes", COL_NUMBER }, { "FROM", "from", COL_NUMBER }, { "NEXT", "next", COL_NUMBER },
	{ "WHY", "why", COL_TEXT }, { NULL, NULL, COL_TEXT } };

struct run {
	const struct check_opts *o;
	struct repair_opts opts;
	struct repair_report report;	/* of all partitions */
	bool failed;
};

static void
failed(void *arg, const struct err *e)
{
	struct run *r = arg;

	msg_err(e);
	r->failed = true;
}

/* What is wrong around the partitions is nothing that can be made up. */
static void
topic(void *arg, struct store *st, const char *name)
{
	struct findings l = FINDINGS_INIT;
	struct run *r = arg;
	struct topic t;
	size_t i;

	check_topic(st, name, &l);
	for (i = 0; i < l.n; i++)
		if (l.v[i].kind != FINDING_LEFTOVER) {
			msg("%s: %s: it cannot be repaired", l.v[i].path, l.v[i].what);
			r->failed = true;
		}
	findings_release(&l);
	/* One that cannot be opened is said by who visits it. */
	if (topic_open(&t, st, name, NULL) != 0)
		return;
	config_log(t.config, &r->opts.conf);
	topic_close(&t);
}

static void
partition(void *arg, const struct partdir *p, int64_t only, const char *file)
{
	struct run *r = arg;
	struct err e = ERR_INIT;

	(void)only;
	(void)file;
	if (partdir_repair(p, &r->opts, &r->report, &e) != 0)
		failed(r, &e);
}

static void
number(struct table *t, int64_t v)
{
	if (v < 0)
		table_none(t);
	else
		table_number(t, v);
}

static void
show(const struct run *r)
{
	struct buf out = BUF_INIT;
	bool gone = false;
	struct table t;
	size_t i;

	table_init(&t, columns, r->o->form);
	for (i = 0; i < r->report.n; i++) {
		const struct repair_action *a = &r->report.v[i];

		table_text(&t, repair_word(a->kind));
		table_text(&t, a->path);
		number(&t, a->position);
		number(&t, a->bytes);
		number(&t, a->from);
		number(&t, a->next);
		table_text(&t, a->why);
		table_row(&t);
	}
	table_finish(&t, &out);
	if (out.n > 0 && out_flush(&out, &gone) != 0 && !gone)
		exit(EXIT_FAILED);
	buf_release(&out);
}

int
check_cmd_repair(struct check_opts *o, int n, char *const *operands)
{
	struct run r = { .o = o, .opts = { .execute = o->execute, .lock_timeout_ms = LOCK_MS }, .report = REPAIR_REPORT_INIT };
	struct check_visitor v = { .topic = topic, .partition = partition, .failed = failed, .finds = true, .arg = &r };
	int i, status;

	for (i = 0; i < n; i++)
		if (strchr(operands[i], '/') != NULL)
			die_usage("'repair' takes topics, unlike '%s'", operands[i]);
	check_visit(o, n, operands, &v);
	if (r.report.nomem)
		die("%s", strerror(ENOMEM));
	if (r.report.n > 0)
		show(&r);
	if (r.report.n > r.report.left && !o->execute)
		msg("nothing was changed: --execute does it");
	status = r.failed || r.report.left > 0 || (r.report.n > 0 && !o->execute) ? EXIT_FAILED : EXIT_DONE;
	repair_report_release(&r.report);
	return out_close() != EXIT_DONE ? EXIT_FAILED : status;
}
