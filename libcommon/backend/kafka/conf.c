/*
 * The properties of a client: what files, -b and -X say, and what plog wants
 * where they say nothing (kafka.h).
 */
#include "backend/kafka/kafka.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

#define TIMEOUT_NAME	"default.api.timeout.ms"	/* Java's; librdkafka has none that covers a whole question */
#define TIMEOUT_MS	10000

struct preset {
	const char *name, *value;
};

/* For every handle.  The library's own way of looking up names, retrying and so on is left alone. */
static const struct preset for_all[] = {
	{ "client.id", "plog" },
	{ "log_level", "4" },
	{ "socket.keepalive.enable", "true" },
	{ "socket.nagle.disable", "true" },
	{ "api.version.request.timeout.ms", "5000" },
	{ "reconnect.backoff.ms", "50" },
	{ "reconnect.backoff.max.ms", "1000" },
	{ NULL, NULL },
};

/*
 * A record that waits costs some 500 bytes beside its own; these bound how
 * many do, so that a process stays below 64 MiB (share/doc/kafka.md).
 */
static const struct preset for_shared[] = {
	{ "enable.partition.eof", "true" },
	{ "isolation.level", "read_uncommitted" },
	{ "check.crcs", "true" },
	{ "auto.offset.reset", "error" },
	{ "fetch.wait.max.ms", "100" },
	{ "fetch.error.backoff.ms", "100" },
	{ "queued.min.messages", TEXT_OF(FETCH_QUEUE) },
	{ "queued.max.messages.kbytes", "16384" },
	{ "fetch.message.max.bytes", "1048576" },
	{ "fetch.max.bytes", "4194304" },
	{ NULL, NULL },
};
static const struct preset for_producer[] = {
	{ "queue.buffering.max.messages", "20000" },	/* more is slower: each goes cold before it is sent */
	{ "queue.buffering.max.kbytes", "24576" },
	{ "message.max.bytes", "1048588" },
	{ "batch.num.messages", "8192" },
	{ "linger.ms", "5" },
	{ "retry.backoff.ms", "100" },
	{ NULL, NULL },
};
static const struct preset for_member[] = {
	{ "enable.auto.commit", "false" },
	{ "enable.auto.offset.store", "false" },
	{ "auto.offset.reset", "error" },
	{ "fetch.message.max.bytes", "1" },
	{ "queued.max.messages.kbytes", "1" },
	{ "topic.metadata.refresh.interval.ms", "5000" },
	{ "heartbeat.interval.ms", "1000" },	/* a member learns with a heartbeat that the group changes */
	{ NULL, NULL },
};

static const struct preset *const presets[] = {
	[USE_SHARED] = for_shared, [USE_PRODUCER] = for_producer, [USE_MEMBER] = for_member,
};

/* Names that the library takes for others and does not list. */
static const char *const aliases[] = { "acks", "bootstrap.servers", "compression.type", "delivery.timeout.ms", "linger.ms",
	"max.in.flight", "retries", "sasl.mechanism" };
#define ALIASES	(sizeof(aliases) / sizeof(aliases[0]))

static int
unknown(const struct client_pair *p, struct err *e)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	rd_kafka_topic_conf_t *topic = rd_kafka_topic_conf_new();
	const char **dump[2], **names, *near = NULL;
	size_t n[2], i, k = 0;
	int rc;

	dump[0] = rd_kafka_conf_dump(conf, &n[0]);
	dump[1] = rd_kafka_topic_conf_dump(topic, &n[1]);
	if ((names = calloc(n[0] + n[1] + ALIASES + 1, sizeof(*names))) != NULL) {
		for (i = 0; i < n[0]; i += 2)
			names[k++] = dump[0][i];
		for (i = 0; i < n[1]; i += 2)
			names[k++] = dump[1][i];
		for (i = 0; i < ALIASES; i++)
			names[k++] = aliases[i];
		near = nearest_name(p->name, names);
	}
	if (near != NULL)
		rc = err_set(e, ERR_INVALID, "%s: unknown property '%s', did you mean '%s'?", p->from, p->name, near);
	else
		rc = err_set(e, ERR_INVALID, "%s: unknown property '%s'", p->from, p->name);
	free(names);
	rd_kafka_conf_dump_free(dump[0], n[0]);
	rd_kafka_conf_dump_free(dump[1], n[1]);
	rd_kafka_topic_conf_destroy(topic);
	rd_kafka_conf_destroy(conf);
	return rc;
}

/* What librdkafka says of a value repeats it. */
static int
set_pair(rd_kafka_conf_t *conf, const struct client_pair *p, struct err *e)
{
	char why[256];

	switch (rd_kafka_conf_set(conf, p->name, p->value, why, sizeof(why))) {
	case RD_KAFKA_CONF_OK:
		return 0;
	case RD_KAFKA_CONF_UNKNOWN:
		return unknown(p, e);
	case RD_KAFKA_CONF_INVALID:
		break;
	}
	if (client_config_secret(p->name))
		return err_set(e, ERR_INVALID, "%s: %s: is not a value that can be taken", p->from, p->name);
	return err_set(e, ERR_INVALID, "%s: %s: %s", p->from, p->name, why);
}

