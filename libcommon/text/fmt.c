/*
 * fmt.c - compiles a format string (fmt.h) to operations (fmtop.h).
 */
#include "text/fmt.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "text/caret.h"
#include "text/fmtop.h"
#include "text/hex.h"
#include "text/utf8.h"

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

static const char letters[FMT_WHATS] = {
	[FMT_KEY] = 'k', [FMT_VALUE] = 'v', [FMT_KEY_LENGTH] = 'K', [FMT_VALUE_LENGTH] = 'V', [FMT_TOPIC] = 't',
	[FMT_PARTITION] = 'p', [FMT_OFFSET] = 'o', [FMT_TIMESTAMP] = 'T', [FMT_HEADERS] = 'h', [FMT_HEADER_COUNT] = 'H',
};

/* What other tools write, and what it is here. */
static const struct { char letter; const char *here; } elsewhere[] = {
	{ 's', "the value is '%v'" }, { 'S', "the length of the value is '%V'" },
	{ 'R', "the length of the value as four bytes is '%V{i32}'" }, { 'n', "a newline is '\\n'" },
	{ 'd', "the timestamp is '%T', '%T{iso}' as a date" },
};

static const struct { const char *word; enum fmt_how how; } modifiers[] = {
	{ "hex", FMT_HEX }, { "base64", FMT_BASE64 }, { "json", FMT_JSON }, { "i8", FMT_I8 }, { "i16", FMT_I16 },
	{ "i32", FMT_I32 }, { "i64", FMT_I64 }, { "le32", FMT_LE32 }, { "iso", FMT_ISO },
};

struct compiler {
	struct fmt *f;
	struct slice s;			/* the source */
	size_t at;
	uint8_t *to;			/* where the next literal's bytes go */
	struct err *e;
};

char
fmt_letter(enum fmt_what w)
{
	return letters[w];
}

/* One byte, as it is or escaped, behind c->to. */
static int
take_byte(struct compiler *c)
{
	static const char from[] = "ntr0\\", made[] = "\n\t\r\0\\";
	const uint8_t *p = c->s.p + c->at;
	size_t left = c->s.n - c->at;
	const char *found;
	int a, b;

	if (*p != '\\') {
		*c->to++ = *p;
		c->at++;
		return 0;
	}
	if (left > 1 && (found = strchr(from, p[1])) != NULL) {
		*c->to++ = (uint8_t)made[found - from];
		c->at += 2;
		return 0;
	}
	if (left > 1 && p[1] == 'x') {
		if (left < 4 || (a = hex_digit(p[2])) < 0 || (b = hex_digit(p[3])) < 0)
			return caret_err(c->e, c->s, c->at, "'\\x' wants two hexadecimal digits");
		*c->to++ = (uint8_t)(a << 4 | b);
		c->at += 4;
		return 0;
	}
	return caret_err(c->e, c->s, c->at, "unknown escape: there are \\n \\t \\r \\0 \\\\ and \\xHH");
}

/* Adds one byte to the literal at the end, or begins one. */
static void
literal_byte(struct compiler *c, size_t at, uint8_t *byte)
{
	struct fmt *f = c->f;
	struct fmt_op *last = f->n > 0 ? &f->ops[f->n - 1] : NULL;

	if (last != NULL && last->what == FMT_LITERAL) {
		last->text.n++;
		return;
	}
	f->ops[f->n++] = (struct fmt_op){ .what = FMT_LITERAL, .text = SLICE_OF(byte, 1), .at = at };
}

static int
unknown_conversion(struct compiler *c)
{
	struct slice name = SLICE_OF(c->s.p + c->at + 1, 1);
	size_t i;

	name.n = utf8_char(name.p, c->s.n - c->at - 1);
	for (i = 0; i < COUNT(elsewhere); i++)
		if (elsewhere[i].letter == name.p[0])
			return caret_err(c->e, c->s, c->at, "unknown conversion '%%%c': %s", name.p[0], elsewhere[i].here);
	if (name.n == 0 || name.p[0] < 0x20 || name.p[0] == 0x7f || utf8_c1(name.p, name.n))
		return caret_err(c->e, c->s, c->at, "unknown conversion");
	return caret_err(c->e, c->s, c->at, "unknown conversion '%%%.*s'", (int)name.n, (const char *)name.p);
}

static bool
fits(enum fmt_what what, enum fmt_how how)
{
	if (how == FMT_HEX || how == FMT_BASE64 || how == FMT_JSON)
		return fmt_is_bytes(what);
	if (how == FMT_ISO || how == FMT_STRFTIME)
		return what == FMT_TIMESTAMP;
	return fmt_is_length(what) || what == FMT_PARTITION || what == FMT_OFFSET || what == FMT_TIMESTAMP ||
	    what == FMT_HEADER_COUNT;
}

static int
wrong_modifier(struct compiler *c, const struct fmt_op *op, size_t at)
{
	const char *takes = "no modifier (a brace that stands for itself is \\x7b)";

	if (fits(op->what, FMT_HEX))
		takes = "{hex}, {base64} or {json}, and {null=TEXT}";
	else if (fits(op->what, FMT_ISO))
		takes = "{iso}, {PATTERN} of strftime, {i8}, {i16}, {i32}, {i64} or {le32}";
	else if (fits(op->what, FMT_I8))
		takes = "{i8}, {i16}, {i32}, {i64} or {le32}";
	return caret_err(c->e, c->s, at, "'%%%c' takes %s", fmt_letter(op->what), takes);
}

