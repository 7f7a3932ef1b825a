/*
 * disk_conf.c - the properties of a queue on disk: Flume's, of the file channel.
 *
 * One log is kept, in the first of dataDirs: Flume spreads transactions over
 * all of them for the throughput of several disks, which file systems and
 * block devices do now.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/channels/disk.h"

#define SEGMENT_MOST	1623195647	/* 2^31 - 1 less 500 MiB, as in Flume */
#define SEGMENT_LEAST	(1 << 20)
#define SPACE_USUAL	524288000
#define SPACE_LEAST	(1 << 20)

/* ~/.flume/file-channel/NAME, as Flume's default. */
static struct words
usual_dir(struct context *c, const char *name)
{
	const char *home = getenv("HOME");
	char path[4096];

	snprintf(path, sizeof(path), "%s/.flume/file-channel/%s", home == NULL ? "" : home, name);
	return ctx_split(c, path, ",");
}

/* dataDirs, without blanks around the commas; a name may have some in it. */
static struct words
data_dirs(struct context *c)
{
	const char *text = ctx_str(c, "dataDirs", NULL);
	char *close, *p;
	struct words dirs;

	if (text == NULL || (close = strdup(text)) == NULL)
		return usual_dir(c, "data");
	while ((p = strstr(close, " ,")) != NULL || (p = strstr(close, ", ")) != NULL)
		memmove(*p == ' ' ? p : p + 1, *p == ' ' ? p + 1 : p + 2, strlen(*p == ' ' ? p : p + 1));
	dirs = ctx_split(c, close, ",");
	free(close);
	return dirs.n == 0 ? usual_dir(c, "data") : dirs;
}

void
disk_configure(struct disk_opts *o, struct context *c)
{
	static const char elsewhere[] = "put the directories on an encrypted file system";
	static const char two_slots[] = "the position is kept in two slots that are written in turn";
	static const char locked[] = "each channel has directories of its own, and locks them";
	struct words dirs = data_dirs(c);
	int64_t space;

	o->channel = ctx_name(c);
	o->dirs = dirs.v;
	o->data = dirs.v[0];
	if (dirs.n > 1)
		ctx_warn(c, "dataDirs", "one log is kept, in %s; the other directories are not used", o->data);
	if ((o->checkpoint = ctx_str(c, "checkpointDir", NULL)) == NULL)
		o->checkpoint = usual_dir(c, "checkpoint").v[0];
	ctx_owns(c, "dataDirs", o->data, true, locked);
	ctx_owns(c, "checkpointDir", o->checkpoint, true, locked);
	o->sync_each = ctx_bool(c, "fsyncPerTransaction", true);
	o->sync_ms = ctx_int(c, "fsyncInterval", 5, 1, INT32_MAX) * 1000;
	o->checkpoint_ms = ctx_int(c, "checkpointInterval", 30000, 1, INT32_MAX);
	o->segment_bytes = ctx_int(c, "maxFileSize", SEGMENT_MOST, 1, SEGMENT_MOST);
	if (o->segment_bytes < SEGMENT_LEAST) {
		ctx_warn(c, "maxFileSize", "a segment has at least %d bytes", SEGMENT_LEAST);
		o->segment_bytes = SEGMENT_LEAST;
	}
	space = ctx_int(c, "minimumRequiredSpace", SPACE_USUAL, 0, INT64_MAX);
	o->min_space = space < SPACE_LEAST ? SPACE_LEAST : space;
	(void)ctx_bool(c, "checkpointOnClose", true);
	ctx_ignored(c, "useDualCheckpoints", two_slots);
	ctx_ignored(c, "backupCheckpointDir", two_slots);
	ctx_ignored(c, "compressBackupCheckpoint", two_slots);
	ctx_ignored(c, "use-log-replay-v1", "nothing is replayed");
	ctx_ignored(c, "use-fast-replay", "nothing is replayed");
	ctx_refused(c, "encryption.activeKey", elsewhere);
	ctx_refused(c, "encryption.cipherProvider", elsewhere);
	ctx_refused(c, "encryption.keyProvider", elsewhere);
}
