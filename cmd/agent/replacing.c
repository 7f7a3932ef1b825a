/*
 * replacing.c - replaceAll (replacing.h).
 */
#include "agent/replacing.h"

#include <string.h>

#define GROUPS	32

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

void
replacing_read(struct replacing *r, struct context *c, const char *key, const char *pattern, const char *with_key, const char *with)
{
	const char *p;
	size_t used;

	pattern_read(&r->pattern, c, key, pattern);
	r->with = with;
	for (p = r->with; (p = strpbrk(p, "\\$")) != NULL; p++) {
		if (*p == '$') {
			if (group_at(p + 1, pattern_groups(&r->pattern), &used) < 0)
				ctx_error(c, with_key, "names a group that %s does not have: %s", key, p);
		} else if (*++p == '\0') {
			ctx_error(c, with_key, "ends with a single backslash");
			break;
		}
	}
}

static void
put_replacement(struct replacing *r, struct slice body, size_t (*at)[2])
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

bool
replacing_run(struct replacing *r, struct slice body)
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

void
replacing_release(struct replacing *r)
{
	pattern_release(&r->pattern);
	buf_release(&r->out);
}
