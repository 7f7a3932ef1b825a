/*
 * clockguard.c - see clockguard.h.
 *
 * The line: wall clock, boot clock, doubt since (20 characters each), the boot
 * id in 32 hex digits, CRC-32C of what stands before it in 8; blanks between,
 * a newline behind.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "codec/hash.h"
#include "store/clockguard.h"

#define CLOCK_FILE	"clock"
#define HOUR_MS		3600000
#define NUMBERS		63		/* three numbers, a blank behind each */
#define COVERED		(NUMBERS + 2 * BOOT_ID_LEN + 1)
#define LINE		(COVERED + 8 + 1)

static bool
doubtful(enum clock_known known, const struct clock_seen *last, const struct clock_seen *now, int64_t smallest_ms)
{
	int64_t most = smallest_ms > HOUR_MS ? smallest_ms : HOUR_MS, apart;

	if (known != CLOCK_SEEN)
		return known == CLOCK_UNREADABLE;
	if (memcmp(last->boot_id, now->boot_id, BOOT_ID_LEN) != 0)
		return now->wall_ms < last->wall_ms || (smallest_ms >= 0 && now->wall_ms - last->wall_ms > most);
	apart = (now->wall_ms - last->wall_ms) - (now->boot_ms - last->boot_ms);
	return apart > HOUR_MS || apart < -HOUR_MS;
}

bool
clock_judge(enum clock_known known, const struct clock_seen *last, struct clock_seen *now, int64_t smallest_ms)
{
	now->doubt_since = -1;
	if (doubtful(known, last, now, smallest_ms))
		now->doubt_since = now->boot_ms;
	else if (known == CLOCK_SEEN && last->doubt_since >= 0) {
		if (memcmp(last->boot_id, now->boot_id, BOOT_ID_LEN) != 0)
			now->doubt_since = now->boot_ms;
		else if (now->boot_ms - last->doubt_since < HOUR_MS)
			now->doubt_since = last->doubt_since;
	}
	return now->doubt_since < 0;
}

void
clock_now(struct clock_seen *c)
{
	c->wall_ms = clock_wall_ms();
	c->boot_ms = clock_boot_ms();
	clock_boot_id(c->boot_id);
	c->doubt_since = -1;
}

static void
format(char out[LINE + 1], const struct clock_seen *c)
{
	size_t i;

	(void)snprintf(out, NUMBERS + 1, "%020" PRId64 " %020" PRId64 " %020" PRId64 " ", c->wall_ms, c->boot_ms, c->doubt_since);
	for (i = 0; i < BOOT_ID_LEN; i++)
		(void)snprintf(out + NUMBERS + 2 * i, 3, "%02x", c->boot_id[i]);
	out[COVERED - 1] = ' ';
	(void)snprintf(out + COVERED, 10, "%08" PRIx32 "\n", crc32c(out, COVERED));
}

static bool
parse(const char *text, struct clock_seen *c)
{
	char again[LINE + 1];
	unsigned byte;
	size_t i;

	c->wall_ms = strtoll(text, NULL, 10);
	c->boot_ms = strtoll(text + 21, NULL, 10);
	c->doubt_since = strtoll(text + 42, NULL, 10);
	for (i = 0; i < BOOT_ID_LEN; i++) {
		if (sscanf(text + NUMBERS + 2 * i, "%2x", &byte) != 1)
			return false;
		c->boot_id[i] = (uint8_t)byte;
	}
	/* What was written is the only way to write it; and no sum of two of them overflows. */
	format(again, c);
	return memcmp(again, text, LINE) == 0 && llabs(c->wall_ms) < INT64_MAX / 4 && llabs(c->boot_ms) < INT64_MAX / 4;
}

int
clock_read(int storefd, enum clock_known *known, struct clock_seen *c, struct err *e)
{
	char text[LINE + 2] = "";
	ssize_t n;
	int fd, saved;

	*known = CLOCK_FIRST;
	if ((fd = open_at(storefd, CLOCK_FILE, O_RDONLY | O_NONBLOCK, 0)) == -1)
		return errno == ENOENT ? 0 : err_sys(e, "cannot read '%s'", CLOCK_FILE);
	n = pread_full(fd, text, LINE + 1, 0);
	saved = errno;
	close(fd);
	errno = saved;
	if (n == -1)
		return err_sys(e, "cannot read '%s'", CLOCK_FILE);
	/* Empty: its writer was killed, or had no room, before it said anything. */
	if (n > 0)
		*known = n == LINE && parse(text, c) ? CLOCK_SEEN : CLOCK_UNREADABLE;
	return 0;
}

int
clock_write(int storefd, const struct clock_seen *c, struct err *e)
{
	char text[LINE + 1];
	struct stat dir;
	int fd, rc = 0;

	format(text, c);
	if ((fd = open_at(storefd, CLOCK_FILE, O_WRONLY | O_CREAT, 0600)) == -1)
		return err_sys(e, "cannot write '%s'", CLOCK_FILE);
	if (fstat(storefd, &dir) == -1 || own_as_dir(fd, &dir, false) == -1 ||
	    pwrite_full(fd, text, LINE, 0, NULL) == -1)
		rc = err_sys(e, "cannot write '%s'", CLOCK_FILE);
	close(fd);
	return rc;
}
