/*
 * seqfile.h - Hadoop's SequenceFile, version 6: keys are LongWritable
 * (milliseconds), values BytesWritable or Text.
 *
 *	"SEQ" 06, key class, value class (Text), compressed, by blocks (a byte
 *	each), the codec's class when compressed, 00000000 (no metadata), 16
 *	bytes of sync
 *	none	record: length, key length (big-endian, 4), key, value; every
 *		100 KiB or so ffffffff and the sync before one
 *	block	ffffffff, the sync, the count (vint), then key lengths, keys,
 *		value lengths, values: each a length (vint) and that many bytes
 *		as the codec made them
 *
 * With a codec it is the block form, as Flume writes it.  The sync is the
 * writer's for life, so bytes made for one file can go on in another one
 * behind its own header.
 *
 * Source: Hadoop 3.4 io.SequenceFile, WritableUtils.
 */
#ifndef AGENT_SINKS_HDFS_SEQFILE_H
#define AGENT_SINKS_HDFS_SEQFILE_H

#include "agent/sinks/hdfs/packing.h"

struct seqfile;

/* codec NULL: none.  The packing of that codec is used, not kept beyond the file.  NULL: no memory. */
struct seqfile *seqfile_new(bool text, const struct packing_codec *codec, struct packing *);
void seqfile_free(struct seqfile *);		/* NULL is fine */
void seqfile_begin(const struct seqfile *, struct buf *out);
int seqfile_put(struct seqfile *, int64_t key, struct slice value, struct buf *out, struct err *);
/* What was put is all in out then. */
int seqfile_flush(struct seqfile *, struct buf *out, struct err *);

#endif
