/*
 * assign.c - cases on standard input (unit/assigncase.h has the format), what
 * the assignors make of each on standard output.
 *
 * With an argument that many times each case is computed, and the time of one
 * is written instead.
 */
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/assignor.h"
#include "unit/assigncase.h"

static void
print(const char *name, struct assign_part *const *out, const size_t *nout)
{
	size_t i, k;

	fputs(name, stdout);
	for (i = 0; i < n; i++) {
		printf(" %s=", members[i].id);
		for (k = 0; k < nout[i]; k++)
			printf("%s%s:%" PRId32, k == 0 ? "" : ",", topics[out[i][k].topic].name, out[i][k].partition);
	}
	putchar('\n');
}

static void
run(enum assignor a, const char *name, int withhold)
{
	struct assign_part *out[MEMBERS];
	size_t nout[MEMBERS];
	struct err e = ERR_INIT;

	if (assign(a, members, n, topics, nt, out, nout, &e) != 0 ||
	    (withhold && assign_withhold(members, n, topics, nt, out, nout, &e) < 0))
		errx(1, "%s", e.text);
	if (name != NULL)
		print(name, out, nout);
	assign_free(out, n);
}

static void
measure(int times)
{
	struct timespec from, to;
	int a, i;

	for (a = 0; a < ASSIGNOR_COUNT; a++) {
		clock_gettime(CLOCK_MONOTONIC, &from);
		for (i = 0; i < times; i++)
			run((enum assignor)a, NULL, 0);
		clock_gettime(CLOCK_MONOTONIC, &to);
		printf("%s %.3f ms\n", assignor_name((enum assignor)a), ((double)(to.tv_sec - from.tv_sec) * 1e3 +
		    (double)(to.tv_nsec - from.tv_nsec) / 1e6) / times);
	}
}

int
main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, stdin)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		case_read(line);
		if (argc > 1)
			measure(case_number(argv[1]));
		else {
			run(ASSIGNOR_RANGE, "range", 0);
			run(ASSIGNOR_ROUNDROBIN, "roundrobin", 0);
			run(ASSIGNOR_COOPERATIVE_STICKY, "target", 0);
			run(ASSIGNOR_COOPERATIVE_STICKY, "round", 1);
		}
		case_forget();
	}
	free(line);
	return 0;
}
