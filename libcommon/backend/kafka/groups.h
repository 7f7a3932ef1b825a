/*
 * groups.h - the table of operations of a cluster's groups, in parts:
 * groups.c (seen from outside), group_set.c (changed), member.c and
 * rebalance.c (from inside).
 */
#ifndef BACKEND_KAFKA_GROUPS_H
#define BACKEND_KAFKA_GROUPS_H

#include "backend/kafka/kafka.h"

/* --groups=DIR makes no sense on a cluster. */
int groups_no_dir(const char *dir, struct err *);
/* What the group has committed; the list lives in the event.  NULL: said in err. */
rd_kafka_event_t *groups_offsets(struct kafka *, const char *group, const rd_kafka_topic_partition_list_t **, struct err *);

int kafka_group_set(struct backend *, const char *dir, const char *group, const struct group_place *, size_t, struct err *);
int kafka_group_remove(struct backend *, const char *dir, const char *group, struct err *);
int kafka_group_remove_offsets(struct backend *, const char *dir, const char *group, const char *topic, struct err *);

int kafka_member_join(struct backend *, const struct member_opts *, struct member **, struct err *);
int kafka_member_fd(struct member *);
int kafka_member_event(struct member *, struct member_event *, struct err *);
int kafka_member_owns(struct member *, const char *topic, int32_t partition);
int kafka_member_commit(struct member *, const char *topic, int32_t partition, int64_t offset, int32_t leader_epoch, struct err *);
int kafka_member_give_up(struct member *, const char *topic, int32_t partition, struct err *);
int kafka_member_elsewhere(struct member *, const char *topic, int32_t partition, int64_t *committed, struct err *);
const char *kafka_member_id(struct member *);
int kafka_member_leave(struct member *, struct err *);

#endif
