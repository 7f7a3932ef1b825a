/*
 * Threads that work on batches while the next one gathers.  A ring:
 *
 *	first .. next .. last
 *
 * The thread that puts fills at last; packers take the FILLED one at next, in
 * order, and make it SEALED.  With compression the thread that puts appends
 * from first on.  Without, there is one packer, and it appends as well, which
 * takes the longest then: APPENDED; where that fails it stalls, and the thread
 * that puts, which may wait for room, takes over.
 *
 * While the ring holds anything that a packer may append, the job-control stop
 * signals are blocked in all threads, so none stops with a partition's lock.
 */
#include "backend/local_producer.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>

#include "codec/compress.h"

#define RING		5
#define PLAIN_RING	3		/* plain batches go on while they are in the cache */
#define PACKERS_MAX	4
#define STACK_BYTES	(512 * 1024)
#define WORTH_BATCHES	1
#define WORTH_BYTES	(64 * 1024)
#define PLAIN_BYTES	(256 * 1024)

enum job_state { FREE, FILLED, WORKING, SEALED, APPENDED };

struct job {
	enum job_state state;
	struct part *part;
	struct batch_builder b;
	size_t size;			/* plain bytes */
	struct slice batch;		/* when SEALED and rc 0 */
	struct appended res;		/* when APPENDED */
	int rc;
	struct err why;
};

struct packers {
	pthread_mutex_t mutex;
	pthread_cond_t filled, sealed;
	struct job ring[RING];
	unsigned first, last;		/* numbers that only rise; job N is ring[N % RING] */
	unsigned next;			/* to be taken by a packer */
	unsigned depth;			/* at most so many at a time */
	size_t bytes;			/* plain, in the ring */
	bool quit;
	bool appends;			/* the one packer does, too */
	bool stalled;			/* it could not; takes nothing until that is over */
	bool held;			/* stop signals are blocked, and were not before: */
	sigset_t before;
	unsigned n;
	pthread_t thread[PACKERS_MAX];
	struct compressor *comp[PACKERS_MAX];
	unsigned started;		/* packers that took their compressor */
};

static void *
packer_main(void *arg)
{
	struct packers *pk = arg;
	struct batch_how how = BATCH_HOW_PLAIN;
	struct job *j;
	bool done;

	pthread_mutex_lock(&pk->mutex);
	how.comp = pk->comp[pk->started++];
	for (;;) {
		while (!pk->quit && (pk->next == pk->last || pk->stalled))
			pthread_cond_wait(&pk->filled, &pk->mutex);
		if (pk->quit)
			break;
		j = &pk->ring[pk->next++ % RING];
		j->state = WORKING;
		pthread_mutex_unlock(&pk->mutex);
		j->rc = batch_seal(&j->b, &how, &j->batch, &j->why);
		done = j->rc == 0 && pk->appends &&
		    appender_append(j->part->ap, (void *)(uintptr_t)j->batch.p, j->batch.n, &j->res, &j->why) == 0;
		pthread_mutex_lock(&pk->mutex);
		j->state = done ? APPENDED : SEALED;
		pk->stalled = pk->appends && !done;
		pthread_cond_signal(&pk->sealed);
	}
	pthread_mutex_unlock(&pk->mutex);
	return NULL;
}

/* A second processor, more than a batch of input, and nothing that must be on disk before the next. */
bool
packers_worth(const struct producer *p, const struct part *part)
{
	cpu_set_t cpus;

	if (p->sync_each || p->st.batches < WORTH_BATCHES || part->b.b.n < (p->comp == NULL ? PLAIN_BYTES : WORTH_BYTES))
		return false;
	return sched_getaffinity(0, sizeof(cpus), &cpus) == 0 && CPU_COUNT(&cpus) > 1;
}

static unsigned
processors(void)
{
	cpu_set_t cpus;
	int n = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1;

	return n > PACKERS_MAX ? PACKERS_MAX : (unsigned)n;
}

int
packers_start(struct producer *p, struct err *e)
{
	struct packers *pk = calloc(1, sizeof(*pk));
	enum codec codec = p->comp == NULL ? CODEC_NONE : compressor_codec(p->comp);
	unsigned i, n = p->comp == NULL ? 1 : processors();
	pthread_attr_t attr;
	sigset_t all, old;
	int rc = 0;

	if (pk == NULL)
		return err_set(e, ERR_NOMEM, "no memory to compress");
	pthread_mutex_init(&pk->mutex, NULL);
	pthread_cond_init(&pk->filled, NULL);
	pthread_cond_init(&pk->sealed, NULL);
	for (i = 0; i < RING; i++)
		batch_builder_init(&pk->ring[i].b, p->hard, BATCH_RECORDS_MAX);
	pk->appends = p->comp == NULL;
	pk->depth = pk->appends ? PLAIN_RING : RING;
	p->packers = pk;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	for (i = 0; i < n; i++) {
		if (i == 0) {
			pk->comp[0] = p->comp;
			p->comp = NULL;
		} else if ((rc = compressor_new(&pk->comp[i], codec, p->level, e)) != 0)
			break;
		if (pthread_create(&pk->thread[i], &attr, packer_main, pk) != 0) {
			if (i == 0)
				rc = err_set(e, ERR_NOMEM, "no thread to compress in");
			break;
		}
		pk->n++;
	}
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return pk->n > 0 ? 0 : rc;
}

