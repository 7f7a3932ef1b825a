/*
 * A member of a group of a cluster, for its caller (member.h, backend/group.h).
 */
#include "backend/kafka/member.h"

#include <sys/eventfd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"

#define MS		1000000LL
#define POLL_MS		50
#define RETRY_MS	50

static void
ring(struct member *m)
{
	static const uint64_t one = 1;

	(void)write_full(m->fd, &one, sizeof(one), NULL);
}

static void
word_free(struct member_word *w)
{
	if (w == NULL)
		return;
	free(w->topic);
	free(w->text);
	free(w);
}

static void
append(struct member *m, struct member_word *w)
{
	pthread_mutex_lock(&m->lock);
	STAILQ_INSERT_TAIL(&m->words, w, link);
	pthread_mutex_unlock(&m->lock);
	ring(m);
}

static void
no_memory(struct member *m)
{
	struct err e = ERR_INIT;

	err_set(&e, ERR_NOMEM, "no memory for a member of group '%s'", m->group);
	member_fail(m, &e);
}

void
member_put(struct member *m, enum member_event_kind kind, const char *topic, int32_t partition, int64_t offset)
{
	struct member_word *w = calloc(1, sizeof(*w));

	if (w == NULL || (topic != NULL && (w->topic = strdup(topic)) == NULL)) {
		free(w);
		no_memory(m);
		return;
	}
	w->ev = (struct member_event){ .kind = kind, .topic = w->topic, .partition = partition, .offset = offset };
	append(m, w);
}

void
member_say(struct member *m, const char *fmt, ...)
{
	struct member_word *w = calloc(1, sizeof(*w));
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = w != NULL ? vasprintf(&w->text, fmt, ap) : -1;
	va_end(ap);
	if (n < 0)
		free(w);
	else
		append(m, w);
}

void
member_fail(struct member *m, const struct err *e)
{
	pthread_mutex_lock(&m->lock);
	if (m->failed.code == 0)
		m->failed = *e;
	pthread_mutex_unlock(&m->lock);
	ring(m);
}

struct owned_part *
member_part(struct member *m, const char *topic, int32_t partition)
{
	size_t i;

	for (i = 0; i < m->nparts; i++)
		if (m->parts[i].partition == partition && strcmp(m->parts[i].topic, topic) == 0)
			return &m->parts[i];
	return NULL;
}

void
member_forget(struct member *m, struct owned_part *p)
{
	free(p->topic);
	*p = m->parts[--m->nparts];
}

/* What is wrong with the membership, told by a message that is no record. */
static void
take_message(struct member *m, const rd_kafka_message_t *msg)
{
	const char *topic = msg->rkt != NULL ? rd_kafka_topic_name(msg->rkt) : NULL;
	struct err e = ERR_INIT;

	switch ((int)msg->err) {
	case RD_KAFKA_RESP_ERR_NO_ERROR:
	case RD_KAFKA_RESP_ERR__PARTITION_EOF:
	case RD_KAFKA_RESP_ERR__TRANSPORT:
	case RD_KAFKA_RESP_ERR__TIMED_OUT:
	case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
	case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
		return;
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
		if (topic != NULL)
			member_say(m, "topic '%s' does not exist; waiting for it", topic);
		return;
	case RD_KAFKA_RESP_ERR__FATAL:
	case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
		err_set(&e, ERR_FENCED, "fenced: another process is now member '%s' of group '%s'", m->o.instance != NULL ? m->o.instance : m->id,
		    m->group);
		break;
	default:
		talk_failed(m->k, msg->err, NULL, &e, "group '%s'", m->group);
	}
	member_fail(m, &e);
}

/* Everything that was assigned is owned; who has nothing is told only when no second round gives it something. */
static void
look_settled(struct member *m)
{
	bool now;

	pthread_mutex_lock(&m->lock);
	now = m->assigned && m->settle_ns != 0 && clock_steady_ns() >= m->settle_ns;
	if (now)
		m->settle_ns = 0;
	pthread_mutex_unlock(&m->lock);
	if (now)
		member_put(m, MEMBER_SETTLED, NULL, -1, -1);
}

static void *
keep_membership(void *arg)
{
	struct member *m = arg;
	rd_kafka_message_t *msg;
	bool quit = false;

	while (!quit) {
		if ((msg = rd_kafka_consumer_poll(m->rk, POLL_MS)) != NULL) {
			take_message(m, msg);
			rd_kafka_message_destroy(msg);
		}
		look_settled(m);
		pthread_mutex_lock(&m->lock);
		quit = m->quit;
		pthread_mutex_unlock(&m->lock);
	}
	return NULL;
}

