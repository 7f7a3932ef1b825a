/*
 * local_share.c - the assignment in force, and when and how another is made
 * (local_member.h).
 *
 * Anyone may make one, the first link wins.  Usually it is the first of the
 * living, by incarnation; the others wait a little longer each, so that one
 * who stands still holds nobody up.
 */
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/local_member.h"
#include "base/clock.h"

#define GATHER_NS	3000000LL	/* who joins is seldom alone */
#define NEXT_NS		60000000LL	/* before the second one does it, and then */
#define TWINS_NS	1000000000LL	/* at most, for the older of two of one instance to be fenced */
#define STEP_NS		10000000LL	/* each further one */

static void
forget_known(struct member *m)
{
	while (m->nknown > 0)
		free(m->known[--m->nknown].name);
	free(m->known);
	m->known = NULL;
	m->known_valid = false;
}

void
share_free(struct member *m)
{
	forget_known(m);
	assignment_release(&m->a);
}

static bool
reads(const struct member_info *info, const char *topic)
{
	size_t i;

	for (i = 0; i < info->ntopics; i++)
		if (fnmatch(info->topics[i], topic, 0) == 0)
			return true;
	return false;
}

static bool
anybody_reads(const struct member *m, const char *topic)
{
	size_t i;

	for (i = 0; i < m->npeers; i++)
		if (peer_counts(m, &m->peers[i]) && reads(&m->peers[i].info, topic))
			return true;
	return reads(&m->me, topic);
}

/* What is there now; a topic that cannot be read at the moment stays as it was known. */
void
share_topics(struct member *m)
{
	struct known_topic *now;
	struct topic t;
	char **names;
	size_t n, i, k, have = 0;
	int rc;

	if (topic_list(m->local->store, NULL, 0, &names, &n, NULL) != 0)
		return;
	if ((now = calloc(n + 1, sizeof(*now))) == NULL) {
		topic_names_free(names, n);
		return;
	}
	for (i = 0; i < n; i++) {
		if (!anybody_reads(m, names[i]))
			continue;
		rc = topic_open(&t, m->local->store, names[i], NULL);
		for (k = 0; rc != 0 && k < m->nknown && strcmp(m->known[k].name, names[i]) != 0; k++)
			;
		if (rc != 0 && (rc == -ERR_NOENT || k == m->nknown))
			continue;
		now[have] = rc != 0 ? m->known[k] : (struct known_topic){ .id = t.id, .partitions = t.partitions };
		now[have++].name = names[i];
		names[i] = NULL;
		if (rc == 0)
			topic_close(&t);
	}
	topic_names_free(names, n);
	forget_known(m);
	m->known = now;
	m->nknown = have;
	m->known_valid = true;
	m->look_topics = false;
}

/* ---- is another one due? ---- */

static bool
same_topics(const struct member *m)
{
	size_t i;

	if (m->nknown != m->a.ntopics)
		return false;
	for (i = 0; i < m->nknown; i++)
		if (strcmp(m->known[i].name, m->a.topics[i].name) != 0 || m->known[i].partitions != m->a.topics[i].partitions ||
		    memcmp(&m->known[i].id, &m->a.topics[i].id, sizeof(m->known[i].id)) != 0)
			return false;
	return true;
}

static bool
same_members(const struct member *m)
{
	size_t i, k, n = 0;

	for (i = 0; i < m->npeers; i++) {
		if (!peer_counts(m, &m->peers[i]))
			continue;
		n++;
		for (k = 0; k < m->a.nmembers && m->a.members[k].incarnation != m->peers[i].info.incarnation; k++)
			;
		if (k == m->a.nmembers)
			return false;
	}
	return n == m->a.nmembers;
}

/* ---- making one ---- */

struct making {
	struct assign_member *in;
	const struct peer **who;
	size_t n;
	const char ***topics;		/* of each */
	struct assign_part **owned;	/* of each */
	struct assign_topic *of;
	struct assign_part **out;
	size_t *nout;
};

static void
making_free(struct making *k)
{
	size_t i;

	for (i = 0; i < k->n; i++) {
		free(k->topics[i]);
		free(k->owned[i]);
	}
	if (k->out != NULL)
		assign_free(k->out, k->n);
	free(k->in);
	free(k->who);
	free(k->topics);
	free(k->owned);
	free(k->of);
	free(k->out);
	free(k->nout);
}

