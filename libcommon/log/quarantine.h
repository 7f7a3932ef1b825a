/*
 * quarantine.h - where bytes go before they are taken out of a partition.
 *
 * quarantine/ holds, for each range, its bytes in
 *	FILE.POSITION.TIME		(10 digits, milliseconds)
 * and beside it, with .note behind the name, a text that says when, from where
 * and why.  A file that was kept whole is FILE.TIME.  A note without bytes
 * tells of something that was not taken out.
 *
 * All is synced before a function returns 0, so that what follows may cut.
 * Nothing is ever replaced in there.  Owner and modes are the partition's.
 */
#ifndef LOG_QUARANTINE_H
#define LOG_QUARANTINE_H

#include <stdint.h>

/* Bytes [from, to) of fd, which is the file of that name in dirfd.  why goes into the note.  0, or -1 with errno. */
int quarantine_bytes(int dirfd, const char *file, int fd, int64_t from, int64_t to, const char *why);
/* The whole file, by a second name.  0, or -1 with errno. */
int quarantine_file(int dirfd, const char *file, const char *why);
/* A note without bytes about a file; kind is part of its name.  0, or -1 with errno. */
int quarantine_note(int dirfd, const char *file, const char *kind, const char *text);

#endif
