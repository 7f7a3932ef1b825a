/*
 * bytes.h - borrowed bytes, big-endian numbers, a cursor that cannot leave its buffer.
 *
 * struct slice is bytes that belong to someone else, always; who hands one
 * out says how long it lives.  p == NULL is Kafka's NULL, which is not the
 * same as empty (p != NULL, n == 0).
 *
 * struct rd decodes: a get that would pass the end sets bad, takes nothing and
 * returns zero, and so does every get after it.  Decode a whole structure,
 * then look at bad once.  No struct is ever cast onto bytes.
 */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
	const uint8_t *p;
	size_t n;
};

#define SLICE_NULL	((struct slice){ .p = NULL, .n = 0 })
#define SLICE_OF(ptr, len) ((struct slice){ .p = (const uint8_t *)(ptr), .n = (len) })

static inline struct slice
slice_str(const char *s)	/* the bytes of a C string without its NUL */
{
	return SLICE_OF(s, strlen(s));
}

static inline bool
slice_eq(struct slice a, struct slice b)	/* NULL equals only NULL */
{
	return (a.p == NULL) == (b.p == NULL) && a.n == b.n &&
	    (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline void put_be16(void *p, uint16_t v) { v = __builtin_bswap16(v); memcpy(p, &v, 2); }
static inline void put_be32(void *p, uint32_t v) { v = __builtin_bswap32(v); memcpy(p, &v, 4); }
static inline void put_be64(void *p, uint64_t v) { v = __builtin_bswap64(v); memcpy(p, &v, 8); }
static inline uint16_t get_be16(const void *p) { uint16_t v; memcpy(&v, p, 2); return __builtin_bswap16(v); }
static inline uint32_t get_be32(const void *p) { uint32_t v; memcpy(&v, p, 4); return __builtin_bswap32(v); }
static inline uint64_t get_be64(const void *p) { uint64_t v; memcpy(&v, p, 8); return __builtin_bswap64(v); }

static inline int
hex_digit(int c)		/* 0 to 15, or -1 */
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct rd {
	const uint8_t *p, *end;
	bool bad;
};

#define RD_OF(ptr, len)	((struct rd){ .p = (ptr), .end = (ptr) + (len), .bad = false })

static inline size_t
rd_left(const struct rd *r)
{
	return (size_t)(r->end - r->p);
}

/* The next n bytes, or NULL (and bad) when there are fewer. */
static inline const uint8_t *
rd_bytes(struct rd *r, size_t n)
{
	const uint8_t *p = r->p;

	if (r->bad || rd_left(r) < n) {
		r->bad = true;
		return NULL;
	}
	r->p += n;
	return p;
}

static inline uint8_t  rd_u8(struct rd *r)   { const uint8_t *p = rd_bytes(r, 1); return p ? *p : 0; }
static inline uint16_t rd_be16(struct rd *r) { const uint8_t *p = rd_bytes(r, 2); return p ? get_be16(p) : 0; }
static inline uint32_t rd_be32(struct rd *r) { const uint8_t *p = rd_bytes(r, 4); return p ? get_be32(p) : 0; }
static inline uint64_t rd_be64(struct rd *r) { const uint8_t *p = rd_bytes(r, 8); return p ? get_be64(p) : 0; }

#endif
