/*
 * plog-check reindex: the indexes of topics, made anew; --digest: and digests.
 */
#include <string.h>

#include "check/check.h"
#include "log/appender.h"
#include "log/reindex.h"
#include "store/config.h"
#include "store/topic.h"
#include "tool/msg.h"

#define LOCK_MS	30000

struct run {
	const struct check_opts *o;
	struct log_config conf;
	bool failed;
};

static void
failed(void *arg, const struct err *e)
{
	struct run *r = arg;

	msg_err(e);
	r->failed = true;
}

static void
topic(void *arg, struct store *st, const char *name)
{
	struct run *r = arg;
	struct topic t;

	/* One that cannot be opened is said by who visits it. */
	if (topic_open(&t, st, name, NULL) != 0)
		return;
	config_log(t.config, &r->conf);
	topic_close(&t);
}

static void
partition(void *arg, const struct partdir *p, int64_t only, const char *file)
{
	struct run *r = arg;
	struct err e = ERR_INIT;

	(void)only;
	(void)file;
	if (partdir_reindex(p, r->conf.index_interval_bytes, LOCK_MS, &e) != 0)
		failed(r, &e);
	else if (r->o->digest && partdir_digest(p, LOCK_MS, &e) != 0)
		failed(r, &e);
	else if (r->o->verbose)
		msg("indexes of '%s' were made anew", p->label);
}

int
check_cmd_reindex(struct check_opts *o, int n, char *const *operands)
{
	struct run r = { .o = o };
	struct check_visitor v = { .topic = topic, .partition = partition, .failed = failed, .arg = &r };
	int i;

	for (i = 0; i < n; i++)
		if (strchr(operands[i], '/') != NULL)
			die_usage("'reindex' takes topics, unlike '%s'", operands[i]);
	check_visit(o, n, operands, &v);
	return r.failed ? EXIT_FAILED : EXIT_DONE;
}
