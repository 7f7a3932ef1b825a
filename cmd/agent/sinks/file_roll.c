/*
 * file_roll.c - files in a directory, a new one each rollInterval.
 *
 * As Flume, a new file is begun although no event came; unlike Flume at its
 * time, not when the sink next wakes.  A batch that could not be written whole
 * is cut off again, so no event stands there twice; a file that has the name
 * already is not written over.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/serializing.h"
#include "agent/sink.h"
#include "base/clock.h"
#include "base/io.h"

struct roll {
	const char *dir, *prefix, *extension;
	bool by_time, sync;
	int64_t interval_ms;
	size_t batch;
	struct serializing ser;
	int dirfd, fd;
	int64_t started_ms;
	unsigned count;
	char stamp[16];			/* of ROLLTIME */
	off_t end;			/* of what is committed */
	int64_t due_ns;			/* of the next file */
	struct buf out;
	struct take take;
};

static void
configure(void *self, struct context *c)
{
	static const char *const managers[] = { "DEFAULT", "ROLLTIME", "org.apache.flume.formatter.output.DefaultPathManager$Builder",
		"org.apache.flume.formatter.output.RollTimePathManager$Builder", NULL };
	struct roll *r = self;
	const char *dir = ctx_str(c, "sink.directory", NULL);

	r->dirfd = r->fd = -1;
	r->dir = dir == NULL ? ctx_need(c, "sink.directory") : dir;
	r->interval_ms = ctx_int(c, "sink.rollInterval", 30, 0, INT32_MAX) * 1000;
	r->batch = (size_t)ctx_int(c, "sink.batchSize", 100, 1, INT32_MAX);
	r->by_time = ctx_choice(c, "sink.pathManager", 0, managers) % 2 == 1;
	r->prefix = ctx_str(c, "sink.pathManager.prefix", "");
	r->extension = ctx_str(c, "sink.pathManager.extension", "");
	r->sync = ctx_bool(c, "sink.fsync", false);
	if (strchr(r->prefix, '/') != NULL)
		ctx_error(c, "sink.pathManager.prefix", "is part of a name, and may not hold a /");
	if (strchr(r->extension, '/') != NULL)
		ctx_error(c, "sink.pathManager.extension", "is part of a name, and may not hold a /");
	serializing_read(&r->ser, c, "sink.serializer", "TEXT");
	ctx_batch(c, (int64_t)r->batch);
}

static void
next_name(struct roll *r, char *name, size_t size)
{
	const char *dot = *r->extension == '\0' || *r->extension == '.' ? "" : ".";
	time_t now = (time_t)(clock_wall_ms() / 1000);
	char stamp[16];
	struct tm tm;

	if (!r->by_time) {
		snprintf(name, size, "%s%lld-%u%s%s", r->prefix, (long long)r->started_ms, ++r->count, dot, r->extension);
		return;
	}
	if (localtime_r(&now, &tm) == NULL || strftime(stamp, sizeof(stamp), "%Y%m%d%H%M%S", &tm) == 0)
		stamp[0] = '\0';
	r->count = strcmp(stamp, r->stamp) == 0 ? r->count + 1 : 1;
	memcpy(r->stamp, stamp, sizeof(stamp));
	snprintf(name, size, "%s%s-%u%s%s", r->prefix, stamp, r->count, dot, r->extension);
}

/* What the serializer made goes to the end of the file. */
static int
write_out(struct roll *r, struct err *e)
{
	size_t n = r->out.n;
	int rc = r->out.failed ? -1 : pwrite_full(r->fd, r->out.p, n, r->end, NULL);

	if (r->out.failed)
		rc = err_set(e, ERR_NOMEM, "no memory to write events");
	else if (rc != 0)
		rc = err_sys(e, "cannot write to a file in '%s'", r->dir);
	else
		r->end += (off_t)n;
	buf_clear(&r->out);
	return rc;
}

