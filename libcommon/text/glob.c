/*
 * glob.c - shell patterns over bytes (glob.h).  Only the last star is ever
 * tried again: what an earlier one took can never have to be given back.
 */
#include "text/glob.h"

#include <string.h>

/* The set at pattern[0] == '['; its length, 0: never closed; *in: c is one of it. */
static size_t
set_match(const uint8_t *p, size_t n, uint8_t c, bool *in)
{
	size_t i = 1;
	bool not = false, found = false, first = true;

	if (i < n && (p[i] == '!' || p[i] == '^')) {
		not = true;
		i++;
	}
	for (; i < n && (p[i] != ']' || first); first = false) {
		uint8_t low, high;

		if (p[i] == '\\' && i + 1 < n)
			i++;
		low = high = p[i++];
		if (i + 1 < n && p[i] == '-' && p[i + 1] != ']') {
			i++;
			if (p[i] == '\\' && i + 1 < n)
				i++;
			high = p[i++];
		}
		if (c >= low && c <= high)
			found = true;
	}
	if (i >= n)
		return 0;
	*in = found != not;
	return i + 1;
}

/* Does the pattern's next element match the byte?  Its length, 0: no. */
static size_t
one_match(const uint8_t *p, size_t n, uint8_t c)
{
	size_t k;
	bool in;

	if (p[0] == '?')
		return 1;
	if (p[0] == '[' && (k = set_match(p, n, c, &in)) != 0)
		return in ? k : 0;
	if (p[0] == '\\' && n > 1)
		return p[1] == c ? 2 : 0;
	return p[0] == c ? 1 : 0;
}

bool
glob_match(struct slice pattern, struct slice s)
{
	size_t p = 0, i = 0, star = SIZE_MAX, again = 0, k;

	if (s.p == NULL)
		return false;
	while (i < s.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = ++p;
			again = i;
		} else if (p < pattern.n && (k = one_match(pattern.p + p, pattern.n - p, s.p[i])) != 0) {
			p += k;
			i++;
		} else if (star != SIZE_MAX) {
			p = star;
			i = ++again;
		} else
			return false;
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

bool
glob_is(const char *s)
{
	return strpbrk(s, "*?[") != NULL;
}
