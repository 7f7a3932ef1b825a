/*
 * table.c - one table in three forms (text/table.h).
 */
#include "text/table.h"

#include <stdlib.h>
#include <time.h>

#include "check.h"

static const struct column cols[] = {
	{ "TOPIC", "topic", COL_TEXT }, { "LAG", "lag", COL_NUMBER }, { "SIZE", "size", COL_SIZE }, { "LAST", "last", COL_TIME },
	{ "INTERNAL", "internal", COL_BOOL }, { "CONFIG", "config", COL_JSON }, { NULL, NULL, COL_TEXT },
};

static void
fill(struct table *t)
{
	table_text(t, "orders");
	table_number(t, 7);
	table_number(t, 1536);
	table_number(t, 1700000000123);
	table_number(t, 1);
	table_text(t, "{\"a\":1}");
	table_row(t);
	table_text(t, "tab\there \"\\\n\xc3\xa9");
	table_number(t, -12345);
	table_number(t, 0);
	table_none(t);
	table_number(t, 0);
	table_none(t);
	table_row(t);
	table_text(t, NULL);
	table_none(t);
	table_none(t);
	table_none(t);
	table_none(t);
	table_none(t);
	table_row(t);
}

static const char *const want[] = {
	[TABLE_PEOPLE] =
	    "TOPIC                   LAG  SIZE  LAST                       INTERNAL  CONFIG\n"
	    "orders                    7  1.5K  2023-11-14T23:13:20+01:00  yes       {\"a\":1}\n"
	    "tab\\x09here \"\\\\x0a\xc3\xa9  -12345    0B  -                          no        -\n"
	    "-                         -     -  -                          -         -\n",
	[TABLE_TSV] =
	    "orders\t7\t1536\t1700000000123\ttrue\t{\"a\":1}\n"
	    "tab\\there \"\\\\\\n\xc3\xa9\t-12345\t0\t-\tfalse\t-\n"
	    "-\t-\t-\t-\t-\t-\n",
	[TABLE_JSON] =
	    "{\"topic\":\"orders\",\"lag\":7,\"size\":1536,\"last\":1700000000123,\"internal\":true,\"config\":{\"a\":1}}\n"
	    "{\"topic\":\"tab\\there \\\"\\\\\\n\xc3\xa9\",\"lag\":-12345,\"size\":0,\"last\":null,\"internal\":false,\"config\":null}\n"
	    "{\"topic\":null,\"lag\":null,\"size\":null,\"last\":null,\"internal\":null,\"config\":null}\n",
};

int
main(void)
{
	struct buf out = BUF_INIT;
	struct table t;
	int form;

	setenv("TZ", "Europe/Berlin", 1);
	tzset();
	for (form = TABLE_PEOPLE; form <= TABLE_JSON; form++) {
		buf_clear(&out);
		table_init(&t, cols, (enum table_form)form);
		fill(&t);
		table_finish(&t, &out);
		CHECK(strcmp(buf_str(&out), want[form]) == 0, "form %d:\n%snot\n%s", form, buf_str(&out), want[form]);
	}
	buf_clear(&out);
	table_init(&t, cols, TABLE_PEOPLE);
	table_finish(&t, &out);
	CHECK(strcmp(buf_str(&out), "TOPIC  LAG  SIZE  LAST  INTERNAL  CONFIG\n") == 0, "no rows: %s", buf_str(&out));
	buf_release(&out);
	return check_done();
}
