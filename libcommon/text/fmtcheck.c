/*
 * fmtcheck.c - can what a format writes be read back, and in one way only?
 *
 * A field ends by itself (binary numbers, {json}, %h), by a length before it,
 * or at the first occurrence of the literal behind it.  What a field may hold
 * must then not be able to begin that literal; of keys and values as they are
 * nothing is known, and the user vouches for them by writing the literal.
 */
#include "text/base64.h"
#include "text/caret.h"
#include "text/fmtop.h"
#include "text/hex.h"

struct checker {
	struct fmt *f;
	struct err *e;
	int seen[FMT_WHATS];		/* index of the operation, -1 */
};

static bool
digit(uint8_t c)
{
	return c >= '0' && c <= '9';
}

static bool
hexadecimal(uint8_t c)
{
	return hex_digit(c) >= 0;
}

static bool
topic_byte(uint8_t c)
{
	return digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' || c == '-';
}

/* The literal behind the operation, or NULL. */
static const struct fmt_op *
literal_behind(const struct fmt *f, size_t i)
{
	return i + 1 < f->n && f->ops[i + 1].what == FMT_LITERAL ? &f->ops[i + 1] : NULL;
}

/* A literal must stand behind operation i, and not begin with what the field may hold (any: NULL). */
static int
ends_at_literal(struct checker *c, size_t i, bool (*may_hold)(uint8_t), const char *what)
{
	const struct fmt *f = c->f;
	const struct fmt_op *op = &f->ops[i], *literal = literal_behind(f, i);
	char letter = fmt_letter(op->what);

	if (literal == NULL && i + 1 == f->n)
		return caret_err(c->e, f->source, op->at,
		    "ambiguous: nothing says where '%%%c' ends; end it with text such as \\n%s", letter,
		    fmt_is_bytes(op->what) ? ", or put its length before it" : "");
	if (literal == NULL)
		return caret_err(c->e, f->source, op->at,
		    "ambiguous: nothing says where '%%%c' ends and '%%%c' begins; put text between them%s", letter,
		    fmt_letter(f->ops[i + 1].what), fmt_is_bytes(op->what) ? ", or its length before it" : "");
	if (may_hold != NULL && may_hold(literal->text.p[0]))
		return caret_err(c->e, f->source, literal->at, "ambiguous: this may as well be part of %s", what);
	return 0;
}

/* What {null=TEXT} writes must be found again whole. */
static int
check_null(struct checker *c, size_t i)
{
	const struct fmt *f = c->f;
	const struct fmt_op *op = &f->ops[i], *literal = literal_behind(f, i);
	struct slice null = op->null;
	size_t k;

	if (op->how == FMT_JSON) {
		if (slice_eq(null, slice_str("null")) || (null.n > 0 && strchr("\"{n", null.p[0]) == NULL))
			return 0;
		return caret_err(c->e, f->source, op->at, "ambiguous: the text of {null=TEXT} could begin JSON");
	}
	if (op->sized || literal == NULL)
		return 0;
	/* the literal, at any place before the one behind the text */
	for (k = 0; k < null.n; k++) {
		size_t in = null.n - k < literal->text.n ? null.n - k : literal->text.n;

		if (memcmp(null.p + k, literal->text.p, in) == 0 &&
		    memcmp(literal->text.p + in, literal->text.p, literal->text.n - in) == 0)
			return caret_err(c->e, f->source, op->at,
			    "ambiguous: the text of {null=TEXT} holds the text that ends '%%%c'", fmt_letter(op->what));
	}
	return 0;
}

static int
check_bytes(struct checker *c, size_t i)
{
	const struct fmt_op *op = &c->f->ops[i];
	int rc = 0;

	if (!op->sized && op->how == FMT_TEXT)
		rc = ends_at_literal(c, i, NULL, NULL);
	else if (!op->sized && op->how == FMT_HEX)
		rc = ends_at_literal(c, i, hexadecimal, "the hexadecimal digits before it");
	else if (!op->sized && op->how == FMT_BASE64)
		rc = ends_at_literal(c, i, base64_digit, "the base64 before it");
	return rc == 0 && op->has_null ? check_null(c, i) : rc;
}

