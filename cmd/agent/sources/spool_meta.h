/*
 * spool_meta.h - where a spooldir source is in the file it reads, as Flume
 * keeps it (.flumespool-main.meta): an Avro container file of records
 * TransferStateFileMeta{long offset}, the file's path in its metadata as
 * "file".  The last record counts; what a crash left of one behind it does not.
 */
#ifndef AGENT_SOURCES_SPOOL_META_H
#define AGENT_SOURCES_SPOOL_META_H

#include "base/buf.h"
#include "base/err.h"

#define SPOOL_META	".flumespool-main.meta"
#define SPOOL_SYNC	16

struct spool_meta {
	char *path;			/* of the file that is read; owned */
	int64_t offset;
};

/* 0; -ERR_DAMAGE, -ERR_FORMAT: no such file; -ERR_NOMEM. */
int spool_meta_parse(struct spool_meta *, struct slice bytes, struct err *);
void spool_meta_begin(struct buf *out, const char *path, const uint8_t sync[SPOOL_SYNC]);
void spool_meta_put(struct buf *out, int64_t offset, const uint8_t sync[SPOOL_SYNC]);

#endif
