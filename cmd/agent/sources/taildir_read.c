/*
 * taildir_read.c - lines of one file (taildir.h).
 *
 * Bytes are read straight into the batch's arena; the bytes in front of the
 * position are read with them, and compared.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/sources/taildir.h"
#include "base/io.h"

#define LEAST		4096
#define MOST		((size_t)1 << 20)
#define BATCH_BYTES	((size_t)16 << 20)	/* a batch of long lines ends there */

struct reading {
	struct taildir *t;
	struct tail_file *f;
	struct batch *b;
	struct header *common;		/* of every line of the file */
	uint16_t ncommon;
	int64_t at;			/* of the next line */
};

static void
restart(struct taildir *t, struct tail_file *f)
{
	f->pos = 0;
	f->nbefore = f->nbehind = 0;
	f->partial_said = false;
	t->dirty = true;
}

void
tail_verify(struct taildir *t, struct tail_file *f, const struct stat *st)
{
	if (st->st_size >= f->pos)
		return;
	say(source_self(t->src), LOG_INFO, "Pos %lld is larger than file size! Restarting from pos 0, file: %s, inode: %llu", (long long)f->pos,
	    f->path, (unsigned long long)f->ino);
	restart(t, f);
}

static int
add_header(struct reading *r, struct arena *a, struct slice name, struct slice value)
{
	uint8_t *n = arena_copy(a, name.p, name.n), *v = arena_copy(a, value.p, value.n);

	if (n == NULL || v == NULL)
		return -1;
	r->common[r->ncommon++] = (struct header){ .name = SLICE_OF(n, name.n), .value = SLICE_OF(v, value.n) };
	return 0;
}

/* The headers that all lines of the file share, once a batch; room for the offset in front. */
static int
common_headers(struct reading *r)
{
	const struct tail_group *g = r->f->group;
	struct arena *a = batch_arena(r->b);
	size_t i;

	if (a == NULL || (r->common = arena_alloc(a, (g->nheaders + 2) * sizeof(*r->common))) == NULL)
		return -1;
	for (i = 0; i < g->nheaders; i++)
		if (add_header(r, a, slice_str(g->headers[i].name), slice_str(g->headers[i].value)) != 0)
			return -1;
	return r->t->file_key == NULL ? 0 : add_header(r, a, slice_str(r->t->file_key), slice_str(r->f->path));
}

static int
add_line(struct reading *r, const uint8_t *p, size_t n)
{
	struct event *ev = batch_add_kept(r->b, p, n);
	struct header *h;
	char *text;
	int len;

	if (ev == NULL)
		return -1;
	ev->headers = r->common;
	ev->nheaders = r->ncommon;
	if (!r->t->offset_header)
		return 0;
	if ((h = arena_alloc(r->b->arena, (r->ncommon + 1u) * sizeof(*h))) == NULL || (text = (char *)arena_alloc(r->b->arena, 24)) == NULL)
		return -1;
	len = snprintf(text, 24, "%lld", (long long)r->at);
	h[0] = (struct header){ .name = slice_str("byteoffset"), .value = SLICE_OF(text, (size_t)len) };
	if (r->ncommon > 0)
		memcpy(h + 1, r->common, r->ncommon * sizeof(*h));
	ev->headers = h;
	ev->nheaders = (uint16_t)(r->ncommon + 1);
	return 0;
}

/*
 * The lines of n bytes, as long as the batch has room.  Bytes used, or -1.  A
 * line beyond the longest comes in pieces; all: what has no newline is one too.
 */
static ssize_t
add_lines(struct reading *r, const uint8_t *p, size_t n, bool all)
{
	size_t used = 0, len, whole, longest = (size_t)r->t->longest;
	const uint8_t *nl;

	while (used < n && (int64_t)r->b->n < r->t->batch) {
		whole = n - used < longest + 1 ? n - used : longest + 1;
		nl = memchr(p + used, '\n', whole);
		len = nl != NULL ? (size_t)(nl - p) - used : whole > longest ? longest : whole;
		if (nl == NULL && len < longest && !all)
			break;
		whole = len + (nl != NULL);
		if (nl != NULL && len > 0 && p[used + len - 1] == '\r')
			len--;
		if (add_line(r, p + used, len) != 0)
			return -1;
		used += whole;
		r->at += (int64_t)whole;
	}
	return (ssize_t)used;
}

