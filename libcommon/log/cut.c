/*
 * cut.c - a torn tail is set aside before it is cut.
 *
 * Order: the bytes and the note are in quarantine/ and synced, then the time
 * index, the index, the log are cut.  A crash before the last step leaves a
 * tail that is set aside once more; nothing is cut that is not there.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "log/quarantine.h"
#include "log/segment.h"
#include "log/writer.h"

int
tail_cut(struct appender *ap, int64_t from, int64_t to, const char *why, struct err *e)
{
	struct index_state *ix = &ap->end.index;
	char name[SEGMENT_NAME_MAX], text[512];

	segment_name(name, ap->end.base, ".log");
	(void)snprintf(text, sizeof(text), "behind offset %" PRId64 ": %s", ap->end.next_offset - 1, why);
	if (quarantine_bytes(ap->dirfd, name, ap->active->fd, from, to, text) == -1)
		return err_sys(e, "cannot keep the torn tail of '%s/%s' in quarantine", ap->dir.label, name);
	if (index_trim(ap->dirfd, ap->end.base, ix, false) == -1 &&
	    index_rebuild(ap->dirfd, ap->end.base, from, ap->opts.conf.index_interval_bytes, false, ix, NULL) != 0)
		*ix = (struct index_state)INDEX_STATE_INIT;
	if (ftruncate(ap->active->fd, from) == -1)
		return err_sys(e, "cannot cut the torn tail of '%s/%s' at byte %" PRId64, ap->dir.label, name, from);
	return 0;
}

void
leave_note(struct appender *ap, int64_t base, const char *kind, const char *text)
{
	char segment[SEGMENT_NAME_MAX];

	segment_name(segment, base, ".log");
	(void)quarantine_note(ap->dirfd, segment, kind, text);
}

void
keep_file(struct appender *ap, const char *name, const char *why)
{
	(void)quarantine_file(ap->dirfd, name, why);
}
