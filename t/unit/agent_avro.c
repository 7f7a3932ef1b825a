/*
 * Avro's encoding, Netty's framing and the calls of Flume's protocol, against
 * bytes that a Flume 1.11 sent and received.
 */
#include <stdlib.h>

#include "agent/wire/avro_call.h"
#include "unit/check.h"
#include "unit/hexin.h"

#define FLUME	"86aadae2c45474c0fe93ffd0f2350a65"
#define BATCH	"16617070656e644261746368"	/* "appendBatch" */
#define MAX	((size_t)1 << 20)

/* The captured first request: {k=v} "0", {k=v} "1". */
static const char first[] = "0000000100000002" "00000030" FLUME "00" FLUME "02000016617070656e644261746368"
    "00000012" "0402026b027600023002026b027600023100";

static void
test_datum(void)
{
	static const struct { const char *hex; int count; const char *body; } cases[] = {
		{ "0000", 0, "" },
		{ "00044869", 0, "Hi" },
		{ "0206656e760870726f64000665" "7363", 1, "esc" },
		{ "0112" "026b0276" "00" "026f", 1, "o" },			/* a block with its size */
		{ "0202610262020263026400" "00", 2, "" },			/* two blocks */
		{ "02026b", -1, NULL }, { "", -1, NULL }, { "0001", -1, NULL },	/* cut; a length of -1 */
		{ "000461", -1, NULL },						/* the body is cut */
		{ "00feffffffffffffffff01", -1, NULL },				/* longer than memory */
		{ "feffffffffffffffff010000", -1, NULL },			/* more headers than bytes */
		{ "ffffffffffffffffff01000000", -1, NULL },			/* INT64_MIN of them */
		{ "8080808080808080808080010000", -1, NULL },			/* a number of 11 bytes */
	};
	struct avro_event ev;
	struct slice k, v;
	size_t i, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf in = BUF_INIT;
		struct rd r;
		bool ok;

		hex_in(&in, cases[i].hex);
		r = RD_OF(in.p, in.n);
		ok = in.p != NULL && avro_event_get(&r, &ev);
		CHECK(ok == (cases[i].count >= 0), "datum %s: %d", cases[i].hex, ok);
		if (ok) {
			CHECK_INT(ev.count, cases[i].count);
			CHECK_BYTES(ev.body.p, ev.body.n, cases[i].body, strlen(cases[i].body));
			n = 0;
			for (struct avro_list h = avro_headers(&ev); avro_header_next(&h, &k, &v);)
				n++;
			CHECK_INT(n, ev.count);
			CHECK_INT(rd_left(&r), 0);
		}
		buf_release(&in);
	}
}

static void
test_datum_put(void)
{
	struct buf out = BUF_INIT, want = BUF_INIT;

	avro_put_headers_begin(&out, 1);
	avro_put_bytes(&out, slice_str("env"));
	avro_put_bytes(&out, slice_str("prod"));
	avro_put_headers_end(&out, 1);
	avro_put_bytes(&out, slice_str("esc"));
	avro_put_headers_begin(&out, 0);
	avro_put_headers_end(&out, 0);
	avro_put_bytes(&out, SLICE_OF("", 0));
	hex_in(&want, "0206656e760870726f640006657363" "0000");
	CHECK_BYTES(out.p, out.n, want.p, want.n);
	buf_release(&out);
	buf_release(&want);
}

/* A message in pieces of every size comes out whole, and the next one stays. */
static void
test_frame(void)
{
	struct buf all = BUF_INIT, message = BUF_INIT;
	struct err e = ERR_INIT;
	size_t step;

	hex_in(&message, FLUME "00" FLUME "02000016617070656e644261746368" "0402026b027600023002026b027600023100");
	for (step = 1; step < 100; step++) {
		struct avro_frame f = AVRO_FRAME_INIT;
		size_t n = 0;
		int rc = 0;

		buf_clear(&all);
		hex_in(&all, first);
		hex_in(&all, "0000000200000001");
		while (rc == 0 && n < all.n) {
			n = n + step < all.n ? n + step : all.n;
			rc = avro_frame_join(&f, all.p, n, MAX, &e);
		}
		CHECK_INT(rc, 1);
		CHECK_INT(f.serial, 1);
		CHECK_BYTES(all.p, f.size, message.p, message.n);
		CHECK_INT(f.used, all.n - 8);
	}
	buf_release(&all);
	buf_release(&message);
}

