/*
 * local.h - what the files of the local backend share: local.c (topics),
 * local_look.c, local_producer.c, local_fetcher.c.  Nobody else includes it
 * but backend.c, which opens one.
 */
#ifndef BACKEND_LOCAL_H
#define BACKEND_LOCAL_H

#include "backend/backend.h"
#include "backend/group.h"
#include "store/store.h"

struct local {
	struct backend be;		/* first: a struct backend is one of these */
	struct store *store;
	const volatile sig_atomic_t *stop;	/* of backend_opts; may be NULL */
};

int local_open(struct backend **, const struct backend_opts *, struct err *);

static inline struct local *
local_of(struct backend *be)
{
	return (struct local *)be;
}

extern const struct group_ops local_groups;	/* local_group.c */

/* local_look.c: what can be asked about topics */
int local_describe(struct backend *, const char *topic, struct topic_info *, struct err *);
void local_info_release(struct topic_info *);
int local_partitions(struct backend *, const char *topic, int32_t **list, size_t *n, int32_t *total, struct err *);
int local_resolve(struct backend *, const char *topic, int32_t partition, const struct place *, int64_t *offset, struct err *);

/* local_producer.c */
int local_producer_open(struct backend *, const struct producer_opts *, struct producer **, struct err *);
int32_t local_producer_partitions(struct producer *, struct err *);
bool local_producer_compacted(struct producer *);
size_t local_producer_max_record(struct producer *);
int local_put(struct producer *, int32_t partition, const struct record *, struct err *);
int local_put_values(struct producer *, int32_t partition, const struct record *like, const struct slice *values, size_t n,
    size_t *done, struct err *);
int local_put_batch(struct producer *, int32_t partition, struct slice batch, struct err *);
size_t local_gathered(struct producer *, int32_t partition);
int local_flush(struct producer *, struct err *);
int local_tick(struct producer *, int64_t *wait_ms, struct err *);
int local_finish(struct producer *, struct err *);
void local_producer_stats(struct producer *, struct producer_stats *);
void local_producer_close(struct producer *);

/* local_fetcher.c */
int local_fetcher_open(struct backend *, const struct fetcher_opts *, struct fetcher **, struct err *);
int local_fetcher_add(struct fetcher *, const char *topic, int32_t partition, int64_t from, int64_t to, struct err *);
int local_fetcher_drop(struct fetcher *, const char *topic, int32_t partition);
bool local_fetcher_has(struct fetcher *, const char *topic, int32_t partition);
int local_fetcher_next(struct fetcher *, struct chunk *, struct err *);
int local_fetcher_values(struct fetcher *, uint8_t delim, size_t most, struct buf *, uint64_t *bytes, struct err *);
int local_fetcher_records(struct fetcher *, struct record *, int max, struct err *);
bool local_fetcher_done(struct fetcher *);
bool local_fetcher_news(struct fetcher *);
uint64_t local_fetcher_damaged(struct fetcher *);
int local_fetcher_wait(struct fetcher *, int64_t timeout_ms, struct pollfd *fds, unsigned n);
void local_fetcher_close(struct fetcher *);

#endif
