/*
 * group.h - consumer groups, for commands: the second table of operations of
 * a backend (backend.h: be->ops->groups; NULL where it has none).
 *
 * Being a member
 *
 *	rc = g->join(be, &mopts, &m, &e);
 *	for (;;) {
 *		while (g->event(m, &ev, &e) == 1)	// never blocks
 *			switch (ev.kind) {
 *			case MEMBER_ASSIGNED:	...fetch from ev.offset on...
 *			case MEMBER_REVOKE:	...finish the batch in hand, commit, g->give_up(m, ev.topic, ev.partition)
 *			case MEMBER_LOST:	...drop it: taken by another, nothing of it can be committed...
 *			}
 *		...next batch of an owned partition...
 *		if (g->owns(m, topic, partition) != 1) continue;	// before each batch
 *		...deliver...
 *		rc = g->commit(m, topic, partition, next_offset, leader_epoch, &e);
 *		...nothing there: wait with g->fd(m) among the descriptors (it is readable when an event is)...
 *	}
 *	g->leave(m, &e);			// gives everything up, syncs what was committed
 *
 * The membership lives in a thread of its own: it beats, watches the others
 * and takes what it was assigned, whatever the caller waits for.  All calls
 * of one member come from one thread.
 *
 * Source: Kafka's consumer group protocol (KIP-62, KIP-345, KIP-429) for words
 * and results; share/doc/groups.md for how a store keeps it.
 */
#ifndef BACKEND_GROUP_H
#define BACKEND_GROUP_H

#include "backend/backend.h"

struct member_opts {
	const char *group;
	const char *groups_dir;		/* --groups=DIR; NULL: the store's own */
	const char *const *topics;	/* names and globs */
	size_t ntopics;
	const char *id;			/* --member; NULL: host.pid.random */
	const char *client;		/* the program's name, Kafka's client.id; NULL: none */
	const char *instance;		/* --instance: static membership; NULL: none */
	const char *const *assignors;	/* in order of liking; ends with NULL */
	int64_t session_timeout_ms;	/* how long a static member keeps its partitions after it died */
	int64_t max_poll_interval_ms;	/* how long a process may stand still */
	struct place reset;		/* --auto-offset-reset: where a partition without a commit begins */
	bool reset_none;		/* ... "none": that is an error */
	bool no_commit;
	bool verbose;			/* notices also of what is only slower */
	int64_t commit_timeout_ms;	/* how long a commit that cannot be written is tried again */
	void *arg;
	void (*notice)(void *arg, const char *text);	/* called from event, commit, leave */
};

enum member_event_kind {
	MEMBER_ASSIGNED,		/* the partition is owned from now on; offset is where to begin */
	MEMBER_REVOKE,			/* it must be given up, after the batch in hand */
	MEMBER_LOST,			/* it is owned no more */
	MEMBER_SETTLED,			/* everything that this generation assigned to us is owned (nothing, for a surplus member) */
};

struct member_event {
	enum member_event_kind kind;
	const char *topic;		/* until the next event */
	int32_t partition;
	int64_t offset;			/* MEMBER_ASSIGNED: the committed position, or what reset says */
};

struct member;

/* Committed positions and members of a group, as a reader sees them. */
struct group_place {
	char *topic;
	int32_t partition;
	int64_t offset;			/* committed: the next one to read; -1: none */
	int32_t leader_epoch;		/* -1: not known */
	int64_t time_ms;		/* of the commit; -1: not known */
	char *member;			/* who owns it; NULL: nobody */
};

struct group_member {
	char *id, *instance, *host, *client;	/* NULL: none, not known */
	int64_t pid;			/* -1: not known */
	bool alive;			/* false: a static member whose session still runs */
	char *assignors;		/* names with commas */
	size_t npartitions;		/* that it owns */
};

struct group_info {
	char *name;
	const char *state;		/* Kafka's: "Stable", "PreparingRebalance", "Empty", "Dead", "Unknown" */
	char *assignor;			/* of the generation in force; NULL: none */
	int64_t generation;		/* -1: none */
	struct group_place *places;	/* by topic, partition */
	size_t nplaces;
	struct group_member *members;	/* by id */
	size_t nmembers;
	char **damaged;			/* sentences: what could not be read and was left aside */
	size_t ndamaged;
};
#define GROUP_INFO_INIT	{ .name = NULL }

struct group_ops {
	int (*join)(struct backend *, const struct member_opts *, struct member **, struct err *);
	int (*fd)(struct member *);
	/* 1 an event; 0 none; -ERR_FENCED (for good), -ERR_INVALID (no assignor that all can do), others. */
	int (*event)(struct member *, struct member_event *, struct err *);
	int (*owns)(struct member *, const char *topic, int32_t partition);	/* 1, or 0: fenced or taken */
	/* The next offset to read.  Written before it returns, on disk within 100 ms.  -ERR_FENCED: not ours any more. */
	int (*commit)(struct member *, const char *topic, int32_t partition, int64_t offset, int32_t leader_epoch, struct err *);
	int (*give_up)(struct member *, const char *topic, int32_t partition, struct err *);
	/* Who has a partition now: 1 another living member, 0 nobody or we; *committed is its position, -1: none. */
	int (*elsewhere)(struct member *, const char *topic, int32_t partition, int64_t *committed, struct err *);
	const char *(*id)(struct member *);
	int (*leave)(struct member *, struct err *);

	/* Names sorted, freed with ops->names_free.  dir: --groups=DIR or NULL. */
	int (*list)(struct backend *, const char *dir, const char *const *globs, size_t n, char ***, size_t *, struct err *);
	int (*describe)(struct backend *, const char *dir, const char *group, struct group_info *, struct err *);
	void (*info_release)(struct group_info *);
	/* Sets positions (reset, commit): -ERR_BUSY while the group has members.  Makes the group when it is not there. */
	int (*set)(struct backend *, const char *dir, const char *group, const struct group_place *, size_t, struct err *);
	int (*remove)(struct backend *, const char *dir, const char *group, struct err *);	/* -ERR_BUSY: has members */
	int (*remove_offsets)(struct backend *, const char *dir, const char *group, const char *topic, struct err *);
};

#endif
