/*
 * clock.c - what time it is, and which boot (clock.h).
 */
#include "base/clock.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/io.h"

#define BOOT_ID_FILE	"/proc/sys/kernel/random/boot_id"

static int64_t
clock_ns(clockid_t id)
{
	struct timespec t;

	if (clock_gettime(id, &t) == -1)
		return 0;
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t
clock_wall_ms(void)
{
	const char *fixed = secure_getenv("PLOG_TEST_NOW");
	char *end;
	long long ms;

	if (fixed != NULL && *fixed != '\0') {
		ms = strtoll(fixed, &end, 10);
		if (*end == '\0')
			return ms;
	}
	return clock_ns(CLOCK_REALTIME) / 1000000;
}

int64_t
clock_steady_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

int64_t
clock_boot_ms(void)
{
	return clock_ns(CLOCK_BOOTTIME) / 1000000;
}

void
clock_boot_id(uint8_t id[BOOT_ID_LEN])
{
	const char *path = secure_getenv("PLOG_TEST_BOOT_ID");
	char text[64];
	ssize_t i, got;
	int fd, digit, n = 0;

	memset(id, 0, BOOT_ID_LEN);
	if (path == NULL || *path == '\0')
		path = BOOT_ID_FILE;
	if ((fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
		return;
	got = read_full(fd, text, sizeof(text));
	close(fd);
	for (i = 0; i < got && n < 2 * BOOT_ID_LEN; i++) {
		if ((digit = hex_digit(text[i])) == -1)
			continue;
		id[n / 2] = (uint8_t)(id[n / 2] << 4 | digit);
		n++;
	}
	if (n < 2 * BOOT_ID_LEN)
		memset(id, 0, BOOT_ID_LEN);
}
