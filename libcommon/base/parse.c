/*
 * parse.c - numbers, sizes, durations, lists and escapes (parse.h).
 */
#include "base/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * Decimal digits at *s, moved behind them.  False: there is none, or the
 * number is beyond 64 bits (then *s is where it began).
 */
static bool
digits(const char **s, int64_t *v)
{
	const char *p = *s;
	int64_t n = 0;

	if (*p < '0' || *p > '9')
		return false;
	for (; *p >= '0' && *p <= '9'; p++)
		if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, *p - '0', &n))
			return false;
	*s = p;
	*v = n;
	return true;
}

static int
in_range(const char *s, int64_t v, int64_t min, int64_t max, struct err *e)
{
	if (v < min || v > max)
		return err_set(e, ERR_INVALID, "must be between %lld and %lld, not %s", (long long)min,
		    (long long)max, s);
	return 0;
}

int
parse_int(const char *s, int64_t min, int64_t max, int64_t *out, struct err *e)
{
	char *end;
	long long v;
	int saved = errno, rc;

	errno = 0;
	v = strtoll(s, &end, 10);
	rc = errno;
	errno = saved;
	if (end == s || *end != '\0' || (*s != '-' && *s != '+' && (*s < '0' || *s > '9')))
		return err_set(e, ERR_INVALID, "is not a number: %s", s);
	if (rc == ERANGE)
		return err_set(e, ERR_INVALID, "is beyond 64 bits: %s", s);
	*out = v;
	return in_range(s, v, min, max, e);
}

int
parse_size(const char *s, int64_t min, int64_t max, int64_t *out, struct err *e)
{
	static const char units[] = "KMGT";
	const char *p = s, *unit;
	int64_t v;

	if (!digits(&p, &v))
		return err_set(e, ERR_INVALID, "is not a size: %s", s);
	if (*p != '\0') {
		unit = strchr(units, *p & ~0x20);
		if (unit == NULL || *unit == '\0' || p[1] != '\0')
			return err_set(e, ERR_INVALID, "is not a size (bytes, or with K, M, G or T): %s", s);
		if (__builtin_mul_overflow(v, (int64_t)1 << (10 * (unit - units + 1)), &v))
			return err_set(e, ERR_INVALID, "is too large: %s", s);
	}
	*out = v;
	return in_range(s, v, min, max, e);
}

/* The unit at *s in milliseconds, moved behind it; 0: none of them. */
static int64_t
duration_unit(const char **s)
{
	static const struct {
		const char *name;
		int64_t ms;
	} units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 },
		{ "d", 86400000 }, { "w", 7 * 86400000LL },
	};
	size_t i, n;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		n = strlen(units[i].name);
		if (strncmp(*s, units[i].name, n) == 0) {
			*s += n;
			return units[i].ms;
		}
	}
	return 0;
}

int
parse_duration(const char *s, int64_t *out, struct err *e)
{
	const char *p = s;
	int64_t v, unit, last = INT64_MAX, sum = 0;

	if (strcmp(s, "0") == 0) {
		*out = 0;
		return 0;
	}
	do {
		if (!digits(&p, &v))
			return err_set(e, ERR_INVALID, "is not a duration: %s", s);
		if (*p == '\0')
			return err_set(e, ERR_INVALID, "needs a unit (ms, s, m, h, d or w): %s", s);
		/* The larger unit comes first, each once: 1h30m. */
		unit = duration_unit(&p);
		if (unit == 0 || unit >= last)
			return err_set(e, ERR_INVALID, "is not a duration: %s", s);
		last = unit;
		if (__builtin_mul_overflow(v, unit, &v) || __builtin_add_overflow(sum, v, &sum))
			return err_set(e, ERR_INVALID, "is too long: %s", s);
	} while (*p != '\0');
	*out = sum;
	return 0;
}

static int
by_number(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return (x > y) - (x < y);
}

#define PARTITIONS_MAX	100000	/* in one list: bounds what "0-2000000000" takes */

/* "3" or "3-5" at *s, moved behind it. */
static bool
partition_range(const char **s, int64_t *from, int64_t *to)
{
	if (!digits(s, from))
		return false;
	*to = *from;
	if (**s == '-') {
		(*s)++;
		if (!digits(s, to))
			return false;
	}
	return *from <= *to && *to <= INT32_MAX;
}

int
parse_partitions(const char *s, int32_t **list, size_t *n, struct err *e)
{
	const char *p = s;
	int64_t from, to;
	int32_t *l = NULL, *more;
	size_t i, count = 0;

	for (;;) {
		if (!partition_range(&p, &from, &to) || (*p != '\0' && *p != ',')) {
			free(l);
			return err_set(e, ERR_INVALID, "is not a list of partitions such as 0,3-5: %s", s);
		}
		if (to - from >= PARTITIONS_MAX - (int64_t)count) {
			free(l);
			return err_set(e, ERR_INVALID, "names more than %d partitions: %s", PARTITIONS_MAX, s);
		}
		more = reallocarray(l, count + (size_t)(to - from) + 1, sizeof(*l));
		if (more == NULL) {
			free(l);
			return err_set(e, ERR_NOMEM, "no memory for a list of partitions");
		}
		for (l = more; from <= to; from++)
			l[count++] = (int32_t)from;
		if (*p++ == '\0')
			break;
	}
	qsort(l, count, sizeof(*l), by_number);
	for (i = *n = 0; i < count; i++)
		if (*n == 0 || l[i] != l[*n - 1])
			l[(*n)++] = l[i];
	*list = l;
	return 0;
}

int
parse_escapes(const char *s, struct buf *out, struct err *e)
{
	static const char from[] = "ntr0\\", to[] = "\n\t\r\0\\";
	const char *p, *c;
	int high, low;

	for (p = s; *p != '\0'; p++) {
		if (*p != '\\') {
			buf_putc(out, *p);
			continue;
		}
		p++;
		if (*p != '\0' && (c = strchr(from, *p)) != NULL) {
			buf_putc(out, to[c - from]);
			continue;
		}
		if (*p != 'x' || (high = hex_digit(p[1])) == -1 || (low = hex_digit(p[2])) == -1)
			return err_set(e, ERR_INVALID, "has an unknown escape (not \\n \\t \\r \\0 \\\\ \\xHH): %s", s);
		buf_putc(out, high << 4 | low);
		p += 2;
	}
	return out->failed ? err_set(e, ERR_NOMEM, "no memory") : 0;
}
