/*
 * Where the positions of a group are to go (move.h).
 */
#include "group/move.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tool/msg.h"

static bool
named(const char *topic, int n, char *const *topics)
{
	int i;

	for (i = 0; i < n; i++)
		if (strcmp(topic, topics[i]) == 0)
			return true;
	return n == 0;
}

static void
append(struct moves *m, const char *group, const char *topic, int32_t partition, int64_t to, int32_t leader_epoch)
{
	struct move *more;

	if ((m->n & (m->n - 1)) == 0) {
		if ((more = reallocarray(m->v, m->n == 0 ? 1 : m->n * 2, sizeof(*more))) == NULL)
			die("%s", strerror(ENOMEM));
		m->v = more;
	}
	m->v[m->n] = (struct move){ .group = strdup(group), .topic = strdup(topic), .partition = partition, .from = -1, .to = to,
		.leader_epoch = leader_epoch, .done = "no" };
	if (m->v[m->n].group == NULL || m->v[m->n].topic == NULL)
		die("%s", strerror(ENOMEM));
	m->n++;
}

void
moves_add(struct moves *m, struct backend *be, const char *group, const char *topic, int32_t partition, int64_t to,
    int32_t leader_epoch)
{
	const struct place place = { .kind = PLACE_OFFSET, .n = to > 0 ? to : 0 };
	struct err e = ERR_INIT;
	int64_t offset;

	if (be->ops->resolve(be, topic, partition, &place, &offset, &e) < 0) {
		m->status = group_failed(&e);
		return;
	}
	if (offset != to) {
		msg("%lld lies %s the log of '%s/%d': %lld", (long long)to, offset > to ? "before" : "behind", topic, partition,
		    (long long)offset);
		leader_epoch = -1;
	}
	append(m, group, topic, partition, offset, leader_epoch);
}

static void
topic_to_place(struct moves *m, struct backend *be, const struct group_opts *o, const char *group, const char *topic,
    const struct place *place)
{
	struct err e = ERR_INIT;
	int32_t *list, total;
	int64_t offset;
	size_t n, i, k;
	int rc;

	if (be->ops->partitions(be, topic, &list, &n, &total, &e) != 0) {
		m->status = group_failed(&e);
		return;
	}
	for (i = 0; i < o->nparts; i++) {
		for (k = 0; k < n && list[k] != o->parts[i]; k++)
			;
		if (k == n) {
			msg("topic '%s' has no partition %d, it has %d", topic, o->parts[i], total);
			m->status = EXIT_FAILED;
		}
	}
	for (i = 0; i < n; i++) {
		if (!group_part_wanted(o, list[i]))
			continue;
		if (place->kind == PLACE_OFFSET) {
			moves_add(m, be, group, topic, list[i], place->n, -1);
			continue;
		}
		if ((rc = be->ops->resolve(be, topic, list[i], place, &offset, &e)) < 0) {
			m->status = group_failed(&e);
			continue;
		}
		if (rc == 0 && !o->quiet)
			msg("'%s/%d' has nothing at or after that time: its end", topic, list[i]);
		append(m, group, topic, list[i], offset, -1);
	}
	free(list);
}

/* The group's own positions; a group that is not there has none. */
static bool
describe(struct moves *m, struct backend *be, const struct group_opts *o, const char *group, struct group_info *info)
{
	struct err e = ERR_INIT;
	int rc = be->ops->groups->describe(be, o->dir, group, info, &e);

	if (rc != 0 && rc != -ERR_NOENT)
		m->status = group_failed(&e);
	return rc == 0;
}

void
moves_to_place(struct moves *m, struct backend *be, const struct group_opts *o, const char *group, int n, char *const *topics,
    const struct place *place)
{
	struct group_info info = GROUP_INFO_INIT;
	size_t i;
	int k;

	for (k = 0; k < n; k++)
		topic_to_place(m, be, o, group, topics[k], place);
	if (n > 0 || !describe(m, be, o, group, &info))
		return;
	for (i = 0; i < info.nplaces; i++)
		if (i == 0 || strcmp(info.places[i].topic, info.places[i - 1].topic) != 0)
			topic_to_place(m, be, o, group, info.places[i].topic, place);
	be->ops->groups->info_release(&info);
}

