/*
 * fmtop.h - a format string as it is compiled: a list of operations.
 *
 * Made by fmt.c, judged for reading by fmtcheck.c, run by fmtwrite.c and
 * fmtread.c; nobody else includes this.
 */
#ifndef TEXT_FMTOP_H
#define TEXT_FMTOP_H

#include "text/fmt.h"

enum fmt_what {
	FMT_LITERAL,
	FMT_KEY,			/* %k */
	FMT_VALUE,			/* %v */
	FMT_KEY_LENGTH,			/* %K */
	FMT_VALUE_LENGTH,		/* %V */
	FMT_TOPIC,			/* %t */
	FMT_PARTITION,			/* %p */
	FMT_OFFSET,			/* %o */
	FMT_TIMESTAMP,			/* %T */
	FMT_HEADERS,			/* %h */
	FMT_HEADER_COUNT,		/* %H */
	FMT_WHATS
};

enum fmt_how {
	FMT_TEXT,			/* bytes as they are, numbers in decimal */
	FMT_HEX, FMT_BASE64, FMT_JSON,	/* bytes */
	FMT_I8, FMT_I16, FMT_I32, FMT_I64, FMT_LE32,	/* numbers */
	FMT_ISO, FMT_STRFTIME,		/* timestamps */
};

struct fmt_op {
	enum fmt_what what;
	enum fmt_how how;
	bool has_null;			/* {null=TEXT} */
	bool sized;			/* reading: its length stands before it; of a length: what it measures comes later */
	struct slice text;		/* the literal, or the strftime pattern with a blank and a NUL behind text.n */
	struct slice null;
	size_t at;			/* where it stands in the source */
};

struct fmt {
	struct slice source;
	struct fmt_op *ops;
	size_t n;
	uint8_t *bytes;			/* source, literals, patterns */
};

#define FMT_STRFTIME_MAX	4096	/* bytes a pattern may make */
#define FMT_PATTERN_READ_MAX	256	/* bytes of a pattern that is read back */

static inline bool fmt_is_bytes(enum fmt_what w) { return w == FMT_KEY || w == FMT_VALUE; }
static inline bool fmt_is_length(enum fmt_what w) { return w == FMT_KEY_LENGTH || w == FMT_VALUE_LENGTH; }
static inline bool fmt_is_binary(enum fmt_how h) { return h >= FMT_I8 && h <= FMT_LE32; }
char fmt_letter(enum fmt_what);		/* 'v' for FMT_VALUE; 0 for FMT_LITERAL */

/* The local time of a timestamp by the pattern of op, appended. */
void fmt_strftime(const struct fmt_op *, int64_t ms, struct buf *);

/* 0, or -ERR_INVALID: why the format cannot be read back. */
int fmt_check_read(struct fmt *, struct err *);

#endif
