/*
 * plog-check dump: a segment as Kafka's dump tool shows it, a line a batch,
 * with --deep a line a record.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check/batches.h"
#include "check/check.h"
#include "check/dump.h"
#include "codec/compress.h"
#include "log/segment.h"
#include "text/glob.h"
#include "text/json.h"
#include "text/terminal.h"
#include "tool/msg.h"

#define FLUSH		(64 << 10)
#define PLAIN_MAX	((size_t)1 << 30)

static const char *
bool_word(bool b)
{
	return b ? "true" : "false";
}

static int32_t
sequence(const struct batch_head *h, int64_t delta)
{
	/* Wraps around within 31 bits. */
	return h->base_sequence < 0 ? -1 : (int32_t)(((int64_t)h->base_sequence + delta) & INT32_MAX);
}

static void
batch_line(struct dump *d, const struct batches *b)
{
	const struct batch_head *h = &b->head;
	bool horizon = h->attributes & BATCH_DELETE_HORIZON;
	struct buf *o = &d->out;

	if (d->o->form == TABLE_JSON) {
		buf_puts(o, "{\"path\":");
		json_str(b->path, o);
		buf_printf(o, ",\"baseOffset\":%" PRId64 ",\"lastOffset\":%" PRId64 ",\"count\":%" PRId32 ",\"baseSequence\":%"
		    PRId32 ",\"lastSequence\":%" PRId32 ",\"producerId\":%" PRId64 ",\"producerEpoch\":%d",
		    h->base_offset, batch_last_offset(h), h->count, h->base_sequence, sequence(h, h->last_offset_delta),
		    h->producer_id, h->producer_epoch);
		buf_printf(o, ",\"partitionLeaderEpoch\":%" PRId32 ",\"isTransactional\":%s,\"isControl\":%s,\"deleteHorizonMs\":",
		    h->leader_epoch, bool_word(batch_is_transactional(h)), bool_word(batch_is_control(h)));
		if (horizon)
			buf_printf(o, "%" PRId64, h->base_timestamp);
		else
			buf_puts(o, "null");
		buf_printf(o, ",\"position\":%" PRId64 ",\"timestampType\":\"%s\",\"timestamp\":%" PRId64 ",\"size\":%" PRId64
		    ",\"magic\":%d,\"compresscodec\":\"%s\",\"crc\":%" PRIu32 ",\"isvalid\":%s}\n", b->at,
		    h->attributes & BATCH_LOG_APPEND_TIME ? "LogAppendTime" : "CreateTime", h->max_timestamp, h->size, h->magic,
		    codec_name(batch_codec(h)), h->crc, bool_word(b->valid));
		return;
	}
	buf_printf(o, "baseOffset: %" PRId64 " lastOffset: %" PRId64 " count: %" PRId32 " baseSequence: %" PRId32
	    " lastSequence: %" PRId32 " producerId: %" PRId64 " producerEpoch: %d partitionLeaderEpoch: %" PRId32
	    " isTransactional: %s isControl: %s deleteHorizonMs: ", h->base_offset, batch_last_offset(h), h->count,
	    h->base_sequence, sequence(h, h->last_offset_delta), h->producer_id, h->producer_epoch, h->leader_epoch,
	    bool_word(batch_is_transactional(h)), bool_word(batch_is_control(h)));
	if (horizon)
		buf_printf(o, "OptionalLong[%" PRId64 "]", h->base_timestamp);
	else
		buf_puts(o, "OptionalLong.empty");
	buf_printf(o, " position: %" PRId64 " %s: %" PRId64 " size: %" PRId64 " magic: %d compresscodec: %s crc: %" PRIu32
	    " isvalid: %s\n", b->at, h->attributes & BATCH_LOG_APPEND_TIME ? "LogAppendTime" : "CreateTime", h->max_timestamp,
	    h->size, h->magic, codec_name(batch_codec(h)), h->crc, bool_word(b->valid));
}

static int64_t
size_of(struct slice s)
{
	return s.p == NULL ? -1 : (int64_t)s.n;
}

