/*
 * answer.c - the few forms of JSON that WebHDFS answers with (answer.h).
 *
 * Each goes over the text once, and to its end, so that what is taken stands in an answer that is JSON as a whole.
 */
#include "agent/sinks/hdfs/answer.h"

#include <string.h>

#include "text/jsoncursor.h"
#include "text/terminal.h"

static bool
is(struct slice name, const char *want)
{
	return slice_eq(name, slice_str(want));
}

/* Into the one member of the whole text that is called so. */
static bool
enter(struct jsoncursor *c, struct slice body, const char *want)
{
	struct slice name;
	bool first = true;

	*c = (struct jsoncursor)JSONCURSOR_OF(body);
	while (jsoncursor_member(c, &first, &name)) {
		if (is(name, want))
			return true;
		jsoncursor_pass(c);
	}
	c->bad = true;
	return false;
}

/* The end of what enter entered; 0 or -ERR_DAMAGE. */
static int
leave(struct jsoncursor *c, bool found, const char *what, struct err *e)
{
	struct slice name;
	bool first = false;

	while (!c->bad && jsoncursor_member(c, &first, &name))
		jsoncursor_pass(c);
	found = jsoncursor_end(c) && found;
	jsoncursor_release(c);
	return found ? 0 : err_set(e, ERR_DAMAGE, "the server's answer is not the %s that was asked for", what);
}

int
answer_boolean(struct slice body, bool *out, struct err *e)
{
	struct jsoncursor c;
	bool found = false;

	*out = false;
	if (enter(&c, body, "boolean")) {
		*out = jsoncursor_word(&c, "true");
		found = *out || jsoncursor_word(&c, "false");
	}
	return leave(&c, found, "boolean", e);
}

int
answer_location(struct slice body, struct buf *url, struct err *e)
{
	struct jsoncursor c;
	struct slice v;
	bool found = false;

	if (enter(&c, body, "Location")) {
		v = jsoncursor_string(&c);
		found = v.n > 0;
		buf_put(url, v.p, v.n);
	}
	return leave(&c, found, "Location", e);
}

/* One FileStatus; its name goes behind what is in *at (an offset, for the buffer may move). */
static bool
status(struct jsoncursor *c, struct hdfs_status *st, struct buf *path)
{
	struct slice name, v;
	bool first = true, type = false;

	*st = (struct hdfs_status){ .length = -1 };
	while (jsoncursor_member(c, &first, &name)) {
		if (is(name, "length")) {
			st->length = jsoncursor_integer(c);
		} else if (is(name, "modificationTime")) {
			st->modified_ms = jsoncursor_integer(c);
		} else if (is(name, "type")) {
			v = jsoncursor_string(c);
			type = true;
			st->directory = is(v, "DIRECTORY");
		} else if (is(name, "pathSuffix") && path != NULL) {
			v = jsoncursor_string(c);
			buf_put(path, v.p, v.n);
		} else {
			jsoncursor_pass(c);
		}
	}
	return !c->bad && type && st->length >= 0;
}

int
answer_status(struct slice body, struct hdfs_status *st, struct err *e)
{
	struct jsoncursor c;
	bool found = enter(&c, body, "FileStatus") && status(&c, st, NULL);

	return leave(&c, found, "status of a file", e);
}

int
answer_list(struct slice body, bool (*each)(void *, struct slice name, const struct hdfs_status *), void *arg, struct err *e)
{
	struct jsoncursor c;
	struct buf path = BUF_INIT;
	struct hdfs_status st;
	struct slice name;
	bool found = false, first = true, inner = true, more = true;

	if (enter(&c, body, "FileStatuses"))
		while (jsoncursor_member(&c, &first, &name)) {
			if (!is(name, "FileStatus")) {
				jsoncursor_pass(&c);
				continue;
			}
			found = true;
			while (jsoncursor_element(&c, &inner)) {
				buf_clear(&path);
				if (!status(&c, &st, &path) || path.failed)
					c.bad = true;
				else if (more && path.n > 0)
					more = each(arg, buf_slice(&path), &st);
			}
		}
	buf_release(&path);
	return leave(&c, found, "list of a directory", e);
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
	struct jsoncursor c;
	struct slice name;
	bool first = true;

	*x = (struct hdfs_exception){ .name = "" };
	if (enter(&c, body, "RemoteException"))
		while (jsoncursor_member(&c, &first, &name)) {
			if (is(name, "exception"))
				keep(x->name, sizeof(x->name), jsoncursor_string(&c));
			else if (is(name, "message") && jsoncursor_peek(&c) == '"')
				keep(x->message, sizeof(x->message), jsoncursor_string(&c));
			else
				jsoncursor_pass(&c);
		}
	return leave(&c, x->name[0] != '\0', "exception", e);
}
