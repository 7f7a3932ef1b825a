/*
 * zone.c - reads TZif and the rule at its end (zone.h).
 */
#include "agent/zone.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "agent/zone_rule.h"
#include "base/io.h"

#define DATABASE	"/usr/share/zoneinfo"
#define LOCALTIME	"/etc/localtime"
#define FILE_MAX	((size_t)1 << 20)
#define HEADER		44
#define TYPES_MAX	256
#define OFFSET_MOST	(26 * 3600)		/* RFC 9636: less than 26 hours */
#define YEAR_MOST	((int64_t)67768036191694800)	/* 31 December of the last year that an int holds */

struct zone {
	size_t count;
	int64_t *at;			/* count times, rising */
	int32_t *offset;		/* count offsets, from at[i] on */
	int32_t first;			/* before at[0] */
	bool has_rule;
	struct zone_rule rule;
};

int32_t
zone_offset(const struct zone *z, int64_t at)
{
	size_t lo = 0, hi = z->count;

	if (z->has_rule && (z->count == 0 || at >= z->at[z->count - 1]))
		return zone_rule_offset(&z->rule, at);
	while (lo < hi) {		/* how many transitions lie at or before it */
		size_t mid = lo + (hi - lo) / 2;

		if (z->at[mid] <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo == 0 ? z->first : z->offset[lo - 1];
}

void
zone_time(const struct zone *z, int64_t at, struct tm *tm)
{
	int32_t off;
	time_t t;

	if (at > YEAR_MOST || at < -YEAR_MOST)
		at = at < 0 ? -YEAR_MOST : YEAR_MOST;
	off = zone_offset(z, at);
	t = (time_t)(at + off);
	if (gmtime_r(&t, tm) == NULL)
		*tm = (struct tm){ .tm_mday = 1 };
	tm->tm_gmtoff = off;
}

static int
footer_read(struct rd *r, struct zone *z)
{
	char text[128];
	size_t n = 0;
	uint8_t c;

	if (rd_u8(r) != '\n')
		return -1;
	while ((c = rd_u8(r)) != '\n' && !r->bad) {
		if (n == sizeof(text) - 1 || c == '\0')
			return -1;
		text[n++] = (char)c;
	}
	text[n] = '\0';
	if (r->bad)
		return -1;
	if (n == 0)
		return 0;
	z->has_rule = zone_rule_read(text, &z->rule) == 0;
	return z->has_rule ? 0 : -1;
}

struct counts {
	uint32_t isut, isstd, leap, time, type, chars;
	uint8_t version;
};

static int
header_read(struct rd *r, struct counts *c)
{
	const uint8_t *p = rd_bytes(r, 4);

	if (p == NULL || memcmp(p, "TZif", 4) != 0)
		return -1;
	c->version = rd_u8(r);
	(void)rd_bytes(r, 15);
	c->isut = rd_be32(r);
	c->isstd = rd_be32(r);
	c->leap = rd_be32(r);
	c->time = rd_be32(r);
	c->type = rd_be32(r);
	c->chars = rd_be32(r);
	/* a file holds them all, so none is more than its size */
	return r->bad || c->type == 0 || c->type > TYPES_MAX || c->time > FILE_MAX || c->leap > FILE_MAX ||
	    c->chars > FILE_MAX || c->isut > FILE_MAX || c->isstd > FILE_MAX ? -1 : 0;
}

static int
data_read(struct rd *r, const struct counts *c, struct zone *z)
{
	const uint8_t *times = rd_bytes(r, (size_t)c->time * 8), *index = rd_bytes(r, c->time);
	const uint8_t *types = rd_bytes(r, (size_t)c->type * 6);
	size_t i;

	(void)rd_bytes(r, (size_t)c->chars + (size_t)c->leap * 12 + c->isstd + c->isut);
	if (r->bad)
		return -ERR_DAMAGE;
	z->at = calloc((size_t)c->time + 1, sizeof(*z->at));
	z->offset = calloc((size_t)c->time + 1, sizeof(*z->offset));
	if (z->at == NULL || z->offset == NULL)
		return -ERR_NOMEM;
	z->first = (int32_t)get_be32(types);
	for (i = 0; i < c->time; i++) {
		z->at[i] = (int64_t)get_be64(times + i * 8);
		if (index[i] >= c->type || (i > 0 && z->at[i] <= z->at[i - 1]))
			return -ERR_DAMAGE;
		z->offset[i] = (int32_t)get_be32(types + (size_t)index[i] * 6);
		if (z->offset[i] <= -OFFSET_MOST || z->offset[i] >= OFFSET_MOST)
			return -ERR_DAMAGE;
	}
	z->count = c->time;
	return z->first <= -OFFSET_MOST || z->first >= OFFSET_MOST ? -ERR_DAMAGE : 0;
}

int
zone_parse(struct zone **out, struct slice file, struct err *e)
{
	struct rd r = RD_OF(file.p, file.n);
	struct zone *z = calloc(1, sizeof(*z));
	struct counts c;
	int rc = -ERR_DAMAGE;

	*out = NULL;
	if (z == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a time zone");
	/* the first block has 4-byte times and is there for old readers; without a second one the file is refused */
	if (header_read(&r, &c) == 0 && c.version >= '2' &&
	    rd_bytes(&r, (size_t)c.time * 5 + (size_t)c.type * 6 + c.chars + (size_t)c.leap * 8 + c.isstd + c.isut) != NULL &&
	    header_read(&r, &c) == 0 && (rc = data_read(&r, &c, z)) == 0 && footer_read(&r, z) == 0) {
		*out = z;
		return 0;
	}
	zone_free(z);
	return rc == -ERR_NOMEM ? err_set(e, ERR_NOMEM, "no memory for a time zone") :
	    err_set(e, ERR_DAMAGE, "not a time zone of the TZif form, version 2 or later");
}

void
zone_free(struct zone *z)
{
	if (z == NULL)
		return;
	free(z->at);
	free(z->offset);
	free(z);
}

/* UTC, GMT+8, +05:30, -0800: Java's custom ids; -1: none. */
static int
fixed_read(const char *s, int32_t *off)
{
	int sign, h, m = 0;

	*off = 0;
	if (strncmp(s, "UTC", 3) == 0 || strncmp(s, "GMT", 3) == 0)
		s += 3;
	else if (strcmp(s, "Z") == 0)
		s++;
	if (*s == '\0')
		return 0;
	if (*s != '+' && *s != '-')
		return -1;
	sign = *s++ == '-' ? -1 : 1;
	if (zone_digits(&s, 2359, &h) != 0)
		return -1;
	if (*s == ':' && (s++, zone_digits(&s, 59, &m) != 0))
		return -1;
	if (h > 23) {			/* hhmm */
		m = h % 100;
		h /= 100;
	}
	*off = sign * (h * 3600 + m * 60);
	return *s == '\0' && h <= 23 && m <= 59 ? 0 : -1;
}

static int
file_open(struct zone **out, const char *dir, const char *name, struct err *e)
{
	struct buf b = BUF_INIT;
	int fd = dir == NULL ? AT_FDCWD : open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), in, rc;
	ssize_t n = -1;

	/* the database is made of links, so they are followed here */
	in = fd == -1 ? -1 : openat(fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (in != -1 && buf_room(&b, FILE_MAX) != NULL && (n = read_full(in, b.p, FILE_MAX)) >= 0)
		b.n = (size_t)n;
	if (in != -1)
		close(in);
	if (fd >= 0)
		close(fd);
	rc = n < 0 ? err_set(e, ERR_NOENT, "no such time zone") : zone_parse(out, buf_slice(&b), e);
	buf_release(&b);
	return rc;
}

static int
utc(struct zone **out, int32_t off, struct err *e)
{
	if ((*out = calloc(1, sizeof(**out))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a time zone");
	(*out)->first = off;
	return 0;
}

int
zone_open(struct zone **out, const char *name, struct err *e)
{
	const char *s = name;
	bool local = name == NULL || *name == '\0';
	struct zone_rule rule;
	int32_t off;

	*out = NULL;
	if (local && ((s = getenv("TZ")) == NULL || (*s == ':' && *++s == '\0')))
		return file_open(out, NULL, LOCALTIME, NULL) == 0 ? 0 : utc(out, 0, e);
	if (local && *s == '/')
		return file_open(out, NULL, s, NULL) == 0 ? 0 : utc(out, 0, e);
	if (*s == '\0' || fixed_read(s, &off) == 0)
		return utc(out, *s == '\0' ? 0 : off, e);
	if (*s != '/' && *s != '.' && strstr(s, "..") == NULL && file_open(out, DATABASE, s, NULL) == 0)
		return 0;
	if (local) {			/* a rule in $TZ itself; what nobody understands is UTC, as in the C library */
		bool has = zone_rule_read(s, &rule) == 0;

		if (utc(out, 0, e) != 0)
			return -ERR_NOMEM;
		(*out)->has_rule = has;
		(*out)->rule = has ? rule : (struct zone_rule){ .std = 0 };
		return 0;
	}
	return err_set(e, ERR_INVALID, "'%s' is no time zone of " DATABASE " (America/Los_Angeles, UTC, GMT+8)", s);
}
