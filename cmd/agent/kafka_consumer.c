/*
 * kafka_consumer.c - membership and fetching for the Kafka source and channel
 * (kafka_consumer.h).
 */
#include "agent/kafka_consumer.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define FDS_MAX			4
#define SETTLE_NS		60000000000LL
#define COMMIT_TIMEOUT_MS	5000

struct kafka_consumer {
	const struct kafka_client *client;
	struct component *self;
	struct backend *be;
	struct member *member;
	struct fetcher *fetcher;
	TAILQ_HEAD(, kafka_part) parts;
	bool settled;
};

static void
notice(void *arg, const char *text)
{
	say(arg, LOG_INFO, "%s", text);
}

static int
join(struct kafka_consumer *kc, const char *const *topics, size_t n, struct err *e)
{
	const struct kafka_client *c = kc->client;
	struct member_opts mo = { .group = c->group, .topics = topics, .ntopics = n, .instance = c->instance, .client = c->client,
	    .assignors = c->assignors, .session_timeout_ms = c->session_timeout_ms, .max_poll_interval_ms = c->max_poll_interval_ms,
	    .reset = c->reset, .reset_none = c->reset_none, .commit_timeout_ms = COMMIT_TIMEOUT_MS, .arg = kc->self, .notice = notice };
	struct fetcher_opts fo = { .read_committed = c->read_committed, .follow = true, .arg = kc->self, .notice = notice };
	int rc;

	if (kc->be->ops->groups == NULL)
		return err_set(e, ERR_ABSENT, "no groups are to be had at %s", kc->be->ops->where(kc->be));
	if ((rc = kc->be->ops->groups->join(kc->be, &mo, &kc->member, e)) != 0)
		return rc;
	fo.member = kc->member;
	return kc->be->ops->fetcher_open(kc->be, &fo, &kc->fetcher, e);
}

int
kafka_consumer_open(struct kafka_consumer **out, const struct kafka_client *client, const char *const *topics, size_t n,
    struct component *self, struct err *e)
{
	struct kafka_consumer *kc = calloc(1, sizeof(*kc));
	size_t i;
	int rc;

