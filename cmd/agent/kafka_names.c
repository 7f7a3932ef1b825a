/*
 * kafka_names.c - the configuration names of Kafka's Java consumer and
 * producer, and what becomes of each here (kafka_client.h).
 *
 * Source: ConsumerConfig, ProducerConfig, CommonClientConfigs, SslConfigs and
 * SaslConfigs of Kafka 2.7 (Flume 1.11's client) to 3.9.
 */
#include "agent/kafka_client.h"

#include <string.h>

#include "base/parse.h"

#define NAMES_MAX	160

struct known {
	const char *name;
	enum kafka_name what;
};

static const struct known both[] = {
	{ "bootstrap.servers", KAFKA_NAME_OURS },
	{ "client.id", KAFKA_NAME_OURS },
	{ "client.rack", KAFKA_NAME_CLIENT },
	{ "connections.max.idle.ms", KAFKA_NAME_CLIENT },
	{ "metadata.max.age.ms", KAFKA_NAME_CLIENT },
	{ "receive.buffer.bytes", KAFKA_NAME_CLIENT },
	{ "reconnect.backoff.max.ms", KAFKA_NAME_CLIENT },
	{ "reconnect.backoff.ms", KAFKA_NAME_CLIENT },
	{ "retry.backoff.ms", KAFKA_NAME_CLIENT },
	{ "sasl.jaas.config", KAFKA_NAME_CLIENT },
	{ "sasl.kerberos.kinit.cmd", KAFKA_NAME_CLIENT },
	{ "sasl.kerberos.min.time.before.relogin", KAFKA_NAME_CLIENT },
	{ "sasl.kerberos.service.name", KAFKA_NAME_CLIENT },
	{ "sasl.mechanism", KAFKA_NAME_CLIENT },
	{ "security.protocol", KAFKA_NAME_CLIENT },
	{ "send.buffer.bytes", KAFKA_NAME_CLIENT },
	{ "socket.connection.setup.timeout.ms", KAFKA_NAME_CLIENT },
	{ "ssl.cipher.suites", KAFKA_NAME_CLIENT },
	{ "ssl.endpoint.identification.algorithm", KAFKA_NAME_CLIENT },
	{ "ssl.key.password", KAFKA_NAME_CLIENT },
	{ "ssl.keystore.certificate.chain", KAFKA_NAME_CLIENT },
	{ "ssl.keystore.key", KAFKA_NAME_CLIENT },
	{ "ssl.keystore.location", KAFKA_NAME_CLIENT },
	{ "ssl.keystore.password", KAFKA_NAME_CLIENT },
	{ "ssl.keystore.type", KAFKA_NAME_CLIENT },
	{ "ssl.truststore.certificates", KAFKA_NAME_CLIENT },
	{ "ssl.truststore.location", KAFKA_NAME_CLIENT },
	{ "ssl.truststore.password", KAFKA_NAME_CLIENT },
	{ "ssl.truststore.type", KAFKA_NAME_CLIENT },
	{ "auto.include.jmx.reporter", KAFKA_NAME_NOTHING },
	{ "client.dns.lookup", KAFKA_NAME_NOTHING },
	{ "default.api.timeout.ms", KAFKA_NAME_CLIENT },
	{ "enable.metrics.push", KAFKA_NAME_NOTHING },
	{ "interceptor.classes", KAFKA_NAME_NOTHING },
	{ "metric.reporters", KAFKA_NAME_NOTHING },
	{ "metrics.num.samples", KAFKA_NAME_NOTHING },
	{ "metrics.recording.level", KAFKA_NAME_NOTHING },
	{ "metrics.sample.window.ms", KAFKA_NAME_NOTHING },
	{ "request.timeout.ms", KAFKA_NAME_NOTHING },
	{ "sasl.client.callback.handler.class", KAFKA_NAME_NOTHING },
	{ "sasl.kerberos.ticket.renew.jitter", KAFKA_NAME_NOTHING },
	{ "sasl.kerberos.ticket.renew.window.factor", KAFKA_NAME_NOTHING },
	{ "sasl.login.callback.handler.class", KAFKA_NAME_NOTHING },
	{ "sasl.login.class", KAFKA_NAME_NOTHING },
	{ "sasl.login.refresh.buffer.seconds", KAFKA_NAME_NOTHING },
	{ "sasl.login.refresh.min.period.seconds", KAFKA_NAME_NOTHING },
	{ "sasl.login.refresh.window.factor", KAFKA_NAME_NOTHING },
	{ "sasl.login.refresh.window.jitter", KAFKA_NAME_NOTHING },
	{ "security.providers", KAFKA_NAME_NOTHING },
	{ "ssl.enabled.protocols", KAFKA_NAME_NOTHING },
	{ "ssl.engine.factory.class", KAFKA_NAME_NOTHING },
	{ "ssl.keymanager.algorithm", KAFKA_NAME_NOTHING },
	{ "ssl.protocol", KAFKA_NAME_NOTHING },
	{ "ssl.provider", KAFKA_NAME_NOTHING },
	{ "ssl.secure.random.implementation", KAFKA_NAME_NOTHING },
	{ "ssl.trustmanager.algorithm", KAFKA_NAME_NOTHING },
	{ NULL, KAFKA_NAME_UNKNOWN },
};

