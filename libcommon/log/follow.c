/*
 * follow.c - see follow.h.
 *
 * One inotify instance for all directories; a watch is on the inode, so two
 * tags may share one.  What every append does beside the log itself (indexes,
 * lock, recovery point) is taken from the queue and woken for no one.
 */
#include <sys/inotify.h>
#include <sys/queue.h>
#include <sys/tree.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/stop.h"
#include "log/follow.h"

#define WATCHED		(IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CLOSE_WRITE | \
			 IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR)
#define POLL_MS		500		/* without inotify */
#define BEHIND_MS	1000		/* with it: for events that never came */
#define BEHIND_TAGS	16		/* as many directories more, so much longer */
#define BEHIND_MAX_MS	30000

struct tag {
	int wd;				/* -1: polled only */
	int next;			/* tag of the same watch, -1: none */
	bool used, changed;
};

struct watch {
	RB_ENTRY(watch) entry;
	int wd;
	int first;			/* of its tags */
};
RB_HEAD(watch_tree, watch);

struct follow {
	int fd;				/* -1: polling */
	struct watch_tree watches;
	struct tag *tags;
	int ntags, cap, used, polled;
	int at;				/* follow_changed is here */
	bool all;			/* look at everything */
	char why[160];			/* it polls; "" it does not */
	bool said;
	struct pollfd *fds;
	unsigned fds_cap;
	int64_t last_all;		/* steady ms of the last "look at everything" */
	struct stop stop;
};

static int
by_wd(const struct watch *a, const struct watch *b)
{
	return (a->wd > b->wd) - (a->wd < b->wd);
}

RB_GENERATE_INTERNAL(watch_tree, watch, entry, by_wd, __attribute__((unused)) static)

const char *
follow_reason(int error)
{
	if (error == EMFILE)
		return "no inotify instance is left (fs.inotify.max_user_instances)";
	return error == ENOSPC ? "no inotify watch is left (fs.inotify.max_user_watches)" : strerror(error);
}

static void
degrade(struct follow *f, const char *what, int error)
{
	if (f->why[0] == '\0')
		(void)snprintf(f->why, sizeof(f->why), "%s: %s; looking twice a second instead", what, follow_reason(error));
}

struct follow *
follow_new(struct err *e)
{
	struct follow *f = calloc(1, sizeof(*f));

	if (f == NULL) {
		(void)err_set(e, ERR_NOMEM, "cannot wait for changes: no memory");
		return NULL;
	}
	RB_INIT(&f->watches);
	if ((f->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) == -1)
		degrade(f, "cannot be told of changes", errno);
	f->last_all = clock_steady_ns() / 1000000;
	return f;
}

void
follow_stop(struct follow *f, const volatile sig_atomic_t *flag)
{
	f->stop = (struct stop){ .flag = flag };
}

void
follow_free(struct follow *f)
{
	struct watch *w;

	if (f == NULL)
		return;
	while ((w = RB_MIN(watch_tree, &f->watches)) != NULL) {
		RB_REMOVE(watch_tree, &f->watches, w);
		free(w);
	}
	if (f->fd != -1)
		close(f->fd);
	free(f->tags);
	free(f->fds);
	free(f);
}

/* The watch of a number that the kernel gave, with the tag on it. */
static bool
enter_watch(struct follow *f, int wd, int tag)
{
	struct watch *w = RB_FIND(watch_tree, &f->watches, &(struct watch){ .wd = wd });

	if (w == NULL) {
		if ((w = malloc(sizeof(*w))) == NULL)
			return false;
		w->wd = wd;
		w->first = -1;
		RB_INSERT(watch_tree, &f->watches, w);
	}
	f->tags[tag].wd = wd;
	f->tags[tag].next = w->first;
	w->first = tag;
	return true;
}

static int
free_tag(struct follow *f)
{
	struct tag *p;
	int i, cap;

	if (f->used < f->ntags)
		for (i = 0; i < f->ntags; i++)
			if (!f->tags[i].used)
				return i;
	if (f->ntags == f->cap) {
		cap = f->cap == 0 ? 8 : f->cap * 2;
		if ((p = reallocarray(f->tags, (size_t)cap, sizeof(*p))) == NULL)
			return -1;
		f->tags = p;
		f->cap = cap;
	}
	return f->ntags++;
}

int
follow_add(struct follow *f, int dirfd)
{
	char path[64];
	const char *fs;
	int tag, wd = -1;

	if ((tag = free_tag(f)) == -1)
		return -1;
	f->tags[tag] = (struct tag){ .wd = -1, .next = -1, .used = true, .changed = true };
	f->used++;
	if (fs_is_network(dirfd, &fs))
		degrade(f, fs, ENOTSUP);
	else if (f->fd != -1) {
		(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", dirfd);
		if ((wd = inotify_add_watch(f->fd, path, WATCHED)) == -1)
			degrade(f, "cannot watch a directory", errno);
		else if (!enter_watch(f, wd, tag))
			degrade(f, "cannot watch a directory", ENOMEM);
	}
	if (f->tags[tag].wd == -1)
		f->polled++;
	return tag;
}

static void
leave_watch(struct follow *f, int tag)
{
	struct watch *w = RB_FIND(watch_tree, &f->watches, &(struct watch){ .wd = f->tags[tag].wd });
	int *p;

	if (w == NULL)
		return;
	for (p = &w->first; *p != -1; p = &f->tags[*p].next)
		if (*p == tag) {
			*p = f->tags[tag].next;
			break;
		}
	if (w->first != -1)
		return;
	(void)inotify_rm_watch(f->fd, w->wd);
	RB_REMOVE(watch_tree, &f->watches, w);
	free(w);
}

void
follow_drop(struct follow *f, int tag)
{
	if (tag < 0 || tag >= f->ntags || !f->tags[tag].used)
		return;
	if (f->tags[tag].wd != -1)
		leave_watch(f, tag);
	else
		f->polled--;
	f->tags[tag] = (struct tag){ .wd = -1, .next = -1 };
	f->used--;
}

static bool
ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && strcmp(s + n - m, end) == 0;
}

