/*
 * The end state: both slots, every bit of them flipped, every length.
 */
#include "base/io.h"
#include "log/endstate.h"
#include "unit/check.h"
#include "unit/tmpdir.h"

#define SIZE	512

static struct endstate
sample(void)
{
	struct endstate s = ENDSTATE_INIT;
	int i;

	for (i = 0; i < BOOT_ID_LEN; i++)
		s.boot_id[i] = (uint8_t)(i * 7);
	s.dev = 0xfe01;
	s.ino = UINT64_MAX - 5;
	s.base = 1536;
	s.end = 98765;
	s.next_offset = 2048;
	s.epoch = 3;
	s.first_timestamp = -1;
	s.created_ms = 1700000000000;
	s.roll_jitter_ms = 17;
	s.append_time = 1700000000001;
	s.index = (struct index_state){ .index_size = 80, .timeindex_size = 120, .last_indexed = 90000,
	    .last_timestamp = 5, .max_timestamp = 1700000000005, .max_timestamp_offset = 2000,
	    .index_crc = 0xdeadbeef, .timeindex_crc = 1 };
	return s;
}

static void
check_same(const struct endstate *a, const struct endstate *b)
{
	CHECK_INT(a->sequence, b->sequence);
	CHECK_BYTES(a->boot_id, BOOT_ID_LEN, b->boot_id, BOOT_ID_LEN);
	CHECK_TRUE(a->dev == b->dev && a->ino == b->ino && a->base == b->base && a->end == b->end);
	CHECK_TRUE(a->next_offset == b->next_offset && a->epoch == b->epoch && a->deleted == b->deleted);
	CHECK_TRUE(a->first_timestamp == b->first_timestamp && a->created_ms == b->created_ms);
	CHECK_TRUE(a->roll_jitter_ms == b->roll_jitter_ms && a->append_time == b->append_time);
	CHECK_TRUE(memcmp(&a->index, &b->index, sizeof(a->index)) == 0);
}

static void
test_turns(int fd)
{
	struct endstate s = sample(), got;
	int i;

	CHECK_INT(endstate_read(fd, &got), 0);
	for (i = 1; i <= 5; i++) {
		s.end++;
		CHECK_INT(endstate_write(fd, &s), 0);
		CHECK_INT(s.sequence, i);
		CHECK_INT(endstate_read(fd, &got), 1);
		check_same(&got, &s);
	}
}

/* Whatever bit is flipped: the newest state, or the one before, never another. */
static void
test_flips(int fd)
{
	uint8_t b[SIZE], one;
	struct endstate got;
	int i, bit, rc;

	CHECK_INT(pread(fd, b, SIZE, 0), SIZE);
	for (i = 0; i < SIZE; i++)
		for (bit = 0; bit < 8; bit++) {
			one = b[i] ^ (uint8_t)(1 << bit);
			if (pwrite(fd, &one, 1, i) != 1)
				perror("pwrite");
			rc = endstate_read(fd, &got);
			CHECK(rc == 1 && (got.sequence == 5 || got.sequence == 4) && got.next_offset == 2048,
			    "byte %d bit %d: %d, sequence %llu", i, bit, rc, (unsigned long long)got.sequence);
			CHECK_INT(got.sequence, i < 256 ? 5 : 4);
			if (pwrite(fd, b, SIZE, 0) != SIZE)
				perror("pwrite");
		}
}

static void
test_lengths(int fd)
{
	struct endstate got;
	int n;

	for (n = SIZE - 1; n >= 0; n--) {
		CHECK_TRUE(ftruncate(fd, n) == 0);
		CHECK(endstate_read(fd, &got) == (n >= 256), "a lock file of %d bytes", n);
	}
}

static void
test_deleted(int fd)
{
	struct endstate s = sample(), got;

	CHECK_INT(endstate_mark_deleted(fd), 0);	/* also where nothing is */
	CHECK_INT(endstate_read(fd, &got), 1);
	CHECK_TRUE(got.deleted);
	CHECK_TRUE(ftruncate(fd, 0) == 0);
	CHECK_INT(endstate_write(fd, &s), 0);
	CHECK_INT(endstate_mark_deleted(fd), 0);
	CHECK_INT(endstate_read(fd, &got), 1);
	CHECK_TRUE(got.deleted && got.end == s.end && got.sequence == 3);
}

int
main(void)
{
	int dir = tmpdir_make(), fd = openat(dir, "lock", O_RDWR | O_CREAT, 0600);

	test_turns(fd);
	test_flips(fd);
	test_lengths(fd);
	test_deleted(fd);
	tmpdir_remove();
	return check_done();
}
