/*
 * inside.h - what the files of store/ share of an open store; nobody else
 * includes it.
 */
#ifndef STORE_INSIDE_H
#define STORE_INSIDE_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/lock.h"
#include "store/broker.h"
#include "store/store.h"
#include "store/topic.h"

#define TOPICS_LOCK		"~lock"		/* in topics/ */
#define TOPIC_PROPERTIES	"topic.properties"
#define STORE_PROPERTIES	"store.properties"
#define MAKING			"~new."		/* prefix of a topic that is being made */
#define FILLING			"~fill."	/* the same, of one that takes its time: locked by flock(2) */
#define LEAVING			"~gone."	/* prefix of a topic that was deleted */
#define TOPICS_LOCK_MS		30000
#define DIR_MODE		03777		/* set-user-id means nothing on a directory */

struct store {
	char *dir;			/* the first, as given */
	int fd;				/* it */
	int topics;			/* topics/; -1: a broker's */
	struct broker *broker;		/* NULL: plog's own */
};

/* -ERR_READONLY for a broker's. */
int store_writable(const struct store *, struct err *);

/*
 * Who makes, changes or deletes a topic, or the store's defaults, holds the
 * lock of topics/ from its first to its last change; so whatever has a `~` in
 * its name while the lock is held is a leftover of one who died.  Removing
 * what was already renamed away goes on without it: others may help.
 * -ERR_BUSY, -ERR_READONLY, -ERR_SYS.
 */
struct topics_lock {
	struct lock lock;
	int fd;
};
int topics_lock(struct topics_lock *, const struct store *, int64_t timeout_ms, struct err *);
void topics_unlock(struct topics_lock *);	/* not held: nothing */
/* The caller holds the lock: takes away what killed creates and deletes left.  What cannot be removed stays. */
void topics_sweep(const struct store *);

/* topic.properties: read into the topic (its fd is open), and its text. */
int topic_properties_read(struct topic *, struct err *);
int topic_properties_write(int topicfd, struct topic_id, int32_t partitions, const struct config *, struct err *);

/* "topic 'x' does not exist", with the nearest name.  -ERR_NOENT. */
int topic_missing(struct store *, const char *name, struct err *);

/* Makes partitions from <= n < to whole, those that are not there yet; topic is for messages.  Does not sync topicfd. */
int topic_partitions_make(int topicfd, const char *topic, int32_t from, int32_t to, mode_t, struct err *);

/* Removes a topic whose name was given: marks, renames, removes (topic_delete.c).  The caller holds the lock and gives it up here. */
int topic_take_away(struct store *, const char *name, int64_t lock_timeout_ms, struct topics_lock *, struct err *);
/* Was a delete of this topic begun?  (Its first partition is marked.) */
bool topic_half_deleted(const struct store *, const char *name);

#endif
