/*
 * bzip2.c - the module of bzip2: one stream of what it is given, for Hadoop's
 * BZip2Codec (packing.h).  It only packs.
 */
#include <bzlib.h>
#include <limits.h>
#include <stdlib.h>

#include "base/module.h"
#include "codec/compress.h"

extern const struct codec_ops plog_module_bzip2;

struct packer {
	int level;
};

static void *
bzip2_new_comp(int level)
{
	struct packer *p = malloc(sizeof(*p));

	if (p != NULL)
		p->level = level;
	return p;
}

static int
bzip2_compress(void *state, struct slice in, struct buf *out, struct err *e)
{
	const struct packer *p = state;
	/* the library's own bound: a hundredth more, and 600 bytes */
	size_t bound = in.n + in.n / 100 + 600;
	unsigned n = (unsigned)bound;
	uint8_t *to;
	int rc;

	if (bound > UINT_MAX)
		return err_set(e, ERR_TOOBIG, "bzip2: %zu bytes are too many", in.n);
	if ((to = buf_room(out, bound)) == NULL)
		return err_set(e, ERR_NOMEM, "bzip2: no memory");
	rc = BZ2_bzBuffToBuffCompress((char *)to, &n, (char *)(uintptr_t)in.p, (unsigned)in.n, p->level, 0, 0);
	if (rc != BZ_OK)
		return err_set(e, ERR_NOMEM, "bzip2: cannot compress (%d)", rc);
	out->n += n;
	return 0;
}

__attribute__((visibility("default"))) const struct codec_ops plog_module_bzip2 = {
	.version = MODULE_VERSION, .name = "bzip2", .new_comp = bzip2_new_comp, .free_comp = free, .compress = bzip2_compress,
};
