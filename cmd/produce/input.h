/*
 * input.h - the files and pipes that records come from, and what is common to
 * the forms they may have.
 *
 * A form is one function that reads one input to its end:
 *
 *	by_line.c	lines, NUL, any delimiter; JSON lines
 *	by_format.c	a format string
 *	by_batch.c	record batches
 *	whole.c		the file is the record
 *
 * Each asks input_wait before it reads, so that what was gathered goes out
 * when there is nothing to read, and ends what it does when that says so.
 */
#ifndef PRODUCE_INPUT_H
#define PRODUCE_INPUT_H

#include <sys/types.h>

#include "produce/options.h"
#include "produce/sink.h"

struct run {
	const struct options *o;
	struct sink sink;
	const volatile sig_atomic_t *stop;
	int status;			/* the worst so far */
	int64_t now;			/* timestamp of what is being read */
	uint64_t bytes;			/* read, of inputs that are done */
	uint64_t refused;		/* records named and passed over */
	struct buf headers;		/* a record's own and -H's, together */
};

struct input {
	const char *name;		/* NULL: standard input */
	int fd;
	bool regular;			/* never keeps a reader waiting */
	uint64_t size;			/* of a regular file */
	bool ended;			/* a signal came: what was read is all there is */
};

enum input_rc { INPUT_DONE = 0, INPUT_END_RUN = -1 };

enum input_rc by_line(struct run *, struct input *);
enum input_rc by_json(struct run *, struct input *);
enum input_rc by_format(struct run *, struct input *);
enum input_rc by_batch(struct run *, struct input *);
enum input_rc whole(struct run *, struct input *);

/* Opens by name ("-": standard input); -1: said why, status set.  Closed by input_close. */
int input_open(struct run *, struct input *, const char *name);
void input_close(struct input *);

/* 1: a read will not be kept waiting; 0: a signal ends the input; -1: the sink failed. */
int input_wait(struct run *, struct input *, uint64_t bytes);
/* Behind a read of n bytes: 1 go on, 0 the input is done (ended, or failed and said), -1 again. */
int input_after_read(struct run *, struct input *, ssize_t n);

/* Puts key, headers, timestamp that the options give for all, then puts.  said: partition of the record itself, or -1. */
enum sink_rc put_record(struct run *, struct record *, int32_t said);
/*
 * A record of this input could not be taken, for s->e: named with its line or
 * byte (unit), and the run ends (INPUT_END_RUN) unless --on-error=skip.
 */
enum input_rc refuse(struct run *, const struct input *, const char *unit, uint64_t number);

#endif
