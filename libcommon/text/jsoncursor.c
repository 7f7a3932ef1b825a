/*
 * jsoncursor.c - goes over JSON once (jsoncursor.h).
 */
#include "text/jsoncursor.h"

#include "text/jsonpart.h"

int
jsoncursor_peek(struct jsoncursor *c)
{
	jsonpart_blanks(c->s, &c->at);
	return c->bad || c->at >= c->s.n ? -1 : c->s.p[c->at];
}

static bool
take(struct jsoncursor *c, int ch)
{
	if (jsoncursor_peek(c) == ch) {
		c->at++;
		return true;
	}
	c->bad = true;
	return false;
}

/* The bracket that opens, or the comma behind the one before; false: the one that closes, or bad. */
static bool
next(struct jsoncursor *c, int open, int close, bool *first)
{
	bool was = *first;

	*first = false;
	if (was && (!take(c, open) || ++c->depth > JSONCURSOR_DEPTH)) {
		c->bad = true;
		return false;
	}
	if (jsoncursor_peek(c) != close)
		return was ? !c->bad : take(c, ',');
	c->at++;
	c->depth--;
	return false;
}

bool
jsoncursor_element(struct jsoncursor *c, bool *first)
{
	return next(c, '[', ']', first);
}

bool
jsoncursor_member(struct jsoncursor *c, bool *first, struct slice *name)
{
	if (!next(c, '{', '}', first))
		return false;
	*name = jsoncursor_string(c);
	return take(c, ':');
}

struct slice
jsoncursor_string(struct jsoncursor *c)
{
	struct jsonbytes b;

	buf_clear(&c->scratch);
	if (jsoncursor_peek(c) != '"' || jsonpart_string(c->s, &c->at, &c->scratch, &b) != 1 || c->scratch.failed) {
		c->bad = true;
		return SLICE_OF("", 0);
	}
	return jsonbytes_slice(&b, &c->scratch);
}

static bool
digits(struct jsoncursor *c)
{
	size_t from = c->at;

	while (c->at < c->s.n && c->s.p[c->at] >= '0' && c->s.p[c->at] <= '9')
		c->at++;
	return c->at > from;
}

struct slice
jsoncursor_number(struct jsoncursor *c)
{
	bool good;
	size_t from;

	(void)jsoncursor_peek(c);
	from = c->at;
	if (c->at < c->s.n && c->s.p[c->at] == '-')
		c->at++;
	if (c->at < c->s.n && c->s.p[c->at] == '0') {
		c->at++;
		good = true;
	} else
		good = digits(c);
	if (good && c->at < c->s.n && c->s.p[c->at] == '.') {
		c->at++;
		good = digits(c);
	}
	if (good && c->at < c->s.n && (c->s.p[c->at] | 0x20) == 'e') {
		c->at++;
		if (c->at < c->s.n && (c->s.p[c->at] == '+' || c->s.p[c->at] == '-'))
			c->at++;
		good = digits(c);
	}
	if (!good || c->bad) {
		c->bad = true;
		return SLICE_OF("", 0);
	}
	return SLICE_OF(c->s.p + from, c->at - from);
}

int64_t
jsoncursor_integer(struct jsoncursor *c)
{
	struct slice s = jsoncursor_number(c);
	bool minus = s.n > 0 && s.p[0] == '-';
	int64_t v = 0;
	size_t i;

	for (i = minus; i < s.n; i++)
		if (s.p[i] < '0' || s.p[i] > '9' || v > (INT64_MAX - 9) / 10) {
			c->bad = true;
			return 0;
		} else
			v = v * 10 + (s.p[i] - '0');
	return minus ? -v : v;
}

bool
jsoncursor_word(struct jsoncursor *c, const char *word)
{
	size_t n = strlen(word);

	if (jsoncursor_peek(c) != (uint8_t)word[0] || c->s.n - c->at < n || memcmp(c->s.p + c->at, word, n) != 0)
		return false;
	c->at += n;
	return true;
}

void
jsoncursor_pass(struct jsoncursor *c)
{
	struct slice name;
	bool first = true;

	switch (jsoncursor_peek(c)) {
	case '{':
		while (jsoncursor_member(c, &first, &name))
			jsoncursor_pass(c);
		break;
	case '[':
		while (jsoncursor_element(c, &first))
			jsoncursor_pass(c);
		break;
	case '"':
		(void)jsoncursor_string(c);
		break;
	default:
		if (!jsoncursor_word(c, "true") && !jsoncursor_word(c, "false") && !jsoncursor_word(c, "null"))
			(void)jsoncursor_number(c);
	}
}

bool
jsoncursor_end(struct jsoncursor *c)
{
	return jsoncursor_peek(c) == -1 && !c->bad && !c->scratch.failed;
}

void
jsoncursor_release(struct jsoncursor *c)
{
	buf_release(&c->scratch);
}
