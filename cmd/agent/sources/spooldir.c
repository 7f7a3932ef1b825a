/*
 * spooldir.c - takes files that are put into a directory, each once, whole.
 */
#include <sys/inotify.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/charset.h"
#include "agent/sources/spooldir.h"
#include "base/io.h"

#define LATER_MS	100		/* a file that is too young is looked at again */

static void
configure_patterns(struct spooldir *s, struct context *c)
{
	const char *include = ctx_str(c, "includePattern", NULL), *ignore = ctx_str(c, "ignorePattern", NULL);

	s->all = include == NULL || strcmp(include, "^.*$") == 0;
	if (!s->all)
		pattern_read_whole(&s->include, c, "includePattern", include);
	if (ignore != NULL && strcmp(ignore, "^$") != 0)
		pattern_read_whole(&s->ignore, c, "ignorePattern", ignore);
}

static void
configure_text(struct spooldir *s, struct context *c)
{
	static const char *const policies[] = { "FAIL", "REPLACE", "IGNORE", NULL };
	struct deserializer_text text = { .charset = ctx_str(c, "inputCharset", "UTF-8") };
	struct charset *cs;
	struct err e = ERR_INIT;

	if (charset_open(&cs, text.charset, &e) != 0)
		ctx_err(c, "inputCharset", &e);
	charset_close(cs);
	text.policy = ctx_choice(c, "decodeErrorPolicy", CHARSET_FAIL, policies);
	text.longest = ctx_int(c, "bufferMaxLineLength", 0, 0, INT32_MAX);
	deserializing_read(&s->in, c, "deserializer", "LINE", &text);
}

static char *
without_slashes(const char *path)
{
	size_t n = strlen(path);

	while (n > 1 && path[n - 1] == '/')
		n--;
	return strndup(path, n);
}

static void
configure(void *self, struct context *c)
{
	static const char *const deletes[] = { "never", "immediate", NULL }, *const tracks[] = { "rename", "tracker_dir", NULL };
	static const char *const orders[] = { "oldest", "youngest", "random", NULL };
	struct spooldir *s = self;
	const char *tracker;

	s->inotify = s->tracker_fd = s->meta_fd = -1;
	s->directory = without_slashes(ctx_need(c, "spoolDir"));
	s->suffix = ctx_str(c, "fileSuffix", ".COMPLETED");
	s->deletes = ctx_choice(c, "deletePolicy", 0, deletes) == 1;
	s->tracked = ctx_choice(c, "trackingPolicy", 0, tracks) == 1;
	tracker = ctx_str(c, "trackerDir", ".flumespool");
	if (s->directory == NULL || (tracker[0] == '/' ? (s->tracker = without_slashes(tracker)) == NULL :
	    asprintf(&s->tracker, "%s/%s", s->directory, tracker) == -1))
		ctx_error(c, NULL, "no memory");
	else
		ctx_owns(c, "trackerDir", s->tracker, false, "each would take the other's place in a file for its own; name another trackerDir");
	s->file_key = ctx_str(c, "fileHeaderKey", "file");
	if (!ctx_bool(c, "fileHeader", false))
		s->file_key = NULL;
	s->base_key = ctx_str(c, "basenameHeaderKey", "basename");
	if (!ctx_bool(c, "basenameHeader", false))
		s->base_key = NULL;
	s->order = (enum spool_order)ctx_choice(c, "consumeOrder", SPOOL_OLDEST, orders);
	s->poll_ms = ctx_int(c, "pollDelay", 500, 1, INT32_MAX);
	s->recursive = ctx_bool(c, "recursiveDirectorySearch", false);
	s->patient.most_ms = (int)ctx_int(c, "maxBackoff", 4000, 1, INT32_MAX);
	s->batch = ctx_int(c, "batchSize", 100, 1, INT32_MAX);
	configure_patterns(s, c);
	configure_text(s, c);
	ctx_batch(c, s->batch);
}

static int
start(void *self, struct source *src, struct err *e)
{
	struct spooldir *s = self;
	int rc;

	s->src = src;
	say(source_self(src), LOG_INFO, "SpoolDirectorySource source starting with directory: %s", s->directory);
	if ((rc = spool_open(s, e)) != 0)
		spool_close(s);
	return rc;
}

/* The headers of a file, the same for all its events of a batch. */
static int
add_headers(struct spooldir *s, struct batch *b, const char *path)
{
	const char *base = strrchr(path, '/') + 1;
	char real[PATH_MAX], cwd[PATH_MAX];
	size_t i;

	if (s->file_key != NULL && (path[0] == '/' || getcwd(cwd, sizeof(cwd)) == NULL)) {
		if (strlcpy(real, path, sizeof(real)) >= sizeof(real))
			return -1;
	} else if (s->file_key != NULL && (size_t)snprintf(real, sizeof(real), "%s/%s", cwd, path) >= sizeof(real))
		return -1;
	for (i = 0; i < b->n; i++) {
		if (s->file_key != NULL && event_set(b, &b->v[i], slice_str(s->file_key), slice_str(real)) != 0)
			return -1;
		if (s->base_key != NULL && event_set(b, &b->v[i], slice_str(s->base_key), slice_str(base)) != 0)
			return -1;
	}
	return 0;
}