/* The member of the assignment before that this one is, or was before it was started again. */
static const struct assignment_member *
before(const struct member *m, const struct peer *p)
{
	const struct assignment_member *was = NULL;
	size_t i;

	for (i = 0; i < m->a.nmembers; i++) {
		if (m->a.members[i].incarnation == p->info.incarnation)
			return &m->a.members[i];
		if (p->info.instance != NULL && m->a.members[i].instance != NULL &&
		    strcmp(p->info.instance, m->a.members[i].instance) == 0)
			was = &m->a.members[i];
	}
	return was;
}

/* What it read before, by the numbers of the topics that are there now. */
static int
owned_before(const struct member *m, const struct peer *p, struct assign_part **out, size_t *n)
{
	const struct assignment_member *was = before(m, p);
	size_t i, t;

	*n = 0;
	if (was == NULL)
		return 0;
	if ((*out = calloc(was->nparts + 1, sizeof(**out))) == NULL)
		return -1;
	for (i = 0; i < was->nparts; i++) {
		const struct assignment_topic *old = &m->a.topics[was->parts[i].topic];

		for (t = 0; t < m->nknown; t++)
			if (strcmp(m->known[t].name, old->name) == 0 && memcmp(&m->known[t].id, &old->id, sizeof(old->id)) == 0)
				(*out)[(*n)++] = (struct assign_part){ .topic = (int32_t)t, .partition = was->parts[i].partition };
	}
	return 0;
}

static int
describe_member(const struct member *m, struct making *k, const struct peer *p)
{
	struct assign_member *in = &k->in[k->n];
	size_t t;

	*in = (struct assign_member){ .id = p->info.id, .instance = p->info.instance, .likes = p->info.likes,
		.nlikes = p->info.nlikes, .owned_generation = -1 };
	k->who[k->n] = p;
	if ((k->topics[k->n] = calloc(m->nknown + 1, sizeof(char *))) == NULL)
		return -1;
	k->n++;
	for (t = 0; t < m->nknown; t++)
		if (reads(&p->info, m->known[t].name))
			k->topics[k->n - 1][in->ntopics++] = m->known[t].name;
	in->topics = k->topics[k->n - 1];
	if (owned_before(m, p, &k->owned[k->n - 1], &in->nowned) != 0)
		return -1;
	in->owned = k->owned[k->n - 1];
	if (in->nowned > 0)
		in->owned_generation = 1;
	return 0;
}

static int
gather(const struct member *m, struct making *k)
{
	size_t i, most = m->npeers + 1;

	k->in = calloc(most, sizeof(*k->in));
	k->who = calloc(most, sizeof(*k->who));
	k->topics = calloc(most, sizeof(*k->topics));
	k->owned = calloc(most, sizeof(*k->owned));
	k->of = calloc(m->nknown + 1, sizeof(*k->of));
	k->out = calloc(most, sizeof(*k->out));
	k->nout = calloc(most, sizeof(*k->nout));
	if (k->in == NULL || k->who == NULL || k->topics == NULL || k->owned == NULL || k->of == NULL || k->out == NULL ||
	    k->nout == NULL)
		return -1;
	for (i = 0; i < m->nknown; i++)
		k->of[i] = (struct assign_topic){ .name = m->known[i].name, .partitions = m->known[i].partitions };
	for (i = 0; i < m->npeers; i++)
		if (peer_counts(m, &m->peers[i]) && describe_member(m, k, &m->peers[i]) == -1)
			return -1;
	return 0;
}

static int
by_part(const void *a, const void *b)
{
	const struct assign_part *x = a, *y = b;

	if (x->topic != y->topic)
		return x->topic < y->topic ? -1 : 1;
	return (x->partition > y->partition) - (x->partition < y->partition);
}

