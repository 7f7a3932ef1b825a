/*
 * Java's names of a client's configuration, and librdkafka's (client_config.h).
 */
#include "backend/client_config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/parse.h"

/* Names that both have with the same meaning are not here. */
static const struct rename {
	const char *java, *ours;	/* ours NULL: only a Java program can do something with it */
	int64_t divide;			/* 0: the value stays */
} renames[] = {
	{ "buffer.memory", "queue.buffering.max.kbytes", 1024 },
	{ "fetch.max.wait.ms", "fetch.wait.max.ms", 0 },
	{ "max.partition.fetch.bytes", "fetch.message.max.bytes", 0 },
	{ "max.request.size", "message.max.bytes", 0 },
	{ "receive.buffer.bytes", "socket.receive.buffer.bytes", 0 },
	{ "send.buffer.bytes", "socket.send.buffer.bytes", 0 },
	{ "ssl.keystore.certificate.chain", "ssl.certificate.pem", 0 },
	{ "ssl.keystore.key", "ssl.key.pem", 0 },
	{ "ssl.truststore.certificates", "ssl.ca.pem", 0 },
	{ "auto.commit.interval.ms", NULL, 0 },
	{ "auto.include.jmx.reporter", NULL, 0 },
	{ "auto.offset.reset", NULL, 0 },		/* --auto-offset-reset */
	{ "client.dns.lookup", NULL, 0 },
	{ "config.providers", NULL, 0 },
	{ "enable.auto.commit", NULL, 0 },		/* plog commits what was delivered */
	{ "enable.metrics.push", NULL, 0 },
	{ "exclude.internal.topics", NULL, 0 },
	{ "group.protocol", NULL, 0 },
	{ "interceptor.classes", NULL, 0 },
	{ "key.deserializer", NULL, 0 },
	{ "key.serializer", NULL, 0 },
	{ "max.block.ms", NULL, 0 },
	{ "max.poll.records", NULL, 0 },
	{ "metric.reporters", NULL, 0 },
	{ "metrics.num.samples", NULL, 0 },
	{ "metrics.recording.level", NULL, 0 },
	{ "metrics.sample.window.ms", NULL, 0 },
	{ "partitioner.class", NULL, 0 },
	{ "sasl.client.callback.handler.class", NULL, 0 },
	{ "sasl.login.callback.handler.class", NULL, 0 },
	{ "sasl.login.class", NULL, 0 },
	{ "security.providers", NULL, 0 },
	{ "ssl.enabled.protocols", NULL, 0 },
	{ "ssl.engine.factory.class", NULL, 0 },
	{ "ssl.keymanager.algorithm", NULL, 0 },
	{ "ssl.protocol", NULL, 0 },
	{ "ssl.provider", NULL, 0 },
	{ "ssl.secure.random.implementation", NULL, 0 },
	{ "ssl.trustmanager.algorithm", NULL, 0 },
	{ "ssl.truststore.password", NULL, 0 },
	{ "value.deserializer", NULL, 0 },
	{ "value.serializer", NULL, 0 },
	{ NULL, NULL, 0 },
};

bool
client_config_secret(const char *name)
{
	static const char *const parts[] = { "password", "secret", "jaas", "key.pem", "keystore.key", "oauthbearer.config" };
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(name, parts[i]) != NULL)
			return true;
	return false;
}

static const struct rename *
rename_of(const char *name)
{
	const struct rename *r;

	for (r = renames; r->java != NULL; r++)
		if (strcmp(r->java, name) == 0)
			return r;
	return NULL;
}

/* The next word of a login module's options: NAME=VALUE with or without quotes, or a word alone; false: none. */
static bool
jaas_word(const char **s, struct buf *word, struct buf *value)
{
	const char *p = *s;
	char quote = '\0';

	buf_clear(word);
	buf_clear(value);
	p += strspn(p, " \t\r\n;");
	if (*p == '\0')
		return false;
	for (; *p != '\0' && strchr(" \t\r\n;=", *p) == NULL; p++)
		buf_putc(word, *p);
	if (*p == '=') {
		if (*++p == '"' || *p == '\'')
			quote = *p++;
		for (; *p != '\0' && (quote != '\0' ? *p != quote : strchr(" \t\r\n;", *p) == NULL); p++) {
			if (quote != '\0' && *p == '\\' && p[1] != '\0')
				p++;
			buf_putc(value, *p);
		}
		p += quote != '\0' && *p == quote;
	}
	*s = p;
	return buf_str(word) != NULL && buf_str(value) != NULL;
}

static const char *
login_option(const char *word)
{
	static const char *const names[][2] = {
		{ "username", "sasl.username" }, { "password", "sasl.password" },
		{ "clientId", "sasl.oauthbearer.client.id" }, { "clientSecret", "sasl.oauthbearer.client.secret" },
		{ "scope", "sasl.oauthbearer.scope" }, { "principal", "sasl.kerberos.principal" },
		{ "keyTab", "sasl.kerberos.keytab" }, { "serviceName", "sasl.kerberos.service.name" },
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i][0], word) == 0)
			return names[i][1];
	return NULL;
}

