/*
 * Whatever happens to the bytes of a segment, no wrong record is delivered:
 * cut at every byte, every bit flipped, blocks zeroed, doubled, swapped; and
 * whatever happens to an index changes no answer.
 *
 * PLOG_TORTURE=1: segments of more records, in each codec; PLOG_TORTURE=CODEC:
 * every bit of 64 KiB of that codec, and nothing else.
 */
#include "unit/flips.h"
#include "unit/logdir.h"

#define SEEN_MAX	4096

struct seen {
	int64_t offset[SEEN_MAX];
	uint32_t crc[SEEN_MAX];		/* of timestamp, key and value */
	int n;
	int rc;				/* what ended it */
	int damages;			/* how many were skipped on the way */
	int before;			/* records delivered before the first of them */
};

static struct batch_iter it = BATCH_ITER_INIT;

/* All there is, damage skipped or not, remembered record by record. */
static void
read_all(const struct logdir *d, size_t buffer, bool skip, struct seen *s)
{
	struct reader *rd = open_reader(d, buffer, false);
	struct err e = ERR_INIT;
	struct log_batch b;
	struct record r;
	int64_t from;

	s->n = s->damages = s->before = 0;
	s->rc = reader_seek(rd, 0, &e);
	while (s->rc == 0 || s->rc == 1) {
		from = reader_position(rd);
		s->rc = reader_next(rd, &b, &e);
		if (skip && s->rc == -ERR_DAMAGE && s->damages < 1000) {
			if (s->damages++ == 0)
				s->before = s->n;
			s->rc = reader_skip_damage(rd, &e) == 0 ? 1 : -1000;
			continue;
		}
		if (s->rc != 1)
			break;
		if (batch_open(&it, b.bytes, 1 << 26, &e) != 0)
			continue;
		while (batch_next(&it, &r, &e) == 1 && s->n < SEEN_MAX)
			if (r.offset >= from) {
				s->offset[s->n] = r.offset;
				s->crc[s->n++] = crc32c(r.value.p, r.value.n) ^ crc32c(r.key.p, r.key.n) ^ crc32c(&r.timestamp, 8);
			}
	}
	reader_close(rd);
}

/* Every record seen is one of the right ones, in order. */
static bool
is_part(const struct seen *part, const struct seen *whole)
{
	int i, j = 0;

	for (i = 0; i < part->n; i++) {
		while (j < whole->n && whole->offset[j] < part->offset[i])
			j++;
		if (j == whole->n || whole->offset[j] != part->offset[i] || whole->crc[j] != part->crc[i])
			return false;
		j++;
	}
	return true;
}

static void
put_segment(const struct logdir *d, int64_t base, const struct buf *b, size_t n)
{
	char name[SEGMENT_NAME_MAX];

	segment_name(name, base, ".log");
	put_file(d->fd, name, b->p, n);
}

static void
cuts(enum codec codec)
{
	static struct seen whole, part;
	struct logdir d;
	size_t ends[8], n;
	int i, k;

	logdir_make(&d, false);
	for (i = 0; i < 6; i++) {
		add_batch(&d.seg, i * 5, 0, 5, &(struct how){ .codec = codec, .filler = i * 13, .time = 5, .step = 3 });
		ends[i] = d.seg.n;
	}
	put_segment(&d, 0, &d.seg, d.seg.n);
	read_all(&d, 0, false, &whole);
	CHECK_INT(whole.n, 30);
	for (n = 0; n <= d.seg.n; n++) {
		put_segment(&d, 0, &d.seg, n);
		read_all(&d, 4096, false, &part);
		for (k = 0; k < 6 && ends[k] <= n; k++)
			;
		CHECK(part.rc == 0 && part.n == k * 5 && is_part(&part, &whole),
		    "%s cut at %zu: %d records, status %d", codec_name((int)codec), n, part.n, part.rc);
	}
	logdir_remove(&d);
}

/*
 * Each bit of a segment; sealed: a later segment follows.  What is damaged in
 * the last batch of one that is not sealed is "not yet": its writer may have
 * died there.
 */
