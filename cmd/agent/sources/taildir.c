/*
 * taildir.c - follows files: each line that is written to one is an event.
 *
 * inotify says when to look; a look stats the files that are known, and lists
 * directories that changed.  Where it says nothing (a link to elsewhere, a
 * network), the poll of maxBackoffSleep is behind it.
 */
#include <sys/inotify.h>
#include <errno.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/sources/taildir.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/tree.h"

#define RETRY_MOST_MS	5000
#define LONGEST		(16 << 20)

static int64_t
now_ms(void)
{
	return clock_steady_ns() / 1000000;
}

/* Positions, when it is time to. */
static void
save_due(void *self)
{
	struct taildir *t = self;

	if (t->dirty && now_ms() - t->written_ms >= t->write_ms)
		taildir_save(t);
}

/* The path as it is from the root. */
static char *
absolute(const char *path)
{
	char cwd[PATH_MAX], *out = NULL;

	if (path[0] == '/' || getcwd(cwd, sizeof(cwd)) == NULL)
		return strdup(path);
	return asprintf(&out, "%s/%s", cwd, path) == -1 ? NULL : out;
}

static void
configure_group(struct tail_group *g, struct context *c, const char *name)
{
	char key[256], *path, *slash;
	const char *value;

	if (strlcpy(key, "filegroups.", sizeof(key)) >= sizeof(key) || strlcat(key, name, sizeof(key)) >= sizeof(key)) {
		ctx_error(c, "filegroups", "the name of a group is too long: %s", name);
		return;
	}
	g->name = name;
	value = ctx_need(c, key);
	if ((path = absolute(value)) == NULL || (slash = strrchr(path, '/')) == NULL || slash[1] == '\0') {
		if (*value != '\0')
			ctx_error(c, key, "'%s' is not a directory, a '/' and a regular expression for the names there", value);
		free(path);
		return;
	}
	pattern_read_whole(&g->pattern, c, key, slash + 1);
	slash[slash == path] = '\0';
	g->directory = path;
}

/* headers.GROUP.NAME = VALUE */
static void
configure_headers(struct taildir *t, struct context *c)
{
	const char *rest, *value, *dot;
	struct tail_header *h;
	size_t at = 0, i;

	while (ctx_each(c, "headers.", &at, &rest, &value)) {
		dot = strchr(rest, '.');
		for (i = 0; dot != NULL && i < t->ngroups; i++)
			if (strncmp(t->groups[i].name, rest, (size_t)(dot - rest)) == 0 && t->groups[i].name[dot - rest] == '\0')
				break;
		if (dot == NULL || i == t->ngroups) {
			ctx_warn(c, NULL, "headers.%s is of none of the filegroups", rest);
			continue;
		}
		if ((h = reallocarray(t->groups[i].headers, t->groups[i].nheaders + 1, sizeof(*h))) == NULL)
			return ctx_error(c, NULL, "no memory");
		t->groups[i].headers = h;
		h[t->groups[i].nheaders++] = (struct tail_header){ .name = dot + 1, .value = value };
	}
}

static char *
position_file(struct context *c)
{
	const char *said = ctx_str(c, "positionFile", NULL), *home = getenv("HOME");
	const struct passwd *pw = home == NULL || *home == '\0' ? getpwuid(getuid()) : NULL;
	char *path = NULL;

	if (said != NULL)
		return strdup(said);
	if (pw != NULL)
		home = pw->pw_dir;
	return asprintf(&path, "%s/.flume/taildir_position.json", home == NULL ? "" : home) == -1 ? NULL : path;
}

