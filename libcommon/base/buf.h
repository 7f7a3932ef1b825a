/*
 * buf.h - bytes that grow.
 *
 *	struct buf b = BUF_INIT;
 *
 *	buf_put(&b, "abc", 3);
 *	buf_printf(&b, "%d\n", 7);
 *	use(b.p, b.n);
 *	buf_clear(&b);			// empty again, memory kept
 *	buf_release(&b);		// memory given back, equal to BUF_INIT
 *
 * A failed allocation sets failed, which stays until buf_clear or
 * buf_release; puts after it do nothing.  So build a whole thing, then look
 * at failed once.
 */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

struct buf {
	uint8_t *p;
	size_t n, cap;
	bool failed;
};

#define BUF_INIT	{ .p = NULL, .n = 0, .cap = 0, .failed = false }

/* Room for n more bytes at p + n; returns where they go, or NULL. */
uint8_t *buf_room(struct buf *, size_t n);
/*
 * For output of a size nobody knows: how many bytes may now be written at
 * p + n, at least 1 and never more than most; the memory starts at first bytes
 * and doubles, but never passes n + most.  0: most is 0, or no memory (failed).
 */
size_t buf_more(struct buf *, size_t first, size_t most);
void buf_put(struct buf *, const void *, size_t n);
void buf_puts(struct buf *, const char *);
void buf_putc(struct buf *, int c);
void buf_printf(struct buf *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The bytes as a C string: a NUL is kept behind them.  NULL when an allocation failed. */
const char *buf_str(struct buf *);
struct slice buf_slice(const struct buf *);
void buf_consume(struct buf *, size_t n);	/* drops n bytes at the front */
void buf_clear(struct buf *);
void buf_release(struct buf *);

#endif
