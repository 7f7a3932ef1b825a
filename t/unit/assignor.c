/*
 * assignor.c - who reads what: the worked examples of Kafka's own classes, and
 * what holds for groups of any kind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/assignor.h"
#include "unit/check.h"
#include "unit/assigncase.h"

static struct assign_part *out[MEMBERS];
static size_t nout[MEMBERS];

static char *
words(char *buf, size_t size)
{
	size_t i, k, at = 0;

	buf[0] = '\0';
	for (i = 0; i < n; i++) {
		at += (size_t)snprintf(buf + at, size - at, "%s%s=", i == 0 ? "" : " ", members[i].id);
		for (k = 0; k < nout[i]; k++)
			at += (size_t)snprintf(buf + at, size - at, "%s%s:%d", k == 0 ? "" : ",",
			    topics[out[i][k].topic].name, out[i][k].partition);
	}
	return buf;
}

static void
compute(enum assignor a)
{
	struct err e = ERR_INIT;

	CHECK(assign(a, members, n, topics, nt, out, nout, &e) == 0, "%s: %s", assignor_name(a), e.text);
}

static const struct {
	const char *name, *line, *range, *roundrobin, *sticky;
} examples[] = {
	{ "two topics of three, two members", "t0=3,t1=3;C0||t0,t1|-1|;C1||t0,t1|-1|",
	  "C0=t0:0,t0:1,t1:0,t1:1 C1=t0:2,t1:2", "C0=t0:0,t0:2,t1:1 C1=t0:1,t1:0,t1:2", "C0=t0:0,t0:2,t1:1 C1=t0:1,t1:0,t1:2" },
	{ "seven and two, three members", "t0=7,t1=2;C0||t0,t1|-1|;C1||t0,t1|-1|;C2||t0,t1|-1|",
	  "C0=t0:0,t0:1,t0:2,t1:0 C1=t0:3,t0:4,t1:1 C2=t0:5,t0:6", "C0=t0:0,t0:3,t0:6 C1=t0:1,t0:4,t1:0 C2=t0:2,t0:5,t1:1",
	  "C0=t0:0,t0:3,t0:6 C1=t0:1,t0:4,t1:0 C2=t0:2,t0:5,t1:1" },
	{ "subscriptions that differ", "t0=1,t1=2,t2=3;C0||t0|-1|;C1||t0,t1|-1|;C2||t0,t1,t2|-1|",
	  "C0=t0:0 C1=t1:0 C2=t1:1,t2:0,t2:1,t2:2", "C0=t0:0 C1=t1:0 C2=t1:1,t2:0,t2:1,t2:2",
	  "C0=t0:0 C1=t1:0,t1:1 C2=t2:0,t2:1,t2:2" },
	{ "four topics of two", "t0=2,t1=2,t2=2,t3=2;C0||t0,t1,t2,t3|-1|;C1||t0,t1,t2,t3|-1|;C2||t0,t1,t2,t3|-1|",
	  "C0=t0:0,t1:0,t2:0,t3:0 C1=t0:1,t1:1,t2:1,t3:1 C2=", "C0=t0:0,t1:1,t3:0 C1=t0:1,t2:0,t3:1 C2=t1:0,t2:1",
	  "C0=t0:0,t1:1,t3:0 C1=t0:1,t2:0,t3:1 C2=t1:0,t2:1" },
	{ "and one of them leaves",
	  "t0=2,t1=2,t2=2,t3=2;C0||t0,t1,t2,t3|1|t0:0,t1:1,t3:0;C2||t0,t1,t2,t3|1|t1:0,t2:1",
	  "C0=t0:0,t1:0,t2:0,t3:0 C2=t0:1,t1:1,t2:1,t3:1", "C0=t0:0,t1:0,t2:0,t3:0 C2=t0:1,t1:1,t2:1,t3:1",
	  "C0=t0:0,t3:0,t1:1,t0:1 C2=t1:0,t2:1,t2:0,t3:1" },
	{ "static members first, but not with sticky", "t=4;m9|i-a|t|-1|;m1|i-b|t|-1|;m0||t|-1|",
	  "m9=t:0,t:1 m1=t:2 m0=t:3", "m9=t:0,t:3 m1=t:1 m0=t:2", "m9=t:2 m1=t:1 m0=t:0,t:3" },
	{ "more members than partitions", "t=2;a||t|-1|;b||t|-1|;c||t|-1|", "a=t:0 b=t:1 c=", "a=t:0 b=t:1 c=", "a=t:0 b=t:1 c=" },
	{ "topics that are not there, or empty", "t=1,u=0;a||t,gone|-1|;b||u|-1|", "a=t:0 b=", "a=t:0 b=", "a=t:0 b=" },
	{ "a member without topics", "t=2;a|||-1|;b||t|-1|", "a= b=t:0,t:1", "a= b=t:0,t:1", "a= b=t:0,t:1" },
	{ "claims to what is not there", "t=2;a||t|3|t:7,gone:1,t:1;b||t|3|t:-1", "a=t:0 b=t:1", "a=t:0 b=t:1", "a=t:1 b=t:0" },
	{ "the later generation has it", "t=2;a||t|3|t:0,t:1;b||t|4|t:0", "a=t:0 b=t:1", "a=t:0 b=t:1", "a=t:1 b=t:0" },
	{ "two of one generation: neither has it", "t=2;a||t|4|t:1;b||t|4|t:1", "a=t:0 b=t:1", "a=t:0 b=t:1", "a=t:0 b=t:1" },
};

static void
worked_examples(void)
{
	const char *want[ASSIGNOR_COUNT];
	char buf[1000], *line;
	size_t i;
	int a;

	for (i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		line = strdup(examples[i].line);
		case_read(line);
		want[ASSIGNOR_RANGE] = examples[i].range;
		want[ASSIGNOR_ROUNDROBIN] = examples[i].roundrobin;
		want[ASSIGNOR_COOPERATIVE_STICKY] = examples[i].sticky;
		for (a = 0; a < ASSIGNOR_COUNT; a++) {
			compute((enum assignor)a);
			CHECK(strcmp(words(buf, sizeof(buf)), want[a]) == 0, "%s, %s: got %s, not %s", examples[i].name,
			    assignor_name((enum assignor)a), buf, want[a]);
			assign_free(out, n);
		}
		case_forget();
		free(line);
	}
}

/* A group that grows, round by round: the target, less what waits. */
static void
rounds(void)
{
	static const struct {
		const char *line, *want;
		int waits;
	} t[] = {
		{ "t=10;C1||t|-1|", "C1=t:0,t:1,t:2,t:3,t:4,t:5,t:6,t:7,t:8,t:9", 0 },
		{ "t=10;C1||t|1|t:0,t:1,t:2,t:3,t:4,t:5,t:6,t:7,t:8,t:9;C2||t|-1|", "C1=t:0,t:1,t:2,t:3,t:4 C2=", 5 },
		{ "t=10;C1||t|2|t:0,t:1,t:2,t:3,t:4;C2||t|2|", "C1=t:0,t:1,t:2,t:3,t:4 C2=t:5,t:6,t:7,t:8,t:9", 0 },
		{ "t=10;C1||t|3|t:0,t:1,t:2,t:3,t:4;C2||t|3|t:5,t:6,t:7,t:8,t:9;C3||t|-1|",
		  "C1=t:0,t:1,t:2,t:3 C2=t:5,t:6,t:7 C3=", 3 },
		{ "t=10;C1||t|4|t:0,t:1,t:2,t:3;C2||t|4|t:5,t:6,t:7;C3||t|4|", "C1=t:0,t:1,t:2,t:3 C2=t:5,t:6,t:7 C3=t:4,t:8,t:9", 0 },
		{ "t=2;a||t|4|t:1;b||t|4|t:1", "a=t:0 b=", 1 },
		{ "t=2,u=1;a||t,u|4|t:0,t:1;b||t|-1|", "a=t:1,u:0 b=", 1 },
	};
	struct err e = ERR_INIT;
	char buf[1000], *line;
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		line = strdup(t[i].line);
		case_read(line);
		compute(ASSIGNOR_COOPERATIVE_STICKY);
		CHECK_INT(assign_withhold(members, n, topics, nt, out, nout, &e), t[i].waits);
		CHECK_STR(words(buf, sizeof(buf)), t[i].want);
		assign_free(out, n);
		case_forget();
		free(line);
	}
}

