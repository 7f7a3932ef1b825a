/*
 * measure - how long a command takes and how much memory it needs.
 *
 *	measure [-n RUNS] [-i STDIN] [-o STDOUT] COMMAND [ARGUMENT ...]
 *
 * Runs it RUNS times (1), one after the other, from posix_spawn to wait4, and
 * prints median, smallest and largest time in
 * microseconds, largest resident memory in KiB of it and what it waited for,
 * mean CPU time in microseconds.  Standard input
 * and output of the command are /dev/null unless given; the output file is
 * made anew for each run.  Status 1 when a run failed.
 */
#include <sys/resource.h>
#include <sys/wait.h>
#include <err.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int
by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t
cpu_us(const struct rusage *ru)
{
	return (int64_t)(ru->ru_utime.tv_sec + ru->ru_stime.tv_sec) * 1000000 + ru->ru_utime.tv_usec + ru->ru_stime.tv_usec;
}

/* One run; nanoseconds, its status is the caller's to judge. */
static int64_t
run_once(char **argv, const char *in, const char *out, struct rusage *ru, int *status)
{
	posix_spawn_file_actions_t fa;
	int64_t start;
	pid_t pid;
	int rc;

	if (out != NULL)
		unlink(out);
	posix_spawn_file_actions_init(&fa);
	posix_spawn_file_actions_addopen(&fa, 0, in != NULL ? in : "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&fa, 1, out != NULL ? out : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0666);
	start = now_ns();
	rc = posix_spawnp(&pid, argv[0], &fa, NULL, argv, environ);
	if (rc != 0)
		errx(127, "%s: cannot be run (%d)", argv[0], rc);
	if (wait4(pid, status, 0, ru) == -1)
		err(1, "wait4");
	start = now_ns() - start;
	posix_spawn_file_actions_destroy(&fa);
	return start;
}

int
main(int argc, char **argv)
{
	const char *in = NULL, *out = NULL;
	int64_t *times, cpu = 0;
	long runs = 1, rss = 0;
	struct rusage ru;
	int c, status, bad = 0;

	while ((c = getopt(argc, argv, "+n:i:o:")) != -1)
		switch (c) {
		case 'n': runs = strtol(optarg, NULL, 10); break;
		case 'i': in = optarg; break;
		case 'o': out = optarg; break;
		default: return 2;
		}
	if (optind == argc || runs < 1)
		errx(2, "usage: measure [-n RUNS] [-i STDIN] [-o STDOUT] COMMAND [ARGUMENT ...]");
	times = calloc((size_t)runs, sizeof(*times));
	if (times == NULL)
		err(1, NULL);
	for (long i = 0; i < runs; i++) {
		times[i] = run_once(argv + optind, in, out, &ru, &status);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
			warnx("%s ended with status %d", argv[optind], status);
			bad = 1;
		}
		cpu += cpu_us(&ru);
		if (ru.ru_maxrss > rss)
			rss = ru.ru_maxrss;
	}
	qsort(times, (size_t)runs, sizeof(*times), by_size);
	printf("%.1f %.1f %.1f %ld %.1f\n", (double)times[runs / 2] / 1e3, (double)times[0] / 1e3,
	    (double)times[runs - 1] / 1e3, rss, (double)cpu / (double)runs);
	free(times);
	return bad;
}
