/*
 * offsets_file.c - the file of a topic's slots: making, growing, opening
 * (offsets.h).
 *
 * A new file is written whole under a name with a `~` in it, synced, and
 * linked in: the first one wins.  It grows behind its end: slots first,
 * synced, then the head that says how many there are.
 */
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/bytes.h"
#include "base/io.h"
#include "base/parse.h"
#include "base/tree.h"
#include "codec/hash.h"
#include "store/offsets_file.h"

#define GROW_MS	5000

static const char MAGIC[8] = "plogOFF1";

/* Where the topic's bytes are in the group's lock.  Two topics that share them only wait for each other. */
static uint64_t
bytes_at(const char *topic)
{
	uint64_t h = 14695981039346656037u;
	const char *s;

	for (s = topic; *s != '\0'; s++)
		h = (h ^ (uint8_t)*s) * 1099511628211u;
	return ((h & (((uint64_t)1 << 44) - 1)) + 1) << PARTITION_BITS;
}

static void
init(struct offsets *o, const struct group *g, const char *topic)
{
	*o = (struct offsets){ .fd = -1, .at = bytes_at(topic), .lock_label = g->label };
	snprintf(o->label, sizeof(o->label), "%s/offsets/%s", g->label, topic);
}

static void
encode_head(int32_t partitions, uint8_t b[HEAD_BYTES])
{
	memset(b, 0, HEAD_BYTES);
	memcpy(b, MAGIC, sizeof(MAGIC));
	put_be32(b + 8, (uint32_t)partitions);
	put_be32(b + HEAD_BYTES - 4, crc32c(b, HEAD_BYTES - 4));
}

static int
read_head(struct offsets *o, struct err *e)
{
	uint8_t b[HEAD_BYTES] = { 0 };
	uint32_t n;

	if (pread_full(o->fd, b, sizeof(b), 0) == -1)
		return err_sys(e, "cannot read '%s'", o->label);
	n = get_be32(b + 8);
	if (memcmp(b, MAGIC, sizeof(MAGIC)) != 0 || get_be32(b + HEAD_BYTES - 4) != crc32c(b, HEAD_BYTES - 4) ||
	    n > TOPIC_PARTITIONS_MAX)
		return err_set(e, ERR_DAMAGE, "'%s' is damaged, the positions in it cannot be told; "
		    "plog-group reset -o WHERE --execute sets them, plog-group delete-offsets takes them away", o->label);
	o->partitions = (int32_t)n;
	return 0;
}

int
offsets_open(struct offsets *o, const struct group *g, const char *topic, bool write, struct err *e)
{
	int rc;

	init(o, g, topic);
	if ((rc = name_check("topic", topic, e)) != 0)
		return rc;
	if ((o->fd = open_at(g->offsets, topic, write ? O_RDWR : O_RDONLY, 0)) == -1) {
		if (errno != ENOENT)
			return err_sys(e, "cannot open '%s'", o->label);
		return err_set(e, ERR_NOENT, "group '%s' has no positions of topic '%s'", g->name, topic);
	}
	if ((rc = read_head(o, e)) != 0)
		offsets_close(o);
	return rc;
}

void
offsets_close(struct offsets *o)
{
	if (o->fd != -1)
		close(o->fd);
	o->fd = -1;
}

static void
put_slots(struct buf *b, int32_t n)
{
	uint8_t two[2 * SLOT_BYTES];

	offsets_first_slots(two);
	while (n-- > 0)
		buf_put(b, two, sizeof(two));
}

static int
make(const struct offsets *o, const struct group *g, const char *topic, int32_t partitions, struct err *e)
{
	uint8_t head[HEAD_BYTES];
	struct buf b = BUF_INIT;
	char tmp[TREE_NAME_MAX];
	struct stat dir;
	int fd = -1, rc = -1, saved;

	encode_head(partitions, head);
	buf_put(&b, head, sizeof(head));
	put_slots(&b, partitions);
	if (b.failed) {
		buf_release(&b);
		return err_set(e, ERR_NOMEM, "no memory for '%s'", o->label);
	}
	if (tree_name("~new.", tmp) == 0 && (fd = open_at(g->offsets, tmp, O_WRONLY | O_CREAT | O_EXCL, 0600)) != -1) {
		if (fstat(g->offsets, &dir) == 0 && own_as_dir(fd, &dir, false) == 0 && write_full(fd, b.p, b.n, NULL) == 0 &&
		    fsync(fd) == 0 && (linkat(g->offsets, tmp, g->offsets, topic, 0) == 0 || errno == EEXIST))
			rc = 0;
		saved = errno;
		close(fd);
		(void)unlinkat(g->offsets, tmp, 0);
		if (rc == 0 && (rc = fsync_dir(g->offsets)) == -1)
			saved = errno;
		errno = saved;
	}
	buf_release(&b);
	return rc == 0 ? 0 : err_sys(e, "cannot make '%s'", o->label);
}

