/*
 * Any bytes as the body of a request to the http source's JSONHandler, in
 * UTF-8, UTF-16 or UTF-32, and as text of a few other character sets: what is
 * decoded is UTF-8, all of it is taken, and no limit of characters is passed.
 */
#include <stdlib.h>

#include "agent/sources/http_json.h"
#include "text/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
must(bool ok)
{
	if (!ok)
		abort();
}

static void
limited(struct charset *cs, struct slice s, size_t units)
{
	struct buf out = BUF_INIT;
	size_t used, i, k, have = 0;
	int rc = charset_decode(cs, s, CHARSET_FAIL, units, &out, &used, NULL);

	must((rc == 0 || rc == -ERR_DAMAGE) && used <= s.n && utf8_valid(buf_slice(&out)));
	for (i = 0; i < out.n; i += k) {
		k = utf8_char(out.p + i, out.n - i);
		have += k == 4 ? 2 : 1;
	}
	must(have <= units);
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const names[] = { "UTF-8", "UTF-16", "UTF-32", "ISO-8859-1", "Shift_JIS", "GB18030", "EUC-JP", "UTF-7" };
	struct batch b = BATCH_INIT;
	struct buf text = BUF_INIT;
	struct err e = ERR_INIT;
	struct charset *cs;
	struct slice s;
	size_t used, i;
	int rc;

	if (n == 0)
		return 0;
	must(charset_open(&cs, names[data[0] % 8], NULL) == 0);
	s = SLICE_OF(data + 1, n - 1);
	must(charset_decode(cs, s, CHARSET_REPLACE, SIZE_MAX, &text, &used, NULL) == 0 && used == s.n);
	must(utf8_valid(buf_slice(&text)));
	limited(cs, s, 1 + data[0] / 8);
	rc = http_json_events(&b, text.n == 0 ? SLICE_OF("", 0) : buf_slice(&text), data[0] % 8 == 0 ? NULL : cs, false, &e);
	must(rc == 0 || ((rc == -ERR_INVALID || rc == -ERR_FORMAT) && e.text[0] != '\0'));
	for (i = 0; rc == 0 && i < b.n; i++)
		must(b.v[i].body != NULL || b.v[i].len == 0);
	batch_clear(&b);
	buf_release(&text);
	charset_close(cs);
	return 0;
}
