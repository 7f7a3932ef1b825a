/*
 * Any bytes, in pieces that the first ones say, over a netcat connection and
 * out of a command: as many answers as lines, and the lines of Java's reader.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/inside.h"
#include "agent/sources/exec_lines.h"
#include "agent/sources/netcat_conn.h"

extern const struct selector_type selector_replicating;
int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

/* Where the piece at p of n bytes ends. */
static size_t
piece(uint8_t step, size_t n)
{
	size_t k = step % 61 + 1;

	return k < n ? k : n;
}

static void
netcat(const uint8_t *p, size_t n, uint8_t step)
{
	struct source src = { .selector = &selector_replicating, .transaction = 3 };
	struct netcat_rules rules = { .ack = true, .max_line = 40 };
	struct netcat_conn c = { .fd = -1 };
	size_t lines = 0, answers = 0, k;
	uint64_t none[2] = { 0, 0 };

	src.selector_self = none;
	src.c.counters = &src.counters;
	pthread_mutex_init(&src.gate, NULL);
	for (; n > 0 && !c.closing; p += k, n -= k) {
		k = piece(step, n);
		for (size_t i = 0; i < k; i++)
			lines += p[i] == '\n';
		if (netcat_lines(&c, &src, &rules, p, k) != 0)
			abort();
	}
	for (size_t i = 0; i < c.out.n; i++)
		answers += c.out.p[i] == '\n';
	if (c.closing ? answers > lines + 1 || memmem(c.out.p, c.out.n, "FAILED: Event exceeds", 21) == NULL : answers != lines || c.part.n >= 4 * 40)
		abort();
	netcat_conn_release(&c);
	pthread_mutex_destroy(&src.gate);
}

/* Lines of the whole text, as they should come; only where it is ASCII. */
static void
command(const uint8_t *p, size_t n, uint8_t step)
{
	struct exec_lines l;
	struct batch b = BATCH_INIT;
	const uint8_t *at = p, *end = p + n;
	size_t i = 0, k, left = n;
	bool ascii = all_ascii(p, n);

	if (exec_lines_open(&l, "UTF-8", NULL) != 0)
		abort();
	for (const uint8_t *q = p; left > 0; q += k, left -= k) {
		k = piece(step, left);
		if (exec_lines_cut(&l, q, k, &b) != 0)
			abort();
	}
	if (exec_lines_cut(&l, p, 0, &b) != 0)
		abort();
	for (; ascii && at < end; i++) {
		const uint8_t *stop = at;

		while (stop < end && *stop != '\n' && *stop != '\r')
			stop++;
		if (i == b.n || b.v[i].len != (size_t)(stop - at) || memcmp(b.v[i].body, at, b.v[i].len) != 0)
			abort();
		at = stop + (end - stop >= 2 && stop[0] == '\r' && stop[1] == '\n' ? 2 : 1);
	}
	if (ascii && i != b.n)
		abort();
	batch_clear(&b);
	exec_lines_close(&l);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0)
		return 0;
	netcat(data + 1, n - 1, data[0]);
	command(data + 1, n - 1, data[0]);
	return 0;
}
