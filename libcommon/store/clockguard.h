/*
 * clockguard.h - may the wall clock be believed, before anything is deleted
 * by it?
 *
 * Each run keeps wall clock, CLOCK_BOOTTIME and boot id in the file `clock` of
 * the store, in place: one line of fixed length with a checksum, so no run
 * needs a free byte once the file is there.  The next run compares.  Within
 * one boot both clocks must have advanced alike, up to an hour.  In a new boot
 * the wall clock must lie behind the last run, and no further than the
 * smallest retention at stake (an hour at least): a dead battery or a wrong
 * year in the firmware would otherwise make every record old at once.  Once in
 * doubt, an hour of even running lifts it, or --force.
 *
 * Timestamps of records play no part.
 */
#ifndef STORE_CLOCKGUARD_H
#define STORE_CLOCKGUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"

struct clock_seen {
	int64_t wall_ms, boot_ms;
	uint8_t boot_id[BOOT_ID_LEN];
	int64_t doubt_since;		/* boot_ms of the run that began to doubt; -1: no doubt */
};

enum clock_known {
	CLOCK_FIRST,			/* no run before this one */
	CLOCK_SEEN,
	CLOCK_UNREADABLE,		/* what was kept is damaged: doubted */
};

/*
 * now: wall_ms, boot_ms and boot_id are set; doubt_since is the result.  True:
 * the clock is believed.  smallest_ms: of the retentions at stake; -1: none.
 */
bool clock_judge(enum clock_known, const struct clock_seen *last, struct clock_seen *now, int64_t smallest_ms);

void clock_now(struct clock_seen *);
/* Of the store whose descriptor is given.  -ERR_SYS. */
int clock_read(int storefd, enum clock_known *, struct clock_seen *, struct err *);
int clock_write(int storefd, const struct clock_seen *, struct err *);

#endif
