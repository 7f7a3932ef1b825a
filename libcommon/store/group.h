/*
 * group.h - the directory of a consumer group, and the directory of groups.
 *
 *	rc = group_open(&g, store, NULL, "billing", GROUP_CREATE, &e);
 *	...member_file.h, assignment.h, offsets.h...
 *	group_close(&g);
 *
 * A group is made whole under a name with a `~` in it, then takes its own:
 *
 *	members/	a file each (member_file.h)
 *	assignment.N	who reads what in generation N (assignment.h)
 *	offsets/TOPIC	claims and positions (offsets.h)
 *	lock		OFD locks: byte 0 by who joins, resets or removes, one
 *			byte for each partition of each topic by who changes
 *			its slot.  Held for microseconds, never waited for in
 *			the kernel, and not openable by who may only read: a
 *			reader can hold nobody up.
 *
 * It belongs to who made it.  Its mode is that of the directory of groups
 * without what that one gives to all others to write.
 */
#ifndef STORE_GROUP_H
#define STORE_GROUP_H

#include <sys/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/lock.h"
#include "store/store.h"

#define GROUP_BYTE	0		/* of the file lock: members come, positions are set, the group goes */

enum group_mode {
	GROUP_READ,			/* lock is -1 */
	GROUP_WRITE,
	GROUP_CREATE,			/* makes it when it is not there */
};

struct group {
	char name[250];
	char label[320];		/* for messages: "groups/NAME", or where --groups says */
	int parent;			/* the directory of groups */
	int fd, members, offsets;	/* directories; the latter two -1: not there, and opened for reading */
	int lock;			/* -1: opened for reading */
};

/*
 * dir: --groups=DIR, NULL for the store's own.  -ERR_NOENT "group 'x' does not
 * exist" (nearest name), -ERR_INVALID (name), -ERR_READONLY (a broker's
 * directory, and the message names --groups=DIR), -ERR_FORMAT (a network file
 * system, where locks do not hold), -ERR_SYS (EACCES, EROFS: the message names
 * --groups=DIR).
 */
int group_open(struct group *, const struct store *, const char *dir, const char *name, enum group_mode, struct err *);
void group_close(struct group *);

/* Another descriptor of lock, with locks of its own: one for each thread.  -1 with errno. */
int group_lock_again(const struct group *);
/*
 * GROUP_BYTE, waited for (ten seconds; ERR_BUSY says who has it, ERR_INTR when
 * *stop is set, which may be NULL); -ERR_NOENT when the group was removed
 * meanwhile.
 */
int group_hold(struct lock *, const struct group *, const volatile sig_atomic_t *stop, struct err *);

/* Names, sorted; topic_names_free.  No directory of groups: none. */
int group_list(const struct store *, const char *dir, const char *const *globs, size_t n, char ***names, size_t *count,
    struct err *);
/* The caller holds GROUP_BYTE and found nobody: takes the directory away. */
int group_remove(struct group *, struct err *);

/* After a topic was deleted: its positions in all groups of the store.  The first error is returned, the others are passed over. */
int groups_forget_topic(const struct store *, const char *topic, struct err *);

#endif
