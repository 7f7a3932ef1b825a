/*
 * slots.c - see slots.h.
 */
#include "agent/channels/slots.h"

#define BYTES_USUAL	(256LL << 20)

int64_t
slots_read(struct context *c)
{
	int64_t percent = ctx_int_or(c, "byteCapacityBufferPercentage", 20, 0, 100);
	int64_t bytes = ctx_int_or(c, "byteCapacity", BYTES_USUAL, 0, INT64_MAX), slots;

	if (bytes == 0)
		return INT64_MAX / 2;
	slots = (int64_t)((double)bytes * (1 - (double)percent / 100) / SLOT);
	return slots < 1 ? 1 : slots;
}

int64_t
slots_of(const struct event *v, size_t n)
{
	int64_t sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += v[i].len <= SLOT ? 1 : (v[i].len + SLOT - 1) / SLOT;
	return sum;
}
