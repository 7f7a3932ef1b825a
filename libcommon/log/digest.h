/*
 * digest.h - what the checksum of each batch leaves out, kept beside a closed
 * segment: BASE.digest.
 *
 * A batch's CRC-32C covers all but its first 17 bytes: base offset, length,
 * leader epoch, magic.  In a log without gaps its neighbours tell; in one that
 * was compacted nothing does, but this file.  Numbers big endian:
 *
 *	"plogDIG1"	8
 *	bytes of .log	8
 *	for each batch	position 4, CRC-32C of its first 21 bytes 4 (its checksum among them)
 *	CRC-32C of all before	4
 *
 * A closed segment never changes; a compaction that replaces it takes the
 * digest away first, so one that is there and does not fit is damage.
 */
#ifndef LOG_DIGEST_H
#define LOG_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

#define DIGEST_SUFFIX	".digest"
#define DIGEST_COVERS	21		/* bytes of a batch */

struct digest {
	bool there;
	int64_t log_size;
	size_t n, at;			/* batches; the next one to look for */
	struct buf b;			/* the whole file */
};
#define DIGEST_INIT	{ .there = false, .b = BUF_INIT }

enum digest_answer {
	DIGEST_SAME,
	DIGEST_OTHER,			/* another batch was there */
	DIGEST_UNKNOWN,			/* it has no batch at this position */
};

/* No file: there is false.  -ERR_DAMAGE (also then), -ERR_SYS, -ERR_NOMEM. */
int digest_read(int dirfd, int64_t base, struct digest *, struct err *);
/* Positions must rise from call to call. */
enum digest_answer digest_ask(struct digest *, int64_t position, const uint8_t first[DIGEST_COVERS]);
/*
 * Of a batch that digest_ask called another: does it differ in one bit of base
 * offset or leader epoch?  Then what they were.
 */
bool digest_mend(const struct digest *, const uint8_t first[DIGEST_COVERS], int64_t *base_offset, int32_t *leader_epoch);
void digest_release(struct digest *);

/*
 * Of a closed segment that was found whole: made, or replaced.  The caller
 * holds the maintenance byte.  -ERR_DAMAGE when a batch cannot be read after
 * all, -ERR_SYS, -ERR_NOMEM.
 */
int digest_write(int dirfd, int64_t base, struct err *);

#endif