/* The pattern of a date must say it all: which day, and when on it. */
static int
check_pattern(struct checker *c, size_t i)
{
	static const char known[] = "YmbBhdejHkIlpMSTRFszaAnt%";
	struct fmt_op *op = &c->f->ops[i];
	const uint8_t *p = op->text.p, *end = p + op->text.n;
	char has[128] = "";

	while ((p = memchr(p, '%', (size_t)(end - p))) != NULL) {
		if (p + 1 == end || p[1] >= 128 || strchr(known, p[1]) == NULL)
			return caret_err(c->e, c->f->source, op->at, "cannot be read back: '%%%c' in the pattern of strftime",
			    p + 1 < end && p[1] > 0x20 && p[1] < 0x7f ? p[1] : '?');
		has[p[1]] = 1;
		p += 2;
	}
	if (op->text.n > FMT_PATTERN_READ_MAX)
		return caret_err(c->e, c->f->source, op->at, "cannot be read back: the pattern of strftime is too long");
	if (has['F'])
		has['Y'] = has['m'] = has['d'] = 1;
	if (has['T'] || has['R'])
		has['H'] = has['M'] = 1;
	if (!has['s'] && !(has['Y'] && (has['j'] || ((has['m'] || has['b'] || has['B'] || has['h']) && (has['d'] || has['e'])))))
		return caret_err(c->e, c->f->source, op->at, "cannot be read back: the pattern does not say which day of which year");
	if (!has['s'] && !(has['M'] && (has['H'] || has['k'] || ((has['I'] || has['l']) && has['p']))))
		return caret_err(c->e, c->f->source, op->at, "cannot be read back: the pattern does not say which hour and minute");
	return 0;
}

/* A length measures what comes behind it; one behind is compared, and needs it there. */
static int
check_length(struct checker *c, size_t i)
{
	struct fmt_op *op = &c->f->ops[i];
	int field = c->seen[op->what == FMT_KEY_LENGTH ? FMT_KEY : FMT_VALUE];

	if (field < 0)
		return caret_err(c->e, c->f->source, op->at, "there is no '%%%c' for this length",
		    op->what == FMT_KEY_LENGTH ? 'k' : 'v');
	if ((size_t)field > i) {
		op->sized = true;
		c->f->ops[field].sized = true;
	}
	return 0;
}

static int
check_op(struct checker *c, size_t i)
{
	const struct fmt_op *op = &c->f->ops[i];
	int rc = 0;

	switch (op->what) {
	case FMT_KEY:
	case FMT_VALUE:
		return check_bytes(c, i);
	case FMT_TOPIC:
		return ends_at_literal(c, i, topic_byte, "the name of the topic before it");
	case FMT_TIMESTAMP:
		if (op->how == FMT_STRFTIME)
			rc = check_pattern(c, i);
		/* FALLTHROUGH */
	case FMT_KEY_LENGTH:
	case FMT_VALUE_LENGTH:
	case FMT_PARTITION:
	case FMT_OFFSET:
	case FMT_HEADER_COUNT:
		if (rc == 0 && !fmt_is_binary(op->how))
			rc = ends_at_literal(c, i, digit, "the number before it");
		return rc;
	case FMT_LITERAL:
	case FMT_HEADERS:
	case FMT_WHATS:
		break;
	}
	return 0;
}

int
fmt_check_read(struct fmt *f, struct err *e)
{
	struct checker c = { .f = f, .e = e };
	size_t i;
	int rc = 0;

	memset(c.seen, -1, sizeof(c.seen));
	for (i = 0; i < f->n; i++) {
		enum fmt_what w = f->ops[i].what;

		if (w == FMT_LITERAL)
			continue;
		if (c.seen[w] >= 0)
			return caret_err(e, f->source, f->ops[i].at, "'%%%c' is there twice: which one counts?", fmt_letter(w));
		c.seen[w] = (int)i;
	}
	if (c.seen[FMT_VALUE] < 0)
		return caret_err(e, f->source, f->source.n, "'%%v' is missing: what is the value?");
	for (i = 0; i < f->n && rc == 0; i++)
		if (fmt_is_length(f->ops[i].what))
			rc = check_length(&c, i);
	for (i = 0; i < f->n && rc == 0; i++)
		rc = check_op(&c, i);
	return rc;
}
