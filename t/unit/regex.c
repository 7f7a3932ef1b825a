/*
 * regex.c - regular expressions over bytes (text/regex.h).
 */
#include "text/regex.h"

#include <stdlib.h>

#include "check.h"

static const struct { const char *pattern, *bytes; size_t n; int want; } matching[] = {
	{ "^a.c$", "abc", 3, 1 }, { "^a.c$", "abcd", 4, 0 }, { "b", "abc", 3, 1 }, { "", "", 0, 1 }, { "^$", "", 0, 1 },
	{ "a\\x00b", "xa\0b", 4, 1 }, { "^.$", "\xff", 1, 1 }, { "\\xff", "a\xff", 2, 1 }, { "^.$", "\xc3\xa9", 2, 0 },
	{ "\xc3\xa9", "caf\xc3\xa9", 5, 1 }, { "(?i)ERROR", "an error", 8, 1 }, { "^b", "a\nb", 3, 0 }, { "(?m)^b", "a\nb", 3, 1 },
	{ "(a|b)*c", "ababc", 5, 1 }, { "(\\w+) \\1", "go go", 5, 1 }, { "a(?=b)", "ab", 2, 1 },
};

static const struct { const char *pattern; int column; const char *why; } wrong[] = {
	{ "a(b", 3, "missing closing parenthesis" }, { "*a", 0, "quantifier" }, { "[z-a]", 3, "range" }, { "(*UTF)a", 6, "UTF" },
};

static void
test_matching(const struct regex_ops *re)
{
	size_t i;

	for (i = 0; i < sizeof(matching) / sizeof(matching[0]); i++) {
		struct err e = ERR_INIT;
		struct regex *r;
		int rc;

		if (!CHECK(re->compile(&r, matching[i].pattern, &e) == 0, "%s: %s", matching[i].pattern, e.text))
			continue;
		rc = re->match(r, SLICE_OF(matching[i].bytes, matching[i].n), &e);
		CHECK(rc == matching[i].want, "%s: %d %s", matching[i].pattern, rc, rc < 0 ? e.text : "");
		CHECK_INT(re->match(r, SLICE_NULL, &e), 0);
		re->free(r);
	}
}

static void
test_wrong(const struct regex_ops *re)
{
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err e = ERR_INIT;
		struct regex *r;
		int rc = re->compile(&r, wrong[i].pattern, &e);
		const char *mark = strrchr(e.text, '\n');

		CHECK(rc == -ERR_INVALID && r == NULL && strstr(e.text, wrong[i].why) != NULL, "%s: %d %s", wrong[i].pattern, rc, e.text);
		CHECK(mark != NULL && strspn(mark + 1, " ") == (size_t)wrong[i].column + 4, "%s: the mark is elsewhere: %s",
		    wrong[i].pattern, e.text);
	}
}

/* A pattern that tries too many ways is an error, and a deep one needs no stack of ours. */
static void
test_limits(const struct regex_ops *re)
{
	static char many[100001];
	struct err e = ERR_INIT;
	struct regex *r;
	int rc;

	memset(many, 'a', 100000);
	if (!CHECK(re->compile(&r, "(a+)+$", &e) == 0, "%s", e.text))
		return;
	many[50] = 'b';
	rc = re->match(r, SLICE_OF(many, 51), &e);
	CHECK(rc == -ERR_RANGE && strstr(e.text, "limit") != NULL, "%d %s", rc, rc < 0 ? e.text : "");
	re->free(r);
	many[50] = 'a';
	if (!CHECK(re->compile(&r, "^(?:(a)|b)*c", &e) == 0, "%s", e.text))
		return;
	many[100000] = 'c';
	rc = re->match(r, SLICE_OF(many, 100001), &e);
	CHECK(rc == 1, "%d %s", rc, rc < 0 ? e.text : "");
	re->free(r);
}

/* Text: characters, not bytes; also beside bytes that are none. */
static void
test_text(const struct regex_ops *re)
{
	static const struct { const char *pattern, *bytes; int pairs; size_t at[3][2]; } found[] = {
		{ "^\\D+$", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x8e", 1, { { 0, 9 } } },
		{ "\\W", "a\xc3\xa9", 1, { { 1, 3 } } }, { "(.)(x)?$", "\xc3\xa9", 3, { { 0, 2 }, { 0, 2 }, { REGEX_UNSET, REGEX_UNSET } } },
		{ "b\\D", "a\xff" "b\xc3\xa9\xff", 1, { { 2, 5 } } }, { "b.", "b\xff", 0, { { 0, 0 } } }, { "x", "y", 0, { { 0, 0 } } },
	};

	for (size_t i = 0; i < sizeof(found) / sizeof(found[0]); i++) {
		struct err e = ERR_INIT;
		size_t at[3][2];
		struct regex *r;
		int rc;

		if (!CHECK(re->compile_text(&r, found[i].pattern, &e) == 0, "%s: %s", found[i].pattern, e.text))
			continue;
		rc = re->find(r, slice_str(found[i].bytes), 0, at, 3, &e);
		CHECK(rc == found[i].pairs, "%s in '%s': %d pairs (%s)", found[i].pattern, found[i].bytes, rc, e.text);
		for (int k = 0; k < rc && k < 3; k++)
			CHECK(at[k][0] == found[i].at[k][0] && at[k][1] == found[i].at[k][1], "%s: pair %d is %zu, %zu", found[i].pattern, k, at[k][0], at[k][1]);
		re->free(r);
	}
}

int
main(void)
{
	struct err e = ERR_INIT;
	const struct regex_ops *re = regex_load(&e);

	if (re == NULL) {
		CHECK(e.code == ERR_ABSENT && e.text[0] != '\0', "%d %s", e.code, e.text);
		return check_done();
	}
	test_matching(re);
	test_wrong(re);
	test_limits(re);
	test_text(re);
	re->free(NULL);
	return check_done();
}
