/*
 * progress.h - one line on stderr that is drawn over itself: records, bytes,
 * rate, and percent and time left where the size of the input is known.  Only
 * when it is wanted and stderr is a terminal.
 */
#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool on;
	int64_t started_ns, drawn_ns;
	uint64_t total;			/* of what `done` counts (bytes of input, offsets), 0: not known */
};

void progress_start(struct progress *, bool wanted, uint64_t total);
/* Cheap: looks at the clock only; draws at most five times a second. */
void progress_update(struct progress *, uint64_t records, uint64_t bytes, uint64_t done);
void progress_clear(struct progress *);		/* for a message that comes in between */
void progress_end(struct progress *);		/* clears the line, for good */
/* "2,000,000 records, 202 MB in 0.13 s, 15.1 M records/s" into out. */
void progress_summary(const struct progress *, uint64_t records, uint64_t bytes, char *out, unsigned n);

#endif
