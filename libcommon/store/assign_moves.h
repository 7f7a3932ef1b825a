/*
 * assign_moves.h - which partitions went from whom to whom while an assignment
 * is evened out (inside store/ only).
 *
 * If a partition of a topic went from a to b and now another one of that topic
 * is to go from b to a, the first one goes back instead: less moves.
 */
#ifndef STORE_ASSIGN_MOVES_H
#define STORE_ASSIGN_MOVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/assign_in.h"

struct moves {
	const struct assign_in *in;
	uint32_t *from, *to;	/* np: NOBODY: has not moved */
	struct moved **table;	/* by topic, from, to */
	size_t size;		/* a power of 2 */
};

bool moves_open(struct moves *, const struct assign_in *);	/* false: no memory */
void moves_close(struct moves *);
/* What to move instead of p from one to the other. */
uint32_t moves_pick(const struct moves *, uint32_t p, uint32_t from, uint32_t to);
bool moves_note(struct moves *, uint32_t p, uint32_t from, uint32_t to);	/* false: no memory */

#endif
