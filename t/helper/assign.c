/*
 * assign.c - cases on standard input (t/interop/peers/kafka/Assignors.java has
 * the format), what the assignors make of each on standard output.
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

#define MEMBERS	2000
#define TOPICS	20000

static struct assign_topic topics[TOPICS];
static struct assign_member members[MEMBERS];
static size_t nt, n;

static int32_t
number(const char *s)
{
	char *end;
	long v = strtol(s, &end, 10);

	if (end == s || *end != '\0' || v < INT32_MIN || v > INT32_MAX)
		errx(2, "not a number: %s", s);
	return (int32_t)v;
}

static void *
room(size_t count, size_t size)
{
	void *p = calloc(count + 1, size);

	if (p == NULL)
		err(2, NULL);
	return p;
}

static size_t
commas(const char *s)
{
	size_t k = *s != '\0';

	for (; *s != '\0'; s++)
		k += *s == ',';
	return k;
}

static void
owned(struct assign_member *m, char *s)
{
	struct assign_part *p = room(commas(s), sizeof(*p));
	char *one, *colon;
	int32_t t;

	m->owned = p;
	m->nowned = 0;
	while (*s != '\0' && (one = strsep(&s, ",")) != NULL) {
		colon = strrchr(one, ':');
		if (colon == NULL)
			errx(2, "no ':' in %s", one);
		*colon = '\0';
		for (t = 0; (size_t)t < nt && strcmp(topics[t].name, one) != 0; t++)
			;
		p[m->nowned++] = (struct assign_part){ t, number(colon + 1) };
		if (s == NULL)
			break;
	}
}

static void
member(struct assign_member *m, char *s)
{
	const char **t;
	char *part, *one;

	m->id = strsep(&s, "|");
	m->instance = strsep(&s, "|");
	if (m->instance != NULL && *m->instance == '\0')
		m->instance = NULL;
	part = strsep(&s, "|");
	if (part == NULL || s == NULL)
		errx(2, "a member has five fields");
	t = room(commas(part), sizeof(*t));
	m->topics = t;
	for (m->ntopics = 0; *part != '\0' && (one = strsep(&part, ",")) != NULL;) {
		t[m->ntopics++] = one;
		if (part == NULL)
			break;
	}
	m->owned_generation = number(strsep(&s, "|"));
	if (s == NULL)
		errx(2, "a member has five fields");
	owned(m, s);
}

static void
read_case(char *line)
{
	char *list = strsep(&line, ";"), *one, *equals;

	for (nt = 0; nt < TOPICS && (one = strsep(&list, ",")) != NULL; nt++) {
		equals = strrchr(one, '=');
		if (equals == NULL)
			errx(2, "no '=' in %s", one);
		*equals = '\0';
		topics[nt] = (struct assign_topic){ one, number(equals + 1) };
	}
	for (n = 0; n < MEMBERS && (one = strsep(&line, ";")) != NULL; n++)
		member(&members[n], one);
	if (list != NULL || line != NULL)
		errx(2, "too many topics or members");
}

static void
forget_case(void)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free((void *)(uintptr_t)members[i].topics);
		free((void *)(uintptr_t)members[i].owned);
	}
}

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
		read_case(line);
		if (argc > 1)
			measure(number(argv[1]));
		else {
			run(ASSIGNOR_RANGE, "range", 0);
			run(ASSIGNOR_ROUNDROBIN, "roundrobin", 0);
			run(ASSIGNOR_COOPERATIVE_STICKY, "target", 0);
			run(ASSIGNOR_COOPERATIVE_STICKY, "round", 1);
		}
		forget_case();
	}
	free(line);
	return 0;
}
