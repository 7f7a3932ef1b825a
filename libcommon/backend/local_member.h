/*
 * local_member.h - what the files of a member of a store's group share.
 *
 *	local_member.c		joining, leaving, what the caller asks
 *	local_commit.c		commit, giving up, and the thread that syncs
 *	local_start.c		where a partition that was taken begins
 *	local_watch.c		the membership thread: beats, and when to look
 *	local_peers.c		the other members: who lives, who stands still
 *	local_share.c		the assignment: when another is due, making it
 *	local_claim.c		taking what was assigned, revoking what was not
 *
 * Three threads.  The caller's; the membership's, which never waits for a disk
 * that syncs nor for the caller; the syncer's.  The mutex guards topics,
 * events and failed; peers and the assignment are the membership thread's
 * alone.  Each of caller and membership has a descriptor of the group's lock
 * of its own, since a lock of one descriptor does not keep out another thread
 * that uses the same.
 */
#ifndef BACKEND_LOCAL_MEMBER_H
#define BACKEND_LOCAL_MEMBER_H

#include <sys/queue.h>
#include <pthread.h>

#include "backend/group.h"
#include "backend/local.h"
#include "store/assignment.h"
#include "store/group.h"
#include "store/member_file.h"
#include "store/offsets.h"

#define TICK_NS		1000000000LL	/* beats, and looks without an event */
#define LOOK_MOST_MS	2000		/* what one look adds to standing still at most */
#define MEND_NS		3000000000LL	/* a living member writes a file of its that is damaged anew with its next beat */
#define STILL_LEAST_MS	2000		/* two beats: who is late by one does not stand still, whatever it asked for */

enum part_state {
	PART_FREE,			/* not ours, not wanted */
	PART_WANTED,			/* assigned, not claimed yet */
	PART_OWNED,
	PART_REVOKING,			/* owned; the caller was asked to give it up */
};

struct mpart {
	enum part_state state;
	bool assigned;			/* by the assignment in force */
	int64_t generation;		/* of our claim */
	int64_t told;			/* the claim that the caller was last told of: what it does is for that one */
	int64_t busy_ns;		/* since when another process holds its byte; 0: it does not, -1: that was said */
};

struct mtopic {				/* a topic that was ever assigned; stays until the member is freed */
	char *name;
	struct topic_id id;
	struct offsets o;
	struct mpart *parts;
	int32_t nparts;
	bool gone;			/* deleted; a topic of that name now is another one */
	unsigned users;			/* of o without the mutex; when it is gone, the last of them closes that */
	uint64_t commits, synced;	/* writes to slots; up to which they are on disk */
	STAILQ_ENTRY(mtopic) link;
};
STAILQ_HEAD(mtopic_list, mtopic);

struct raw_event {
	enum { RAW_ASSIGNED, RAW_REVOKE, RAW_LOST, RAW_SETTLED, RAW_NOTICE } kind;
	struct mtopic *t;
	int32_t partition;
	struct slot slot;		/* RAW_ASSIGNED: as it was taken */
	char *text;			/* RAW_NOTICE */
	STAILQ_ENTRY(raw_event) link;
};
STAILQ_HEAD(raw_event_list, raw_event);

struct peer {
	char name[MEMBER_NAME_MAX];
	struct member_info info;
	bool whole;			/* info could be read */
	bool seen;			/* in this scan */
	bool suspect;			/* its file was closed: does it live? */
	enum member_life life;
	uint64_t beat;
	int64_t still_ms;		/* how long beat stands still, in our looks */
	int64_t looked_ns;		/* 0: not yet */
	int64_t dead_ns;		/* when it died; static ones: a time later they are over */
	bool over;			/* its session timeout passed, and its file was removed */
	int64_t mend_ns;		/* not whole: until when it may make that good; 0: it did not */
};

struct known_topic {
	char *name;
	struct topic_id id;
	int32_t partitions;
};

struct member {
	struct local *local;
	struct member_opts o;		/* numbers and callbacks; its strings are in me */
	struct group g;			/* g.lock is the membership thread's */
	int call_lock;			/* the caller's descriptor of lock */
	struct member_info me;
	char name[MEMBER_NAME_MAX];
	int file;			/* the member's file, locked */
	uint64_t beats;

