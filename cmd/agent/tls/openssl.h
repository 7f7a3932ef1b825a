/*
 * openssl.h - the one place that names OpenSSL, and what the files of the
 * module tls (agent/tls.h) have between them.
 */
#ifndef AGENT_TLS_OPENSSL_H
#define AGENT_TLS_OPENSSL_H

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "agent/tls.h"

/* What a key store holds. */
struct tls_store {
	EVP_PKEY *key;			/* NULL: none */
	STACK_OF(X509) *certs;		/* the key's first, then its chain, or those to be believed */
};

/* Reads PEM, PKCS12 or JKS; -ERR_INVALID, -ERR_SYS with the file's name. */
int tls_store_read(struct tls_store *, const char *path, const char *password, struct err *);
void tls_store_release(struct tls_store *);
int tls_store_pem(const char *path, const char *password, struct buf *certs, struct buf *key, struct err *);
/* The bytes of a JKS file; -ERR_FORMAT: it is none. */
int tls_jks(struct tls_store *, struct slice file, const char *password, struct err *);

/* err_set with OpenSSL's last word behind. */
int tls_fail(struct err *, enum err_code, const char *what, const char *which);

#endif