static void
test_frame_limits(void)
{
	static const struct { const char *hex; int want; } cases[] = {
		{ "00000001", 0 }, { "0000000100000000", 1 }, { "000000010000000100000000", 1 },
		{ "00000001000000020000000000000000", 1 }, { "00000001000000020000000000000001", 0 },
		{ "504f5354202f2048", -ERR_TOOBIG },		/* "POST / H" */
		{ "0000000100000001ffffffff", -ERR_TOOBIG },
		{ "000000010000000100100001", -ERR_TOOBIG }, { "000000010000000100100000", 0 },
		{ "00000001000000020000000161" "00100000", -ERR_TOOBIG },
		{ "0000000100040001", -ERR_TOOBIG },		/* more buffers than could be */
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct avro_frame f = AVRO_FRAME_INIT;
		struct buf in = BUF_INIT;
		int rc;

		hex_in(&in, cases[i].hex);
		rc = avro_frame_join(&f, in.p, in.n, MAX, NULL);
		CHECK(rc == cases[i].want, "frame %s: %d", cases[i].hex, rc);
		buf_release(&in);
	}
}

/* One request, its reply as hex behind the frame's 12 bytes. */
static void
serve(const char *hex, bool established, enum avro_what what, int events, const char *reply)
{
	struct buf in = BUF_INIT, out = BUF_INIT, want = BUF_INIT;
	struct avro_request q;
	struct avro_event ev;
	struct err e = ERR_INIT;
	int rc, n = 0;

	hex_in(&in, hex);
	rc = avro_request_get(&q, SLICE_OF(in.p, in.n), &established, &e);
	if (rc == 0 && (q.what == AVRO_APPEND || q.what == AVRO_APPEND_BATCH))
		while ((rc = avro_request_event(&q, &ev, &e)) == 1)
			n++;
	CHECK(rc == 0 ? n == events && q.what == what : events == -1, "%s: %d, %d events, %d %s", hex, rc, n, q.what, e.text);
	if (reply != NULL) {
		avro_reply_put(&out, 7, &q, AVRO_OK, rc != 0 ? "bad" : NULL);
		hex_in(&want, reply);
		CHECK(out.n >= 12 && get_be32(out.p) == 7 && get_be32(out.p + 4) == 1 && get_be32(out.p + 8) == out.n - 12,
		    "%s: the reply's frame", hex);
		CHECK_BYTES(out.p + 12, out.n - 12, want.p, want.n);
	}
	buf_release(&in);
	buf_release(&out);
	buf_release(&want);
}

static void
test_server(void)
{
	static const char two[] = "00" BATCH "0402026b027600023002026b027600023100";

	serve(FLUME "00" FLUME "0200" "00" BATCH "0402026b027600023002026b027600023100", false, AVRO_APPEND_BATCH, 2,
	    "00000000" "0000" "00");
	serve("8076c53714e01f6e2c1deb9544e7b1fe00" "8076c53714e01f6e2c1deb9544e7b1fe00" "00" BATCH "00", false,
	    AVRO_APPEND_BATCH, 0, "00000000" "0000" "00");
	serve(two, true, AVRO_APPEND_BATCH, 2, "0000" "00");
	serve("00" BATCH "03" "0c" "026b02760002300002310" "000", true, AVRO_APPEND_BATCH, -1, "000100" "06626164");
	serve("00" BATCH "0308" "00023000023100", true, AVRO_APPEND_BATCH, 2, "000000");	/* a block with its size */
	serve("000c617070656e6402026b0276000278", true, AVRO_APPEND, 1, "000000");
	serve("000c6e6f73756368", true, AVRO_UNKNOWN, 0, NULL);
	serve("0000", true, AVRO_PING, 0, "");
	serve(FLUME "00" FLUME "0000" "00", false, AVRO_PING, 0, "00000000");
	serve("", true, AVRO_NOTHING, 0, NULL);
	/* cut anywhere, or no handshake where one must be */
	serve(two, false, AVRO_APPEND_BATCH, -1, "000100" "06626164");
	serve("00" BATCH "0402026b02760002", true, AVRO_APPEND_BATCH, -1, NULL);
	serve("00" BATCH, true, AVRO_APPEND_BATCH, -1, NULL);
	serve(FLUME "04" FLUME "0000" BATCH "00", false, AVRO_APPEND_BATCH, -1, NULL);	/* no such branch */
}

