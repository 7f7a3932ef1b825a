/*
 * thrift_in.h - the elements of both protocols, for the files beside it.
 *
 * A field's type is the binary protocol's number in both; the compact one's
 * are turned into it.  A reader goes bad as struct rd does.
 */
#ifndef AGENT_WIRE_THRIFT_IN_H
#define AGENT_WIRE_THRIFT_IN_H

#include "agent/wire/thrift.h"

enum thrift_type {
	T_STOP = 0, T_TRUE = 1 /* compact's bool in a field: no bytes */, T_BOOL = 2, T_BYTE = 3, T_DOUBLE = 4, T_I16 = 6, T_I32 = 8,
	T_I64 = 10, T_STRING = 11, T_STRUCT = 12, T_MAP = 13, T_SET = 14, T_LIST = 15, T_UUID = 16,
};
enum thrift_message { M_CALL = 1, M_REPLY = 2, M_EXCEPTION = 3, M_ONEWAY = 4 };

/* Message head: false when these bytes are none of this protocol's. */
bool thrift_message_get(struct rd *, enum thrift_protocol, enum thrift_message *, struct slice *name, int32_t *seq);
/* The next field of a struct; T_STOP at its end and when bad.  *id is the last one's number, 0 at the start. */
enum thrift_type thrift_field_get(struct rd *, enum thrift_protocol, int16_t *id);
/* A list's or set's head; a map's.  The count, which is no larger than the bytes left; types are looked at when it is not 0. */
size_t thrift_list_get(struct rd *, enum thrift_protocol, enum thrift_type *item);
size_t thrift_map_get(struct rd *, enum thrift_protocol, enum thrift_type *key, enum thrift_type *value);
struct slice thrift_bytes_get(struct rd *, enum thrift_protocol);
int32_t thrift_i32_get(struct rd *, enum thrift_protocol);
void thrift_skip(struct rd *, enum thrift_protocol, enum thrift_type, int depth);

void thrift_message_put(struct buf *, enum thrift_protocol, enum thrift_message, struct slice name, int32_t seq);
void thrift_bytes_put(struct buf *, enum thrift_protocol, struct slice);

/* Room for a frame's length, and the length put there once the frame is whole. */
size_t thrift_frame_begin(struct buf *);
void thrift_frame_end(struct buf *, size_t start);

#endif
