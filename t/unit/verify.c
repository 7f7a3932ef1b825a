/*
 * verify finds every flipped bit of a segment, of its indexes and of the files
 * beside it, whatever the codec, and bears every cut, zeroed, doubled and
 * swapped block of it.  PLOG_TORTURE=1: all bits, not each third;
 * PLOG_TORTURE=CODEC: every bit of 64 KiB of that codec, and nothing else.
 */
#include "log/verify.h"
#include "unit/flips.h"
#include "unit/logdir.h"

static struct findings found;
static struct batch_iter it = BATCH_ITER_INIT;

/* All there is to find in the partition; how much. */
static size_t
look(const struct logdir *d, uint64_t *records)
{
	struct verify_seen seen[8] = { 0 };
	struct verify_part p;
	struct err e = ERR_INIT;
	size_t i;

	*records = 0;
	findings_clear(&found);
	CHECK(verify_part_open(&p, &d->dir, &found, &e) == 0, "%s", e.text);
	for (i = 0; i < p.segments.n; i++) {
		CHECK(verify_segment(&p, i, &it, &found, &seen[i], &e) == 0, "%s", e.text);
		*records += seen[i].records;
	}
	verify_part_end(&p, seen, &found);
	verify_part_close(&p);
	return found.n;
}

static void
put_segment(const struct logdir *d, int64_t base, const void *p, size_t n)
{
	char name[SEGMENT_NAME_MAX];

	segment_name(name, base, ".log");
	put_file(d->fd, name, p, n);
}

/* What stands beside every partition of plog, but for an end state that is of another boot. */
static void
make(struct logdir *d, enum codec codec, int filler)
{
	uint8_t lock[512] = { 0 };
	struct endstate s = ENDSTATE_INIT;
	struct err e = ERR_INIT;
	int i, fd;

	logdir_make(d, false);
	for (i = 0; i < 3; i++)
		add_batch(&d->seg, i * 4, 0, 4, &(struct how){ .codec = codec, .filler = filler, .time = 5, .step = 3,
		    .noise = filler > 5000 });
	put_segment(d, 0, d->seg.p, d->seg.n);
	put_file(d->fd, "lock", lock, sizeof(lock));
	if ((fd = openat(d->fd, "lock", O_RDWR)) != -1) {
		s.end = 0;
		CHECK_INT(endstate_write(fd, &s), 0);
		close(fd);
	}
	CHECK_INT(recovery_point_write(d->fd, 4, &e), 0);
	CHECK_INT(log_start_raise(d->fd, 1, &e), 0);
}

static void
make_indexes(const struct logdir *d)
{
	struct index_state st = INDEX_STATE_INIT;
	struct err e = ERR_INIT;

	CHECK(index_rebuild(d->fd, 0, (int64_t)d->seg.n, 1, true, &st, &e) == 0, "%s", e.text);
}

/* Each STEP-th bit: it is found, and the two batches that it is not in are read as before. */
static void
every_bit_of_a_segment(enum codec codec, int filler, size_t step)
{
	struct compressor *c = NULL;
	char name[SEGMENT_NAME_MAX];
	uint64_t records;
	struct logdir d;
	size_t bit, missed = 0;

	if (codec != CODEC_NONE && compressor_new(&c, codec, 1, NULL) != 0)
		return;
	compressor_free(c);
	make(&d, codec, filler);
	make_indexes(&d);
	segment_name(name, 0, ".log");
	CHECK(look(&d, &records) == 0, "%s: %s", found.n > 0 ? found.v[0].path : "", found.n > 0 ? found.v[0].what : "");
	CHECK_INT(records, 12);
	for (bit = 0; bit < d.seg.n * 8 && missed < 5; bit += step) {
		flip_bit(d.fd, name, bit);
		if (!CHECK(look(&d, &records) > 0 && records >= 8, "%s: bit %zu: %zu findings, %llu records", codec_name(codec), bit,
		    found.n, (unsigned long long)records))
			missed++;
		flip_bit(d.fd, name, bit);
	}
	logdir_remove(&d);
}

