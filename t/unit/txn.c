/*
 * read_committed: aborted transactions are left out, open ones hold back what
 * lies behind their first record, by markers, .txnindex and .snapshot.
 */
#include "log/txn_set.h"
#include "unit/logdir.h"

/* A log in words: "c5" 5 records outside of transactions, "A3" of producer A; "+A" commits, "!A" aborts, "|" a new segment. */
static int64_t
write_log(struct logdir *d, const char *words)
{
	int64_t offset = 0, base = 0;
	int n;

	for (; *words != '\0'; words++) {
		if (*words == ' ')
			continue;
		if (*words == '|') {
			logdir_segment(d, base);
			base = offset;
		} else if (*words == '+' || *words == '!') {
			add_marker(&d->seg, offset, words[1], *words == '+');
			offset++;
			words++;
		} else {
			n = words[1] - '0';
			add_batch(&d->seg, offset, 0, n, &(struct how){ .filler = 20, .producer = *words,
			    .attributes = *words == 'c' ? 0 : BATCH_TRANSACTIONAL });
			offset += n;
			words++;
		}
	}
	logdir_segment(d, base);
	return offset;
}

/* What is delivered from an offset on: "0-4 7-9"; behind it ">N" when it ends before the log does. */
static const char *
delivered(struct reader *rd, int64_t from, int64_t end, char *out, size_t size)
{
	struct err e = ERR_INIT;
	struct log_batch b;
	size_t n = 0;
	int rc;

	out[0] = '\0';
	if (!CHECK(reader_seek(rd, from, &e) == 0, "%s", e.text))
		return out;
	while ((rc = reader_next(rd, &b, &e)) == 1)
		if (b.deliver)
			n += (size_t)snprintf(out + n, size - n, "%s%" PRId64 "-%" PRId64, n == 0 ? "" : " ",
			    b.head.base_offset, batch_last_offset(&b.head));
	CHECK(rc == 0, "%s", e.text);
	if (reader_position(rd) != end)
		(void)snprintf(out + n, size - n, ">%" PRId64, reader_position(rd));
	return out;
}

static const struct {
	const char *log, *committed;
	int64_t stable;
} cases[] = {
	{ "c5 c2", "0-4 5-6", 7 },
	{ "A3 +A c2", "0-2 4-5", 6 },
	{ "A3 !A c2", "4-5", 6 },
	{ "A3 B2 A1 !B +A c1", "0-2 5-5 8-8", 9 },
	{ "A3 B2 A1 +B !A c1 A2 +A", "3-4 8-8 9-10", 12 },
	{ "c2 A3 c4", "0-1>2", 2 },
	{ "c2 A3 B2 +B c4", "0-1>2", 2 },
	{ "A1 +A A2 !A A3 +A A4", "0-0 5-7>9", 9 },
	{ "c1 A3 | c2 | B1 !A c1 | +B c1", "0-0 4-5 6-6 8-8 10-10", 11 },
	{ "c1 A3 | c2 | B1 !A c1 | c1", "0-0 4-5>6", 6 },
	{ "!A +B c1", "2-2", 3 },
	{ "A1 A1 A1 !A A1 A1 +A !A", "4-4 5-5", 8 },
	{ "| c1 |", "0-0", 1 },
};

static void
markers(bool broker)
{
	struct log_bounds lb;
	struct err e = ERR_INIT;
	struct reader *rd;
	struct logdir d;
	char out[256];
	int64_t end;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		logdir_make(&d, broker);
		end = write_log(&d, cases[i].log);
		rd = open_reader(&d, 0, true);
		CHECK(strcmp(delivered(rd, 0, end, out, sizeof(out)), cases[i].committed) == 0,
		    "\"%s\" gives \"%s\", not \"%s\"", cases[i].log, out, cases[i].committed);
		/* Again, from further on, and what the bounds say. */
		CHECK(strcmp(delivered(rd, 0, end, out, sizeof(out)), cases[i].committed) == 0, "\"%s\" again: \"%s\"",
		    cases[i].log, out);
		CHECK_INT(reader_bounds(rd, &lb, &e), 0);
		CHECK(lb.stable == cases[i].stable, "\"%s\" is stable up to %" PRId64, cases[i].log, lb.stable);
		CHECK_INT(lb.end, end);
		reader_close(rd);
		logdir_remove(&d);
	}
}

/* A reader that waits at an open transaction goes on when it ends. */
static void
goes_on(void)
{
	struct err e = ERR_INIT;
	struct log_batch b;
	struct reader *rd;
	struct logdir d;
	size_t n;

	logdir_make(&d, true);
	add_batch(&d.seg, 0, 0, 2, &(struct how){ .attributes = BATCH_TRANSACTIONAL, .producer = 7 });
	add_batch(&d.seg, 2, 0, 2, &(struct how){ .filler = 1 });
	n = d.seg.n;
	put_file(d.fd, "00000000000000000000.log", d.seg.p, n);
	rd = open_reader(&d, 0, true);
	CHECK_INT(reader_seek(rd, 0, &e), 0);
	CHECK_INT(reader_next(rd, &b, &e), 0);
	CHECK_INT(reader_next(rd, &b, &e), 0);
	add_marker(&d.seg, 4, 7, 0);
	put_file(d.fd, "00000000000000000000.log", d.seg.p, d.seg.n - 1);
	CHECK_INT(reader_next(rd, &b, &e), 0);
	put_file(d.fd, "00000000000000000000.log", d.seg.p, d.seg.n);
	CHECK_INT(reader_next(rd, &b, &e), 1);
	CHECK_INT(b.deliver, false);
	CHECK_INT(reader_next(rd, &b, &e), 1);
	CHECK_INT(b.deliver, true);
	CHECK_INT(b.head.base_offset, 2);
	reader_close(rd);
	logdir_remove(&d);
}

