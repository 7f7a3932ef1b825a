/*
 * Any bytes as a file of a consumer group: positions, an assignment, a
 * member.  What is taken makes sense.  The first byte says which.
 */
#include <string.h>

#include "store/assignment.h"
#include "store/member_file.h"
#include "store/offsets.h"
#include "files.h"

#define MEMBER	"m.00000000000000ab"

static struct group *
group(void)
{
	static struct group g = { .name = "g", .label = "groups/g", .fd = -1, .lock = -1 };

	if (g.fd != -1)
		return &g;
	g.parent = files_dir();
	if (mkdirat(g.parent, "g", 0700) == -1 || (g.fd = openat(g.parent, "g", O_RDONLY | O_DIRECTORY)) == -1 ||
	    mkdirat(g.fd, "members", 0700) == -1 || mkdirat(g.fd, "offsets", 0700) == -1 ||
	    (g.members = openat(g.fd, "members", O_RDONLY | O_DIRECTORY)) == -1 ||
	    (g.offsets = openat(g.fd, "offsets", O_RDONLY | O_DIRECTORY)) == -1)
		abort();
	return &g;
}

static void
positions(const struct group *g, const uint8_t *p, size_t n)
{
	enum slot_state states[8];
	struct slot slots[8];
	struct offsets o;
	int32_t i;

	files_put(g->offsets, "t", p, n);
	if (offsets_open(&o, g, "t", false, NULL) != 0)
		return;
	if (o.partitions < 0 || o.partitions > TOPIC_PARTITIONS_MAX || offsets_read(&o, 0, 8, slots, states, NULL) != 0)
		abort();
	for (i = 0; i < 8; i++)
		if (states[i] != SLOT_BAD && (slots[i].offset < -1 || slots[i].generation < 0))
			abort();
	offsets_close(&o);
}

static void
assignment(const struct group *g, const uint8_t *p, size_t n)
{
	struct assignment a = ASSIGNMENT_INIT;
	size_t i, k;

	files_put(g->fd, "assignment.1", p, n);
	if (assignment_read(g, &a, NULL) == 0 && !a.damaged)
		for (i = 0; i < a.nmembers; i++)
			for (k = 0; k < a.members[i].nparts; k++)
				if ((size_t)a.members[i].parts[k].topic >= a.ntopics || a.members[i].parts[k].partition < 0)
					abort();
	assignment_release(&a);
}

static void
member(const struct group *g, const uint8_t *p, size_t n)
{
	struct member_info m;
	uint64_t beat;
	int rc;

	files_put(g->members, MEMBER, p, n);
	rc = member_file_read(g, MEMBER, &m, &beat, NULL);
	if (rc == 0 && (m.id == NULL || m.incarnation != 0xab || m.nlikes > ASSIGNOR_COUNT))
		abort();
	if (rc == 0 || rc == -ERR_DAMAGE)
		member_info_release(&m);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	const struct group *g = group();

	if (n == 0)
		return 0;
	switch (p[0] % 3) {
	case 0: positions(g, p + 1, n - 1); break;
	case 1: assignment(g, p + 1, n - 1); break;
	case 2: member(g, p + 1, n - 1); break;
	default: break;
	}
	return 0;
}
