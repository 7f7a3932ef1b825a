/*
 * Topic by topic: a topic that fails is one line, and does not stop the others.
 */
#include <string.h>

#include "retain/retain.h"
#include "tool/msg.h"

struct failures {			/* of one topic */
	struct err first;
	size_t n;
};

static void
failed(struct failures *f, const struct err *e)
{
	if (f->n++ == 0)
		f->first = *e;
}

static void
one_partition(struct topic *t, const struct work *w, size_t i, const struct retain_opts *o, const struct readers *readers,
    struct report *rep, struct failures *f)
{
	struct retain_log log = RETAIN_LOG_INIT;
	struct retain_rules r = w->rules;
	struct err e = ERR_INIT;
	const char *group = "";
	struct partdir dir;
	int rc;

	r.below = w->below[i];
	r.clock_ok = o->clock_ok;
	if (o->keep_unread)
		r.keep_from = groups_keep_from(readers, t, w->parts[i], &group);
	if ((rc = topic_partition(t, w->parts[i], &dir, &e)) == 0) {
		if (!o->dry)
			rc = retain_run(&log, &dir, &r, &e);
		else if ((rc = retain_look(&log, &dir, &e)) == 0)
			rc = retain_decide(&log, &r, &e);
	}
	if (rc == 0 && w->compacts && *o->stop == 0)
		rc = retain_compact(&dir, w, o, &e);
	if (rc == -ERR_INTR)
		rc = 0;
	/* Deleted meanwhile: nothing of it is to be retained. */
	if (rc == -ERR_NOENT && !w->named)
		rc = 0;
	if (rc != 0)
		failed(f, &e);
	if (rc == 0 && o->verbose)
		groups_warn(readers, t, w->parts[i], &log, o->dry);
	report_log(rep, o, w, w->parts[i], &log, group);
	retain_release(&log);
}

static int
one_topic(const struct work *w, const struct retain_opts *o, struct report *rep)
{
	struct failures f = { .n = 0 };
	struct readers readers = { .n = 0 };
	struct err e = ERR_INIT;
	struct topic t;
	size_t i;
	int rc;

	if ((rc = topic_open(&t, o->store, w->name, &e)) != 0) {
		if (rc == -ERR_NOENT && !w->named)
			return EXIT_DONE;
		msg_err(&e);
		return EXIT_FAILED;
	}
	/* Another one of that name by now: not what was looked at, so the next run's. */
	if (memcmp(&t.id, &w->id, sizeof(t.id)) == 0) {
		bool told = true;

		if ((o->keep_unread || o->verbose) && groups_read(&readers, o, &t, &e) != 0) {
			failed(&f, &e);
			told = false;
		}
		/* Where it cannot be told what is unread, all of it is. */
		for (i = 0; (told || !o->keep_unread) && i < w->nparts && *o->stop == 0; i++)
			one_partition(&t, w, i, o, &readers, rep, &f);
	}
	groups_release(&readers);
	topic_close(&t);
	if (f.n > 1)
		msg("%s (and %zu more partition%s of '%s')", f.first.text, f.n - 1, f.n == 2 ? "" : "s", w->name);
	else if (f.n == 1)
		msg_err(&f.first);
	return f.n == 0 ? EXIT_DONE : EXIT_FAILED;
}

int
retain_topics(const struct plan *p, const struct retain_opts *o, struct report *rep)
{
	int status = EXIT_DONE;
	size_t i;

	for (i = 0; i < p->n && *o->stop == 0; i++)
		if (one_topic(&p->v[i], o, rep) != EXIT_DONE)
			status = EXIT_FAILED;
	return status;
}
