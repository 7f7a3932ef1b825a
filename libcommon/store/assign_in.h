/*
 * assign_in.h - what the assignors work on: the caller's members and topics as
 * numbers (assignor.h; inside store/ only).
 *
 * Members are numbered in the order of their ids, topics (those that somebody
 * subscribes to and that have partitions) in the order of their names, and
 * partitions in the order of topic and number, so that to compare numbers is
 * to compare as Kafka does.
 */
#ifndef STORE_ASSIGN_IN_H
#define STORE_ASSIGN_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/assignor.h"

#define NOBODY	UINT32_MAX

/* Numbers, in an order.  All zero is an empty one. */
struct row {
	uint32_t *p;
	size_t n, room;
};
bool row_add(struct row *, uint32_t);		/* false: no memory */
void row_drop(struct row *, uint32_t);		/* the first that is it; the others stay in order */
bool row_copy(struct row *, const struct row *);

struct assign_in {
	const struct assign_member *members;	/* the caller's */
	const struct assign_topic *topics;
	size_t n, nt, np;
	uint32_t *member;	/* n: a member's place in the caller's array */
	uint32_t *topic;	/* nt: a topic's */
	uint32_t *number;	/* the caller's topics: its number, or NOBODY */
	size_t nnumber;
	uint32_t *first;	/* nt + 1: a topic's first partition */
	uint32_t *topic_of;	/* np */
	struct row *reads;	/* n: the topics a member subscribes to, rising */
	struct row *readers;	/* nt: who subscribes to a topic, rising */
	uint64_t *may;		/* n rows of bits, a topic each */
	uint32_t *visit;	/* n: members as a HashMap of their ids is walked through */
	bool alike;		/* all subscribe to the same names */
	struct row *got;	/* n: the result */
};

int assign_open(struct assign_in *, const struct assign_member *, size_t n, const struct assign_topic *, size_t nt,
    struct err *);
void assign_close(struct assign_in *);
bool assign_may(const struct assign_in *, uint32_t member, uint32_t topic);
/* Of what the caller writes, or NOBODY. */
uint32_t assign_number(const struct assign_in *, const struct assign_part *);
/* n + 1 numbers or flags of zero; NULL: no memory. */
uint32_t *assign_numbers(size_t n, uint32_t value);

/*
 * Who owned what, of all that the members say: the claim of the latest
 * generation.  Where two of one generation say so, nobody.
 */
struct claims {
	uint32_t *holder;	/* np: member, or NOBODY */
	uint32_t *twice;	/* np: 1 where two claimed it in one generation */
	uint32_t *before;	/* np: who claimed it last in a generation before the latest of all, or NOBODY */
};
bool claims_open(struct claims *, const struct assign_in *);
void claims_close(struct claims *);
/* The partitions that a member holds, in the order in which it says so. */
bool claims_of(const struct claims *, const struct assign_in *, uint32_t member, struct row *);

/* Each fills got[]; false: no memory. */
bool assign_range(struct assign_in *);
bool assign_roundrobin(struct assign_in *);
bool assign_even(struct assign_in *, const struct claims *);	/* sticky, subscriptions alike */
bool assign_uneven(struct assign_in *, const struct claims *);	/* sticky, they differ */

#endif
