/*
 * copy.c - batches from one partition into the segments of another (copy.h).
 */
#include "log/copy.h"

#include <sys/stat.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "codec/batch.h"
#include "log/reader.h"

#define PIECE	(1 << 20)	/* is written at once */

struct copy {
	const char *label;		/* of the source, for messages */
	int to;
	enum copy_epochs epochs;
	struct copied *c;
	struct buf out;			/* of the segment in hand, not yet written */
	int fd;				/* of it; -1: none */
	int64_t segment, position;	/* the source's, in hand; where its last batch ends */
	int64_t next;			/* offset behind the last batch; -1: none yet */
};

static int
drain(struct copy *cp, struct err *e)
{
	if (write_full(cp->fd, cp->out.p, cp->out.n, NULL) == -1)
		return err_sys(e, "cannot write the copy of '%s'", cp->label);
	buf_clear(&cp->out);
	return 0;
}

static int
segment_end(struct copy *cp, struct err *e)
{
	int rc;

	if (cp->fd == -1)
		return 0;
	rc = drain(cp, e);
	if (rc == 0 && fsync(cp->fd) == -1)
		rc = err_sys(e, "cannot sync the copy of '%s'", cp->label);
	close(cp->fd);
	cp->fd = -1;
	return rc;
}

static int
segment_begin(struct copy *cp, int64_t base, struct err *e)
{
	struct segment_list *l = &cp->c->segments;
	char name[SEGMENT_NAME_MAX];
	struct stat dir;
	int64_t *grown;
	int rc;

	if ((rc = segment_end(cp, e)) != 0)
		return rc;
	if ((grown = reallocarray(l->base, l->n + 1, sizeof(*grown))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the segments of '%s'", cp->label);
	l->base = grown;
	l->cap = l->n + 1;
	segment_name(name, base, ".log");
	cp->fd = open_at(cp->to, name, O_WRONLY | O_CREAT | O_EXCL, 0600);
	if (cp->fd == -1 || fstat(cp->to, &dir) == -1 || own_as_dir(cp->fd, &dir, false) == -1)
		return err_sys(e, "cannot make '%s' of the copy of '%s'", name, cp->label);
	l->base[l->n++] = base;
	cp->c->first_timestamp = -1;
	return 0;
}

/*
 * Where the segment that begins with this batch says it begins.  The first one
 * says the log start, if nothing lies between; of the others one that a
 * compaction has grown meanwhile begins below what is already copied.
 */
static int64_t
base_of(const struct copy *cp, int64_t base, const struct batch_head *h)
{
	int64_t least = cp->next;

	if (least == -1)
		least = cp->c->start < h->base_offset ? cp->c->start : h->base_offset;
	return base > least ? base : least;
}

static int
take(struct copy *cp, const struct log_batch *b, struct err *e)
{
	const struct batch_head *h = &b->head;
	struct copied *c = cp->c;
	int32_t epoch = cp->epochs == COPY_AS_NEW ? 0 : h->leader_epoch;
	int64_t base, last = batch_last_offset(h);
	int rc = 0;

	if (cp->next == -1 || b->segment != cp->segment) {
		base = base_of(cp, b->segment, h);
		if (h->base_offset > base)
			c->missing = h->base_offset;
		rc = segment_begin(cp, base, e);
		cp->segment = b->segment;
		c->first_timestamp = h->max_timestamp;
	}
	if (rc != 0)
		return rc;
	if ((h->attributes & BATCH_LOG_APPEND_TIME) != 0 && h->max_timestamp > c->append_time)
		c->append_time = h->max_timestamp;
	if (cp->next != -1 && h->base_offset > cp->next)
		c->missing = h->base_offset;
	if (h->count != (int64_t)h->last_offset_delta + 1)
		c->missing = last + 1;
	if ((c->epochs.n == 0 || epoch > c->epochs.v[c->epochs.n - 1].epoch) &&
	    epochs_add(&c->epochs, epoch, c->epochs.n == 0 ? c->segments.base[0] : h->base_offset) == -1)
		return err_set(e, ERR_NOMEM, "no memory for the epochs of '%s'", cp->label);
	buf_put(&cp->out, b->bytes.p, b->bytes.n);
	if (cp->out.failed)
		return err_set(e, ERR_NOMEM, "no memory for a batch of '%s'", cp->label);
	batch_patch_offset(cp->out.p + cp->out.n - b->bytes.n, h->base_offset, epoch);
	cp->next = last + 1;
	cp->position = b->position + h->size;
	return cp->out.n >= PIECE ? drain(cp, e) : 0;
}

/* How many bytes of the source's last segment are no whole batch. */
static int
look_behind(const struct copy *cp, const struct partdir *from, struct err *e)
{
	struct segment_list l = SEGMENT_LIST_INIT;
	char name[SEGMENT_NAME_MAX];
	struct stat st;
	int dirfd, rc;

	if ((dirfd = partdir_open(from)) == -1)
		return err_sys(e, "cannot open '%s'", cp->label);
	if ((rc = segment_list_read(dirfd, &l, e)) == 0 && l.n > 0) {
		segment_name(name, l.base[l.n - 1], ".log");
		if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
			st.st_size = 0;
		if (cp->next != -1 && l.base[l.n - 1] == cp->segment)
			cp->c->left = st.st_size - cp->position;
		else if (l.base[l.n - 1] == cp->c->end)
			cp->c->left = st.st_size;
	}
	segment_list_release(&l);
	close(dirfd);
	return rc;
}

static int
run(struct copy *cp, struct reader *rd, struct err *e)
{
	struct copied *c = cp->c;
	struct log_bounds bounds;
	struct log_batch b;
	int rc;

	if ((rc = reader_bounds(rd, &bounds, e)) != 0)
		return rc;
	c->start = bounds.start;
	rc = reader_seek(rd, bounds.start, e);
	while (rc == 0 && (cp->next == -1 ? bounds.start : cp->next) < bounds.end) {
		if ((rc = reader_next(rd, &b, e)) <= 0)
			break;
		rc = take(cp, &b, e);
	}
	if (rc != 0)
		return rc;
	c->end = cp->next > bounds.end ? cp->next : bounds.end;
	/* The last offsets are of records that are no more, or there are none at all. */
	if (cp->next != c->end) {
		if (cp->next != -1)
			c->missing = c->end;
		rc = segment_begin(cp, c->end, e);
	}
	return rc != 0 ? rc : segment_end(cp, e);
}

int
log_copy(const struct partdir *from, int64_t log_start, int to, enum copy_epochs epochs, struct copied *c, struct err *e)
{
	const struct reader_opts opts = { .log_start = log_start };
	struct copy cp = { .label = from->label, .to = to, .epochs = epochs, .c = c, .out = BUF_INIT, .fd = -1, .next = -1 };
	struct reader *rd;
	int rc;

	if ((rc = reader_open(&rd, from, &opts, e)) != 0)
		return rc;
	if ((rc = run(&cp, rd, e)) == 0)
		rc = look_behind(&cp, from, e);
	reader_close(rd);
	if (cp.fd != -1)
		close(cp.fd);
	buf_release(&cp.out);
	return rc;
}

void
copied_release(struct copied *c)
{
	segment_list_release(&c->segments);
	epochs_release(&c->epochs);
}
