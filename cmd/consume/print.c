/*
 * Records on standard output.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "consume/print.h"
#include "text/json.h"
#include "text/terminal.h"
#include "tool/msg.h"

#define PIPE_BYTES	(1 << 20)
#define LAST_MS		500		/* for what was begun, once a signal came */

void
printer_open(struct printer *p, const struct options *o, const volatile sig_atomic_t *stop)
{
	struct err e = ERR_INIT;

	*p = (struct printer){ .o = o, .stop = stop, .out = BUF_INIT, .raw = BUF_INIT };
	if (o->form == OUT_FORMAT && fmt_compile(&p->fmt, o->format, FMT_WRITE, &e) != 0)
		die_usage("-F: %s", e.text);
	p->escape = !o->no_escape && o->form != OUT_JSON && isatty(STDOUT_FILENO);
	/* With a group what the pipe holds is what is not delivered yet. */
	if (o->group == NULL && o->command == NULL)
		pipe_enlarge(STDOUT_FILENO, PIPE_BYTES);
}

static void
put_slice(struct buf *b, struct slice s, const char *null_literal)
{
	if (s.p != NULL)
		buf_put(b, s.p, s.n);
	else if (null_literal != NULL)
		buf_puts(b, null_literal);
}

static void
put_plain(struct buf *b, const struct options *o, const struct record *rec)
{
	if (o->has_key_delim) {
		put_slice(b, rec->key, o->null_literal);
		buf_put(b, o->key_delim.p, o->key_delim.n);
	}
	put_slice(b, rec->value, o->null_literal);
	buf_put(b, o->delim.p, o->delim.n);
}

static int
put(struct printer *p, struct buf *b, const struct where *w, const struct record *rec, struct err *e)
{
	switch (p->o->form) {
	case OUT_VALUE:
		put_plain(b, p->o, rec);
		break;
	case OUT_FORMAT:
		return fmt_write(p->fmt, w, rec, b, e);
	case OUT_JSON:
		json_write(w, rec, b);
		break;
	case OUT_RAW:
		break;			/* whole batches go by print_bytes */
	}
	return 0;
}

bool
print_is_plain(const struct printer *p, uint8_t *delim)
{
	const struct options *o = p->o;

	*delim = o->delim.p[0];
	return !p->escape && o->form == OUT_VALUE && !o->has_key_delim && o->delim.n == 1;
}

int
print_record(struct printer *p, const struct where *w, const struct record *rec, struct err *e)
{
	int rc;

	if (!p->escape)
		return put(p, &p->out, w, rec, e);
	buf_clear(&p->raw);
	if ((rc = put(p, &p->raw, w, rec, e)) == 0)
		terminal_escape(buf_slice(&p->raw), &p->out);
	return rc;
}

int
print_into(struct printer *p, struct buf *b, const struct where *w, const struct record *rec, struct err *e)
{
	if (p->o->form == OUT_RAW) {
		buf_put(b, rec->value.p, rec->value.n);
		return 0;
	}
	return put(p, b, w, rec, e);
}

void
print_bytes(struct printer *p, struct slice s)
{
	buf_put(&p->out, s.p, s.n);
}

/* Room for PIPE_BUF bytes, while there is time. */
static bool
has_room(int64_t by_ns)
{
	struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT };
	int64_t left;

	while ((left = (by_ns - clock_steady_ns()) / 1000000) > 0)
		if (poll(&out, 1, (int)left) > 0)
			return true;
	return false;
}

/* As write_full, but a signal that came gives the reader only so long.  0, or -1 with errno (EINTR: it was too long). */
static int
write_all(const struct printer *p)
{
	int64_t by_ns = 0;
	size_t at = 0, left;
	ssize_t n;

	while ((left = p->out.n - at) > 0) {
		if (*p->stop) {
			if (by_ns == 0)
				by_ns = clock_steady_ns() + LAST_MS * 1000000LL;
			if (!has_room(by_ns)) {
				errno = EINTR;
				return -1;
			}
			left = left < PIPE_BUF ? left : PIPE_BUF;
		}
		if ((n = write(STDOUT_FILENO, p->out.p + at, left)) > 0)
			at += (size_t)n;
		else if (n == 0 || (errno != EINTR && errno != EAGAIN))
			return -1;
		else if (errno == EAGAIN)
			(void)poll(&(struct pollfd){ .fd = STDOUT_FILENO, .events = POLLOUT }, 1, LAST_MS);
	}
	return 0;
}

int
printer_flush(struct printer *p, bool all)
{
	if (p->gone || p->failed)
		return -1;
	if (p->out.failed) {
		msg("cannot write: out of memory");
		p->failed = true;
		return -1;
	}
	if (p->out.n == 0 || (!all && p->out.n < PRINT_GATHER))
		return 0;
	if (write_all(p) == 0) {
		buf_clear(&p->out);
		return 0;
	}
	buf_clear(&p->out);
	/* To end by a signal is to have no reader any more, as far as records go. */
	p->gone = errno == EPIPE || errno == EINTR;
	p->failed = !p->gone;
	if (p->failed)
		msg("cannot write to standard output: %s", strerror(errno));
	return -1;
}

void
printer_close(struct printer *p)
{
	fmt_free(p->fmt);
	buf_release(&p->out);
	buf_release(&p->raw);
}
