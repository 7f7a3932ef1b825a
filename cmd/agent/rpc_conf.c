/*
 * rpc_conf.c - TLS and deflate as the properties say (rpc_conf.h).
 */
#include "agent/rpc_conf.h"

#include <stdlib.h>

#include "base/module.h"

/* The property, else -Dname=..., else the environment, as Flume's global SSL settings. */
static const char *
setting(struct context *c, const char *key, const char *define, const char *env)
{
	const char *v = ctx_str(c, key, NULL);

	if (v == NULL && define != NULL)
		v = ctx_define(c, define);
	if (v == NULL && env != NULL)
		v = getenv(env);
	return v != NULL && *v != '\0' ? v : NULL;
}

static void
common(struct context *c, struct tls_conf *t)
{
	t->include_protocols = setting(c, "include-protocols", "flume.ssl.include.protocols", "FLUME_SSL_INCLUDE_PROTOCOLS");
	t->exclude_protocols = setting(c, "exclude-protocols", "flume.ssl.exclude.protocols", "FLUME_SSL_EXCLUDE_PROTOCOLS");
	t->include_ciphers = setting(c, "include-cipher-suites", "flume.ssl.include.cipherSuites", "FLUME_SSL_INCLUDE_CIPHERSUITES");
	t->exclude_ciphers = setting(c, "exclude-cipher-suites", "flume.ssl.exclude.cipherSuites", "FLUME_SSL_EXCLUDE_CIPHERSUITES");
}

/* Asked for here already, so that --check tells what is not there. */
static void
must_load(struct context *c, const char *key, const char *module)
{
	struct err e = ERR_INIT;

	if (module_load(module, &e) == NULL)
		ctx_err(c, key, &e);
}

bool
rpc_server_tls(struct context *c, struct tls_conf *t)
{
	bool on = ctx_bool(c, "ssl", false);

	t->server = true;
	t->keystore = setting(c, "keystore", "javax.net.ssl.keyStore", "FLUME_SSL_KEYSTORE_PATH");
	t->keystore_password = setting(c, "keystore-password", "javax.net.ssl.keyStorePassword", "FLUME_SSL_KEYSTORE_PASSWORD");
	/* A store is read as what it is. */
	(void)ctx_str(c, "keystore-type", NULL);
	t->truststore = setting(c, "truststore", NULL, NULL);
	t->truststore_password = setting(c, "truststore-password", NULL, NULL);
	(void)ctx_str(c, "truststore-type", NULL);
	t->ask_client = ctx_bool(c, "need-client-auth", false);
	common(c, t);
	if (on)
		must_load(c, "ssl", "tls");
	if (on && t->keystore == NULL)
		ctx_error(c, "ssl", "needs keystore: a PEM file with certificate and key, PKCS12 or JKS");
	if (on && t->ask_client && t->truststore == NULL)
		ctx_error(c, "need-client-auth", "needs truststore: whose certificates are taken");
	return on;
}

bool
rpc_client_tls(struct context *c, struct tls_conf *t)
{
	bool on = ctx_bool(c, "ssl", false);

	t->trust_all = ctx_bool(c, "trust-all-certs", false);
	t->truststore = setting(c, "truststore", "javax.net.ssl.trustStore", "FLUME_SSL_TRUSTSTORE_PATH");
	t->truststore_password = setting(c, "truststore-password", "javax.net.ssl.trustStorePassword", "FLUME_SSL_TRUSTSTORE_PASSWORD");
	(void)ctx_str(c, "truststore-type", NULL);
	t->keystore = setting(c, "keystore", "javax.net.ssl.keyStore", "FLUME_SSL_KEYSTORE_PATH");
	t->keystore_password = setting(c, "keystore-password", "javax.net.ssl.keyStorePassword", "FLUME_SSL_KEYSTORE_PASSWORD");
	(void)ctx_str(c, "keystore-type", NULL);
	/* Flume never looks; with the system's authorities that would be to believe anybody who has any certificate. */
	t->verify_host = ctx_bool(c, "verify-hostname", t->truststore == NULL && !t->trust_all);
	common(c, t);
	if (on)
		must_load(c, "ssl", "tls");
	if (on && t->trust_all)
		ctx_warn(c, "trust-all-certs", "anybody who answers is believed");
	return on;
}

bool
rpc_deflate(struct context *c, struct stream_kind *k, bool ssl)
{
	static const char *const types[] = { "none", "deflate", NULL }, *const orders[] = { "inside", "outside", NULL };
	bool on = ctx_choice(c, "compression-type", 0, types) == 1;

	if (on)
		must_load(c, "compression-type", "gzip");
	k->level = (int)ctx_int(c, "compression-level", 6, 0, 9);
	k->zlib_outside = ctx_choice(c, "compression-order", 0, orders) == 1;
	if (k->zlib_outside && !(on && ssl))
		ctx_warn(c, "compression-order", "of no effect without both compression-type = deflate and ssl = true");
	return on;
}

int
rpc_open(struct stream_kind *k, const struct tls_conf *t, bool ssl, bool deflate, struct err *e)
{
	k->server = t->server;
	if (deflate && (k->zlib = module_load("gzip", e)) == NULL)
		return err_prefix(e, "compression-type = deflate");
	if (ssl && (k->tls = module_load("tls", e)) == NULL)
		return err_prefix(e, "ssl = true");
	return ssl ? k->tls->context(&k->context, t, e) : 0;
}

void
rpc_close(struct stream_kind *k)
{
	if (k->tls != NULL && k->context != NULL)
		k->tls->free_context(k->context);
	k->context = NULL;
	k->tls = NULL;
	k->zlib = NULL;
}

void
rpc_no_kerberos(struct context *c)
{
	static const char *const keys[] = { "agent-principal", "agent-keytab", "client-principal", "client-keytab", "server-principal" };
	size_t i;

	if (ctx_bool(c, "kerberos", false))
		ctx_error(c, "kerberos", "not spoken here: use ssl = true, with need-client-auth at the source");
	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		(void)ctx_str(c, keys[i], NULL);
}
