/*
 * json_read.c - a line of JSON as a record (json.h).
 *
 * What json_write makes, and the same members in another order, with blanks,
 * or some of them left out, is read here, so fast that nobody waits for it;
 * whatever else a line is, wrong or right, is left to the module, so that
 * there is one judge of JSON and one place that words its errors.  What is
 * taken here the module would take with the same result (t/fuzz/json.c).
 */
#include <stdlib.h>

#include "base/module.h"
#include "text/json.h"
#include "text/jsonin.h"
#include "text/jsonpart.h"

struct json_reader {
	const struct jsonin_ops *module;
};

struct json_reader *
json_reader_new(void)
{
	return calloc(1, sizeof(struct json_reader));
}

void
json_reader_free(struct json_reader *r)
{
	free(r);
}

/* The names, in the order in which json_write has them. */
enum member { TOPIC, PARTITION, OFFSET, TIMESTAMP, TIMESTAMP_TYPE, KEY, VALUE, HEADERS, MEMBERS };

static const struct { const char *text; size_t n; } names[MEMBERS] = {
	[TOPIC] = { "\"topic\"", 7 }, [PARTITION] = { "\"partition\"", 11 }, [OFFSET] = { "\"offset\"", 8 },
	[TIMESTAMP] = { "\"timestamp\"", 11 }, [TIMESTAMP_TYPE] = { "\"timestampType\"", 15 }, [KEY] = { "\"key\"", 5 },
	[VALUE] = { "\"value\"", 7 }, [HEADERS] = { "\"headers\"", 9 },
};

struct line {
	struct slice s;
	size_t at;
	unsigned seen;			/* a bit a member */
	struct jsonbytes key, value;
};

/* Exactly this byte, with blanks on both sides. */
static inline bool
token(struct line *l, uint8_t c)
{
	jsonpart_blanks(l->s, &l->at);
	if (l->at == l->s.n || l->s.p[l->at] != c)
		return false;
	l->at++;
	jsonpart_blanks(l->s, &l->at);
	return true;
}

static inline bool
name_is(struct line *l, unsigned m)
{
	if (l->s.n - l->at < names[m].n || memcmp(l->s.p + l->at, names[m].text, names[m].n) != 0)
		return false;
	l->at += names[m].n;
	return true;
}

/* A whole number as JSON writes it; 18 digits are as far as this goes. */
static inline bool
whole(struct slice s, size_t *at, int64_t *out)
{
	size_t i = *at, from;
	bool minus = i < s.n && s.p[i] == '-';
	int64_t v = 0;

	i += minus;
	for (from = i; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++) {
		if (i - from == 18)
			return false;
		v = v * 10 + (s.p[i] - '0');
	}
	if (i == from || (s.p[from] == '0' && (minus || i - from > 1)))
		return false;
	*out = minus ? -v : v;
	*at = i;
	return true;
}

static bool
read_member(struct line *l, enum member m, struct fmt_input *in)
{
	struct jsonbytes aside;
	int64_t number;

	switch (m) {
	case TOPIC:
	case TIMESTAMP_TYPE:
		return jsonpart_string(l->s, &l->at, &in->scratch, &aside) == 1;
	case PARTITION:
		if (!whole(l->s, &l->at, &number) || number < 0 || number > INT32_MAX)
			return false;
		in->partition = (int32_t)number;
		return true;
	case OFFSET:
		return whole(l->s, &l->at, &number);
	case TIMESTAMP:
		in->has_timestamp = true;
		return whole(l->s, &l->at, &in->rec.timestamp);
	case KEY:
		return jsonpart_bytes(l->s, &l->at, &in->scratch, &l->key) == 1;
	case VALUE:
		return jsonpart_bytes(l->s, &l->at, &in->scratch, &l->value) == 1;
	case HEADERS:
		return jsonpart_headers(l->s, &l->at, &in->scratch, &in->headers, &in->rec.header_count) == 1;
	case MEMBERS:
		break;
	}
	return false;
}

/* All members, whichever their order; the one that json_write has next is looked for first. */
static bool
read_members(struct line *l, struct fmt_input *in)
{
	unsigned m, next = 0;

	do {
		for (m = next; !name_is(l, m);)
			if ((m = (m + 1) % MEMBERS) == next)
				return false;
		if ((l->seen & 1u << m) != 0 || !token(l, ':') || !read_member(l, (enum member)m, in))
			return false;
		l->seen |= 1u << m;
		next = (m + 1) % MEMBERS;
	} while (token(l, ','));
	return true;
}

static bool
read_direct(struct slice s, struct fmt_input *in)
{
	struct line l = { .s = s, .key.null = true };

	if (!token(&l, '{') || !read_members(&l, in) || !token(&l, '}') || l.at != s.n ||
	    (l.seen & 1u << VALUE) == 0 || in->scratch.failed || in->headers.failed)
		return false;
	in->rec.key = jsonbytes_slice(&l.key, &in->scratch);
	in->rec.value = jsonbytes_slice(&l.value, &in->scratch);
	in->rec.headers = buf_slice(&in->headers);
	return true;
}

int
json_read(struct json_reader *r, struct slice line, struct fmt_input *in, struct err *e)
{
	fmt_input_clear(in);
	if (line.n > 0 && read_direct(line, in))
		return 0;
	fmt_input_clear(in);
	if (r->module == NULL && (r->module = module_load("jsonin", e)) == NULL)
		return -ERR_ABSENT;
	return r->module->read(line, in, e);
}
