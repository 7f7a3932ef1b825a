/*
 * properties.h - the small files of names and values in a store: text that
 * Kafka's tools read as properties, and that is read here so strictly that
 * damage is seen.
 *
 *	# a comment
 *	partitions=3
 *	retention.ms=604800000
 *	# crc32c 1c0e4ab7
 *
 * A line is a comment, empty, or name=value; spaces around both are left
 * out.  Names are [A-Za-z0-9._-], values printable ASCII without backslash and #.
 * Each line ends with a newline, no name comes twice.  What plog writes ends
 * with the checksum of all bytes before that line; a file written by hand has
 * none, and then only the rules above hold.
 *
 *	rc = properties_read(&p, dirfd, "topic.properties", "topic.properties of 'x'", &e);
 *	v = properties_get(&p, "partitions");
 *	properties_release(&p);
 */
#ifndef STORE_PROPERTIES_H
#define STORE_PROPERTIES_H

#include <stddef.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define PROPERTIES_BYTES_MAX	(1 << 20)

struct property {
	const char *name, *value;	/* both live as long as the struct properties */
	unsigned line;			/* from 1 */
};

struct properties {
	struct property *v;		/* in the order of the file */
	size_t n, cap;
	char *text;
};
#define PROPERTIES_INIT	{ .v = NULL, .n = 0, .cap = 0, .text = NULL }

/* what names the file in messages.  -ERR_DAMAGE with the line, -ERR_NOMEM. */
int properties_parse(struct properties *, struct slice, const char *what, struct err *);
/* As properties_parse of a file; -ERR_NOENT, -ERR_SYS. */
int properties_read(struct properties *, int dirfd, const char *name, const char *what, struct err *);
const char *properties_get(const struct properties *, const char *name);	/* NULL: not there */
void properties_release(struct properties *);

/* Writing: a line for each, then the checksum. */
void properties_put(struct buf *, const char *name, const char *value);
void properties_seal(struct buf *);

#endif
