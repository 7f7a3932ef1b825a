/*
 * batches.c - see batches.h.
 */
#include "check/batches.h"

#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/io.h"
#include "log/scan.h"

#define PIECE	(256 << 10)

int
batches_open(struct batches *b, int dirfd, const char *label, int64_t base, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct stat st;

	*b = (struct batches){ .fd = -1, .b = BUF_INIT };
	segment_name(name, base, ".log");
	(void)snprintf(b->path, sizeof(b->path), "%s/%s", label, name);
	if ((b->fd = open_at(dirfd, name, O_RDONLY, 0)) == -1 || fstat(b->fd, &st) == -1) {
		if (errno == ENOENT)
			return err_set(e, ERR_NOENT, "'%s' is not there", b->path);
		return err_sys(e, "cannot open '%s'", b->path);
	}
	if (!S_ISREG(st.st_mode)) {
		close(b->fd);
		b->fd = -1;
		return err_set(e, ERR_FORMAT, "'%s' is no plain file", b->path);
	}
	b->size = st.st_size;
	return 0;
}

static int
window(struct batches *b, size_t want, struct slice *out, struct err *e)
{
	int64_t left = b->size - b->at;
	size_t n;
	ssize_t r;

	if ((int64_t)want > left)
		want = (size_t)left;
	if (b->at < b->b_at || b->at + (int64_t)want > b->b_at + (int64_t)b->b.n) {
		n = want > PIECE ? want : left < PIECE ? (size_t)left : PIECE;
		buf_clear(&b->b);
		if (buf_room(&b->b, n) == NULL)
			return err_set(e, ERR_NOMEM, "cannot read '%s': no memory for a batch of %zu bytes", b->path, n);
		if ((r = pread_full(b->fd, b->b.p, n, b->at)) == -1)
			return err_sys(e, "cannot read '%s'", b->path);
		b->b_at = b->at;
		b->b.n = (size_t)r;
	}
	*out = SLICE_OF(b->b.p + (b->at - b->b_at), b->b.n - (size_t)(b->at - b->b_at));
	return 0;
}

/* Nothing at b->at is a batch: the next valid one, or the end. */
static int
pass(struct batches *b, struct err *e)
{
	struct scan s;
	int64_t at;
	int rc;

	if ((rc = scan_open(&s, b->fd, b->size, e)) != 0)
		return rc;
	at = scan_search(&s, b->at + 1, 0, 0, &b->head);
	if ((errno = s.error) != 0)
		rc = err_sys(e, "cannot read '%s'", b->path);
	scan_close(&s);
	b->passed = (at == -1 ? b->size : at) - b->at;
	b->at = at == -1 ? b->size : at;
	return rc;
}

int
batches_next(struct batches *b, struct err *e)
{
	enum batch_verdict v;
	struct slice s;
	int rc;

	b->at = b->next;
	for (b->passed = 0;;) {
		if (b->at >= b->size)
			return 0;
		if ((rc = window(b, BATCH_HEAD, &s, e)) != 0)
			return rc;
		v = batch_head_read(s, &b->head);
		if (v == BATCH_GOOD && b->head.size <= b->size - b->at)
			break;
		if (b->passed > 0)	/* what the search found went meanwhile */
			return 0;
		if ((rc = pass(b, e)) != 0)
			return rc;
	}
	if ((rc = window(b, (size_t)b->head.size, &s, e)) != 0)
		return rc;
	b->bytes = SLICE_OF(s.p, s.n < (size_t)b->head.size ? s.n : (size_t)b->head.size);
	b->valid = batch_verify(b->bytes, &b->head) == BATCH_GOOD;
	b->next = b->at + b->head.size;
	return 1;
}

void
batches_close(struct batches *b)
{
	if (b->fd != -1)
		close(b->fd);
	buf_release(&b->b);
	b->fd = -1;
}