static void
flips(enum codec codec, bool sealed, int count, int filler)
{
	static struct seen whole, part;
	struct logdir d;
	char name[SEGMENT_NAME_MAX];
	size_t bit, at[3];
	bool told;
	int i;

	logdir_make(&d, false);
	if (sealed) {
		add_batch(&d.seg, count * 3, 0, 4, &(struct how){ .codec = codec });
		logdir_segment(&d, count * 3);
	}
	for (i = 0; i < 3; i++)
		at[i] = add_batch(&d.seg, i * count, 0, count, &(struct how){ .codec = codec, .filler = filler, .time = 5, .step = 3,
		    .noise = filler > 1000 });
	put_segment(&d, 0, &d.seg, d.seg.n);
	segment_name(name, 0, ".log");
	read_all(&d, 0, false, &whole);
	CHECK_INT(whole.n, count * 3 + (sealed ? 4 : 0));
	for (bit = 0; bit < d.seg.n * 8; bit++) {
		/* Where the damage is said, and that all the others come behind it: one look tells both. */
		flip_bit(d.fd, name, bit);
		read_all(&d, 0, true, &part);
		for (i = 2; bit / 8 < at[i]; i--)
			;
		told = sealed || i < 2;
		CHECK(is_part(&part, &whole) && part.rc == 0 && part.n == whole.n - count && part.damages == told &&
		    (!told || part.before == i * count), "%s, bit %zu of %zu flipped: %d records, status %d, %d damages, the first at %d",
		    codec_name((int)codec), bit, d.seg.n * 8, part.n, part.rc, part.damages, part.before);
		flip_bit(d.fd, name, bit);
	}
	logdir_remove(&d);
}

/* Blocks of a segment zeroed, overwritten by others, swapped. */
static void
blocks(size_t block)
{
	static struct seen whole, part;
	struct buf bad = BUF_INIT;
	struct logdir d;
	size_t i, j, n, k;
	int kind;

	logdir_make(&d, false);
	for (i = 0; i < 40; i++)
		add_batch(&d.seg, (int64_t)i * 5, 0, 5, &(struct how){ .codec = (enum codec)(i % CODEC_COUNT),
		    .filler = (int)i * 7 % 190, .time = 5, .step = 3 });
	put_segment(&d, 0, &d.seg, d.seg.n);
	read_all(&d, 0, false, &whole);
	CHECK_INT(whole.n, 200);
	n = d.seg.n / block;
	for (kind = 0; kind < 3; kind++)
		for (i = 0; i < n; i++) {
			j = (i * 7 + 1 + (size_t)kind) % n;
			buf_clear(&bad);
			buf_put(&bad, d.seg.p, d.seg.n);
			if (kind == 0)
				memset(bad.p + i * block, 0, block);
			else
				memcpy(bad.p + i * block, d.seg.p + j * block, block);
			if (kind == 2)
				memcpy(bad.p + j * block, d.seg.p + i * block, block);
			put_segment(&d, 0, &bad, bad.n);
			for (k = 0; k < 2; k++) {
				read_all(&d, 0, k == 1, &part);
				CHECK(is_part(&part, &whole) && (k == 0 ? part.rc == -ERR_DAMAGE || part.rc == 0 : part.rc == 0),
				    "block %zu of %zu, kind %d: %d records, status %d", i, block, kind, part.n, part.rc);
			}
		}
	/* A hole at each batch, with good ones behind it. */
	for (k = 0; k + 61 < d.seg.n; k += n) {
		struct batch_head h;

		if (batch_head_read(SLICE_OF(d.seg.p + k, d.seg.n - k), &h) != BATCH_GOOD)
			break;
		n = (size_t)h.size;
		buf_clear(&bad);
		buf_put(&bad, d.seg.p, d.seg.n);
		memset(bad.p + k, 0, n);
		put_segment(&d, 0, &bad, bad.n);
		read_all(&d, 0, false, &part);
		CHECK_INT(part.rc, k + n < d.seg.n ? -ERR_DAMAGE : 0);
		CHECK(is_part(&part, &whole) && part.n == h.base_offset, "hole at %zu", k);
		read_all(&d, 0, true, &part);
		CHECK(is_part(&part, &whole) && part.n == 195, "hole at %zu skipped: %d", k, part.n);
	}
	buf_release(&bad);
	logdir_remove(&d);
}