	pthread_mutex_t mutex;
	pthread_cond_t dirty;		/* the syncer has work, or quit */
	pthread_cond_t ending;		/* quit: the syncer gathers no more */
	pthread_t thread, syncer;
	bool running, syncing;		/* threads were started */
	bool quit;
	int kick;			/* eventfd: the membership thread is to look */
	int ready;			/* eventfd: there are events */
	struct raw_event_list events;
	struct mtopic_list topics;
	struct err failed;		/* code 0: all is well; for good */
	char *event_topic;		/* of the event handed out last */
	const struct mtopic *told_reset;	/* the caller's: whose lack of positions was said last */

	/* the membership thread's */
	struct peer *peers;
	size_t npeers;
	struct assignment a;
	struct known_topic *known;
	size_t nknown;
	bool known_valid;
	int notify;			/* inotify, -1: polling */
	int notify_error;		/* why it is polling, or topics are; 0: they are not */
	int watch_members, watch_group, watch_offsets, watch_topics;
	bool look_peers, look_assignment, look_topics;
	bool act;			/* the target or what may be claimed has changed */
	int64_t next_tick, next_look;	/* ns */
	int64_t backoff_ms;		/* 0: none */
	int64_t acted_ns;		/* when slots were last looked at */
	int64_t due_since;		/* since when another assignment is due; 0: it is not */
	int64_t joined_ns;		/* when we last saw somebody come */
	int64_t settled;		/* generation that was said to be settled */
	bool lost_events, told_polling, told_assignor, told_write;
	uint64_t gone_owner;		/* an owner that was found to be no member */
};

/* local_watch.c */
int watch_start(struct member *, struct err *);
void watch_stop(struct member *);		/* not running: nothing */
void member_kick(struct member *);
void member_look_soon(struct member *);		/* at 1, 2, 4 ... 64 ms */
void member_fail(struct member *, const struct err *);	/* takes the mutex */
void member_notice(struct member *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));	/* takes the mutex */
/* The mutex is held. */
int event_push(struct member *, int kind, struct mtopic *, int32_t partition, const struct slot *);

/* local_peers.c */
int peers_scan(struct member *, struct err *);
void peers_event(struct member *, const char *name);	/* something happened to that file */
void peers_suspects(struct member *);
void peers_tick(struct member *);			/* standing still, session timeouts */
bool peer_counts(const struct member *, const struct peer *);	/* takes part in assignments */
int64_t peer_silent_ns(const struct member *, const struct peer *);
void peer_expire(struct member *, struct peer *);	/* when it is dead for longer than its session timeout */
size_t peers_rank(const struct member *);		/* of ours among those that live */
offsets_gone_fn peers_gone;				/* arg: the member */
void peers_free(struct member *);
/* In join, under GROUP_BYTE: refuses a name that is taken, sees that all have an assignor in common. */
int peers_admit(struct member *, struct err *);
int peers_replace(struct member *, struct err *);	/* then, when we are a member: an older one of our instance is none any more */
/* Do two that live have the same instance?  For a moment only, until the older one is fenced. */
bool peers_twins(const struct member *);
/* Is there one that lives, and is to make its damaged file good?  Only until MEND_NS. */
bool peers_mend(const struct member *);

/* local_share.c */
void share_look(struct member *);
void share_topics(struct member *);			/* what topics are there now */
void share_free(struct member *);

/* local_claim.c */
void claim_act(struct member *);
struct mtopic *mtopic_find(struct member *, const char *topic);	/* of the topic that is there now, or NULL; the mutex is held */
void mtopic_close_gone(struct mtopic *);	/* unless somebody uses its descriptor; the mutex is held */

/* local_commit.c */
int local_member_commit(struct member *, const char *topic, int32_t partition, int64_t offset, int32_t leader_epoch, struct err *);
int local_member_give_up(struct member *, const char *topic, int32_t partition, struct err *);
int commit_release_all(struct member *, struct err *);	/* syncs, then leaves every partition */
int syncer_start_member(struct member *, struct err *);
void syncer_stop_member(struct member *);

/* local_start.c: where reading of a partition begins that was taken with this slot */
int start_place(struct member *, const struct mtopic *, int32_t partition, const struct slot *, int64_t *offset, struct err *);

/* local_member.c */
int local_member_join(struct backend *, const struct member_opts *, struct member **, struct err *);
int local_member_fd(struct member *);
int local_member_event(struct member *, struct member_event *, struct err *);
int local_member_owns(struct member *, const char *topic, int32_t partition);
int local_member_elsewhere(struct member *, const char *topic, int32_t partition, int64_t *committed, struct err *);
const char *local_member_id(struct member *);
int local_member_leave(struct member *, struct err *);

#endif
