/*
 * spooldir.h - the parts of the spooldir source: what it is configured to,
 * which file comes next, what becomes of one that was read.
 *
 * A file is taken when nobody has written to it for pollDelay: what is still
 * being copied into the directory is left alone until it is whole.
 */
#ifndef AGENT_SOURCES_SPOOLDIR_H
#define AGENT_SOURCES_SPOOLDIR_H

#include <sys/stat.h>

#include "agent/deserializing.h"
#include "agent/pattern.h"
#include "agent/sources/patient.h"

enum spool_order { SPOOL_OLDEST, SPOOL_YOUNGEST, SPOOL_RANDOM };

struct spooldir {
	const char *suffix, *file_key, *base_key;	/* keys NULL: no such header */
	char *directory, *tracker;	/* the second absolute, or below the first */
	struct pattern include, ignore;
	bool all, recursive, tracked, deletes;
	enum spool_order order;
	int64_t batch, poll_ms;
	struct deserializing in;
	struct patient patient;

	struct source *src;
	int inotify, tracker_fd, meta_fd;
	struct spool_file *list;	/* those that wait, the next one last */
	size_t n, cap;
	bool stale;			/* somebody put a file there since */
	bool failed, blind;		/* a directory could not be listed; nor the time before, which was said */
};

struct spool_file {
	char *path;			/* directory, '/' and what is behind */
	int64_t mtime_ms;
};

/* spool_list.c: the next file: its path is the caller's, NULL: none.  *later: some are too young. */
char *spool_next(struct spooldir *, bool *later);
void spool_list_release(struct spooldir *);
/* The name of the file's mark in the tracker directory, below it; NULL: no memory. */
char *spool_mark(const struct spooldir *, const char *path);

/* spool_state.c: at the start: the directories, and whether they may be used. */
int spool_open(struct spooldir *, struct err *);
void spool_close(struct spooldir *);
/* Where to go on in the file (0 unless it is the one that was being read), from now on kept. */
int spool_resume(struct spooldir *, const char *path, int64_t *at, struct err *);
int spool_commit(struct spooldir *, int64_t at, struct err *);
/* The file was read to its end: renamed, marked or deleted; st: as it was at the start. */
int spool_retire(struct spooldir *, const char *path, const struct stat *st, struct err *);

#endif