static void
configure(void *self, struct context *c)
{
	struct taildir *t = self;
	struct words names;
	size_t i;

	t->inotify = -1;
	t->patient = (struct patient){ .most_ms = RETRY_MOST_MS, .waits = save_due, .arg = t };
	(void)ctx_need(c, "filegroups");
	names = ctx_words(c, "filegroups", " \t");
	if (names.n > 0 && (t->groups = calloc(names.n, sizeof(*t->groups))) != NULL)
		for (i = 0; i < names.n; i++)
			configure_group(&t->groups[t->ngroups++], c, names.v[i]);
	configure_headers(t, c);
	if ((t->position_file = position_file(c)) != NULL)
		ctx_owns(c, "positionFile", t->position_file, false, "each would write over the other's positions, and lines come again at the next start");
	t->batch = ctx_int(c, "batchSize", 100, 1, INT32_MAX);
	t->max_batches = ctx_int_or(c, "maxBatchCount", INT64_MAX, 1, INT64_MAX);
	t->idle_ms = ctx_int(c, "idleTimeout", 120000, 0, INT32_MAX);
	t->write_ms = ctx_int(c, "writePosInterval", 3000, 1, INT32_MAX);
	t->step_ms = ctx_int(c, "backoffSleepIncrement", 1000, 1, INT32_MAX);
	t->most_ms = ctx_int(c, "maxBackoffSleep", 5000, 1, INT32_MAX);
	t->longest = ctx_int(c, "maxLineLength", LONGEST, 1, INT32_MAX / 2);
	t->offset_header = ctx_bool(c, "byteOffsetHeader", false);
	t->skip_to_end = ctx_bool(c, "skipToEnd", false);
	t->cache = ctx_bool(c, "cachePatternMatching", true);
	t->file_key = ctx_str(c, "fileHeaderKey", "file");
	if (!ctx_bool(c, "fileHeader", false))
		t->file_key = NULL;
	ctx_batch(c, t->batch);
}

/* The directories above the position file. */
static int
make_parents(const char *path, struct err *e)
{
	char *copy = strdup(path), *slash;

	if (copy == NULL)
		return err_set(e, ERR_NOMEM, "no memory");
	for (slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0777) != 0 && errno != EEXIST) {
			(void)err_sys(e, "cannot make directory '%s' for the position file", copy);
			free(copy);
			return -e->code;
		}
		*slash = '/';
	}
	free(copy);
	return 0;
}

static int
start(void *self, struct source *src, struct err *e)
{
	struct taildir *t = self;
	int rc;

	t->src = src;
	if ((rc = make_parents(t->position_file, e)) != 0)
		return rc;
	t->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if ((rc = taildir_look(t, true, e)) != 0) {
		taildir_files_release(t);
		if (t->inotify != -1)
			close(t->inotify);
		t->inotify = -1;
		return rc;
	}
	taildir_restore(t);
	t->written_ms = now_ms();
	return 0;
}

/* What is new in a file, batch for batch.  True: there is more, but others come first. */
static bool
follow(struct taildir *t, struct tail_file *f, bool last)
{
	struct batch b = BATCH_INIT;
	struct err e = ERR_INIT;
	int64_t next, done = 0;
	int more = 1;

	while (more > 0 && done < t->max_batches && !source_stopping(t->src)) {
		if ((more = tail_read(t, f, last, &b, &next, &e)) < 0) {
			say(source_self(t->src), LOG_ERROR, "Unable to tail files: %s", e.text);
			source_count(t->src, EVENT_READ_FAIL, 1);
			batch_clear(&b);
			return false;
		}
		if (b.n == 0)
			break;
		if (!patient_put(&t->patient, t->src, &b))
			break;
		tail_advance(t, f, next);
		save_due(t);
		done++;
	}
	batch_clear(&b);
	return more > 0 && done == t->max_batches;
}

/* Is there something new?  st: as the file is now; -1: nothing leads to it, and it is not open. */
static int
look_at(struct tail_file *f, struct stat *st)
{
	bool grown;

	if ((f->fd != -1 ? fstat(f->fd, st) : stat(f->path, st)) != 0 || st->st_ino != f->ino || st->st_dev != f->dev)
		return -1;
	grown = st->st_mtim.tv_sec != f->mtime.tv_sec || st->st_mtim.tv_nsec != f->mtime.tv_nsec;
	if (grown) {
		f->mtime = st->st_mtim;
		f->grown_ms = now_ms();
	}
	return grown || st->st_size != f->pos;
}

