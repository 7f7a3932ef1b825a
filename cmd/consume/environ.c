/*
 * What a command finds in its environment.
 *
 * The text is built whole and then cut into strings, as a buffer may move
 * while it grows.  A name that is set twice counts with its last value.
 */
#include "consume/environ.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool/msg.h"

#define VALUE_MAX	65536
#define HEADERS_MAX	1000		/* of a record that are looked at */

static const char *const ours[] = {
	"PLOG_TOPIC=", "PLOG_PARTITION=", "PLOG_OFFSET=", "PLOG_COUNT=", "PLOG_GROUP=", "PLOG_ATTEMPT=", "PLOG_KEY=", "PLOG_TIMESTAMP=",
	"PLOG_HEADER_",
};

static bool
is_ours(const char *s)
{
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strncmp(s, ours[i], strlen(ours[i])) == 0)
			return true;
	return false;
}

void
environment_open(struct environment *v)
{
	size_t n = 0;

	*v = (struct environment){ .text = BUF_INIT };
	while (environ[n] != NULL)
		n++;
	if ((v->base = calloc(n + 1, sizeof(*v->base))) == NULL)
		die("out of memory");
	for (size_t i = 0; i < n; i++)
		if (!is_ours(environ[i]))
			v->base[v->nbase++] = environ[i];
}

static bool
fits(struct slice s)
{
	return s.p != NULL && s.n <= VALUE_MAX && (s.n == 0 || memchr(s.p, '\0', s.n) == NULL);
}

static void
put_name(struct buf *b, struct slice name)
{
	for (size_t i = 0; i < name.n; i++) {
		uint8_t c = name.p[i];
		bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		buf_putc(b, word ? c : '_');
	}
}

/* Takes the string that sets the name (its '=' included) away again, when there is one from `from` on. */
static void
unset(struct buf *b, size_t from, const char *name, size_t n)
{
	for (size_t at = from; at < b->n;) {
		size_t len = strlen((const char *)b->p + at) + 1;

		if (len > n && memcmp(b->p + at, name, n) == 0) {
			memmove(b->p + at, b->p + at + len, b->n - at - len);
			b->n -= len;
			return;
		}
		at += len;
	}
}

static void
put_headers(struct buf *b, const struct record *rec)
{
	struct rd r = headers_rd(rec);
	struct buf name = BUF_INIT;
	size_t from = b->n;
	struct header h;

	for (int i = 0; i < HEADERS_MAX && header_next(&r, &h) == 1; i++) {
		if (h.name.n > VALUE_MAX)
			continue;
		buf_clear(&name);
		buf_puts(&name, "PLOG_HEADER_");
		put_name(&name, h.name);
		buf_putc(&name, '=');
		if (name.failed || b->failed)
			break;
		unset(b, from, (const char *)name.p, name.n);
		if (!fits(h.value))
			continue;
		buf_put(b, name.p, name.n);
		buf_put(b, h.value.p, h.value.n);
		buf_putc(b, '\0');
	}
	buf_release(&name);
}

char *const *
environment_of(struct environment *v, const struct options *o, struct item *const *items, size_t n, int64_t attempt)
{
	const struct record *rec = &items[0]->rec;
	struct buf *b = &v->text;
	int64_t count = 0;
	size_t strings = 0, at = 0, i;

	for (i = 0; i < n; i++)
		count += items[i]->count;
	buf_clear(b);
	buf_printf(b, "PLOG_TOPIC=%s%cPLOG_PARTITION=%d%cPLOG_OFFSET=%" PRId64 "%cPLOG_COUNT=%" PRId64 "%cPLOG_ATTEMPT=%" PRId64 "%c",
	    items[0]->part->topic, 0, items[0]->part->number, 0, rec->offset, 0, count, 0, attempt, 0);
	if (o->group != NULL)
		buf_printf(b, "PLOG_GROUP=%s%c", o->group, 0);
	if (o->each) {
		buf_printf(b, "PLOG_TIMESTAMP=%" PRId64 "%c", rec->timestamp, 0);
		if (fits(rec->key)) {
			buf_puts(b, "PLOG_KEY=");
			buf_put(b, rec->key.p, rec->key.n);
			buf_putc(b, '\0');
		}
		put_headers(b, rec);
	}
	if (b->failed)
		die("out of memory");
	for (i = 0; i < b->n; i++)
		strings += b->p[i] == '\0';
	if (v->cap < v->nbase + strings + 1) {
		v->cap = v->nbase + strings + 65;
		if ((v->v = reallocarray(v->v, v->cap, sizeof(*v->v))) == NULL)
			die("out of memory");
		memcpy(v->v, v->base, v->nbase * sizeof(*v->v));
	}
	for (i = v->nbase; at < b->n; at += strlen(v->v[i - 1]) + 1)
		v->v[i++] = (char *)b->p + at;
	v->v[i] = NULL;
	return v->v;
}

void
environment_close(struct environment *v)
{
	free(v->base);
	free(v->v);
	buf_release(&v->text);
}
