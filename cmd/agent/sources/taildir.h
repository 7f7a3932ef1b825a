/*
 * taildir.h - the parts of the taildir source: what it is configured to, the
 * files it knows, how it reads one.
 *
 * A file is known by device and inode, its name is only what it was last seen
 * under.  So a log that is renamed is read on where it was, under whatever
 * name it matches next; one that nothing leads to any more is read to its end
 * before it is closed.  The bytes in front of the position tell whether it is
 * still that file: one that was cut and written anew, even beyond the
 * position, is read from its start.
 */
#ifndef AGENT_SOURCES_TAILDIR_H
#define AGENT_SOURCES_TAILDIR_H

#include <sys/stat.h>
#include <time.h>

#include "agent/pattern.h"
#include "agent/source.h"
#include "agent/sources/patient.h"
#include "agent/sources/taildir_position.h"

struct tail_header {
	const char *name, *value;
};

struct tail_group {
	const char *name, *directory;	/* absolute */
	struct pattern pattern;		/* of the names there */
	struct tail_header *headers;
	size_t nheaders;
	struct timespec seen;		/* when the directory had changed, as of the last listing */
	int64_t listed_ms;		/* when that was, by the wall clock */
	bool stale;			/* it is to be listed */
};

struct tail_file {
	dev_t dev;
	ino_t ino;
	char *path;
	const struct tail_group *group;
	int fd;				/* -1: closed */
	int64_t pos;
	struct timespec mtime;		/* of the last look at it */
	int64_t grown_ms;		/* when it was last seen to have grown */
	uint8_t before[PRINT_BYTES];	/* the bytes in front of pos, */
	uint32_t nbefore;		/* as far as they are known; */
	uint8_t behind[PRINT_BYTES];	/* and those in front of the position that tail_read gave */
	uint32_t nbehind;
	size_t chunk;			/* bytes that a batch takes, a guess */
	bool matched;			/* a name leads to it */
	bool found;			/* in the listing that is going on */
	bool partial_said;
};

struct taildir {
	struct tail_group *groups;
	size_t ngroups;
	const char *position_file, *file_key;
	int64_t batch, max_batches, idle_ms, write_ms, step_ms, most_ms, longest;
	bool offset_header, skip_to_end, cache;

	struct tail_file **files;
	size_t nfiles, capfiles;
	int inotify;
	struct patient patient;
	bool dirty;			/* positions to be written */
	int64_t written_ms;
	struct source *src;
};

/* taildir_files.c: looks for files; first: those without a position may be skipped to their end. */
int taildir_look(struct taildir *, bool first, struct err *);
void taildir_forget(struct taildir *, size_t i);
void taildir_files_release(struct taildir *);
/* Opens the file where it is not open; -1: it is not there, or cannot be (said). */
int tail_open(struct taildir *, struct tail_file *);

/*
 * taildir_read.c: the next lines, up to a batch of them; last: one without its
 * newline too.  *next: the position behind.  1: there may be more; 0; -code.
 */
int tail_read(struct taildir *, struct tail_file *, bool last, struct batch *, int64_t *next, struct err *);
/* They are in the channel. */
void tail_advance(struct taildir *, struct tail_file *, int64_t next);
/* Is this still the file whose bytes stand in front of pos?  Else it is read from its start. */
void tail_verify(struct taildir *, struct tail_file *, const struct stat *);

/* taildir_state.c: positions as they were left, and as they are. */
void taildir_restore(struct taildir *);
void taildir_save(struct taildir *);

#endif
