/*
 * file.c - the durable channel: a queue on disk (disk.h) with Flume's limits.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "agent/channels/disk.h"
#include "base/clock.h"

enum { UNHEALTHY, OPEN, CLOSED, PUT_ERROR, TAKE_ERROR, CHECKPOINT_ERROR, BACKUP_ERROR };
static const char *const counted[] = { "Unhealthy", "?Open", "Closed", "EventPutErrorCount", "EventTakeErrorCount",
	"CheckpointWriteErrorCount", "CheckpointBackupWriteErrorCount", NULL };

struct file {
	struct disk_opts o;
	struct disk *disk;
	int64_t capacity, transaction, keep_alive_ns;
	pthread_mutex_t lock;
	pthread_cond_t room;
	int64_t promised;		/* events of puts under way */
};

static void
configure(void *self, struct context *c)
{
	struct file *f = self;

	f->capacity = ctx_int(c, "capacity", 1000000, 1, INT64_MAX);
	f->transaction = ctx_int(c, "transactionCapacity", 10000, 1, INT32_MAX);
	f->keep_alive_ns = ctx_int(c, "keep-alive", 3, 0, INT32_MAX) * 1000000000;
	if (f->transaction > f->capacity) {
		if (ctx_str(c, "transactionCapacity", NULL) != NULL)
			ctx_error(c, "transactionCapacity", "%lld is more than the capacity, %lld", (long long)f->transaction,
			    (long long)f->capacity);
		f->transaction = f->capacity;
	}
	ctx_capacity(c, f->capacity, f->transaction);
	disk_configure(&f->o, c);
}

static int
start(void *self, struct channel *ch, struct err *e)
{
	struct file *f = self;
	struct counters *n = channel_self(ch)->counters;
	pthread_condattr_t attr;
	int rc;

	f->o.self = channel_self(ch);
	counter_set(n, CHANNEL_COUNTERS + UNHEALTHY, 0);
	if ((rc = disk_open(&f->disk, &f->o, e)) != 0) {
		counter_set(n, CHANNEL_COUNTERS + UNHEALTHY, 1);
		return rc;
	}
	pthread_mutex_init(&f->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&f->room, &attr);
	pthread_condattr_destroy(&attr);
	f->promised = 0;
	counter_set(n, CHANNEL_COUNTERS + OPEN, 1);
	counter_set(n, CHANNEL_COUNTERS + CLOSED, 0);
	say(f->o.self, LOG_INFO, "Queue Size after replay: %lld [channel=%s]", (long long)disk_events(f->disk), f->o.channel);
	return 0;
}

static void
stop(void *self, struct channel *ch)
{
	struct file *f = self;
	struct counters *n = channel_self(ch)->counters;

	disk_close(f->disk);
	f->disk = NULL;
	pthread_cond_destroy(&f->room);
	pthread_mutex_destroy(&f->lock);
	counter_set(n, CHANNEL_COUNTERS + OPEN, 0);
	counter_set(n, CHANNEL_COUNTERS + CLOSED, 1);
}

/* Until `least` events have room: how many of n are promised it, or -code. */
static ssize_t
wait_for_room(struct file *f, size_t n, size_t least, const atomic_bool *stopping, struct err *e)
{
	int64_t until = clock_steady_ns() + f->keep_alive_ns, room;
	struct timespec ts = { .tv_sec = until / 1000000000, .tv_nsec = until % 1000000000 };
	ssize_t rc = 0;

	pthread_mutex_lock(&f->lock);
	while ((room = f->capacity - disk_events(f->disk) - f->promised) < (int64_t)least && rc == 0) {
		if (atomic_load(stopping))
			rc = err_set(e, ERR_INTR, "the source stops");
		else if (clock_steady_ns() >= until)
			rc = err_set(e, ERR_BUSY, "The channel has reached it's capacity. This might be the result of a sink on the channel "
			    "having too low of batch size, a downstream system running slower than normal, or that the channel capacity is "
			    "just too low. [channel=%s]", f->o.channel);
		else
			(void)pthread_cond_timedwait(&f->room, &f->lock, &ts);
	}
	if (rc == 0) {
		rc = room < (int64_t)n ? (ssize_t)room : (ssize_t)n;
		f->promised += rc;
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}

static void
wake_putters(struct file *f, int64_t kept)
{
	pthread_mutex_lock(&f->lock);
	f->promised -= kept;
	pthread_cond_broadcast(&f->room);
	pthread_mutex_unlock(&f->lock);
}

static ssize_t
put(void *self, struct channel *ch, const struct span *s, size_t least, const atomic_bool *stopping, struct err *e)
{
	struct file *f = self;
	struct span some = *s;
	ssize_t n;

	if ((int64_t)least > f->transaction)
		return err_set(e, ERR_TOOBIG, "Put queue for FileBackedTransaction of capacity %lld full, consider committing more frequently, "
		    "increasing capacity or increasing thread count. [channel=%s]", (long long)f->transaction, f->o.channel);
	if ((n = wait_for_room(f, s->n > (size_t)f->transaction ? (size_t)f->transaction : s->n, least, stopping, e)) <= 0)
		return n;
	some.n = (size_t)n;
	n = disk_put(f->disk, &some, e);
	wake_putters(f, (int64_t)some.n);
	if (n < 0)
		counter_add(channel_self(ch)->counters, CHANNEL_COUNTERS + PUT_ERROR, 1);
	return n;
}

static void
nudge(void *self)
{
	struct file *f = self;

	if (f->disk != NULL)
		wake_putters(f, 0);
}

static ssize_t
take(void *self, struct channel *ch, struct take *t, size_t max, struct err *e)
{
	struct file *f = self;
	ssize_t n = disk_take(f->disk, t, max > (size_t)f->transaction ? (size_t)f->transaction : max, e);

	if (n < 0)
		counter_add(channel_self(ch)->counters, CHANNEL_COUNTERS + TAKE_ERROR, 1);
	return n;
}

static int
commit(void *self, struct channel *ch, struct take *t, struct err *e)
{
	struct file *f = self;
	int rc = disk_commit(f->disk, t, e);

	(void)ch;
	wake_putters(f, 0);
	return rc;
}

static void
rollback(void *self, struct channel *ch, struct take *t)
{
	(void)ch;
	disk_rollback(((struct file *)self)->disk, t);
}

static bool
ready(void *self)
{
	struct file *f = self;

	return f->disk != NULL && disk_ready(f->disk);
}

static void
level(void *self, int64_t *size, int64_t *capacity)
{
	struct file *f = self;

	*capacity = f->capacity;
	if (f->disk != NULL)
		*size = disk_events(f->disk);
}

const struct channel_type channel_file = {
	.names = { "file", CLASSES("org.apache.flume.channel.file.FileChannel") },
	.size = sizeof(struct file), .counters = counted, .configure = configure, .start = start, .stop = stop,
	.put = put, .nudge = nudge, .take = take, .commit = commit, .rollback = rollback, .ready = ready, .level = level,
};
