/*
 * plog-check dump of what stands beside a segment: its indexes and snapshot,
 * as Kafka's dump tool shows them.
 */
#include <inttypes.h>
#include <string.h>

#include "base/io.h"
#include "check/dump.h"
#include "log/offindex.h"

#define FILE_BYTES	(1 << 30)
#define TXN_ENTRY	34
#define SNAPSHOT_HEAD	10
#define SNAPSHOT_ENTRY	46

/* NAME: value pairs of Kafka's text, or a JSON object of the same. */
struct member {
	const char *name;
	int64_t value;
};

static void
put(struct dump *d, const struct member *m, size_t n)
{
	bool json = d->o->form == TABLE_JSON;
	size_t i;

	for (i = 0; i < n; i++)
		buf_printf(&d->out, json ? "%s\"%s\":%" PRId64 : "%s%s: %" PRId64, i > 0 ? json ? "," : " " : json ? "{" : "",
		    m[i].name, m[i].value);
	buf_puts(&d->out, json ? "}\n" : "\n");
}

static int64_t be64(const uint8_t *p) { return (int64_t)get_be64(p); }
static int64_t be32(const uint8_t *p) { return (int32_t)get_be32(p); }
static int64_t be16(const uint8_t *p) { return (int16_t)get_be16(p); }

static bool
is_zero(const uint8_t *p, size_t n)
{
	return p[0] == 0 && memcmp(p, p + 1, n - 1) == 0;
}

static void
producer(struct dump *d, const uint8_t *p)
{
	int64_t open = be64(p + 38), last = be64(p + 14), sequence = be32(p + 10), delta = be32(p + 22);

	if (d->o->form == TABLE_JSON) {
		put(d, (struct member[]){ { "producerId", be64(p) }, { "producerEpoch", be16(p + 8) },
		    { "coordinatorEpoch", be32(p + 34) }, { "currentTxnFirstOffset", open }, { "lastTimestamp", be64(p + 26) },
		    { "lastSequence", sequence }, { "lastOffset", last }, { "offsetDelta", delta } }, 8);
		return;
	}
	buf_printf(&d->out, "producerId: %" PRId64 " producerEpoch: %" PRId64 " coordinatorEpoch: %" PRId64
	    " currentTxnFirstOffset: ", be64(p), be16(p + 8), be32(p + 34));
	if (open >= 0)
		buf_printf(&d->out, "OptionalLong[%" PRId64 "]", open);
	else
		buf_puts(&d->out, "OptionalLong.empty");
	buf_printf(&d->out, " lastTimestamp: %" PRId64, be64(p + 26));
	if (last >= 0)		/* it has a batch */
		buf_printf(&d->out, " firstSequence: %" PRId64 " lastSequence: %" PRId64 " lastOffset: %" PRId64 " offsetDelta: %"
		    PRId64 " timestamp: %" PRId64, (sequence - delta) & INT32_MAX, sequence, last, delta, be64(p + 26));
	buf_putc(&d->out, '\n');
}

static void
entries(struct dump *d, const struct buf *b, size_t at, size_t width, int64_t base)
{
	const uint8_t *p;

	for (; b->n - at >= width; at += width) {
		p = b->p + at;
		/* A broker's active index has zeros behind its entries. */
		if (width <= TIMEINDEX_ENTRY && is_zero(p, width))
			break;
		if (width == INDEX_ENTRY)
			put(d, (struct member[]){ { "offset", base + be32(p) }, { "position", be32(p + 4) } }, 2);
		else if (width == TIMEINDEX_ENTRY)
			put(d, (struct member[]){ { "timestamp", be64(p) }, { "offset", base + be32(p + 8) } }, 2);
		else if (width == TXN_ENTRY)
			put(d, (struct member[]){ { "version", be16(p) }, { "producerId", be64(p + 2) },
			    { "firstOffset", be64(p + 10) }, { "lastOffset", be64(p + 18) }, { "lastStableOffset", be64(p + 26) } }, 5);
		else
			producer(d, p);
	}
}

void
dump_beside(struct dump *d, int dirfd, const char *label, int64_t base, const char *file)
{
	const char *dot = strrchr(file, '.');
	struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	int rc = file_read(dirfd, file, FILE_BYTES, &b, &e);

	if (rc == 0 && d->o->form != TABLE_JSON)
		buf_printf(&d->out, "Dumping %s/%s\n", label, file);
	if (rc != 0)
		;
	else if (strcmp(dot, ".index") == 0) {
		if (b.n == 0 && d->o->form != TABLE_JSON)
			buf_printf(&d->out, "%s/%s is empty.\n", label, file);
		entries(d, &b, 0, INDEX_ENTRY, base);
	} else if (strcmp(dot, ".timeindex") == 0)
		entries(d, &b, 0, TIMEINDEX_ENTRY, base);
	else if (strcmp(dot, ".txnindex") == 0)
		entries(d, &b, 0, TXN_ENTRY, base);
	else if (strcmp(dot, ".snapshot") != 0)
		rc = err_set(&e, ERR_FORMAT, "no file that can be shown");
	else if (b.n < SNAPSHOT_HEAD)
		rc = err_set(&e, ERR_DAMAGE, "is shorter than its head");
	else
		entries(d, &b, SNAPSHOT_HEAD, SNAPSHOT_ENTRY, base);
	if (rc != 0) {
		(void)err_prefix(&e, "'%s/%s'", label, file);
		dump_failed(d, &e);
	}
	buf_release(&b);
}
