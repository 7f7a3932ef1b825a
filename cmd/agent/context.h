/*
 * context.h - the properties of one component, as it reads them.
 *
 * A component's configure reads each property that it knows, once, by its key
 * without the prefix ("batchSize", not "a1.sinks.k1.batchSize").  What nobody
 * read is reported afterwards as unknown, with the nearest of the keys that
 * were asked for; so ask for every key, whether it matters this time or not.
 *
 *	static void
 *	configure(void *self, struct context *c)
 *	{
 *		struct thing *t = self;
 *
 *		t->host = ctx_need(c, "hostname");		// reported when missing
 *		t->port = ctx_need_int(c, "port", 1, 65535);
 *		t->batch = ctx_int(c, "batch-size", 100, 1, INT32_MAX);
 *		ctx_batch(c, t->batch);
 *		ctx_ignored(c, "maxIoWorkers", "one thread serves a sink");
 *	}
 *
 * Configure opens and changes nothing (--check runs it too).  A problem is
 * told here and to nobody else: with an error the component does not run, and
 * configure goes on all the same to find the others.  Values are trimmed and
 * never empty (an empty value counts as not there, as in Flume).  Strings live
 * as long as the component.
 */
#ifndef AGENT_CONTEXT_H
#define AGENT_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct context;

const char *ctx_name(const struct context *);			/* of the component: "r1" */
const char *ctx_str(struct context *, const char *key, const char *otherwise);
const char *ctx_need(struct context *, const char *key);	/* "" after an error */
int64_t ctx_int(struct context *, const char *key, int64_t otherwise, int64_t min, int64_t max);
int64_t ctx_need_int(struct context *, const char *key, int64_t min, int64_t max);	/* min after an error */
/* As ctx_int where Flume takes its default for a value that makes no sense: a warning, no error. */
int64_t ctx_int_or(struct context *, const char *key, int64_t otherwise, int64_t min, int64_t max);
/* "true" in any case is true, all else false, as in Java; a word that is neither is a warning. */
bool ctx_bool(struct context *, const char *key, bool otherwise);
/* The index of one of the words (ends with NULL), in any case. */
int ctx_choice(struct context *, const char *key, int otherwise, const char *const *words);

/* The words of a value, split at any of the separators; v ends with NULL.  Lives as long as the component. */
struct words {
	const char *const *v;
	size_t n;
};
struct words ctx_words(struct context *, const char *key, const char *separators);
struct words ctx_split(struct context *, const char *value, const char *separators);

/*
 * Each property whose key begins with prefix, in the order of the file: *at
 * starts at 0, *rest is the key behind the prefix.  All of them count as read.
 */
bool ctx_each(struct context *, const char *prefix, size_t *at, const char **rest, const char **value);
/* The properties below a prefix ("serializer.") as a context of their own; lives as long as this one. */
struct context *ctx_below(struct context *, const char *prefix);

/* Known, and of no effect here: said once when it is set.  why may be NULL. */
void ctx_ignored(struct context *, const char *key, const char *why);
/* Known, and cannot be done here: an error when it is set. */
void ctx_refused(struct context *, const char *key, const char *instead);

/* Problems of the component; key may be NULL (then the line of its type is named), or one that is not set. */
void ctx_error(struct context *, const char *key, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void ctx_warn(struct context *, const char *key, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void ctx_err(struct context *, const char *key, const struct err *);	/* ctx_error with that sentence */
bool ctx_bad(const struct context *);		/* an error was told */

/* What the agent checks between components: a batch larger than what a channel takes in one transaction is an error. */
void ctx_batch(struct context *, int64_t events);		/* of a source or sink */
void ctx_capacity(struct context *, int64_t events, int64_t in_one_transaction);	/* of a channel */
/* Listens on that address without TLS: a warning unless it is a loopback. */
void ctx_listens(struct context *, const char *key, const char *address);
/*
 * A file or directory that no other component may have as its own, too: path.
 * Where one has, `error` says whether that keeps this one from running, and why what comes of it.
 */
void ctx_owns(struct context *, const char *key, const char *path, bool error, const char *why);
/* Runs other programs, so the agent cannot lock itself in. */
void ctx_runs_programs(struct context *);

/* What the command line said: -Dname=value, or NULL; the store for plog: addresses (--dir), or NULL. */
const char *ctx_define(const struct context *, const char *name);
const char *ctx_store(const struct context *);

#endif
