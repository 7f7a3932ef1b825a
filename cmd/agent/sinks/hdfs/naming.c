/*
 * naming.c - names of files out of events (naming.h).
 *
 * Header values are bytes from anywhere: a path is taken only when none of
 * its components is "." or "..", and, for HDFS, when it is UTF-8 without colons.
 */
#include "agent/sinks/hdfs/naming.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "text/terminal.h"
#include "text/utf8.h"

#define COMPONENT_MAX	255		/* bytes; dfs.namenode.fs-limits.max-component-length, NAME_MAX */
#define ROOM		48		/* in the last one, for the number and suffixes */
#define PATH_BYTES_MAX	4000

int
location_parse(struct location *l, const char *path, struct err *e)
{
	static const struct {
		const char *word;
		enum scheme scheme;
	} known[] = {
		{ "hdfs", SCHEME_HDFS }, { "webhdfs", SCHEME_WEBHDFS }, { "swebhdfs", SCHEME_SWEBHDFS }, { "file", SCHEME_LOCAL },
	};
	size_t n = strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-."), i;

	*l = (struct location){ .scheme = SCHEME_NONE };
	if (n == 0 || path[n] != ':' || !isalpha((unsigned char)path[0]))
		return 0;
	l->scheme = SCHEME_OTHER;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (strlen(known[i].word) == n && strncasecmp(path, known[i].word, n) == 0)
			l->scheme = known[i].scheme;
	l->skip = n + 1;
	if (strncmp(path + l->skip, "//", 2) == 0) {
		n = strcspn(path + l->skip + 2, "/");
		if (n >= sizeof(l->authority))
			return err_set(e, ERR_INVALID, "the host in '%s' is too long", path);
		memcpy(l->authority, path + l->skip + 2, n);
		l->authority[n] = '\0';
		l->skip += 2 + n;
	}
	if (strpbrk(l->authority, "%\\ ?#@") != NULL)
		return err_set(e, ERR_INVALID, "'%s' is no host, and escapes stand in the path only", l->authority);
	if (l->scheme == SCHEME_LOCAL && l->authority[0] != '\0' && strcasecmp(l->authority, "localhost") != 0)
		return err_set(e, ERR_INVALID, "'file://%s' names a host: a path has three slashes, file:///logs", l->authority);
	if (path[l->skip] != '/')
		return err_set(e, ERR_INVALID, "'%s' has no path behind the host", path);
	return 0;
}

static int
refuse(struct err *e, const char *path, const char *why)
{
	struct buf b = BUF_INIT;
	const char *text;
	int rc;

	terminal_line(SLICE_OF(path, strnlen(path, 300)), &b);
	text = buf_str(&b);
	rc = err_set(e, ERR_INVALID, "'%s' is not a valid name: %s", text == NULL ? "" : text, why);
	buf_release(&b);
	return rc;
}

int
naming_check(const char *path, bool hdfs, struct err *e)
{
	const char *p, *end;
	size_t n, k;

	if (strlen(path) > PATH_BYTES_MAX)
		return refuse(e, path, "it is too long");
	for (p = path; *p != '\0'; p = *end == '/' ? end + 1 : end) {
		end = p + strcspn(p, "/");
		n = (size_t)(end - p);
		if ((n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.'))
			return refuse(e, path, "'.' and '..' lead elsewhere");
		if (n > COMPONENT_MAX - (*end == '\0' ? ROOM : 0))
			return refuse(e, path, "a part of it is too long");
		if (hdfs && memchr(p, ':', n) != NULL)
			return refuse(e, path, "HDFS takes no colon");
	}
	for (n = strlen(path), p = path; hdfs && n > 0; p += k, n -= k) {
		k = (unsigned char)*p < 0x80 ? 1 : utf8_char((const uint8_t *)p, n);
		if (k == 0)
			return refuse(e, path, "HDFS takes UTF-8 only");
	}
	return 0;
}

/* Slashes that follow one another are one. */
static void
squeeze(struct buf *b, size_t from)
{
	size_t i, to = from;

	for (i = from; i < b->n; i++)
		if (b->p[i] != '/' || to == from || b->p[to - 1] != '/')
			b->p[to++] = b->p[i];
	b->n = to;
}

/* Can the answer before serve for this event too? */
static bool
still_holds(struct naming *n, const struct event *ev, int64_t now_ms, int64_t *second)
{
	bool timed = escape_uses_time(n->path) || escape_uses_time(n->prefix);
	int64_t ms;

	*second = 0;
	if (!escape_by_second(n->path) || !escape_by_second(n->prefix))
		return false;
	if (timed) {
		if (escape_event_time(&n->time, ev, now_ms, &ms, NULL) != 0)
			return false;
		*second = ms / 1000 - (ms % 1000 < 0);
	}
	return n->holds && *second == n->second;
}

int
naming_resolve(struct naming *n, const struct event *ev, int64_t now_ms, const char **name, bool *same, struct err *e)
{
	int64_t second;
	int rc;

	*name = (const char *)n->last.p;
	if ((*same = still_holds(n, ev, now_ms, &second)))
		return 0;
	n->holds = false;
	buf_clear(&n->last);
	if ((rc = escape_write(n->path, &n->time, ev, now_ms, &n->last, e)) != 0)
		return rc;
	buf_putc(&n->last, '/');
	if ((rc = escape_write(n->prefix, &n->time, ev, now_ms, &n->last, e)) != 0)
		return rc;
	if (n->last.failed)
		return err_set(e, ERR_NOMEM, "no memory for a name");
	squeeze(&n->last, n->skip);
	if (memchr(n->last.p, '\0', n->last.n) != NULL)
		return refuse(e, buf_str(&n->last), "it has a byte of zero");
	if ((*name = buf_str(&n->last)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a name");
	if ((rc = naming_check(*name + n->skip, n->hdfs, e)) != 0)
		return rc;
	n->holds = true;
	n->second = second;
	return 0;
}

void
naming_release(struct naming *n)
{
	escape_free(n->path);
	escape_free(n->prefix);
	buf_release(&n->last);
}
