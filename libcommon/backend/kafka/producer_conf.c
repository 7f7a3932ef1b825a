/*
 * What a producer's options are to librdkafka (kafka.h).
 */
#include "backend/kafka/producer.h"

#include <stdio.h>
#include <string.h>

static int
set_number(rd_kafka_conf_t *conf, const char *name, int64_t v, struct err *e)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", (long long)v);
	return conf_force(conf, name, text, e);
}

/* acks=all goes with idempotence, unless the user's properties say else; less goes without. */
static int
set_acks(struct kafka *k, const struct producer_opts *o, rd_kafka_conf_t *conf, struct err *e)
{
	const char *said = client_config_get(&k->conf, "acks");
	int acks = o->acks, rc;

	if (said == NULL)
		said = client_config_get(&k->conf, "request.required.acks");
	if (acks == ACKS_DEFAULT)
		acks = said == NULL || strcmp(said, "all") == 0 || strcmp(said, "-1") == 0 ? -1 : 1;
	if ((o->acks != ACKS_DEFAULT || said == NULL) && (rc = set_number(conf, "acks", acks, e)) != 0)
		return rc;
	if (acks != -1)
		return conf_force(conf, "enable.idempotence", "false", e);
	return conf_default(k, conf, "enable.idempotence", "true", e);
}

static int
set_codec(const struct producer_opts *o, rd_kafka_conf_t *conf, struct err *e)
{
	int rc = conf_force(conf, "compression.codec", codec_name(o->codec), e), usual;
	enum codec codec;

	if (rc != 0 || (codec_parse(codec_name(o->codec), &codec, &usual, NULL) == 0 && o->level == usual))
		return rc;
	if ((rc = set_number(conf, "compression.level", o->level, e)) != 0)
		err_prefix(e, "-z");
	return rc;
}

int
producer_conf(struct kafka *k, const struct producer_opts *o, rd_kafka_conf_t **out, struct err *e)
{
	rd_kafka_conf_t *conf;
	int rc;

	if ((rc = conf_make(k, USE_PRODUCER, &conf, e)) != 0)
		return rc;
	rc = set_acks(k, o, conf, e);
	if (rc == 0 && o->linger_ms >= 0)
		rc = set_number(conf, "linger.ms", o->linger_ms, e);
	if (rc == 0 && o->batch_bytes > 0)
		rc = set_number(conf, "batch.size", o->batch_bytes, e);
	if (rc == 0 && o->has_codec)
		rc = set_codec(o, conf, e);
	if (rc == 0 && o->delivery_timeout_ms >= 0)
		rc = set_number(conf, "delivery.timeout.ms", o->delivery_timeout_ms, e);
	else if (rc == 0 && o->transactional == NULL && client_config_get(&k->conf, "message.timeout.ms") == NULL)
		rc = conf_default(k, conf, "delivery.timeout.ms", "120000", e);
	if (rc == 0 && o->transactional != NULL)
		rc = conf_force(conf, "transactional.id", o->transactional, e);
	/* Also where nobody is told of each record: a report wakes who waits for room, or for the end of the run. */
	if (rc == 0)
		rc = conf_force(conf, "delivery.report.only.error", "false", e);
	if (rc != 0) {
		rd_kafka_conf_destroy(conf);
		return rc;
	}
	rd_kafka_conf_set_dr_msg_cb(conf, deliver_report);
	*out = conf;
	return 0;
}
