/*
 * Talking to a cluster: the shared handle, answers waited for, errors in words
 * (kafka.h).
 */
#include "backend/kafka/kafka.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"

#define MS		1000000LL
#define MEET_SLICE_MS	250
#define REFUSED_MS	3000		/* no broker to be reached for so long: not waited for any longer */
#define SCRAM_VERSION	0x020601ff
#define ANSWER_SPARE_MS	1000		/* a broker's own time-out is told by the broker */

/* Which of two is the better reason: what a person can mend comes first. */
static int
weight(rd_kafka_resp_err_t code)
{
	switch ((int)code) {
	case RD_KAFKA_RESP_ERR__AUTHENTICATION: return 5;
	case RD_KAFKA_RESP_ERR__SSL: return 4;
	case RD_KAFKA_RESP_ERR__RESOLVE: return 3;
	case RD_KAFKA_RESP_ERR__TRANSPORT: return 2;
	default: return 1;
	}
}

/* "sasl_ssl://k1:9092/bootstrap: Connect to ipv4#... failed: Connection refused (after 0ms in state CONNECT)" in short. */
static void
shorten(const char *reason, char *out, size_t size)
{
	const char *host = strstr(reason, "://"), *after;
	char *cut;

	host = host != NULL && strchr(reason, ' ') > host ? host + 3 : reason;
	if ((after = strstr(host, "/bootstrap: ")) != NULL)
		snprintf(out, size, "%.*s: %s", (int)(after - host), host, after + strlen("/bootstrap: "));
	else
		snprintf(out, size, "%s", host);
	if ((cut = strstr(out, " (after ")) != NULL)
		*cut = '\0';
	if ((cut = strstr(out, "ApiVersionRequest failed")) != NULL || (cut = strstr(out, "Invalid response size")) != NULL)
		snprintf(cut, size - (size_t)(cut - out), "no answer in Kafka's protocol: is it a Kafka broker?");
	for (cut = out; (cut = strchr(cut, '\n')) != NULL;)
		*cut = ' ';
}

/* Brokers since 3.7.2 check what librdkafka before 2.6.1 answered wrongly: the same nonce twice. */
static void
explain_scram(char *text, size_t size)
{
	size_t n = strlen(text);

	if (strstr(text, "SCRAM") != NULL && rd_kafka_version() < SCRAM_VERSION)
		snprintf(text + n, size - n, " (Kafka from 3.7.2 on takes SCRAM only from librdkafka 2.6.1 and later; this is %s)",
		    rd_kafka_version_str());
}

void
talk_trouble(rd_kafka_t *rk, int code, const char *reason, void *arg)
{
	struct trouble *t = &((struct kafka *)arg)->trouble;

	(void)rk;
	pthread_mutex_lock(&t->lock);
	if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
		t->all_down = true;
	else if (weight(code) >= weight(t->code) || t->text[0] == '\0') {
		t->code = code;
		shorten(reason, t->text, sizeof(t->text));
		if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION)
			explain_scram(t->text, sizeof(t->text));
	}
	pthread_mutex_unlock(&t->lock);
}

void
talk_debug(struct kafka *k, const char *facility, const char *text)
{
	char line[1024];

	if (!k->debug || k->notice == NULL)
		return;
	snprintf(line, sizeof(line), "%s: %s", facility, text);
	k->notice(k->arg, line);
}

void
talk_log(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	struct kafka *k = rd_kafka_opaque(rk);

	(void)level;
	if (k != NULL)
		talk_debug(k, facility, text);
}

bool
talk_stopped(const struct kafka *k)
{
	return k->stop != NULL && *k->stop != 0;
}

rd_kafka_t *
talk_new(struct kafka *k, rd_kafka_type_t type, rd_kafka_conf_t *conf, struct err *e)
{
	char why[512];
	rd_kafka_t *rk = rd_kafka_new(type, conf, why, sizeof(why));

	if (rk == NULL) {
		rd_kafka_conf_destroy(conf);
		err_set(e, ERR_INVALID, "cannot use '%s': %s", k->servers, why);
	}
	return rk;
}

rd_kafka_t *
talk_handle(struct kafka *k, struct err *e)
{
	rd_kafka_conf_t *conf;

	if (k->rk == NULL && conf_make(k, USE_SHARED, &conf, e) == 0)
		k->rk = talk_new(k, RD_KAFKA_CONSUMER, conf, e);
	return k->rk;
}

