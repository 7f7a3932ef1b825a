/*
 * answer.c - the few forms of JSON that WebHDFS answers with (answer.h).
 *
 * A cursor goes over the text once; strings are read by text/jsonpart.h.
 */
#include "agent/sinks/hdfs/answer.h"

#include <string.h>

#include "text/jsonpart.h"
#include "text/terminal.h"

#define DEPTH_MAX	32

struct look {
	struct slice s;
	size_t at;
	int depth;
	struct buf scratch;		/* strings that had escapes */
	bool bad;
};

static int
peek(struct look *l)
{
	jsonpart_blanks(l->s, &l->at);
	return l->bad || l->at >= l->s.n ? -1 : l->s.p[l->at];
}

/* The character there, or bad. */
static bool
take(struct look *l, int c)
{
	if (peek(l) == c) {
		l->at++;
		return true;
	}
	l->bad = true;
	return false;
}

/* A string; lives until the next one. */
static struct slice
string(struct look *l)
{
	struct jsonbytes b;

	buf_clear(&l->scratch);
	if (peek(l) != '"' || jsonpart_string(l->s, &l->at, &l->scratch, &b) != 1 || l->scratch.failed) {
		l->bad = true;
		return SLICE_OF("", 0);
	}
	return jsonbytes_slice(&b, &l->scratch);
}

/* { or [ or the comma behind a member; false: the end, which is taken. */
static bool
next(struct look *l, int open, int close, bool *first)
{
	if (*first) {
		if (!take(l, open) || ++l->depth > DEPTH_MAX) {
			l->bad = true;
			return false;
		}
	}
	if (peek(l) == close) {
		l->at++;
		l->depth--;
		return false;
	}
	if (!*first && !take(l, ','))
		return false;
	*first = false;
	return !l->bad;
}

/* The next member of an object: its name, the cursor at its value. */
static bool
member(struct look *l, bool *first, struct slice *name)
{
	if (!next(l, '{', '}', first))
		return false;
	*name = string(l);
	return take(l, ':');
}

static int64_t
number(struct look *l)
{
	bool minus = peek(l) == '-';
	uint64_t v = 0;
	size_t start;

	l->at += minus;
	for (start = l->at; l->at < l->s.n && l->s.p[l->at] >= '0' && l->s.p[l->at] <= '9'; l->at++) {
		if (v > (INT64_MAX - 9) / 10)
			l->bad = true;
		else
			v = v * 10 + (l->s.p[l->at] - '0');
	}
	l->bad |= l->at == start;
	return minus ? -(int64_t)v : (int64_t)v;
}

static bool
word(struct look *l, const char *w)
{
	size_t n = strlen(w);

	if (peek(l) != w[0] || l->s.n - l->at < n || memcmp(l->s.p + l->at, w, n) != 0)
		return false;
	l->at += n;
	return true;
}

static void
pass(struct look *l)
{
	struct slice name;
	bool first = true;
	int c = peek(l);

	if (c == '{') {
		while (member(l, &first, &name))
			pass(l);
	} else if (c == '[') {
		while (next(l, '[', ']', &first))
			pass(l);
	} else if (c == '"') {
		(void)string(l);
	} else if (c == '-' || (c >= '0' && c <= '9')) {
		(void)number(l);
		/* a fraction or an exponent is in no number that is wanted */
		while (l->at < l->s.n && memchr("0123456789.eE+-", l->s.p[l->at], 15) != NULL)
			l->at++;
	} else if (!word(l, "true") && !word(l, "false") && !word(l, "null")) {
		l->bad = true;
	}
}

static bool
is(struct slice name, const char *want)
{
	return name.n == strlen(want) && memcmp(name.p, want, name.n) == 0;
}

/* Into the one member of the whole text that is called so. */
static bool
enter(struct look *l, struct slice body, const char *want)
{
	struct slice name;
	bool first = true;

	*l = (struct look){ .s = body, .scratch = BUF_INIT };
	while (member(l, &first, &name)) {
		if (is(name, want))
			return true;
		pass(l);
	}
	l->bad = true;
	return false;
}

