/*
 * thrift.h - calls of Flume's ThriftSourceProtocol, in Thrift's compact and
 * binary protocols, framed:
 *
 *	int32 length (big-endian), so many bytes
 *
 *	Status append(1: ThriftFlumeEvent event)
 *	Status appendBatch(1: list<ThriftFlumeEvent> events)
 *	ThriftFlumeEvent { 1: required map<string,string> headers, 2: required binary body }
 *	Status { OK = 0, FAILED = 1, ERROR = 2, UNKNOWN = 3 }
 *
 * A server reads a call like this:
 *
 *	struct thrift_request q;
 *	struct thrift_event ev;
 *
 *	rc = thrift_request_get(&q, protocol, frame, &e);
 *	while (rc == 0 && (rc = thrift_request_event(&q, &ev, &e)) == 1)
 *		for (struct thrift_headers h = thrift_headers(&ev); thrift_header_next(&h, &k, &v);)
 *			...
 *	if (rc == 0)		// the whole call was read, its end too
 *		...
 *
 * Everything handed out points into the frame.  Fields that are not known are
 * skipped, nested at most THRIFT_DEPTH deep; a count is never larger than the
 * bytes that are left.  Nothing here touches a socket.
 *
 * Source: Thrift's compact and binary protocol specifications; flume 6.2,
 * captured from Flume 1.11.
 */
#ifndef AGENT_WIRE_THRIFT_H
#define AGENT_WIRE_THRIFT_H

#include "base/buf.h"
#include "base/bytes.h"
#include "base/err.h"

#define THRIFT_DEPTH		64
#define THRIFT_FRAME_MAX	16384000	/* Flume's */

enum thrift_protocol { THRIFT_COMPACT, THRIFT_BINARY };

struct thrift_event {
	enum thrift_protocol protocol;
	struct slice headers;	/* the encoded pairs, without the map's head */
	size_t count;
	struct slice body;
};

struct thrift_headers {
	enum thrift_protocol protocol;
	struct rd r;
	size_t left;
};

static inline struct thrift_headers
thrift_headers(const struct thrift_event *ev)
{
	return (struct thrift_headers){ ev->protocol, RD_OF(ev->headers.p, ev->headers.n), ev->count };
}
bool thrift_header_next(struct thrift_headers *, struct slice *name, struct slice *value);

enum thrift_what { THRIFT_APPEND, THRIFT_APPEND_BATCH, THRIFT_UNKNOWN };

struct thrift_request {
	enum thrift_protocol protocol;
	enum thrift_what what;
	bool oneway;		/* no reply */
	int32_t seq;
	struct slice name;
	struct rd r;
	int16_t field;		/* the last one's number */
	size_t left;		/* events of the list still to come */
};

/* -ERR_FORMAT: no call in this protocol: close the connection; -ERR_DAMAGE: likewise, cut or wrong further on. */
int thrift_request_get(struct thrift_request *, enum thrift_protocol, struct slice frame, struct err *);
/*
 * 1, 0 all were read and the call is whole.  -ERR_INVALID: a required field is
 * not there (reply with thrift_exception_put); -ERR_DAMAGE: close.  After an
 * error none of the call counts.
 */
int thrift_request_event(struct thrift_request *, struct thrift_event *, struct err *);

enum thrift_status { THRIFT_OK, THRIFT_FAILED, THRIFT_ERROR, THRIFT_STATUS_UNKNOWN };
/* TApplicationException's numbers that Flume answers with. */
enum thrift_fault { THRIFT_UNKNOWN_METHOD = 1, THRIFT_INTERNAL_ERROR = 6, THRIFT_PROTOCOL_ERROR = 7 };

/* A reply, with its frame's length in front. */
void thrift_reply_put(struct buf *out, const struct thrift_request *, enum thrift_status);
void thrift_exception_put(struct buf *out, const struct thrift_request *, enum thrift_fault, const char *text);

/*
 * A request: thrift_batch_begin with the number of events (appendBatch), for
 * each one thrift_event_begin, its headers by thrift_header_put, then
 * thrift_event_end; thrift_batch_end with what thrift_batch_begin returned.
 */
size_t thrift_batch_begin(struct buf *out, enum thrift_protocol, int32_t seq, size_t events);
void thrift_event_begin(struct buf *out, enum thrift_protocol, size_t headers);
void thrift_header_put(struct buf *out, enum thrift_protocol, struct slice name, struct slice value);
void thrift_event_end(struct buf *out, enum thrift_protocol, struct slice body);
void thrift_batch_end(struct buf *out, size_t start);

/* 0 it has the events; -ERR_BUSY FAILED or another status; -ERR_INVALID an exception, with its text; -ERR_DAMAGE. */
int thrift_reply_get(enum thrift_protocol, int32_t seq, struct slice frame, struct err *);

#endif
