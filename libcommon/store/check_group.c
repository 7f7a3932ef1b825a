/*
 * check_group.c - groups against themselves and the log.  See check.h.
 *
 * Members commit, come and go meanwhile: what is not whole is looked at again
 * before it is told.
 */
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "log/appender.h"
#include "store/assignment.h"
#include "store/check.h"
#include "store/inside.h"
#include "store/member_file.h"
#include "store/offsets.h"

#define YOUNG_MS	60000		/* a name that work in progress may have */
#define SLOTS		256		/* read at a time */
#define LOOKS		5		/* at a slot that is being written */
#define LOOK_MS		5

struct look {
	struct store *store;
	struct group g;
	struct findings *out;
};

static void
add(struct look *l, enum finding_kind kind, const char *dir, const char *file, const char *remedy, const char *what)
{
	char label[sizeof(l->g.label) + 16];
	struct spot s = { .dir = label, .file = file, SPOT_NOWHERE };
	size_t n = l->out->n;

	(void)snprintf(label, sizeof(label), "%s%s%s", l->g.label, *dir == '\0' ? "" : "/", dir);
	findings_add(l->out, kind, &s, "%.230s", what);
	if (l->out->n > n)
		l->out->v[n].remedy = remedy;
}

/* What a reading function returned: gone meanwhile is nothing.  damage: what that is, and what to do. */
static void
judge(struct look *l, const char *dir, const char *file, const char *damage, const char *remedy, int rc, const struct err *e)
{
	if (rc == -ERR_DAMAGE && damage != NULL)
		add(l, FINDING_DAMAGE, dir, file, remedy, damage);
	else if (rc != 0 && rc != -ERR_NOENT)
		add(l, FINDING_UNREAD, dir, file, NULL, e->text);
}

static enum slot_state
look_again(const struct offsets *o, int32_t partition, struct slot *s)
{
	enum slot_state state = SLOT_BAD;
	int i;

	for (i = 0; i < LOOKS; i++) {
		(void)poll(NULL, 0, LOOK_MS);
		if (offsets_read(o, partition, 1, s, &state, NULL) == 0 && state == SLOT_WHOLE)
			break;
	}
	return state;
}

/* A position of the topic that is there now, beyond its log's end. */
static void
check_place(struct look *l, const char *name, const struct topic *t, int32_t partition, const struct slot *s)
{
	int64_t end, active;
	struct partdir d;
	char what[160];

	if (t == NULL || s->offset <= 0 || partition >= t->partitions || memcmp(&s->topic, &t->id, sizeof(t->id)) != 0 ||
	    topic_partition(t, partition, &d, NULL) != 0 || log_end_peek(&d, &end, &active, NULL) != 0 || s->offset <= end)
		return;
	(void)snprintf(what, sizeof(what), "partition %" PRId32 " was read up to %" PRId64 ", its log ends at %" PRId64, partition,
	    s->offset, end);
	add(l, FINDING_DAMAGE, "offsets", name, "its members say so and read on from the end", what);
}

static void
check_slots(struct look *l, const char *name, const struct offsets *o, const struct topic *t)
{
	enum slot_state states[SLOTS];
	struct slot slots[SLOTS];
	struct err e = ERR_INIT;
	int32_t first, n, i;
	char what[96];
	int rc;

	for (first = 0; first < o->partitions; first += n) {
		n = o->partitions - first < SLOTS ? o->partitions - first : SLOTS;
		if ((rc = offsets_read(o, first, n, slots, states, &e)) != 0) {
			judge(l, "offsets", name, NULL, NULL, rc, &e);
			return;
		}
		for (i = 0; i < n; i++) {
			if (states[i] != SLOT_WHOLE)
				states[i] = look_again(o, first + i, &slots[i]);
			if (states[i] == SLOT_ONE) {
				(void)snprintf(what, sizeof(what), "one of the two slots of partition %" PRId32 " is damaged", first + i);
				add(l, FINDING_DAMAGE, "offsets", name, "the other counts, and the next commit puts it right", what);
			} else if (states[i] == SLOT_BAD) {
				(void)snprintf(what, sizeof(what), "the position of partition %" PRId32 " is damaged", first + i);
				add(l, FINDING_DAMAGE, "offsets", name, "plog-group reset sets it", what);
				continue;
			}
			check_place(l, name, t, first + i, &slots[i]);
		}
	}
}

static void
check_offsets(struct look *l, const char *name, const struct stat *dir)
{
	char label[sizeof(l->g.label) + 16];
	struct spot s = { .dir = label, .file = name, SPOT_NOWHERE };
	struct err e = ERR_INIT;
	struct offsets o;
	struct topic t;
	int rc, there;

	(void)snprintf(label, sizeof(label), "%s/offsets", l->g.label);
	findings_mode(l->out, &s, l->g.offsets, dir, "commit");
	if ((rc = offsets_open(&o, &l->g, name, false, &e)) != 0) {
		judge(l, "offsets", name, "its head is damaged, the positions in it cannot be told", "plog-group reset sets them", rc, &e);
		return;
	}
	there = topic_open(&t, l->store, name, NULL);
	if (there == -ERR_NOENT)
		add(l, FINDING_LEFTOVER, "offsets", name, "plog-group delete-offsets takes them away", "the topic is not there");
	check_slots(l, name, &o, there == 0 ? &t : NULL);
	if (there == 0)
		topic_close(&t);
	offsets_close(&o);
}