/* A batch of another place over one: those behind it are delivered. */
static void
strangers(void)
{
	static struct seen whole, part;
	struct buf bad = BUF_INIT;
	struct logdir d;
	size_t i, j, at[11];

	logdir_make(&d, false);
	/* Offsets of one digit: all are of one size. */
	for (i = 0; i < 10; i++)
		at[i] = add_batch(&d.seg, (int64_t)i, 0, 1, &(struct how){ .filler = 30, .time = 5, .step = 3 });
	at[10] = d.seg.n;
	put_segment(&d, 0, &d.seg, d.seg.n);
	read_all(&d, 0, false, &whole);
	CHECK_INT(whole.n, 10);
	for (i = 0; i < 9; i++)
		for (j = 0; j < 10; j++) {
			CHECK_INT(at[j + 1] - at[j], at[i + 1] - at[i]);
			buf_clear(&bad);
			buf_put(&bad, d.seg.p, d.seg.n);
			memmove(bad.p + at[i], d.seg.p + at[j], at[j + 1] - at[j]);
			put_segment(&d, 0, &bad, bad.n);
			read_all(&d, 0, true, &part);
			CHECK(is_part(&part, &whole) && part.rc == 0 && part.n == (i == j ? 10 : 9), "batch %zu over %zu: %d records",
			    j, i, part.n);
		}
	/* One of two records pushed in between: all others are there. */
	for (i = 1; i < 10; i++) {
		buf_clear(&bad);
		buf_put(&bad, d.seg.p, at[i]);
		add_batch(&bad, 50, 0, 2, &(struct how){ .filler = 30 });
		buf_put(&bad, d.seg.p + at[i], at[10] - at[i]);
		put_segment(&d, 0, &bad, bad.n);
		read_all(&d, 0, true, &part);
		CHECK(is_part(&part, &whole) && part.rc == 0 && part.n == 10 && part.damages == 1, "pushed in before %zu: %d records, %d damages",
		    i, part.n, part.damages);
	}
	buf_release(&bad);
	logdir_remove(&d);
}

/* Damage where an epoch begins: what lies behind it is delivered, nothing was lost at a tail. */
static void
epoch_in_damage(void)
{
	static struct seen whole, part;
	struct logdir d;
	size_t at[6];
	int i;

	logdir_make(&d, false);
	for (i = 0; i < 6; i++)
		at[i] = add_batch(&d.seg, i * 3, i >= 3, 3, &(struct how){ .filler = 20 });
	put_text(d.fd, "leader-epoch-checkpoint", "0\n2\n0 0\n1 9\n");
	put_segment(&d, 0, &d.seg, d.seg.n);
	read_all(&d, 0, false, &whole);
	CHECK_INT(whole.n, 18);
	for (i = 0; i < 5; i++) {
		d.seg.p[at[i] + 70] ^= 1;
		put_segment(&d, 0, &d.seg, d.seg.n);
		read_all(&d, 0, true, &part);
		CHECK(is_part(&part, &whole) && part.rc == 0 && part.n == 15 && part.damages == 1, "batch %d: %d records, status %d, %d damages",
		    i, part.n, part.rc, part.damages);
		d.seg.p[at[i] + 70] ^= 1;
	}
	logdir_remove(&d);
}

/* A tail of zeros or of rubbish is not yet the log; the same before a later segment is damage. */
static void
tails(void)
{
	static struct seen whole, part;
	struct logdir d;
	struct buf tail = BUF_INIT;
	size_t n;
	int kind, i;

	logdir_make(&d, false);
	for (i = 0; i < 4; i++)
		add_batch(&d.seg, i * 5, 0, 5, &(struct how){ .filler = 20 });
	put_segment(&d, 0, &d.seg, d.seg.n);
	read_all(&d, 0, false, &whole);
	for (n = 1; n < 300000; n = n * 3 + 1)
		for (kind = 0; kind < 2; kind++) {
			buf_clear(&tail);
			buf_put(&tail, d.seg.p, d.seg.n);
			memset(buf_room(&tail, n), 0, n);
			for (i = 0; kind == 1 && i < (int)n; i++)
				tail.p[tail.n + (size_t)i] = (uint8_t)((unsigned)i * 2654435761u >> 13);
			tail.n += n;
			put_segment(&d, 0, &tail, tail.n);
			read_all(&d, 0, false, &part);
			CHECK(part.rc == 0 && part.n == 20 && is_part(&part, &whole), "tail %zu, kind %d: %d", n, kind, part.rc);
		}
	add_batch(&tail, 20, 0, 5, &(struct how){ .filler = 20 });
	put_segment(&d, 20, &tail, 0);
	read_all(&d, 0, false, &part);
	CHECK_INT(part.rc, -ERR_DAMAGE);
	CHECK_INT(part.n, 20);
	buf_release(&tail);
	logdir_remove(&d);
}

int
main(void)
{
	bool torture = getenv("PLOG_TORTURE") != NULL;
	enum codec named;
	int c;

	if (torture_codec(&named)) {
		flips(named, false, 4, FLIPS_FILLER);
		goto done;
	}
	for (c = 0; c < CODEC_COUNT; c++)
		cuts((enum codec)c);
	flips(CODEC_NONE, false, 6, 100);
	flips(CODEC_NONE, true, 3, 0);
	flips(CODEC_ZSTD, false, 2, 10);
	if (torture)
		for (c = 0; c < CODEC_COUNT * 2; c++)
			flips((enum codec)(c / 2), c % 2 != 0, 60, 200);
	blocks(512);
	blocks(4096);
	tails();
	strangers();
	epoch_in_damage();
done:
	batch_iter_release(&it);
	return check_done();
}