static void
marker(struct dump *d, const struct record *r)
{
	static const char *const words[] = { "ABORT", "COMMIT" };
	uint16_t type = r->key.n >= 4 ? get_be16(r->key.p + 2) : UINT16_MAX;

	if (type < 2 && r->value.n >= 6)
		buf_printf(&d->out, " endTxnMarker: %s coordinatorEpoch: %" PRId32, words[type], (int32_t)get_be32(r->value.p + 2));
	else
		buf_printf(&d->out, " controlType: %u", type);
}

/* A key or value for people: taken apart where that can be. */
static void
shown(struct dump *d, const struct record *r, bool value)
{
	struct buf *b = &d->scratch;

	buf_clear(b);
	if (d->internal != DUMP_PLAIN && !b->failed && (value ? dump_internal_value(d->internal, r->key, r->value, b) :
	    dump_internal_key(d->internal, r->key, b)))
		terminal_line(buf_slice(b), &d->out);
	else
		terminal_line(value ? r->value : r->key, &d->out);
}

static bool
is_known(struct dump *d, const struct record *r)
{
	buf_clear(&d->scratch);
	return dump_internal_key(d->internal, r->key, &d->scratch);
}

static void
record_line(struct dump *d, const struct batch_head *h, const struct record *r)
{
	struct buf *o = &d->out;
	struct rd hs = headers_rd(r);
	struct header x;
	const char *comma = "";

	buf_printf(o, "| offset: %" PRId64 " %s: %" PRId64 " keySize: %" PRId64 " valueSize: %" PRId64 " sequence: %" PRId32
	    " headerKeys: [", r->offset, r->timestamp_type == TIMESTAMP_LOG_APPEND ? "LogAppendTime" : "CreateTime", r->timestamp,
	    size_of(r->key), size_of(r->value), sequence(h, r->offset - h->base_offset));
	for (; header_next(&hs, &x) == 1; comma = ",") {
		buf_puts(o, comma);
		terminal_line(x.name, o);
	}
	buf_putc(o, ']');
	if (batch_is_control(h))
		marker(d, r);
	else {
		if (r->key.p != NULL) {
			buf_puts(o, " key: ");
			shown(d, r, false);
		}
		if (r->value.p != NULL) {
			buf_puts(o, " payload: ");
			shown(d, r, true);
		} else if (d->internal != DUMP_PLAIN && r->key.p != NULL && is_known(d, r))
			buf_puts(o, " payload: <DELETE>");
	}
	buf_putc(o, '\n');
}

static void
record_json(struct dump *d, const struct batch_head *h, const struct record *r)
{
	struct buf *o = &d->out;

	buf_printf(o, "{\"offset\":%" PRId64 ",\"timestamp\":%" PRId64 ",\"sequence\":%" PRId32 ",\"isControl\":%s,\"key\":",
	    r->offset, r->timestamp, sequence(h, r->offset - h->base_offset), bool_word(batch_is_control(h)));
	json_bytes(r->key, o);
	buf_puts(o, ",\"value\":");
	json_bytes(r->value, o);
	buf_puts(o, ",\"headers\":");
	json_headers(r, o);
	if (d->internal != DUMP_PLAIN && !batch_is_control(h)) {
		size_t before = o->n;

		buf_puts(o, ",\"decodedKey\":");
		if (!dump_internal_key(d->internal, r->key, o))
			o->n = before;
		before = o->n;
		buf_puts(o, ",\"decodedValue\":");
		if (!dump_internal_value(d->internal, r->key, r->value, o))
			o->n = before;
	}
	buf_puts(o, "}\n");
}

static bool
flush(struct dump *d)
{
	if (d->out.failed)
		die("%s", strerror(ENOMEM));
	if (!d->gone && out_flush(&d->out, &d->gone) != 0 && !d->gone)
		exit(EXIT_FAILED);
	return !d->gone;
}

