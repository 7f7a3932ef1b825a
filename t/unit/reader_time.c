/*
 * The first offset at or behind a time, by the definition, with indexes whole,
 * gone, cut, zeroed, or with any one bit flipped; and offsets the same way.
 */
#include "unit/logdir.h"

#define RECORDS	120

/* Timestamps of the log: rising with bumps, so that neither order nor equality can be leant on. */
static int64_t
time_of(int64_t offset, int kind)
{
	static const int bump[] = { 0, 3, 3, -40, 1, 90, 90, -2, 0, 5 };

	if (kind == 0)
		return 1000 + offset * 10;
	if (kind == 1)
		return 1000 + offset / 30 * 10;
	return 1000 + offset * 4 + bump[offset / 4 % 10];
}

static void
fill(struct logdir *d, int kind)
{
	int64_t offset = 0, base = 0;
	struct index_state st;
	struct err e = ERR_INIT;
	char name[SEGMENT_NAME_MAX];
	int s;

	for (s = 0; s < 3; s++) {
		while (offset < RECORDS / 3 * (s + 1)) {
			struct how how = { .filler = 5, .time = time_of(offset, kind), .step = 0 };

			/* One timestamp for a batch of four; kind 0 has one for each record. */
			if (kind == 0)
				how = (struct how){ .filler = 5, .time = 1000, .step = 10, .codec = (enum codec)(offset / 4 % CODEC_COUNT) };
			add_batch(&d->seg, offset, 0, 4, &how);
			offset += 4;
		}
		segment_name(name, base, ".log");
		put_file(d->fd, name, d->seg.p, d->seg.n);
		st = (struct index_state)INDEX_STATE_INIT;
		/* The last one is active: no final entry. */
		CHECK(index_rebuild(d->fd, base, (int64_t)d->seg.n, 200, s < 2, &st, &e) == 0, "%s", e.text);
		buf_clear(&d->seg);
		base = offset;
	}
}

static int64_t
by_definition(int64_t ms, int kind)
{
	int64_t o;

	for (o = 0; o < RECORDS; o++)
		if (time_of(kind == 0 ? o : o / 4 * 4, kind) >= ms)
			return o;
	return RECORDS;
}

/* A few times and offsets, all answers right?  full: all of them. */
static bool
answers(const struct logdir *d, int kind, bool full)
{
	struct reader *rd = open_reader(d, 0, false);
	struct err e = ERR_INIT;
	struct log_batch b;
	int64_t ms, got, o, want;
	bool ok = true;
	int rc;

	for (ms = 990; ok && ms < 2300; ms += full ? 1 : 61) {
		want = by_definition(ms, kind);
		rc = reader_find_time(rd, ms, &got, &e);
		ok = rc == (want < RECORDS) && got == want;
		if (!ok)
			fprintf(stderr, "kind %d, time %" PRId64 ": %d, %" PRId64 " not %" PRId64 "\n", kind, ms, rc, got, want);
	}
	for (o = 0; ok && o < RECORDS; o += full ? 1 : 23) {
		ok = reader_seek(rd, o, &e) == 0 && reader_next(rd, &b, &e) == 1 && b.head.base_offset == o / 4 * 4;
		if (!ok)
			fprintf(stderr, "kind %d, offset %" PRId64 ": %s\n", kind, o, e.text);
	}
	reader_close(rd);
	return ok;
}

static void
one_file(const struct logdir *d, const char *name, int kind)
{
	struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	size_t bit, n;

	CHECK(file_read(d->fd, name, 1 << 20, &b, &e) == 0, "%s", e.text);
	CHECK(b.n > 0, "%s is empty", name);
	for (bit = 0; bit < b.n * 8; bit++) {
		b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
		put_file(d->fd, name, b.p, b.n);
		CHECK(answers(d, kind, false), "%s with bit %zu flipped", name, bit);
		b.p[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	for (n = 0; n < b.n; n += 3) {
		put_file(d->fd, name, b.p, n);
		CHECK(answers(d, kind, false), "%s cut at %zu", name, n);
	}
	for (n = 0; n < b.n; n += 4) {
		struct buf z = BUF_INIT;

		buf_put(&z, b.p, b.n);
		memset(z.p + n, 0, b.n - n);
		put_file(d->fd, name, z.p, z.n);
		CHECK(answers(d, kind, false), "%s zeroed from %zu", name, n);
		memcpy(z.p, b.p, b.n);
		memset(z.p + n, 0xff, 4);
		put_file(d->fd, name, z.p, z.n);
		CHECK(answers(d, kind, false), "%s with ff at %zu", name, n);
		buf_release(&z);
	}
	CHECK_INT(unlinkat(d->fd, name, 0), 0);
	CHECK(answers(d, kind, true), "%s deleted", name);
	put_file(d->fd, name, b.p, b.n);
	buf_release(&b);
}

int
main(void)
{
	static const char *const suffix[] = { ".index", ".timeindex" };
	char name[SEGMENT_NAME_MAX];
	struct logdir d;
	int kind, i, s;

	for (kind = 0; kind < 3; kind++) {
		logdir_make(&d, false);
		fill(&d, kind);
		CHECK(answers(&d, kind, true), "kind %d", kind);
		for (i = 0; i < 2; i++)
			for (s = 0; s < 3; s++)
				if (s != 1) {
					segment_name(name, s * RECORDS / 3, suffix[i]);
					one_file(&d, name, kind);
				}
		logdir_remove(&d);
	}
	return check_done();
}
