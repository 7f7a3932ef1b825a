/*
 * exec_lines.h - what a command printed, cut into lines as Java's
 * BufferedReader does: LF, CR LF or CR ends one, and so does the end.
 */
#ifndef AGENT_SOURCES_EXEC_LINES_H
#define AGENT_SOURCES_EXEC_LINES_H

#include "agent/charset.h"
#include "agent/event.h"

struct exec_lines {
	struct charset *set;
	struct buf part;		/* of a line that has not ended */
	struct buf text;		/* a line in UTF-8 */
	bool after_cr;			/* a LF that comes next belongs to it */
};

int exec_lines_open(struct exec_lines *, const char *charset, struct err *);
/* Adds the lines that ended; n == 0: the end, what is left is a line.  -1: no memory. */
int exec_lines_cut(struct exec_lines *, const uint8_t *, size_t n, struct batch *);
void exec_lines_clear(struct exec_lines *);
void exec_lines_close(struct exec_lines *);

#endif
