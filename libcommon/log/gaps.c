/*
 * gaps.c - see gaps.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/parse.h"
#include "log/gaps.h"

#define CLEANER		"cleaner-checkpoint"
#define GAPS		"gaps"
#define FILE_BYTES	(16 << 20)

/* The next line, cut out of the text at *p; NULL: no whole line is left. */
static char *
line(char **p)
{
	char *s = *p, *end = strchr(s, '\n');

	if (end == NULL)
		return NULL;
	*end = '\0';
	*p = end + 1;
	return s;
}

static bool
number(const char *s, int64_t max, int64_t *v)
{
	return s != NULL && parse_int(s, 0, max, v, NULL) == 0;
}

/* 0 and the text in b, 1: no such file. */
static int
load(int dirfd, const char *name, struct buf *b, struct err *e)
{
	struct err own = ERR_INIT;
	int rc = file_read(dirfd, name, FILE_BYTES, b, &own);

	if (rc == -ERR_NOENT)
		return 1;
	if (rc == 0 && (buf_str(b) == NULL || strlen((char *)b->p) != b->n))
		return err_set(e, b->failed ? ERR_NOMEM : ERR_DAMAGE, "'%s' is damaged", name);
	if (rc != 0)
		return err_set(e, own.code, "%s", own.text);
	return 0;
}

static int
read_cleaner(int dirfd, int64_t *cleaned, int64_t *dirty, struct err *e)
{
	struct buf b = BUF_INIT;
	int rc = load(dirfd, CLEANER, &b, e);
	char *p = (char *)b.p;

	if (rc == 0 && !number(line(&p), INT64_MAX, cleaned))
		rc = err_set(e, ERR_DAMAGE, "'%s' is damaged", CLEANER);
	*dirty = *cleaned;
	if (rc == 0 && *p != '\0' && !number(line(&p), *cleaned, dirty))
		rc = err_set(e, ERR_DAMAGE, "'%s' is damaged", CLEANER);
	buf_release(&b);
	return rc < 0 ? rc : 0;
}

static bool
take_gap(char *s, struct gap *g)
{
	char *space = s == NULL ? NULL : strchr(s, ' ');

	if (space == NULL)
		return false;
	*space = '\0';
	return number(s, INT64_MAX, &g->from) && number(space + 1, INT64_MAX, &g->next) && g->from < g->next;
}

static int
read_gaps(int dirfd, struct gap_list *l, struct err *e)
{
	struct buf b = BUF_INIT;
	int rc = load(dirfd, GAPS, &b, e);
	int64_t version, n = 0, last = 0;
	char *p = (char *)b.p;

	if (rc == 0 && (!number(line(&p), 0, &version) || !number(line(&p), (int64_t)b.n, &n)))
		rc = -ERR_DAMAGE;
	if (rc == 0 && n > 0 && (l->v = calloc((size_t)n, sizeof(*l->v))) == NULL)
		rc = err_set(e, ERR_NOMEM, "cannot read '%s': no memory", GAPS);
	while (rc == 0 && (int64_t)l->n < n) {
		if (!take_gap(line(&p), &l->v[l->n]) || l->v[l->n].from < last) {
			rc = -ERR_DAMAGE;
			break;
		}
		last = l->v[l->n++].next;
	}
	if (rc == -ERR_DAMAGE)
		(void)err_set(e, ERR_DAMAGE, "'%s' is damaged", GAPS);
	buf_release(&b);
	return rc < 0 ? rc : 0;
}

int
gaps_read(int dirfd, struct gap_list *l, struct err *e)
{
	int rc, rg;

	gaps_release(l);
	rc = read_cleaner(dirfd, &l->cleaned, &l->dirty, e);
	rg = read_gaps(dirfd, l, e);
	return rg != 0 ? rg : rc;
}

bool
gaps_cover(const struct gap_list *l, int64_t from, int64_t next)
{
	size_t i;

	if (from < l->cleaned)
		from = l->cleaned;
	for (i = 0; i < l->n && from < next; i++)
		if (l->v[i].from <= from && from < l->v[i].next)
			from = l->v[i].next;
	return from >= next;
}

void
gaps_release(struct gap_list *l)
{
	free(l->v);
	*l = (struct gap_list)GAP_LIST_INIT;
}

int
gaps_add(int dirfd, int64_t from, int64_t next, struct err *e)
{
	struct gap_list l = GAP_LIST_INIT;
	struct buf b = BUF_INIT, out = BUF_INIT;
	int rc = gaps_read(dirfd, &l, e);
	size_t i, n = 0;
	bool placed = false;

	if (rc != 0)
		goto done;
	for (i = 0; i <= l.n; i++) {
		if (!placed && (i == l.n || next < l.v[i].from)) {
			buf_printf(&b, "%" PRId64 " %" PRId64 "\n", from, next);
			n++;
			placed = true;
		}
		if (i == l.n)
			break;
		/* What touches the new range becomes one with it. */
		if (!placed && l.v[i].next >= from) {
			from = l.v[i].from < from ? l.v[i].from : from;
			next = l.v[i].next > next ? l.v[i].next : next;
			continue;
		}
		buf_printf(&b, "%" PRId64 " %" PRId64 "\n", l.v[i].from, l.v[i].next);
		n++;
	}
	buf_printf(&out, "0\n%zu\n", n);
	buf_put(&out, b.p, b.n);
	if (b.failed || out.failed)
		rc = err_set(e, ERR_NOMEM, "cannot write '%s': no memory", GAPS);
	else
		rc = file_replace(dirfd, GAPS, out.p, out.n, e);
done:
	buf_release(&b);
	buf_release(&out);
	gaps_release(&l);
	return rc;
}

int
cleaner_checkpoint_write(int dirfd, int64_t offset, struct err *e)
{
	return cleaner_checkpoint_set(dirfd, offset, offset, e);
}

int
cleaner_checkpoint_set(int dirfd, int64_t offset, int64_t dirty, struct err *e)
{
	struct buf b = BUF_INIT;
	int rc;

	buf_printf(&b, "%" PRId64 "\n", offset);
	if (dirty != offset)
		buf_printf(&b, "%" PRId64 "\n", dirty);
	rc = b.failed ? err_set(e, ERR_NOMEM, "cannot write '%s': no memory", CLEANER) :
	    file_replace(dirfd, CLEANER, b.p, b.n, e);
	buf_release(&b);
	return rc;
}
