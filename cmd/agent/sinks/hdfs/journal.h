/*
 * journal.h - which files a sink has open, kept beside it on this machine, so
 * that the next run finds the ones that a killed one left, and knows how many
 * of their bytes were acknowledged.
 *
 * A file of slots of JOURNAL_SLOT bytes, each its own and with a checksum:
 *
 *	magic "plgh" | CRC-32C of the rest | boot id 16 | length 8 | sizes 2 2 |
 *	name in use | final name
 *
 * It is locked for as long as the sink runs.  A slot is written with one
 * pwrite(2): it outlives the process at once.  The length is believed after a
 * kill, not after a power failure (another boot): then more than it says may
 * have been acknowledged.
 */
#ifndef AGENT_SINKS_HDFS_JOURNAL_H
#define AGENT_SINKS_HDFS_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/err.h"

#define JOURNAL_SLOT	2048
#define JOURNAL_SLOTS	16384		/* more files than are open at once */
#define JOURNAL_NONE	(-1)

struct journal_entry {
	bool this_boot;			/* length is exact */
	int64_t length;			/* bytes acknowledged */
	struct slice temp, final;	/* as they are shown */
};

/* A slot's bytes taken apart.  1; 0: empty; -1: damaged. */
int journal_read_slot(const uint8_t slot[JOURNAL_SLOT], const uint8_t boot[16], struct journal_entry *);

struct journal;

/*
 * Opens or makes path and its directory; each is called with what a dead run
 * left, and says whether it takes the slot on (it then has that number), else
 * it is emptied.  -ERR_BUSY: another process has it; -ERR_SYS.
 */
int journal_open(struct journal **, const char *path, bool (*each)(void *, const struct journal_entry *, long slot), void *,
    struct err *);
/* A slot with length 0, JOURNAL_NONE when there is none or the names are too long for one.  NULL journal: JOURNAL_NONE. */
long journal_add(struct journal *, const char *temp, const char *final);
void journal_length(struct journal *, long slot, int64_t length);	/* from any thread that has the file */
void journal_remove(struct journal *, long slot);
void journal_close(struct journal *);		/* NULL is fine */

#endif
