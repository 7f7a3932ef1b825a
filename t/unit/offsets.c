/*
 * offsets.c - slots, member files and assignments: what is written is read
 * again, who does not own cannot commit, and damage is seen for what it is.
 */
#include <stdlib.h>

#include "store/assignment.h"
#include "store/member_file.h"
#include "store/offsets.h"
#include "unit/check.h"
#include "unit/flips.h"
#include "unit/tmpdir.h"

#define PARTS	5

static struct group g;
static struct store *st;

static bool
gone(void *arg, uint64_t owner)
{
	return *(uint64_t *)arg == owner;
}

static void
check_claims(void)
{
	struct slot s, t;
	struct offsets o;
	struct err e = ERR_INIT;
	uint64_t dead = 0;

	if (!CHECK(offsets_make(&o, &g, "t", 3, &e) == 0, "%s", e.text))
		return;
	CHECK_INT(offsets_look(&o, 0, &s, &e), 0);
	CHECK_INT(s.offset, -1);
	CHECK_INT(s.owner, 0);
	CHECK_INT(offsets_claim(&o, g.lock, 0, 11, gone, &dead, &s, &e), 0);
	CHECK_INT(s.generation, 1);
	/* Another cannot, as long as 11 lives. */
	CHECK_INT(offsets_claim(&o, g.lock, 0, 22, gone, &dead, &t, &e), -ERR_EXIST);
	s.offset = 7;
	s.leader_epoch = 2;
	s.time_ms = 99;
	CHECK_INT(offsets_commit(&o, g.lock, 0, &s, &e), 0);
	dead = 11;
	CHECK_INT(offsets_claim(&o, g.lock, 0, 22, gone, &dead, &t, &e), 0);
	CHECK_INT(t.generation, 2);
	CHECK_INT(t.offset, 7);
	CHECK_INT(t.leader_epoch, 2);
	/* 11 was stopped and wakes: nothing it does counts. */
	s.offset = 8;
	CHECK_INT(offsets_commit(&o, g.lock, 0, &s, &e), -ERR_FENCED);
	CHECK_INT(offsets_release(&o, g.lock, 0, 11, 1, &e), 0);
	CHECK_INT(offsets_look(&o, 0, &s, &e), 0);
	CHECK_INT(s.owner, 22);
	CHECK_INT(s.offset, 7);
	/* A command sets nothing under a member that lives. */
	CHECK_INT(offsets_set(&o, g.lock, 0, &s, gone, &dead, &e), -ERR_EXIST);
	CHECK_INT(offsets_release(&o, g.lock, 0, 22, 2, &e), 0);
	s.offset = 3;
	CHECK_INT(offsets_set(&o, g.lock, 0, &s, gone, &dead, &e), 0);
	CHECK_INT(offsets_look(&o, 0, &s, &e), 0);
	CHECK_INT(s.offset, 3);
	CHECK_INT(s.generation, 3);
	offsets_close(&o);
}

static void
check_byte(void)
{
	int other = group_lock_again(&g);
	struct offsets o;
	struct lock l = LOCK_INIT;
	uint64_t dead = 0;
	struct slot s;

	/* The byte of partition 1 is held: that one waits, the next one does not. */
	CHECK_INT(offsets_open(&o, &g, "t", true, NULL), 0);
	CHECK_INT(lock_take(&l, other, (off_t)(o.at + 1), 0, NULL, "lock", NULL), 0);
	CHECK_INT(offsets_claim(&o, g.lock, 1, 11, gone, &dead, &s, NULL), -ERR_BUSY);
	CHECK_INT(offsets_claim(&o, g.lock, 2, 11, gone, &dead, &s, NULL), 0);
	lock_drop(&l);
	CHECK_INT(offsets_claim(&o, g.lock, 1, 11, gone, &dead, &s, NULL), 0);
	offsets_close(&o);
	close(other);
}

