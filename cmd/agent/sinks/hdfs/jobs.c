/*
 * jobs.c - a queue, and threads that empty it (jobs.h).
 */
#include "agent/sinks/hdfs/jobs.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <time.h>

STAILQ_HEAD(jobqueue, job);

struct jobs {
	const struct files_ops *ops;
	const void *place;
	void (*called)(void *);
	void *arg;
	pthread_mutex_t lock;
	pthread_cond_t work, news;
	struct jobqueue todo, done;
	pthread_t *threads;
	unsigned most, made, idle;
	size_t running;
	bool ending;
};

struct jobs *
jobs_new(const struct files_ops *ops, const void *place, unsigned threads, void (*called)(void *), void *arg)
{
	struct jobs *j = calloc(1, sizeof(*j));
	pthread_condattr_t attr;

	if (j == NULL || (j->threads = calloc(threads, sizeof(*j->threads))) == NULL) {
		free(j);
		return NULL;
	}
	j->ops = ops;
	j->place = place;
	j->called = called;
	j->arg = arg;
	j->most = threads;
	STAILQ_INIT(&j->todo);
	STAILQ_INIT(&j->done);
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->work, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&j->news, &attr);
	pthread_condattr_destroy(&attr);
	return j;
}

/* The next job; NULL: the end. */
static struct job *
next(struct jobs *j)
{
	struct job *job;

	while ((job = STAILQ_FIRST(&j->todo)) == NULL && !j->ending) {
		j->idle++;
		pthread_cond_wait(&j->work, &j->lock);
		j->idle--;
	}
	if (job != NULL)
		STAILQ_REMOVE_HEAD(&j->todo, link);
	return job;
}

static void *
work(void *arg)
{
	struct jobs *j = arg;
	void *session = NULL;
	struct job *job;

	pthread_mutex_lock(&j->lock);
	while ((job = next(j)) != NULL) {
		pthread_mutex_unlock(&j->lock);
		job->out = OUT_AGAIN;
		if (session == NULL)
			session = j->ops->open(j->place, &job->err);
		if (session != NULL)
			job->run(job, j->ops, session);
		pthread_mutex_lock(&j->lock);
		STAILQ_INSERT_TAIL(&j->done, job, link);
		pthread_cond_signal(&j->news);
		pthread_mutex_unlock(&j->lock);
		j->called(j->arg);
		pthread_mutex_lock(&j->lock);
	}
	pthread_mutex_unlock(&j->lock);
	if (session != NULL)
		j->ops->close(session);
	return NULL;
}

void
jobs_put(struct jobs *j, struct job *job)
{
	pthread_mutex_lock(&j->lock);
	j->running++;
	STAILQ_INSERT_TAIL(&j->todo, job, link);
	if (j->idle > 0) {
		pthread_cond_signal(&j->work);
	} else if (j->made < j->most && pthread_create(&j->threads[j->made], NULL, work, j) == 0) {
		j->made++;
	} else if (j->made == 0) {
		/* no thread is to be had at all: as good as no connection */
		STAILQ_REMOVE(&j->todo, job, job, link);
		job->out = OUT_AGAIN;
		err_set(&job->err, ERR_NOMEM, "cannot start a thread");
		STAILQ_INSERT_TAIL(&j->done, job, link);
	}
	pthread_mutex_unlock(&j->lock);
}

struct job *
jobs_done(struct jobs *j)
{
	struct job *job;

	pthread_mutex_lock(&j->lock);
	if ((job = STAILQ_FIRST(&j->done)) != NULL) {
		STAILQ_REMOVE_HEAD(&j->done, link);
		j->running--;
	}
	pthread_mutex_unlock(&j->lock);
	return job;
}

size_t
jobs_running(struct jobs *j)
{
	size_t n;

	pthread_mutex_lock(&j->lock);
	n = j->running;
	pthread_mutex_unlock(&j->lock);
	return n;
}

void
jobs_wait(struct jobs *j, int64_t until_ns)
{
	struct timespec ts = { .tv_sec = until_ns / 1000000000, .tv_nsec = until_ns % 1000000000 };

	pthread_mutex_lock(&j->lock);
	while (STAILQ_EMPTY(&j->done) && j->running > 0)
		if (pthread_cond_timedwait(&j->news, &j->lock, &ts) != 0)
			break;
	pthread_mutex_unlock(&j->lock);
}

void
jobs_free(struct jobs *j)
{
	unsigned i;

	if (j == NULL)
		return;
	pthread_mutex_lock(&j->lock);
	j->ending = true;
	pthread_cond_broadcast(&j->work);
	pthread_mutex_unlock(&j->lock);
	for (i = 0; i < j->made; i++)
		pthread_join(j->threads[i], NULL);
	pthread_cond_destroy(&j->work);
	pthread_cond_destroy(&j->news);
	pthread_mutex_destroy(&j->lock);
	free(j->threads);
	free(j);
}
