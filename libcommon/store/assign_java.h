/*
 * assign_java.h - the order of Java's hash tables (inside store/ only).
 *
 * Where Kafka's assignors walk through a HashMap or a HashSet, the result
 * depends on its order.  That order is defined: String.hashCode,
 * TopicPartition.hashCode and the table of java.util.HashMap (OpenJDK): 16
 * bins, twice as many when three quarters are exceeded or, below 64 bins, when
 * one gets a ninth entry; bins in turn, in each the oldest entry first.
 */
#ifndef STORE_ASSIGN_JAVA_H
#define STORE_ASSIGN_JAVA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct java_entry {
	uint32_t hash, value;
};
/* All zero is an empty one. */
struct java_set {
	struct java_entry *e;	/* oldest first */
	size_t n, room;
	uint32_t bins;
};

uint32_t java_string_hash(const char *);
uint32_t java_part_hash(uint32_t topic_hash, int32_t partition);
bool java_set_add(struct java_set *, uint32_t hash, uint32_t value);	/* false: no memory */
void java_set_remove(struct java_set *, uint32_t value);
uint32_t java_set_first(const struct java_set *);			/* of one that is not empty */
bool java_set_order(const struct java_set *, uint32_t *values);		/* false: no memory */
void java_set_free(struct java_set *);

#endif
