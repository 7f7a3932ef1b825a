/*
 * The partitions that this process reads.
 */
#include "consume/holding.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "consume/stock.h"
#include "tool/msg.h"

#define MS		1000000LL

static void
say(void *arg, const char *text)
{
	struct run *run = arg;

	if (!run->o->quiet)
		msg("%s", text);
}

struct owned *
hold_find(struct holding *g, const char *topic, int32_t number)
{
	struct owned *p;

	TAILQ_FOREACH(p, &g->parts, link)
		if (p->state != PART_LOST && p->number == number && strcmp(p->topic, topic) == 0)
			return p;
	return NULL;
}

int
hold_fetch(struct holding *g, struct owned *p, bool on)
{
	const struct backend_ops *ops = g->run->be->ops;
	struct err e = ERR_INIT;
	int rc = 0;

	if (on == p->fetching)
		return 0;
	if (on)
		rc = ops->add(g->f, p->topic, p->number, p->next, p->to >= 0 && p->to < p->next ? p->next : p->to, &e);
	else
		ops->drop(g->f, p->topic, p->number);
	if (rc < 0 && rc != -ERR_NOENT) {
		msg_err(&e);
		return -1;
	}
	p->fetching = on && rc == 0;
	return 0;
}

/* Where reading of a part ends: the end that was there at the start, for a later one the end that is there now. */
static int
end_of(struct holding *g, const char *topic, int32_t number, int64_t *to)
{
	const struct place latest = { .kind = PLACE_LATEST };
	struct selection *s = &g->run->sel;
	struct err e = ERR_INIT;

	*to = -1;
	if (g->run->o->follow)
		return 0;
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].number == number && strcmp(s->v[i].topic, topic) == 0) {
			*to = s->v[i].to;
			return 0;
		}
	if (g->run->be->ops->resolve(g->run->be, topic, number, &latest, to, &e) < 0) {
		msg_err(&e);
		return -1;
	}
	return 0;
}

static int
add_part(struct holding *g, const char *topic, int32_t number, int64_t from, int64_t to)
{
	struct owned *p = calloc(1, sizeof(*p));

	if (p == NULL || (p->topic = strdup(topic)) == NULL)
		die("out of memory");
	p->number = number;
	p->next = p->committed = from;
	p->to = to;
	p->epoch = -1;
	TAILQ_INIT(&p->crates);
	TAILQ_INSERT_TAIL(&g->parts, p, link);
	g->nparts++;
	return hold_fetch(g, p, true);
}

static void
free_part(struct holding *g, struct owned *p)
{
	if (p->fetching)
		g->run->be->ops->drop(g->f, p->topic, p->number);
	stock_drop(p);
	TAILQ_REMOVE(&g->parts, p, link);
	g->nparts--;
	free(p->topic);
	free(p);
}

static int
on_event(struct holding *g, const struct member_event *ev)
{
	struct owned *p = ev->kind == MEMBER_SETTLED ? NULL : hold_find(g, ev->topic, ev->partition);
	int64_t to;

	switch (ev->kind) {
	case MEMBER_ASSIGNED:
		g->settled = false;
		if (p != NULL && p->state == PART_OWNED)
			return 0;
		if (p != NULL) {
			/* Taken and given back: what is in hand of it counts no more. */
			p->state = PART_LOST;
			if (hold_fetch(g, p, false) != 0)
				return -1;
		}
		return end_of(g, ev->topic, ev->partition, &to) != 0 ? -1 :
		    add_part(g, ev->topic, ev->partition, ev->offset, to);
	case MEMBER_REVOKE:
		g->settled = false;
		if (p == NULL || p->state != PART_OWNED)
			return 0;
		p->state = PART_LEAVING;
		p->leave_by_ns = clock_steady_ns() + g->run->o->drain_ms * MS;
		return hold_fetch(g, p, false);
	case MEMBER_LOST:
		g->settled = false;
		if (p == NULL)
			return 0;
		p->state = PART_LOST;
		return hold_fetch(g, p, false);
	case MEMBER_SETTLED:
		if (!g->settled && (!g->run->o->follow || selection_there(&g->run->sel, g->run->be, g->run->o)) && g->nparts == 0)
			say(g->run, "there are more members than partitions: nothing is left for this one");
		g->settled = true;
		break;
	}
	return 0;
}

/* Topics and partitions that came, without a group. */
static int
look_for_news(struct holding *g)
{
	struct selection *s = &g->run->sel;
	size_t before;
	struct owned *p, *tmp;

	if (!g->run->o->follow || !g->run->be->ops->news(g->f))
		return 0;
	TAILQ_FOREACH_SAFE(p, &g->parts, link, tmp)
		if (p->fetching && !g->run->be->ops->has(g->f, p->topic, p->number)) {
			p->fetching = false;
			p->state = PART_LOST;
			for (size_t i = 0; i < s->n; i++)
				if (s->v[i].number == p->number && strcmp(s->v[i].topic, p->topic) == 0) {
					free(s->v[i].topic);
					s->v[i] = s->v[--s->n];
					break;
				}
		}
	before = s->n;
	if (selection_more(s, g->run->be, g->run->o) < 0)
		return -1;
	for (size_t i = before; i < s->n; i++)
		if (add_part(g, s->v[i].topic, s->v[i].number, s->v[i].from, s->v[i].to) != 0)
			return -1;
	return 0;
}

int
hold_look(struct holding *g)
{
	struct member_event ev;
	struct err e = ERR_INIT;
	int rc;

	if (g->ops == NULL)
		return look_for_news(g);
	while ((rc = g->ops->event(g->m, &ev, &e)) == 1)
		if (on_event(g, &ev) != 0)
			return -1;
	if (rc < 0) {
		g->fenced = rc == -ERR_FENCED;
		msg_err(&e);
	}
	return rc < 0 ? -1 : 0;
}