static void
votes(void)
{
	static const enum assignor r[] = { ASSIGNOR_RANGE, ASSIGNOR_COOPERATIVE_STICKY }, c[] = { ASSIGNOR_COOPERATIVE_STICKY,
	    ASSIGNOR_RANGE }, rr[] = { ASSIGNOR_ROUNDROBIN, ASSIGNOR_RANGE }, only[] = { ASSIGNOR_ROUNDROBIN };
	struct assign_member m[3] = { { .id = "a", .likes = r, .nlikes = 2 }, { .id = "b", .likes = c, .nlikes = 2 },
	    { .id = "c", .likes = c, .nlikes = 2 } };
	struct err e = ERR_INIT;
	enum assignor a = ASSIGNOR_COUNT;

	CHECK_INT(assignor_choose(m, 3, &a, &e), 0);
	CHECK_STR(assignor_name(a), "cooperative-sticky");
	CHECK_INT(assignor_choose(m, 2, &a, &e), 0);
	CHECK_STR(assignor_name(a), "range");
	m[2].likes = rr;
	CHECK_INT(assignor_choose(m, 3, &a, &e), 0);
	CHECK_STR(assignor_name(a), "range");
	m[2].likes = only;
	m[2].nlikes = 1;
	CHECK_INT(assignor_choose(m, 3, &a, &e), -ERR_INVALID);
	CHECK_STR(e.text, "members 'a' and 'c' have no assignor in common");
	CHECK_INT(assignor_choose(m, 0, &a, &e), -ERR_INVALID);
}