/* Whatever was not written to for so long is closed; a last line without its newline goes out then. */
static void
close_idle(struct taildir *t, struct tail_file *f)
{
	if (f->fd == -1 || now_ms() - f->grown_ms < t->idle_ms)
		return;
	(void)follow(t, f, true);
	if (source_stopping(t->src))
		return;
	close(f->fd);
	f->fd = -1;
	say(source_self(t->src), LOG_INFO, "Closed file: %s, inode: %llu, pos: %lld", f->path, (unsigned long long)f->ino, (long long)f->pos);
}

static void
say_partial(struct taildir *t, struct tail_file *f)
{
	struct stat st;

	if (f->partial_said || f->fd == -1 || fstat(f->fd, &st) != 0 || st.st_size <= f->pos)
		return;
	f->partial_said = true;
	say(source_self(t->src), LOG_INFO, "Backing off in file without newline: %s, inode: %llu, pos: %lld", f->path, (unsigned long long)f->ino,
	    (long long)st.st_size);
}

/* All files once.  True: some have more. */
static bool
go_round(struct taildir *t)
{
	struct tail_file *f;
	struct stat st;
	bool more = false;
	size_t i;
	int rc;

	for (i = 0; i < t->nfiles && !source_stopping(t->src); i++) {
		f = t->files[i];
		if ((rc = look_at(f, &st)) > 0 && tail_open(t, f) == 0) {
			tail_verify(t, f, &st);
			if (follow(t, f, false))
				more = true;
			else
				say_partial(t, f);
		}
		close_idle(t, f);
		if (f->fd == -1 && !f->matched)
			taildir_forget(t, i--);
	}
	return more;
}

/* What inotify said: which directories are to be listed again. */
static void
hear(struct taildir *t)
{
	_Alignas(struct inotify_event) char bytes[16384];
	struct inotify_event ev;
	ssize_t n, at;
	size_t i;

	while (t->inotify != -1 && (n = read_some(t->inotify, bytes, sizeof(bytes))) > 0)
		for (at = 0; at + (ssize_t)sizeof(ev) <= n; at += (ssize_t)(sizeof(ev) + ev.len)) {
			memcpy(&ev, bytes + at, sizeof(ev));
			if ((ev.mask & (IN_MODIFY | IN_CLOSE_WRITE)) == 0)
				for (i = 0; i < t->ngroups; i++)
					t->groups[i].stale = true;
		}
}

/* How long nobody need look: a step more each time that nothing was said, until positions are due. */
static int
pause_ms(const struct taildir *t, int64_t quiet)
{
	int64_t ms = quiet * t->step_ms < t->most_ms ? quiet * t->step_ms : t->most_ms, due = t->written_ms + t->write_ms - now_ms();

	if (t->dirty && due < ms)
		ms = due < 0 ? 0 : due;
	return (int)ms;
}

static int
run(void *self, struct source *src, struct err *e)
{
	struct taildir *t = self;
	struct pollfd p = { .fd = t->inotify, .events = POLLIN };
	struct err why = ERR_INIT;
	int64_t quiet = 1;
	bool more;

	(void)e;
	while (!source_stopping(src)) {
		hear(t);
		if (taildir_look(t, false, &why) != 0)
			say(source_self(src), LOG_ERROR, "Unable to tail files: %s", why.text);
		more = go_round(t);
		save_due(t);
		if (more)
			continue;
		quiet = source_wait(src, &p, p.fd == -1 ? 0 : 1, pause_ms(t, quiet)) > 0 ? 1 : quiet + 1;
	}
	return 0;
}

static void
stop(void *self, struct source *src)
{
	struct taildir *t = self;

	(void)src;
	taildir_save(t);
	taildir_files_release(t);
	if (t->inotify != -1)
		close(t->inotify);
	t->inotify = -1;
}

static void
release(void *self)
{
	struct taildir *t = self;
	size_t i;

	for (i = 0; i < t->ngroups; i++) {
		pattern_release(&t->groups[i].pattern);
		free((void *)(uintptr_t)t->groups[i].directory);
		free(t->groups[i].headers);
	}
	free(t->groups);
	free((void *)(uintptr_t)t->position_file);
}

const struct source_type source_taildir = {
	.names = { "taildir", CLASSES("org.apache.flume.source.taildir.TaildirSource") },
	.size = sizeof(struct taildir), .restart = true, .configure = configure, .start = start, .run = run, .stop = stop, .release = release,
};
