/*
 * finding.h - what a look at stored bytes found wrong: where, what, how bad,
 * and what to do about it.
 *
 *	struct findings f = FINDINGS_INIT;
 *
 *	findings_add(&f, FINDING_DAMAGE, &(struct spot){ .dir = "orders/0", .file = "lock" }, "says %d", 7);
 *	for (i = 0; i < f.n; i++)
 *		show(&f.v[i]);
 *	findings_release(&f);
 *
 * A list holds at most FINDINGS_MAX; how many more there were is in `more`.
 */
#ifndef LOG_FINDING_H
#define LOG_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FINDINGS_MAX	1000

enum finding_kind {
	FINDING_TORN,		/* bytes of a batch whose writer died */
	FINDING_DAMAGE,		/* wrong or missing bytes */
	FINDING_STALE,		/* an index or a snapshot that does not fit the log: a cache */
	FINDING_LEFTOVER,	/* of work that was interrupted */
	FINDING_MODE,		/* a mode, an owner or a second name that would break appending */
	FINDING_UNREAD,		/* could not be read: says nothing about the bytes */
};

struct finding {
	enum finding_kind kind;
	char path[400];
	int64_t position;	/* in the file; -1: none */
	int64_t from, next;	/* offsets [from, next); -1, -1: none */
	char what[240];
	const char *remedy;	/* one sentence, or NULL */
};

struct findings {
	struct finding *v;
	size_t n, cap;
	uint64_t more;		/* that found no room */
	bool nomem;
};
#define FINDINGS_INIT	{ .v = NULL }

struct spot {
	const char *dir, *file;	/* file NULL: the directory itself */
	bool broker;		/* in a broker's directory: what to do is another thing */
	int64_t position;
	int64_t from, next;
};
#define SPOT_NOWHERE	.position = -1, .from = -1, .next = -1

const char *finding_word(enum finding_kind);	/* "torn tail" ... */
void findings_add(struct findings *, enum finding_kind, const struct spot *, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/*
 * Of a file in dirfd, whose stat is dir: could those who may write the
 * directory write it: its owner, and its group where that may?  what: what they
 * could not do.  A file `lock` has one name.  Not there: nothing.
 */
struct stat;
void findings_mode(struct findings *, const struct spot *, int dirfd, const struct stat *dir, const char *what);
void findings_clear(struct findings *);		/* memory kept */
void findings_release(struct findings *);

#endif
