/*
 * broker.c - the replicas in a Kafka broker's log.dirs (broker.h).
 */
#include "store/broker.h"

#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/parse.h"
#include "log/segment.h"

#define CHECKPOINT_MAX	(64 << 20)

struct found {				/* one look at all directories */
	struct replica *v;
	size_t n, cap;
	size_t left_out;
};

struct broker {
	int *fd;
	char **dir;
	size_t ndirs;
	struct found now;
};

bool
replica_name(const char *dir, char *topic, size_t size, int32_t *partition)
{
	const char *dash = strrchr(dir, '-');
	int64_t number;

	if (dash == NULL || dash == dir || (size_t)(dash - dir) >= size)
		return false;
	if (dash[1] < '0' || dash[1] > '9' || (dash[1] == '0' && dash[2] != '\0') ||
	    parse_int(dash + 1, 0, INT32_MAX - 1, &number, NULL) != 0)
		return false;
	memcpy(topic, dir, (size_t)(dash - dir));
	topic[dash - dir] = '\0';
	*partition = (int32_t)number;
	return name_check("topic", topic, NULL) == 0;
}

/* "orders-3.<32 hex>-delete" and the like. */
static bool
is_left_out(const char *dir)
{
	const char *dash = strrchr(dir, '-'), *dot;

	if (dash == NULL || (strcmp(dash, "-delete") != 0 && strcmp(dash, "-future") != 0 && strcmp(dash, "-stray") != 0))
		return false;
	for (dot = dash; dot > dir && *dot != '.'; dot--)
		;
	return dash - dot == 33 && strspn(dot + 1, "0123456789abcdefABCDEF") == 32;
}

static bool
has_segment(int dirfd, const char *name)
{
	struct dirent *d;
	const char *suffix;
	int64_t base;
	bool has = false;
	DIR *dir;
	int fd;

	if ((fd = open_dir_at(dirfd, name)) == -1)
		return false;
	if ((dir = fdopendir(fd)) == NULL) {
		close(fd);
		return false;
	}
	while (!has && (d = readdir(dir)) != NULL)
		has = segment_parse(d->d_name, &base, &suffix) && strcmp(suffix, ".log") == 0;
	closedir(dir);
	return has;
}

static DIR *
list(int dirfd)
{
	int fd = open_dir_at(dirfd, ".");
	DIR *dir;

	if (fd == -1)
		return NULL;
	if ((dir = fdopendir(fd)) == NULL)
		close(fd);
	return dir;
}

bool
broker_is(int dirfd)
{
	char topic[NAME_MAX_LEN + 1];
	struct dirent *d;
	struct stat st;
	int32_t partition;
	bool is = false;
	DIR *dir;

	if (fstatat(dirfd, "meta.properties", &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode))
		return true;
	if ((dir = list(dirfd)) == NULL)
		return false;
	while (!is && (d = readdir(dir)) != NULL)
		is = replica_name(d->d_name, topic, sizeof(topic), &partition) && has_segment(dirfd, d->d_name);
	closedir(dir);
	return is;
}

static int
by_name(const void *a, const void *b)
{
	const struct replica *x = a, *y = b;
	int c = strcmp(x->topic, y->topic);

	return c != 0 ? c : (x->partition > y->partition) - (x->partition < y->partition);
}

static int
add(struct found *f, const char *topic, int32_t partition, int dirfd)
{
	struct replica *r;

	if (f->n == f->cap) {
		size_t cap = f->cap == 0 ? 64 : f->cap * 2;

		if ((r = reallocarray(f->v, cap, sizeof(*r))) == NULL)
			return -1;
		f->v = r;
		f->cap = cap;
	}
	r = &f->v[f->n];
	*r = (struct replica){ .topic = strdup(topic), .partition = partition, .dirfd = dirfd,
		.log_start = -1, .high_watermark = -1 };
	if (r->topic == NULL)
		return -1;
	f->n++;
	return 0;
}

static void
found_release(struct found *f)
{
	while (f->n > 0)
		free(f->v[--f->n].topic);
	free(f->v);
	*f = (struct found){ .v = NULL };
}

