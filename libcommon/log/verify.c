/*
 * verify.c - one segment, batch by batch.  See verify.h.
 *
 * The bytes pass through a window that is read in pieces and grows only to a
 * batch that is really there.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "log/verify_in.h"

#define PIECE		(256 << 10)	/* stays in the cache between checksum and records */

void
verify_found(struct verify_walk *w, enum finding_kind kind, int64_t position, int64_t from, int64_t next, const char *fmt, ...)
{
	struct spot spot = { .dir = w->part->dir.label, .file = w->file, .broker = w->part->dir.broker,
		.position = position, .from = from, .next = next };
	char what[sizeof(((struct finding *)0)->what)];
	va_list ap;

	w->seen->unread |= kind == FINDING_UNREAD;
	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	findings_add(w->out, kind, &spot, "%s", what);
}

int
verify_window(struct verify_walk *w, int64_t position, size_t want, struct slice *out, struct err *e)
{
	int64_t left = w->size - position;
	size_t n;
	ssize_t r;

	*out = SLICE_OF("", 0);
	if (left <= 0)
		return 0;
	if ((int64_t)want > left)
		want = (size_t)left;
	if (position < w->b_at || position + (int64_t)want > w->b_at + (int64_t)w->b.n) {
		n = want > PIECE ? want : left < PIECE ? (size_t)left : PIECE;
		buf_clear(&w->b);
		if (buf_room(&w->b, n) == NULL)
			return err_set(e, ERR_NOMEM, "cannot verify '%s': no memory for a batch of %zu bytes", w->file, n);
		if ((r = pread_full(w->fd, w->b.p, n, position)) == -1) {
			verify_found(w, FINDING_UNREAD, position, -1, -1, "cannot read: %s", strerror(errno));
			return 1;
		}
		w->b_at = position;
		w->b.n = (size_t)r;
		w->seen->bytes = (uint64_t)w->at;
		if (w->part->passing != NULL)
			w->part->passing(w->part->arg, w->seen);
	}
	*out = SLICE_OF(w->b.p + (position - w->b_at), w->b.n - (size_t)(position - w->b_at));
	return 0;
}

static int
walk(struct verify_walk *w, struct err *e)
{
	enum batch_verdict v;
	struct batch_head h;
	struct slice s;
	int looks = 0, rc = 0;

	while (rc == 0 && w->at < w->size) {
		if ((rc = verify_window(w, w->at, BATCH_HEAD, &s, e)) != 0)
			break;
		v = batch_head_read(s, &h);
		if (v == BATCH_GOOD && h.size > w->size - w->at)
			v = BATCH_SHORT;
		if (v == BATCH_GOOD) {
			if ((rc = verify_window(w, w->at, (size_t)h.size, &s, e)) != 0)
				break;
			v = batch_verify(s, &h);
		}
		rc = v == BATCH_GOOD ? verify_take(w, SLICE_OF(s.p, (size_t)h.size), &h, e) : verify_pass(w, v, &looks, e);
	}
	return rc < 0 ? rc : 0;
}

/* Does the name still lead to what was looked at? */
static bool
still_there(const struct verify_walk *w, bool *gone)
{
	struct stat a, b;

	*gone = fstatat(w->part->dirfd, w->file, &b, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT;
	return !*gone && fstat(w->fd, &a) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* One that is damaged vouches for nothing. */
static int
look_at_digest(struct verify_walk *w, struct err *e)
{
	char name[SEGMENT_NAME_MAX];
	struct spot spot = { .dir = w->part->dir.label, .file = name, SPOT_NOWHERE };
	struct err own = ERR_INIT;
	int rc = digest_read(w->part->dirfd, w->base, &w->digest, &own);

	segment_name(name, w->base, DIGEST_SUFFIX);
	if (rc == -ERR_NOMEM)
		return err_set(e, ERR_NOMEM, "%s", own.text);
	if (rc != 0) {
		findings_add(w->out, rc == -ERR_DAMAGE ? FINDING_STALE : FINDING_UNREAD, &spot, "%.200s", own.text);
		if (rc == -ERR_DAMAGE && w->out->n > 0)
			w->out->v[w->out->n - 1].remedy = "plog-check reindex --digest";
	}
	return 0;
}

/* What the end state says of this very file: of another boot only where the file is as it was left. */
static void
ask_endstate(struct verify_walk *w, const struct stat *st)
{
	const struct endstate *s = &w->part->end;
	bool same = s->sequence != 0 && s->base == w->base && s->dev == st->st_dev && s->ino == st->st_ino;

	w->counted = same && w->part->end_known && s->end <= st->st_size ? s->end : 0;
	w->log_end = same && s->end == st->st_size ? s->next_offset : -1;
}

static int
look(struct verify_walk *w, struct err *e)
{
	struct stat st;
	int rc;

	if ((rc = beside_read(&w->beside, w->part, w->base, w->out, e)) == 0 && (rc = look_at_digest(w, e)) == 0) {
		if (fstat(w->fd, &st) == -1) {
			verify_found(w, FINDING_UNREAD, -1, -1, -1, "%s", strerror(errno));
		} else if (!S_ISREG(st.st_mode)) {
			w->seen->tail_told = true;
			verify_found(w, FINDING_UNREAD, -1, -1, -1, "it is no plain file");
		} else {
			w->size = st.st_size;
			ask_endstate(w, &st);
			w->seen->digest_wrong = w->digest.there && w->digest.log_size != w->size && w->next_base != -1;
			if (w->seen->digest_wrong)
				verify_found(w, FINDING_DAMAGE, -1, -1, -1, "it is %" PRId64 " bytes long, its digest says %" PRId64,
				    w->size, w->digest.log_size);
			if (w->size > SEGMENT_BYTES_MAX)
				verify_found(w, FINDING_DAMAGE, SEGMENT_BYTES_MAX, -1, -1, "longer than a segment can be");
			if ((rc = walk(w, e)) == 0)
				beside_end(&w->beside, w->at, w->next_base != -1);
		}
	}
	beside_release(&w->beside);
	digest_release(&w->digest);
	w->seen->next_offset = w->expect;
	w->seen->bytes = (uint64_t)w->at;
	return rc;
}

int
verify_segment(const struct verify_part *p, size_t i, struct batch_iter *it, struct findings *out,
    struct verify_seen *seen, struct err *e)
{
	struct verify_walk w = { .part = p, .out = out, .seen = seen, .it = it, .base = p->segments.base[i] };
	size_t before = out->n;
	bool same = false;
	int tries, rc = 0;

	segment_name(w.file, w.base, ".log");
	w.next_base = i + 1 == p->segments.n ? -1 : p->segments.base[i + 1];
	for (tries = 0; rc == 0 && !same && tries < 3; tries++) {
		*seen = (struct verify_seen){ .next_offset = w.base, .ranges = seen->ranges };
		if (seen->ranges != NULL)
			seen->ranges->n = 0;
		out->n = before;
		w.at = 0;
		w.expect = w.base;
		w.epoch = -1;
		buf_clear(&w.b);
		if ((w.fd = open_at(p->dirfd, w.file, O_RDONLY, 0)) == -1) {
			if (errno == ENOENT)
				break;
			seen->tail_told = true;
			verify_found(&w, FINDING_UNREAD, -1, -1, -1, "%s", strerror(errno));
			break;
		}
		rc = look(&w, e);
		same = still_there(&w, &seen->gone);
		close(w.fd);
		if (seen->gone)
			break;
	}
	if (w.fd == -1 && !seen->tail_told)
		seen->gone = true;
	if (seen->gone)
		out->n = before;
	buf_release(&w.b);
	return rc;
}
