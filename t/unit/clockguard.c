/*
 * clockguard: when the wall clock is believed.
 */
#include <string.h>

#include "store/clockguard.h"
#include "unit/check.h"

#define H	3600000LL
#define T	1700000000000LL

static const struct {
	const char *what;
	enum clock_known known;
	int64_t last_wall, last_boot, last_doubt;
	bool new_boot;
	int64_t wall, boot, smallest;
	bool believed;
	int64_t doubt;
} rows[] = {
	{ "the first run", CLOCK_FIRST, 0, 0, -1, false, T, 5 * H, H, true, -1 },
	{ "a damaged note", CLOCK_UNREADABLE, 0, 0, -1, false, T, 5 * H, H, false, 5 * H },
	{ "even running", CLOCK_SEEN, T, 5 * H, -1, false, T + H, 6 * H, H, true, -1 },
	{ "a month of even running", CLOCK_SEEN, T, 5 * H, -1, false, T + 720 * H, 725 * H, H, true, -1 },
	{ "ahead by an hour", CLOCK_SEEN, T, 5 * H, -1, false, T + 2 * H, 6 * H, H, true, -1 },
	{ "ahead by more", CLOCK_SEEN, T, 5 * H, -1, false, T + 2 * H + 1, 6 * H, H, false, 6 * H },
	{ "back by an hour", CLOCK_SEEN, T, 5 * H, -1, false, T, 6 * H, H, true, -1 },
	{ "back by more", CLOCK_SEEN, T, 5 * H, -1, false, T - 1, 6 * H, H, false, 6 * H },
	{ "doubt stays within the hour", CLOCK_SEEN, T, 5 * H, 5 * H, false, T + H - 1, 6 * H - 1, H, false, 5 * H },
	{ "an hour of even running lifts it", CLOCK_SEEN, T, 5 * H, 5 * H, false, T + H, 6 * H, H, true, -1 },
	{ "another jump begins it again", CLOCK_SEEN, T, 5 * H, 4 * H, false, T + 9 * H, 6 * H, H, false, 6 * H },
	{ "a new boot, later", CLOCK_SEEN, T, 5 * H, -1, true, T + 10 * H, H / 60, 10 * H, true, -1 },
	{ "a new boot, before the last run", CLOCK_SEEN, T, 5 * H, -1, true, T - 1, 1000, 10 * H, false, 1000 },
	{ "a new boot, too far behind it", CLOCK_SEEN, T, 5 * H, -1, true, T + 10 * H + 1, 1000, 10 * H, false, 1000 },
	{ "a small retention is an hour", CLOCK_SEEN, T, 5 * H, -1, true, T + H, 1000, 5, true, -1 },
	{ "nothing at stake", CLOCK_SEEN, T, 5 * H, -1, true, T + 9000 * H, 1000, -1, true, -1 },
	{ "a doubt outlives a boot", CLOCK_SEEN, T, 5 * H, 5 * H, true, T + H, 1000, 10 * H, false, 1000 },
};

int
main(void)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct clock_seen last = { .wall_ms = rows[i].last_wall, .boot_ms = rows[i].last_boot,
		    .doubt_since = rows[i].last_doubt, .boot_id = { 1 } };
		struct clock_seen now = { .wall_ms = rows[i].wall, .boot_ms = rows[i].boot,
		    .boot_id = { rows[i].new_boot ? 2 : 1 } };

		CHECK(clock_judge(rows[i].known, &last, &now, rows[i].smallest) == rows[i].believed, "%s", rows[i].what);
		CHECK(now.doubt_since == rows[i].doubt, "%s: since %lld", rows[i].what, (long long)now.doubt_since);
	}
	return check_done();
}
