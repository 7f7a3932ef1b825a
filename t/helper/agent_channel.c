/*
 * agent_channel - the file channel's queue alone: what its crash tests drive.
 *
 *	agent_channel [options] DIR		in DIR/data and DIR/checkpoint
 *		-g P:N	puts events "P 1" ... "P N"
 *		-n N	a put, and a take (3)
 *		-e N	a take behind each N-th put (2)
 *		-a	no takes but at the end, then all that is there
 *		-u	a put is not synced
 *		-S N	maxFileSize
 *
 * On stdout, one write a transaction: "put V" for each event when its put is
 * committed, "out V" for each that was taken, before that is committed, and
 * "done V" after.
 */
#include <err.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/channels/disk.h"
#include "agent/log.h"
#include "base/io.h"

struct work {
	struct disk *disk;
	const char *prefix;
	long long count;
	size_t most;
	long long every;
	bool all;
};

static void
say_events(const char *word, const struct event *v, size_t n)
{
	struct buf out = BUF_INIT;
	size_t i;

	for (i = 0; i < n; i++)
		buf_printf(&out, "%s %.*s\n", word, (int)v[i].len, (const char *)v[i].body);
	if (out.failed || write_full(1, out.p, out.n, NULL) == -1)
		err(1, "stdout");
	buf_release(&out);
}

static int
put(struct work *w, long long from)
{
	struct batch b = BATCH_INIT;
	struct err e = ERR_INIT;
	struct span span;
	char text[64];
	size_t i;
	ssize_t rc;
	int len;

	for (i = 0; i < w->most && from + (long long)i <= w->count; i++) {
		len = snprintf(text, sizeof(text), "%s %lld", w->prefix, from + (long long)i);
		if (batch_add(&b, text, (size_t)len) == NULL)
			errx(1, "no memory");
	}
	span = (struct span){ .arena = b.arena, .v = b.v, .n = b.n };
	if ((rc = disk_put(w->disk, &span, &e)) < 0)
		warnx("%s", e.text);
	else
		say_events("put", b.v, b.n);
	batch_clear(&b);
	return rc < 0 ? -1 : 0;
}

/* How many were taken; -1: said why not. */
static ssize_t
take(struct work *w)
{
	struct take t = TAKE_INIT;
	struct err e = ERR_INIT;
	ssize_t n = disk_take(w->disk, &t, w->most, &e);

	if (n > 0) {
		say_events("out", t.v, t.n);
		if (disk_commit(w->disk, &t, &e) != 0)
			n = -1;
		else
			say_events("done", t.v, t.n);
	}
	if (n < 0)
		warnx("%s", e.text);
	take_release(&t);
	return n;
}

static int
run(struct work *w)
{
	long long at, puts = 0;
	ssize_t n = 0;

	for (at = 1; at <= w->count; at += (long long)w->most) {
		if (put(w, at) != 0)
			return 1;
		if (++puts % w->every == 0 && !w->all && take(w) < 0)
			return 1;
	}
	while (w->all && (n = take(w)) > 0)
		;
	return n < 0;
}

static void
open_queue(struct work *w, struct disk_opts *o, const char *dir)
{
	static struct component self = { .name = "c", .type = "agent_channel", .stop_fd = -1 };
	static char checkpoint[PATH_MAX], data[PATH_MAX];
	static const char *dirs[] = { data, NULL };
	struct err e = ERR_INIT;

	(void)snprintf(checkpoint, sizeof(checkpoint), "%s/checkpoint", dir);
	(void)snprintf(data, sizeof(data), "%s/data", dir);
	if ((self.log = log_open(2)) == NULL)
		errx(1, "no memory");
	o->checkpoint = checkpoint;
	o->data = data;
	o->dirs = dirs;
	o->channel = self.name;
	o->sync_ms = 1000;
	o->checkpoint_ms = 1;
	o->self = &self;
	if (disk_open(&w->disk, o, &e) != 0)
		errx(1, "%s", e.text);
}

int
main(int argc, char **argv)
{
	struct work w = { .prefix = "", .most = 3, .every = 2 };
	struct disk_opts o = { .sync_each = true, .segment_bytes = 1 << 20 };
	char *colon;
	int c, rc;

	while ((c = getopt(argc, argv, "g:n:e:auS:")) != -1)
		switch (c) {
		case 'g':
			if ((colon = strchr(optarg, ':')) == NULL)
				errx(2, "-g P:N");
			*colon = '\0';
			w.prefix = optarg;
			w.count = strtonum(colon + 1, 1, INT_MAX, NULL);
			break;
		case 'n': w.most = (size_t)strtonum(optarg, 1, INT_MAX, NULL); break;
		case 'e': w.every = strtonum(optarg, 1, INT_MAX, NULL); break;
		case 'a': w.all = true; break;
		case 'u': o.sync_each = false; break;
		case 'S': o.segment_bytes = strtonum(optarg, 1, INT_MAX, NULL); break;
		default: return 2;
		}
	if (optind != argc - 1)
		errx(2, "usage: agent_channel [options] DIR");
	open_queue(&w, &o, argv[optind]);
	rc = run(&w);
	disk_close(w.disk);
	log_close(o.self->log);
	return rc;
}