static int
grow(struct offsets *o, const struct group *g, int32_t partitions, struct err *e)
{
	struct lock l = LOCK_INIT;
	uint8_t head[HEAD_BYTES];
	struct buf b = BUF_INIT;
	int lockfd, rc;

	/* Its own descriptor: its own lock, whatever thread calls. */
	if ((lockfd = group_lock_again(g)) == -1)
		return err_sys(e, "cannot open the lock of group '%s'", g->label);
	if ((rc = lock_take(&l, lockfd, (off_t)(o->at + FILE_BYTE), GROW_MS, NULL, g->label, e)) == 0 &&
	    (rc = read_head(o, e)) == 0 && o->partitions < partitions) {
		put_slots(&b, partitions - o->partitions);
		encode_head(partitions, head);
		if (b.failed)
			rc = err_set(e, ERR_NOMEM, "no memory for '%s'", o->label);
		else if (pwrite_full(o->fd, b.p, b.n, HEAD_BYTES + (off_t)o->partitions * 2 * SLOT_BYTES, NULL) == -1 ||
		    fdatasync(o->fd) == -1 || pwrite_full(o->fd, head, sizeof(head), 0, NULL) == -1 || fdatasync(o->fd) == -1)
			rc = err_sys(e, "cannot write '%s'", o->label);
		else
			o->partitions = partitions;
		buf_release(&b);
	}
	lock_drop(&l);
	close(lockfd);
	return rc;
}

int
offsets_make(struct offsets *o, const struct group *g, const char *topic, int32_t partitions, struct err *e)
{
	int rc;

	rc = offsets_open(o, g, topic, true, e);
	if (rc == -ERR_NOENT && (rc = make(o, g, topic, partitions, e)) == 0)
		rc = offsets_open(o, g, topic, true, e);
	if (rc == 0 && o->partitions < partitions && (rc = grow(o, g, partitions, e)) != 0)
		offsets_close(o);
	return rc;
}

bool
offsets_exist(const struct group *g, const char *topic)
{
	return faccessat(g->offsets, topic, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int
offsets_mend(const struct group *g, const char *topic, int32_t partitions, struct err *e)
{
	uint8_t head[HEAD_BYTES];
	struct offsets o;
	struct stat dir;
	int rc = 0;

	init(&o, g, topic);
	if ((o.fd = open_at(g->offsets, topic, O_RDWR, 0)) == -1 && errno == ENOENT && fstat(g->offsets, &dir) == 0 &&
	    (o.fd = open_at(g->offsets, topic, O_RDWR | O_CREAT | O_EXCL, 0600)) != -1)
		(void)own_as_dir(o.fd, &dir, false);
	if (o.fd == -1)
		return err_sys(e, "cannot open '%s'", o.label);
	encode_head(partitions, head);
	if (pwrite_full(o.fd, head, sizeof(head), 0, NULL) == -1 || fdatasync(o.fd) == -1 || fsync_dir(g->offsets) == -1)
		rc = err_sys(e, "cannot write '%s'", o.label);
	offsets_close(&o);
	return rc;
}

int
offsets_remove(const struct group *g, const char *topic, struct err *e)
{
	if (unlinkat(g->offsets, topic, 0) == -1 && errno != ENOENT)
		return err_sys(e, "cannot remove '%s/offsets/%s'", g->label, topic);
	return fsync_dir(g->offsets) == 0 ? 0 : err_sys(e, "cannot sync '%s/offsets'", g->label);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
offsets_topics(const struct group *g, char ***names, size_t *n, struct err *e)
{
	int fd = g->offsets == -1 ? -1 : open_dir_at(g->offsets, "."), rc = 0;
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	char **more;
	struct dirent *d;
	size_t cap = 0;

	*names = NULL;
	*n = 0;
	if (g->offsets == -1)
		return 0;
	if (dir == NULL) {
		rc = err_sys(e, "cannot list '%s/offsets'", g->label);
		if (fd != -1)
			close(fd);
		return rc;
	}
	while (rc == 0 && (d = readdir(dir)) != NULL) {
		if (name_check("topic", d->d_name, NULL) != 0)
			continue;
		if (*n == cap && (more = reallocarray(*names, cap * 2 + 16, sizeof(*more))) != NULL) {
			*names = more;
			cap = cap * 2 + 16;
		}
		if (*n < cap && ((*names)[*n] = strdup(d->d_name)) != NULL)
			++*n;
		else
			rc = err_set(e, ERR_NOMEM, "no memory for the topics of '%s'", g->label);
	}
	closedir(dir);
	if (rc == 0 && *n > 1)
		qsort(*names, *n, sizeof(**names), by_name);
	return rc;
}
