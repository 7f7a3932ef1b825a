/*
 * kafka_client.c - the address and the client's properties of a Kafka
 * component (kafka_client.h).
 */
#include "agent/kafka_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

#define SESSION_MS	45000
#define MAX_POLL_MS	300000
#define DELIVERY_MS	30000		/* the agent stops within that, with no broker there */

void
kafka_address(struct kafka_client *kc, struct context *c, const char *old)
{
	const char *where = old == NULL ? NULL : ctx_str(c, old, NULL), *said;

	if (where != NULL)
		ctx_warn(c, old, "the old name of kafka.bootstrap.servers");
	said = where == NULL ? ctx_need(c, "kafka.bootstrap.servers") : ctx_str(c, "kafka.bootstrap.servers", where);
	kc->acks = ACKS_DEFAULT;
	kc->linger_ms = kc->batch_bytes = kc->delivery_timeout_ms = -1;
	if (strncmp(said, "plog:", 5) != 0) {
		kc->servers = said;
		return;
	}
	/* plog: plog:DIR plog:///DIR */
	said += 5;
	if (strncmp(said, "//", 2) == 0 && said[2] == '/')
		said += 2;
	kc->store = *said != '\0' ? said : ctx_store(c);
}

/* One property of the client; its name is behind prefix. */
static void
pass_on(struct kafka_client *kc, struct context *c, const char *name, const char *value)
{
	struct words pair;
	char *text;

	if (kc->servers == NULL)
		return;
	if (kc->nproperties == KAFKA_PROPERTIES_MAX) {
		ctx_error(c, NULL, "more than %d properties for a Kafka client", KAFKA_PROPERTIES_MAX);
		return;
	}
	if (asprintf(&text, "%s=%s", name, value) == -1) {
		ctx_error(c, NULL, "no memory");
		return;
	}
	pair = ctx_split(c, text, "");
	free(text);
	kc->properties[kc->nproperties++] = pair.n > 0 ? pair.v[0] : "";
}

static void
read_properties(struct kafka_client *kc, struct context *c, const char *prefix, bool producer)
{
	const char *name, *value, *near = NULL;
	char key[300];
	size_t at = 0;

	while (ctx_each(c, prefix, &at, &name, &value)) {
		snprintf(key, sizeof(key), "%s%s", prefix, name);
		switch (kafka_name_of(name, producer, &near)) {
		case KAFKA_NAME_CLIENT:
			pass_on(kc, c, name, value);
			break;
		case KAFKA_NAME_OURS:
			break;
		case KAFKA_NAME_NOTHING:
			ctx_ignored(c, key, NULL);
			break;
		case KAFKA_NAME_UNKNOWN:
			if (near != NULL)
				ctx_warn(c, key, "Kafka's client has no such property, did you mean '%s'?", near);
			else
				ctx_warn(c, key, "Kafka's client has no such property");
			break;
		}
	}
}

/* Java's classes, and the short names. */
static void
read_assignors(struct kafka_client *kc, struct context *c)
{
	static const char *const known[][2] = { { "Range", "range" }, { "RoundRobin", "roundrobin" },
	    { "CooperativeSticky", "cooperative-sticky" }, { "Sticky", "cooperative-sticky" } };
	struct words w = ctx_words(c, "kafka.consumer.partition.assignment.strategy", ", \t");
	const char *class;
	size_t i, k, n = 0;

	for (i = 0; i < w.n && n < 3; i++) {
		class = strrchr(w.v[i], '.') == NULL ? w.v[i] : strrchr(w.v[i], '.') + 1;
		for (k = 0; k < 4; k++)
			if (strncmp(class, known[k][0], strlen(known[k][0])) == 0 || strcmp(class, known[k][1]) == 0)
				break;
		if (k == 4)
			ctx_error(c, "kafka.consumer.partition.assignment.strategy", "'%s' is not known here; range, roundrobin and "
			    "cooperative-sticky are", w.v[i]);
		else
			kc->assignors[n++] = known[k][1];
	}
	/* Kafka's own default of Flume's client. */
	if (n == 0)
		kc->assignors[n++] = "range";
	kc->assignors[n] = NULL;
}

