/*
 * spool_meta.c - the place in a spooled file (spool_meta.h).
 */
#include "agent/sources/spool_meta.h"

#include <stdlib.h>
#include <string.h>

#include "agent/wire/avro_file.h"

static const char schema[] = "{\"type\":\"record\",\"name\":\"TransferStateFileMeta\",\"namespace\":\"org.apache.flume.serialization\","
    "\"fields\":[{\"name\":\"offset\",\"type\":\"long\"}]}";

int
spool_meta_parse(struct spool_meta *m, struct slice s, struct err *e)
{
	struct avro_file_header h;
	struct avro_file_block b;
	struct slice path;
	struct rd r;
	size_t at;
	int rc = avro_file_header_get(&h, s.p, s.n, e);

	m->offset = 0;
	m->path = NULL;
	if (rc == 0)
		return err_set(e, ERR_DAMAGE, "it ends in its header");
	if (rc < 0)
		return rc;
	path = avro_file_meta(&h, "file");
	if (path.p == NULL || memchr(path.p, '\0', path.n) != NULL || h.schema.p == NULL ||
	    memmem(h.schema.p, h.schema.n, "TransferStateFileMeta", 21) == NULL || (h.codec.p != NULL && !slice_eq(h.codec, slice_str("null"))))
		return err_set(e, ERR_FORMAT, "it is not of a spooling directory");
	for (at = h.size; avro_file_block_get(&b, h.sync, s.p + at, s.n - at, NULL) == 1; at += b.size) {
		r = RD_OF(b.packed.p, b.packed.n);
		while (b.count-- > 0 && !r.bad) {
			int64_t offset = rd_varlong(&r);

			if (!r.bad && offset >= 0)
				m->offset = offset;
		}
		if (r.bad)
			break;
	}
	if ((m->path = strndup((const char *)path.p, path.n)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a path");
	return 0;
}

void
spool_meta_begin(struct buf *out, const char *path, const uint8_t sync[SPOOL_SYNC])
{
	const char *pairs[] = { "file", path, NULL };

	avro_file_header_put(out, schema, "null", pairs, sync);
}

void
spool_meta_put(struct buf *out, int64_t offset, const uint8_t sync[SPOOL_SYNC])
{
	uint8_t bytes[VARLONG_MAX];
	size_t n = (size_t)(varlong_put(bytes, offset) - bytes);

	avro_file_block_put(out, 1, SLICE_OF(bytes, n), sync);
}