/* The bytes in front of the place behind p[used], for later. */
static void
remember(struct tail_file *f, const uint8_t *before, uint32_t nbefore, const uint8_t *p, size_t used)
{
	uint8_t all[2 * PRINT_BYTES];
	size_t n = 0;

	if (used < PRINT_BYTES && nbefore > 0) {
		memcpy(all, before, nbefore);
		n = nbefore;
	}
	if (used >= PRINT_BYTES) {
		p += used - PRINT_BYTES;
		used = PRINT_BYTES;
	}
	memcpy(all + n, p, used);
	n += used;
	f->nbehind = (uint32_t)(n < PRINT_BYTES ? n : PRINT_BYTES);
	memcpy(f->behind, all + n - f->nbehind, f->nbehind);
}

/* One read and its lines.  1: there may be more; 0: no more now; -code. */
static int
step(struct reading *r, size_t *chunk, bool last, struct err *e)
{
	struct tail_file *f = r->f;
	struct arena *a = batch_arena(r->b);
	uint32_t over = f->nbehind;
	size_t have, n;
	ssize_t got, used;
	uint8_t *p = a == NULL ? NULL : arena_room(a, over + *chunk, &have);

	if (p == NULL)
		return err_set(e, ERR_NOMEM, "no memory for lines of %s", f->path);
	if ((got = pread_full(f->fd, p, over + *chunk, (off_t)(r->at - over))) < 0)
		return err_sys(e, "cannot read %s", f->path);
	if ((size_t)got < over || memcmp(p, f->behind, over) != 0) {
		if (r->b->n > 0)
			return 0;		/* what was read of the file that it was is good */
		say(source_self(r->t->src), LOG_WARN, "%s was written anew: what stands in front of pos %lld is not what was read there. Restarting from pos 0, inode: %llu",
		    f->path, (long long)f->pos, (unsigned long long)f->ino);
		restart(r->t, f);
		r->at = 0;
		return 1;
	}
	n = (size_t)got - over;
	arena_keep(a, (size_t)got);
	if ((used = add_lines(r, p + over, n, last && n < *chunk)) < 0)
		return err_set(e, ERR_NOMEM, "no memory for lines of %s", f->path);
	if (used > 0)
		remember(f, p, over, p + over, (size_t)used);
	if (used == 0 && n == *chunk) {		/* a line is longer than that */
		*chunk = *chunk * 4 < (size_t)r->t->longest + 1 ? *chunk * 4 : (size_t)r->t->longest + 1;
		return 1;
	}
	return n == *chunk && (int64_t)r->b->n < r->t->batch && arena_bytes(a) < BATCH_BYTES;
}

int
tail_read(struct taildir *t, struct tail_file *f, bool last, struct batch *b, int64_t *next, struct err *e)
{
	struct reading r = { .t = t, .f = f, .b = b, .at = f->pos };
	size_t chunk = f->chunk;
	int rc;

	b->hint = chunk + chunk / 4;
	if (common_headers(&r) != 0)
		return err_set(e, ERR_NOMEM, "no memory for lines of %s", f->path);
	memcpy(f->behind, f->before, f->nbefore);
	f->nbehind = f->nbefore;
	while ((rc = step(&r, &chunk, last, e)) > 0)
		;
	if (rc < 0)
		return rc;
	chunk = (size_t)(r.at - f->pos);
	chunk += chunk / 4 + 512;
	f->chunk = chunk < LEAST ? LEAST : chunk > MOST ? MOST : chunk;
	*next = r.at;
	return (int64_t)b->n >= t->batch || (b->arena != NULL && arena_bytes(b->arena) >= BATCH_BYTES);
}

void
tail_advance(struct taildir *t, struct tail_file *f, int64_t next)
{
	f->pos = next;
	memcpy(f->before, f->behind, f->nbehind);
	f->nbefore = f->nbehind;
	f->partial_said = false;
	t->dirty = true;
}