bool
hold_owns(struct holding *g, struct owned *p)
{
	if (p->state == PART_LOST || g->fenced)
		return false;
	if (g->ops == NULL || g->ops->owns(g->m, p->topic, p->number) == 1)
		return true;
	p->state = PART_LOST;
	hold_fetch(g, p, false);
	return false;
}

int
hold_commit(struct holding *g, struct owned *p, int64_t offset, int32_t epoch)
{
	struct err e = ERR_INIT;
	int rc = 0;

	if (p->state == PART_LOST || offset <= p->committed)
		return 0;
	if (g->ops != NULL && !g->run->o->no_commit)
		rc = g->ops->commit(g->m, p->topic, p->number, offset, epoch, &e);
	if (rc == -ERR_FENCED) {
		p->state = PART_LOST;
		hold_fetch(g, p, false);
		return 0;
	}
	if (rc < 0) {
		msg_err(&e);
		return -1;
	}
	p->committed = offset;
	return 0;
}

int
hold_let_go(struct holding *g, struct owned *p)
{
	struct err e = ERR_INIT;
	int rc = 0;

	if (g->ops != NULL && p->state == PART_LEAVING && !g->fenced)
		rc = g->ops->give_up(g->m, p->topic, p->number, &e);
	if (rc < 0 && rc != -ERR_FENCED)
		msg_err(&e);
	free_part(g, p);
	return rc < 0 && rc != -ERR_FENCED ? -1 : 0;
}

void
hold_at_end(struct holding *g)
{
	struct owned *p;

	if (g->run->o->follow || !g->run->be->ops->done(g->f))
		return;
	TAILQ_FOREACH(p, &g->parts, link)
		if (p->fetching && p->next < p->to)
			p->next = p->to;
}

int
hold_done(struct holding *g)
{
	struct selection *s = &g->run->sel;
	struct err e = ERR_INIT;
	struct owned *p;

	TAILQ_FOREACH(p, &g->parts, link)
		if (p->state != PART_OWNED || (p->to >= 0 && p->committed < p->to))
			return 0;
	if (g->ops == NULL)
		return 1;
	if (!g->settled)
		return 0;
	for (size_t i = 0; i < s->n; i++) {
		int64_t committed;
		int rc;

		if (hold_find(g, s->v[i].topic, s->v[i].number) != NULL)
			continue;
		if ((rc = g->ops->elsewhere(g->m, s->v[i].topic, s->v[i].number, &committed, &e)) < 0 && rc != -ERR_NOENT) {
			msg_err(&e);
			return -1;
		}
		if (rc == 0 && committed < s->v[i].to && s->v[i].from < s->v[i].to)
			return 0;
	}
	return 1;
}

void
hold_wait(struct holding *g, int64_t timeout_ms, struct pollfd *fds, unsigned n)
{
	if (g->ops != NULL)
		fds[n++] = (struct pollfd){ .fd = g->ops->fd(g->m), .events = POLLIN };
	g->run->be->ops->wait(g->f, timeout_ms, fds, n);
}

static int
join(struct holding *g)
{
	const struct options *o = g->run->o;
	struct err e = ERR_INIT;
	const struct member_opts mo = {
		.group = o->group, .groups_dir = o->groups_dir, .topics = (const char *const *)o->operands,
		.ntopics = o->noperands, .id = o->member_id, .client = getprogname(), .instance = o->instance, .assignors = o->assignors,
		.session_timeout_ms = o->session_timeout_ms, .max_poll_interval_ms = o->max_poll_interval_ms,
		.reset = o->reset, .reset_none = o->reset_none, .no_commit = o->no_commit, .verbose = o->verbose,
		.commit_timeout_ms = o->commit_timeout_ms, .arg = g->run, .notice = say,
	};

	if (g->run->be->ops->groups == NULL || g->run->be->ops->groups->join == NULL) {
		msg("%s has no consumer groups here", g->run->be->ops->where(g->run->be));
		return -1;
	}
	if (g->run->be->ops->groups->join(g->run->be, &mo, &g->m, &e) != 0) {
		msg_err(&e);
		return -1;
	}
	g->ops = g->run->be->ops->groups;
	return 0;
}

int
hold_open(struct holding *g, struct run *run)
{
	struct fetcher_opts fo = run_fetcher_opts(run, run->o->follow);
	const struct selection *s = &run->sel;
	struct err e = ERR_INIT;

	*g = (struct holding){ .run = run };
	TAILQ_INIT(&g->parts);
	if (run->o->group != NULL && join(g) != 0)
		return -1;
	fo.member = g->m;
	if (run->be->ops->fetcher_open(run->be, &fo, &g->f, &e) != 0) {
		msg_err(&e);
		return -1;
	}
	for (size_t i = 0; g->ops == NULL && i < s->n; i++)
		if (add_part(g, s->v[i].topic, s->v[i].number, s->v[i].from, s->v[i].to) != 0)
			return -1;
	return 0;
}

int
hold_close(struct holding *g)
{
	struct err e = ERR_INIT;
	int rc = 0;

	while (!TAILQ_EMPTY(&g->parts))
		free_part(g, TAILQ_FIRST(&g->parts));
	if (g->m != NULL && (rc = g->ops->leave(g->m, &e)) < 0 && !g->fenced)
		msg_err(&e);
	if (g->f != NULL)
		run_fetcher_close(g->run, g->f);
	return rc < 0 ? -1 : 0;
}
