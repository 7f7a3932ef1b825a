/*
 * tls.c - the module of TLS (agent/tls.h): contexts, and sessions between two
 * buffers.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/tls/openssl.h"
#include "base/module.h"

#define PLAIN_ROOM	((size_t)64 << 10)

static const struct { const char *name; int version; } versions[] = {
	{ "TLSv1.2", TLS1_2_VERSION }, { "TLSv1.3", TLS1_3_VERSION },
};

/* Is the word in the list, which blanks (or commas) separate? */
static bool
among(const char *list, const char *word)
{
	size_t n = strlen(word), k;

	for (; list != NULL && *list != '\0'; list += k + (list[k] != '\0')) {
		k = strcspn(list, " ,\t");
		if (k == n && strncmp(list, word, n) == 0)
			return true;
	}
	return false;
}

static int
set_versions(SSL_CTX *c, const struct tls_conf *t, struct err *e)
{
	bool on[2];
	size_t i;

	for (i = 0; i < 2; i++)
		on[i] = (t->include_protocols == NULL || among(t->include_protocols, versions[i].name)) &&
		    !among(t->exclude_protocols, versions[i].name);
	if (!on[0] && !on[1])
		return err_set(e, ERR_INVALID, "neither TLSv1.2 nor TLSv1.3 is left to speak");
	SSL_CTX_set_min_proto_version(c, on[0] ? TLS1_2_VERSION : TLS1_3_VERSION);
	SSL_CTX_set_max_proto_version(c, on[1] ? TLS1_3_VERSION : TLS1_2_VERSION);
	return 0;
}

/* What of the ciphers there are is wanted; Java's names are the standards' ones. */
static int
set_ciphers(SSL_CTX *c, const struct tls_conf *t, struct err *e)
{
	STACK_OF(SSL_CIPHER) *all = SSL_CTX_get_ciphers(c);
	char list[2][8192] = { "", "" };
	const SSL_CIPHER *cipher;
	const char *name;
	int i, k;

	if (t->include_ciphers == NULL && t->exclude_ciphers == NULL)
		return 0;
	for (i = 0; i < sk_SSL_CIPHER_num(all); i++) {
		cipher = sk_SSL_CIPHER_value(all, i);
		name = SSL_CIPHER_standard_name(cipher);
		if (name == NULL || (t->include_ciphers != NULL && !among(t->include_ciphers, name)) ||
		    among(t->exclude_ciphers, name))
			continue;
		k = strcmp(SSL_CIPHER_get_version(cipher), "TLSv1.3") == 0;
		(void)snprintf(list[k] + strlen(list[k]), sizeof(list[k]) - strlen(list[k]), "%s%s", list[k][0] != '\0' ? ":" : "",
		    SSL_CIPHER_get_name(cipher));
	}
	if (list[0][0] == '\0' && list[1][0] == '\0')
		return err_set(e, ERR_INVALID, "no cipher suite is left by include-cipher-suites and exclude-cipher-suites");
	if (list[0][0] != '\0' ? SSL_CTX_set_cipher_list(c, list[0]) != 1 :
	    SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) != 1)
		return tls_fail(e, ERR_INVALID, "cipher suites", list[0]);
	if (list[1][0] != '\0' ? SSL_CTX_set_ciphersuites(c, list[1]) != 1 :
	    SSL_CTX_set_max_proto_version(c, TLS1_2_VERSION) != 1)
		return tls_fail(e, ERR_INVALID, "cipher suites", list[1]);
	return 0;
}

static int
set_identity(SSL_CTX *c, const struct tls_conf *t, struct err *e)
{
	struct tls_store s;
	int i, rc = tls_store_read(&s, t->keystore, t->keystore_password, e);

	if (rc != 0)
		return rc;
	if (s.key == NULL || sk_X509_num(s.certs) == 0)
		rc = err_set(e, ERR_INVALID, "no private key with its certificate in '%s'", t->keystore);
	else if (SSL_CTX_use_certificate(c, sk_X509_value(s.certs, 0)) != 1 || SSL_CTX_use_PrivateKey(c, s.key) != 1)
		rc = tls_fail(e, ERR_INVALID, "key and certificate of", t->keystore);
	for (i = 1; rc == 0 && i < sk_X509_num(s.certs); i++)
		if (SSL_CTX_add1_chain_cert(c, sk_X509_value(s.certs, i)) != 1)
			rc = tls_fail(e, ERR_INVALID, "the chain of", t->keystore);
	tls_store_release(&s);
	return rc;
}

static int
set_trust(SSL_CTX *c, const struct tls_conf *t, struct err *e)
{
	struct tls_store s;
	int i, rc;

	if (t->truststore == NULL)
		return SSL_CTX_set_default_verify_paths(c) == 1 ? 0 : tls_fail(e, ERR_INVALID, "the authorities of", "the system");
	if ((rc = tls_store_read(&s, t->truststore, t->truststore_password, e)) != 0)
		return rc;
	for (i = 0; i < sk_X509_num(s.certs) && rc == 0; i++)
		if (X509_STORE_add_cert(SSL_CTX_get_cert_store(c), sk_X509_value(s.certs, i)) != 1)
			rc = tls_fail(e, ERR_INVALID, "a certificate of", t->truststore);
	/* A trust store may hold the very certificate of the peer: it needs no authority then. */
	X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(c), X509_V_FLAG_PARTIAL_CHAIN);
	tls_store_release(&s);
	return rc;
}

struct context {
	SSL_CTX *ssl;
	bool server, verify_host;
};

