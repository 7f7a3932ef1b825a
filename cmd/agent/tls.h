/*
 * tls.h - the module of TLS, by OpenSSL: bytes of the peer in, bytes for it
 * out; the sockets are stream.c's.
 *
 * Key stores are read as what they are, whatever their type is said to be:
 * PEM (certificates and a key in one file), PKCS12, and Java's JKS.  TLS 1.2 is
 * the least that is spoken, without compression and renegotiation.
 */
#ifndef AGENT_TLS_H
#define AGENT_TLS_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* As Flume's properties say; strings are borrowed during the call, NULL is not set. */
struct tls_conf {
	const char *keystore, *keystore_password;	/* who we are; a server needs it */
	const char *truststore, *truststore_password;	/* whom we believe; NULL: the system's authorities */
	const char *include_protocols, *exclude_protocols;	/* Java's names, separated by blanks: TLSv1.2 TLSv1.3 */
	const char *include_ciphers, *exclude_ciphers;	/* Java's names (those of the standards) */
	bool trust_all;				/* believe anybody */
	bool verify_host;			/* the certificate must be for the host that was asked for */
	bool server;
	bool ask_client;			/* a server that wants to see a certificate of who connects */
};

struct tls_ops {
	int version;			/* MODULE_VERSION */
	/* For all connections of a component; -ERR_INVALID: no store, no key, no such protocol. */
	int (*context)(void **, const struct tls_conf *, struct err *);
	void (*free_context)(void *);
	/* For one connection; host: whom a client asked for, NULL for a server.  NULL: no memory. */
	void *(*session)(void *context, const char *host);
	void (*free_session)(void *);
	/*
	 * Takes all of in from the peer (none: a client's first step); appends
	 * to plain what the peer said and to out what it must be sent.  1: the
	 * peer has ended; 0; -ERR_DAMAGE with what is wrong (send out all the same).
	 */
	int (*feed)(void *session, struct slice in, struct buf *plain, struct buf *out, struct err *);
	bool (*ready)(void *session);	/* the handshake is done */
	int (*seal)(void *session, struct slice plain, struct buf *out, struct err *);
	void (*end)(void *session, struct buf *out);	/* says goodbye */
	/* A key store's certificates and its key as PEM texts, for another library; the key is not encrypted then. */
	int (*pem)(const char *keystore, const char *password, struct buf *certs, struct buf *key, struct err *);
};

#endif