static void
stop_signals(struct packers *pk, bool hold)
{
	sigset_t set;

	if (!pk->appends || pk->held == hold)
		return;
	pk->held = hold;
	if (!hold) {
		pthread_sigmask(SIG_SETMASK, &pk->before, NULL);
		return;
	}
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	sigaddset(&set, SIGTTIN);
	sigaddset(&set, SIGTTOU);
	pthread_sigmask(SIG_BLOCK, &set, &pk->before);
}

static bool
stop_is_pending(const struct packers *pk)
{
	sigset_t set;

	return pk->held && sigpending(&set) == 0 &&
	    (sigismember(&set, SIGTSTP) || sigismember(&set, SIGTTIN) || sigismember(&set, SIGTTOU));
}

/* Gives the first place of the ring back. */
static void
leave(struct packers *pk, struct job *j)
{
	batch_builder_clear(&j->b);
	if (j->size > KEEP_BYTES)
		batch_builder_release(&j->b);
	pk->bytes -= j->size;
	j->part->packed -= pk->appends;
	pthread_mutex_lock(&pk->mutex);
	j->state = FREE;
	pk->first++;
	if (pk->stalled) {
		pk->stalled = false;
		pthread_cond_signal(&pk->filled);
	}
	pthread_mutex_unlock(&pk->mutex);
	if (pk->first == pk->last)
		stop_signals(pk, false);
}

/* The first batch, once it is sealed: appended, if it was not, and acknowledged. */
static int
finish_first(struct producer *p, struct err *e)
{
	struct packers *pk = p->packers;
	struct job *j = &pk->ring[pk->first % RING];
	int rc;

	pthread_mutex_lock(&pk->mutex);
	while (j->state != SEALED && j->state != APPENDED)
		pthread_cond_wait(&pk->sealed, &pk->mutex);
	pthread_mutex_unlock(&pk->mutex);
	if (j->state == APPENDED)
		rc = part_appended(p, j->part, j->batch, j->b.count, &j->res, e);
	else if (j->rc == 0) {
		stop_signals(pk, false);
		rc = part_append(p, j->part, j->batch, j->b.count, e);
	} else {
		*e = j->why;
		rc = producer_fail(p, e);
	}
	if (rc == 0)
		leave(pk, j);
	return rc;
}

static bool
first_is_sealed(struct packers *pk)
{
	bool yes;

	pthread_mutex_lock(&pk->mutex);
	yes = pk->first != pk->last && pk->ring[pk->first % RING].state >= SEALED;
	pthread_mutex_unlock(&pk->mutex);
	return yes;
}

bool
packers_take(const struct producer *p, const struct part *part)
{
	const struct packers *pk = p->packers;

	return !pk->appends || pk->first != pk->last || part->b.b.n >= PLAIN_BYTES;
}

int
packers_submit(struct producer *p, struct part *part, struct err *e)
{
	struct packers *pk = p->packers;
	struct batch_builder empty;
	struct job *j;
	int rc;

	while (first_is_sealed(pk) || stop_is_pending(pk) || pk->last - pk->first == pk->depth ||
	    (pk->bytes > 0 && pk->bytes + part->b.b.n > PACK_BYTES))
		if ((rc = finish_first(p, e)) != 0)
			return rc;
	if (pk->appends) {
		if ((rc = part_open(p, part, e)) != 0)
			return producer_fail(p, e);
		stop_signals(pk, true);
	}
	part->packed += pk->appends;
	j = &pk->ring[pk->last % RING];
	empty = j->b;
	j->b = part->b;
	part->b = empty;
	part->b.target = j->b.target;
	part->b.first = j->b.first;
	j->part = part;
	j->size = j->b.b.n;
	pk->bytes += j->size;
	pthread_mutex_lock(&pk->mutex);
	j->state = FILLED;
	pk->last++;
	pthread_cond_signal(&pk->filled);
	pthread_mutex_unlock(&pk->mutex);
	return 0;
}

int
packers_look(struct producer *p, bool *more, struct err *e)
{
	int rc;

	while (first_is_sealed(p->packers))
		if ((rc = finish_first(p, e)) != 0)
			return rc;
	*more = p->packers->first != p->packers->last;
	return 0;
}

int
packers_drain(struct producer *p, struct err *e)
{
	int rc;

	while (p->packers->first != p->packers->last)
		if ((rc = finish_first(p, e)) != 0)
			return rc;
	return 0;
}

void
packers_stop(struct producer *p)
{
	struct packers *pk = p->packers;
	unsigned i;

	if (pk == NULL)
		return;
	pthread_mutex_lock(&pk->mutex);
	pk->quit = true;
	pthread_cond_broadcast(&pk->filled);
	pthread_mutex_unlock(&pk->mutex);
	for (i = 0; i < pk->n; i++)
		pthread_join(pk->thread[i], NULL);
	for (i = 0; i < PACKERS_MAX; i++)
		compressor_free(pk->comp[i]);
	for (i = 0; i < RING; i++)
		batch_builder_release(&pk->ring[i].b);
	free(pk);
	p->packers = NULL;
}
