/*
 * err.h - how a library call says that it failed, and with what.
 *
 * A call that can fail for a reason a person must read takes a struct err
 * last.  It returns 0 (an iterator 1 for a value, 0 for no more; a count is
 * returned as it is) or the negative of an err_code, and then err->text is
 * one sentence without a full stop that names what was attempted on what,
 * and why:
 *
 *	cannot append to 'orders/3': No space left on device
 *
 * The command puts its own name in front and prints it (tool/msg.h); nothing
 * below tool/ prints.  A caller acts on the code, never on the text.  Passing
 * NULL is allowed where the sentence is of no interest.
 *
 * Add a code only when some caller must act differently on it.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_code {
	ERR_SYS = 1,		/* a system call failed, err->sys is its errno */
	ERR_NOMEM,		/* memory, or a limit on it, ran out */
	ERR_DAMAGE,		/* bytes that are all there, and wrong */
	ERR_FORMAT,		/* bytes of a kind that is not read here (magic 0/1, unknown codec, no store) */
	ERR_VERSION,		/* well formed, from a newer plog */
	ERR_BUSY,		/* another process holds the lock; the text says which file and who */
	ERR_NOENT,		/* no such store, topic, partition, group, offset */
	ERR_EXIST,		/* already there */
	ERR_GONE,		/* was there and was deleted while in use */
	ERR_RANGE,		/* an offset or a number outside of what there is */
	ERR_TOOBIG,		/* a record, batch or line beyond its limit */
	ERR_INVALID,		/* a name, a value, a record that cannot be taken */
	ERR_READONLY,		/* a directory that must not be written, such as a Kafka broker's */
	ERR_ABSENT,		/* built or installed without what this needs */
	ERR_FENCED,		/* no longer the owner */
	ERR_UNSYNCED,		/* a sync failed: what was appended since the last one may be lost */
	ERR_REMOTE,		/* a cluster said no, or could not be reached */
	ERR_INTR,		/* a signal asked to stop while waiting */
};

#define ERR_TEXT_MAX	1024

struct err {
	enum err_code code;	/* 0: no error */
	int sys;		/* errno, for ERR_SYS and ERR_UNSYNCED; else 0 */
	char text[ERR_TEXT_MAX];
};

#define ERR_INIT	{ .code = 0, .sys = 0, .text = "" }

/* Sets code and sentence (cut at ERR_TEXT_MAX); returns -code. */
int err_set(struct err *, enum err_code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* As err_set(ERR_SYS) with ": " and strerror(errno) behind; keeps errno.  ENOMEM becomes ERR_NOMEM. */
int err_sys(struct err *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts "words: " in front of the sentence; returns -code of what is there (-ERR_SYS without a struct err). */
int err_prefix(struct err *, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
