/*
 * print.h - records as the command line wants to see them, and the way out.
 *
 * Records gather in a buffer that goes to standard output when it is large or
 * when input ran dry; what is written ends at a record's end.
 */
#ifndef CONSUME_PRINT_H
#define CONSUME_PRINT_H

#include <signal.h>

#include "base/buf.h"
#include "codec/record.h"
#include "consume/options.h"
#include "text/fmt.h"

#define PRINT_GATHER	(128 << 10)	/* bytes to a write(2): they are still in the cache then */

struct printer {
	const struct options *o;
	const volatile sig_atomic_t *stop;	/* a signal asked to end */
	struct fmt *fmt;
	struct buf out;
	struct buf raw;			/* a record before its control characters are escaped */
	bool escape;
	bool gone;			/* nobody reads standard output any more */
	bool failed;			/* it cannot be written; the message was given */
};

void printer_open(struct printer *, const struct options *, const volatile sig_atomic_t *stop);	/* ends the program when the format is wrong */
/* Is the form values with one byte, *delim, behind each?  Then they may go straight into `out`. */
bool print_is_plain(const struct printer *, uint8_t *delim);
/* 0, or -ERR_RANGE: a number does not fit the width that the format gives it. */
int print_record(struct printer *, const struct where *, const struct record *, struct err *);
void print_bytes(struct printer *, struct slice);		/* as they are */
/* The same form, into a buffer, as a program wants it; with --raw the record's value is whole batches. */
int print_into(struct printer *, struct buf *, const struct where *, const struct record *, struct err *);
/*
 * Writes what has gathered; with `all` false only when it is a lot.  -1: gone
 * or failed, or a signal came and a reader that stands still did not take it.
 */
int printer_flush(struct printer *, bool all);
void printer_close(struct printer *);

#endif
