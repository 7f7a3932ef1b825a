/*
 * logtool - one partition by the library alone: what the crash tests drive.
 *
 *	logtool create PARTITION
 *	logtool append [options] PARTITION	records are the lines of stdin
 *		-n N	records a batch (1)
 *		-g P:N	not stdin but N records "P 1" ... "P N"
 *		-v N	values padded to N bytes with dots
 *		-s	acks=all: a sync before each acknowledgement
 *		-t MS	sync each MS milliseconds in a thread of its own
 *		-S N	segment.bytes	-I N	index.interval.bytes	-M N	segment.ms
 *		-L	LogAppendTime
 *		-w MS	lock timeout
 *		-k	go on behind an error, with the same batch, until it is gone
 *		-m	longest wait of an append on stderr
 *		"ack OFFSET VALUE" on stdout for each, one write a batch
 *	logtool roll PARTITION
 *	logtool end PARTITION			log end offset
 *	logtool hold PARTITION			"held", and holds the writer's lock until it is ended
 *
 * PARTITION is a path whose last part is the partition's directory.
 */
#include <err.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/io.h"
#include "base/lock.h"
#include "codec/batch.h"
#include "log/appender.h"

struct opts {
	struct appender_opts a;
	int per_batch, pad, sync_ms;
	bool all, again, measure;
	char *generate;
};

struct source {				/* stdin, or made up */
	const char *prefix;
	long long at, count;
	int pad;
	char *line;
	size_t cap;
};

struct work {
	struct appender *ap;
	struct opts *o;
	struct buf acks;
	int64_t longest_ns;
	volatile bool done;
	int failed;
};

static long long
number(const char *s)
{
	return strtonum(s, 0, INT64_MAX, NULL);
}