static bool
is_old(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && clock_wall_ms() - (int64_t)st.st_mtim.tv_sec * 1000 > YOUNG_MS;
}

static void
check_member(struct look *l, const char *name)
{
	enum member_life life = member_life(&l->g, name, NULL);
	struct err e = ERR_INIT;
	struct member_info m;
	int rc;

	if (life == MEMBER_AWAY)
		return;
	rc = member_file_read(&l->g, name, &m, NULL, &e);
	judge(l, "members", name, "it is damaged", life == MEMBER_ALIVE ? "its process writes it anew within a second" :
	    "the next one that joins takes it away", rc, &e);
	/* A static one that is away keeps its file on purpose. */
	if (rc == 0 && life == MEMBER_DEAD && m.instance == NULL && is_old(l->g.members, name))
		add(l, FINDING_LEFTOVER, "members", name, "the next one that joins takes it away", "its member is dead");
	if (rc == 0 || rc == -ERR_DAMAGE)
		member_info_release(&m);
}

/* Temporary names. */
static void
check_names(struct look *l, int dirfd, const char *where)
{
	int fd = open_dir_at(dirfd, ".");
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *d;

	if (dir == NULL) {
		add(l, FINDING_UNREAD, where, NULL, NULL, strerror(errno));
		if (fd != -1)
			close(fd);
		return;
	}
	while ((d = readdir(dir)) != NULL)
		if (strchr(d->d_name, '~') != NULL && is_old(dirfd, d->d_name))
			add(l, FINDING_LEFTOVER, where, d->d_name, "the next member that joins takes it away",
			    "a temporary name of work that was interrupted");
	closedir(dir);
}

static void
check_assignment(struct look *l)
{
	struct assignment a = ASSIGNMENT_INIT;
	struct err e = ERR_INIT;
	char name[40];
	int rc;

	if ((rc = assignment_read(&l->g, &a, &e)) != 0)
		judge(l, "", NULL, NULL, NULL, rc, &e);
	(void)snprintf(name, sizeof(name), "assignment.%" PRId64, a.generation);
	if (rc == 0 && a.damaged)
		add(l, FINDING_STALE, "", name, "its members compute another", "it is damaged");
	assignment_release(&a);
}

static void
check_group(struct look *l)
{
	struct spot lock = { .dir = l->g.label, .file = "lock", SPOT_NOWHERE };
	struct err e = ERR_INIT;
	struct stat dir;
	char **names;
	size_t n, i;
	int rc;

	if (fstat(l->g.fd, &dir) == 0)
		findings_mode(l->out, &lock, l->g.fd, &dir, "commit");
	check_assignment(l);
	if ((rc = member_names(&l->g, &names, &n, &e)) != 0)
		judge(l, "members", NULL, NULL, NULL, rc, &e);
	for (i = 0; rc == 0 && i < n; i++)
		check_member(l, names[i]);
	if (rc == 0)
		topic_names_free(names, n);
	if ((rc = offsets_topics(&l->g, &names, &n, &e)) != 0)
		judge(l, "offsets", NULL, NULL, NULL, rc, &e);
	for (i = 0; rc == 0 && i < n; i++)
		check_offsets(l, names[i], &dir);
	if (rc == 0)
		topic_names_free(names, n);
	check_names(l, l->g.fd, "");
	check_names(l, l->g.members, "members");
	check_names(l, l->g.offsets, "offsets");
}

void
check_groups(struct store *st, struct findings *out)
{
	struct spot s = { .dir = "groups", .file = NULL, SPOT_NOWHERE };
	struct look l = { .store = st, .out = out };
	struct err e = ERR_INIT;
	char **names;
	size_t n, i;
	int rc, fd;

	if (store_is_broker(st))
		return;
	/* No groups at all: nor a directory of them. */
	if ((fd = open_dir_at(st->fd, "groups")) != -1) {
		(void)snprintf(l.g.label, sizeof(l.g.label), "groups");
		check_names(&l, fd, "");
		close(fd);
	}
	if ((rc = group_list(st, NULL, NULL, 0, &names, &n, &e)) != 0) {
		if (rc != -ERR_NOENT)
			findings_add(out, FINDING_UNREAD, &s, "%.230s", e.text);
		return;
	}
	for (i = 0; i < n; i++) {
		s.file = names[i];
		if ((rc = group_open(&l.g, st, NULL, names[i], GROUP_READ, &e)) == 0) {
			check_group(&l);
			group_close(&l.g);
		} else if (rc == -ERR_DAMAGE)
			findings_add(out, FINDING_DAMAGE, &s, "%.230s", e.text);
		/* Removed since it was listed: nothing to find. */
		else if (rc != -ERR_NOENT)
			findings_add(out, FINDING_UNREAD, &s, "%.230s", e.text);
	}
	topic_names_free(names, n);
}
