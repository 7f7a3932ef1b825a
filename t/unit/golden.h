/*
 * golden.h - batches as Kafka's own classes write them, and what is in them.
 */
#ifndef UNIT_GOLDEN_H
#define UNIT_GOLDEN_H

#define T	1700000000000LL		/* 0x018bcfe56800 */
#define DAY	86400000LL

/* The records of A: k1=v1 @T; NULL key, empty value, headers h=x and n=NULL @T+5; k1=NULL @T+3. */
#define A_RECORDS \
	"14 00 00 00 04 6b31 04 7631 00" \
	"1a 00 0a 02 01 00 04 02 68 02 78 02 6e 01" \
	"10 00 06 04 04 6b31 01 00"
#define A_MIDDLE "00000002 0000018bcfe56800 0000018bcfe56805 ffffffffffffffff ffff ffffffff 00000003"
#define HEAD(size, crc, attributes) "0000000000000000" size "00000000 02" crc attributes

static const char gold_a[] = HEAD("00000053", "3f91a030", "0000") A_MIDDLE A_RECORDS;
static const char gold_b[] = HEAD("00000053", "bb5cf97c", "0008")
    "00000002 0000018bcfe56800 0000018bcfe56864 ffffffffffffffff ffff ffffffff 00000003" A_RECORDS;
static const char gold_c[] = HEAD("00000066", "90c0f24b", "0001") A_MIDDLE
    "1f8b08000000000000ff1361606060c936642933649062e06262646061ca60aa60ca6314606063014a30320000da60e34a22000000";
static const char gold_d[] = HEAD("00000069", "df3c1131", "0002") A_MIDDLE
    "82534e4150505900 00000001 00000001 00000024 22 84" A_RECORDS;
static const char gold_e[] = HEAD("00000062", "318bd2f2", "0003") A_MIDDLE "04224d18 60 40 82 22000080" A_RECORDS "00000000";
static const char gold_f[] = HEAD("0000005f", "bdd58375", "0004") A_MIDDLE "28b52ffd 00 58 100100" A_RECORDS "010000";
static const char gold_g[] = "000000000000000a 00000031 00000000 02 a5b51ee3 0000 00000004"
    "ffffffffffffffff 0000018bcfe56800 ffffffffffffffff ffff ffffffff 00000000";
static const char gold_h[] = HEAD("0000003d", "7e78faf9", "0040") "00000002"
    "0000018bd50bc400 0000018bcfe56803 ffffffffffffffff ffff ffffffff 00000001"
    "16 00 f9efb252 04 04 6b31 01 00";
static const char gold_i[] = HEAD("0000004b", "c21aff1a", "0000") "00000002"
    "0000018bcfe56800 0000018bcfe56814 ffffffffffffffff ffff ffffffff 00000003"
    "10 00 00 00 0261 0231 00  10 00 13 02 0262 0232 00  0e 00 28 04 0263 01 00";
static const char gold_i_once[] = HEAD("00000048", "0d415c81", "0040") "00000002"
    "0000018bd50bc7e8 0000018bcfe56814 ffffffffffffffff ffff ffffffff 00000002"
    "16 00 e3ffb252 02 0262 0232 00  14 00 a7ffb252 04 0263 01 00";
static const char gold_i_twice[] = HEAD("0000003d", "6c7c4081", "0040") "00000002"
    "0000018bd50bc7e8 0000018bcfe567f6 ffffffffffffffff ffff ffffffff 00000001"
    "16 00 e3ffb252 02 0262 0232 00";
static const char gold_i_empty[] = HEAD("00000031", "5568dbad", "0000") "00000002"
    "ffffffffffffffff 0000018bcfe567f6 ffffffffffffffff ffff ffffffff 00000000";
static const char gold_j[] = HEAD("00000039", "27293eff", "0000") "00000000"
    "0000018bcfe56800 0000018bcfe56800 ffffffffffffffff ffff ffffffff 00000001 0e 00 00 00 01 02 78 00";
static const char gold_k[] = "0000000000000005 00000042 00000000 02 2d6ed699 0030 00000000"
    "0000018bcfe56800 0000018bcfe56800 0000000000000009 0000 ffffffff 00000001"
    "20 00 00 00 08 00000001 0c 000000000000 00";

#endif
