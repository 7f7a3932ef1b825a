/*
 * Java properties: what java.util.Properties makes of each text.
 */
#include "agent/settings.h"
#include "unit/check.h"

struct text {
	const char *s, *key, *value;	/* key NULL: nothing is there; value NULL: refused */
	unsigned line;
};

static const struct text texts[] = {
	{ "a=1", "a", "1", 1 }, { "a = 1 ", "a", "1", 1 }, { "a:1", "a", "1", 1 }, { "a 1", "a", "1", 1 }, { "a\t1", "a", "1", 1 },
	{ "a===x", "a", "==x", 1 }, { "a = = x", "a", "= x", 1 }, { "a", "a", "", 1 }, { "a=", "a", "", 1 }, { "a : = x", "a", "= x", 1 },
	{ "\n\n a=1\n", "a", "1", 3 }, { "# a=1", NULL, NULL, 0 }, { "! a=1\\\nb=2", "b", "2", 2 }, { "a=1 # x", "a", "1 # x", 1 },
	{ "a=1\r\nb=2\r\n", "b", "2", 2 }, { "a=1\rb=2\r", "b", "2", 2 }, { "a=b\\\n   c", "a", "bc", 1 }, { "a=b\\\\\nc=2", "c", "2", 2 },
	{ "a=b\\\r\n\tc\nd=4", "d", "4", 3 }, { "a=b\\\n# c", "a", "b# c", 1 }, { "a=b\\", "a", "b", 1 }, { "a\\\n = b", "a", "b", 1 },
	{ "a \\\n = b", "a", "b", 1 }, { "a = \\\n\\\n b", "a", "b", 1 }, { "a\\ b=1", "a b", "1", 1 }, { "a\\=b=1", "a=b", "1", 1 },
	{ "a\\:b\\#=1", "a:b#", "1", 1 }, { "a=\\\\d", "a", "\\d", 1 }, { "a=\\d", "a", "d", 1 }, { "a=x\\ty", "a", "x\ty", 1 },
	{ "a=x\\n\\r\\fy", "a", "x\n\r\fy", 1 }, { "a=\\u00e9", "a", "\xc3\xa9", 1 }, { "a=\\u20AC", "a", "\xe2\x82\xac", 1 },
	{ "a=\\ud83d\\ude00", "a", "\xf0\x9f\x98\x80", 1 }, { "a=\\ud83dx", "a", "\xef\xbf\xbdx", 1 }, { "a=\\u00", "a", NULL, 1 },
	{ "a=\\u00zz", "a", NULL, 1 }, { "a=\\u0000", "a", NULL, 1 }, { "a=1\na=2", "a", "2", 2 }, { "a=\xc3\xa9", "a", "\xc3\xa9", 1 },
	{ "\\\n#x=1", "#x", "1", 1 }, { "a=\\", "a", "", 1 }, { "", NULL, NULL, 0 }, { " \f\t", NULL, NULL, 0 }, { "a\f=\f1", "a", "1", 1 },
};

static void
check_text(const struct text *t)
{
	struct settings s = SETTINGS_INIT;
	struct err e = ERR_INIT;
	int rc = settings_parse(&s, slice_str(t->s), "f", &e);
	long i = t->key == NULL ? -1 : settings_find(&s, t->key);

	if (t->key != NULL && t->value == NULL)
		CHECK(rc == -ERR_INVALID && strncmp(e.text, "f:1: ", 5) == 0, "'%s' is taken: %d %s", t->s, rc, e.text);
	else if (t->key == NULL)
		CHECK(rc == 0 && s.n == 0, "'%s' has %zu settings", t->s, s.n);
	else if (CHECK(rc == 0 && i >= 0, "'%s' has no '%s': %d %s", t->s, t->key, rc, e.text)) {
		CHECK(strcmp(s.v[i].value, t->value) == 0, "'%s': '%s', not '%s'", t->s, s.v[i].value, t->value);
		CHECK_INT(s.v[i].line, t->line);
	}
	settings_release(&s);
}

static void
check_files(void)
{
	struct settings s = SETTINGS_INIT;

	CHECK_INT(settings_parse(&s, slice_str("a=1\nb=2\nb=3\n"), "one", NULL), 0);
	CHECK_INT(settings_parse(&s, slice_str("\na=4\n"), "two", NULL), 0);
	CHECK_INT(s.n, 2);
	CHECK_STR(s.v[0].value, "4");
	CHECK_STR(s.v[0].file, "two");
	CHECK_INT(s.v[0].before, 0);
	CHECK_INT(s.v[1].before, 2);
	CHECK_INT(settings_parse(&s, SLICE_OF("a=\0", 3), "three", NULL), -ERR_INVALID);
	settings_release(&s);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		check_text(&texts[i]);
	check_files();
	return check_done();
}