static const struct known consumer[] = {
	{ "auto.offset.reset", KAFKA_NAME_OURS },
	{ "group.id", KAFKA_NAME_OURS },
	{ "group.instance.id", KAFKA_NAME_OURS },
	{ "isolation.level", KAFKA_NAME_OURS },
	{ "max.poll.interval.ms", KAFKA_NAME_OURS },
	{ "partition.assignment.strategy", KAFKA_NAME_OURS },
	{ "session.timeout.ms", KAFKA_NAME_OURS },
	{ "allow.auto.create.topics", KAFKA_NAME_CLIENT },
	{ "check.crcs", KAFKA_NAME_CLIENT },
	{ "fetch.max.bytes", KAFKA_NAME_CLIENT },
	{ "fetch.max.wait.ms", KAFKA_NAME_CLIENT },
	{ "fetch.min.bytes", KAFKA_NAME_CLIENT },
	{ "heartbeat.interval.ms", KAFKA_NAME_CLIENT },
	{ "max.partition.fetch.bytes", KAFKA_NAME_CLIENT },
	{ "auto.commit.interval.ms", KAFKA_NAME_NOTHING },
	{ "enable.auto.commit", KAFKA_NAME_NOTHING },	/* Flume forces it off, too */
	{ "exclude.internal.topics", KAFKA_NAME_NOTHING },
	{ "group.protocol", KAFKA_NAME_NOTHING },
	{ "key.deserializer", KAFKA_NAME_NOTHING },
	{ "max.poll.records", KAFKA_NAME_NOTHING },
	{ "value.deserializer", KAFKA_NAME_NOTHING },
	{ NULL, KAFKA_NAME_UNKNOWN },
};

static const struct known producer[] = {
	{ "acks", KAFKA_NAME_OURS },
	{ "batch.size", KAFKA_NAME_OURS },
	{ "compression.type", KAFKA_NAME_OURS },
	{ "delivery.timeout.ms", KAFKA_NAME_OURS },
	{ "linger.ms", KAFKA_NAME_OURS },
	{ "buffer.memory", KAFKA_NAME_CLIENT },
	{ "enable.idempotence", KAFKA_NAME_CLIENT },
	{ "max.in.flight.requests.per.connection", KAFKA_NAME_CLIENT },
	{ "max.request.size", KAFKA_NAME_CLIENT },
	{ "retries", KAFKA_NAME_CLIENT },
	{ "key.serializer", KAFKA_NAME_NOTHING },
	{ "max.block.ms", KAFKA_NAME_NOTHING },
	{ "metadata.max.idle.ms", KAFKA_NAME_NOTHING },
	{ "partitioner.class", KAFKA_NAME_NOTHING },
	{ "partitioner.ignore.keys", KAFKA_NAME_NOTHING },
	{ "transaction.timeout.ms", KAFKA_NAME_NOTHING },
	{ "value.serializer", KAFKA_NAME_NOTHING },
	{ NULL, KAFKA_NAME_UNKNOWN },
};

enum kafka_name
kafka_name_of(const char *name, bool of_producer, const char **near)
{
	const struct known *tables[] = { both, of_producer ? producer : consumer }, *k;
	const char *names[NAMES_MAX];
	size_t i, n = 0;

	for (i = 0; i < 2; i++)
		for (k = tables[i]; k->name != NULL; k++) {
			if (strcmp(k->name, name) == 0)
				return k->what;
			if (n < NAMES_MAX - 1)
				names[n++] = k->name;
		}
	names[n] = NULL;
	*near = nearest_name(name, names);
	return KAFKA_NAME_UNKNOWN;
}