int
conf_force(rd_kafka_conf_t *conf, const char *name, const char *value, struct err *e)
{
	char why[256];

	if (rd_kafka_conf_set(conf, name, value, why, sizeof(why)) == RD_KAFKA_CONF_OK)
		return 0;
	return err_set(e, ERR_INVALID, "%s", why);
}

int
conf_default(const struct kafka *k, rd_kafka_conf_t *conf, const char *name, const char *value, struct err *e)
{
	return client_config_get(&k->conf, name) != NULL ? 0 : conf_force(conf, name, value, e);
}

int
conf_make(struct kafka *k, enum kafka_use use, rd_kafka_conf_t **out, struct err *e)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	const struct preset *p;
	size_t i;
	int rc = 0;

	for (p = for_all; rc == 0 && p->name != NULL; p++)
		rc = conf_force(conf, p->name, p->value, e);
	for (p = presets[use]; rc == 0 && p->name != NULL; p++)
		rc = conf_force(conf, p->name, p->value, e);
	for (i = 0; rc == 0 && i < k->conf.n; i++)
		rc = set_pair(conf, &k->conf.v[i], e);
	if (rc == 0)
		rc = conf_force(conf, "bootstrap.servers", k->servers, e);
	if (rc != 0) {
		rd_kafka_conf_destroy(conf);
		return rc;
	}
	rd_kafka_conf_set_opaque(conf, k);
	rd_kafka_conf_set_error_cb(conf, talk_trouble);
	rd_kafka_conf_set_log_cb(conf, talk_log);
	*out = conf;
	return 0;
}

/* $XDG_CONFIG_HOME/plog/kafka.conf, which need not be there. */
static int
own_file(struct kafka *k, struct err *e)
{
	const char *dir = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
	char path[PATH_MAX];
	int n, rc;

	if (dir != NULL && *dir == '/')
		n = snprintf(path, sizeof(path), "%s/plog/kafka.conf", dir);
	else if (home != NULL && *home == '/')
		n = snprintf(path, sizeof(path), "%s/.config/plog/kafka.conf", home);
	else
		return 0;
	if (n < 0 || (size_t)n >= sizeof(path))
		return 0;
	rc = client_config_file(&k->conf, path, e);
	return rc == -ERR_NOENT ? 0 : rc;
}

static int
take_timeout(struct kafka *k, struct err *e)
{
	const char *value = client_config_get(&k->conf, TIMEOUT_NAME);
	struct err why = ERR_INIT;

	k->timeout_ms = TIMEOUT_MS;
	if (value != NULL && parse_int(value, 1, INT32_MAX, &k->timeout_ms, &why) != 0)
		return err_set(e, ERR_INVALID, TIMEOUT_NAME ": %s", why.text);
	client_config_drop(&k->conf, TIMEOUT_NAME);
	return 0;
}

static int
take_servers(struct kafka *k, const char *bootstrap, struct err *e)
{
	const char *servers = *bootstrap == '@' ? client_config_get(&k->conf, "bootstrap.servers") : bootstrap;

	if (servers == NULL || servers[strspn(servers, ", \t")] == '\0')
		return err_set(e, ERR_INVALID, "-b: is not HOST:PORT: '%s'", bootstrap);
	if ((k->servers = strdup(servers)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a cluster");
	client_config_drop(&k->conf, "bootstrap.servers");
	return 0;
}

int
conf_gather(struct kafka *k, const struct backend_opts *o, struct err *e)
{
	rd_kafka_conf_t *conf;
	size_t i;
	int rc;

	if ((rc = own_file(k, e)) != 0)
		return rc;
	if (o->command_config != NULL && (rc = client_config_file(&k->conf, o->command_config, e)) != 0)
		return rc;
	if ((rc = client_config_cluster(&k->conf, *o->bootstrap == '@' ? o->bootstrap + 1 : NULL, e)) != 0)
		return rc;
	for (i = 0; rc == 0 && i < o->nproperties; i++)
		rc = client_config_pair(&k->conf, o->properties[i], "-X", e);
	if (rc != 0 || (rc = client_config_translate(&k->conf, e)) != 0 || (rc = take_servers(k, o->bootstrap, e)) != 0 ||
	    (rc = take_timeout(k, e)) != 0)
		return rc;
	k->debug = client_config_get(&k->conf, "debug") != NULL;
	/* A wrong one is told now, not with the first record. */
	if ((rc = conf_make(k, USE_SHARED, &conf, e)) == 0)
		rd_kafka_conf_destroy(conf);
	return rc;
}
