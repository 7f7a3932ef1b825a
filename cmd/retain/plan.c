/*
 * What is to be done: topics, their rules, and limits over several logs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "retain/retain.h"
#include "store/config.h"
#include "text/glob.h"
#include "tool/msg.h"

#define LOCK_MS	30000

static void *
grow(void *p, size_t n, size_t size)
{
	if ((p = reallocarray(p, n > 0 ? n : 1, size)) == NULL)
		die("%s", strerror(ENOMEM));
	return p;
}

static void
rules_of(struct retain_rules *r, const struct retain_opts *o, const struct config *c)
{
	*r = (struct retain_rules){ .deletes = config_deletes(c), .retention_ms = config_number(c, "retention.ms"),
	    .retention_bytes = config_number(c, "retention.bytes"), .keep_from = INT64_MAX, .now_ms = o->now_ms,
	    .clock_ok = true, .explain = o->show, .lock_timeout_ms = LOCK_MS, .stop = o->stop };
	if (o->retention_ms >= 0)
		r->retention_ms = o->retention_ms;
	if (o->max_size >= 0)
		r->retention_bytes = RETAIN_NO_LIMIT;
	config_log(c, &r->conf);
}

static void
compact_rules_of(struct compact_rules *r, const struct config *c)
{
	*r = (struct compact_rules){ .ratio = config_ratio(c, "min.cleanable.dirty.ratio"),
	    .min_lag_ms = config_number(c, "min.compaction.lag.ms"), .max_lag_ms = config_number(c, "max.compaction.lag.ms"),
	    .delete_retention_ms = config_number(c, "delete.retention.ms"), .lock_timeout_ms = LOCK_MS };
	config_log(c, &r->conf);
}

/* The smallest time after which something is deleted. */
static void
stake(struct plan *p, int64_t ms)
{
	if (ms >= 0 && (p->smallest_ms < 0 || ms < p->smallest_ms))
		p->smallest_ms = ms;
}

