/*
 * flume_log.c - counting what a real Flume's file channel holds (flume_log.h).
 */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/channels/flume_log.h"
#include "base/buf.h"
#include "base/bytes.h"
#include "base/io.h"
#include "base/varint.h"

#define RECORD_BYTE	0x7f
#define NOOP_BYTE	0x00		/* a record that Flume's integrity tool took out */
#define RECORD_MOST	(64 << 20)
#define HELD_MOST	((size_t)4 << 20)

enum { PUT = 1, TAKE = 2, COMMIT = 4 };

struct put {
	uint64_t place;			/* file, then position in it */
	int64_t transaction;
};
struct list {				/* of struct put: takes name the place of a put, commits have none */
	struct put *v;
	size_t n, cap;
};
struct count {
	struct list puts, takes, commits;
	bool whole;
};

static int
list_add(struct count *c, struct list *l, uint64_t place, int64_t transaction)
{
	struct put *v;

	if (c->puts.n + c->takes.n + c->commits.n >= HELD_MOST) {
		c->whole = false;
		return 0;
	}
	if (l->n == l->cap) {
		l->cap = l->cap == 0 ? 1024 : l->cap * 2;
		if ((v = reallocarray(l->v, l->cap, sizeof(*v))) == NULL)
			return -1;
		l->v = v;
	}
	l->v[l->n++] = (struct put){ .place = place, .transaction = transaction };
	return 0;
}

/* A varint of Protocol Buffers: Kafka's without the zigzag. */
static uint64_t
uvarint(struct rd *r)
{
	return zigzag64(rd_varlong(r));
}

/* The message behind its length. */
static struct rd
message(struct rd *r)
{
	uint64_t n = uvarint(r);
	const uint8_t *p = n > rd_left(r) ? NULL : rd_bytes(r, (size_t)n);

	if (p == NULL)
		r->bad = true;
	return (struct rd){ .p = p, .end = p == NULL ? NULL : p + n, .bad = p == NULL };
}

/* Field `number` of a message whose fields all have a fixed size; 0: it is not there. */
static uint64_t
fixed_field(struct rd r, uint64_t number)
{
	uint64_t found = 0, v, key;

	while (rd_left(&r) > 0 && !r.bad) {
		key = uvarint(&r);
		switch (key & 7) {
		case 1:	v = __builtin_bswap64(rd_be64(&r)); break;
		case 5:	v = __builtin_bswap32(rd_be32(&r)); break;
		default:
			return 0;
		}
		if (key >> 3 == number && !r.bad)
			found = v;
	}
	return found;
}

/* One record that begins at `at` of file number `file`. */
static int
take_record(struct count *c, struct rd r, uint32_t file, uint32_t at)
{
	struct rd head = message(&r), body = message(&r);
	uint64_t type = fixed_field(head, 1);
	int64_t transaction = (int64_t)fixed_field(head, 2);

	if (r.bad) {
		c->whole = false;
		return 0;
	}
	switch (type) {
	case PUT:
		return list_add(c, &c->puts, (uint64_t)file << 32 | at, transaction);
	case TAKE:
		return list_add(c, &c->takes, fixed_field(body, 1) << 32 | (fixed_field(body, 2) & UINT32_MAX), transaction);
	case COMMIT:
		return list_add(c, &c->commits, 0, transaction);
	default:
		return 0;
	}
}

/* The records of one file; memory for the largest of them is in b. */
static int
read_log(struct count *c, int fd, uint32_t file, struct buf *b)
{
	uint8_t head[5];
	off_t at = 0;
	uint32_t n;

	while (pread_full(fd, head, sizeof(head), at) == sizeof(head) && (head[0] == RECORD_BYTE || head[0] == NOOP_BYTE)) {
		n = get_be32(head + 1);
		if (n > RECORD_MOST || at > (off_t)UINT32_MAX) {
			c->whole = false;
			return 0;
		}
		buf_clear(b);
		if (buf_room(b, n) == NULL)
			return -1;
		if (pread_full(fd, b->p, n, at + (off_t)sizeof(head)) != (ssize_t)n) {
			c->whole = false;
			return 0;
		}
		if (head[0] == RECORD_BYTE && take_record(c, (struct rd){ .p = b->p, .end = b->p + n }, file, (uint32_t)at) != 0)
			return -1;
		at += (off_t)sizeof(head) + n;
	}
	return 0;
}

