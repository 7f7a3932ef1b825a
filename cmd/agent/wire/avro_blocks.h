/*
 * avro_blocks.h - an Avro container file that is being written: data gather in
 * a block, which goes out when it is full, and when asked for.
 *
 *	rc = avro_blocks_open(&b, "deflate", 2048000, &e);
 *	rc = avro_blocks_begin(&b, schema, &out, &e);			// once a file
 *	avro_put_...(&b.plain, ...);					// a datum
 *	rc = avro_blocks_added(&b, &out, &e);
 *	rc = avro_blocks_end(&b, &out, &e);				// what is there so far is a whole block
 *	avro_blocks_close(&b);
 *
 * Everything goes behind out.  0, or -ERR_NOMEM, -ERR_INVALID (no such codec), -ERR_SYS, -ERR_ABSENT.
 */
#ifndef AGENT_WIRE_AVRO_BLOCKS_H
#define AGENT_WIRE_AVRO_BLOCKS_H

#include "agent/wire/avro_file.h"

struct avro_blocks {
	const char *codec_name;		/* borrowed */
	size_t interval;		/* bytes of a block */
	struct avro_codec *codec;
	uint8_t sync[AVRO_SYNC];
	struct buf plain, packed;
	int64_t count;			/* data in plain */
};

int avro_blocks_open(struct avro_blocks *, const char *codec, size_t interval, struct err *);
int avro_blocks_begin(struct avro_blocks *, const char *schema, struct buf *out, struct err *);
int avro_blocks_added(struct avro_blocks *, struct buf *out, struct err *);
int avro_blocks_end(struct avro_blocks *, struct buf *out, struct err *);
void avro_blocks_close(struct avro_blocks *);

#endif
