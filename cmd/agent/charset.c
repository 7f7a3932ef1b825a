/*
 * charset.c - other character sets (charset.h).
 *
 * UTF-8 is looked at character by character.  Of another set iconv turns up to
 * so many characters at a time into UTF-8; where the units are counted, it gets
 * no more room than they can take, so that it stops there.
 */
#include "agent/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <strings.h>

#include "text/utf8.h"

#define NONE	((iconv_t)-1)
#define STEP	4096

struct charset {
	bool little;
	int unit;
	iconv_t in, out;
};

static const struct {
	const char *name, *little, *big;
	int unit;
} wide[] = {
	{ "UTF-16", "UTF-16LE", "UTF-16BE", 2 }, { "UTF-16BE", NULL, "UTF-16BE", 2 }, { "UTF-16LE", "UTF-16LE", NULL, 2 },
	{ "UTF-32", "UTF-32LE", "UTF-32BE", 4 }, { "UTF-32BE", NULL, "UTF-32BE", 4 }, { "UTF-32LE", "UTF-32LE", NULL, 4 },
};
#define WIDES	(sizeof(wide) / sizeof(wide[0]))

static void
shut(struct charset *cs)
{
	if (cs->in != NONE)
		iconv_close(cs->in);
	if (cs->out != NONE)
		iconv_close(cs->out);
	cs->in = cs->out = NONE;
}

static int
open_as(struct charset *cs, const char *name)
{
	shut(cs);
	cs->in = iconv_open("UTF-8", name);
	cs->out = iconv_open(name, "UTF-8");
	return cs->in == NONE || cs->out == NONE ? -1 : 0;
}

