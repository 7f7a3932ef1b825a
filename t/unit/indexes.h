/*
 * indexes.h - are the indexes of a segment what going over it would make?
 */
#ifndef UNIT_INDEXES_H
#define UNIT_INDEXES_H

#include "log/offindex.h"
#include "unit/partition.h"

/* Compares, and leaves them made anew. */
__attribute__((unused)) static void
check_indexes(int dir, int64_t base, bool final)
{
	static uint8_t have[65536], want[65536];
	char index[SEGMENT_NAME_MAX], times[SEGMENT_NAME_MAX], log[SEGMENT_NAME_MAX];
	struct index_state st;
	ssize_t n, t;

	segment_name(log, base, ".log");
	segment_name(index, base, ".index");
	segment_name(times, base, ".timeindex");
	n = get_file(dir, index, have, 32768);
	t = get_file(dir, times, have + 32768, 32768);
	CHECK_INT(index_rebuild(dir, base, file_size(dir, log), part_opts.conf.index_interval_bytes, final, &st, NULL), 0);
	get_file(dir, index, want, 32768);
	get_file(dir, times, want + 32768, 32768);
	/* Bytes beyond do no harm; a segment that is closed has none. */
	if (!final && n > st.index_size)
		n = st.index_size;
	if (!final && t > st.timeindex_size)
		t = st.timeindex_size;
	CHECK_BYTES(have, n < 0 ? 0 : (size_t)n, want, (size_t)st.index_size);
	CHECK_BYTES(have + 32768, t < 0 ? 0 : (size_t)t, want + 32768, (size_t)st.timeindex_size);
}

#endif