static int
open_next(struct roll *r, struct sink *sk, struct err *e)
{
	char name[512];

	/* A name that is there is another sink's of this directory, or an earlier run's: its events stay. */
	do {
		next_name(r, name, sizeof(name));
		r->fd = open_at(r->dirfd, name, O_WRONLY | O_CREAT | O_EXCL, 0666);
	} while (r->fd == -1 && errno == EEXIST);
	if (r->fd == -1)
		return err_sys(e, "Failed to open file %s/%s", r->dir, name);
	say(sink_self(sk), LOG_DEBUG, "Creating %s/%s", r->dir, name);
	r->end = 0;
	if (r->interval_ms > 0) {
		r->due_ns = clock_steady_ns() + r->interval_ms * 1000000;
		sink_wake_at(sk, r->due_ns);
	}
	return serializing_begin(&r->ser, &r->out, e) != 0 ? -(int)e->code : write_out(r, e);
}

static int
close_file(struct roll *r, struct err *e)
{
	int rc = serializing_end(&r->ser, &r->out, e);

	if (rc == 0)
		rc = write_out(r, e);
	if (rc == 0 && r->sync && fdatasync(r->fd) != 0)
		rc = err_sys(e, "cannot sync a file in '%s'", r->dir);
	(void)close(r->fd);
	r->fd = -1;
	return rc;
}

static int
start(void *self, struct sink *sk, struct err *e)
{
	struct roll *r = self;

	if ((r->dirfd = open(r->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		return err_sys(e, "cannot open directory '%s'", r->dir);
	r->started_ms = clock_wall_ms();
	r->count = 0;
	if (open_next(r, sk, e) == 0)
		return 0;
	close(r->dirfd);
	r->dirfd = -1;
	return -e->code;
}

/* The batch in the file, synced if that is asked for; else the file is as it was. */
static int
deliver(struct roll *r, struct err *e)
{
	off_t before = r->end;
	int rc;

	if ((rc = serializing_put(&r->ser, r->take.v, r->take.n, &r->out, e)) == 0 &&
	    (rc = serializing_flush(&r->ser, &r->out, e)) == 0 && (rc = write_out(r, e)) == 0) {
		if (!r->sync || fdatasync(r->fd) == 0)
			return 0;
		rc = err_sys(e, "cannot sync a file in '%s'", r->dir);
	}
	buf_clear(&r->out);
	r->end = before;
	(void)!ftruncate(r->fd, before);
	/* Nothing is in it: what the serializer puts before the first event is to come again. */
	if (before == 0)
		(void)serializing_begin(&r->ser, &r->out, NULL);
	return rc;
}

static enum sink_rc
process(void *self, struct sink *sk, struct err *e)
{
	struct roll *r = self;
	bool rolled = false;
	ssize_t got;

	if (r->fd != -1 && r->interval_ms > 0 && clock_steady_ns() >= r->due_ns) {
		rolled = true;
		if (close_file(r, e) != 0)
			say(sink_self(sk), LOG_ERROR, "%s", e->text);
	}
	if (r->fd == -1 && open_next(r, sk, e) != 0)
		return SINK_FAILED;
	if (!rolled && r->interval_ms > 0)
		sink_wake_at(sk, r->due_ns);
	if ((got = sink_take(sk, &r->take, r->batch, e)) <= 0)
		return got < 0 ? SINK_FAILED : rolled ? SINK_READY : SINK_IDLE;
	if (deliver(r, e) != 0) {
		sink_count(sk, EVENT_WRITE_FAIL, 1);
		sink_rollback(sk, &r->take);
		return SINK_FAILED;
	}
	return sink_commit(sk, &r->take, e);
}

static void
stop(void *self, struct sink *sk)
{
	struct roll *r = self;
	struct err e = ERR_INIT;

	if (r->fd != -1 && close_file(r, &e) != 0)
		say(sink_self(sk), LOG_ERROR, "%s", e.text);
	if (r->dirfd != -1)
		close(r->dirfd);
	r->dirfd = -1;
}

static void
release(void *self)
{
	struct roll *r = self;

	serializing_release(&r->ser);
	take_release(&r->take);
	buf_release(&r->out);
}

const struct sink_type sink_file_roll = {
	.names = { "file_roll", CLASSES("org.apache.flume.sink.RollingFileSink") },
	.size = sizeof(struct roll), .configure = configure, .start = start, .process = process, .stop = stop, .release = release,
};
