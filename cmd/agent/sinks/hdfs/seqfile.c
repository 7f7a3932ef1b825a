/*
 * seqfile.c - writes SequenceFiles (seqfile.h).
 */
#include "agent/sinks/hdfs/seqfile.h"

#include <stdlib.h>
#include <sys/random.h>

#include "base/clock.h"

#define SYNC		16
#define SYNC_EVERY	(100 << 10)	/* Hadoop 3's SYNC_INTERVAL */
#define BLOCK_BYTES	1000000		/* io.seqfile.compress.blocksize */
#define KEY		8
#define VINT_MAX	9

struct seqfile {
	bool text;
	const struct packing_codec *codec;
	struct packing *pack;
	uint8_t sync[SYNC];
	int64_t since;			/* bytes since the last sync */
	int32_t count;			/* records in the block that is gathered */
	struct buf key_lengths, keys, value_lengths, values, packed;
};

struct seqfile *
seqfile_new(bool text, const struct packing_codec *codec, struct packing *pack)
{
	struct seqfile *s = calloc(1, sizeof(*s));
	uint64_t odd;

	if (s == NULL)
		return NULL;
	s->text = text;
	s->codec = codec;
	s->pack = pack;
	if (getrandom(s->sync, SYNC, GRND_NONBLOCK) != SYNC) {
		/* it need not be secret, only unlikely in the data */
		odd = (uint64_t)clock_steady_ns() * 0x9e3779b97f4a7c15u ^ (uintptr_t)s;
		put_be64(s->sync, odd);
		put_be64(s->sync + 8, odd * 0xbf58476d1ce4e5b9u);
	}
	return s;
}

void
seqfile_free(struct seqfile *s)
{
	if (s == NULL)
		return;
	buf_release(&s->key_lengths);
	buf_release(&s->keys);
	buf_release(&s->value_lengths);
	buf_release(&s->values);
	buf_release(&s->packed);
	free(s);
}

static void
put_int(struct buf *b, uint32_t v)
{
	uint8_t be[4];

	put_be32(be, v);
	buf_put(b, be, 4);
}

/* WritableUtils.writeVInt of a number that is not negative; returns its bytes. */
static size_t
vint(uint8_t *p, uint64_t v)
{
	size_t n = 0, i;

	if (v <= 127) {
		p[0] = (uint8_t)v;
		return 1;
	}
	while (n < 8 && v >> 8 * n != 0)
		n++;
	p[0] = (uint8_t)(-112 - (int)n);
	for (i = 0; i < n; i++)
		p[1 + i] = (uint8_t)(v >> 8 * (n - 1 - i));
	return n + 1;
}

static void
put_vint(struct buf *b, uint64_t v)
{
	uint8_t p[VINT_MAX];

	buf_put(b, p, vint(p, v));
}

static void
put_text(struct buf *b, const char *s)
{
	put_vint(b, strlen(s));
	buf_puts(b, s);
}

void
seqfile_begin(const struct seqfile *s, struct buf *out)
{
	buf_put(out, "SEQ\006", 4);
	put_text(out, "org.apache.hadoop.io.LongWritable");
	put_text(out, s->text ? "org.apache.hadoop.io.Text" : "org.apache.hadoop.io.BytesWritable");
	buf_putc(out, s->codec != NULL);
	buf_putc(out, s->codec != NULL);
	if (s->codec != NULL)
		put_text(out, s->codec->java);
	put_int(out, 0);
	buf_put(out, s->sync, SYNC);
}

static void
put_sync(struct seqfile *s, struct buf *out)
{
	put_int(out, UINT32_MAX);
	buf_put(out, s->sync, SYNC);
	s->since = 0;
}

/* What stands before a value's bytes. */
static size_t
value_head(const struct seqfile *s, size_t n, uint8_t *p)
{
	if (s->text)
		return vint(p, n);
	put_be32(p, (uint32_t)n);
	return 4;
}

int
seqfile_put(struct seqfile *s, int64_t key, struct slice value, struct buf *out, struct err *e)
{
	uint8_t head[VINT_MAX], k[KEY];
	size_t h = value_head(s, value.n, head);

	put_be64(k, (uint64_t)key);
	if (s->codec != NULL) {
		put_vint(&s->key_lengths, KEY);
		buf_put(&s->keys, k, KEY);
		put_vint(&s->value_lengths, h + value.n);
		buf_put(&s->values, head, h);
		buf_put(&s->values, value.p, value.n);
		s->count++;
		return s->keys.n + s->values.n >= BLOCK_BYTES ? seqfile_flush(s, out, e) : 0;
	}
	if (s->since >= SYNC_EVERY)
		put_sync(s, out);
	put_int(out, (uint32_t)(KEY + h + value.n));
	put_int(out, KEY);
	buf_put(out, k, KEY);
	buf_put(out, head, h);
	buf_put(out, value.p, value.n);
	s->since += (int64_t)(8 + KEY + h + value.n);
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for a SequenceFile") : 0;
}

static int
put_packed(struct seqfile *s, struct buf *plain, struct buf *out, struct err *e)
{
	int rc;

	buf_clear(&s->packed);
	if (plain->failed)
		return err_set(e, ERR_NOMEM, "no memory for a SequenceFile");
	if ((rc = packing_run(s->pack, buf_slice(plain), &s->packed, e)) != 0)
		return rc;
	put_vint(out, s->packed.n);
	buf_put(out, s->packed.p, s->packed.n);
	buf_clear(plain);
	return 0;
}

int
seqfile_flush(struct seqfile *s, struct buf *out, struct err *e)
{
	int rc;

	if (s->count == 0)
		return 0;
	put_sync(s, out);
	put_vint(out, (uint64_t)s->count);
	s->count = 0;
	if ((rc = put_packed(s, &s->key_lengths, out, e)) != 0 || (rc = put_packed(s, &s->keys, out, e)) != 0 ||
	    (rc = put_packed(s, &s->value_lengths, out, e)) != 0 || (rc = put_packed(s, &s->values, out, e)) != 0)
		return rc;
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for a SequenceFile") : 0;
}
