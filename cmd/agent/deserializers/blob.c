/*
 * blob.c - the deserializer BLOB: a whole file is the body of one event; of a
 * larger one than maxBlobLength, so many bytes are, and what follows is the next.
 */
#include <sys/stat.h>

#include "agent/component.h"
#include "base/io.h"

struct blob_in {
	int64_t longest, at;
	int fd;
};

static void
configure(void *self, struct context *c)
{
	struct blob_in *b = self;

	b->longest = ctx_int(c, "maxBlobLength", 100000000, 1, EVENT_BODY_MAX);
}

static int
open_file(void *self, int fd, int64_t at, struct err *e)
{
	struct blob_in *b = self;

	(void)e;
	b->fd = fd;
	b->at = at;
	return 0;
}

static ssize_t
read_events(void *self, struct batch *b, size_t max, struct err *e)
{
	struct blob_in *in = self;
	struct arena *a;
	struct stat st;
	size_t n, have;
	ssize_t got;
	uint8_t *p;

	if (max == 0)
		return 0;
	if (fstat(in->fd, &st) != 0)
		return err_sys(e, "cannot read a file");
	if (st.st_size <= in->at)
		return 0;
	n = (size_t)(st.st_size - in->at < in->longest ? st.st_size - in->at : in->longest);
	b->hint = n + 256;
	if ((a = batch_arena(b)) == NULL || (p = arena_room(a, n, &have)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a file of %zu bytes", n);
	if ((got = pread_full(in->fd, p, n, (off_t)in->at)) < 0)
		return err_sys(e, "cannot read a file");
	arena_keep(a, (size_t)got);
	if (got == 0)
		return 0;
	if (batch_add_kept(b, p, (size_t)got) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for events");
	in->at += got;
	return 1;
}

static int64_t
tell(void *self)
{
	struct blob_in *b = self;

	return b->at;
}

const struct deserializer_type deserializer_blob = {
	.names = { "BLOB", CLASSES("org.apache.flume.sink.solr.morphline.BlobDeserializer$Builder",
	    "org.apache.flume.sink.solr.morphline.BlobDeserializer", "org.apache.flume.serialization.BlobDeserializer$Builder") },
	.size = sizeof(struct blob_in), .configure = configure, .open = open_file, .read = read_events, .tell = tell,
};