static void
names(void)
{
	struct err e = ERR_INIT;
	enum assignor a = ASSIGNOR_COUNT;

	CHECK_INT(assignor_parse("roundrobin", &a, &e), 0);
	CHECK_INT(a, ASSIGNOR_ROUNDROBIN);
	CHECK_INT(assignor_parse("cooperative-stiky", &a, &e), -ERR_INVALID);
	CHECK_STR(e.text, "unknown assignor 'cooperative-stiky', did you mean 'cooperative-sticky'");
	CHECK_INT(assignor_parse("uniform", &a, &e), -ERR_INVALID);
	CHECK_STR(e.text, "unknown assignor 'uniform': there are range, roundrobin and cooperative-sticky");
	members[0] = (struct assign_member){ .id = "x" };
	members[1] = (struct assign_member){ .id = "x" };
	CHECK_INT(assign(ASSIGNOR_RANGE, members, 2, NULL, 0, out, nout, &e), -ERR_INVALID);
	CHECK_STR(e.text, "two members have the id 'x'");
	CHECK_INT(assign(ASSIGNOR_RANGE, NULL, 0, NULL, 0, NULL, NULL, &e), 0);
}

static uint64_t seed = 1;

static unsigned
below(unsigned limit)
{
	seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(seed >> 33) % limit;
}

/* A group as a line; alike: all have the same topics.  Claims may be anything. */
static char *
group(bool alike, unsigned nmembers)
{
	static char buf[60000];
	unsigned t = 1 + below(6), i, k, had, at = 0;

	for (i = 0; i < t; i++)
		at += (unsigned)snprintf(buf + at, sizeof(buf) - at, "%st%u=%u", i == 0 ? "" : ",", i, below(12));
	for (i = 0; i < nmembers; i++) {
		at += (unsigned)snprintf(buf + at, sizeof(buf) - at, below(4) ? ";m%u||" : ";m%u|i%u|", i * 7919 % 1009, i);
		for (k = had = 0; k < t; k++)
			if (alike || below(2))
				at += (unsigned)snprintf(buf + at, sizeof(buf) - at, "%st%u", had++ ? "," : "", k);
		at += (unsigned)snprintf(buf + at, sizeof(buf) - at, "|%d|", (int)below(4) - 1);
		for (k = had = 0; k < 6; k++)
			if (below(2))
				at += (unsigned)snprintf(buf + at, sizeof(buf) - at, "%st%u:%u", had++ ? "," : "", below(7), below(13));
	}
	return buf;
}

static bool
subscribed(size_t m, size_t t)
{
	size_t i;

	for (i = 0; i < members[m].ntopics; i++)
		if (strcmp(members[m].topics[i], topics[t].name) == 0)
			return true;
	return false;
}

/* Each partition that somebody subscribes to has one member, who does. */
static void
whole(enum assignor a)
{
	size_t i, k, t, want = 0, got = 0, twice = 0, foreign = 0;
	char seen[8][16];

	memset(seen, 0, sizeof(seen));
	for (t = 0; t < nt; t++)
		for (i = 0; i < n; i++)
			if (subscribed(i, t)) {
				want += (size_t)topics[t].partitions;
				break;
			}
	for (i = 0; i < n; i++)
		for (k = 0; k < nout[i]; k++, got++) {
			twice += seen[out[i][k].topic][out[i][k].partition]++ != 0;
			foreign += !subscribed(i, (size_t)out[i][k].topic);
		}
	CHECK(got == want && twice == 0 && foreign == 0, "%s: %zu of %zu partitions, %zu twice, %zu to who does not subscribe",
	    assignor_name(a), got, want, twice, foreign);
}

