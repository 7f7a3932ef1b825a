/*
 * table.c - rows in three forms (table.h).
 *
 * For programs a row is put into its form as its cells come; for people the
 * cells are kept, NUL-terminated, until the widths are known.
 */
#include "text/table.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "text/decimal.h"
#include "text/json.h"
#include "text/terminal.h"

#define GAP		2		/* blanks between columns */

void
table_init(struct table *t, const struct column *cols, enum table_form form)
{
	*t = (struct table){ .cols = cols, .form = form, .cells = BUF_INIT };
	while (cols[t->ncols].title != NULL)
		t->ncols++;
}

/* What stands before a cell in the forms for programs. */
static void
before(struct table *t)
{
	if (t->form == TABLE_TSV && t->at > 0)
		buf_putc(&t->cells, '\t');
	if (t->form == TABLE_JSON) {
		buf_putc(&t->cells, t->at == 0 ? '{' : ',');
		json_str(t->cols[t->at].name, &t->cells);
		buf_putc(&t->cells, ':');
	}
}

static void
after(struct table *t)
{
	if (t->form == TABLE_PEOPLE)
		buf_putc(&t->cells, '\0');
	t->at++;
}

/* A backslash, tab, newline, carriage return as two characters: a cell stays a cell. */
static void
put_tsv(const char *s, struct buf *out)
{
	static const char from[] = "\\\t\n\r", to[] = "\\tnr";
	size_t n;

	for (; s[n = strcspn(s, from)] != '\0'; s += n + 1) {
		buf_put(out, s, n);
		buf_putc(out, '\\');
		buf_putc(out, to[strchr(from, s[n]) - from]);
	}
	buf_put(out, s, n);
}

void
table_text(struct table *t, const char *s)
{
	if (s == NULL) {
		table_none(t);
		return;
	}
	before(t);
	if (t->cols[t->at].kind == COL_JSON && t->form == TABLE_JSON)
		buf_puts(&t->cells, s);
	else if (t->form == TABLE_JSON)
		json_str(s, &t->cells);
	else if (t->form == TABLE_TSV)
		put_tsv(s, &t->cells);
	else
		terminal_line(slice_str(s), &t->cells);
	after(t);
}

/* 2024-01-31T12:30:05+01:00, local: it can be given back to an option that takes a time. */
static void
put_time(int64_t ms, struct buf *out)
{
	time_t seconds = ms / 1000 - (ms % 1000 < 0);
	struct tm tm;
	char s[64], zone[8];

	if (localtime_r(&seconds, &tm) == NULL || strftime(s, sizeof(s), "%Y-%m-%dT%H:%M:%S", &tm) == 0 ||
	    strftime(zone, sizeof(zone), "%z", &tm) != 5)
		return;
	buf_puts(out, s);
	if (tm.tm_gmtoff == 0)
		buf_putc(out, 'Z');
	else
		buf_printf(out, "%.3s:%s", zone, zone + 3);
}

static void
put_people(enum column_kind kind, int64_t v, struct buf *out)
{
	char s[5];

	if (kind == COL_BOOL)
		buf_puts(out, v != 0 ? "yes" : "no");
	else if (kind == COL_TIME)
		put_time(v, out);
	else if (humanize_number(s, sizeof(s), v, "", HN_AUTOSCALE, HN_DECIMAL | HN_NOSPACE | HN_B) > 0)
		buf_puts(out, s);
}

void
table_number(struct table *t, int64_t v)
{
	enum column_kind kind = t->cols[t->at].kind;
	uint8_t *o;

	before(t);
	if (t->form == TABLE_PEOPLE && (kind == COL_BOOL || kind == COL_TIME || kind == COL_SIZE))
		put_people(kind, v, &t->cells);
	else if (kind == COL_BOOL)
		buf_puts(&t->cells, v != 0 ? "true" : "false");
	else if ((o = buf_room(&t->cells, DECIMAL_MAX)) != NULL)
		t->cells.n = (size_t)(decimal_put(o, v) - t->cells.p);
	after(t);
}

void
table_none(struct table *t)
{
	before(t);
	buf_puts(&t->cells, t->form == TABLE_JSON ? "null" : "-");
	after(t);
}

void
table_row(struct table *t)
{
	if (t->form == TABLE_JSON)
		buf_putc(&t->cells, '}');
	if (t->form != TABLE_PEOPLE)
		buf_putc(&t->cells, '\n');
	t->at = 0;
	t->rows++;
}

/* One cell of the width; nothing is put behind the last of a row. */
static void
put_cell(const struct table *t, unsigned col, const char *s, size_t width, struct buf *out)
{
	enum column_kind kind = t->cols[col].kind;
	size_t has = terminal_width(slice_str(s)), pad = width > has ? width - has : 0;
	bool right = kind == COL_NUMBER || kind == COL_SIZE, last = col + 1 == t->ncols;

	buf_printf(out, "%*s%s%*s", right ? (int)pad : 0, "", s, last ? 0 : (right ? 0 : (int)pad) + GAP, "");
	if (last)
		buf_putc(out, '\n');
}

static void
put_rows(struct table *t, size_t *widths, struct buf *out)
{
	const char *s = (const char *)t->cells.p;
	uint64_t row;
	unsigned col;

	for (col = 0; col < t->ncols; col++)
		widths[col] = terminal_width(slice_str(t->cols[col].title));
	for (row = 0; row < t->rows; row++)
		for (col = 0; col < t->ncols; col++, s += strlen(s) + 1) {
			size_t w = terminal_width(slice_str(s));

			if (w > widths[col])
				widths[col] = w;
		}
	for (col = 0; col < t->ncols; col++)
		put_cell(t, col, t->cols[col].title, widths[col], out);
	s = (const char *)t->cells.p;
	for (row = 0; row < t->rows; row++)
		for (col = 0; col < t->ncols; col++, s += strlen(s) + 1)
			put_cell(t, col, s, widths[col], out);
}

void
table_finish(struct table *t, struct buf *out)
{
	size_t *widths = NULL;

	if (t->cells.failed)
		out->failed = true;
	else if (t->form != TABLE_PEOPLE)
		buf_put(out, t->cells.p, t->cells.n);
	else if ((widths = calloc(t->ncols + 1, sizeof(*widths))) == NULL)
		out->failed = true;
	else
		put_rows(t, widths, out);
	free(widths);
	buf_release(&t->cells);
	t->rows = 0;
	t->at = 0;
}
