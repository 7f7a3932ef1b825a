/*
 * search_replace.c - replaces what a pattern finds in the body, everywhere, as
 * Java's replaceAll: $1 is a group, a backslash makes plain what stands behind
 * it.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/component.h"
#include "agent/pattern.h"

#define GROUPS	32

struct replacer {
	struct pattern pattern;
	const char *with;
	struct buf out;
};

/* The digit behind a $, and those that still name a group; *used bytes.  -1: no group. */
static int
group_at(const char *p, unsigned groups, size_t *used)
{
	unsigned n = 0;
	size_t i;

	for (i = 0; p[i] >= '0' && p[i] <= '9'; i++) {
		if (i > 0 && n * 10 + (unsigned)(p[i] - '0') > groups)
			break;
		n = n * 10 + (unsigned)(p[i] - '0');
	}
	*used = i;
	return i == 0 || n > groups || n >= GROUPS ? -1 : (int)n;
}

static void
configure(void *self, struct context *c)
{
	struct replacer *r = self;
	const char *charset = ctx_str(c, "charset", "UTF-8"), *p;
	size_t used;

	pattern_read(&r->pattern, c, "searchPattern", ctx_need(c, "searchPattern"));
	r->with = ctx_str(c, "replaceString", "");
	if (strcasecmp(charset, "UTF-8") != 0 && strcasecmp(charset, "US-ASCII") != 0)
		ctx_error(c, "charset", "only UTF-8 is searched: %s", charset);
	for (p = r->with; (p = strpbrk(p, "\\$")) != NULL; p++) {
		if (*p == '$') {
			if (group_at(p + 1, pattern_groups(&r->pattern), &used) < 0)
				ctx_error(c, "replaceString", "names a group that searchPattern does not have: %s", p);
		} else if (*++p == '\0') {
			ctx_error(c, "replaceString", "ends with a single backslash");
			break;
		}
	}
}

static void
put_replacement(struct replacer *r, struct slice body, size_t (*at)[2])
{
	const char *p = r->with, *next;
	size_t used;
	int g;

	for (;; p = next) {
		next = p + strcspn(p, "\\$");
		buf_put(&r->out, p, (size_t)(next - p));
		if (*next == '\0')
			return;
		if (*next == '\\') {
			if (next[1] != '\0')
				buf_putc(&r->out, next[1]);
			next += next[1] == '\0' ? 1 : 2;
			continue;
		}
		g = group_at(next + 1, pattern_groups(&r->pattern), &used);
		if (g >= 0 && at[g][0] != REGEX_UNSET)
			buf_put(&r->out, body.p + at[g][0], at[g][1] - at[g][0]);
		next += 1 + used;
	}
}

/* Bytes of the character at p. */
static size_t
character(struct slice s, size_t at)
{
	size_t n = 1;

	while (at + n < s.n && (s.p[at + n] & 0xc0) == 0x80)
		n++;
	return n;
}

/* The new body in out; false: nothing was found. */
static bool
replace(struct replacer *r, struct slice body)
{
	size_t at[GROUPS][2], from = 0, copied = 0, step;
	bool found = false;

	buf_clear(&r->out);
	while (from <= body.n && pattern_find(&r->pattern, body, from, at, GROUPS) > 0) {
		found = true;
		buf_put(&r->out, body.p + copied, at[0][0] - copied);
		put_replacement(r, body, at);
		copied = from = at[0][1];
		if (at[0][1] == at[0][0]) {		/* an empty match: on behind the next character */
			step = from < body.n ? character(body, from) : 1;
			from += step;
		}
	}
	buf_put(&r->out, body.p + copied, body.n - copied);
	return found;
}

static int
intercept(void *self, struct batch *b, size_t from, struct err *e)
{
	struct replacer *r = self;
	uint8_t *p;
	size_t i;

	for (i = from; i < b->n; i++) {
		struct event *ev = &b->v[i];

		if (ev->dropped || !replace(r, event_body(ev)))
			continue;
		if (r->out.failed || r->out.n > EVENT_BODY_MAX || (p = arena_copy(b->arena, r->out.p, r->out.n)) == NULL)
			return err_set(e, ERR_NOMEM, "no memory for a body");
		ev->body = p;
		ev->len = (uint32_t)r->out.n;
	}
	return 0;
}

static void
release(void *self)
{
	struct replacer *r = self;

	pattern_release(&r->pattern);
	buf_release(&r->out);
}

const struct interceptor_type interceptor_search_replace = {
	.names = { "search_replace", CLASSES("org.apache.flume.interceptor.SearchAndReplaceInterceptor") },
	.size = sizeof(struct replacer), .configure = configure, .intercept = intercept, .release = release,
};
