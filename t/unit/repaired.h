/*
 * repaired.h - a partition in three segments, what is done to it, and whether
 * a repair of it is one: verify finds nothing, every batch that was not
 * touched has its bytes and its offset, the next offset has not moved back,
 * appending goes on, and repairing again does nothing.
 */
#ifndef UNIT_REPAIRED_H
#define UNIT_REPAIRED_H

#include "unit/faults.h"

#include "codec/compress.h"
#include "codec/hash.h"
#include "log/digest.h"
#include "log/gaps.h"
#include "log/repair.h"
#include "log/verify.h"
#include "unit/partition.h"

#define BATCHES		8		/* three in each of two closed segments, two in the active one */
#define EACH		4		/* records */
#define RECORDS		(BATCHES * EACH)
#define MOST		256

static int torture, holder;
static enum codec codec;
static struct repair_opts opts = { .execute = true, .lock_timeout_ms = 5000 };
static struct findings found;

static const char *const segments[] = { "00000000000000000000.log", "00000000000000000012.log", "00000000000000000024.log" };

struct seen {				/* the log, offset by offset */
	uint32_t crc[MOST];		/* of the value; 0: not there */
	int64_t next;
	int wrong;			/* bytes that are no batch, offsets that fall */
};

static void
see(const struct batch_head *h, struct slice bytes, struct seen *s)
{
	struct batch_iter it = BATCH_ITER_INIT;
	struct record r;

	if (h->base_offset < s->next)
		s->wrong++;
	s->next = batch_last_offset(h) + 1;
	if (batch_open(&it, bytes, 1 << 20, NULL) == 0)
		while (batch_next(&it, &r, NULL) == 1)
			if (r.offset >= 0 && r.offset < MOST)
				s->crc[r.offset] = crc32c(r.value.p, r.value.n);
	batch_iter_release(&it);
}

static void
read_log(int dir, struct seen *s)
{
	struct segment_list l = SEGMENT_LIST_INIT;
	static uint8_t b[1 << 20];
	char name[SEGMENT_NAME_MAX];
	struct batch_head h;
	size_t i, at, n;

	memset(s, 0, sizeof(*s));
	CHECK_INT(segment_list_read(dir, &l, NULL), 0);
	for (i = 0; i < l.n; i++) {
		segment_name(name, l.base[i], ".log");
		n = (size_t)get_file(dir, name, b, sizeof(b));
		if (l.base[i] < s->next)
			s->wrong++;
		s->next = l.base[i];
		for (at = 0; batch_verify(SLICE_OF(b + at, n - at), &h) == BATCH_GOOD; at += (size_t)h.size)
			see(&h, SLICE_OF(b + at, (size_t)h.size), s);
		s->wrong += (int)(n - at);
	}
	segment_list_release(&l);
}

static size_t
verify(const char *what)
{
	struct batch_iter it = BATCH_ITER_INIT;
	struct verify_seen seen[32] = { 0 };
	struct verify_part p;
	struct err e = ERR_INIT;
	size_t i;

	findings_clear(&found);
	CHECK(verify_part_open(&p, &part, &found, &e) == 0, "%s: %s", what, e.text);
	for (i = 0; i < p.segments.n && i < 32; i++)
		CHECK(verify_segment(&p, i, &it, &found, &seen[i], &e) == 0, "%s: %s", what, e.text);
	verify_part_end(&p, seen, &found);
	verify_part_close(&p);
	batch_iter_release(&it);
	return found.n;
}

static void
add(struct appender *ap, int number)
{
	struct batch_how how = BATCH_HOW_PLAIN;
	struct compressor *comp = NULL;
	struct record r = RECORD_INIT;
	struct batch_builder b;
	struct appended res;
	struct slice bytes;
	static uint8_t copy[65536];
	char value[64];
	int i;

	if (codec != CODEC_NONE)
		CHECK_INT(compressor_new(&comp, codec, 1, NULL), 0);
	how.comp = comp;
	batch_builder_init(&b, sizeof(copy), EACH);
	for (i = 0; i < EACH; i++) {
		snprintf(value, sizeof(value), "value %d of batch %d, %08x", i, number, (unsigned)(number * 2654435761u + (unsigned)i));
		r.value = slice_str(value);
		r.timestamp = 1000 + number;
		CHECK_INT(batch_builder_add(&b, &r), 0);
	}
	CHECK_INT(batch_seal(&b, &how, &bytes, NULL), 0);
	memcpy(copy, bytes.p, bytes.n);
	CHECK_INT(appender_append(ap, copy, bytes.n, &res, NULL), 0);
	batch_builder_release(&b);
	compressor_free(comp);
}

/* A partition of BATCHES batches; its directory. */
static int
make(void)
{
	int dir = fresh(holder), i;
	struct appender *ap;

	part_opts.conf.index_interval_bytes = 20;
	opts.conf = part_opts.conf;
	ap = open_part();
	for (i = 0; i < BATCHES; i++) {
		if (i == 3 || i == 6)
			CHECK_INT(appender_roll(ap, NULL), 0);
		add(ap, i);
	}
	CHECK_INT(appender_sync(ap, NULL), 0);
	appender_close(ap);
	return dir;
}

static int
repair(const char *what, size_t *actions)
{
	struct repair_report r = REPAIR_REPORT_INIT;
	struct err e = ERR_INIT;
	int rc = partdir_repair(&part, &opts, &r, &e);

	CHECK(rc == 0, "%s: %s", what, e.text);
	*actions = r.n;
	CHECK(r.left == 0, "%s: %zu left", what, r.left);
	repair_report_release(&r);
	return rc;
}

static void
clean(const char *what)
{
	size_t n = verify(what);

	CHECK(n == 0, "%s: %s: %s", what, n > 0 ? found.v[0].path : "", n > 0 ? found.v[0].what : "");
}

/* Repaired: what was there before, but for at most `lost` records. */
static bool
repaired(int dir, const struct seen *before, int lost, const char *what)
{
	struct appender *ap;
	struct seen now;
	size_t n;
	int i, missing = 0, wrong = 0;
	unsigned long bad = check_bad;

	if (repair(what, &n) != 0)
		return false;
	clean(what);
	CHECK(repair(what, &n) == 0 && n == 0, "%s: a second repair finds %zu", what, n);
	read_log(dir, &now);
	for (i = 0; i < MOST; i++) {
		missing += before->crc[i] != 0 && now.crc[i] == 0;
		wrong += now.crc[i] != 0 && now.crc[i] != before->crc[i];
	}
	CHECK(missing <= lost && wrong == 0 && now.wrong == 0, "%s: %d missing (%d may be), %d wrong, %d bytes of none", what,
	    missing, lost, wrong, now.wrong);
	CHECK(now.next >= before->next, "%s: the next offset was %lld and is %lld", what, (long long)before->next,
	    (long long)now.next);
	ap = open_part();
	add(ap, 99);
	appender_close(ap);
	read_log(dir, &now);
	CHECK(now.next >= before->next + EACH && now.wrong == 0, "%s: appending: next %lld, %d wrong", what, (long long)now.next, now.wrong);
	clean(what);
	return bad == check_bad;
}
#endif