/* An empty file is one event without a byte, as in Flume. */
static ssize_t
next_events(struct spooldir *s, struct batch *b, const char *path, const struct stat *st, bool first, struct err *e)
{
	ssize_t n = deserializing_events(&s->in, b, (size_t)s->batch, e);

	if (n == 0 && first && st->st_size == 0)
		n = batch_add(b, "", 0) == NULL ? err_set(e, ERR_NOMEM, "no memory for events") : 1;
	if (n > 0 && add_headers(s, b, path) != 0)
		n = err_set(e, ERR_NOMEM, "no memory for headers");
	if (n < 0) {
		(void)err_prefix(e, "%s", path);
		source_count(s->src, EVENT_READ_FAIL, 1);
	}
	return n;
}

/* 1: it was read to its end; 0: the source shall stop; -code. */
static int
read_file(struct spooldir *s, const char *path, int fd, const struct stat *st, struct err *e)
{
	struct batch b = BATCH_INIT;
	bool first = true;
	int64_t at;
	ssize_t n;
	int rc;

	if ((rc = spool_resume(s, path, &at, e)) != 0)
		return rc;
	if ((rc = deserializing_open(&s->in, fd, at, e)) != 0) {
		source_count(s->src, EVENT_READ_FAIL, 1);
		return err_prefix(e, "%s", path);
	}
	for (;;) {
		if ((n = next_events(s, &b, path, st, first, e)) <= 0) {
			rc = n == 0 ? 1 : (int)n;
			break;
		}
		first = false;
		at = deserializing_tell(&s->in);
		if (!patient_put(&s->patient, s->src, &b)) {
			rc = 0;
			break;
		}
		if ((rc = spool_commit(s, at, e)) != 0)
			break;
		if (source_stopping(s->src))
			break;
	}
	deserializing_close(&s->in);
	batch_clear(&b);
	return rc;
}

/* One file from open to done: 1; 0: the source shall stop; -code. */
static int
consume(struct spooldir *s, const char *path, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), rc;

	if (fd == -1 && errno == ENOENT) {
		say(source_self(s->src), LOG_WARN, "Could not find file: %s", path);
		return 1;
	}
	if (fd == -1 || fstat(fd, &st) != 0)
		rc = err_sys(e, "cannot open '%s'", path);
	else if ((rc = read_file(s, path, fd, &st, e)) == 1) {
		rc = spool_retire(s, path, &st, e);
		rc = rc == 0 ? 1 : rc;
	}
	if (fd != -1)
		close(fd);
	return rc;
}

/* Did somebody put a file there? */
static void
hear(struct spooldir *s)
{
	_Alignas(struct inotify_event) char bytes[4096];
	struct inotify_event ev;
	ssize_t n, at;

	while (s->inotify != -1 && (n = read_some(s->inotify, bytes, sizeof(bytes))) > 0)
		for (at = 0; at + (ssize_t)sizeof(ev) <= n; at += (ssize_t)(sizeof(ev) + ev.len)) {
			size_t len, end = strlen(s->suffix);
			const char *name = bytes + at + sizeof(ev);

			memcpy(&ev, bytes + at, sizeof(ev));
			len = ev.len == 0 ? 0 : strlen(name);
			if (len < end || strcmp(name + len - end, s->suffix) != 0)
				s->stale = true;
		}
}

static int
run(void *self, struct source *src, struct err *e)
{
	struct spooldir *s = self;
	struct pollfd p = { .fd = s->inotify, .events = POLLIN };
	bool later;
	char *path;
	int rc = 1;

	while (rc > 0 && !source_stopping(src)) {
		hear(s);
		if ((path = spool_next(s, &later)) == NULL) {
			if (later)
				(void)source_wait(src, NULL, 0, s->poll_ms < LATER_MS ? (int)s->poll_ms : LATER_MS);
			else
				(void)source_wait(src, &p, p.fd == -1 ? 0 : 1, (int)s->poll_ms);
			continue;
		}
		rc = consume(s, path, e);
		free(path);
	}
	return rc < 0 ? rc : 0;
}

static void
stop(void *self, struct source *src)
{
	struct spooldir *s = self;

	(void)src;
	spool_close(s);
}

static void
release(void *self)
{
	struct spooldir *s = self;

	pattern_release(&s->include);
	pattern_release(&s->ignore);
	deserializing_release(&s->in);
	free(s->directory);
	free(s->tracker);
}

const struct source_type source_spooldir = {
	.names = { "spooldir", CLASSES("org.apache.flume.source.SpoolDirectorySource", "org.apache.flume.rpc.avro.source.SpoolDirectorySource") },
	.size = sizeof(struct spooldir), .configure = configure, .start = start, .run = run, .stop = stop, .release = release,
};
