/*
 * syslog.h - lines of syslog as events, as Flume's syslogtcp and syslogudp
 * make them: RFC 3164 and what RFC 5424 says up to the host.
 *
 *	<34>Oct 11 22:14:15 host text		<165>1 2003-10-11T22:14:15.003Z host text
 *
 * Headers: Facility and Severity of each; priority, version, timestamp
 * (milliseconds) and host where the line has them; flume.syslog.status is
 * Invalid where a line does not begin with a priority, Incomplete where it was
 * cut.  A line that is neither of both forms goes on as it is, priority and
 * all.  No descriptor is touched here.
 *
 * Differs from Flume where that loses or invents something: a fraction of a
 * second does not make the zone void; a priority and version are the line's
 * own, never those of a line before.
 */
#ifndef AGENT_SOURCES_SYSLOG_H
#define AGENT_SOURCES_SYSLOG_H

#include "agent/source.h"

enum syslog_keep { KEEP_PRIORITY = 1, KEEP_VERSION = 2, KEEP_TIMESTAMP = 4, KEEP_HOSTNAME = 8, KEEP_ALL = 16 };

/* What keepFields says: none, all, or some of the words. */
unsigned syslog_keep(struct context *, const char *key);

struct syslog_form;			/* syslog_form.h */

/* A parser; one thread's.  All zero but the first two to begin with. */
struct syslog {
	unsigned keep;			/* enum syslog_keep */
	struct syslog_form *form;	/* tried first; NULL: none */
	char stamp[36];			/* read last, and what it was */
	size_t stamp_n;
	int64_t ms;
};

/*
 * Adds the event of a frame, which lies in the batch's arena.  The event for
 * more headers, or NULL: no memory.
 */
struct event *syslog_event(struct syslog *, struct batch *, struct slice frame, bool cut);

/*
 * Frames of a stream: they end with a newline (RFC 6587 non-transparent), or
 * begin with their length and a blank in front of the '<' (octet counting).
 * The first so many bytes of one that is longer than max are a frame, cut, and
 * what follows are further ones.
 */
struct frames {
	size_t max;
	bool octets;			/* a length may stand in front */
	uint64_t left;			/* of a counted frame that was cut */
};

/*
 * The next frame of p: 1, and *used bytes are done with; 0: more bytes are
 * needed, *used (of newlines) may be dropped.  end: there are no more, so what
 * is there is a frame.
 */
int frames_next(struct frames *, struct slice p, bool end, struct slice *frame, bool *cut, size_t *used);

/* A line as multiport_syslogtcp takes it, by its own rules and names of headers; text: is it text of the port's character set? */
struct event *syslog_multiport_event(struct syslog *, struct batch *, struct slice line, bool cut, bool text);

/* For both: "Oct 11 22:14:15" in the year that fits best, in the zone of the machine or in UTC; false: no such month. */
bool syslog_time_3164(struct slice, bool utc, int64_t *ms);
/* Days since 1970 of a date that need not be there (February 30). */
int64_t syslog_days(int64_t year, int64_t month, int64_t day);

#endif
