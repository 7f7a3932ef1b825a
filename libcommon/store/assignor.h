/*
 * assignor.h - which member of a group reads which partition.
 *
 * Pure arithmetic over what the members say: no file, no clock, no random
 * number.  The same input gives the same result in every process, and it is
 * the result that Kafka's class of the same name gives: RangeAssignor and
 * RoundRobinAssignor without racks, CooperativeStickyAssignor (the algorithm
 * of AbstractStickyAssignor).  The order of members and topics in the arrays
 * does not matter.
 *
 *	if (assignor_choose(members, n, &how, &err) != 0)
 *		fail();
 *	if (assign(how, members, n, topics, nt, out, nout, &err) != 0)
 *		fail();
 *	if (how == ASSIGNOR_COOPERATIVE_STICKY)
 *		assign_withhold(members, n, topics, nt, out, nout, &err);
 *	... out[i][0 .. nout[i]) is what members[i] may read in this generation ...
 *	assign_free(out, n);
 *
 * range: topic by topic, each member a row of neighbours, the first ones get
 * one more.  roundrobin: all partitions dealt in a circle.  Both take members
 * with an instance id first, by that id, then the others by id.
 *
 * cooperative-sticky: as even as the subscriptions allow, moving as little as
 * possible from what the members say they own; members by id alone.  A claim
 * of a later generation beats an earlier one; two claims of one generation to
 * a partition void each other.
 */
#ifndef STORE_ASSIGNOR_H
#define STORE_ASSIGNOR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum assignor {
	ASSIGNOR_RANGE,
	ASSIGNOR_ROUNDROBIN,
	ASSIGNOR_COOPERATIVE_STICKY,
	ASSIGNOR_COUNT		/* not an assignor */
};

struct assign_part {
	int32_t topic;		/* index into the array of topics */
	int32_t partition;
};

/* The caller's, unchanged, needed during the call only.  Ids are unique, and so are instance ids. */
struct assign_member {
	const char *id;
	const char *instance;			/* NULL: a dynamic member */
	const char *const *topics;		/* subscribed; one that is not in the array of topics counts for nothing */
	size_t ntopics;
	const struct assign_part *owned;	/* what it reads now */
	size_t nowned;
	int32_t owned_generation;		/* in which it was given that; -1 if none */
	const enum assignor *likes;		/* best first; only assignor_choose() looks */
	size_t nlikes;
};

struct assign_topic {
	const char *name;	/* unique */
	int32_t partitions;	/* 0 and less: there are none */
};

/* "range" and so on, as in Kafka's partition.assignment.strategy. */
const char *assignor_name(enum assignor);

/* ERR_INVALID: not such a name; the sentence has the nearest one, or all. */
int assignor_parse(const char *name, enum assignor *, struct err *);

/*
 * The assignor that a group uses, as Kafka's coordinator elects it: of those
 * that every member lists, each member votes for the one it lists first, and
 * most votes win; equal votes: in the order range, roundrobin,
 * cooperative-sticky.  ERR_INVALID: none that all have (the sentence names two
 * members that have no common one, where there are such), or no member.
 */
int assignor_choose(const struct assign_member *, size_t n, enum assignor *, struct err *);

/*
 * Sets out[i] to the nout[i] partitions of members[i], in the order in which
 * Kafka gives them (range: by name of the topic, where Kafka has no order);
 * NULL and 0 where there are none.  With cooperative-sticky
 * this is the target: what others still read is in it (assign_withhold()).
 * Topics that no member subscribes to, and what is owned but does not exist
 * or is not subscribed to, are passed over.  A partition that somebody
 * subscribes to is given to exactly one who does: also where Kafka gives it
 * to one who does not (a claim of an old generation to a topic given up
 * since; a member without any topic).
 *
 * ERR_NOMEM (also beyond 2^31 - 1 partitions); ERR_INVALID: two members with
 * one id.  Then out[] holds NULL and nout[] 0.
 */
int assign(enum assignor, const struct assign_member *, size_t n, const struct assign_topic *, size_t nt,
    struct assign_part **out, size_t *nout, struct err *);

/*
 * Takes out of a target what has to wait for another round, because a member
 * other than the one it is meant for says that it owns it and is not to keep
 * it.  That member gives it up when it sees the assignment, and the
 * computation after that hands it out.  Returns how many were taken out (0:
 * the target is reached, no other round is needed), or -ERR_NOMEM and then
 * nothing was changed.
 */
int assign_withhold(const struct assign_member *, size_t n, const struct assign_topic *, size_t nt,
    struct assign_part **out, size_t *nout, struct err *);

/* Frees out[0 .. n) and sets them to NULL. */
void assign_free(struct assign_part **out, size_t n);

#endif
