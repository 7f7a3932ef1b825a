/*
 * Partition by partition, several at once.  What became of each is said in
 * their order; a topic that fails is one line, and does not stop the others.
 */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "retain/retain.h"
#include "tool/msg.h"
#include "tool/progress.h"

#define LOOK_NS	200000000

struct topic_run {
	const struct work *w;
	pthread_mutex_t opening;
	bool tried, usable;		/* usable: it is the topic that was looked at */
	struct topic t;
	struct readers readers;
	size_t left, unsaid;		/* partitions that are not done; not said */
	struct err first;
	size_t failed;
};

struct job {				/* a partition */
	struct topic_run *run;
	size_t i;
	struct outcome out;
	bool done;
};

struct crew {
	const struct retain_opts *o;
	struct job *v;
	size_t n, next, working;
	pthread_mutex_t m;		/* of next, working and each job's done */
	pthread_cond_t changed;
};

static void
failed(struct topic_run *r, const struct err *e)
{
	if (r->failed++ == 0)
		r->first = *e;
}

/* By the first of its partitions. */
static void
open_topic(struct topic_run *r, const struct retain_opts *o)
{
	struct err e = ERR_INIT;
	int rc;

	r->tried = true;
	if ((rc = topic_open(&r->t, o->store, r->w->name, &e)) != 0) {
		if (rc != -ERR_NOENT || r->w->named)
			failed(r, &e);
		return;
	}
	/* Another one of that name by now: not what was looked at, so the next run's. */
	r->usable = memcmp(&r->t.id, &r->w->id, sizeof(r->t.id)) == 0;
	if (r->usable && (o->keep_unread || o->verbose) && groups_read(&r->readers, o, &r->t, &e) != 0) {
		failed(r, &e);
		/* Where it cannot be told what is unread, all of it is. */
		r->usable = !o->keep_unread;
	}
	if (!r->usable)
		topic_close(&r->t);
}

static void
one_partition(struct job *j, const struct retain_opts *o)
{
	const struct work *w = j->run->w;
	struct outcome *out = &j->out;
	struct retain_rules r = w->rules;
	const char *group = "";
	struct partdir dir;
	int rc;

	r.below = w->below[j->i];
	r.clock_ok = o->clock_ok;
	if (o->keep_unread)
		r.keep_from = groups_keep_from(&j->run->readers, &j->run->t, w->parts[j->i], &group);
	if (o->keep_lost != NULL) {
		r.keep_from = 0;
		group = o->keep_lost;
	}
	(void)strlcpy(out->group, group, sizeof(out->group));
	if ((rc = topic_partition(&j->run->t, w->parts[j->i], &dir, &out->e)) == 0) {
		if (!o->dry)
			rc = retain_run(&out->log, &dir, &r, &out->e);
		else if ((rc = retain_look(&out->log, &dir, &out->e)) == 0)
			rc = retain_decide(&out->log, &r, &out->e);
	}
	if (rc == 0 && o->clock_ok)
		rc = quarantine_age(out->log.dirfd, dir.label, o->now_ms, o->quarantine_ms, o->dry, &out->aside, &out->e);
	if (rc == 0 && w->compacts && *o->stop == 0)
		rc = retain_compact(&dir, w, o, out);
	if (rc == -ERR_INTR)
		rc = 0;
	/* Deleted meanwhile: nothing of it is to be retained. */
	if (rc == -ERR_NOENT && !w->named)
		rc = 0;
	out->rc = rc;
	retain_shut(&out->log);
}

static void *
work_on(void *arg)
{
	struct crew *c = arg;
	struct job *j;

	for (;;) {
		struct topic_run *r;

		pthread_mutex_lock(&c->m);
		j = c->next < c->n && *c->o->stop == 0 ? &c->v[c->next++] : NULL;
		pthread_mutex_unlock(&c->m);
		if (j == NULL)
			break;
		r = j->run;
		pthread_mutex_lock(&r->opening);
		if (!r->tried)
			open_topic(r, c->o);
		pthread_mutex_unlock(&r->opening);
		if (r->usable)
			one_partition(j, c->o);
		pthread_mutex_lock(&c->m);
		j->done = true;
		if (--r->left == 0 && r->usable)
			topic_close(&r->t);
		pthread_cond_signal(&c->changed);
		pthread_mutex_unlock(&c->m);
	}
	pthread_mutex_lock(&c->m);
	c->working--;
	pthread_cond_signal(&c->changed);
	pthread_mutex_unlock(&c->m);
	return NULL;
}

