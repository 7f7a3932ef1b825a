/*
 * names.c - Kafka's rule for names, and the nearest of some words (parse.h).
 */
#include "base/parse.h"

#include <string.h>

int
name_check(const char *what, const char *name, struct err *e)
{
	const char *an = what[0] == 'i' ? "an" : "a";	/* instance */
	size_t n = strlen(name);

	if (n == 0)
		return err_set(e, ERR_INVALID, "%s %s name cannot be empty", an, what);
	if (n > NAME_MAX_LEN)
		return err_set(e, ERR_INVALID, "%s %s name has at most %d characters, '%.20s...' has %zu", an, what,
		    NAME_MAX_LEN, name, n);
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return err_set(e, ERR_INVALID, "%s %s name cannot be '%s'", an, what, name);
	if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") != n)
		return err_set(e, ERR_INVALID, "%s %s name is made of a-z, A-Z, 0-9, '.', '_' and '-', unlike '%s'",
		    an, what, name);
	return 0;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours between two words of at most NAME_MAX_LEN. */
static size_t
distance(const char *a, size_t an, const char *b, size_t bn)
{
	size_t rows[3][NAME_MAX_LEN + 1], *before = rows[0], *above = rows[1], *row = rows[2], *t;
	size_t i, j;

	memset(rows, 0, sizeof(rows));
	for (j = 0; j <= bn; j++)
		row[j] = j;
	for (i = 1; i <= an; i++) {
		t = before;
		before = above;
		above = row;
		row = t;
		row[0] = i;
		for (j = 1; j <= bn; j++) {
			row[j] = least(least(above[j], row[j - 1]) + 1, above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], before[j - 2] + 1);
		}
	}
	return row[bn];
}

const char *
nearest_name(const char *word, const char *const *words)
{
	size_t n = strlen(word), len, d, limit, best = SIZE_MAX;
	const char *near = NULL;

	if (n == 0 || n > NAME_MAX_LEN)
		return NULL;
	for (; *words != NULL; words++) {
		len = strlen(*words);
		if (len > NAME_MAX_LEN)
			continue;
		/* A third of the letters may differ, one even in short words, but something must be left. */
		limit = (n > len ? n : len) / 3;
		limit = limit < 1 ? 1 : limit > 5 ? 5 : limit;
		d = distance(word, n, *words, len);
		if (d <= limit && d < len && d < best) {
			best = d;
			near = *words;
		}
	}
	return near;
}