/* Each byte of a file of one partition, wrong: the position is right, or said to be damaged. */
static void
check_damage(void)
{
	uint8_t keep[128 + 256], b[sizeof(keep)];
	struct err e = ERR_INIT;
	enum slot_state state;
	struct offsets o;
	uint64_t dead = 0;
	struct slot s;
	size_t i;
	int rc;

	CHECK_INT(offsets_make(&o, &g, "d", 1, &e), 0);
	CHECK_INT(offsets_claim(&o, g.lock, 0, 11, gone, &dead, &s, &e), 0);
	for (s.offset = 40; s.offset < 42; s.offset++)
		CHECK_INT(offsets_commit(&o, g.lock, 0, &s, &e), 0);
	offsets_close(&o);
	CHECK_INT(get_file(g.offsets, "d", keep, sizeof(keep)), sizeof(keep));
	for (i = 0; i < sizeof(keep); i++) {
		memcpy(b, keep, sizeof(b));
		b[i] ^= 0x40;
		put_file(g.offsets, "d", b, sizeof(b));
		if ((rc = offsets_open(&o, &g, "d", false, &e)) != 0) {
			CHECK(rc == -ERR_DAMAGE && i < 128, "byte %zu: %d", i, rc);
			continue;
		}
		rc = offsets_read(&o, 0, 1, &s, &state, &e);
		CHECK(rc == 0 && i >= 128 && state == SLOT_ONE && (s.offset == 41 || s.offset == 40), "byte %zu: %d %d %lld", i, rc,
		    (int)state, (long long)s.offset);
		offsets_close(&o);
	}
	/* Cut anywhere: never a position that is not there. */
	for (i = 0; i < sizeof(keep); i++) {
		put_file(g.offsets, "d", keep, i);
		if (offsets_open(&o, &g, "d", false, &e) != 0)
			continue;
		CHECK_INT(offsets_read(&o, 0, 1, &s, &state, &e), 0);
		CHECK(i >= 128 && state != SLOT_WHOLE && (state == SLOT_BAD || s.offset >= 40), "cut at %zu", i);
		offsets_close(&o);
	}
	put_file(g.offsets, "d", keep, sizeof(keep));
	CHECK_INT(offsets_make(&o, &g, "d", PARTS, &e), 0);
	CHECK_INT(o.partitions, PARTS);
	CHECK_INT(offsets_look(&o, 0, &s, &e), 0);
	CHECK_INT(s.offset, 41);
	CHECK_INT(offsets_look(&o, PARTS - 1, &s, &e), 0);
	CHECK_INT(s.offset, -1);
	offsets_close(&o);
}

/* Each bit of the file of one that lives: only its beat may read as another; the next beat makes it good. */
static void
mended(const char *name, const struct member_info *m, int fd)
{
	struct member_info got;
	size_t bit, size = (size_t)lseek(fd, 0, SEEK_END);
	bool digits;
	int rc;

	for (bit = 0; bit < size * 8; bit++) {
		CHECK_INT(member_beat(fd, m, bit), 0);
		flip_bit(g.members, name, bit);
		digits = bit / 8 >= 5 && bit / 8 < 25;
		rc = member_file_read(&g, name, &got, NULL, NULL);
		CHECK(rc == -ERR_DAMAGE || (digits && rc == 0 && got.ntopics == 1), "bit %zu: %d", bit, rc);
		CHECK_INT(got.incarnation, m->incarnation);
		member_info_release(&got);
		CHECK_INT(member_life(&g, name, NULL), MEMBER_ALIVE);
		CHECK_INT(member_beat(fd, m, bit), !digits);
		CHECK_INT(member_file_read(&g, name, &got, NULL, NULL), 0);
		member_info_release(&got);
	}
	CHECK_INT(ftruncate(fd, 9), 0);
	CHECK_INT(member_beat(fd, m, 1), 1);
	CHECK_INT(pwrite(fd, "more", 4, (off_t)size), 4);
	CHECK_INT(member_beat(fd, m, 2), 1);
	CHECK_INT(lseek(fd, 0, SEEK_END), size);
}

static void
check_member(void)
{
	char id[] = "m.1", topic[] = "t*", host[] = "h", client[] = "c", *topics[] = { topic }, name[MEMBER_NAME_MAX];
	struct member_info m = { .id = id, .incarnation = 0xabcdef, .host = host, .client = client, .pid = 5, .session_timeout_ms = 45000,
		.max_poll_interval_ms = 300000, .likes = { ASSIGNOR_RANGE, ASSIGNOR_ROUNDROBIN }, .nlikes = 2, .topics = topics, .ntopics = 1 };
	struct member_info got;
	struct err e = ERR_INIT;
	uint64_t beat = 0;
	int fd;

	member_file_name(&m, name);
	CHECK_STR(name, "m.1.0000000000abcdef");
	CHECK_INT(member_name_incarnation(name), 0xabcdef);
	CHECK_INT(member_name_incarnation("m.1.0000000000abcdef.fenced"), 0);
	CHECK_INT(member_name_incarnation(".~0000000000abcdef"), 0);
	CHECK_INT(member_life(&g, name, NULL), MEMBER_AWAY);
	if (!CHECK(member_file_make(&g, &m, &fd, &e) == 0, "%s", e.text))
		return;
	CHECK_INT(member_life(&g, name, &beat), MEMBER_ALIVE);
	CHECK_INT(member_beat(fd, &m, 77), 0);
	CHECK_INT(member_life(&g, name, &beat), MEMBER_ALIVE);
	CHECK_INT(beat, 77);
	CHECK_INT(member_file_read(&g, name, &got, &beat, &e), 0);
	CHECK_STR(got.id, "m.1");
	CHECK_STR(got.host, "h");
	CHECK_STR(got.client, "c");
	CHECK_INT(got.nlikes, 2);
	CHECK_STR(got.topics[0], "t*");
	CHECK_INT(got.max_poll_interval_ms, 300000);
	member_info_release(&got);
	mended(name, &m, fd);
	/* A living one's file is not taken away. */
	member_file_remove(&g, name);
	CHECK_INT(member_life(&g, name, NULL), MEMBER_ALIVE);
	CHECK_INT(member_fence(&g, name, &e), 0);
	CHECK_INT(member_life(&g, name, NULL), MEMBER_FENCED);
	close(fd);
	member_file_remove(&g, name);
	CHECK_INT(member_life(&g, name, NULL), MEMBER_AWAY);
	put_file(g.members, name, "beat 1\n", 7);
	CHECK_INT(member_life(&g, name, NULL), MEMBER_DEAD);
	CHECK_INT(member_file_read(&g, name, &got, &beat, &e), -ERR_DAMAGE);
	CHECK_STR(got.id, "m.1");
	member_info_release(&got);
	CHECK_INT(member_name_check("member", "a b", NULL), -ERR_INVALID);
}

