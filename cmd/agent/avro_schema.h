/*
 * avro_schema.h - the module of Avro schemas, by the C library of Apache Avro:
 * where a datum ends, and by which fingerprint a schema is known.
 *
 * The library parses the schema; bytes of data are walked here, in bounds,
 * without recursion beyond AVRO_DEPTH and without allocation.
 */
#ifndef AGENT_AVRO_SCHEMA_H
#define AGENT_AVRO_SCHEMA_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define AVRO_DEPTH	64
#define AVRO_SCHEMA_MAX	((size_t)1 << 20)

struct avro_schema_ops {
	int version;			/* MODULE_VERSION */
	int (*parse)(void **, struct slice json, struct err *);	/* -ERR_INVALID */
	void (*free)(void *);
	/* Parsing Canonical Form. */
	int (*canonical)(void *, struct buf *out, struct err *);
	/* Over one datum; false: it is not all there, or wrong. */
	bool (*skip)(void *, struct rd *);
};

/* CRC-64-AVRO of a canonical form. */
uint64_t avro_fingerprint(struct slice);

#endif