/* The end of what enter entered; 0 or -ERR_DAMAGE. */
static int
leave(struct look *l, bool found, const char *what, struct err *e)
{
	struct slice name;
	bool first = false, bad;

	while (!l->bad && member(l, &first, &name))
		pass(l);
	if (!l->bad && peek(l) != -1)
		l->bad = true;
	bad = l->bad || !found;
	buf_release(&l->scratch);
	return bad ? err_set(e, ERR_DAMAGE, "the server's answer is not the %s that was asked for", what) : 0;
}

int
answer_boolean(struct slice body, bool *out, struct err *e)
{
	struct look l;
	bool found = false;

	*out = false;
	if (enter(&l, body, "boolean")) {
		*out = word(&l, "true");
		found = *out || word(&l, "false");
	}
	return leave(&l, found, "boolean", e);
}

int
answer_location(struct slice body, struct buf *url, struct err *e)
{
	struct look l;
	struct slice v;
	bool found = false;

	if (enter(&l, body, "Location")) {
		v = string(&l);
		found = v.n > 0;
		buf_put(url, v.p, v.n);
	}
	return leave(&l, found, "Location", e);
}

/* One FileStatus; its name goes behind what is in *at (an offset, for the buffer may move). */
static bool
status(struct look *l, struct hdfs_status *st, struct buf *path)
{
	struct slice name, v;
	bool first = true, type = false;

	*st = (struct hdfs_status){ .length = -1 };
	while (member(l, &first, &name)) {
		if (is(name, "length")) {
			st->length = number(l);
		} else if (is(name, "modificationTime")) {
			st->modified_ms = number(l);
		} else if (is(name, "type")) {
			v = string(l);
			type = true;
			st->directory = is(v, "DIRECTORY");
		} else if (is(name, "pathSuffix") && path != NULL) {
			v = string(l);
			buf_put(path, v.p, v.n);
		} else {
			pass(l);
		}
	}
	return !l->bad && type && st->length >= 0;
}

int
answer_status(struct slice body, struct hdfs_status *st, struct err *e)
{
	struct look l;
	bool found = enter(&l, body, "FileStatus") && status(&l, st, NULL);

	return leave(&l, found, "status of a file", e);
}

int
answer_list(struct slice body, bool (*each)(void *, struct slice name, const struct hdfs_status *), void *arg, struct err *e)
{
	struct look l;
	struct buf path = BUF_INIT;
	struct hdfs_status st;
	struct slice name;
	bool found = false, first = true, inner = true, more = true;

	if (enter(&l, body, "FileStatuses"))
		while (member(&l, &first, &name)) {
			if (!is(name, "FileStatus")) {
				pass(&l);
				continue;
			}
			found = true;
			while (next(&l, '[', ']', &inner)) {
				buf_clear(&path);
				if (!status(&l, &st, &path) || path.failed)
					l.bad = true;
				else if (more && path.n > 0)
					more = each(arg, buf_slice(&path), &st);
			}
		}
	buf_release(&path);
	return leave(&l, found, "list of a directory", e);
}

/* Up to the first newline, shown as it may be shown, cut to the room there is. */
static void
keep(char *to, size_t room, struct slice v)
{
	const uint8_t *nl = memchr(v.p, '\n', v.n);
	struct buf b = BUF_INIT;
	size_t n;

	if (nl != NULL)
		v.n = (size_t)(nl - v.p);
	terminal_line(SLICE_OF(v.p, v.n < room ? v.n : room), &b);
	n = b.failed ? 0 : b.n < room - 1 ? b.n : room - 1;
	if (n > 0)
		memcpy(to, b.p, n);
	to[n] = '\0';
	buf_release(&b);
}

int
answer_exception(struct slice body, struct hdfs_exception *x, struct err *e)
{
	struct look l;
	struct slice name;
	bool first = true;

	*x = (struct hdfs_exception){ .name = "" };
	if (enter(&l, body, "RemoteException"))
		while (member(&l, &first, &name)) {
			if (is(name, "exception"))
				keep(x->name, sizeof(x->name), string(&l));
			else if (is(name, "message") && peek(&l) == '"')
				keep(x->message, sizeof(x->message), string(&l));
			else
				pass(&l);
		}
	return leave(&l, x->name[0] != '\0', "exception", e);
}
