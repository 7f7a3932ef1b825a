/*
 * Thrift's compact and binary protocols and the calls of Flume's service,
 * against bytes that a Flume 1.11 sent and received.
 */
#include <stdlib.h>

#include "agent/wire/thrift.h"
#include "unit/check.h"
#include "unit/hexin.h"

#define C	THRIFT_COMPACT
#define B	THRIFT_BINARY
#define NAME	"617070656e644261746368"	/* "appendBatch" */
#define CBATCH	"8221020b" NAME
#define BBATCH	"800100010000000b" NAME "00000002"
#define CEV	"1b0188016b0176" "180131" "00"	/* {k=v} "1" */
#define BEV	"0d00010b0b00000001000000016b0000000176" "0b00020000000131" "00"

/* 65 structs in one another, and as many ends. */
#define FIVE	"1c1c1c1c1c"
#define DEEP	FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE FIVE
#define ENDS	"00000000000000000000000000" "00000000000000000000000000" "00000000000000000000000000" \
		"00000000000000000000000000" "00000000000000000000000000"

static void
test_calls(void)
{
	static const struct { enum thrift_protocol p; const char *hex; int want, events; } cases[] = {
		{ C, "822101066170" "70656e64" "1c1b0188016b0176180378797a0000", 0, 1 },
		{ B, "800100010000000661707065" "6e64000000010c00010d00010b0b00000001000000016b00000001760b00020000000378797a0000", 0, 1 },
		{ C, CBATCH "192c" CEV "1b00180131" "00" "00", 0, 2 },
		{ B, BBATCH "0f00010c00000002" BEV BEV "00", 0, 2 },
		{ B, "0000000b" NAME "0100000002" "0f00010c00000001" BEV "00", 0, 1 },	/* without a version */
		{ C, CBATCH "190c" "00", 0, 0 },
		{ C, CBATCH "19fc01" CEV "00", 0, 1 },					/* a long count of one */
		{ C, CBATCH "00", 0, 0 },						/* no argument at all */
		/* the body first; unknown fields of every type before, between and behind */
		{ C, CBATCH "191c" "08040131" "0b0200" "00" "00", 0, 1 },
		{ C, CBATCH "191c" "1b00" "180131" "11" "12" "1307" "1403" "1503" "1603" "170102030405060708" "1c1b0000"
		    "1921" "0102" "1b0183" "016107" "00" "00", 0, 1 },
		{ B, BBATCH "0200050100" "0f00010c00000001" BEV "00", 0, 0 },		/* ends before its argument */
		{ B, BBATCH "02000501" "0f00010c00000001" BEV "00", 0, 1 },
		{ C, CBATCH "191c" "1b00" "00" "00", -ERR_INVALID, 0 },			/* no body */
		{ C, CBATCH "191c" "280131" "00" "00", -ERR_INVALID, 0 },		/* no headers */
		{ C, CBATCH "191c" "1b0188016b0176" "180931" "00" "00", -ERR_DAMAGE, 0 },
		{ C, CBATCH "191c" CEV, -ERR_DAMAGE, 1 },				/* no end */
		{ C, CBATCH "19fcffffffff0f", -ERR_DAMAGE, 0 },				/* four thousand million events */
		{ C, CBATCH "1915" "02" "00", -ERR_DAMAGE, 0 },				/* a list of numbers */
		{ C, CBATCH "191c" "1bffffffff0f88" "00", -ERR_DAMAGE, 0 },
		{ B, BBATCH "0f00010cffffffff", -ERR_DAMAGE, 0 },
		{ B, BBATCH "0f00010c00000001" "0d00010b0b7fffffff", -ERR_DAMAGE, 0 },
		{ B, BBATCH "630005", -ERR_DAMAGE, 0 },					/* no such type */
		{ C, CBATCH "192c" DEEP ENDS, -ERR_DAMAGE, 0 },
		{ C, "800100010000000b" NAME, -ERR_FORMAT, 0 }, { B, CBATCH "190c00", -ERR_FORMAT, 0 },
		{ C, "", -ERR_FORMAT, 0 }, { C, "8241020b" NAME "00", -ERR_DAMAGE, 0 },	/* a reply */
		{ C, "8222020b" NAME "00", -ERR_FORMAT, 0 },				/* version 2 */
	};
	struct thrift_request q;
	struct thrift_event ev;
	struct err e;
	struct slice k, v;
	size_t i, pairs;
	int rc, n;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf in = BUF_INIT;

		hex_in(&in, cases[i].hex);
		n = 0;
		e = (struct err)ERR_INIT;
		rc = thrift_request_get(&q, cases[i].p, buf_slice(&in), &e);
		while (rc == 0 && (rc = thrift_request_event(&q, &ev, &e)) == 1) {
			n++;
			rc = 0;
			pairs = 0;
			for (struct thrift_headers h = thrift_headers(&ev); thrift_header_next(&h, &k, &v);)
				pairs++;
			CHECK_INT(pairs, ev.count);
		}
		CHECK(rc == cases[i].want && n == cases[i].events, "%s: %d, %d events: %s", cases[i].hex, rc, n, e.text);
		buf_release(&in);
	}
}

