/*
 * rpc_conf.h - the properties of TLS and deflate, by Flume's names, which
 * listeners and the avro and thrift sinks share.
 */
#ifndef AGENT_RPC_CONF_H
#define AGENT_RPC_CONF_H

#include "agent/context.h"
#include "agent/stream.h"

/* ssl, keystore ... of a source; ssl, truststore ... of a sink.  False: without TLS.  Strings live as the component. */
bool rpc_server_tls(struct context *, struct tls_conf *);
bool rpc_client_tls(struct context *, struct tls_conf *);
/* compression-type, compression-level, compression-order.  True: deflate; level and zlib_outside are set. */
bool rpc_deflate(struct context *, struct stream_kind *, bool ssl);

/* kerberos, and its principals and key tabs: refused when it is true. */
void rpc_no_kerberos(struct context *);

/* Loads what is asked for and makes the context: at the start of a component. */
int rpc_open(struct stream_kind *, const struct tls_conf *, bool ssl, bool deflate, struct err *);
void rpc_close(struct stream_kind *);

#endif
