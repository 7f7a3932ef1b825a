/*
 * subcommand.c - a word behind the command's name (subcommand.h).
 */
#include "tool/subcommand.h"

#include <errno.h>
#include <string.h>

#include "base/parse.h"
#include "tool/msg.h"

#define WORDS_MAX	31

size_t
subcommand_find(const struct subcommand *table, const char *word)
{
	const char *words[WORDS_MAX + 1] = { NULL }, *near;
	size_t i;

	for (i = 0; table[i].name != NULL && i < WORDS_MAX; i++) {
		if (strcmp(table[i].name, word) == 0)
			return i;
		words[i] = table[i].name;
	}
	if ((near = nearest_name(word, words)) != NULL)
		die_usage("unknown command '%s', did you mean '%s'?", word, near);
	die_usage("unknown command '%s'", word);
}

void
subcommand_check(const struct subcommand *table, size_t cmd, const struct limited_option *limited, const bool *given)
{
	char of[128] = "";
	size_t i, k;

	for (i = 0; limited[i].ch != 0; i++) {
		if (!given[i] || (limited[i].of & table[cmd].bit) != 0)
			continue;
		for (k = 0; table[k].name != NULL; k++)
			if ((limited[i].of & table[k].bit) != 0) {
				strlcat(of, of[0] == '\0' ? "" : ", ", sizeof(of));
				strlcat(of, table[k].name, sizeof(of));
			}
		die_usage("'%s' does not take %s (%s)", table[cmd].name, limited[i].name, of);
	}
}

int
subcommand_output(struct buf *b, int status)
{
	bool gone = false;
	int bad;

	if (b->failed)
		die("%s", strerror(ENOMEM));
	bad = out_flush(b, &gone);
	buf_release(b);
	if (bad != 0 && !gone)
		return EXIT_FAILED;
	if (!gone && out_close() != EXIT_DONE)
		return EXIT_FAILED;
	return status;
}

int
subcommand_output_table(struct table *t, int status)
{
	struct buf b = BUF_INIT;

	table_finish(t, &b);
	return subcommand_output(&b, status);
}
