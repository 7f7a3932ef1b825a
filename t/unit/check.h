/*
 * check.h - what a unit program says.
 *
 *	for each case:	CHECK(got == c->want, "case %s: got %d", c->name, got);
 *	CHECK_INT(got, want);	CHECK_BYTES(got, n, want, m);	CHECK_STR(got, want);
 *	return check_done();		// "123 checks", status 1 when one failed
 *
 * A failed check is a line on stderr with file and line; the program goes on.
 */
#ifndef UNIT_CHECK_H
#define UNIT_CHECK_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static unsigned long check_count, check_bad;

__attribute__((format(printf, 4, 5), unused)) static bool
check_that(bool ok, const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	check_count++;
	if (ok)
		return true;
	check_bad++;
	fprintf(stderr, "%s:%d: ", file, line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return false;
}

__attribute__((unused)) static bool
check_bytes(const void *got, size_t n, const void *want, size_t m, const char *file, int line, const char *what)
{
	const uint8_t *g = got, *w = want;
	size_t i;

	if (check_that(n == m && (n == 0 || memcmp(got, want, n) == 0), file, line,
	    "%s: %zu bytes, not the %zu expected:", what, n, m))
		return true;
	fputs("\tgot ", stderr);
	for (i = 0; i < n && i < 64; i++)
		fprintf(stderr, " %02x", g[i]);
	fputs("\n\twant", stderr);
	for (i = 0; i < m && i < 64; i++)
		fprintf(stderr, " %02x", w[i]);
	fputc('\n', stderr);
	return false;
}

/* Each operand is evaluated once. */
__attribute__((unused)) static bool
check_int(long long got, long long want, const char *file, int line, const char *what)
{
	return check_that(got == want, file, line, "%s is %lld, not %lld", what, got, want);
}

__attribute__((unused)) static bool
check_str(const char *got, const char *want, const char *file, int line, const char *what)
{
	return check_that(got != NULL && strcmp(got, want) == 0, file, line, "%s is \"%s\", not \"%s\"", what,
	    got == NULL ? "(null)" : got, want);
}

#define CHECK(cond, ...)	check_that((cond), __FILE__, __LINE__, __VA_ARGS__)
#define CHECK_TRUE(cond)	check_that((cond), __FILE__, __LINE__, "not so: %s", #cond)
#define CHECK_INT(got, want)	check_int((long long)(got), (long long)(want), __FILE__, __LINE__, #got)
#define CHECK_STR(got, want)	check_str((got), (want), __FILE__, __LINE__, #got)
#define CHECK_BYTES(got, n, want, m)	check_bytes((got), (n), (want), (m), __FILE__, __LINE__, #got)

__attribute__((unused)) static int
check_done(void)
{
	printf("%lu checks\n", check_count);
	return check_bad == 0 ? 0 : 1;
}

#endif
