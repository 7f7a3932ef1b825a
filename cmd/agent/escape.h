/*
 * escape.h - Flume's %-escapes in paths and names: %{header}, %Y %m %d ...,
 * %[localhost] (plog-agent.conf(5)).
 *
 *	struct escape_time how = { .zone = z, .unit = 0, ... };
 *	rc = escape_compile(&esc, "/logs/%Y-%m-%d/%{host}", &e);
 *	rc = escape_write(esc, &how, event, clock_wall_ms(), &buf, &e);
 *	escape_free(esc);
 *
 * A text is compiled once; it is not changed by use, so threads may share it.
 * %[localhost], %[IP] and %[FQDN] are resolved when it is compiled.
 */
#ifndef AGENT_ESCAPE_H
#define AGENT_ESCAPE_H

#include <stdbool.h>

#include "agent/event.h"
#include "agent/zone.h"
#include "base/buf.h"
#include "base/err.h"

struct escape;

struct escape_time {
	const struct zone *zone;
	bool now;			/* the time of the call, not of the header "timestamp" */
	int unit;			/* round down: 0 not, else 1 seconds, 60 minutes, 3600 hours */
	int value;			/* to a multiple of so many */
};

/* -ERR_INVALID: a %[name] that is none; -ERR_NOMEM.  Letters that mean nothing stand for nothing, as in Flume. */
int escape_compile(struct escape **, const char *text, struct err *);
void escape_free(struct escape *);		/* NULL is fine */

/* Whether the result depends on headers other than the timestamp, and on the time. */
bool escape_uses_headers(const struct escape *);
bool escape_uses_time(const struct escape *);
/* Whether all of it is the same throughout a second (no %t, no headers). */
bool escape_by_second(const struct escape *);
/* Letters behind % that stand for nothing; "" when there are none.  Lives as long as the escape. */
const char *escape_unknown(const struct escape *);

/*
 * The time that the event counts as, in milliseconds: now_ms, or that of its
 * header.  -ERR_INVALID: there is no header "timestamp", or it is no number.
 */
int escape_event_time(const struct escape_time *, const struct event *, int64_t now_ms, int64_t *ms, struct err *);
/*
 * Appends the text for the event.  A header that is missing stands for
 * nothing.  -ERR_INVALID as escape_event_time, where the text needs a time.
 */
int escape_write(const struct escape *, const struct escape_time *, const struct event *, int64_t now_ms, struct buf *,
    struct err *);

#endif
