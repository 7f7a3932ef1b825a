/*
 * batch_clean: Kafka's bytes of cleaned batches (golden vectors G, H, I).
 */
#include <string.h>

#include "codec/batch_clean.h"
#include "unit/check.h"
#include "unit/hexin.h"

#define T	1700000000000LL
#define DAY	86400000LL

static const char A[] =
    "0000000000000000 00000053 00000000 02 3f91a030 0000 00000002"
    "0000018bcfe56800 0000018bcfe56805 ffffffffffffffff ffff ffffffff 00000003"
    "14 00 00 00 04 6b31 04 7631 00 1a 00 0a 02 01 00 04 02 68 02 78 02 6e 01 10 00 06 04 04 6b31 01 00";
static const char H[] =
    "0000000000000000 0000003d 00000000 02 7e78faf9 0040 00000002"
    "0000018bd50bc400 0000018bcfe56803 ffffffffffffffff ffff ffffffff 00000001"
    "16 00 f9efb252 04 04 6b31 01 00";
static const char I[] =
    "0000000000000000 0000004b 00000000 02 c21aff1a 0000 00000002"
    "0000018bcfe56800 0000018bcfe56814 ffffffffffffffff ffff ffffffff 00000003"
    "10 00 00 00 0261 0231 00 | 10 00 13 02 0262 0232 00 | 0e 00 28 04 0263 01 00";
static const char I_ONCE[] =
    "0000000000000000 00000048 00000000 02 0d415c81 0040 00000002"
    "0000018bd50bc7e8 0000018bcfe56814 ffffffffffffffff ffff ffffffff 00000002"
    "16 00 e3ffb252 02 0262 0232 00 | 14 00 a7ffb252 04 0263 01 00";
static const char I_TWICE[] =
    "0000000000000000 0000003d 00000000 02 6c7c4081 0040 00000002"
    "0000018bd50bc7e8 0000018bcfe567f6 ffffffffffffffff ffff ffffffff 00000001"
    "16 00 e3ffb252 02 0262 0232 00";
static const char I_EMPTY[] =
    "0000000000000000 00000031 00000000 02 5568dbad 0000 00000002"
    "ffffffffffffffff 0000018bcfe567f6 ffffffffffffffff ffff ffffffff 00000000";

static const struct {
	const char *what, *from, *to;
	unsigned keep;			/* a bit an offset */
	int64_t horizon;
	enum batch_left left;
} rows[] = {
	{ "all stay, no tombstone is given a horizon", A, A, 7, -1, BATCH_LEFT_WHOLE },
	{ "H: a tombstone alone", A, H, 4, T + DAY, BATCH_LEFT_SOME },
	{ "I: once", I, I_ONCE, 6, T + 1000 + DAY, BATCH_LEFT_SOME },
	{ "I: again, the horizon stays", I_ONCE, I_ONCE, 6, T + 9000 + DAY, BATCH_LEFT_WHOLE },
	{ "I: again, without the tombstone", I_ONCE, I_TWICE, 2, T + 9000 + DAY, BATCH_LEFT_SOME },
	{ "I: to nothing", I_TWICE, I_EMPTY, 0, T + 9000 + DAY, BATCH_LEFT_NONE },
	{ "an empty one stays one", I_EMPTY, I_EMPTY, 0, T, BATCH_LEFT_NONE },
};

static void
keep(void *arg, const struct batch_head *h, const struct record *recs, size_t n, bool *stay)
{
	size_t i;

	for (i = 0; i < n; i++)
		stay[i] = *(const unsigned *)arg >> (recs[i].offset - h->base_offset) & 1;
}

int
main(void)
{
	struct batch_cleaner c = BATCH_CLEANER_INIT;
	uint8_t from[256], to[256];
	struct err e = ERR_INIT;
	struct batch_head h;
	enum batch_left left;
	struct slice out;
	struct batch_clean_how how = { .limit = 1 << 20, .keep = keep };
	unsigned bits;
	size_t i, n, m;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		n = hexin(rows[i].from, from, sizeof(from));
		m = hexin(rows[i].to, to, sizeof(to));
		bits = rows[i].keep;
		how.arg = &bits;
		how.horizon = rows[i].horizon;
		CHECK(batch_clean(&c, SLICE_OF(from, n), &how, &left, &out, &e) == 0,
		    "%s: %s", rows[i].what, e.text);
		CHECK(left == rows[i].left, "%s: left %d", rows[i].what, (int)left);
		CHECK(slice_eq(out, SLICE_OF(to, m)), "%s: other bytes", rows[i].what);
		CHECK_INT(batch_verify(out, &h), BATCH_GOOD);
	}
	batch_cleaner_release(&c);
	return check_done();
}
