/*
 * format.h - the bytes of a file: hdfs.fileType, writeFormat, codeC and the
 * serializer in one.
 *
 *	format_begin(f, &head, &e);		// what stands at the front of a file
 *	format_put(f, events, n, now, &out, &e);
 *	format_flush(f, &out, &e);		// all that was put is in out then
 *	format_end(f, &out, &e);
 *
 * A format is for one file after the other, not for two at a time; but what
 * was made for one file can go on in another one behind the same head.
 */
#ifndef AGENT_SINKS_HDFS_FORMAT_H
#define AGENT_SINKS_HDFS_FORMAT_H

#include "agent/component.h"
#include "agent/sinks/hdfs/packing.h"

enum file_type { FILE_SEQUENCE, FILE_DATA, FILE_COMPRESSED };

struct format_how {			/* what is common to all files of a sink */
	enum file_type type;
	bool text;			/* values of a SequenceFile are Text, not BytesWritable */
	const struct packing_codec *codec;	/* NULL: none */
	struct packing *packing;	/* made by format_ready */
	const struct serializer_type *serializer;
	const char *serializer_name;	/* as it was configured */
	struct context *serializer_ctx;
};

/* Loads what is needed.  -ERR_ABSENT, -ERR_NOMEM. */
int format_ready(struct format_how *, struct err *);
void format_done(struct format_how *);

struct format;

struct format *format_new(const struct format_how *);	/* NULL: no memory */
void format_free(struct format *);			/* NULL is fine */
int format_begin(struct format *, struct buf *out, struct err *);
int format_put(struct format *, const struct event *, size_t n, int64_t now_ms, struct buf *out, struct err *);
int format_flush(struct format *, struct buf *out, struct err *);
int format_end(struct format *, struct buf *out, struct err *);

/* The key of a SequenceFile's record: the header "timestamp", else now.  -ERR_INVALID: it is no number. */
int format_key(const struct event *, int64_t now_ms, int64_t *key, struct err *);

#endif