static int
look_at(struct plan *p, const struct retain_opts *o, const char *name, bool named)
{
	struct topic t;
	struct work *w;
	struct err e = ERR_INIT;
	int rc;

	if ((rc = topic_open(&t, o->store, name, &e)) != 0) {
		if (rc == -ERR_NOENT && !named)
			return EXIT_DONE;
		msg_err(&e);
		return EXIT_FAILED;
	}
	p->v = grow(p->v, p->n + 1, sizeof(*p->v));
	w = &p->v[p->n];
	*w = (struct work){ .named = named, .id = t.id };
	rules_of(&w->rules, o, t.config);
	w->compacts = config_compacted(t.config);
	compact_rules_of(&w->compact, t.config);
	if ((rc = topic_partitions(&t, &w->parts, &w->nparts, &e)) != 0)
		msg_err(&e);
	else {
		w->name = strdup(name);
		w->below = calloc(w->nparts + 1, sizeof(*w->below));
		if (w->name == NULL || w->below == NULL)
			die("%s", strerror(ENOMEM));
		p->n++;
		stake(p, w->rules.deletes ? w->rules.retention_ms : -1);
		stake(p, w->compacts ? w->compact.delete_retention_ms : -1);
	}
	topic_close(&t);
	return rc == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int
look_at_matches(struct plan *p, const struct retain_opts *o, const char *const *glob)
{
	struct err e = ERR_INIT;
	int status = EXIT_DONE;
	char **names;
	size_t n, i;

	if (topic_list(o->store, glob, glob != NULL ? 1 : 0, &names, &n, &e) != 0) {
		msg_err(&e);
		return EXIT_FAILED;
	}
	if (glob != NULL && n == 0) {
		msg("no topic matches '%s'", *glob);
		status = EXIT_FAILED;
	}
	for (i = 0; i < n; i++)
		if (look_at(p, o, names[i], false) != EXIT_DONE)
			status = EXIT_FAILED;
	topic_names_free(names, n);
	return status;
}

int
plan_make(struct plan *p, const struct retain_opts *o, int n, char *const *operands)
{
	int i, status = EXIT_DONE;

	*p = (struct plan){ .smallest_ms = -1 };
	stake(p, o->keep_unread ? o->group_expiry_ms : -1);
	if (n == 0)
		return look_at_matches(p, o, NULL);
	for (i = 0; i < n; i++) {
		const char *glob = operands[i];

		if ((glob_is(glob) ? look_at_matches(p, o, &glob) : look_at(p, o, glob, true)) != EXIT_DONE)
			status = EXIT_FAILED;
	}
	return status;
}

struct limited {			/* a log below a limit */
	struct retain_log log;
	int64_t *below;
	size_t first;			/* the oldest that has not been taken */
};

/* What is next in the log could be taken; *ms is how old it is, as far as that can be told. */
static bool
oldest(struct limited *l, int64_t *ms)
{
	if (l->first >= l->log.n || l->log.v[l->first].active)
		return false;
	*ms = -1;
	if (retain_largest(&l->log, l->first, NULL) == 0)
		*ms = l->log.v[l->first].largest;
	return true;
}

/* Takes the oldest of all until what is left is within the limit, or only active segments are. */
static void
share(struct limited *v, size_t n, int64_t limit)
{
	int64_t total = 0, ms, least = 0;
	struct limited *next;
	size_t i, k;

	for (i = 0; i < n; i++) {
		struct limited *l = &v[i];

		/* What ends below the log start goes anyway, and makes room. */
		while (l->first + 1 < l->log.n && l->log.v[l->first].next <= l->log.start)
			l->first++;
		for (k = l->first; k < l->log.n; k++)
			total += l->log.v[k].size;
	}
	while (total > limit) {
		next = NULL;
		for (i = 0; i < n; i++)
			if (oldest(&v[i], &ms) && (next == NULL || ms < least)) {
				next = &v[i];
				least = ms;
			}
		if (next == NULL)
			break;
		total -= next->log.v[next->first].size;
		*next->below = next->log.v[next->first++].next;
	}
}

/* Adds the partitions of a topic that is held open by *t. */
static int
gather(struct limited **v, size_t *n, struct work *w, struct topic *t, const struct retain_opts *o)
{
	struct err e = ERR_INIT;
	struct partdir dir;
	size_t i;
	int rc;

	if ((rc = topic_open(t, o->store, w->name, &e)) != 0)
		return rc;
	*v = grow(*v, *n + w->nparts, sizeof(**v));
	for (i = 0; i < w->nparts; i++) {
		struct limited *l = &(*v)[*n];

		*l = (struct limited){ .log = RETAIN_LOG_INIT, .below = &w->below[i] };
		/* What cannot be looked at is said when it is its turn. */
		if (topic_partition(t, w->parts[i], &dir, NULL) == 0 && retain_look(&l->log, &dir, NULL) == 0 &&
		    retain_sizes(&l->log, NULL) == 0)
			(*n)++;
		else
			retain_release(&l->log);
	}
	return 0;
}

int
plan_limits(struct plan *p, const struct retain_opts *o)
{
	struct topic *topics = grow(NULL, p->n, sizeof(*topics));
	struct limited *v = NULL;
	size_t n = 0, open = 0, i;

	for (i = 0; i < p->n; i++) {
		if (p->v[i].rules.deletes && gather(&v, &n, &p->v[i], &topics[open], o) == 0)
			open++;
		if (o->total && i + 1 < p->n)
			continue;
		share(v, n, o->max_size);
		while (n > 0)
			retain_release(&v[--n].log);
		while (open > 0)
			topic_close(&topics[--open]);
	}
	free(v);
	free(topics);
	return EXIT_DONE;
}

void
plan_release(struct plan *p)
{
	while (p->n > 0) {
		struct work *w = &p->v[--p->n];

		free(w->name);
		free(w->parts);
		free(w->below);
	}
	free(p->v);
}
