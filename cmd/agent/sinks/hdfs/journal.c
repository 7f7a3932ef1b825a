/*
 * journal.c - slots in a file (journal.h).
 */
#include "agent/sinks/hdfs/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "codec/hash.h"

#define MAGIC		"plgh"
#define AT_CRC		4
#define AT_BOOT		8
#define AT_LENGTH	24
#define AT_SIZES	32
#define AT_NAMES	36

struct journal {
	int fd;
	uint8_t boot[BOOT_ID_LEN];
	uint8_t *taken;			/* a flag for each slot */
	long from;			/* where to look for a free one */
};

static uint32_t
sum(const uint8_t *slot)
{
	return crc32c(slot + AT_BOOT, JOURNAL_SLOT - AT_BOOT);
}

int
journal_read_slot(const uint8_t slot[JOURNAL_SLOT], const uint8_t boot[16], struct journal_entry *en)
{
	size_t t, f;

	if (memcmp(slot, "\0\0\0\0", 4) == 0)
		return 0;
	if (memcmp(slot, MAGIC, 4) != 0 || get_be32(slot + AT_CRC) != sum(slot))
		return -1;
	t = get_be16(slot + AT_SIZES);
	f = get_be16(slot + AT_SIZES + 2);
	en->this_boot = memcmp(slot + AT_BOOT, boot, BOOT_ID_LEN) == 0;
	en->length = (int64_t)get_be64(slot + AT_LENGTH);
	if (t == 0 || f == 0 || t + f > JOURNAL_SLOT - AT_NAMES || en->length < 0)
		return -1;
	en->temp = SLICE_OF(slot + AT_NAMES, t);
	en->final = SLICE_OF(slot + AT_NAMES + t, f);
	return memchr(en->temp.p, '\0', t + f) == NULL ? 1 : -1;
}

static void
clear_slot(struct journal *j, long slot)
{
	static const uint8_t none[8];

	/* what cannot be written is found again by the next run, and is not there */
	(void)pwrite_full(j->fd, none, sizeof(none), (off_t)slot * JOURNAL_SLOT, NULL);
	j->taken[slot] = 0;
	if (slot < j->from)
		j->from = slot;
}

static int
read_all(struct journal *j, bool (*each)(void *, const struct journal_entry *, long), void *arg)
{
	uint8_t slot[JOURNAL_SLOT];
	struct journal_entry en;
	ssize_t n;
	long i;

	for (i = 0; i < JOURNAL_SLOTS; i++) {
		if ((n = pread_full(j->fd, slot, sizeof(slot), (off_t)i * JOURNAL_SLOT)) < 0)
			return -1;
		if (n == 0)
			break;
		memset(slot + n, 0, sizeof(slot) - (size_t)n);
		if (journal_read_slot(slot, j->boot, &en) != 1)
			continue;
		j->taken[i] = 1;
		if (!each(arg, &en, i))
			clear_slot(j, i);
	}
	return 0;
}

static int
open_file(const char *path)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char *p, *copy;
	int fd = open_at(AT_FDCWD, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);

	if (fd == -1 && errno == ENOENT && (copy = strdup(path)) != NULL) {
		for (p = strchr(copy + 1, '/'); p != NULL; p = strchr(p + 1, '/')) {
			*p = '\0';
			(void)mkdir(copy, 0700);
			*p = '/';
		}
		free(copy);
		fd = open_at(AT_FDCWD, path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);
	}
	if (fd != -1 && fcntl(fd, F_OFD_SETLK, &lock) != 0) {
		close(fd);
		return -2;
	}
	return fd;
}

int
journal_open(struct journal **out, const char *path, bool (*each)(void *, const struct journal_entry *, long), void *arg,
    struct err *e)
{
	struct journal *j = calloc(1, sizeof(*j));
	int rc = 0;

	*out = NULL;
	if (j == NULL || (j->taken = calloc(JOURNAL_SLOTS, 1)) == NULL) {
		free(j);
		return err_set(e, ERR_NOMEM, "no memory for '%s'", path);
	}
	clock_boot_id(j->boot);
	if ((j->fd = open_file(path)) == -2)
		rc = err_set(e, ERR_BUSY, "'%s' is in use by another process", path);
	else if (j->fd == -1)
		rc = err_sys(e, "cannot open '%s'", path);
	else if (read_all(j, each, arg) != 0)
		rc = err_sys(e, "cannot read '%s'", path);
	if (rc != 0) {
		journal_close(j);
		return rc;
	}
	*out = j;
	return 0;
}

long
journal_add(struct journal *j, const char *temp, const char *final)
{
	size_t t = strlen(temp), f = strlen(final);
	uint8_t slot[JOURNAL_SLOT] = MAGIC;
	long i;

	if (j == NULL || t + f > JOURNAL_SLOT - AT_NAMES)
		return JOURNAL_NONE;
	for (i = j->from; i < JOURNAL_SLOTS && j->taken[i]; i++)
		;
	if (i == JOURNAL_SLOTS)
		return JOURNAL_NONE;
	memcpy(slot + AT_BOOT, j->boot, BOOT_ID_LEN);
	put_be16(slot + AT_SIZES, (uint16_t)t);
	put_be16(slot + AT_SIZES + 2, (uint16_t)f);
	memcpy(slot + AT_NAMES, temp, t);
	memcpy(slot + AT_NAMES + t, final, f);
	put_be32(slot + AT_CRC, sum(slot));
	if (pwrite_full(j->fd, slot, sizeof(slot), (off_t)i * JOURNAL_SLOT, NULL) != 0)
		return JOURNAL_NONE;
	j->taken[i] = 1;
	j->from = i + 1;
	return i;
}

void
journal_length(struct journal *j, long at, int64_t length)
{
	static const uint8_t none[8];
	uint8_t slot[JOURNAL_SLOT];
	off_t where = (off_t)at * JOURNAL_SLOT;

	if (j == NULL || at == JOURNAL_NONE || pread_full(j->fd, slot, sizeof(slot), where) != (ssize_t)sizeof(slot))
		return;
	put_be64(slot + AT_LENGTH, (uint64_t)length);
	put_be32(slot + AT_CRC, sum(slot));
	/* a length that is too short would have acknowledged bytes cut: rather none */
	if (pwrite_full(j->fd, slot, AT_NAMES, where, NULL) != 0)
		(void)pwrite_full(j->fd, none, sizeof(none), where, NULL);
}

void
journal_remove(struct journal *j, long slot)
{
	if (j != NULL && slot != JOURNAL_NONE)
		clear_slot(j, slot);
}

void
journal_close(struct journal *j)
{
	if (j == NULL)
		return;
	if (j->fd >= 0)
		close(j->fd);
	free(j->taken);
	free(j);
}