static bool
is_dir(int dirfd, const struct dirent *d)
{
	struct stat st;

	if (d->d_type != DT_UNKNOWN)
		return d->d_type == DT_DIR;
	return fstatat(dirfd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int
scan_dir(struct found *f, int dirfd, const char *name, struct err *e)
{
	char topic[NAME_MAX_LEN + 1];
	struct dirent *d;
	int32_t partition;
	int rc = 0;
	DIR *dir;

	if ((dir = list(dirfd)) == NULL)
		return err_sys(e, "cannot list '%s'", name);
	while (rc == 0 && (d = readdir(dir)) != NULL) {
		if (!is_dir(dirfd, d))
			continue;
		if (is_left_out(d->d_name))
			f->left_out++;
		/* The controllers' own log is no topic to anybody. */
		else if (replica_name(d->d_name, topic, sizeof(topic), &partition) &&
		    strcmp(topic, "__cluster_metadata") != 0 && add(f, topic, partition, dirfd) == -1)
			rc = err_set(e, ERR_NOMEM, "no memory for the replicas in '%s'", name);
	}
	closedir(dir);
	return rc;
}

struct noting {
	struct found *found;
	int dirfd;
	bool high_watermark;
};

static int
note(void *arg, const char *topic, int32_t partition, int64_t offset)
{
	const struct noting *to = arg;
	struct replica key = { .topic = (char *)topic, .partition = partition }, *r;

	r = bsearch(&key, to->found->v, to->found->n, sizeof(key), by_name);
	if (r != NULL && r->dirfd == to->dirfd)
		*(to->high_watermark ? &r->high_watermark : &r->log_start) = offset;
	return 0;
}

static int
read_checkpoint(struct found *f, int dirfd, const char *dir, const char *name, bool high_watermark, struct err *e)
{
	struct noting to = { .found = f, .dirfd = dirfd, .high_watermark = high_watermark };
	struct buf b = BUF_INIT;
	char what[256];
	int rc;

	rc = file_read(dirfd, name, CHECKPOINT_MAX, &b, e);
	if (rc == 0) {
		snprintf(what, sizeof(what), "'%.150s/%s'", dir, name);
		if (buf_str(&b) == NULL || strlen((char *)b.p) != b.n)
			rc = err_set(e, ERR_DAMAGE, "%s is damaged", what);
		else
			rc = checkpoint_parse((char *)b.p, what, note, &to, e);
	}
	buf_release(&b);
	return rc == -ERR_NOENT || (rc == -ERR_DAMAGE && high_watermark) ? 0 : rc;
}

static int
look(const struct broker *b, struct found *f, struct err *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < b->ndirs; i++)
		rc = scan_dir(f, b->fd[i], b->dir[i], e);
	if (rc != 0 || f->n == 0)
		return rc;
	qsort(f->v, f->n, sizeof(*f->v), by_name);
	for (i = 1; i < f->n; i++)
		if (by_name(&f->v[i - 1], &f->v[i]) == 0)
			return err_set(e, ERR_INVALID, "'%s-%d' is in two of the directories: are they of one broker?",
			    f->v[i].topic, f->v[i].partition);
	for (i = 0; rc == 0 && i < b->ndirs; i++) {
		rc = read_checkpoint(f, b->fd[i], b->dir[i], "log-start-offset-checkpoint", false, e);
		if (rc == 0)
			rc = read_checkpoint(f, b->fd[i], b->dir[i], "replication-offset-checkpoint", true, e);
	}
	return rc;
}

int
broker_scan(struct broker *b, struct err *e)
{
	struct found f = { .v = NULL };
	int rc;

	if ((rc = look(b, &f, e)) != 0) {
		found_release(&f);
		return rc;
	}
	found_release(&b->now);
	b->now = f;
	return 0;
}

int
broker_new(struct broker **out, const int *dirfds, const char *const *dirs, size_t n, struct err *e)
{
	struct broker *b = calloc(1, sizeof(*b));
	size_t i;
	int rc = 0;

	if (b == NULL || (b->fd = calloc(n, sizeof(*b->fd))) == NULL || (b->dir = calloc(n, sizeof(*b->dir))) == NULL) {
		for (i = 0; i < n; i++)
			close(dirfds[i]);
		if (b != NULL)
			free(b->fd);
		free(b);
		return err_set(e, ERR_NOMEM, "no memory for a store");
	}
	b->ndirs = n;
	for (i = 0; i < n; i++) {
		b->fd[i] = dirfds[i];
		if ((b->dir[i] = strdup(dirs[i])) == NULL)
			rc = err_set(e, ERR_NOMEM, "no memory for a store");
	}
	if (rc == 0)
		rc = broker_scan(b, e);
	if (rc != 0) {
		broker_free(b);
		return rc;
	}
	*out = b;
	return 0;
}

void
broker_free(struct broker *b)
{
	size_t i;

	if (b == NULL)
		return;
	for (i = 0; i < b->ndirs; i++) {
		close(b->fd[i]);
		free(b->dir[i]);
	}
	found_release(&b->now);
	free(b->fd);
	free(b->dir);
	free(b);
}

const struct replica *
broker_replicas(const struct broker *b, size_t *n)
{
	*n = b->now.n;
	return b->now.v;
}

const struct replica *
broker_topic(const struct broker *b, const char *topic, size_t *n)
{
	size_t lo = 0, hi = b->now.n, end;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (strcmp(b->now.v[mid].topic, topic) < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (end = lo; end < b->now.n && strcmp(b->now.v[end].topic, topic) == 0; end++)
		;
	*n = end - lo;
	return end > lo ? &b->now.v[lo] : NULL;
}

size_t
broker_left_out(const struct broker *b)
{
	return b->now.left_out;
}
