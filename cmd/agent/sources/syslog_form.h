/*
 * syslog_form.h - a form of lines that a configuration adds to the two that
 * are known (format.*), tried before those.
 *
 *	format.regex		must match the whole line; its groups are priority,
 *				version, timestamp, host and body
 *	format.search, format.replace	in the timestamp, before it is read
 *	format.dateFormat	by which it is read, as Java's SimpleDateFormat
 */
#ifndef AGENT_SOURCES_SYSLOG_FORM_H
#define AGENT_SOURCES_SYSLOG_FORM_H

#include "agent/sources/syslog.h"

/* What a line says; p NULL: it does not. */
struct syslog_line {
	struct slice pri, version, stamp, host, body;
	bool has_time;
	int64_t ms;
};

/* NULL: none is configured. */
struct syslog_form *syslog_form_new(struct context *);
void syslog_form_free(struct syslog_form *);	/* NULL is fine */
/* From any thread.  1, with slices of the frame or the arena; 0: it does not match; -1: no memory. */
int syslog_form_match(struct syslog_form *, struct arena *, struct slice frame, struct syslog_line *);

#endif
