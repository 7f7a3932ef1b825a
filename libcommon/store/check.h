/*
 * check.h - what stands around the partitions of a store: version, defaults,
 * topics' properties, their partitions' directories, groups, what work left
 * behind.
 *
 * The bytes of a partition are log/verify.h's.  A broker's directory has
 * nothing here that plog relies on.
 */
#ifndef STORE_CHECK_H
#define STORE_CHECK_H

#include "log/finding.h"
#include "store/store.h"

/* The store itself: store.properties, and leftovers among the topics. */
void check_store(struct store *, struct findings *);
/* One topic: can it be opened, are its partitions all there and no others? */
void check_topic(struct store *, const char *name, struct findings *);

/*
 * The groups: positions (both slots, and none beyond the log's end),
 * assignments, members, leftovers, modes.
 */
void check_groups(struct store *, struct findings *);

#endif
