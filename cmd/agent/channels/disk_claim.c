/*
 * disk_claim.c - who has the channel: a member of the group "channel" that
 * owns its one partition, and where it is (store/offsets.h).
 *
 * A second agent finds an owner that lives and does not start; after a death
 * the lock of the member's file is gone, and the next one takes the partition.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/channels/disk_in.h"
#include "base/clock.h"

#define BUSY_TRIES	50		/* of a byte that others hold for microseconds */
#define BUSY_NS		2000000

static bool
is_gone(void *arg, uint64_t owner)
{
	const struct group *g = arg;
	char **names = NULL;
	size_t n = 0, i;
	bool gone = true;

	if (member_names(g, &names, &n, NULL) != 0)
		return false;
	for (i = 0; i < n && gone; i++)
		if (member_name_incarnation(names[i]) == owner)
			gone = member_life(g, names[i], NULL) != MEMBER_ALIVE;
	topic_names_free(names, n);
	return gone;
}

static void
sweep_the_dead(const struct group *g)
{
	char **names = NULL;
	size_t n = 0, i;

	if (member_names(g, &names, &n, NULL) != 0)
		return;
	for (i = 0; i < n; i++)
		if (member_life(g, names[i], NULL) == MEMBER_DEAD)
			member_file_remove(g, names[i]);
	topic_names_free(names, n);
	member_files_sweep(g);
}

static int
introduce(struct claim *c, struct err *e)
{
	char host[65] = "localhost";
	struct member_info *me = &c->me;

	(void)gethostname(host, sizeof(host) - 1);
	me->incarnation = member_draw_incarnation();
	me->pid = getpid();
	/* Nobody shall fence it for standing still: an idle channel does nothing. */
	me->session_timeout_ms = me->max_poll_interval_ms = INT32_MAX;
	me->likes[me->nlikes++] = ASSIGNOR_RANGE;
	me->id = strdup("plog-agent");
	me->client = strdup("plog-agent");
	me->host = strdup(member_name_check("member", host, NULL) == 0 ? host : "localhost");
	if (me->id == NULL || me->client == NULL || me->host == NULL || (me->topics = calloc(2, sizeof(*me->topics))) == NULL ||
	    (me->topics[0] = strdup(DISK_NAME)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the channel");
	me->ntopics = 1;
	member_file_name(me, c->name);
	return 0;
}

static int
join(struct claim *c, const struct disk *d, struct err *e)
{
	struct lock l = LOCK_INIT;
	int rc;

	if ((rc = group_open(&c->group, d->store, d->o.checkpoint, DISK_NAME, GROUP_CREATE, e)) != 0 ||
	    (rc = introduce(c, e)) != 0 || (rc = group_hold(&l, &c->group, NULL, e)) != 0)
		return rc;
	sweep_the_dead(&c->group);
	rc = member_file_make(&c->group, &c->me, &c->file, e);
	lock_drop(&l);
	return rc;
}

/* Is a slot to be tried again, because another process holds its byte?  Waits a little first. */
static bool
busy_again(int rc, int *tries)
{
	struct timespec wait = { .tv_nsec = BUSY_NS };

	if (rc != -ERR_BUSY || ++*tries == BUSY_TRIES)
		return false;
	(void)nanosleep(&wait, NULL);
	return true;
}

int
claim_open(struct claim *c, const struct disk *d, struct err *e)
{
	int rc, tries = 0;

	if ((rc = join(c, d, e)) != 0 || (rc = offsets_make(&c->offsets, &c->group, DISK_NAME, 1, e)) != 0)
		return rc;
	do {
		rc = offsets_claim(&c->offsets, c->group.lock, 0, c->me.incarnation, is_gone, &c->group, &c->slot, e);
	} while (busy_again(rc, &tries));
	if (rc == -ERR_EXIST || rc == -ERR_BUSY)
		return err_set(e, ERR_EXIST, "Cannot lock %s. The directory is already locked. [channel=%s]", d->o.checkpoint,
		    d->o.channel);
	if (rc == 0 && memcmp(&c->slot.topic, &d->topic.id, sizeof(c->slot.topic)) != 0)
		c->slot.offset = -1;
	c->slot.topic = d->topic.id;
	return rc;
}

int
claim_commit(struct claim *c, int64_t position, struct err *e)
{
	struct slot s = c->slot;
	int rc, tries = 0;

	s.offset = position;
	s.leader_epoch = -1;
	s.time_ms = clock_wall_ms();
	do {
		rc = offsets_commit(&c->offsets, c->group.lock, 0, &s, e);
	} while (busy_again(rc, &tries));
	if (rc == 0)
		c->slot = s;
	else if (rc == -ERR_BUSY)
		(void)err_set(e, ERR_BUSY, "another process holds the lock of '%s'", c->group.label);
	return rc;
}

int
claim_sync(struct claim *c, struct err *e)
{
	return offsets_sync(&c->offsets, e);
}

void
claim_close(struct claim *c)
{
	int rc, tries = 0;

	if (c->offsets.fd != -1) {
		if (c->slot.owner == c->me.incarnation) {
			do {
				rc = offsets_release(&c->offsets, c->group.lock, 0, c->me.incarnation, c->slot.generation, NULL);
			} while (busy_again(rc, &tries));
			(void)offsets_sync(&c->offsets, NULL);
		}
		offsets_close(&c->offsets);
	}
	if (c->file != -1) {
		member_file_leave(&c->group, c->name);
		close(c->file);
	}
	group_close(&c->group);
	member_info_release(&c->me);
	*c = (struct claim)CLAIM_INIT;
}
