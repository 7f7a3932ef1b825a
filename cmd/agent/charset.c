/*
 * charset.c - character sets, by iconv(3) (charset.h).
 */
#include "agent/charset.h"

#include <errno.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "text/utf8.h"

struct charset {
	iconv_t cd;
};

static const char unknown[] = "\xef\xbf\xbd";		/* U+FFFD */

static bool
is_utf8(const char *name)
{
	return strcasecmp(name, "UTF-8") == 0 || strcasecmp(name, "UTF8") == 0;
}

bool
charset_known(const char *name)
{
	struct charset *c;
	bool known = charset_open(&c, name, NULL) == 0;

	charset_close(c);
	return known;
}

int
charset_open(struct charset **out, const char *name, struct err *e)
{
	*out = NULL;
	if (is_utf8(name))
		return 0;
	if ((*out = malloc(sizeof(**out))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory");
	if (((*out)->cd = iconv_open("UTF-8", name)) != (iconv_t)-1)
		return 0;
	free(*out);
	*out = NULL;
	return err_set(e, ERR_INVALID, "is no character set that is known here: %s", name);
}

void
charset_close(struct charset *c)
{
	if (c == NULL)
		return;
	iconv_close(c->cd);
	free(c);
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

/* How many of the bytes at p, which begin no character, Java takes for one U+FFFD: those that one could have begun with. */
static size_t
bad_length(const uint8_t *p, size_t n)
{
	uint8_t whole[4] = { p[0], 0x80, 0x80, 0x80 };
	size_t k;

	for (k = n < 3 ? n : 3; k > 1; k--) {
		memcpy(whole, p, k);
		if (utf8_char(whole, 4) > k)
			return k;
		whole[k - 1] = 0x80;
	}
	return 1;
}

static void
repair(struct buf *out, struct slice s)
{
	size_t k;

	if (all_ascii(s.p, s.n) || utf8_valid(s)) {
		buf_put(out, s.p, s.n);
		return;
	}
	while (s.n > 0) {
		if ((k = utf8_char(s.p, s.n)) > 0)
			buf_put(out, s.p, k);
		else {
			buf_put(out, unknown, 3);
			k = bad_length(s.p, s.n);
		}
		s.p += k;
		s.n -= k;
	}
}

void
charset_put(struct charset *c, struct buf *out, struct slice s)
{
	char *in = (char *)(uintptr_t)s.p, *to;
	size_t left = s.n, room, got;

	if (c == NULL) {
		repair(out, s);
		return;
	}
	(void)iconv(c->cd, NULL, NULL, NULL, NULL);
	while (left > 0 && !out->failed) {
		if ((to = (char *)buf_room(out, left * 4 + 16)) == NULL)
			return;
		room = left * 4 + 16;
		got = iconv(c->cd, &in, &left, &to, &room);
		out->n = (size_t)((uint8_t *)to - out->p);
		if (got == (size_t)-1 && errno != E2BIG) {
			buf_put(out, unknown, 3);
			in++;
			left--;
		}
	}
}