enum err_code
talk_code(rd_kafka_resp_err_t code)
{
	switch ((int)code) {
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
	case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
	case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND: return ERR_NOENT;
	case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: return ERR_EXIST;
	case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
	case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE: return ERR_TOOBIG;
	case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return ERR_RANGE;
	case RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP: return ERR_BUSY;
	case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
	case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
	case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
	case RD_KAFKA_RESP_ERR_INVALID_RECORD:
	case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
	case RD_KAFKA_RESP_ERR__INVALID_ARG: return ERR_INVALID;
	case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
	case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
	case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
	case RD_KAFKA_RESP_ERR__FENCED: return ERR_FENCED;
	default: return ERR_REMOTE;
	}
}

/* Time and connections alone say little: what the library said of the connection is the reason. */
static bool
is_of_connection(rd_kafka_resp_err_t code)
{
	return code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__TRANSPORT ||
	    code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE ||
	    code == RD_KAFKA_RESP_ERR__WAIT_COORD;
}

int
talk_failed(struct kafka *k, rd_kafka_resp_err_t code, const char *reason, struct err *e, const char *fmt, ...)
{
	char what[512], known[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	k->last = code;
	if (k->rk != NULL)
		rd_kafka_poll(k->rk, 0);
	pthread_mutex_lock(&k->trouble.lock);
	snprintf(known, sizeof(known), "%s", k->trouble.text);
	pthread_mutex_unlock(&k->trouble.lock);
	if (is_of_connection(code) && known[0] != '\0')
		reason = known;
	else if (code == RD_KAFKA_RESP_ERR__TIMED_OUT)
		reason = "no answer in time";
	else if (reason == NULL || *reason == '\0')
		reason = rd_kafka_err2str(code);
	if (strncmp(reason, "Broker: ", 8) == 0 || strncmp(reason, "Local: ", 7) == 0)
		reason = strchr(reason, ' ') + 1;
	return err_set(e, talk_code(code), "%s: %s", what, reason);
}

bool
talk_again(struct kafka *k, int64_t since_ns)
{
	switch ((int)k->last) {
	case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
	case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
	case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
		break;
	default:
		return false;
	}
	if (talk_stopped(k) || clock_steady_ns() - since_ns > k->timeout_ms * MS)
		return false;
	k->last = RD_KAFKA_RESP_ERR_NO_ERROR;
	rd_kafka_poll(k->rk, LOOK_MS);
	return true;
}

/* Before the first answer: is there anything left to hope for? */
static bool
hopeless(struct kafka *k, int64_t waited_ms)
{
	bool yes;

	pthread_mutex_lock(&k->trouble.lock);
	yes = k->trouble.code == RD_KAFKA_RESP_ERR__AUTHENTICATION || k->trouble.code == RD_KAFKA_RESP_ERR__SSL ||
	    (k->trouble.all_down && waited_ms >= REFUSED_MS);
	pthread_mutex_unlock(&k->trouble.lock);
	return yes;
}

static rd_kafka_resp_err_t
ask_metadata(struct kafka *k, rd_kafka_topic_t *rkt, const struct rd_kafka_metadata **md, int64_t left_ms)
{
	if (!k->met && left_ms > MEET_SLICE_MS)
		left_ms = MEET_SLICE_MS;
	return rd_kafka_metadata(k->rk, rkt == NULL, rkt, md, (int)left_ms);
}

int
talk_metadata(struct kafka *k, const char *topic, const struct rd_kafka_metadata **md, struct err *e)
{
	const int64_t since = clock_steady_ns();
	rd_kafka_topic_t *rkt = NULL;
	rd_kafka_resp_err_t code;
	int64_t waited = 0;
	int rc = 0;

	if (talk_handle(k, e) == NULL)
		return -ERR_INVALID;
	if (topic != NULL && (rkt = rd_kafka_topic_new(k->rk, topic, NULL)) == NULL)
		return talk_failed(k, rd_kafka_last_error(), NULL, e, "topic '%s'", topic);
	do {
		code = ask_metadata(k, rkt, md, k->timeout_ms - waited);
		if (code == RD_KAFKA_RESP_ERR_NO_ERROR || !is_of_connection(code) || k->met)
			break;
		rd_kafka_poll(k->rk, 0);
		waited = (clock_steady_ns() - since) / MS;
	} while (!talk_stopped(k) && waited < k->timeout_ms && !hopeless(k, waited));
	if (rkt != NULL)
		rd_kafka_topic_destroy(rkt);
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
		k->met = true;
	else if (talk_stopped(k))
		rc = err_set(e, ERR_INTR, "interrupted while waiting for '%s'", k->servers);
	else
		rc = talk_failed(k, code, NULL, e, "cannot reach a Kafka broker at '%s'", k->servers);
	return rc;
}

int
talk_meet(struct kafka *k, struct err *e)
{
	const struct rd_kafka_metadata *md;
	int rc;

	if (k->met && k->rk != NULL)
		return 0;
	if ((rc = talk_metadata(k, NULL, &md, e)) == 0)
		rd_kafka_metadata_destroy(md);
	return rc;
}

int
talk_topic_missing(struct kafka *k, const char *topic, struct err *e)
{
	const struct rd_kafka_metadata *md;
	const char **names, *near = NULL;
	int i, rc;

	if (talk_metadata(k, NULL, &md, NULL) != 0)
		return err_set(e, ERR_NOENT, "topic '%s' does not exist", topic);
	if ((names = calloc((size_t)md->topic_cnt + 1, sizeof(*names))) != NULL) {
		for (i = 0; i < md->topic_cnt; i++)
			names[i] = md->topics[i].topic;
		near = nearest_name(topic, names);
	}
	if (near != NULL)
		rc = err_set(e, ERR_NOENT, "topic '%s' does not exist, did you mean '%s'?", topic, near);
	else
		rc = err_set(e, ERR_NOENT, "topic '%s' does not exist", topic);
	free(names);
	rd_kafka_metadata_destroy(md);
	return rc;
}

int
talk_topic(struct kafka *k, const char *topic, const struct rd_kafka_metadata **md, struct err *e)
{
	rd_kafka_resp_err_t code;
	int rc;

	if ((rc = name_check("topic", topic, e)) != 0 || (rc = talk_metadata(k, topic, md, e)) != 0)
		return rc;
	code = (*md)->topic_cnt == 1 ? (*md)->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
	if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE)
		return 0;
	rd_kafka_metadata_destroy(*md);
	if (talk_code(code) == ERR_NOENT)
		return talk_topic_missing(k, topic, e);
	return talk_failed(k, code, NULL, e, "topic '%s'", topic);
}