static void
records(struct dump *d, const struct batches *b)
{
	const struct check_opts *o = d->o;
	struct err e = ERR_INIT;
	struct record r;
	int rc;

	if ((rc = batch_open(&d->it, b->bytes, PLAIN_MAX, &e)) == 0)
		while ((rc = batch_next(&d->it, &r, &e)) == 1) {
			if (r.offset < o->from || r.offset >= o->to)
				continue;
			if (o->filter_key != NULL && !glob_match(slice_str(o->filter_key), r.key))
				continue;
			if (o->form == TABLE_JSON)
				record_json(d, &b->head, &r);
			else
				record_line(d, &b->head, &r);
			if (d->out.n > FLUSH && !flush(d))
				return;
		}
	if (rc < 0) {
		(void)err_prefix(&e, "'%s' at %lld", b->path, (long long)b->at);
		dump_failed(d, &e);
	}
}

static void
log_file(struct dump *d, int dirfd, const char *label, int64_t base)
{
	struct err e = ERR_INIT;
	struct batches b;
	int rc;

	if ((rc = batches_open(&b, dirfd, label, base, &e)) == 0) {
		if (d->o->form != TABLE_JSON)
			buf_printf(&d->out, "Dumping %s\nLog starting offset: %" PRId64 "\n", b.path, base);
		while (!d->gone && (rc = batches_next(&b, &e)) == 1) {
			if (b.passed > 0)
				msg("'%s': %lld bytes before position %lld are no batch", b.path, (long long)b.passed, (long long)b.at);
			if (batch_last_offset(&b.head) < d->o->from || b.head.base_offset >= d->o->to)
				continue;
			/* With a filter, batches are of no interest. */
			if (d->o->filter_key == NULL)
				batch_line(d, &b);
			if ((d->o->deep || d->o->filter_key != NULL) && b.valid)
				records(d, &b);
			if (d->out.n > FLUSH)
				(void)flush(d);
		}
		if (rc == 0 && b.passed > 0 && d->o->form != TABLE_JSON)
			buf_printf(&d->out, "Found %lld invalid bytes at the end of %s\n", (long long)b.passed, b.path);
	}
	if (rc < 0)
		dump_failed(d, &e);
	batches_close(&b);
	(void)flush(d);
}

static void
partition(void *arg, const struct partdir *p, int64_t only, const char *file)
{
	struct segment_list l = SEGMENT_LIST_INIT;
	struct dump *d = arg;
	struct err e = ERR_INIT;
	const char *dot = file == NULL ? ".log" : strrchr(file, '.');
	int fd;
	size_t i;

	d->internal = dump_internal_topic(p);
	if ((fd = partdir_open(p)) == -1) {
		(void)err_sys(&e, "cannot open '%s'", p->label);
		dump_failed(d, &e);
		return;
	}
	if (only != -1 && strcmp(dot, ".log") != 0)
		dump_beside(d, fd, p->label, only, file);
	else if (only != -1)
		log_file(d, fd, p->label, only);
	else if (segment_list_read(fd, &l, &e) != 0)
		dump_failed(d, &e);
	for (i = 0; i < l.n && !d->gone; i++)
		if (l.base[i] < d->o->to && (i + 1 == l.n || l.base[i + 1] > d->o->from))
			log_file(d, fd, p->label, l.base[i]);
	segment_list_release(&l);
	close(fd);
	(void)flush(d);
}

void
dump_failed(void *arg, const struct err *e)
{
	struct dump *d = arg;

	(void)flush(d);
	msg_err(e);
	d->unread = true;
}

int
check_cmd_dump(struct check_opts *o, int n, char *const *operands)
{
	struct dump d = { .o = o, .out = BUF_INIT, .it = BATCH_ITER_INIT, .scratch = BUF_INIT };
	struct check_visitor v = { .partition = partition, .failed = dump_failed, .arg = &d };

	if (n == 0)
		die_usage("'dump' needs a topic or a path");
	check_visit(o, n, operands, &v);
	batch_iter_release(&d.it);
	buf_release(&d.out);
	buf_release(&d.scratch);
	if (!d.gone && out_close() != EXIT_DONE)
		return EXIT_FAILED;
	return d.unread ? EXIT_UNREAD : EXIT_DONE;
}
