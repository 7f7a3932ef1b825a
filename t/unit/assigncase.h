/*
 * assigncase.h - groups written as a line, for tests of the assignors.
 *
 *	TOPIC=PARTITIONS,...;MEMBER|INSTANCE|TOPIC,...|GENERATION|TOPIC:PARTITION,...;MEMBER|...
 *
 * case_read() takes the line apart (in place) into topics[] and members[],
 * case_forget() frees what that took.
 */
#ifndef UNIT_ASSIGNCASE_H
#define UNIT_ASSIGNCASE_H

#include <err.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "store/assignor.h"

#define MEMBERS	2000
#define TOPICS	20000

static struct assign_topic topics[TOPICS];
static struct assign_member members[MEMBERS];
static size_t nt, n;

static int32_t
case_number(const char *s)
{
	char *end;
	long v = strtol(s, &end, 10);

	if (end == s || *end != '\0' || v < INT32_MIN || v > INT32_MAX)
		errx(2, "not a number: %s", s);
	return (int32_t)v;
}

static void *
case_room(size_t count, size_t size)
{
	void *p = calloc(count + 1, size);

	if (p == NULL)
		err(2, NULL);
	return p;
}

static size_t
case_commas(const char *s)
{
	size_t k = *s != '\0';

	for (; *s != '\0'; s++)
		k += *s == ',';
	return k;
}

static void
case_owned(struct assign_member *m, char *s)
{
	struct assign_part *p = case_room(case_commas(s), sizeof(*p));
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
		p[m->nowned++] = (struct assign_part){ t, case_number(colon + 1) };
		if (s == NULL)
			break;
	}
}

static void
case_member(struct assign_member *m, char *s)
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
	t = case_room(case_commas(part), sizeof(*t));
	m->topics = t;
	for (m->ntopics = 0; *part != '\0' && (one = strsep(&part, ",")) != NULL;) {
		t[m->ntopics++] = one;
		if (part == NULL)
			break;
	}
	m->owned_generation = case_number(strsep(&s, "|"));
	if (s == NULL)
		errx(2, "a member has five fields");
	case_owned(m, s);
}

static void
case_read(char *line)
{
	char *list = strsep(&line, ";"), *one, *equals;

	for (nt = 0; nt < TOPICS && (one = strsep(&list, ",")) != NULL; nt++) {
		equals = strrchr(one, '=');
		if (equals == NULL)
			errx(2, "no '=' in %s", one);
		*equals = '\0';
		topics[nt] = (struct assign_topic){ one, case_number(equals + 1) };
	}
	for (n = 0; n < MEMBERS && (one = strsep(&line, ";")) != NULL; n++)
		case_member(&members[n], one);
	if (list != NULL || line != NULL)
		errx(2, "too many topics or members");
}

static void
case_forget(void)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free((void *)(uintptr_t)members[i].topics);
		free((void *)(uintptr_t)members[i].owned);
	}
}

#endif