void
moves_by_shift(struct moves *m, struct backend *be, const struct group_opts *o, const char *group, int n, char *const *topics,
    int64_t shift)
{
	struct group_info info = GROUP_INFO_INIT;
	int64_t to;
	size_t i;

	if (!describe(m, be, o, group, &info))
		return;
	for (i = 0; i < info.nplaces; i++) {
		const struct group_place *p = &info.places[i];

		if (p->offset == -1 || !named(p->topic, n, topics) || !group_part_wanted(o, p->partition))
			continue;
		if (__builtin_add_overflow(p->offset, shift, &to))
			to = INT64_MAX;
		moves_add(m, be, group, p->topic, p->partition, to, -1);
	}
	be->ops->groups->info_release(&info);
}

void
moves_to_group(struct moves *m, struct backend *be, const struct group_opts *o, const char *group, int n, char *const *topics,
    const char *other)
{
	struct group_info info = GROUP_INFO_INIT;
	struct err e = ERR_INIT;
	size_t i;

	if (be->ops->groups->describe(be, o->dir, other, &info, &e) != 0) {
		m->status = group_failed(&e);
		return;
	}
	for (i = 0; i < info.nplaces; i++) {
		const struct group_place *p = &info.places[i];

		if (p->offset != -1 && named(p->topic, n, topics) && group_part_wanted(o, p->partition))
			moves_add(m, be, group, p->topic, p->partition, p->offset, p->leader_epoch);
	}
	be->ops->groups->info_release(&info);
}

/* Moves [from, to) of one group: their old positions, and nobody in the group. */
static void
check_group(struct moves *m, struct backend *be, const struct group_opts *o, size_t from, size_t to)
{
	struct group_info info = GROUP_INFO_INIT;
	size_t i, k, alive = 0;

	if (!describe(m, be, o, m->v[from].group, &info))
		return;
	for (i = 0; i < info.nmembers; i++)
		alive += info.members[i].alive;
	if (alive > 0) {
		msg("group '%s' has %zu member%s; its positions are set when it has none", m->v[from].group, alive,
		    alive == 1 ? "" : "s");
		m->status = EXIT_FAILED;
	}
	for (i = from; i < to; i++)
		for (k = 0; k < info.nplaces; k++)
			if (info.places[k].partition == m->v[i].partition && strcmp(info.places[k].topic, m->v[i].topic) == 0)
				m->v[i].from = info.places[k].offset;
	for (i = 0; i < info.ndamaged && !o->quiet; i++)
		msg("%s", info.damaged[i]);
	be->ops->groups->info_release(&info);
}

static size_t
group_end(const struct moves *m, size_t from)
{
	size_t to = from;

	while (to < m->n && strcmp(m->v[to].group, m->v[from].group) == 0)
		to++;
	return to;
}

void
moves_check(struct moves *m, struct backend *be, const struct group_opts *o)
{
	size_t from, to;

	for (from = 0; from < m->n; from = to) {
		to = group_end(m, from);
		check_group(m, be, o, from, to);
	}
}

void
moves_execute(struct moves *m, struct backend *be, const struct group_opts *o)
{
	struct group_place *places;
	size_t from, to, i;

	if ((places = calloc(m->n + 1, sizeof(*places))) == NULL)
		die("%s", strerror(ENOMEM));
	for (from = 0; from < m->n; from = to) {
		struct err e = ERR_INIT;
		int rc;

		to = group_end(m, from);
		for (i = from; i < to; i++)
			places[i - from] = (struct group_place){ .topic = m->v[i].topic, .partition = m->v[i].partition,
				.offset = m->v[i].to, .leader_epoch = m->v[i].leader_epoch, .time_ms = -1 };
		if ((rc = be->ops->groups->set(be, o->dir, m->v[from].group, places, to - from, &e)) != 0)
			m->status = group_failed(&e);
		for (i = from; i < to; i++)
			m->v[i].done = rc == 0 ? "yes" : "failed";
	}
	free(places);
}

void
moves_release(struct moves *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		free(m->v[i].group);
		free(m->v[i].topic);
	}
	free(m->v);
}