static void
reply_is(enum thrift_protocol p, const char *call, bool exception, const char *want_hex)
{
	struct buf in = BUF_INIT, out = BUF_INIT, want = BUF_INIT;
	struct thrift_request q;
	struct err e = ERR_INIT;

	hex_in(&in, call);
	hex_in(&want, want_hex);
	CHECK_INT(thrift_request_get(&q, p, buf_slice(&in), &e), 0);
	if (exception)
		thrift_exception_put(&out, &q, THRIFT_UNKNOWN_METHOD, "Invalid method name: 'nosuch'");
	else
		thrift_reply_put(&out, &q, THRIFT_OK);
	CHECK_INT(get_be32(out.p), out.n - 4);
	CHECK_BYTES(out.p + 4, out.n - 4, want.p, want.n);
	buf_release(&in);
	buf_release(&out);
	buf_release(&want);
}

static void
test_replies(void)
{
	reply_is(C, CBATCH, false, "8241020b" NAME "05000000");
	reply_is(B, BBATCH, false, "800100020000000b" NAME "000000020800000000000000");
	reply_is(C, "822101066e6f73756368", true,
	    "826101066e6f73756368" "181d496e76616c6964206d6574686f64206e616d653a20276e6f7375636827" "150200");
	reply_is(B, "80010001000000066e6f7375636800000001", true, "80010003000000066e6f7375636800000001" "0b00010000001d"
	    "496e76616c6964206d6574686f64206e616d653a20276e6f7375636827" "080002" "00000001" "00");
}

/* The captured batch of the sink. */
static void
test_client(void)
{
	static const struct { enum thrift_protocol p; const char *hex; int want; } replies[] = {
		{ C, "8241010b" NAME "05000000", 0 }, { C, "8241010b" NAME "15000000", -ERR_DAMAGE },
		{ C, "8241010b" NAME "05000200", -ERR_BUSY }, { C, "8241010b" NAME "05000400", -ERR_BUSY },
		{ C, "8241010b" NAME "05000800", -ERR_DAMAGE }, { C, "8241010b" NAME "00", -ERR_DAMAGE },
		{ C, "8241020b" NAME "05000000", -ERR_DAMAGE }, { C, "", -ERR_DAMAGE }, { C, "8221010b" NAME "05000000", -ERR_DAMAGE },
		{ C, "8261010b" NAME "180362616415" "0200", -ERR_INVALID }, { C, "8261010b" NAME "00", -ERR_INVALID },
		{ B, "800100020000000b" NAME "000000010800000000000000", 0 },
		{ B, "800100020000000b" NAME "000000010800000000000100", -ERR_BUSY },
		{ B, "800100030000000b" NAME "00000001" "0b000100000003626164" "08000200000007" "00", -ERR_INVALID },
	};
	struct buf out = BUF_INIT, want = BUF_INIT;
	struct err e = ERR_INIT;
	size_t start, i;
	int rc;

	start = thrift_batch_begin(&out, C, 1, 2);
	for (i = 0; i < 2; i++) {
		thrift_event_begin(&out, C, 1);
		thrift_header_put(&out, C, slice_str("k"), slice_str("v"));
		thrift_event_end(&out, C, slice_str(i == 0 ? "0" : "1"));
	}
	thrift_batch_end(&out, start);
	hex_in(&want, "00000028" "8221010b" NAME "192c" "1b0188016b0176180130" "00" "1b0188016b0176180131" "00" "00");
	CHECK_BYTES(out.p, out.n, want.p, want.n);
	buf_clear(&out);
	buf_clear(&want);
	start = thrift_batch_begin(&out, B, 2, 1);
	thrift_event_begin(&out, B, 1);
	thrift_header_put(&out, B, slice_str("k"), slice_str("v"));
	thrift_event_end(&out, B, slice_str("1"));
	thrift_batch_end(&out, start);
	hex_in(&want, "0000003c" BBATCH "0f00010c00000001" BEV "00");
	CHECK_BYTES(out.p, out.n, want.p, want.n);
	for (i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		struct buf in = BUF_INIT;

		hex_in(&in, replies[i].hex);
		rc = thrift_reply_get(replies[i].p, 1, buf_slice(&in), &e);
		CHECK(rc == replies[i].want, "reply %s: %d %s", replies[i].hex, rc, e.text);
		buf_release(&in);
	}
	buf_release(&out);
	buf_release(&want);
}

int
main(void)
{
	test_calls();
	test_replies();
	test_client();
	return check_done();
}