void
kafka_consumer_conf(struct kafka_client *kc, struct context *c, const char *group, const char *reset)
{
	static const char *const levels[] = { "read_uncommitted", "read_committed", NULL };
	const char *where = ctx_str(c, "kafka.consumer.auto.offset.reset", reset);
	struct err e = ERR_INIT;

	kc->group = ctx_str(c, "kafka.consumer.group.id", group);
	kc->instance = ctx_str(c, "kafka.consumer.group.instance.id", NULL);
	kc->client = ctx_str(c, "kafka.consumer.client.id", "plog-agent");
	kc->reset_none = strcmp(where, "none") == 0;
	kc->reset.kind = strcmp(where, "latest") == 0 ? PLACE_LATEST : PLACE_EARLIEST;
	if (!kc->reset_none && strcmp(where, "latest") != 0 && strcmp(where, "earliest") != 0)
		ctx_error(c, "kafka.consumer.auto.offset.reset", "'%s' is none of earliest, latest and none", where);
	kc->read_committed = ctx_choice(c, "kafka.consumer.isolation.level", 0, levels) == 1;
	kc->session_timeout_ms = ctx_int(c, "kafka.consumer.session.timeout.ms", SESSION_MS, 1, INT32_MAX);
	kc->max_poll_interval_ms = ctx_int(c, "kafka.consumer.max.poll.interval.ms", MAX_POLL_MS, 1, INT32_MAX);
	if (name_check("group", kc->group, &e) != 0)
		ctx_err(c, "kafka.consumer.group.id", &e);
	read_assignors(kc, c);
	read_properties(kc, c, "kafka.consumer.", false);
}

void
kafka_producer_conf(struct kafka_client *kc, struct context *c, const char *acks)
{
	static const char *const codecs[] = { "none", "gzip", "snappy", "lz4", "zstd", NULL };
	static const enum codec codec[] = { CODEC_NONE, CODEC_GZIP, CODEC_SNAPPY, CODEC_LZ4, CODEC_ZSTD };
	const char *said = ctx_str(c, "kafka.producer.acks", acks);

	if (strcmp(said, "all") == 0 || strcmp(said, "-1") == 0)
		kc->acks = -1;
	else if (strcmp(said, "0") == 0 || strcmp(said, "1") == 0)
		kc->acks = *said - '0';
	else
		ctx_error(c, "kafka.producer.acks", "'%s' is none of 0, 1 and all", said);
	kc->codec = codec[ctx_choice(c, "kafka.producer.compression.type", 0, codecs)];
	kc->linger_ms = ctx_int(c, "kafka.producer.linger.ms", 0, 0, INT32_MAX);
	kc->batch_bytes = ctx_int(c, "kafka.producer.batch.size", -1, 0, INT32_MAX);
	kc->delivery_timeout_ms = ctx_int(c, "kafka.producer.delivery.timeout.ms", DELIVERY_MS, 1, INT32_MAX);
	if (kc->client == NULL)
		kc->client = ctx_str(c, "kafka.producer.client.id", "plog-agent");
	else
		(void)ctx_str(c, "kafka.producer.client.id", NULL);
	read_properties(kc, c, "kafka.producer.", true);
}

int
kafka_client_open(const struct kafka_client *kc, struct backend **be, struct err *e)
{
	struct backend_opts o = { .bootstrap = kc->servers, .dirs = &kc->store, .ndirs = kc->store != NULL, .create = true, .write = true,
	    .properties = kc->properties, .nproperties = kc->nproperties };

	return backend_open(be, &o, e);
}

void
kafka_producer_fill(const struct kafka_client *kc, const char *topic, struct producer_opts *o)
{
	*o = (struct producer_opts){ .topic = topic, .create = kc->servers == NULL, .acks = kc->acks, .linger_ms = kc->linger_ms,
	    .batch_bytes = kc->batch_bytes > 0 ? kc->batch_bytes : -1, .keyless_bytes = -1, .has_codec = kc->codec != CODEC_NONE,
	    .codec = kc->codec, .lock_timeout_ms = kc->delivery_timeout_ms, .delivery_timeout_ms = kc->delivery_timeout_ms };
}

int
kafka_make_topic(const struct kafka_client *kc, struct backend *be, const char *topic, struct err *e)
{
	struct topic_spec spec = { .mode = -1 };
	int rc;

	if (kc->servers != NULL)
		return 0;
	rc = be->ops->create(be, topic, &spec, e);
	return rc == -ERR_EXIST ? 0 : rc;
}
