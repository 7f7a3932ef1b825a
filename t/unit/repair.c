/*
 * Whatever bit of a segment or of a file beside it is flipped, a repair makes
 * the partition whole (repaired.h); with a digest nothing is lost where the
 * checksum does not look.
 *
 * PLOG_TORTURE: every bit.
 */
#include "unit/repaired.h"

static void
every_bit(int segment, bool rebooted, size_t step)
{
	static uint8_t b[65536];
	struct seen before;
	size_t bit, n = 1;
	char what[96];
	int dir, bad = 0;

	for (bit = 0; bit < n * 8 && bad < 3; bit += step) {
		dir = make();
		read_log(dir, &before);
		n = (size_t)get_file(dir, segments[segment], b, sizeof(b));
		b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		put_file(dir, segments[segment], b, n);
		if (rebooted)
			reboot();
		snprintf(what, sizeof(what), "%s, %s, bit %zu%s", codec_name(codec), segments[segment], bit, rebooted ? ", rebooted" : "");
		bad += !repaired(dir, &before, EACH, what);
		close(dir);
	}
}

static void
every_bit_of_file(const char *name, size_t step)
{
	static uint8_t b[65536];
	struct seen before;
	size_t bit, n = 1;
	char what[96];
	int dir, bad = 0;

	for (bit = 0; bit < n * 8 && bad < 3; bit += step) {
		dir = make();
		CHECK_INT(log_start_raise(dir, 2, NULL), 0);
		CHECK_INT(gaps_add(dir, &(struct gap){ 1, 2 }, 1, NULL), 0);
		read_log(dir, &before);
		n = (size_t)get_file(dir, name, b, sizeof(b));
		b[bit / 8] ^= (uint8_t)(1 << bit % 8);
		put_file(dir, name, b, n);
		snprintf(what, sizeof(what), "%s, bit %zu", name, bit);
		bad += !repaired(dir, &before, 0, what);
		close(dir);
	}
}

/* With a digest a wrong bit in what the checksum leaves out costs nothing. */
static void
digests(void)
{
	static uint8_t b[65536];
	struct seen before;
	size_t bit, n;
	char what[96];
	int dir;

	for (bit = 0; bit < 16 * 8; bit++) {
		/* The length: the checksum fails; a negative offset or epoch: no batch. */
		if ((bit / 8 >= 8 && bit / 8 < 12) || bit == 7 || bit == 12 * 8 + 7)
			continue;
		dir = make();
		CHECK_INT(digest_write(dir, 12, NULL), 0);
		CHECK_INT(cleaner_checkpoint_set(dir, 24, 24, NULL), 0);	/* any offset may be missing */
		read_log(dir, &before);
		n = (size_t)get_file(dir, segments[1], b, sizeof(b));
		b[n / 3 + bit / 8] ^= (uint8_t)(1 << bit % 8);
		put_file(dir, segments[1], b, n);
		snprintf(what, sizeof(what), "digest, bit %zu", bit);
		CHECK(verify(what) > 0, "%s: not found", what);
		repaired(dir, &before, 0, what);
		close(dir);
	}
}

int
main(void)
{
	size_t step;

	torture = getenv("PLOG_TORTURE") != NULL;
	holder = tmpdir_make();
	if (fchdir(holder) == -1)
		return 1;
	reboot();
	step = torture ? 1 : 41;
	for (codec = CODEC_NONE; codec < CODEC_COUNT; codec++) {
		struct compressor *c = NULL;

		if (codec != CODEC_NONE && compressor_new(&c, codec, 1, NULL) != 0)
			continue;
		compressor_free(c);
		every_bit(1, false, codec == CODEC_NONE ? step / 3 + 1 : step);
		every_bit(2, false, codec == CODEC_NONE ? step / 3 + 1 : step);
		every_bit(2, true, step);
	}
	codec = CODEC_NONE;
	every_bit_of_file("leader-epoch-checkpoint", torture ? 1 : 3);
	every_bit_of_file("recovery-point", torture ? 1 : 7);
	every_bit_of_file("log-start-offset", torture ? 1 : 3);
	every_bit_of_file("gaps", torture ? 1 : 3);
	every_bit_of_file("00000000000000000012.index", torture ? 1 : 11);
	every_bit_of_file("00000000000000000012.timeindex", torture ? 1 : 11);
	every_bit_of_file("00000000000000000024.index", torture ? 1 : 11);
	every_bit_of_file("lock", torture ? 1 : 37);
	digests();
	findings_release(&found);
	tmpdir_remove();
	return check_done();
}
