/*
 * terminal.c - what a terminal is shown (text/terminal.h), and a mark under a
 * place (text/caret.h).
 */
#include "text/terminal.h"

#include <stdlib.h>

#include "check.h"
#include "text/caret.h"

static const struct { const char *in; size_t n; const char *want, *line; size_t width; } cases[] = {
	{ "plain", 5, "plain", "plain", 5 }, { "", 0, "", "", 0 }, { "a\tb\n", 4, "a\tb\n", "a\\x09b\\x0a", 10 },
	{ "\x1b[2J", 4, "\\x1b[2J", "\\x1b[2J", 7 }, { "\0\r\x7f", 3, "\\x00\\x0d\\x7f", "\\x00\\x0d\\x7f", 12 },
	{ "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 3 },
	{ "\xc2\x9b" "2J", 4, "\\xc2\\x9b2J", "\\xc2\\x9b2J", 10 }, { "\x9b\xff\xc3", 3, "\\x9b\\xff\\xc3", "\\x9b\\xff\\xc3", 12 },
	{ "a\xe2\x82", 3, "a\\xe2\\x82", "a\\xe2\\x82", 9 }, { "a\\x1b", 5, "a\\x1b", "a\\x1b", 5 },
};

static void
test_caret(void)
{
	char s[400];
	struct err e = ERR_INIT;

	CHECK_INT(caret_err(&e, slice_str("%o %q"), 3, "unknown '%s'", "%q"), -ERR_INVALID);
	CHECK(strcmp(e.text, "unknown '%q'\n    %o %q\n       ^") == 0, "%s", e.text);
	memset(s, 'a', sizeof(s));
	CHECK_INT(caret_err(&e, SLICE_OF(s, sizeof(s)), 200, "here"), -ERR_INVALID);
	CHECK(strlen(strchr(e.text, '\n')) < 220 && strstr(e.text, "    ...aaa") != NULL && strstr(e.text, "aaa...\n") != NULL, "%s", e.text);
	memset(s, '\1', sizeof(s));
	caret_err(&e, SLICE_OF(s, sizeof(s)), sizeof(s), "here");
	CHECK(e.text[strlen(e.text) - 1] == '^', "%s", e.text);
}

int
main(void)
{
	struct buf out = BUF_INIT;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *copy = malloc(cases[i].n + 1);

		memcpy(copy, cases[i].in, cases[i].n);
		buf_clear(&out);
		terminal_escape(SLICE_OF(copy, cases[i].n), &out);
		CHECK(strcmp(buf_str(&out), cases[i].want) == 0, "case %zu: %s", i, buf_str(&out));
		buf_clear(&out);
		terminal_line(SLICE_OF(copy, cases[i].n), &out);
		CHECK(strcmp(buf_str(&out), cases[i].line) == 0, "case %zu: %s", i, buf_str(&out));
		CHECK_INT(terminal_width(SLICE_OF(copy, cases[i].n)), cases[i].width);
		free(copy);
	}
	buf_release(&out);
	test_caret();
	return check_done();
}