/* "org.apache...PlainLoginModule required username="u" password="p";" */
static int
jaas(struct client_config *out, const struct client_pair *p, struct err *e)
{
	struct buf word = BUF_INIT, value = BUF_INIT;
	const char *s = p->value, *name;
	bool module = jaas_word(&s, &word, &value) && strstr(buf_str(&word), "LoginModule") != NULL;
	bool secret = false;
	int rc = 0;

	while (rc == 0 && module && jaas_word(&s, &word, &value)) {
		if ((name = login_option(buf_str(&word))) == NULL)
			continue;
		rc = client_config_add(out, name, buf_str(&value), p->from, e);
		secret |= client_config_secret(name);
		if (rc == 0 && strcmp(name, "sasl.oauthbearer.client.secret") == 0)
			rc = client_config_add(out, "sasl.oauthbearer.method", "oidc", p->from, e);
	}
	if (rc == 0 && !secret && strstr(p->value, "Krb5LoginModule") == NULL)
		rc = err_set(e, ERR_INVALID, "%s: %s: is no login module with its name and secret", p->from, p->name);
	if (value.p != NULL)
		explicit_bzero(value.p, value.n);
	buf_release(&word);
	buf_release(&value);
	return rc;
}

/* A store of keys is OpenSSL's to read where it is PEM, or a PKCS#12 of one key; what is Java's own is refused. */
static int
store(struct client_config *out, const struct client_config *in, const struct client_pair *p, struct err *e)
{
	bool trust = strcmp(p->name, "ssl.truststore.location") == 0;
	const char *type = client_config_get(in, trust ? "ssl.truststore.type" : "ssl.keystore.type");
	size_t n = strlen(p->value);
	bool pem = type != NULL ? strcmp(type, "PEM") == 0 : n > 4 && strcmp(p->value + n - 4, ".pem") == 0;
	int rc;

	if (pem && trust)
		return client_config_add(out, "ssl.ca.location", p->value, p->from, e);
	if (pem) {
		if ((rc = client_config_add(out, "ssl.certificate.location", p->value, p->from, e)) != 0)
			return rc;
		return client_config_add(out, "ssl.key.location", p->value, p->from, e);
	}
	if (trust || (type != NULL && strcmp(type, "JKS") == 0) || (n > 4 && strcmp(p->value + n - 4, ".jks") == 0))
		return err_set(e, ERR_INVALID, "%s: %s: only Java reads such a store; export it as PEM and say %s.type=PEM", p->from,
		    p->name, trust ? "ssl.truststore" : "ssl.keystore");
	return client_config_add(out, p->name, p->value, p->from, e);
}

/* org.apache.kafka.clients.consumer.RangeAssignor,... */
static int
assignors(struct client_config *out, const struct client_pair *p, struct err *e)
{
	static const char *const names[][2] = { { "CooperativeSticky", "cooperative-sticky" }, { "RoundRobin", "roundrobin" },
		{ "Range", "range" } };
	const char *dot = strstr(p->value, "Assignor");
	size_t i;

	for (i = 0; dot != NULL && i < sizeof(names) / sizeof(names[0]); i++)
		if (strstr(p->value, names[i][0]) != NULL)
			return client_config_add(out, p->name, names[i][1], p->from, e);
	return client_config_add(out, p->name, p->value, p->from, e);
}

static int
renamed(struct client_config *out, const struct client_pair *p, const struct rename *r, struct err *e)
{
	char number[32];
	int64_t v;

	if (r->ours == NULL)
		return 0;
	if (r->divide == 0)
		return client_config_add(out, r->ours, p->value, p->from, e);
	if (parse_int(p->value, 0, INT64_MAX, &v, NULL) != 0)
		return err_set(e, ERR_INVALID, "%s: %s: is not a number", p->from, p->name);
	snprintf(number, sizeof(number), "%lld", (long long)(v / r->divide > 0 ? v / r->divide : 1));
	return client_config_add(out, r->ours, number, p->from, e);
}

static int
translate(struct client_config *out, const struct client_config *in, const struct client_pair *p, struct err *e)
{
	const struct rename *r = rename_of(p->name);

	if (r != NULL)
		return renamed(out, p, r, e);
	if (strcmp(p->name, "sasl.jaas.config") == 0)
		return jaas(out, p, e);
	if (strcmp(p->name, "ssl.truststore.location") == 0 || strcmp(p->name, "ssl.keystore.location") == 0)
		return store(out, in, p, e);
	if (strcmp(p->name, "ssl.truststore.type") == 0 || strcmp(p->name, "ssl.keystore.type") == 0)
		return 0;
	if (strcmp(p->name, "partition.assignment.strategy") == 0)
		return assignors(out, p, e);
	if (strcmp(p->name, "ssl.endpoint.identification.algorithm") == 0 && *p->value == '\0')
		return client_config_add(out, p->name, "none", p->from, e);
	return client_config_add(out, p->name, p->value, p->from, e);
}

int
client_config_translate(struct client_config *c, struct err *e)
{
	struct client_config out = CLIENT_CONFIG_INIT;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < c->n; i++)
		rc = translate(&out, c, &c->v[i], e);
	if (rc != 0) {
		client_config_release(&out);
		return rc;
	}
	client_config_release(c);
	*c = out;
	return 0;
}