static void
every_bit_of(const char *name)
{
	uint64_t records;
	struct logdir d;
	uint8_t b[4096];
	ssize_t n;
	int fd;
	size_t bit;

	make(&d, CODEC_NONE, 40);
	make_indexes(&d);
	if ((fd = openat(d.fd, name, O_RDONLY)) == -1 || (n = pread(fd, b, sizeof(b), 0)) <= 0) {
		CHECK(false, "%s is not there", name);
		return;
	}
	close(fd);
	for (bit = 0; bit < (size_t)n * 8; bit++) {
		b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		put_file(d.fd, name, b, (size_t)n);
		/* The log itself is as good as before. */
		(void)look(&d, &records);
		CHECK(records == 12, "%s: bit %zu: %llu records", name, bit, (unsigned long long)records);
		CHECK(found.n > 0, "%s: bit %zu is not found", name, bit);
		b[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	logdir_remove(&d);
}

static void
blocks(void)
{
	uint64_t records;
	struct logdir d;
	struct buf b = BUF_INIT;
	size_t at, n;

	make(&d, CODEC_NONE, 40);
	make_indexes(&d);
	n = d.seg.n / 3;
	for (at = 0; at + n <= d.seg.n; at += 7) {
		/* zeroed */
		buf_clear(&b);
		buf_put(&b, d.seg.p, d.seg.n);
		memset(b.p + at, 0, n);
		put_segment(&d, 0, b.p, b.n);
		CHECK(look(&d, &records) > 0, "zeroed at %zu", at);
		/* doubled */
		buf_clear(&b);
		buf_put(&b, d.seg.p, at + n);
		buf_put(&b, d.seg.p + at, d.seg.n - at);
		put_segment(&d, 0, b.p, b.n);
		CHECK(look(&d, &records) > 0, "doubled at %zu", at);
	}
	/* two batches swapped */
	buf_clear(&b);
	buf_put(&b, d.seg.p + n, n);
	buf_put(&b, d.seg.p, n);
	buf_put(&b, d.seg.p + 2 * n, d.seg.n - 2 * n);
	put_segment(&d, 0, b.p, b.n);
	CHECK(look(&d, &records) > 0, "swapped");
	/* cut at every byte: nothing of what is there is lost */
	for (at = 0; at < 3 * n; at++) {
		put_segment(&d, 0, d.seg.p, at);
		(void)look(&d, &records);
		CHECK_INT(records, at / n * 4);
		/* The recovery point is behind the first batch: that one was on disk. */
		CHECK((at % n == 0) == (found.n == 0 || found.v[0].kind != (at < n ? FINDING_DAMAGE : FINDING_TORN)), "cut at %zu", at);
	}
	buf_release(&b);
	logdir_remove(&d);
}

/* An endless file of findings is told up to a bound. */
static void
bounded(void)
{
	struct findings l = FINDINGS_INIT;
	int i;

	for (i = 0; i < FINDINGS_MAX + 5; i++)
		findings_add(&l, FINDING_DAMAGE, &(struct spot){ .dir = "t/0", SPOT_NOWHERE }, "%d", i);
	CHECK_INT(l.n, FINDINGS_MAX);
	CHECK_INT(l.more, 5);
	findings_release(&l);
}

int
main(void)
{
	enum codec named;
	int codec;

	if (torture_codec(&named)) {
		every_bit_of_a_segment(named, FLIPS_FILLER, 1);
		goto done;
	}
	for (codec = CODEC_NONE; codec < CODEC_COUNT; codec++)
		every_bit_of_a_segment((enum codec)codec, 40, getenv("PLOG_TORTURE") != NULL ? 1 : 3);
	every_bit_of("leader-epoch-checkpoint");
	every_bit_of("recovery-point");
	every_bit_of("log-start-offset");
	every_bit_of("00000000000000000000.index");
	every_bit_of("00000000000000000000.timeindex");
	blocks();
	bounded();
done:
	batch_iter_release(&it);
	findings_release(&found);
	return check_done();
}
