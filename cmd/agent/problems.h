/*
 * problems.h - what is wrong with a configuration: where, and what to do about it.
 *
 * An error keeps something that the configuration names from running; the rest
 * are warnings.  They are gathered while it is read, sorted by file and line,
 * and shown once.
 */
#ifndef AGENT_PROBLEMS_H
#define AGENT_PROBLEMS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct problem {
	bool error;
	char *file;			/* NULL: none */
	unsigned line;
	char *text;			/* "a1.sinks.k1.batchsize: unknown, did you mean ...?" */
};

struct problems {
	struct problem *v;
	size_t n, cap, errors;
	bool lost;			/* no memory for one */
};
#define PROBLEMS_INIT	{ .v = NULL }

/* key may be NULL. */
void problem_add(struct problems *, bool error, const char *file, unsigned line, const char *key, const char *fmt, ...)
    __attribute__((format(printf, 6, 7)));
void problem_vadd(struct problems *, bool error, const char *file, unsigned line, const char *key, const char *fmt, va_list)
    __attribute__((format(printf, 6, 0)));
void problems_sort(struct problems *);
/* "FILE:LINE: error: TEXT" */
void problem_print(const struct problem *, struct buf *);
void problems_release(struct problems *);

#endif
