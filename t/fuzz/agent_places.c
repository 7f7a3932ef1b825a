/*
 * Any bytes as a taildir source's position file (an even first byte), with the
 * prints beside it, and as a spooldir source's record of its place (an odd
 * one).  What was read is written, and read the same.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/sources/spool_meta.h"
#include "agent/sources/taildir_position.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
positions(struct slice s)
{
	struct positions one = POSITIONS_INIT, two = POSITIONS_INIT;
	struct buf text = BUF_INIT, prints = BUF_INIT;
	struct err e = ERR_INIT;
	size_t i;
	int rc = positions_parse(&one, s, &e);

	must(rc == 0 || (rc == -ERR_DAMAGE && e.text[0] != '\0'));
	positions_parse_prints(&one, s);
	positions_print(&one, &text);
	positions_print_prints(&one, &prints);
	must(text.n == 0 ? one.n == 0 : positions_parse(&two, buf_slice(&text), &e) == 0);
	positions_parse_prints(&two, buf_slice(&prints));
	must(one.n == two.n);
	for (i = 0; i < one.n; i++)
		must(one.v[i].inode == two.v[i].inode && one.v[i].pos == two.v[i].pos && strcmp(one.v[i].path, two.v[i].path) == 0 &&
		    (!one.v[i].printed || two.v[i].printed));
	positions_release(&one);
	positions_release(&two);
	buf_release(&text);
	buf_release(&prints);
}

static void
spooled(struct slice s)
{
	static const uint8_t sync[SPOOL_SYNC] = "0123456789abcdef";
	struct spool_meta m, again;
	struct buf b = BUF_INIT;
	struct err e = ERR_INIT;

	if (spool_meta_parse(&m, s, &e) != 0) {
		must(e.text[0] != '\0' && m.path == NULL);
		return;
	}
	must(m.offset >= 0);
	spool_meta_begin(&b, m.path, sync);
	spool_meta_put(&b, 7, sync);
	spool_meta_put(&b, m.offset, sync);
	must(spool_meta_parse(&again, buf_slice(&b), &e) == 0 && again.offset == m.offset && strcmp(again.path, m.path) == 0);
	free(again.path);
	/* a record that a crash cut does not count */
	must(spool_meta_parse(&again, SLICE_OF(b.p, b.n - 1), &e) == 0 && again.offset == 7);
	free(again.path);
	free(m.path);
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n == 0)
		return 0;
	if (data[0] & 1)
		spooled(SLICE_OF(data + 1, n - 1));
	else
		positions(SLICE_OF(data + 1, n - 1));
	return 0;
}