/* Who is not known is asked for the text, and taken with it; a server's hash that is not ours gets our text. */
static void
test_handshake(void)
{
	static const char other[] = "00112233445566778899aabbccddeeff";
	struct buf in = BUF_INIT, out = BUF_INIT;
	struct avro_request q;
	bool established = false;

	hex_in(&in, other);
	hex_in(&in, "00" FLUME "0000" BATCH "00");
	CHECK_INT(avro_request_get(&q, buf_slice(&in), &established, NULL), 0);
	CHECK_INT(q.what, AVRO_HANDSHAKE);
	CHECK_TRUE(!established);
	avro_reply_put(&out, 1, &q, AVRO_OK, NULL);
	/* NONE, our text, our hash, no metadata, and nothing else */
	CHECK_INT(out.n, 12 + 1 + 1 + 2 + strlen(avro_protocol_text) + 1 + AVRO_HASH + 1);
	CHECK_INT(out.p[12], 4);
	buf_clear(&in);
	hex_in(&in, other);
	hex_in(&in, "02047b7d");	/* {} */
	hex_in(&in, other);
	hex_in(&in, "0000" BATCH "00");
	CHECK_INT(avro_request_get(&q, buf_slice(&in), &established, NULL), 0);
	CHECK_INT(q.what, AVRO_APPEND_BATCH);
	CHECK_INT(q.match, AVRO_CLIENT);
	CHECK_TRUE(established);
	buf_clear(&out);
	avro_reply_put(&out, 1, &q, AVRO_FAILED, NULL);
	CHECK_INT(out.p[12], 2);
	CHECK_BYTES(out.p + out.n - 3, 3, "\0\0\2", 3);
	buf_release(&in);
	buf_release(&out);
}

static void
test_client(void)
{
	static const struct { const char *hex; int want; } replies[] = {
		{ "00000000" "000000", 0 }, { "00000000" "000002", -ERR_BUSY }, { "00000000" "000004", -ERR_BUSY },
		{ "00000000" "000006", -ERR_DAMAGE }, { "00000000" "00010006626164", -ERR_INVALID }, { "00000000" "0001", -ERR_INVALID },
		{ "00000000", -ERR_DAMAGE }, { "", -ERR_DAMAGE }, { "06000000" "000000", -ERR_DAMAGE },
		{ "0202047b7d02" FLUME "00" "000000", 0 }, { "0402047b7d02" FLUME "00", 1 }, { "04000000", -ERR_DAMAGE },
	};
	struct buf out = BUF_INIT, want = BUF_INIT, in = BUF_INIT;
	struct avro_client c;
	struct err e = ERR_INIT;
	size_t i;
	int rc;

	for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		c = AVRO_CLIENT_INIT;
		buf_clear(&out);
		buf_clear(&in);
		avro_request_put(&c, &out, "appendBatch", 18);
		hex_in(&in, replies[i].hex);
		rc = avro_reply_get(&c, 1, buf_slice(&in), &e);
		CHECK(rc == replies[i].want, "reply %s: %d %s", replies[i].hex, rc, e.text);
	}
	/* As Flume's sink: 12 + 48 bytes, then the length of what follows. */
	hex_in(&want, first);
	CHECK_BYTES(out.p, out.n, want.p, want.n - 18);
	/* Asked for the text, it sends it once, and with the server's hash. */
	c = AVRO_CLIENT_INIT;
	avro_request_put(&c, &out, "appendBatch", 18);
	buf_clear(&in);
	hex_in(&in, "0402047b7d0200112233445566778899aabbccddeeff00");
	CHECK_INT(avro_reply_get(&c, 1, buf_slice(&in), &e), 1);
	buf_clear(&out);
	avro_request_put(&c, &out, "appendBatch", 0);
	CHECK_INT(get_be32(out.p), 2);
	CHECK_BYTES(out.p + 12, AVRO_HASH, avro_protocol_hash, AVRO_HASH);
	CHECK_INT(avro_reply_get(&c, 2, buf_slice(&in), &e), -ERR_DAMAGE);
	CHECK_INT(avro_reply_get(&c, 9, buf_slice(&in), &e), -ERR_DAMAGE);
	/* Established, there is no handshake any more. */
	buf_clear(&in);
	hex_in(&in, "02000000" "000000");
	CHECK_INT(avro_reply_get(&c, 2, buf_slice(&in), &e), 0);
	buf_clear(&out);
	avro_request_put(&c, &out, "appendBatch", 10);
	buf_clear(&want);
	hex_in(&want, "00000003000000020000000d00" BATCH "0000000a");
	CHECK_BYTES(out.p, out.n, want.p, want.n);
	buf_release(&out);
	buf_release(&want);
	buf_release(&in);
}

int
main(void)
{
	test_datum();
	test_datum_put();
	test_frame();
	test_frame_limits();
	test_server();
	test_handshake();
	test_client();
	return check_done();
}