int
kafka_member_join(struct backend *be, const struct member_opts *o, struct member **out, struct err *e)
{
	struct kafka *k = kafka_of(be);
	struct member *m;
	int rc;

	if ((rc = groups_no_dir(o->groups_dir, e)) != 0 || (rc = talk_meet(k, e)) != 0)
		return rc;
	if ((m = calloc(1, sizeof(*m))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a member of a group");
	m->k = k;
	m->o = *o;
	STAILQ_INIT(&m->words);
	pthread_mutex_init(&m->lock, NULL);
	m->group = strdup(o->group);
	if ((m->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1 || m->group == NULL)
		rc = err_sys(e, "cannot join group '%s'", o->group);
	if (rc == 0 && (rc = member_handle(m, e)) == 0) {
		if (pthread_create(&m->thread, NULL, keep_membership, m) != 0)
			rc = err_set(e, ERR_NOMEM, "cannot start a thread for group '%s'", o->group);
		else
			m->started = true;
	}
	if (rc != 0) {
		(void)kafka_member_leave(m, NULL);
		return rc;
	}
	*out = m;
	return 0;
}

int
kafka_member_fd(struct member *m)
{
	return m->fd;
}

int
kafka_member_event(struct member *m, struct member_event *ev, struct err *e)
{
	struct member_word *w;
	uint64_t count;
	int rc = 0;

	for (;;) {
		pthread_mutex_lock(&m->lock);
		if ((w = STAILQ_FIRST(&m->words)) != NULL)
			STAILQ_REMOVE_HEAD(&m->words, link);
		else {
			(void)read_some(m->fd, &count, sizeof(count));
			if (m->failed.code != 0) {
				if (e != NULL)
					*e = m->failed;
				rc = -(int)m->failed.code;
			}
		}
		pthread_mutex_unlock(&m->lock);
		if (w == NULL)
			return rc;
		if (w->text == NULL)
			break;
		m->o.notice(m->o.arg, w->text);
		word_free(w);
	}
	word_free(m->current);
	m->current = w;
	*ev = w->ev;
	return 1;
}

int
kafka_member_owns(struct member *m, const char *topic, int32_t partition)
{
	int owned;

	pthread_mutex_lock(&m->lock);
	owned = member_part(m, topic, partition) != NULL && m->failed.code == 0;
	pthread_mutex_unlock(&m->lock);
	return owned;
}

/*
 * Of the generation too: between the end of a round and the answer that tells
 * us of it the member is of none.  Who was really thrown out is told so, and
 * then owns nothing.
 */
static bool
worth_a_retry(rd_kafka_resp_err_t code)
{
	switch ((int)code) {
	case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
	case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
	case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
	case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
	case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
	case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
	case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
	case RD_KAFKA_RESP_ERR__TRANSPORT:
	case RD_KAFKA_RESP_ERR__TIMED_OUT:
	case RD_KAFKA_RESP_ERR__WAIT_COORD: return true;
	default: return false;
	}
}

/* A cluster writes the commit to its log before it answers. */
int
kafka_member_commit(struct member *m, const char *topic, int32_t partition, int64_t offset, int32_t leader_epoch, struct err *e)
{
	const int64_t until = clock_steady_ns() + m->o.commit_timeout_ms * MS;
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t code;

	(void)leader_epoch;
	rd_kafka_topic_partition_list_add(list, topic, partition);
	do {
		if (kafka_member_owns(m, topic, partition) != 1) {
			code = RD_KAFKA_RESP_ERR__FENCED;
			break;
		}
		list->elems[0].offset = offset;
		code = rd_kafka_commit(m->rk, list, 0);
		if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
			code = list->elems[0].err;
		if (!worth_a_retry(code))
			break;
		usleep(RETRY_MS * 1000);
	} while (clock_steady_ns() < until);
	rd_kafka_topic_partition_list_destroy(list);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	return talk_failed(m->k, code, NULL, e, "cannot commit '%s/%d' for group '%s'", topic, (int)partition, m->group);
}

int
kafka_member_give_up(struct member *m, const char *topic, int32_t partition, struct err *e)
{
	struct owned_part *p;

	(void)e;
	pthread_mutex_lock(&m->lock);
	if ((p = member_part(m, topic, partition)) != NULL)
		member_forget(m, p);
	pthread_mutex_unlock(&m->lock);
	rebalance_give_back(m);
	return 0;
}

/* A settled group leaves nothing to nobody: what is not ours is another member's. */
int
kafka_member_elsewhere(struct member *m, const char *topic, int32_t partition, int64_t *committed, struct err *e)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	rd_kafka_resp_err_t code;
	int rc = kafka_member_owns(m, topic, partition) != 1;

	rd_kafka_topic_partition_list_add(list, topic, partition);
	code = rd_kafka_committed(m->rk, list, (int)m->k->timeout_ms);
	*committed = list->elems[0].offset >= 0 ? list->elems[0].offset : -1;
	rd_kafka_topic_partition_list_destroy(list);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return talk_failed(m->k, code, NULL, e, "cannot ask for the positions of group '%s'", m->group);
	return rc;
}

const char *
kafka_member_id(struct member *m)
{
	char *id = rd_kafka_memberid(m->rk);

	snprintf(m->id, sizeof(m->id), "%s", id != NULL ? id : "");
	if (id != NULL)
		rd_kafka_mem_free(m->rk, id);
	return m->id;
}

/* Closing says to the broker that the member goes, but for a static one, whose place is kept. */
int
kafka_member_leave(struct member *m, struct err *e)
{
	struct member_word *w;

	(void)e;
	pthread_mutex_lock(&m->lock);
	m->quit = m->closing = true;
	while (m->nparts > 0)
		member_forget(m, &m->parts[0]);
	pthread_mutex_unlock(&m->lock);
	if (m->started)
		pthread_join(m->thread, NULL);
	rebalance_give_back(m);
	if (m->rk != NULL) {
		if (m->started)
			(void)rd_kafka_consumer_close(m->rk);
		rd_kafka_destroy(m->rk);
	}
	while ((w = STAILQ_FIRST(&m->words)) != NULL) {
		STAILQ_REMOVE_HEAD(&m->words, link);
		word_free(w);
	}
	word_free(m->current);
	if (m->fd > 0)
		close(m->fd);
	pthread_mutex_destroy(&m->lock);
	free(m->told_reset);
	free(m->parts);
	free(m->group);
	free(m);
	return 0;
}
