/*
 * avro_blocks.c - see avro_blocks.h.
 */
#include "agent/wire/avro_blocks.h"

#include <sys/random.h>

static int
no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "no memory for an Avro file");
}

int
avro_blocks_open(struct avro_blocks *b, const char *codec, size_t interval, struct err *e)
{
	b->codec_name = codec;
	b->interval = interval;
	return avro_codec_new(&b->codec, slice_str(codec), -1, e);
}

int
avro_blocks_begin(struct avro_blocks *b, const char *schema, struct buf *out, struct err *e)
{
	buf_clear(&b->plain);
	b->count = 0;
	if (getrandom(b->sync, sizeof(b->sync), 0) != (ssize_t)sizeof(b->sync))
		return err_sys(e, "no random bytes for an Avro file");
	avro_file_header_put(out, schema, b->codec_name, NULL, b->sync);
	return out->failed ? no_memory(e) : 0;
}

int
avro_blocks_added(struct avro_blocks *b, struct buf *out, struct err *e)
{
	b->count++;
	if (b->plain.failed)
		return no_memory(e);
	return b->plain.n >= b->interval ? avro_blocks_end(b, out, e) : 0;
}

int
avro_blocks_end(struct avro_blocks *b, struct buf *out, struct err *e)
{
	int rc;

	if (b->count == 0)
		return 0;
	buf_clear(&b->packed);
	if ((rc = avro_codec_pack(b->codec, buf_slice(&b->plain), &b->packed, e)) != 0)
		return rc;
	avro_file_block_put(out, b->count, buf_slice(&b->packed), b->sync);
	buf_clear(&b->plain);
	b->count = 0;
	return out->failed ? no_memory(e) : 0;
}

void
avro_blocks_close(struct avro_blocks *b)
{
	avro_codec_free(b->codec);
	buf_release(&b->plain);
	buf_release(&b->packed);
}
