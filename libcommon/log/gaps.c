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

int
gaps_read_cleaner(int dirfd, struct gap_list *l, struct err *e)
{
	int64_t *cleaned = &l->cleaned, *dirty = &l->dirty;
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

int
gaps_read_gaps(int dirfd, struct gap_list *l, struct err *e)
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
	rc = gaps_read_cleaner(dirfd, l, e);
	rg = gaps_read_gaps(dirfd, l, e);
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

static int
by_from(const void *a, const void *b)
{
	int64_t x = ((const struct gap *)a)->from, y = ((const struct gap *)b)->from;

	return x < y ? -1 : x > y;
}

/* Sorted, and what touches made one; how many are left. */
static size_t
unite(struct gap *v, size_t n)
{
	size_t i, k = 0;

	qsort(v, n, sizeof(*v), by_from);
	for (i = 1; i < n; i++)
		if (v[i].from > v[k].next)
			v[++k] = v[i];
		else if (v[i].next > v[k].next)
			v[k].next = v[i].next;
	return n == 0 ? 0 : k + 1;
}

static int
gaps_write(int dirfd, const struct gap *v, size_t n, struct err *e)
{
	struct buf b = BUF_INIT;
	size_t i;
	int rc;

	buf_printf(&b, "0\n%zu\n", n);
	for (i = 0; i < n; i++)
		buf_printf(&b, "%" PRId64 " %" PRId64 "\n", v[i].from, v[i].next);
	rc = b.failed ? err_set(e, ERR_NOMEM, "cannot write '%s': no memory", GAPS) :
	    file_replace(dirfd, GAPS, b.p, b.n, e);
	buf_release(&b);
	return rc;
}

int
gaps_add(int dirfd, const struct gap *v, size_t n, struct err *e)
{
	struct gap_list l = GAP_LIST_INIT;
	struct gap *all;
	int rc = gaps_read_gaps(dirfd, &l, e);

	if (rc == 0 && (all = reallocarray(l.v, l.n + n + 1, sizeof(*all))) == NULL)
		rc = err_set(e, ERR_NOMEM, "cannot write '%s': no memory", GAPS);
	else if (rc == 0) {
		l.v = all;
		memcpy(all + l.n, v, n * sizeof(*v));
		rc = gaps_write(dirfd, all, unite(all, l.n + n), e);
	}
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