static int
by_transaction(const void *a, const void *b)
{
	int64_t x = ((const struct put *)a)->transaction, y = ((const struct put *)b)->transaction;

	return (x > y) - (x < y);
}

static int
by_place(const void *a, const void *b)
{
	uint64_t x = ((const struct put *)a)->place, y = ((const struct put *)b)->place;

	return (x > y) - (x < y);
}

/* Leaves those of the list whose transaction was committed. */
static void
keep_committed(struct list *l, const struct list *commits)
{
	size_t i, n = 0;

	for (i = 0; i < l->n; i++)
		if (commits->n > 0 && bsearch(&l->v[i], commits->v, commits->n, sizeof(*l->v), by_transaction) != NULL)
			l->v[n++] = l->v[i];
	l->n = n;
}

static void
sort(struct list *l, int (*by)(const void *, const void *))
{
	if (l->n > 1)
		qsort(l->v, l->n, sizeof(*l->v), by);
}

static int64_t
left_over(struct count *c)
{
	int64_t n = 0;
	size_t i;

	sort(&c->commits, by_transaction);
	keep_committed(&c->puts, &c->commits);
	keep_committed(&c->takes, &c->commits);
	sort(&c->takes, by_place);
	for (i = 0; i < c->puts.n; i++)
		n += c->takes.n == 0 || bsearch(&c->puts.v[i], c->takes.v, c->takes.n, sizeof(*c->puts.v), by_place) == NULL;
	return n;
}

/* The N of log-N, or 0. */
static uint32_t
log_number(const char *name)
{
	char *end;
	unsigned long n;

	if (strncmp(name, "log-", 4) != 0 || !isdigit((unsigned char)name[4]))
		return 0;
	errno = 0;
	n = strtoul(name + 4, &end, 10);
	return *end == '\0' && errno == 0 && n <= INT32_MAX ? (uint32_t)n : 0;
}

/* The log files of one directory; *any: there is one. */
static int
count_dir(struct count *c, const char *dir, struct buf *b, bool *any)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	int fd, rc = 0;

	while (d != NULL && rc == 0 && (de = readdir(d)) != NULL) {
		if (log_number(de->d_name) == 0)
			continue;
		*any = true;
		if ((fd = open_at(dirfd(d), de->d_name, O_RDONLY, 0)) == -1) {
			c->whole = false;
			continue;
		}
		rc = read_log(c, fd, log_number(de->d_name), b);
		close(fd);
	}
	if (d != NULL)
		closedir(d);
	return rc;
}

int
flume_log_check(const char *const *dirs, const char *channel, struct err *e)
{
	struct count c = { .whole = true };
	struct buf b = BUF_INIT;
	const char *where = NULL;
	bool any = false;
	int64_t n = 0;
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && dirs[i] != NULL; i++) {
		rc = count_dir(&c, dirs[i], &b, &any);
		if (any && where == NULL)
			where = dirs[i];
	}
	if (rc == 0 && any)
		n = left_over(&c);
	buf_release(&b);
	free(c.puts.v);
	free(c.takes.v);
	free(c.commits.v);
	if (rc != 0)
		return err_set(e, ERR_NOMEM, "no memory to count the events in '%s'", where);
	if (!any)
		return 0;
	return err_set(e, ERR_FORMAT, "%s holds the file channel of a real Flume, with %s%lld undelivered event%s; run that Flume once more, "
	    "with the sources taken out of its configuration, until the channel is empty, or name other dataDirs [channel=%s]", where,
	    c.whole ? "" : "at least ", (long long)n, n == 1 ? "" : "s", channel);
}
