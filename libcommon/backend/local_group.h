/*
 * local_group.h - what the files about groups of a store share beside being
 * a member: local_group.c (the table), local_group_info.c (what a reader
 * sees), local_group_set.c (what a command changes).
 */
#ifndef BACKEND_LOCAL_GROUP_H
#define BACKEND_LOCAL_GROUP_H

#include "backend/group.h"
#include "store/group.h"

int local_group_describe(struct backend *, const char *dir, const char *group, struct group_info *, struct err *);
void local_group_info_release(struct group_info *);
/* A sentence more on what was left aside; -1: no memory. */
int local_group_damaged(struct group_info *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Of a broker's directory, by its __consumer_offsets (local_group_broker.c). */
int broker_group_describe(struct backend *, const char *group, struct group_info *, struct err *);
int broker_group_list(struct backend *, const char *const *globs, size_t n, char ***names, size_t *count, struct err *);
int local_group_set(struct backend *, const char *dir, const char *group, const struct group_place *, size_t, struct err *);
int local_group_remove(struct backend *, const char *dir, const char *group, struct err *);
int local_group_remove_offsets(struct backend *, const char *dir, const char *group, const char *topic, struct err *);

#endif