static void
place(struct partdir *d, const char *path)
{
	char *copy = strdup(path), *slash;

	memset(d, 0, sizeof(*d));
	slash = strrchr(copy, '/');
	if (slash == NULL)
		errx(2, "%s: a partition has a directory above it", path);
	*slash = '\0';
	strlcpy(d->name, slash + 1, sizeof(d->name));
	(void)snprintf(d->label, sizeof(d->label), "t/%s", slash + 1);
	if ((d->holder = open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1)
		err(1, "%s", copy);
	free(copy);
}

static const char *
next_value(struct source *s, size_t *n)
{
	ssize_t r;
	int len;

	if (s->prefix == NULL) {
		if ((r = getline(&s->line, &s->cap, stdin)) <= 0)
			return NULL;
		*n = (size_t)r - (s->line[r - 1] == '\n');
		return s->line;
	}
	if (s->at == s->count)
		return NULL;
	if (s->line == NULL) {
		s->cap = (size_t)s->pad + 64;
		if ((s->line = malloc(s->cap)) == NULL)
			err(1, NULL);
	}
	memset(s->line, '.', s->cap);
	len = snprintf(s->line, s->cap, "%s %lld ", s->prefix, ++s->at);
	s->line[len] = '.';
	*n = len > s->pad ? (size_t)len - 1 : (size_t)s->pad;
	return s->line;
}

static void
say_acks(struct work *w, int64_t base)
{
	const char *line = (const char *)w->acks.p, *end = line + w->acks.n, *nl;
	struct buf out = BUF_INIT;

	/* The values wait in acks; their offsets are known now. */
	for (; line < end; line = nl + 1) {
		nl = memchr(line, '\n', (size_t)(end - line));
		buf_printf(&out, "ack %" PRId64 " %.*s\n", base++, (int)(nl - line), line);
	}
	if (out.failed || write_full(1, out.p, out.n, NULL) == -1)
		err(1, "stdout");
	buf_release(&out);
	buf_clear(&w->acks);
}

static int
send(struct work *w, struct batch_builder *b)
{
	struct batch_how how = BATCH_HOW_PLAIN;
	struct appended res;
	struct slice bytes;
	struct err e = ERR_INIT;
	int64_t start;
	int rc;

	if (b->count == 0)
		return 0;
	if (batch_seal(b, &how, &bytes, &e) != 0)
		errx(1, "%s", e.text);
	for (;;) {
		start = clock_steady_ns();
		rc = appender_append(w->ap, (void *)(uintptr_t)bytes.p, bytes.n, &res, &e);
		start = clock_steady_ns() - start;
		if (start > w->longest_ns)
			w->longest_ns = start;
		if (rc == 0)
			break;
		warnx("%s", e.text);
		if (!w->o->again || rc == -ERR_GONE || rc == -ERR_TOOBIG)
			return rc;
	}
	batch_builder_clear(b);
	if (w->o->all && (rc = appender_sync(w->ap, &e)) != 0) {
		warnx("%s", e.text);
		return rc;
	}
	say_acks(w, res.base_offset);
	return 0;
}

static void *
sync_now_and_then(void *arg)
{
	struct work *w = arg;
	struct timespec ts = { .tv_sec = w->o->sync_ms / 1000, .tv_nsec = w->o->sync_ms % 1000 * 1000000L };
	struct err e = ERR_INIT;

	while (!w->done) {
		nanosleep(&ts, NULL);
		if (appender_dirty(w->ap) && appender_sync(w->ap, &e) != 0) {
			warnx("%s", e.text);
			w->failed = 1;
		}
	}
	return NULL;
}

static int
feed(struct work *w, struct source *s)
{
	struct batch_builder b;
	struct record r = RECORD_INIT;
	const char *v;
	size_t n;
	int rc = 0;

	batch_builder_init(&b, 64 << 20, w->o->per_batch);
	while (rc == 0 && (v = next_value(s, &n)) != NULL) {
		r.value = SLICE_OF(v, n);
		r.timestamp = clock_wall_ms();
		if (batch_builder_add(&b, &r) != 0)
			errx(1, "record does not fit");
		buf_put(&w->acks, v, n);
		buf_putc(&w->acks, '\n');
		if (b.count == w->o->per_batch)
			rc = send(w, &b);
	}
	if (rc == 0)
		rc = send(w, &b);
	batch_builder_release(&b);
	return rc;
}

static int
cmd_append(struct partdir *d, struct opts *o)
{
	struct work w = { .o = o, .acks = BUF_INIT };
	struct source s = { .pad = o->pad };
	struct err e = ERR_INIT;
	pthread_t t;
	char *colon;
	int rc;

	if (o->generate != NULL && (colon = strchr(o->generate, ':')) != NULL) {
		s.count = number(colon + 1);
		*colon = '\0';
		s.prefix = o->generate;
	}
	if (appender_open(&w.ap, d, &o->a, &e) != 0)
		errx(1, "%s", e.text);
	if (o->sync_ms > 0 && pthread_create(&t, NULL, sync_now_and_then, &w) != 0)
		errx(1, "no thread");
	rc = feed(&w, &s);
	w.done = true;
	if (o->sync_ms > 0)
		pthread_join(t, NULL);
	if (appender_sync(w.ap, &e) != 0) {
		warnx("%s", e.text);
		rc = -1;
	}
	appender_close(w.ap);
	if (o->measure)
		fprintf(stderr, "longest %.1f ms\n", (double)w.longest_ns / 1e6);
	return rc != 0 || w.failed;
}

static int
cmd_roll(struct partdir *d, struct opts *o)
{
	struct appender *ap;
	struct err e = ERR_INIT;

	if (appender_open(&ap, d, &o->a, &e) != 0 || appender_roll(ap, &e) != 0)
		errx(1, "%s", e.text);
	appender_close(ap);
	return 0;
}

/* Holds the writer's byte until it is ended. */
static int
cmd_hold(struct partdir *d)
{
	struct lock l = LOCK_INIT;
	struct err e = ERR_INIT;
	int dirfd = partdir_open(d), fd = open_at(dirfd, "lock", O_RDWR, 0);

	if (fd == -1 || lock_take(&l, fd, LOCK_BYTE_WRITER, 0, NULL, "lock", &e) != 0)
		errx(1, "cannot hold: %s", e.text);
	puts("held");
	fflush(stdout);
	for (;;)
		pause();
}

static int
cmd_end(struct partdir *d)
{
	struct err e = ERR_INIT;
	int64_t next, active;

	if (log_end_peek(d, &next, &active, &e) != 0)
		errx(1, "%s", e.text);
	printf("%" PRId64 "\n", next);
	return 0;
}

static void
option(struct opts *o, int c, char *arg)
{
	struct log_config *f = &o->a.conf;

	switch (c) {
	case 'n':	o->per_batch = (int)number(arg);				break;
	case 'g':	o->generate = arg;					break;
	case 'v':	o->pad = (int)number(arg);				break;
	case 's':	o->all = true;						break;
	case 't':	o->sync_ms = (int)number(arg);				break;
	case 'S':	f->segment_bytes = number(arg);				break;
	case 'I':	f->index_interval_bytes = number(arg);			break;
	case 'M':	f->segment_ms = number(arg);				break;
	case 'L':	f->timestamp_type = TIMESTAMP_LOG_APPEND;		break;
	case 'w':	o->a.lock_timeout_ms = number(arg);			break;
	case 'k':	o->again = true;					break;
	case 'm':	o->measure = true;					break;
	default:	exit(2);
	}
}

int
main(int argc, char **argv)
{
	struct opts o = { .per_batch = 1, .a = { .lock_timeout_ms = 30000, .conf = { .segment_bytes = 1 << 30,
	    .segment_ms = 604800000, .segment_index_bytes = 10 << 20, .index_interval_bytes = 4096,
	    .max_message_bytes = 64 << 20 } } };
	struct partdir d;
	struct err e = ERR_INIT;
	const char *cmd = argc > 1 ? argv[1] : "";
	int c;

	signal(SIGXFSZ, SIG_IGN);
	std_fds_open();
	argc--;
	argv++;
	while (strcmp(cmd, "append") == 0 && (c = getopt(argc, argv, "n:g:v:st:S:I:M:Lw:km")) != -1)
		option(&o, c, optarg);
	if (optind != argc - 1)
		errx(2, "usage: logtool create|append|roll|end|hold [options] PARTITION");
	place(&d, argv[optind]);
	if (strcmp(cmd, "create") == 0) {
		if (partdir_create(&d, 0755, &e) != 0)
			errx(1, "%s", e.text);
		if (fsync_dir(d.holder) == -1)
			err(1, "sync");
		return 0;
	}
	if (strcmp(cmd, "append") == 0)
		return cmd_append(&d, &o);
	if (strcmp(cmd, "roll") == 0)
		return cmd_roll(&d, &o);
	if (strcmp(cmd, "end") == 0)
		return cmd_end(&d);
	if (strcmp(cmd, "hold") == 0)
		return cmd_hold(&d);
	errx(2, "unknown: %s", cmd);
}
