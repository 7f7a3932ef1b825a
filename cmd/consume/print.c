/*
 * Records on standard output.
 */
#include <unistd.h>

#include "consume/print.h"
#include "text/json.h"
#include "text/terminal.h"
#include "tool/msg.h"

#define GATHER		(128 << 10)	/* bytes to a write(2): they are still in the cache then */
#define PIPE_BYTES	(1 << 20)

void
printer_open(struct printer *p, const struct options *o)
{
	struct err e = ERR_INIT;

	*p = (struct printer){ .o = o, .out = BUF_INIT, .raw = BUF_INIT };
	if (o->form == OUT_FORMAT && fmt_compile(&p->fmt, o->format, FMT_WRITE, &e) != 0)
		die_usage("-F: %s", e.text);
	p->escape = !o->no_escape && o->form != OUT_JSON && isatty(STDOUT_FILENO);
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

/* Values and one byte behind each: one reservation for all of them. */
static void
put_values(struct buf *b, uint8_t delim, const struct record *recs, int n)
{
	size_t total = (size_t)n;
	uint8_t *p;

	for (int i = 0; i < n; i++)
		total += recs[i].value.n;
	if ((p = buf_room(b, total)) == NULL)
		return;
	for (int i = 0; i < n; i++) {
		if (recs[i].value.n > 0)
			memcpy(p, recs[i].value.p, recs[i].value.n);
		p += recs[i].value.n;
		*p++ = delim;
	}
	b->n += total;
}

bool
print_values(struct printer *p, const struct record *recs, int n)
{
	const struct options *o = p->o;

	if (p->escape || o->form != OUT_VALUE || o->has_key_delim || o->delim.n != 1 || o->null_literal != NULL)
		return false;
	put_values(&p->out, o->delim.p[0], recs, n);
	return true;
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

void
print_bytes(struct printer *p, struct slice s)
{
	buf_put(&p->out, s.p, s.n);
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
	if (p->out.n == 0 || (!all && p->out.n < GATHER))
		return 0;
	if (out_flush(&p->out, &p->gone) == 0)
		return 0;
	p->failed = !p->gone;
	return -1;
}

void
printer_close(struct printer *p)
{
	fmt_free(p->fmt);
	buf_release(&p->out);
	buf_release(&p->raw);
}
