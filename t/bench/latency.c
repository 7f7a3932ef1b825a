/*
 * latency - from a write into the producer's pipe to bytes out of the consumer's.
 *
 *	latency COUNT GAP_US WARM "PRODUCER" "CONSUMER"
 *
 * Starts both (sh -c "exec ..."), writes a numbered line of 100 bytes every
 * GAP_US microseconds into the producer, waits for the very line at the
 * consumer, and prints p50, p99, p99.9 and the largest time in microseconds.
 * The first WARM lines count for nothing.  A line that is not back after ten
 * seconds, or is not the one written, is a failure.  Both are ended by TERM.
 */
#include <sys/wait.h>
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LINE	100
#define WAIT_MS	10000

static pid_t producer, consumer;

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void
end_both(void)
{
	int status;

	if (producer > 0 && kill(producer, SIGTERM) == 0)
		waitpid(producer, &status, 0);
	if (consumer > 0 && kill(consumer, SIGTERM) == 0)
		waitpid(consumer, &status, 0);
}

/* Starts command with a pipe at its descriptor fd (0 or 1); our end is returned. */
static int
start(const char *command, int fd, pid_t *pid)
{
	char *line;
	int p[2];

	if (pipe2(p, O_CLOEXEC) == -1 || asprintf(&line, "exec %s", command) == -1)
		err(1, "pipe");
	*pid = fork();
	if (*pid == -1)
		err(1, "fork");
	if (*pid == 0) {
		dup2(p[fd], fd);
		execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	free(line);
	close(p[fd]);
	return p[!fd];
}

static void
await(int fd, char *got, size_t n)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	size_t have = 0;
	ssize_t r;

	while (have < n) {
		if (poll(&pfd, 1, WAIT_MS) != 1)
			errx(1, "a line did not come back within %d ms", WAIT_MS);
		r = read(fd, got + have, n - have);
		if (r <= 0)
			errx(1, "the consumer ended");
		have += (size_t)r;
	}
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int
main(int argc, char **argv)
{
	char line[LINE + 1], got[LINE];
	struct timespec gap;
	int64_t *took;
	long count, warm, us;
	int in, out;

	if (argc != 6)
		errx(2, "usage: latency COUNT GAP_US WARM PRODUCER CONSUMER");
	count = strtol(argv[1], NULL, 10);
	us = strtol(argv[2], NULL, 10);
	warm = strtol(argv[3], NULL, 10);
	gap = (struct timespec){ .tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000 };
	took = calloc((size_t)count + 1, sizeof(*took));
	if (took == NULL || count < 1)
		err(1, "count");
	signal(SIGPIPE, SIG_IGN);
	atexit(end_both);
	in = start(argv[4], 0, &producer);
	out = start(argv[5], 1, &consumer);
	for (long i = -warm; i < count; i++) {
		int64_t begin;

		snprintf(line, sizeof(line), "%-*ld\n", LINE - 1, i);
		begin = now_ns();
		if (write(in, line, LINE) != LINE)
			err(1, "write to the producer");
		await(out, got, LINE);
		if (memcmp(line, got, LINE) != 0)
			errx(1, "another line came back than %ld", i);
		if (i >= 0)
			took[i] = now_ns() - begin;
		nanosleep(&gap, NULL);
	}
	qsort(took, (size_t)count, sizeof(*took), by_size);
	printf("%.0f %.0f %.0f %.0f\n", (double)took[count / 2] / 1e3, (double)took[count * 99 / 100] / 1e3,
	    (double)took[count * 999 / 1000] / 1e3, (double)took[count - 1] / 1e3);
	free(took);
	return 0;
}