/* Written with every append, and nothing is to be read there that .log does not show. */
static bool
is_noise(const struct inotify_event *ev)
{
	if (ev->len == 0 || (ev->mask & (IN_MODIFY | IN_CLOSE_WRITE)) == 0)
		return false;
	if (ev->mask & IN_CLOSE_WRITE && ends_with(ev->name, ".log"))
		return true;
	return ends_with(ev->name, ".index") || ends_with(ev->name, ".timeindex") ||
	    strcmp(ev->name, "lock") == 0 || strcmp(ev->name, "recovery-point") == 0;
}

static bool
take_event(struct follow *f, const struct inotify_event *ev)
{
	struct watch *w;
	int t;

	if (ev->mask & IN_Q_OVERFLOW || ev->wd == -1) {
		f->all = true;
		return true;
	}
	if (is_noise(ev) || (w = RB_FIND(watch_tree, &f->watches, &(struct watch){ .wd = ev->wd })) == NULL)
		return false;
	for (t = w->first; t != -1; t = f->tags[t].next) {
		f->tags[t].changed = true;
		if (ev->mask & IN_IGNORED)
			f->tags[t].wd = -1;
	}
	if (ev->mask & IN_IGNORED) {
		for (t = w->first; t != -1; t = f->tags[t].next)
			f->polled++;
		RB_REMOVE(watch_tree, &f->watches, w);
		free(w);
	}
	return true;
}

/* Empties the queue; true: something that counts was in it. */
static bool
drain(struct follow *f)
{
	char buf[16 * (sizeof(struct inotify_event) + NAME_MAX + 1)]
	    __attribute__((aligned(__alignof__(struct inotify_event))));
	const struct inotify_event *ev;
	bool any = false;
	ssize_t n, at;

	while ((n = read_some(f->fd, buf, sizeof(buf))) > 0)
		for (at = 0; at < n; at += (ssize_t)(sizeof(*ev) + ev->len)) {
			ev = (const struct inotify_event *)(const void *)(buf + at);
			if (take_event(f, ev))
				any = true;
		}
	return any;
}

/* How long until everything must be looked at, events or none. */
static int64_t
behind(const struct follow *f, int64_t now)
{
	int64_t every = BEHIND_MS * (1 + f->used / BEHIND_TAGS), left;

	if (every > BEHIND_MAX_MS)
		every = BEHIND_MAX_MS;
	if (f->fd == -1 || f->polled > 0 || f->why[0] != '\0')
		every = POLL_MS;
	left = f->last_all + every - now;
	return left < 0 ? 0 : left;
}

static struct pollfd *
poll_set(struct follow *f, const struct pollfd *fds, unsigned n)
{
	struct pollfd *p;

	if (n + 1 > f->fds_cap) {
		if ((p = reallocarray(f->fds, n + 1, sizeof(*p))) == NULL)
			return NULL;
		f->fds = p;
		f->fds_cap = n + 1;
	}
	f->fds[0] = (struct pollfd){ .fd = f->fd, .events = POLLIN };
	if (n > 0)
		memcpy(f->fds + 1, fds, n * sizeof(*fds));
	return f->fds;
}

/* One wait, not beyond until; -2: look on. */
static int
wait_once(struct follow *f, int64_t until, struct pollfd *fds, unsigned n)
{
	int64_t now = clock_steady_ns() / 1000000, all = behind(f, now), ms = all;
	struct pollfd *set = poll_set(f, fds, n);
	int rc;

	if (until >= 0 && until - now < ms)
		ms = until > now ? until - now : 0;
	if (set == NULL)
		return -1;
	rc = stop_poll(&f->stop, set, n + 1, ms);
	if (rc == -1)
		return -1;
	if (n > 0)
		memcpy(fds, set + 1, n * sizeof(*fds));
	if (rc > 0 && set[0].revents != 0) {
		if (drain(f) || rc > 1)
			return 1;
		return -2;
	}
	if (rc > 0)
		return 1;
	now = clock_steady_ns() / 1000000;
	if (behind(f, now) == 0) {
		f->all = true;
		f->last_all = now;
		return 1;
	}
	return until >= 0 && now >= until ? 0 : -2;
}

int
follow_wait(struct follow *f, int64_t timeout_ms, struct pollfd *fds, unsigned n)
{
	int64_t until = timeout_ms < 0 ? -1 : clock_steady_ns() / 1000000 + timeout_ms;
	int rc;

	while ((rc = wait_once(f, until, fds, n)) == -2)
		;
	return rc;
}

int
follow_changed(struct follow *f)
{
	int i;

	if (f->all) {
		f->all = false;
		for (i = 0; i < f->ntags; i++)
			f->tags[i].changed = false;
		f->at = 0;
		return FOLLOW_ALL;
	}
	for (i = f->at; i < f->ntags; i++)
		if (f->tags[i].used && f->tags[i].changed) {
			f->tags[i].changed = false;
			f->at = i + 1;
			return i;
		}
	f->at = 0;
	return -1;
}

const char *
follow_degraded(struct follow *f)
{
	if (f->why[0] == '\0' || f->said)
		return NULL;
	f->said = true;
	return f->why;
}