rd_kafka_AdminOptions_t *
talk_options(struct kafka *k, rd_kafka_t *rk, rd_kafka_admin_op_t op)
{
	rd_kafka_AdminOptions_t *o = rd_kafka_AdminOptions_new(rk, op);
	char why[128];

	rd_kafka_AdminOptions_set_request_timeout(o, (int)k->timeout_ms, why, sizeof(why));
	/* The answer may come when it is done, or that much later; only some requests know this. */
	(void)rd_kafka_AdminOptions_set_operation_timeout(o, (int)k->timeout_ms, why, sizeof(why));
	return o;
}

rd_kafka_event_t *
talk_answer(struct kafka *k, rd_kafka_queue_t *q, const char *what, struct err *e)
{
	const int64_t until = clock_steady_ns() + (k->timeout_ms + ANSWER_SPARE_MS) * MS;
	rd_kafka_event_t *ev = NULL;

	while ((ev = rd_kafka_queue_poll(q, LOOK_MS)) == NULL && !talk_stopped(k) && clock_steady_ns() < until)
		;
	if (ev == NULL) {
		if (talk_stopped(k))
			err_set(e, ERR_INTR, "%s: interrupted", what);
		else
			talk_failed(k, RD_KAFKA_RESP_ERR__TIMED_OUT, NULL, e, "%s", what);
		return NULL;
	}
	if (rd_kafka_event_error(ev) == RD_KAFKA_RESP_ERR_NO_ERROR)
		return ev;
	talk_failed(k, rd_kafka_event_error(ev), rd_kafka_event_error_string(ev), e, "%s", what);
	rd_kafka_event_destroy(ev);
	return NULL;
}