static size_t
spread(void)
{
	size_t i, min = SIZE_MAX, max = 0;

	for (i = 0; i < n; i++) {
		min = nout[i] < min ? nout[i] : min;
		max = nout[i] > max ? nout[i] : max;
	}
	return max - min;
}

/* Nobody could take a partition from who has two more. */
static bool
fair(void)
{
	size_t i, j, k;

	for (i = 0; i < n; i++)
		for (j = 0; j < n; j++)
			for (k = 0; nout[j] > nout[i] + 1 && k < nout[j]; k++)
				if (subscribed(i, (size_t)out[j][k].topic))
					return false;
	return true;
}

static void
own(int32_t generation)
{
	size_t i;

	for (i = 0; i < n; i++) {
		free((void *)(uintptr_t)members[i].owned);
		members[i].owned = out[i];
		members[i].nowned = nout[i];
		members[i].owned_generation = generation;
		out[i] = NULL;
	}
}

/* What was mine and is not any more. */
static size_t
lost(void)
{
	size_t i, k, l, count = 0;

	for (i = 0; i < n; i++)
		for (k = 0; k < members[i].nowned; k++) {
			for (l = 0; l < nout[i] && memcmp(&out[i][l], &members[i].owned[k], sizeof(out[i][l])) != 0; l++)
				;
			count += l == nout[i];
		}
	return count;
}

static void
any_group(bool alike)
{
	static char before[60000], after[60000];
	struct assign_member first;
	struct err e = ERR_INIT;
	char *line = strdup(group(alike, 1 + below(12)));
	int a;

	case_read(line);
	for (a = 0; a < ASSIGNOR_COUNT; a++) {
		compute((enum assignor)a);
		whole((enum assignor)a);
		if (alike && a != ASSIGNOR_RANGE)
			CHECK(spread() <= 1, "%s: shares differ by %zu", assignor_name((enum assignor)a), spread());
		words(before, sizeof(before));
		assign_free(out, n);
		compute((enum assignor)a);
		CHECK_STR(words(after, sizeof(after)), before);
		if (a != ASSIGNOR_COOPERATIVE_STICKY)
			assign_free(out, n);
	}
	CHECK_TRUE(fair());
	/* Who has the target already keeps it. */
	own(7);
	compute(ASSIGNOR_COOPERATIVE_STICKY);
	CHECK(lost() == 0, "%zu partitions move without a reason", lost());
	CHECK_INT(assign_withhold(members, n, topics, nt, out, nout, &e), 0);
	assign_free(out, n);
	/* When one leaves, the others keep what they have. */
	if (alike && n > 1) {
		first = members[0];
		members[0] = members[--n];
		members[n] = first;
		compute(ASSIGNOR_COOPERATIVE_STICKY);
		CHECK(lost() == 0, "%zu partitions move because one left", lost());
		assign_free(out, n);
		n++;
	}
	case_forget();
	free(line);
}

/* The order of members in the array is of no importance. */
static void
shuffled(void)
{
	static char buf[2][60000];
	char *line = strdup(group(below(2) != 0, 9)), *mine, *rest, *found;
	struct assign_member m;
	size_t i, j;
	int a;

	case_read(line);
	for (a = 0; a < ASSIGNOR_COUNT; a++) {
		compute((enum assignor)a);
		words(buf[0], sizeof(buf[0]));
		assign_free(out, n);
		for (i = n; i-- > 1;) {
			j = below((unsigned)i + 1);
			m = members[i];
			members[i] = members[j];
			members[j] = m;
		}
		compute((enum assignor)a);
		words(buf[1], sizeof(buf[1]));
		for (rest = buf[1]; (mine = strsep(&rest, " ")) != NULL;) {
			found = strstr(buf[0], mine);
			CHECK(found != NULL && (found[strlen(mine)] == ' ' || found[strlen(mine)] == '\0'),
			    "%s: in another order %s", assignor_name((enum assignor)a), mine);
		}
		assign_free(out, n);
	}
	case_forget();
	free(line);
}

int
main(void)
{
	int i;

	worked_examples();
	rounds();
	votes();
	names();
	for (i = 0; i < 3000; i++) {
		any_group(i % 2 == 0);
		if (i % 4 == 0)
			shuffled();
	}
	return check_done();
}