static void
tls_free_context(void *context)
{
	struct context *c = context;

	if (c == NULL)
		return;
	SSL_CTX_free(c->ssl);
	free(c);
}

static int
tls_context(void **to, const struct tls_conf *t, struct err *e)
{
	struct context *c = calloc(1, sizeof(*c));
	bool check = t->server ? t->ask_client : !t->trust_all;
	int rc;

	if (c == NULL || (c->ssl = SSL_CTX_new(t->server ? TLS_server_method() : TLS_client_method())) == NULL) {
		free(c);
		return err_set(e, ERR_NOMEM, "no memory for TLS");
	}
	c->server = t->server;
	c->verify_host = t->verify_host && !t->trust_all;
	SSL_CTX_set_options(c->ssl, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(c->ssl, SSL_MODE_RELEASE_BUFFERS);
	rc = set_versions(c->ssl, t, e);
	if (rc == 0)
		rc = set_ciphers(c->ssl, t, e);
	if (rc == 0 && t->keystore != NULL)
		rc = set_identity(c->ssl, t, e);
	if (rc == 0 && check)
		rc = set_trust(c->ssl, t, e);
	if (rc == 0 && check)
		SSL_CTX_set_verify(c->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	if (rc != 0) {
		tls_free_context(c);
		return rc;
	}
	*to = c;
	return 0;
}

static void *
tls_session(void *context, const char *host)
{
	struct context *c = context;
	SSL *s = SSL_new(c->ssl);
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	struct in6_addr a;
	bool address;

	if (s == NULL || in == NULL || out == NULL) {
		SSL_free(s);
		BIO_free(in);
		BIO_free(out);
		return NULL;
	}
	BIO_set_mem_eof_return(in, -1);
	SSL_set_bio(s, in, out);
	if (c->server) {
		SSL_set_accept_state(s);
		return s;
	}
	SSL_set_connect_state(s);
	address = inet_pton(AF_INET, host, &a) == 1 || inet_pton(AF_INET6, host, &a) == 1;
	if (!address)
		SSL_set_tlsext_host_name(s, host);
	if (c->verify_host && (address ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(s), host) : SSL_set1_host(s, host)) != 1) {
		SSL_free(s);
		return NULL;
	}
	return s;
}

static void
tls_free_session(void *session)
{
	SSL_free(session);
}

/* What OpenSSL has to say to the peer. */
static void
drain(SSL *s, struct buf *out)
{
	BIO *b = SSL_get_wbio(s);
	size_t n;

	while ((n = BIO_ctrl_pending(b)) > 0 && buf_room(out, n) != NULL)
		if ((int)(n = (size_t)BIO_read(b, out->p + out->n, (int)n)) > 0)
			out->n += n;
}

static int
broken(SSL *s, struct err *e)
{
	long verdict = SSL_get_verify_result(s);
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	if (verdict != X509_V_OK)
		return err_set(e, ERR_DAMAGE, "TLS: %s", X509_verify_cert_error_string(verdict));
	return err_set(e, ERR_DAMAGE, "TLS: %s", why != NULL ? why : "the connection broke");
}

static int
tls_feed(void *session, struct slice in, struct buf *plain, struct buf *out, struct err *e)
{
	SSL *s = session;
	size_t n;
	int rc = 0, ok;

	ERR_clear_error();
	if (in.n > 0 && (in.n > INT32_MAX || BIO_write(SSL_get_rbio(s), in.p, (int)in.n) != (int)in.n))
		return err_set(e, ERR_NOMEM, "TLS: no memory");
	if (!SSL_is_init_finished(s)) {
		ok = SSL_do_handshake(s);
		if (ok != 1 && SSL_get_error(s, ok) != SSL_ERROR_WANT_READ)
			rc = broken(s, e);
	}
	while (rc == 0 && SSL_is_init_finished(s)) {
		if (buf_room(plain, PLAIN_ROOM) == NULL) {
			rc = err_set(e, ERR_NOMEM, "TLS: no memory");
			break;
		}
		ok = SSL_read_ex(s, plain->p + plain->n, plain->cap - plain->n, &n);
		if (ok == 1) {
			plain->n += n;
			continue;
		}
		ok = SSL_get_error(s, ok);
		if (ok == SSL_ERROR_WANT_READ || ok == SSL_ERROR_WANT_WRITE)
			break;
		rc = ok == SSL_ERROR_ZERO_RETURN ? 1 : broken(s, e);
	}
	drain(s, out);
	return rc;
}

static bool
tls_ready(void *session)
{
	return SSL_is_init_finished(session) == 1;
}

static int
tls_seal(void *session, struct slice plain, struct buf *out, struct err *e)
{
	size_t n = 0;

	ERR_clear_error();
	/* A memory buffer takes all of it. */
	if (plain.n > 0 && (SSL_write_ex(session, plain.p, plain.n, &n) != 1 || n != plain.n))
		return broken(session, e);
	drain(session, out);
	return out->failed ? err_set(e, ERR_NOMEM, "TLS: no memory") : 0;
}

static void
tls_end(void *session, struct buf *out)
{
	if (SSL_is_init_finished(session) == 1)
		(void)SSL_shutdown(session);
	ERR_clear_error();
	drain(session, out);
}

extern const struct tls_ops plog_module_tls;
__attribute__((visibility("default"))) const struct tls_ops plog_module_tls = {
	.version = MODULE_VERSION, .context = tls_context, .free_context = tls_free_context, .session = tls_session,
	.free_session = tls_free_session, .feed = tls_feed, .ready = tls_ready, .seal = tls_seal, .end = tls_end,
	.pem = tls_store_pem,
};
