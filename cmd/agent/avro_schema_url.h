/*
 * avro_schema_url.h - the text of an Avro schema, from where a URL says.
 *
 * file:/path, file:///path, a path, http:, https:.  Not hdfs: (-ERR_INVALID
 * says what to do).  At most AVRO_SCHEMA_MAX bytes; a server has 10 s.
 */
#ifndef AGENT_AVRO_SCHEMA_URL_H
#define AGENT_AVRO_SCHEMA_URL_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

/* Appends it; -ERR_INVALID, -ERR_SYS, -ERR_TOOBIG, -ERR_ABSENT (built without http), -ERR_NOMEM. */
int avro_schema_fetch(struct slice url, struct buf *out, struct err *);

#endif
