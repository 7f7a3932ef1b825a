/*
 * member_file.h - the members of a group: a file each in members/, locked by
 * its process for as long as it lives.  The lock is the membership.
 *
 * Named ID.INCARNATION (16 hex digits, drawn at random, never 0).  Text, a
 * line each:
 *
 *	beat 00000000000000000042	counts up, written in place: 20 digits
 *	plog-member 1
 *	id ID
 *	incarnation HEX
 *	instance NAME			static membership only
 *	host NAME
 *	client NAME			the program, Kafka's client.id
 *	pid N				for people: nothing is decided by it
 *	session-timeout MS
 *	max-poll-interval MS
 *	assignor NAME			one line each, best first
 *	topic NAME-OR-GLOB		one line each
 *	crc HEX				CRC-32C of the lines from plog-member on
 *
 * Made under a dot name, locked, then renamed in: what has its name and is not
 * locked belongs to one who died, or who left and is static.  Beside it,
 * ID.INCARNATION.fenced: it stood still too long and is no member any more,
 * whatever it does.
 *
 * A member looks at its own file with each beat and makes it good: who joins
 * while it is damaged waits for that.
 *
 * A close event of inotify comes before the kernel drops the lock: look again.
 */
#ifndef STORE_MEMBER_FILE_H
#define STORE_MEMBER_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "store/assignor.h"
#include "store/group.h"

#define MEMBER_ID_MAX	200		/* bytes of a member's and of an instance's name */
#define FENCED		".fenced"	/* behind the name of the file */
#define MEMBER_NAME_MAX	(MEMBER_ID_MAX + 26)	/* of its file, with .fenced and the NUL */

struct member_info {
	char *id;
	uint64_t incarnation;
	char *instance, *host, *client;	/* NULL: none, not known */
	int64_t pid;			/* -1: not known */
	int64_t session_timeout_ms, max_poll_interval_ms;
	enum assignor likes[ASSIGNOR_COUNT];	/* best first */
	size_t nlikes;
	char **topics;			/* names and globs */
	size_t ntopics;
};

/* Kafka's rule for names, at most MEMBER_ID_MAX bytes; what: "member", "instance".  -ERR_INVALID. */
int member_name_check(const char *what, const char *name, struct err *);
void member_file_name(const struct member_info *, char out[MEMBER_NAME_MAX]);
/* Is this a member's name?  Its incarnation, or 0. */
uint64_t member_name_incarnation(const char *name);
uint64_t member_draw_incarnation(void);

/* Names of all files of members, in no order; topic_names_free.  -ERR_SYS, -ERR_NOMEM. */
int member_names(const struct group *, char ***names, size_t *n, struct err *);

/* Makes the caller a member; *fd is to be kept open, closing it ends the membership.  -ERR_SYS, -ERR_INVALID. */
int member_file_make(const struct group *, const struct member_info *, int *fd, struct err *);
/* Counts up.  1: the file was not as it was made, and was written anew; 0, or -1 with errno. */
int member_beat(int fd, const struct member_info *, uint64_t beat);

/* *beat (may be NULL) too.  -ERR_NOENT, -ERR_DAMAGE (what is whole is in *info: id and incarnation by the name), -ERR_SYS. */
int member_file_read(const struct group *, const char *name, struct member_info *, uint64_t *beat, struct err *);
void member_info_release(struct member_info *);

enum member_life { MEMBER_ALIVE, MEMBER_DEAD, MEMBER_FENCED, MEMBER_AWAY /* no such file */ };
/* By the kernel's word, now.  *beat (may be NULL) is set while it is alive; what cannot be asked counts as alive. */
enum member_life member_life(const struct group *, const char *name, uint64_t *beat);
/* How long ago it beat last, by the file's time; 0 when that is in the future or not to be had. */
int64_t member_silent_ms(const struct group *, const char *name);
/* The mark.  0 also when it is there already. */
int member_fence(const struct group *, const char *name, struct err *);
/* Takes the file of a dead member away, and its mark.  A living one's stays. */
void member_file_remove(const struct group *, const char *name);
/* The caller's own, when it leaves. */
void member_file_leave(const struct group *, const char *name);
/* The caller holds GROUP_BYTE: takes away what joins that were cut short left, and marks of who is gone. */
void member_files_sweep(const struct group *);

#endif
