/*
 * topic.h - topics of a store: making, listing, opening, changing, deleting.
 *
 * A topic is a directory, made whole under a name with a `~` in it, then
 * renamed into place.  topic.properties holds topic id, partition count and
 * configs; it is replaced, never edited.  Deleting marks every partition's
 * end state under its writer lock, so that nobody acknowledges into a file
 * that is gone, renames the directory away, then removes it.
 *
 * All work on a broker's directory too, as far as they read; what would write
 * is -ERR_READONLY.
 */
#ifndef STORE_TOPIC_H
#define STORE_TOPIC_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "log/partdir.h"
#include "store/config.h"
#include "store/store.h"

#define TOPIC_PARTITIONS_MAX	100000

struct topic_id { uint8_t b[16]; };
void topic_id_text(struct topic_id, char out[23]);	/* 22 characters of URL-safe base64 */
bool topic_id_parse(const char *, struct topic_id *);	/* false: not such a text, or all zero */

struct topic {
	char name[250];
	struct topic_id id;		/* all zero: not known (a broker's without partition.metadata) */
	int32_t partitions;		/* count; a broker's: the largest number here + 1 */
	struct config *config;
	int fd;				/* its directory; a broker's: -1 */
	const struct store *store;
};

/* -ERR_NOENT "topic 'x' does not exist" (nearest name in the text), -ERR_DAMAGE (topic.properties). */
int topic_open(struct topic *, struct store *, const char *name, struct err *);
void topic_close(struct topic *);

/* The partition's place; -ERR_NOENT when it is not here (a broker's subset, or number too large). */
int topic_partition(const struct topic *, int32_t partition, struct partdir *, struct err *);
/* Numbers of the partitions that are here, rising; *list is the caller's to free. */
int topic_partitions(const struct topic *, int32_t **list, size_t *n, struct err *);
/* A broker's log-start-offset-checkpoint entry, or -1; high watermark, or -1. */
int64_t topic_broker_log_start(const struct topic *, int32_t partition);
int64_t topic_broker_high_watermark(const struct topic *, int32_t partition);

/* Names, sorted, that match any of the globs (none: all); *names and each is the caller's to free (topic_names_free). */
int topic_list(struct store *, const char *const *globs, size_t n, char ***names, size_t *count, struct err *);
void topic_names_free(char **names, size_t count);

struct topic_new {
	int32_t partitions;		/* 0: num.partitions of store.properties, else 1 */
	const struct config *config;	/* may be NULL; over the store's defaults */
	mode_t mode;			/* of the directory; 0: as topics/ is */
	/* Makes all partitions, whole and synced, in the topic's directory, which nobody sees yet.  NULL: they are made empty. */
	int (*fill)(void *arg, int topicfd, mode_t, const struct config *, struct err *);
	void *arg;
};
/* -ERR_EXIST (another may have been faster: open it then), -ERR_INVALID (name, count; '.' and '_' that collide), -ERR_SYS. */
int topic_create(struct store *, const char *name, const struct topic_new *, struct err *);
struct topic_change {
	int32_t partitions;		/* 0: as they are; they only grow */
	const char *const *set;		/* "name=value" */
	size_t nset;
	const char *const *unset;	/* names */
	size_t nunset;
};
/* Growing first, then everything else at once.  -ERR_NOENT, -ERR_INVALID, -ERR_DAMAGE, -ERR_SYS. */
int topic_alter(struct store *, const char *name, const struct topic_change *, struct err *);
int topic_delete(struct store *, const char *name, int64_t lock_timeout_ms, struct err *);
/* store.properties: broker names. */
int store_defaults_read(struct store *, struct config *, int32_t *partitions, struct err *);
int store_defaults_set(struct store *, const char *const *pairs, size_t n, struct err *);

#endif
