/*
 * The handle of a member of a group, and what it subscribes to (member.h).
 */
#include "backend/kafka/member.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text/glob.h"

static int
set_ms(const struct member *m, rd_kafka_conf_t *conf, const char *name, int64_t ms, struct err *e)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)ms);
	return conf_default(m->k, conf, name, text, e);
}

static int
set_assignors(struct member *m, rd_kafka_conf_t *conf, struct err *e)
{
	struct buf b = BUF_INIT;
	size_t i;
	int rc;

	for (i = 0; m->o.assignors[i] != NULL; i++)
		buf_printf(&b, "%s%s", i == 0 ? "" : ",", m->o.assignors[i]);
	rc = buf_str(&b) != NULL ? conf_default(m->k, conf, "partition.assignment.strategy", buf_str(&b), e) :
	    err_set(e, ERR_NOMEM, "no memory for a member of a group");
	buf_release(&b);
	return rc;
}

static int
configure(struct member *m, rd_kafka_conf_t *conf, struct err *e)
{
	int rc = conf_force(conf, "group.id", m->group, e);

	if (rc == 0 && m->o.id != NULL)
		rc = conf_force(conf, "client.id", m->o.id, e);
	if (rc == 0 && m->o.instance != NULL)
		rc = conf_force(conf, "group.instance.id", m->o.instance, e);
	if (rc == 0)
		rc = set_assignors(m, conf, e);
	if (rc == 0)
		rc = set_ms(m, conf, "session.timeout.ms", m->o.session_timeout_ms, e);
	if (rc == 0)
		rc = set_ms(m, conf, "max.poll.interval.ms",
		    m->o.max_poll_interval_ms > m->o.session_timeout_ms ? m->o.max_poll_interval_ms : m->o.session_timeout_ms, e);
	/* plog commits by itself, whatever a file for other programs says. */
	if (rc == 0)
		rc = conf_force(conf, "enable.auto.commit", "false", e);
	return rc;
}

/* A glob as librdkafka takes it: a regular expression that begins with ^. */
static void
put_regex(struct buf *b, const char *glob)
{
	const char *p, *end;

	buf_putc(b, '^');
	for (p = glob; *p != '\0'; p++) {
		if (*p == '*')
			buf_puts(b, ".*");
		else if (*p == '?')
			buf_putc(b, '.');
		else if (*p == '[' && p[1] != '\0' && (end = strchr(p + 2, ']')) != NULL) {
			buf_puts(b, p[1] == '!' ? "[^" : "[");
			p += 1 + (p[1] == '!');
			buf_put(b, p, (size_t)(end - p) + 1);
			p = end;
		} else if (*p == '.' || *p == '[')
			buf_printf(b, "\\%c", *p);
		else
			buf_putc(b, *p);
	}
	buf_putc(b, '$');
}

static int
subscribe(struct member *m, struct err *e)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)m->o.ntopics);
	rd_kafka_resp_err_t code;
	struct buf b = BUF_INIT;
	size_t i;

	for (i = 0; i < m->o.ntopics; i++) {
		buf_clear(&b);
		if (glob_is(m->o.topics[i]))
			put_regex(&b, m->o.topics[i]);
		else
			buf_puts(&b, m->o.topics[i]);
		if (buf_str(&b) != NULL)
			rd_kafka_topic_partition_list_add(list, buf_str(&b), RD_KAFKA_PARTITION_UA);
	}
	code = rd_kafka_subscribe(m->rk, list);
	rd_kafka_topic_partition_list_destroy(list);
	buf_release(&b);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return talk_failed(m->k, code, NULL, e, "cannot join group '%s'", m->group);
	return 0;
}

static void
trouble(rd_kafka_t *rk, int code, const char *reason, void *m)
{
	talk_trouble(rk, code, reason, ((struct member *)m)->k);
}

static void
log_line(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
	struct member *m = rd_kafka_opaque(rk);

	(void)level;
	if (m != NULL)
		talk_debug(m->k, facility, text);
}

int
member_handle(struct member *m, struct err *e)
{
	rd_kafka_conf_t *conf;
	int rc;

	if ((rc = conf_make(m->k, USE_MEMBER, &conf, e)) != 0)
		return rc;
	if ((rc = configure(m, conf, e)) != 0) {
		rd_kafka_conf_destroy(conf);
		return rc;
	}
	rd_kafka_conf_set_rebalance_cb(conf, rebalance);
	rd_kafka_conf_set_opaque(conf, m);
	rd_kafka_conf_set_error_cb(conf, trouble);
	rd_kafka_conf_set_log_cb(conf, log_line);
	if ((m->rk = talk_new(m->k, RD_KAFKA_CONSUMER, conf, e)) == NULL)
		return -ERR_INVALID;
	rd_kafka_poll_set_consumer(m->rk);
	return subscribe(m, e);
}