	*out = NULL;
	if (kc == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a consumer");
	kc->client = client;
	kc->self = self;
	TAILQ_INIT(&kc->parts);
	rc = kafka_client_open(client, &kc->be, e);
	for (i = 0; rc == 0 && i < n; i++)
		rc = kafka_make_topic(client, kc->be, topics[i], e);
	if (rc == 0)
		rc = join(kc, topics, n, e);
	if (rc != 0) {
		kafka_consumer_close(kc);
		return rc;
	}
	*out = kc;
	return 0;
}

static void
part_free(struct kafka_consumer *kc, struct kafka_part *p)
{
	if (p->fetching)
		kc->be->ops->drop(kc->fetcher, p->topic, p->number);
	TAILQ_REMOVE(&kc->parts, p, link);
	free(p->topic);
	free(p);
}

void
kafka_consumer_close(struct kafka_consumer *kc)
{
	struct kafka_part *p;

	if (kc == NULL)
		return;
	while ((p = TAILQ_FIRST(&kc->parts)) != NULL)
		part_free(kc, p);
	if (kc->fetcher != NULL)
		kc->be->ops->fetcher_close(kc->fetcher);
	if (kc->member != NULL)
		(void)kc->be->ops->groups->leave(kc->member, NULL);
	backend_close(kc->be);
	free(kc);
}

struct backend *
kafka_consumer_backend(struct kafka_consumer *kc)
{
	return kc->be;
}

static struct kafka_part *
find(struct kafka_consumer *kc, const char *topic, int32_t number)
{
	struct kafka_part *p;

	TAILQ_FOREACH(p, &kc->parts, link)
		if (!p->lost && p->number == number && strcmp(p->topic, topic) == 0)
			return p;
	return NULL;
}

static void
no_more_of(struct kafka_consumer *kc, struct kafka_part *p)
{
	if (p->fetching)
		kc->be->ops->drop(kc->fetcher, p->topic, p->number);
	p->fetching = false;
	p->leaving = true;
}

static int
assigned(struct kafka_consumer *kc, const struct member_event *ev, struct err *e)
{
	struct kafka_part *p = find(kc, ev->topic, ev->partition);
	int rc;

	if (p != NULL && !p->leaving)
		return 0;
	if (p != NULL) {
		/* Taken and given back: what is in hand of it is another's by now. */
		p->lost = true;
		no_more_of(kc, p);
	}
	if ((p = calloc(1, sizeof(*p))) == NULL || (p->topic = strdup(ev->topic)) == NULL) {
		free(p);
		return err_set(e, ERR_NOMEM, "no memory for a partition");
	}
	p->number = ev->partition;
	p->next = p->done = ev->offset;
	p->committed = -1;
	p->epoch = -1;
	TAILQ_INSERT_TAIL(&kc->parts, p, link);
	rc = kc->be->ops->add(kc->fetcher, p->topic, p->number, p->next, -1, e);
	p->fetching = rc == 0;
	/* Gone already: an event says so. */
	if (rc == -ERR_NOENT)
		return 0;
	return rc != 0 ? rc : kafka_consumer_commit(kc, p, e);
}

int
kafka_consumer_look(struct kafka_consumer *kc, struct err *e)
{
	struct member_event ev;
	struct kafka_part *p;
	int rc;

	while ((rc = kc->be->ops->groups->event(kc->member, &ev, e)) == 1) {
		if (ev.kind == MEMBER_ASSIGNED && (rc = assigned(kc, &ev, e)) != 0)
			return rc;
		kc->settled = ev.kind == MEMBER_SETTLED;
		if (ev.kind != MEMBER_REVOKE && ev.kind != MEMBER_LOST)
			continue;
		if ((p = find(kc, ev.topic, ev.partition)) == NULL)
			continue;
		p->lost = ev.kind == MEMBER_LOST;
		no_more_of(kc, p);
	}
	return rc;
}

int
kafka_consumer_settle(struct kafka_consumer *kc, int stop_fd, struct err *e)
{
	int64_t until = clock_steady_ns() + SETTLE_NS;
	struct pollfd stop = { .fd = stop_fd, .events = POLLIN };
	int rc;

	while ((rc = kafka_consumer_look(kc, e)) == 0 && !kc->settled) {
		stop.revents = 0;
		(void)kafka_consumer_wait(kc, 1000, &stop, 1);
		if (stop.revents != 0)
			return err_set(e, ERR_INTR, "the agent stops");
		if (clock_steady_ns() > until)
			return err_set(e, ERR_BUSY, "group '%s' at %s gave no partitions within %d s", kc->client->group,
			    kc->be->ops->where(kc->be), (int)(SETTLE_NS / 1000000000));
	}
	return rc;
}

struct kafka_part *
kafka_consumer_leaving(struct kafka_consumer *kc)
{
	struct kafka_part *p;

	TAILQ_FOREACH(p, &kc->parts, link)
		if (p->leaving && p->held == 0)
			return p;
	return NULL;
}

bool
kafka_consumer_urged(struct kafka_consumer *kc)
{
	struct kafka_part *p;

	TAILQ_FOREACH(p, &kc->parts, link)
		if (p->leaving)
			return true;
	return false;
}

int
kafka_consumer_let_go(struct kafka_consumer *kc, struct kafka_part *p, struct err *e)
{
	int rc = 0;

	if (!p->lost)
		rc = kc->be->ops->groups->give_up(kc->member, p->topic, p->number, e);
	part_free(kc, p);
	return rc == -ERR_FENCED ? 0 : rc;
}

int
kafka_consumer_next(struct kafka_consumer *kc, struct kafka_part **part, struct err *e)
{
	struct kafka_part *p;
	struct chunk c;
	int rc;

	while ((rc = kc->be->ops->next(kc->fetcher, &c, e)) == 1) {
		if ((p = find(kc, c.topic, c.partition)) == NULL || p->leaving) {
			kc->be->ops->drop(kc->fetcher, c.topic, c.partition);
			continue;
		}
		if (kc->be->ops->groups->owns(kc->member, p->topic, p->number) != 1) {
			p->lost = true;
			no_more_of(kc, p);
			continue;
		}
		p->next = c.next_offset;
		p->epoch = c.leader_epoch;
		*part = p;
		return 1;
	}
	return rc;
}

int
kafka_consumer_records(struct kafka_consumer *kc, struct record *r, int max, struct err *e)
{
	return kc->be->ops->records(kc->fetcher, r, max, e);
}

int
kafka_consumer_commit(struct kafka_consumer *kc, struct kafka_part *p, struct err *e)
{
	int rc;

	if (p->lost || p->done <= p->committed)
		return 0;
	rc = kc->be->ops->groups->commit(kc->member, p->topic, p->number, p->done, p->epoch, e);
	if (rc == -ERR_FENCED) {
		p->lost = true;
		no_more_of(kc, p);
		return 0;
	}
	if (rc == 0)
		p->committed = p->done;
	return rc;
}

int
kafka_consumer_wait(struct kafka_consumer *kc, int64_t ms, struct pollfd *fds, unsigned n)
{
	struct pollfd all[FDS_MAX + 1];
	int rc;

	all[0] = (struct pollfd){ .fd = kc->be->ops->groups->fd(kc->member), .events = POLLIN };
	memcpy(all + 1, fds, n * sizeof(*fds));
	rc = kc->be->ops->wait(kc->fetcher, ms, all, n + 1);
	memcpy(fds, all + 1, n * sizeof(*fds));
	return rc;
}