static void
check_assignment(void)
{
	char t0[] = "t0", t1[] = "t1", m0[] = "a", m1[] = "b", i1[] = "ib";
	struct assign_part p0[] = { { 0, 0 }, { 0, 1 }, { 0, 3 }, { 1, 0 } }, p1[] = { { 0, 2 } };
	struct assignment_topic topics[] = { { .name = t0, .id = { { 1 } }, .partitions = 4, .begun = true },
		{ .name = t1, .partitions = 1 } };
	struct assignment_member members[] = { { .id = m0, .incarnation = 5, .parts = p0, .nparts = 4 },
		{ .id = m1, .instance = i1, .incarnation = 6, .parts = p1, .nparts = 1 } };
	struct assignment a = { .generation = 1, .how = ASSIGNOR_RANGE, .topics = topics, .ntopics = 2, .members = members, .nmembers = 2 };
	struct assignment got;
	struct err e = ERR_INIT;
	char b[4096], name[32];
	ssize_t n;
	int i;

	CHECK_INT(assignment_read(&g, &got, &e), 0);
	CHECK_INT(got.generation, 0);
	CHECK_INT(assignment_publish(&g, &a, &e), 0);
	CHECK_INT(assignment_publish(&g, &a, &e), -ERR_EXIST);
	CHECK_INT(assignment_read(&g, &got, &e), 0);
	CHECK_INT(got.generation, 1);
	CHECK_INT(got.ntopics, 2);
	CHECK_TRUE(got.topics[0].begun && !got.topics[1].begun && got.topics[0].id.b[0] == 1);
	CHECK_INT(got.nmembers, 2);
	CHECK_BYTES(got.members[0].parts, got.members[0].nparts * sizeof(p0[0]), p0, sizeof(p0));
	CHECK_STR(got.members[1].instance, "ib");
	assignment_release(&got);
	for (a.generation = 2; a.generation < 5; a.generation++)
		CHECK_INT(assignment_publish(&g, &a, &e), 0);
	CHECK_INT(file_size(g.fd, "assignment.2"), -1);
	CHECK_TRUE(file_size(g.fd, "assignment.3") > 0);
	/* The highest is damaged, byte by byte: its number counts, the content of the one before. */
	snprintf(name, sizeof(name), "assignment.%d", 4);
	n = get_file(g.fd, name, b, sizeof(b));
	for (i = 0; i < n; i++) {
		b[i] ^= 1;
		put_file(g.fd, name, b, (size_t)n);
		b[i] ^= 1;
		CHECK_INT(assignment_read(&g, &got, &e), 0);
		CHECK(got.generation == 4 && got.damaged && got.nmembers == 2, "byte %d", i);
		assignment_release(&got);
	}
}

int
main(void)
{
	const char *dir;
	struct err e = ERR_INIT;
	int fd = tmpdir_make();

	dir = tmpdir_path;
	if (CHECK(store_open(&st, &dir, 1, STORE_CREATE, &e) == 0, "%s", e.text) &&
	    CHECK(group_open(&g, st, NULL, "g", GROUP_CREATE, &e) == 0, "%s", e.text)) {
		check_claims();
		check_byte();
		check_damage();
		check_member();
		check_assignment();
		group_close(&g);
	}
	store_close(st);
	close(fd);
	tmpdir_remove();
	return check_done();
}
