/*
 * avroservers.c - to whom avro-client sends (avroservers.h).
 */
#include "agent/avroservers.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/conf.h"
#include "agent/problems.h"
#include "agent/rpc_conf.h"
#include "base/parse.h"

#define BATCH	100

static int
room(struct avro_servers *s, size_t n, struct err *e)
{
	size_t i;

	*s = (struct avro_servers){ .n = n, .batch = BATCH, .attempts = n > 1 ? n : 2 };
	if ((s->v = calloc(n, sizeof(*s->v))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory");
	for (i = 0; i < n; i++) {
		s->v[i].stream = (struct stream)STREAM_INIT;
		s->v[i].protocol = &rpc_avro;
		s->v[i].connect_ms = s->v[i].request_ms = RPC_TIMEOUT;
	}
	return 0;
}

int
avro_servers_one(struct avro_servers *s, const char *host, int port, struct err *e)
{
	int rc = room(s, 1, e);

	if (rc == 0) {
		s->v[0].host = host;
		s->v[0].port = port;
	}
	return rc;
}

/* "host:port" behind the last colon; host lives as the context. */
static bool
address(struct context *c, const char *value, struct rpc_client *k)
{
	struct words w = ctx_split(c, value, ":");
	int64_t port;

	if (w.n != 2 || parse_int(w.v[1], 1, 65535, &port, NULL) != 0)
		return false;
	k->host = w.v[0];
	k->port = (int)port;
	return true;
}

static void
configure(struct avro_servers *s, struct context *c, struct tls_conf *tls, bool *ssl, bool *deflate)
{
	static const char *const protocols[] = { "compact", "binary", NULL };
	static const char *const types[] = { "default", "default_failover", "default_loadbalance", "thrift", NULL };
	struct words names = ctx_words(c, "hosts", " \t,");
	int type = ctx_choice(c, "client.type", 0, types);
	struct err e = ERR_INIT;
	char key[300];
	size_t i;

	if (room(s, names.n > 0 ? names.n : 1, &e) != 0) {
		ctx_err(c, NULL, &e);
		return;
	}
	if (names.n == 0)
		ctx_error(c, "hosts", "names no server");
	s->rotate = type == 2;
	s->batch = (size_t)ctx_int(c, "batch-size", BATCH, 1, 1000000);
	s->attempts = (size_t)ctx_int(c, "max-attempts", (int64_t)s->attempts, 1, 1000000);
	*ssl = rpc_client_tls(c, tls);
	for (i = 0; i < names.n; i++) {
		struct rpc_client *k = &s->v[i];
		const char *value;

		(void)snprintf(key, sizeof(key), "hosts.%s", names.v[i]);
		value = ctx_str(c, key, NULL);
		if (value == NULL || !address(c, value, k))
			ctx_error(c, key, "is no host:port");
		k->connect_ms = ctx_int_or(c, "connect-timeout", RPC_TIMEOUT, 1000, INT32_MAX);
		k->request_ms = ctx_int_or(c, "request-timeout", RPC_TIMEOUT, 1000, INT32_MAX);
		k->protocol = type == 3 ? &rpc_thrift : &rpc_avro;
		k->thrift = ctx_choice(c, "protocol", 0, protocols) == 0 ? THRIFT_COMPACT : THRIFT_BINARY;
		*deflate = rpc_deflate(c, &k->kind, *ssl);
	}
}

int
avro_servers_read(struct avro_servers *s, const char *path, struct err *e)
{
	static struct conf_options o = { .defines = SETTINGS_INIT };
	static const char *files[1];
	struct problems problems = PROBLEMS_INIT;
	struct tls_conf tls = { .server = false };
	bool ssl = false, deflate = false;
	struct conf *conf;
	struct context *c;
	size_t i;
	int rc = 0;

	files[0] = path;
	o.files = files;
	o.nfiles = 1;
	if ((conf = conf_load(&o, &problems, e)) == NULL || (c = context_new(conf, &problems, "", "avro-client", "client")) == NULL) {
		problems_release(&problems);
		return conf == NULL ? -(int)e->code : err_set(e, ERR_NOMEM, "no memory");
	}
	configure(s, c, &tls, &ssl, &deflate);
	for (i = 0; i < problems.n && rc == 0; i++)
		if (problems.v[i].error)
			rc = err_set(e, ERR_INVALID, "%s:%u: %s", path, problems.v[i].line, problems.v[i].text);
	for (i = 0; i < s->n && rc == 0; i++)
		rc = rpc_open(&s->v[i].kind, &tls, ssl, deflate, e);
	problems_release(&problems);
	context_done(c);
	s->conf = conf;
	s->context = c;
	return rc;
}

int
avro_servers_send(struct avro_servers *s, const struct event *v, size_t n, struct err *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < s->attempts; i++) {
		struct rpc_client *k = &s->v[s->at % s->n];

		if (rpc_client_stale(k))
			(void)rpc_client_hang_up(k);
		rc = rpc_client_ready(k, -1, e);
		if (rc >= 0)
			rc = rpc_client_send(k, v, n, e);
		if (rc != 0)
			(void)rpc_client_hang_up(k);
		if (rc != 0 || s->rotate)
			s->at++;
		if (rc == 0)
			break;
	}
	return rc;
}

void
avro_servers_release(struct avro_servers *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		rpc_client_release(&s->v[i]);
		rpc_close(&s->v[i].kind);
	}
	free(s->v);
	if (s->context != NULL)
		context_free(s->context);
	conf_unref(s->conf);
}