static void
put_txnindex(struct logdir *d, int64_t base, int64_t pid, int64_t first, int64_t last)
{
	char name[SEGMENT_NAME_MAX];
	uint8_t entry[34] = { 0 };

	put_be64(entry + 2, (uint64_t)pid);
	put_be64(entry + 10, (uint64_t)first);
	put_be64(entry + 18, (uint64_t)last);
	put_be64(entry + 26, (uint64_t)first);
	segment_name(name, base, ".txnindex");
	put_file(d->fd, name, entry, sizeof(entry));
}

/* What a fresh reader delivers. */
static const char *
afresh(const struct logdir *d, int64_t end, char *out, size_t size)
{
	struct reader *rd = open_reader(d, 0, true);

	(void)delivered(rd, 0, end, out, size);
	reader_close(rd);
	return out;
}

/* .txnindex counts where the marker is gone, and nowhere else. */
static void
txnindex(void)
{
	struct logdir d;
	char out[256];

	logdir_make(&d, true);
	add_batch(&d.seg, 0, 0, 3, &(struct how){ .attributes = BATCH_TRANSACTIONAL, .producer = 7 });
	add_batch(&d.seg, 5, 0, 3, &(struct how){ .filler = 1 });	/* the marker was at 3 */
	logdir_segment(&d, 0);
	CHECK_STR(afresh(&d, 8, out, sizeof(out)), ">0");
	put_txnindex(&d, 0, 7, 0, 3);
	CHECK_STR(afresh(&d, 8, out, sizeof(out)), "5-7");
	logdir_remove(&d);

	/* One that names a committed transaction, another producer, or no offset of it, changes nothing. */
	logdir_make(&d, true);
	(void)write_log(&d, "A3 +A c2 B2 +B c1");
	put_txnindex(&d, 0, 'A', 0, 3);
	CHECK_STR(afresh(&d, 10, out, sizeof(out)), "0-2 4-5 6-7 9-9");
	put_txnindex(&d, 0, 'B', 0, 7);
	CHECK_STR(afresh(&d, 10, out, sizeof(out)), "0-2 4-5 6-7 9-9");
	put_txnindex(&d, 0, 'A', 9, 3);
	CHECK_STR(afresh(&d, 10, out, sizeof(out)), "0-2 4-5 6-7 9-9");
	logdir_remove(&d);
}

/* A snapshot says what was open at its segment's start, when what lies before is not looked at. */
static void
snapshot(void)
{
	uint8_t snap[10 + 46] = { 0, 1 };
	struct reader *rd;
	struct logdir d;
	char out[256];
	int bad;

	for (bad = 0; bad < 2; bad++) {
		logdir_make(&d, true);
		(void)write_log(&d, "c5 | c3 | c2");
		put_be32(snap + 6, 1);
		put_be64(snap + 10, 7);
		put_be64(snap + 48, 4);		/* open since offset 4 */
		put_be32(snap + 2, crc32c(snap + 6, sizeof(snap) - 6) ^ (uint32_t)bad);
		put_file(d.fd, "00000000000000000008.snapshot", snap, sizeof(snap));
		rd = open_reader(&d, 0, true);
		CHECK_STR(delivered(rd, 8, 10, out, sizeof(out)), bad ? "8-9" : ">8");
		CHECK_STR(delivered(rd, 0, 10, out, sizeof(out)), "0-4 5-7 8-9");
		reader_close(rd);
		logdir_remove(&d);
	}
}

/* Many at once, in the set itself. */
static void
many(void)
{
	struct txn_set s;
	struct err e = ERR_INIT;
	int64_t i;

	txn_set_init(&s);
	CHECK_INT(txn_oldest(&s), INT64_MAX);
	for (i = 0; i < 20000; i++)
		CHECK_INT(txn_begin(&s, i, i * 10, &e), 0);
	CHECK_INT(txn_begin(&s, 5, 7, &e), 0);		/* open already */
	CHECK_INT(txn_oldest(&s), 0);
	for (i = 0; i < 20000; i++)
		CHECK_INT(txn_end(&s, i, 1000000 + i, i % 2 == 1, &e), 0);
	CHECK_INT(txn_oldest(&s), INT64_MAX);
	CHECK_INT(txn_is_aborted(&s, 5, 50), true);
	CHECK_INT(txn_is_aborted(&s, 5, 49), false);
	CHECK_INT(txn_is_aborted(&s, 5, 1000005), true);
	CHECK_INT(txn_is_aborted(&s, 5, 1000006), false);
	CHECK_INT(txn_is_aborted(&s, 6, 60), false);
	txn_forget(&s, 1000006);
	CHECK_INT(txn_is_aborted(&s, 5, 50), false);
	CHECK_INT(txn_is_aborted(&s, 7, 70), true);
	txn_set_clear(&s);
}

int
main(void)
{
	markers(false);
	markers(true);
	goes_on();
	txnindex();
	snapshot();
	many();
	return check_done();
}