int
charset_open(struct charset **out, const char *name, struct err *e)
{
	struct charset *cs;
	const char *as = name;
	size_t i;

	*out = NULL;
	if (strcasecmp(name, "UTF-8") == 0 || strcasecmp(name, "UTF8") == 0)
		return 0;
	if ((cs = calloc(1, sizeof(*cs))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a character set");
	cs->in = cs->out = NONE;
	cs->unit = 1;
	for (i = 0; i < WIDES; i++)
		if (strcasecmp(name, wide[i].name) == 0) {
			as = wide[i].big != NULL ? wide[i].big : wide[i].little;
			cs->little = wide[i].big == NULL;
			cs->unit = wide[i].unit;
		}
	if (strchr(name, '/') == NULL && open_as(cs, as) == 0) {
		*out = cs;
		return 0;
	}
	charset_close(cs);
	return err_set(e, ERR_INVALID, "is no character set that is known here: %s", name);
}

bool
charset_known(const char *name)
{
	struct charset *cs;
	bool known = charset_open(&cs, name, NULL) == 0;

	charset_close(cs);
	return known;
}

void
charset_close(struct charset *cs)
{
	if (cs == NULL)
		return;
	shut(cs);
	free(cs);
}

int
charset_unit(const struct charset *cs)
{
	return cs == NULL ? 1 : cs->unit;
}

bool
charset_little(const struct charset *cs)
{
	return cs != NULL && cs->little;
}

size_t
charset_mark(struct charset *cs, struct slice s)
{
	static const uint8_t little[] = { 0xff, 0xfe, 0, 0 }, big[] = { 0, 0, 0xfe, 0xff };
	size_t i, n = (size_t)charset_unit(cs);
	bool is_little;

	if (n == 1 || s.n < n)
		return 0;
	is_little = memcmp(s.p, little, n) == 0;
	if (!is_little && memcmp(s.p, big + 4 - n, n) != 0)
		return 0;
	for (i = 0; i < WIDES; i++)
		if (wide[i].unit == cs->unit && wide[i].little != NULL && wide[i].big != NULL &&
		    open_as(cs, is_little ? wide[i].little : wide[i].big) != 0)
			return 0;
	cs->little = is_little;
	return n;
}

bool
all_ascii(const uint8_t *p, size_t n)
{
	uint64_t bits = 0, v;

	for (; n >= sizeof(v); p += sizeof(v), n -= sizeof(v)) {
		memcpy(&v, p, sizeof(v));
		bits |= v;
	}
	for (; n > 0; n--)
		bits |= *p++;
	return (bits & UINT64_C(0x8080808080808080)) == 0;
}

/* Bytes of what could have begun a character and is none, as Java counts them. */
static size_t
malformed(const uint8_t *p, size_t n)
{
	uint8_t low = 0x80, high = 0xbf;
	size_t want, i;

	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 1;
	want = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (n < 2 || p[1] < low || p[1] > high)
		return 1;
	for (i = 2; i < want && i < n && (p[i] & 0xc0) == 0x80; i++)
		;
	return i;
}

static int
wrong(const char *what, size_t at, struct err *e)
{
	return err_set(e, ERR_DAMAGE, "bytes that are not %s, at %zu", what, at);
}

static int
decode_utf8(struct slice s, enum charset_policy policy, size_t units, struct buf *out, size_t *used, struct err *e)
{
	size_t i = 0, from = 0, k, n;

	while (i < s.n && units > 0) {
		if ((k = utf8_char(s.p + i, s.n - i)) > 0) {
			n = k == 4 ? 2 : 1;
			if (n > units)
				break;
			units -= n;
			i += k;
			continue;
		}
		buf_put(out, s.p + from, i - from);
		*used = i;
		if (policy == CHARSET_FAIL)
			return wrong("UTF-8", i, e);
		if (policy == CHARSET_REPLACE) {
			buf_put(out, "\xef\xbf\xbd", 3);
			units--;
		}
		from = i += malformed(s.p + i, s.n - i);
	}
	buf_put(out, s.p + from, i - from);
	*used = i;
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for text") : 0;
}

void
utf8_repair(struct slice s, struct buf *out)
{
	size_t used;

	(void)decode_utf8(s, CHARSET_REPLACE, SIZE_MAX, out, &used, NULL);
}

static size_t
units_of(const uint8_t *p, size_t n)
{
	size_t i, units = 0;

	for (i = 0; i < n; i++)
		units += (p[i] & 0xc0) != 0x80 ? (p[i] >= 0xf0 ? 2u : 1u) : 0u;
	return units;
}

/* Of n bytes of UTF-8, those that so many units hold. */
static size_t
within(const uint8_t *p, size_t n, size_t units)
{
	size_t i = 0, k;

	while (i < n) {
		k = p[i] >= 0xf0 ? 2 : 1;
		if (k > units)
			break;
		units -= k;
		for (i++; i < n && (p[i] & 0xc0) == 0x80; i++)
			;
	}
	return i;
}

/* One go of iconv into at most room bytes behind out; its errno. */
static int
go(struct charset *cs, struct slice s, size_t *used, struct buf *out, size_t room, size_t *made)
{
	char *from, *to = (char *)out->p + out->n;
	size_t left = s.n - *used, have = room;
	const uint8_t *p = s.p + *used;

	memcpy(&from, &p, sizeof(from));
	errno = 0;
	(void)iconv(cs->in, &from, &left, &to, &have);
	*used = s.n - left;
	*made = room - have;
	return errno;
}

static int
decode_other(struct charset *cs, struct slice s, enum charset_policy policy, size_t units, struct buf *out, size_t *used, struct err *e)
{
	size_t at, made, fit;
	int why;

	(void)iconv(cs->in, NULL, NULL, NULL, NULL);
	*used = 0;
	while (*used < s.n && units > 0) {
		at = *used;
		if (buf_room(out, STEP) == NULL)
			return err_set(e, ERR_NOMEM, "no memory for text");
		why = go(cs, s, used, out, STEP, &made);
		fit = within(out->p + out->n, made, units);
		if (fit < made) {		/* once more, and no further than that */
			*used = at;
			if (fit > 0)
				(void)go(cs, s, used, out, fit, &made);
			out->n += fit;
			return 0;
		}
		units -= units_of(out->p + out->n, made);
		out->n += made;
		if (*used == s.n || why == E2BIG || units == 0)
			continue;
		if (policy == CHARSET_FAIL)
			return wrong("of its character set", *used, e);
		if (policy == CHARSET_REPLACE) {
			buf_put(out, "\xef\xbf\xbd", 3);
			units--;
		}
		*used += s.n - *used < (size_t)cs->unit ? s.n - *used : (size_t)cs->unit;
	}
	return 0;
}

int
charset_decode(struct charset *cs, struct slice s, enum charset_policy policy, size_t units, struct buf *out, size_t *used, struct err *e)
{
	if (cs == NULL)
		return decode_utf8(s, policy, units, out, used, e);
	return decode_other(cs, s, policy, units, out, used, e);
}

void
charset_put(struct charset *cs, struct buf *out, struct slice s)
{
	size_t used;

	if (cs == NULL && all_ascii(s.p, s.n))
		buf_put(out, s.p, s.n);
	else
		(void)charset_decode(cs, s, CHARSET_REPLACE, SIZE_MAX, out, &used, NULL);
}

bool
charset_fits(struct charset *cs, struct slice s)
{
	struct buf out = BUF_INIT;
	size_t used;
	bool fits;

	if (cs == NULL)
		return utf8_valid(s);
	fits = decode_other(cs, s, CHARSET_FAIL, SIZE_MAX, &out, &used, NULL) == 0;
	buf_release(&out);
	return fits;
}

int
charset_encode(struct charset *cs, struct slice text, struct buf *out)
{
	char *from, *to, mark[] = "?";
	size_t left = text.n, room, before, k;

	if (cs == NULL) {
		buf_put(out, text.p, text.n);
		return out->failed ? -1 : 0;
	}
	memcpy(&from, &text.p, sizeof(from));
	(void)iconv(cs->out, NULL, NULL, NULL, NULL);
	while (left > 0) {
		before = room = left * 4 + 16;
		if ((to = (char *)buf_room(out, room)) == NULL)
			return -1;
		errno = 0;
		(void)iconv(cs->out, &from, &left, &to, &room);
		if (left > 0 && errno != E2BIG) {
			k = utf8_char((const uint8_t *)from, left);
			from += k == 0 ? 1 : k;
			left -= k == 0 ? 1 : k;
			k = 1;
			(void)iconv(cs->out, &(char *){ mark }, &k, &to, &room);
		}
		out->n += before - room;
	}
	return out->failed ? -1 : 0;
}
