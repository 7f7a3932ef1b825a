/*
 * A group beside the logs it reads: positions, ends, lag, and how old what it
 * has not read is.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "group/group.h"
#include "tool/msg.h"

static const struct group_member *
member_of(const struct group_info *info, const char *id)
{
	size_t i;

	for (i = 0; id != NULL && i < info->nmembers; i++)
		if (strcmp(info->members[i].id, id) == 0)
			return &info->members[i];
	return NULL;
}

static struct lag *
add(struct view *v, const char *topic, int32_t partition)
{
	struct lag *more;

	if ((v->n & (v->n - 1)) == 0) {
		if ((more = reallocarray(v->v, v->n == 0 ? 1 : v->n * 2, sizeof(*more))) == NULL)
			die("%s", strerror(ENOMEM));
		v->v = more;
	}
	v->v[v->n] = (struct lag){ .topic = topic, .partition = partition, .offset = -1, .leader_epoch = -1, .start = -1, .end = -1,
		.lag = -1, .unread_ms = -1 };
	return &v->v[v->n++];
}

static void
take_place(struct view *v, struct lag *l, const struct group_place *p)
{
	l->offset = p->offset;
	l->leader_epoch = p->leader_epoch;
	l->member = member_of(&v->info, p->member);
	if (l->offset != -1 && l->end != -1)
		l->lag = l->end > l->offset ? l->end - l->offset : 0;
}

/* One topic: its places [from, to) and all partitions that it has, both in rising order. */
static void
add_topic(struct view *v, struct backend *be, size_t from, size_t to)
{
	const struct group_place *places = v->info.places;
	struct topic_info t = { .no_times = true };
	const char *topic = places[from].topic;
	size_t i = from, k = 0, here = 0;
	struct lag *l;

	/* A topic that is gone has positions still: they are shown without an end. */
	if (be->ops->describe(be, topic, &t, NULL) == 0)
		here = t.nhere;
	while (i < to || k < here) {
		int32_t partition = i < to ? places[i].partition : INT32_MAX;

		if (k < here && t.parts[k].partition < partition)
			partition = t.parts[k].partition;
		l = add(v, topic, partition);
		if (k < here && t.parts[k].partition == partition) {
			l->start = t.parts[k].start;
			l->end = t.parts[k++].end;
		}
		if (i < to && places[i].partition == partition)
			take_place(v, l, &places[i++]);
	}
	if (here > 0)
		be->ops->info_release(&t);
}

int
view_open(struct view *v, struct backend *be, const struct group_opts *o, const char *group, int *status, struct err *e)
{
	size_t i, k;
	int rc;

	*v = (struct view)VIEW_INIT;
	if ((rc = be->ops->groups->describe(be, o->dir, group, &v->info, e)) != 0)
		return rc;
	for (i = 0; i < v->info.ndamaged; i++) {
		msg("%s", v->info.damaged[i]);
		*status = EXIT_FAILED;
	}
	for (i = 0; i < v->info.nplaces; i = k) {
		for (k = i + 1; k < v->info.nplaces && strcmp(v->info.places[k].topic, v->info.places[i].topic) == 0; k++)
			;
		add_topic(v, be, i, k);
	}
	return 0;
}

/* The age is that of the first record that can be read; plog-check says what is wrong before it. */
static void
pass_over(void *arg, const char *text)
{
	(void)arg;
	(void)text;
}

void
view_ages(struct view *v, struct backend *be)
{
	struct fetcher_opts opts = { .skip_damage = true, .notice = pass_over };
	struct err e = ERR_INIT;
	struct fetcher *f;
	struct record rec;
	struct chunk c;
	size_t i;

	for (i = 0; i < v->n; i++) {
		struct lag *l = &v->v[i];
		int64_t from = l->offset > l->start ? l->offset : l->start;

		if (l->end == -1 || from >= l->end || be->ops->fetcher_open(be, &opts, &f, &e) != 0)
			continue;
		if (be->ops->add(f, l->topic, l->partition, from, l->end, &e) == 0)
			while (be->ops->next(f, &c, &e) == 1)
				if (be->ops->records(f, &rec, 1, &e) == 1) {
					l->unread_ms = rec.timestamp;
					break;
				}
		be->ops->fetcher_close(f);
	}
}

void
view_close(struct view *v, struct backend *be)
{
	be->ops->groups->info_release(&v->info);
	free(v->v);
	*v = (struct view)VIEW_INIT;
}

int64_t
view_lag(const struct view *v)
{
	int64_t total = 0;
	size_t i;

	for (i = 0; i < v->n; i++)
		if (v->v[i].lag != -1)
			total += v->v[i].lag;
		else if (v->v[i].end != -1)
			total += v->v[i].end - v->v[i].start;
	return total;
}

size_t
view_members_alive(const struct view *v)
{
	size_t i, n = 0;

	for (i = 0; i < v->info.nmembers; i++)
		n += v->info.members[i].alive;
	return n;
}
