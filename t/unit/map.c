/*
 * The map against an array: names added, replaced, taken, walked.
 */
#include <stdlib.h>

#include "base/map.h"
#include "unit/check.h"

#define N	2000

static int freed;

static void
count_free(void *v)
{
	freed += v != NULL;
}

static struct slice
key_of(int i, char *text)
{
	return SLICE_OF(text, snprintf(text, 32, "topic-%d", i));
}

/* Random steps; have says what must be there. */
static void
storm(void)
{
	struct map *m = map_new();
	static int values[N];
	bool have[N] = { false };
	size_t at, count = 0, walked = 0;
	uint32_t r = 7;
	struct slice key;
	char text[32];
	void *v, *old;
	int i, step;

	for (step = 0; step < 40000; step++) {
		r = r * 1664525 + 1013904223;
		i = (int)((r >> 8) % N);
		key = key_of(i, text);
		if (r >> 31) {
			CHECK_INT(map_put(m, key, &values[i], &old), 0);
			CHECK_TRUE(old == (have[i] ? &values[i] : NULL));
			count += !have[i];
			have[i] = true;
		} else {
			v = map_take(m, key);
			CHECK_TRUE(v == (have[i] ? &values[i] : NULL));
			count -= have[i];
			have[i] = false;
		}
		if (step % 1000 == 0)
			for (i = 0; i < N; i++)
				CHECK(map_find(m, key_of(i, text)) == (have[i] ? &values[i] : NULL), "step %d key %d", step, i);
	}
	CHECK_INT(map_count(m), count);
	for (at = 0; map_next(m, &at, &key, &v); walked++) {
		i = (int)((int *)v - values);
		CHECK(have[i] && slice_eq(key, key_of(i, text)) && key.p[key.n] == '\0', "walk %d", i);
		have[i] = false;
	}
	CHECK_INT(walked, count);
	map_free(m, count_free);
	CHECK_INT(freed, count);
}

int
main(void)
{
	struct map *m = map_new();
	int one = 1, two = 2;
	void *old = &one;
	size_t at = 0;

	CHECK_TRUE(map_find(m, slice_str("a")) == NULL && map_take(m, slice_str("a")) == NULL && map_count(m) == 0);
	CHECK_TRUE(!map_next(m, &at, NULL, NULL));
	CHECK_INT(map_put(m, slice_str(""), &one, &old), 0);
	CHECK_TRUE(old == NULL && map_find(m, slice_str("")) == &one);
	CHECK_INT(map_put(m, slice_str(""), &two, &old), 0);
	CHECK_TRUE(old == &one && map_find(m, slice_str("")) == &two && map_count(m) == 1);
	/* NUL bytes are bytes. */
	CHECK_INT(map_put(m, SLICE_OF("a\0b", 3), &one, NULL), 0);
	CHECK_TRUE(map_find(m, slice_str("a")) == NULL && map_find(m, SLICE_OF("a\0b", 3)) == &one);
	map_free(m, NULL);
	map_free(NULL, count_free);
	storm();
	return check_done();
}
