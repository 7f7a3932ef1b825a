/*
 * glob.c - shell patterns over bytes (text/glob.h).
 */
#include "text/glob.h"

#include <fnmatch.h>
#include <stdlib.h>

#include "check.h"

static const struct { const char *pattern; size_t pn; const char *bytes; size_t n; bool want; } cases[] = {
	{ "", 0, "", 0, true }, { "", 0, "a", 1, false }, { "*", 1, "", 0, true }, { "*", 1, "a\0b", 3, true }, { "?", 1, "\0", 1, true },
	{ "?", 1, "", 0, false }, { "a*c", 3, "a\0\xff" "c", 4, true }, { "a\0b", 3, "a\0b", 3, true }, { "[\0]", 3, "\0", 1, true },
	{ "[!a]", 4, "b", 1, true }, { "[^a]", 4, "a", 1, false }, { "[]a]", 4, "]", 1, true }, { "[!]a]", 5, "]", 1, false },
	{ "[a-c]", 5, "b", 1, true }, { "[a-c]", 5, "d", 1, false }, { "[a-]", 4, "-", 1, true }, { "[\x80-\xff]", 5, "\xe9", 1, true },
	{ "[", 1, "[", 1, true }, { "[a", 2, "[a", 2, true }, { "a[", 2, "ab", 2, false }, { "\\*", 2, "*", 1, true }, { "\\*", 2, "a", 1, false },
	{ "\\", 1, "\\", 1, true }, { "[\\]]", 4, "]", 1, true }, { "*.log", 5, ".log", 4, true }, { "*a*b*c*", 7, "xxaxxbxxcxx", 11, true },
	{ "*a*b*c", 6, "xxaxxbxxcxx", 11, false }, { "a/*", 3, "a/b/c", 5, true }, { "**", 2, "x", 1, true },
};

/* fnmatch agrees, where both can be asked. */
static void
test_against_fnmatch(void)
{
	static const char alphabet[] = "ab*?[]-!\\";
	char pattern[9], s[9];
	int turn, i, n;

	srandom(1);
	for (turn = 0; turn < 200000; turn++) {
		n = (int)(random() % 8);
		for (i = 0; i < n; i++)
			pattern[i] = alphabet[random() % 4];
		pattern[n] = '\0';
		n = (int)(random() % 8);
		for (i = 0; i < n; i++)
			s[i] = alphabet[random() % 2];
		s[n] = '\0';
		CHECK(glob_match(slice_str(pattern), slice_str(s)) == (fnmatch(pattern, s, 0) == 0), "'%s' '%s'", pattern, s);
	}
}

int
main(void)
{
	static char many[4096];
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK(glob_match(SLICE_OF(cases[i].pattern, cases[i].pn), SLICE_OF(cases[i].bytes, cases[i].n)) == cases[i].want,
		    "case %zu: '%s'", i, cases[i].pattern);
	CHECK_TRUE(!glob_match(slice_str("*"), SLICE_NULL));
	CHECK_TRUE(glob_is("a*") && glob_is("?") && glob_is("[a]") && !glob_is("a.b-c"));
	memset(many, 'a', sizeof(many));
	CHECK_TRUE(!glob_match(slice_str("*a*a*a*a*a*a*a*a*a*a*b"), SLICE_OF(many, sizeof(many))));
	test_against_fnmatch();
	return check_done();
}
