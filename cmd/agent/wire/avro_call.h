/*
 * avro_call.h - calls of Flume's AvroSourceProtocol, in Netty's framing.
 *
 * One message on the wire:
 *
 *	int32 serial, int32 count, count times: int32 length, so many bytes	(big-endian)
 *
 * The call is the bytes of all the buffers, one behind the other; where they
 * are cut means nothing.  A reply carries its request's serial.
 *
 *	request		[handshake, until the connection is established] metadata name parameters
 *	reply		[handshake, if the request had one] metadata, error flag, result or text
 *
 * The handshake tells the peers each other's protocol by its MD5, and sends
 * the JSON text only to who does not know it.  Three hashes are known here:
 * those of Flume built with Avro up to 1.11.0 and since 1.11.1 (the text
 * differs in a comment), and of our own text.  Names decide, so the types are
 * the same in all of them.
 *
 * Nothing here touches a socket.  Source: flume 6.1, captured from Flume 1.11.
 */
#ifndef AGENT_WIRE_AVRO_CALL_H
#define AGENT_WIRE_AVRO_CALL_H

#include "agent/wire/avro.h"
#include "base/err.h"

#define AVRO_HASH	16

extern const char avro_protocol_text[];		/* AvroSourceProtocol as JSON */
extern const uint8_t avro_protocol_hash[AVRO_HASH];	/* its MD5 */
extern const uint8_t avro_flume_hash[AVRO_HASH];	/* of Flume 1.9 to 1.11 */

/*
 * A message out of what has been read so far: in holds the bytes from the
 * message's first one on.  The buffers are moved together in place, each byte
 * once.  1: the message is size bytes at in, the next one starts used behind
 * in (set *f = AVRO_FRAME_INIT for it); 0: read more behind the n bytes (the
 * first ones may be written already, keep them); -ERR_TOOBIG: the message
 * says that it is larger than max, or has more buffers than that.
 */
struct avro_frame {
	uint32_t serial;
	size_t size, used;
	uint32_t buffers;	/* still to come */
	uint32_t part;		/* bytes of the present one still to come */
	bool begun;
};
#define AVRO_FRAME_INIT	((struct avro_frame){ .begun = false })
int avro_frame_join(struct avro_frame *, uint8_t *in, size_t n, size_t max, struct err *);

/* What a server is asked. */
enum avro_what {
	AVRO_NOTHING,		/* a message of no bytes: no reply */
	AVRO_HANDSHAKE,		/* the client's protocol is not known: reply, nothing is done */
	AVRO_PING,		/* an empty name: reply with the handshake alone */
	AVRO_APPEND,		/* one event at r */
	AVRO_APPEND_BATCH,	/* an array of events at r */
	AVRO_UNKNOWN,		/* another name */
};
enum avro_match { AVRO_BOTH, AVRO_CLIENT, AVRO_NONE };

struct avro_request {
	enum avro_what what;
	bool handshake;		/* it had one, and so has the reply */
	enum avro_match match;
	struct slice name;
	struct rd r;		/* the parameters */
	uint64_t left;		/* for avro_request_event */
	bool ended;
};

/*
 * Takes a message apart; *established is the connection's, false at first.
 * -ERR_DAMAGE: it makes no sense; handshake and match say how to reply.
 */
int avro_request_get(struct avro_request *, struct slice message, bool *established, struct err *);
/* The next event of AVRO_APPEND and AVRO_APPEND_BATCH: 1, 0 no more, -ERR_DAMAGE (none of the call counts then). */
int avro_request_event(struct avro_request *, struct avro_event *, struct err *);

enum avro_status { AVRO_OK, AVRO_FAILED, AVRO_STATUS_UNKNOWN };

/* The reply as a whole message behind out.  error != NULL: that text in place of the status. */
void avro_reply_put(struct buf *out, uint32_t serial, const struct avro_request *, enum avro_status, const char *error);

/* A client's side of one connection; AVRO_CLIENT_INIT for each new one. */
struct avro_client {
	uint32_t serial;	/* of the last request */
	bool established;
	bool text;		/* the server asked for our text */
	uint8_t server[AVRO_HASH];
};
#define AVRO_CLIENT_INIT	((struct avro_client){ .serial = 0 })

/*
 * The beginning of a request whose parameters are n bytes, which the caller
 * sends behind it: for appendBatch avro_put_long(count), the events,
 * avro_put_long(0).
 */
void avro_request_put(struct avro_client *, struct buf *out, const char *name, size_t n);
/*
 * What the server replied: 0 it has the events (AVRO_OK); 1 it wants to know
 * our protocol: send the same again; -ERR_BUSY it has not taken them (FAILED);
 * -ERR_INVALID an error, with its text; -ERR_DAMAGE no reply to that request.
 */
int avro_reply_get(struct avro_client *, uint32_t serial, struct slice message, struct err *);

#endif
