/*
 * The topic that a producer appends to: found, or made with the first record;
 * and what its configs say about batches.
 */
#include "backend/local_producer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/parse.h"

#define FLUSH_MS	1000		/* where Kafka's default is never */

static void
set_limits(struct producer *p, const struct config *c)
{
	int64_t flush_ms = config_number(c, "flush.ms");
	size_t soft = p->o.batch_bytes > 0 ? (size_t)p->o.batch_bytes : BATCH_BYTES;

	config_log(c, &p->conf);
	p->hard = (size_t)p->conf.max_message_bytes;
	if (p->conf.segment_bytes > 0 && (size_t)p->conf.segment_bytes < p->hard)
		p->hard = (size_t)p->conf.segment_bytes;
	p->soft = soft < p->hard ? soft : p->hard;
	p->flush_messages = config_number(c, "flush.messages");
	p->sync_each = p->o.acks == -1 || flush_ms == 0 || p->flush_messages == 1;
	p->sync.period_ns = (flush_ms > 0 && flush_ms < INT64_MAX / 1000000 ? flush_ms : FLUSH_MS) * 1000000;
}

/* Before the topic is there: what it will be made with. */
static int
planned_config(struct producer *p, struct config **out, struct err *e)
{
	struct config *c = config_new();
	int32_t n;
	size_t i;
	int rc;

	if (c == NULL)
		return err_set(e, ERR_NOMEM, "no memory for topic '%s'", p->o.topic);
	rc = store_defaults_read(p->local->store, c, &n, e);
	for (i = 0; rc == 0 && i < p->o.nconfigs; i++)
		rc = config_set_pair(c, p->o.configs[i], e);
	if (rc != 0) {
		config_free(c);
		return rc;
	}
	*out = c;
	return 0;
}

static int
topic_is_here(struct producer *p, struct err *e)
{
	enum codec codec = p->o.codec;
	int level = p->o.level;
	bool as_sent = false;

	p->parts = calloc((size_t)p->topic.partitions, sizeof(struct part *));
	if (p->parts == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the partitions of '%s'", p->o.topic);
	p->open = true;
	set_limits(p, p->topic.config);
	if (!p->o.has_codec) {
		config_codec(p->topic.config, &codec, &level, &as_sent);
		if (as_sent)
			codec = CODEC_NONE;
	}
	p->level = level;
	return codec == CODEC_NONE ? 0 : compressor_new(&p->comp, codec, level, e);
}

int
producer_topic_make(struct producer *p, struct err *e)
{
	struct topic_new how = { .partitions = p->o.partitions };
	struct config *c = NULL;
	char said[NAME_MAX_LEN + 80];
	bool told = false, made;
	int rc;

	if (p->o.nconfigs > 0 && (rc = planned_config(p, &c, e)) != 0)
		return rc;
	how.config = c;
	while ((rc = topic_create(p->local->store, p->o.topic, &how, e)) != 0 && rc != -ERR_EXIST)
		if ((rc = wait_for_room(p, rc, &told, e)) != 0)
			break;
	config_free(c);
	if (rc != 0 && rc != -ERR_EXIST)
		return rc;
	room_again(p, told);
	made = rc == 0;
	if ((rc = topic_open(&p->topic, p->local->store, p->o.topic, e)) != 0)
		return rc;
	if (made && p->o.notice != NULL) {
		snprintf(said, sizeof(said), "made topic '%s' with %d partition%s", p->o.topic,
		    (int)p->topic.partitions, p->topic.partitions == 1 ? "" : "s");
		p->o.notice(p->o.arg, said);
	}
	return topic_is_here(p, e);
}

int
producer_topic_find(struct producer *p, struct err *e)
{
	char said[NAME_MAX_LEN + 80];
	struct config *c = NULL;
	int rc = topic_open(&p->topic, p->local->store, p->o.topic, e);

	if (rc == 0) {
		if (p->o.partitions > 0 && p->o.partitions != p->topic.partitions && p->o.notice != NULL) {
			snprintf(said, sizeof(said), "topic '%s' is there already, with %d partition%s", p->o.topic,
			    (int)p->topic.partitions, p->topic.partitions == 1 ? "" : "s");
			p->o.notice(p->o.arg, said);
		}
		return topic_is_here(p, e);
	}
	if (rc != -ERR_NOENT || !p->o.create || name_check("topic", p->o.topic, NULL) != 0)
		return rc;
	if ((rc = planned_config(p, &c, e)) != 0)
		return rc;
	set_limits(p, c);
	config_free(c);
	return 0;
}
