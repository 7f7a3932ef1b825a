/*
 * local_start.c - where reading begins of a partition that was taken
 * (local_member.h): at the committed position, where that means a place in
 * the log that is there now; else where --auto-offset-reset says.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "backend/local_member.h"
#include "log/partdir.h"
#include "log/reader.h"

#define START_BUFFER	(64 << 10)

struct log_now {
	struct log_bounds bounds;
	int64_t epoch_end;		/* of the slot's epoch; -1: not known */
};

static int
look(struct member *m, const struct mtopic *mt, int32_t partition, int32_t epoch, struct log_now *now, struct err *e)
{
	struct epoch_list epochs = { .v = NULL };
	struct reader_opts opts = { .buffer = START_BUFFER };
	struct reader *r = NULL;
	struct partdir dir;
	struct topic t;
	int fd, rc;

	now->epoch_end = -1;
	if ((rc = topic_open(&t, m->local->store, mt->name, e)) != 0)
		return rc;
	opts.log_start = topic_broker_log_start(&t, partition);
	if ((rc = topic_partition(&t, partition, &dir, e)) == 0 && (rc = reader_open(&r, &dir, &opts, e)) == 0)
		rc = reader_bounds(r, &now->bounds, e);
	if (rc == 0 && epoch >= 0 && (fd = partdir_open(&dir)) != -1) {
		if (epochs_read(fd, &epochs, NULL) == 0)
			now->epoch_end = epoch_end(&epochs, epoch, now->bounds.end);
		epochs_release(&epochs);
		close(fd);
	}
	reader_close(r);
	topic_close(&t);
	return rc;
}

static void
say(struct member *m, const char *text)
{
	if (m->o.notice != NULL)
		m->o.notice(m->o.arg, text);
}

static int
reset(struct member *m, const struct mtopic *t, int32_t partition, const char *why, int64_t *offset, struct err *e)
{
	char text[700];
	int rc;

	if (m->o.reset_none)
		return err_set(e, ERR_RANGE, "group '%s' %s '%s' partition %d, and --auto-offset-reset=none says not to choose one",
		    m->g.name, why, t->name, partition);
	if ((rc = local_resolve(&m->local->be, t->name, partition, &m->o.reset, offset, e)) < 0)
		return rc;
	snprintf(text, sizeof(text), "group '%s' %s '%s' partition %d: it begins at %lld", m->g.name, why, t->name, partition,
	    (long long)*offset);
	say(m, text);
	return 0;
}

int
start_place(struct member *m, const struct mtopic *t, int32_t partition, const struct slot *s, int64_t *offset, struct err *e)
{
	static const struct topic_id none;
	struct log_now now;
	char text[700];
	int rc;

	if (s->offset == -1 && !m->o.reset_none && m->told_reset == t)	/* said for one partition of it */
		return (rc = local_resolve(&m->local->be, t->name, partition, &m->o.reset, offset, e)) < 0 ? rc : 0;
	if (s->offset == -1) {
		m->told_reset = t;
		return reset(m, t, partition, "has no position in", offset, e);
	}
	if (memcmp(&s->topic, &t->id, sizeof(none)) != 0 && memcmp(&s->topic, &none, sizeof(none)) != 0 &&
	    memcmp(&t->id, &none, sizeof(none)) != 0)
		return reset(m, t, partition, "has a position of a topic that was deleted, also named", offset, e);
	if ((rc = look(m, t, partition, s->leader_epoch, &now, e)) != 0)
		return rc;
	*offset = s->offset;
	/* First the epoch: what is lost behind its end is named, not passed over as out of range. */
	if (now.epoch_end != -1 && now.epoch_end < s->offset && now.epoch_end >= now.bounds.start) {
		snprintf(text, sizeof(text), "'%s' partition %d lost the records %lld to %lld that group '%s' had read: it goes on at %lld",
		    t->name, partition, (long long)now.epoch_end, (long long)s->offset - 1, m->g.name, (long long)now.epoch_end);
		say(m, text);
		*offset = now.epoch_end;
		return 0;
	}
	if (s->offset < now.bounds.start || s->offset > now.bounds.end)
		return reset(m, t, partition, "has a position outside of the log of", offset, e);
	return 0;
}