/* A pattern is kept with a blank behind, so that no output is told from too much. */
static int
set_pattern(struct compiler *c, struct fmt_op *op, struct slice text, size_t at)
{
	struct buf out = BUF_INIT;
	bool fit;

	if (memchr(text.p, '\0', text.n) != NULL)
		return caret_err(c->e, c->s, at, "a pattern of strftime cannot hold a NUL byte");
	*c->to++ = ' ';
	*c->to++ = '\0';
	op->how = FMT_STRFTIME;
	op->text = text;
	fmt_strftime(op, 0, &out);
	fit = !out.failed && out.n <= FMT_STRFTIME_MAX / 4;
	buf_release(&out);
	return fit ? 0 : caret_err(c->e, c->s, at, "the pattern of strftime makes too much");
}

static int
set_modifier(struct compiler *c, struct fmt_op *op, struct slice text, size_t at)
{
	size_t i;

	if (text.n >= 5 && memcmp(text.p, "null=", 5) == 0) {
		if (!fmt_is_bytes(op->what))
			return wrong_modifier(c, op, at);
		if (op->has_null)
			return caret_err(c->e, c->s, at, "{null=TEXT} is there twice");
		op->has_null = true;
		op->null = SLICE_OF(text.p + 5, text.n - 5);
		return 0;
	}
	if (op->how != FMT_TEXT)
		return caret_err(c->e, c->s, at, "'%%%c' has a modifier already", fmt_letter(op->what));
	for (i = 0; i < COUNT(modifiers); i++)
		if (slice_eq(text, slice_str(modifiers[i].word)) && fits(op->what, modifiers[i].how)) {
			op->how = modifiers[i].how;
			return 0;
		}
	if (op->what == FMT_TIMESTAMP && memchr(text.p, '%', text.n) != NULL)
		return set_pattern(c, op, text, at);
	return wrong_modifier(c, op, at);
}

/* {...} behind a conversion. */
static int
take_modifier(struct compiler *c, struct fmt_op *op)
{
	size_t at = c->at++;
	uint8_t *from = c->to;
	int rc;

	while (c->at < c->s.n && c->s.p[c->at] != '}')
		if ((rc = take_byte(c)) != 0)
			return rc;
	if (c->at == c->s.n)
		return caret_err(c->e, c->s, at, "the brace is never closed");
	c->at++;
	return set_modifier(c, op, SLICE_OF(from, c->to - from), at);
}

static int
take_conversion(struct compiler *c)
{
	size_t at = c->at;
	const char *found;
	struct fmt_op *op;
	int rc;

	if (at + 1 == c->s.n)
		return caret_err(c->e, c->s, at, "a conversion is missing behind '%%' ('%%%%' is one percent sign)");
	if (c->s.p[at + 1] == '%') {
		*c->to = '%';
		literal_byte(c, at, c->to++);
		c->at += 2;
		return 0;
	}
	found = memchr(letters + 1, c->s.p[at + 1], sizeof(letters) - 1);
	if (found == NULL)
		return unknown_conversion(c);
	op = &c->f->ops[c->f->n++];
	*op = (struct fmt_op){ .what = (enum fmt_what)(found - letters), .how = FMT_TEXT, .at = at };
	c->at += 2;
	while (c->at < c->s.n && c->s.p[c->at] == '{')
		if ((rc = take_modifier(c, op)) != 0)
			return rc;
	return 0;
}

static int
compile(struct compiler *c)
{
	int rc = 0;

	while (rc == 0 && c->at < c->s.n) {
		if (c->s.p[c->at] == '%')
			rc = take_conversion(c);
		else {
			size_t at = c->at;
			uint8_t *byte = c->to;

			if ((rc = take_byte(c)) == 0)
				literal_byte(c, at, byte);
		}
	}
	return rc;
}

int
fmt_compile(struct fmt **out, const char *source, enum fmt_use use, struct err *e)
{
	size_t n = strlen(source);
	struct compiler c = { .e = e };
	struct fmt *f;
	int rc;

	*out = NULL;
	/* literals and patterns, with what is added to them, take no more than their source */
	if ((f = calloc(1, sizeof(*f))) == NULL || (f->bytes = malloc(2 * n + 2)) == NULL ||
	    (f->ops = calloc(n + 1, sizeof(*f->ops))) == NULL) {
		fmt_free(f);
		return err_set(e, ERR_NOMEM, "no memory for a format string");
	}
	memcpy(f->bytes, source, n);
	f->source = c.s = SLICE_OF(f->bytes, n);
	c.f = f;
	c.to = f->bytes + n;
	rc = compile(&c);
	if (rc == 0 && use == FMT_READ)
		rc = fmt_check_read(f, e);
	if (rc != 0) {
		fmt_free(f);
		return rc;
	}
	*out = f;
	return 0;
}

void
fmt_free(struct fmt *f)
{
	if (f == NULL)
		return;
	free(f->ops);
	free(f->bytes);
	free(f);
}

void
fmt_input_clear(struct fmt_input *in)
{
	in->rec = (struct record)RECORD_INIT;
	in->partition = -1;
	in->has_timestamp = false;
	buf_clear(&in->scratch);
	buf_clear(&in->headers);
}

void
fmt_input_release(struct fmt_input *in)
{
	buf_release(&in->scratch);
	buf_release(&in->headers);
	*in = (struct fmt_input)FMT_INPUT_INIT;
}
