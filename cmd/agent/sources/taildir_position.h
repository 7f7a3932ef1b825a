/*
 * taildir_position.h - the position file of a taildir source, as Flume has it:
 *
 *	[{"inode":123,"pos":456,"file":"/var/log/a.log"}]
 *
 * one line without a newline, members in that order, and in the path the
 * escapes of Gson (\u003d for = ...).  So a Flume can take it over, and its
 * file is taken.  A Flume fails on members it does not know; so what plog
 * knows beyond is in a file beside it (FILE.prints): for each inode and
 * position the checksum of the bytes in front of it, by which a file is known
 * again that was renamed meanwhile, and one that only got the old one's inode is not taken for it.
 */
#ifndef AGENT_SOURCES_TAILDIR_POSITION_H
#define AGENT_SOURCES_TAILDIR_POSITION_H

#include "base/buf.h"
#include "base/err.h"

#define PRINT_BYTES	64		/* in front of the position, that a print vouches for */

struct position {
	uint64_t inode;
	int64_t pos;
	char *path;
	bool printed;			/* the next two are known */
	uint32_t print_n, print;	/* so many bytes in front of pos, their CRC-32C */
};

struct positions {
	struct position *v;
	size_t n, cap;
};
#define POSITIONS_INIT	{ .v = NULL, .n = 0, .cap = 0 }

/* Copies the path; -1: no memory. */
int positions_add(struct positions *, const struct position *);
void positions_release(struct positions *);

/* -ERR_DAMAGE: no such file as the above; what stands before the wrong place is taken. */
int positions_parse(struct positions *, struct slice text, struct err *);
/* The prints of FILE.prints, to the entries that they are of; what is wrong in it is passed over. */
void positions_parse_prints(struct positions *, struct slice text);
void positions_print(const struct positions *, struct buf *out);
void positions_print_prints(const struct positions *, struct buf *out);

#endif
