/*
 * client_config.h - how a Kafka client is configured: names and values from
 * files in Kafka's properties syntax and from -X, as librdkafka wants them.
 *
 *	struct client_config c = CLIENT_CONFIG_INIT;
 *
 *	rc = client_config_file(&c, path, &e);		// weakest first
 *	rc = client_config_pair(&c, "acks=1", "-X", &e);
 *	rc = client_config_cluster(&c, "prod", &e);	// prod.NAME becomes NAME
 *	rc = client_config_translate(&c, &e);		// Java's names become librdkafka's
 *	...c.v[0 .. c.n): of one name the last counts...
 *	client_config_release(&c);
 *
 * Nothing here names a value in a message: it may be a secret.
 *
 * Source: java.util.Properties (syntax), Kafka's client configs, librdkafka's
 * CONFIGURATION.md.
 */
#ifndef BACKEND_CLIENT_CONFIG_H
#define BACKEND_CLIENT_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/bytes.h"
#include "base/err.h"

#define CLIENT_CONFIG_BYTES_MAX	(1 << 20)

struct client_pair {
	char *name, *value;
	char *from;			/* for messages: "-X", "/etc/k.conf:3" */
};

struct client_config {
	struct client_pair *v;
	size_t n, cap;
};
#define CLIENT_CONFIG_INIT	{ .v = NULL, .n = 0, .cap = 0 }

/* Appends what a text says; file is its name in messages.  -ERR_INVALID names the line. */
int client_config_text(struct client_config *, struct slice, const char *file, struct err *);
/*
 * Appends what a file says.  -ERR_NOENT, -ERR_SYS, -ERR_TOOBIG, and
 * -ERR_INVALID for one with a secret that others can read: a group may read
 * only what root owns.
 */
int client_config_file(struct client_config *, const char *path, struct err *);
int client_config_pair(struct client_config *, const char *name_value, const char *from, struct err *);
int client_config_add(struct client_config *, const char *name, const char *value, const char *from, struct err *);

/*
 * Clusters have names: where the properties have NAME.bootstrap.servers,
 * those that begin with "NAME." are that cluster's own.  Takes the prefix off
 * those of `cluster` and puts them behind all others, and takes out those of
 * every other one.  NULL: no cluster is named.  -ERR_NOENT with the nearest one.
 */
int client_config_cluster(struct client_config *, const char *cluster, struct err *);
/* The last value of a name, or NULL. */
const char *client_config_get(const struct client_config *, const char *name);
/* Takes a name out; whether it was there. */
bool client_config_drop(struct client_config *, const char *name);

/*
 * Java's names into librdkafka's (client_names.c): renamed, with another
 * unit, taken apart (sasl.jaas.config), or left out where they only mean
 * something to a Java program.  What is not known stays as it is.
 */
int client_config_translate(struct client_config *, struct err *);
/* Is the value one that must not be seen? */
bool client_config_secret(const char *name);

void client_config_release(struct client_config *);

#endif