/* Says what became of it, and at a topic's last what failed of it. */
static void
say(struct job *j, const struct retain_opts *o, struct report *rep, struct progress *p, int *status)
{
	struct topic_run *r = j->run;
	const struct work *w = r->w;

	if (j->out.rc != 0)
		failed(r, &j->out.e);
	if (o->verbose || r->failed > 0 || o->dry)
		progress_clear(p);
	if (r->usable) {
		if (j->out.rc == 0 && o->verbose)
			groups_warn(&r->readers, &r->t, w->parts[j->i], &j->out.log, o->dry);
		report_partition(rep, o, w, w->parts[j->i], &j->out);
	}
	retain_release(&j->out.log);
	if (--r->unsaid > 0)
		return;
	groups_release(&r->readers);
	if (r->failed > 1)
		msg("%s (and %zu more partition%s of '%s')", r->first.text, r->failed - 1, r->failed == 2 ? "" : "s", w->name);
	else if (r->failed == 1)
		msg_err(&r->first);
	if (r->failed > 0)
		*status = EXIT_FAILED;
}

/* Until all is said, or nobody works any more: the words, and the progress. */
static int
follow(struct crew *c, struct report *rep)
{
	struct progress p;
	struct timespec t;
	size_t said = 0;
	int status = EXIT_DONE;

	progress_start(&p, true, c->n);
	pthread_mutex_lock(&c->m);
	while (said < c->n) {
		if (c->v[said].done) {
			pthread_mutex_unlock(&c->m);
			say(&c->v[said++], c->o, rep, &p, &status);
			pthread_mutex_lock(&c->m);
			continue;
		}
		if (c->working == 0)
			break;
		(void)clock_gettime(CLOCK_MONOTONIC, &t);
		t.tv_nsec += LOOK_NS;
		t.tv_sec += t.tv_nsec / 1000000000;
		t.tv_nsec %= 1000000000;
		if (pthread_cond_timedwait(&c->changed, &c->m, &t) == ETIMEDOUT)
			progress_update(&p, atomic_load(c->o->seen), (uint64_t)atomic_load(&c->o->pace->moved), said);
	}
	pthread_mutex_unlock(&c->m);
	progress_end(&p);
	return status;
}

static int
employ(struct crew *c, struct report *rep)
{
	size_t jobs = (size_t)c->o->jobs < c->n ? (size_t)c->o->jobs : c->n, i;
	pthread_t *threads = calloc(jobs + 1, sizeof(*threads));
	pthread_condattr_t attr;
	sigset_t stops, old;
	int status;

	if (threads == NULL)
		die("%s", strerror(ENOMEM));
	pthread_mutex_init(&c->m, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&c->changed, &attr);
	c->working = jobs;
	for (i = 0; i < jobs; i++)
		if (pthread_create(&threads[i], NULL, work_on, c) != 0)
			die("cannot start a thread");
	/* A stop by Ctrl-Z is for a thread that holds no lock. */
	sigemptyset(&stops);
	sigaddset(&stops, SIGTSTP);
	sigaddset(&stops, SIGTTIN);
	sigaddset(&stops, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &stops, &old);
	status = follow(c, rep);
	while (jobs > 0)
		pthread_join(threads[--jobs], NULL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	pthread_cond_destroy(&c->changed);
	pthread_condattr_destroy(&attr);
	pthread_mutex_destroy(&c->m);
	free(threads);
	return status;
}

int
retain_topics(const struct plan *p, const struct retain_opts *o, struct report *rep)
{
	struct topic_run *runs = calloc(p->n + 1, sizeof(*runs));
	struct crew c = { .o = o };
	size_t i, k, n = 0;
	int status;

	for (i = 0; i < p->n; i++)
		n += p->v[i].nparts;
	if (runs == NULL || (c.v = calloc(n + 1, sizeof(*c.v))) == NULL)
		die("%s", strerror(ENOMEM));
	for (i = 0; i < p->n; i++) {
		runs[i].w = &p->v[i];
		runs[i].left = runs[i].unsaid = p->v[i].nparts;
		pthread_mutex_init(&runs[i].opening, NULL);
		for (k = 0; k < p->v[i].nparts; k++)
			c.v[c.n++] = (struct job){ .run = &runs[i], .i = k, .out = { .log = RETAIN_LOG_INIT } };
	}
	status = employ(&c, rep);
	for (i = 0; i < n; i++)
		retain_release(&c.v[i].out.log);
	for (i = 0; i < p->n; i++) {
		/* Those that a signal kept from being done. */
		if (runs[i].left > 0 && runs[i].usable)
			topic_close(&runs[i].t);
		if (runs[i].unsaid > 0 && runs[i].failed > 0)
			msg_err(&runs[i].first);
		groups_release(&runs[i].readers);
		pthread_mutex_destroy(&runs[i].opening);
	}
	free(c.v);
	free(runs);
	return status;
}
