/*
 * store.h - a directory of topics: plog's own, or a Kafka broker's, which is
 * only ever read.
 *
 *	rc = store_open(&st, dirs, n, STORE_READ, &e);
 *	...
 *	store_close(st);
 *
 * plog's own is STORE/{version,store.properties,topics/,groups/}
 * (plog-store(5)).  A directory with meta.properties, or with TOPIC-N
 * directories of segments, is a broker's log.dirs: detected, not configured;
 * several of them may be given and are one store.
 *
 * -d itself may be a symbolic link, nothing below it.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

enum store_mode {
	STORE_READ,			/* -ERR_NOENT "no store at DIR" when it is not there */
	STORE_WRITE,			/* the same; -ERR_READONLY "'DIR' is a Kafka broker's directory, read only" */
	STORE_CREATE,			/* makes it when it is not there (umask counts) */
};

struct store;

/* -d, else $PLOG_DIR, else $XDG_STATE_HOME/plog, else ~/.local/state/plog; in a buffer of PATH_MAX.  -ERR_INVALID without any. */
int store_default_dir(const char *option, char *out, size_t n, struct err *);

/* -ERR_VERSION for a newer one, -ERR_FORMAT: neither kind ("'DIR' is not a store"). */
int store_open(struct store **, const char *const *dirs, size_t n, enum store_mode, struct err *);
void store_close(struct store *);		/* NULL is fine */

bool store_is_broker(const struct store *);
const char *store_dir(const struct store *);	/* the first, as given; borrowed */
int store_topics_fd(const struct store *);	/* topics/; -1 for a broker's; borrowed */
int store_fd(const struct store *);		/* the directory itself (first); borrowed */
/* Broker: how many replicas were left out (being deleted, moved, stray). */
size_t store_left_out(const struct store *);

#endif
