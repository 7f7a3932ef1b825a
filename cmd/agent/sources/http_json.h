/*
 * http_json.h - the events of a request to the http source's JSONHandler:
 *
 *	[{"headers": {"name": "value"}, "body": "text"}, ...]
 *
 * As Flume reads it: headers and body may be missing or null, numbers and
 * booleans are taken as they are written, unknown members are passed over.
 */
#ifndef AGENT_SOURCES_HTTP_JSON_H
#define AGENT_SOURCES_HTTP_JSON_H

#include "agent/charset.h"
#include "agent/event.h"
#include "base/err.h"

/*
 * Adds the events of a body in UTF-8.  cs: the character set into which their
 * bodies go back (NULL: UTF-8), with a mark in front where mark is set.
 * -ERR_INVALID: not such JSON (a request of a bad client); -ERR_FORMAT: an
 * element that is null; -ERR_NOMEM.
 */
int http_json_events(struct batch *, struct slice text, struct charset *cs, bool mark, struct err *);

#endif
