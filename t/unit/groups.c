/*
 * groups.c - groups as a reader sees them: what a real broker's
 * __consumer_offsets says, and those of a store.
 */
#include <stdlib.h>

#include "backend/backend.h"
#include "backend/group.h"
#include "unit/check.h"

static void
check_place(const struct group_info *i, size_t at, const char *topic, int32_t partition, int64_t offset)
{
	if (!CHECK(at < i->nplaces, "%s: place %zu is missing", i->name, at))
		return;
	CHECK_STR(i->places[at].topic, topic);
	CHECK_INT(i->places[at].partition, partition);
	CHECK_INT(i->places[at].offset, offset);
	CHECK_TRUE(i->places[at].time_ms > 1500000000000);
	CHECK_TRUE(i->places[at].member == NULL);
}

int
main(void)
{
	const char *dir = "t/golden/log-dirs";
	struct backend_opts o = { .dirs = &dir, .ndirs = 1 };
	struct group_info i;
	struct backend *be;
	struct err e = ERR_INIT;
	const char *glob = "b*";
	char **names;
	size_t n;

	if (!CHECK(backend_open(&be, &o, &e) == 0, "%s", e.text))
		return check_done();
	CHECK_INT(be->ops->groups->list(be, NULL, NULL, 0, &names, &n, &e), 0);
	if (CHECK(n == 3, "%zu groups", n)) {
		CHECK_STR(names[0], "billing");
		CHECK_STR(names[1], "clerk");
		CHECK_STR(names[2], "shipping");
	}
	be->ops->names_free(names, n);
	CHECK_INT(be->ops->groups->list(be, NULL, &glob, 1, &names, &n, &e), 0);
	CHECK_INT(n, 1);
	be->ops->names_free(names, n);
	if (CHECK(be->ops->groups->describe(be, NULL, "billing", &i, &e) == 0, "%s", e.text)) {
		CHECK_STR(i.state, "Empty");
		CHECK_INT(i.nplaces, 3);
		check_place(&i, 0, "events.v1-2", 0, 5);
		check_place(&i, 1, "orders", 0, 17);
		check_place(&i, 2, "orders", 1, 10);
		be->ops->groups->info_release(&i);
	}
	CHECK_INT(be->ops->groups->describe(be, NULL, "old", &i, &e), -ERR_NOENT);
	backend_close(be);
	return check_done();
}