/* Were there positions of it, now or when the assignment before was made? */
static bool
begun(const struct member *m, const struct known_topic *t)
{
	size_t i;

	for (i = 0; i < m->a.ntopics; i++)
		if (m->a.topics[i].begun && strcmp(m->a.topics[i].name, t->name) == 0 &&
		    memcmp(&m->a.topics[i].id, &t->id, sizeof(t->id)) == 0)
			return true;
	return offsets_exist(&m->g, t->name);
}

/* Borrows everything from k and m. */
static int
publish(struct member *m, struct making *k, enum assignor how, struct err *e)
{
	struct assignment a = { .generation = m->a.generation + 1, .how = how, .ntopics = m->nknown, .nmembers = k->n };
	size_t i;
	int rc;

	a.topics = calloc(m->nknown + 1, sizeof(*a.topics));
	a.members = calloc(k->n + 1, sizeof(*a.members));
	if (a.topics == NULL || a.members == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for an assignment");
	else {
		for (i = 0; i < m->nknown; i++)
			a.topics[i] = (struct assignment_topic){ .name = m->known[i].name, .id = m->known[i].id,
				.partitions = m->known[i].partitions, .begun = begun(m, &m->known[i]) };
		for (i = 0; i < k->n; i++) {
			if (k->nout[i] > 0)
				qsort(k->out[i], k->nout[i], sizeof(*k->out[i]), by_part);
			a.members[i] = (struct assignment_member){ .id = k->who[i]->info.id, .instance = k->who[i]->info.instance,
				.incarnation = k->who[i]->info.incarnation, .parts = k->out[i], .nparts = k->nout[i] };
		}
		rc = assignment_publish(&m->g, &a, e);
	}
	free(a.topics);
	free(a.members);
	return rc;
}

static void
make(struct member *m)
{
	struct making k = { .in = NULL };
	enum assignor how = ASSIGNOR_RANGE;
	struct err e = ERR_INIT;
	int rc;

	if (gather(m, &k) == -1)
		rc = err_set(&e, ERR_NOMEM, "no memory for an assignment");
	else if ((rc = assignor_choose(k.in, k.n, &how, &e)) == 0 &&
	    (rc = assign(how, k.in, k.n, k.of, m->nknown, k.out, k.nout, &e)) == 0)
		rc = publish(m, &k, how, &e);
	making_free(&k);
	if (rc == 0 || rc == -ERR_EXIST) {
		m->told_assignor = false;
		m->look_assignment = true;
	} else if (!m->told_assignor) {
		m->told_assignor = true;
		member_notice(m, "group '%s' gets no new assignment: %s", m->g.name, e.text);
	}
}

static void
read_latest(struct member *m)
{
	struct assignment a;
	int64_t highest;

	if (assignment_highest(&m->g, &highest, NULL) != 0 || (highest == m->a.generation && highest != 0)) {
		m->look_assignment = false;
		return;
	}
	if (assignment_read(&m->g, &a, NULL) != 0) {
		assignment_release(&a);
		return;
	}
	m->look_assignment = false;
	if (a.damaged)
		member_notice(m, "'%s/assignment.%lld' is damaged, another is made", m->g.label, (long long)a.generation);
	assignment_release(&m->a);
	m->a = a;
	m->act = true;
}

void
share_look(struct member *m)
{
	int64_t now;
	size_t rank;
	int tries;

	for (tries = 0; tries < 3; tries++) {
		if (m->look_assignment)
			read_latest(m);
		if (!m->known_valid || (m->a.generation > 0 && !m->a.damaged && same_members(m) && same_topics(m))) {
			m->due_since = 0;
			return;
		}
		now = clock_steady_ns();
		if (m->due_since == 0) {
			m->due_since = now;
			m->look_topics = true;
			share_topics(m);
		}
		/* One made without a member that lives would be answered with another, and so on. */
		if (peers_mend(m) || (peers_twins(m) && now - m->due_since < TWINS_NS))
			return;
		rank = peers_rank(m);
		if (rank == 0 ? now - m->joined_ns < GATHER_NS : now - m->due_since < NEXT_NS + (int64_t)rank * STEP_NS)
			return;
		/* Who is dead for good has no file any more: all make theirs for the same members. */
		(void)peers_scan(m, NULL);
		if (m->a.generation == 0 || m->a.damaged || !same_members(m) || !same_topics(m))
			make(m);
	}
}
