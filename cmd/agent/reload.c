/*
 * reload.c - another configuration in place of the one that runs (reload.h).
 */
#include "agent/reload.h"

#include <stdlib.h>
#include <string.h>

#include "agent/build.h"

static void
tell(struct agent *a, enum log_level level, const char *text)
{
	log_line(a->log, level, a->name, "org.apache.flume.node.Application", "%s", text);
}

static void
log_problems(struct agent *a, const struct problems *p)
{
	struct buf b = BUF_INIT;
	size_t i;

	for (i = 0; i < p->n; i++) {
		problem_print(&p->v[i], &b);
		tell(a, p->v[i].error ? LOG_ERROR : LOG_WARN, buf_str(&b));
		buf_clear(&b);
	}
	buf_release(&b);
}

static struct channel *
same_channel(const struct agent *a, const struct channel *ch)
{
	size_t i;

	for (i = 0; i < a->nchannels; i++)
		if (strcmp(a->channels[i]->c.name, ch->c.name) == 0 && a->channels[i]->type == ch->type)
			return a->channels[i];
	return NULL;
}

/* The one that runs, where it goes on; else itself. */
static struct channel *
in_place_of(const struct agent *a, struct channel *ch)
{
	struct channel *old = same_channel(a, ch);

	return old != NULL && old->kept ? old : ch;
}

static bool
source_stays(const struct agent *a, const struct source *old, const struct source *s)
{
	size_t i;

	if (old->type != s->type || !context_equal(old->ctx, s->ctx) || old->nchannels != s->nchannels)
		return false;
	for (i = 0; i < s->nchannels; i++)
		if (in_place_of(a, s->channels[i]) != old->channels[i])
			return false;
	return true;
}

static bool
runner_stays(const struct agent *a, const struct runner *old, const struct runner *r)
{
	size_t i;

	if (strcmp(old->name, r->name) != 0 || (old->ctx == NULL) != (r->ctx == NULL) || old->nsinks != r->nsinks ||
	    (r->ctx != NULL && !context_equal(old->ctx, r->ctx)))
		return false;
	for (i = 0; i < r->nsinks; i++)
		if (old->sinks[i]->type != r->sinks[i]->type || !context_equal(old->sinks[i]->ctx, r->sinks[i]->ctx) ||
		    in_place_of(a, r->sinks[i]->channel) != old->sinks[i]->channel)
			return false;
	return true;
}

/* Marks what goes on, and puts it into the new agent in place of its double. */
static void
keep(struct agent *old, struct agent *new)
{
	struct channel *ch;
	size_t i, k;

	for (i = 0; i < new->nchannels; i++) {
		ch = same_channel(old, new->channels[i]);
		if (ch != NULL)
			ch->kept = context_equal(ch->ctx, new->channels[i]->ctx);
	}
	for (i = 0; i < new->nsources; i++)
		for (k = 0; k < old->nsources; k++)
			if (strcmp(old->sources[k]->c.name, new->sources[i]->c.name) == 0 && source_stays(old, old->sources[k], new->sources[i])) {
				source_free(new->sources[i]);
				new->sources[i] = old->sources[k];
				old->sources[k]->kept = true;
				break;
			}
	for (i = 0; i < new->nrunners; i++)
		for (k = 0; k < old->nrunners; k++)
			if (runner_stays(old, old->runners[k], new->runners[i])) {
				runner_free(new->runners[i]);
				new->runners[i] = old->runners[k];
				old->runners[k]->kept = true;
				break;
			}
}

/* The new components work with the channels that go on. */
static int
connect(struct agent *old, struct agent *new)
{
	size_t i, k;
	int rc = 0;

	for (i = 0; i < new->nsources; i++)
		for (k = 0; !new->sources[i]->kept && k < new->sources[i]->nchannels; k++)
			new->sources[i]->channels[k] = in_place_of(old, new->sources[i]->channels[k]);
	for (i = 0; i < new->nrunners; i++)
		for (k = 0; !new->runners[i]->kept && k < new->runners[i]->nsinks; k++) {
			struct sink *s = new->runners[i]->sinks[k];
			struct channel *ch = in_place_of(old, s->channel);

			if (ch == s->channel)
				continue;
			channel_leave(s->channel, new->runners[i]);
			s->channel = ch;
			if (channel_join(ch, new->runners[i]) != 0)
				rc = -1;
		}
	return rc;
}

static void
stop_changed(struct agent *a)
{
	size_t i;

	for (i = 0; i < a->nsources; i++)
		if (!a->sources[i]->kept)
			source_halt(a->sources[i]);
	for (i = 0; i < a->nrunners; i++)
		if (!a->runners[i]->kept)
			runner_halt(a->runners[i]);
	for (i = 0; i < a->nchannels; i++)
		if (!a->channels[i]->kept)
			channel_stop(a->channels[i]);
}

/* Events of a channel that is not kept go to its successor; without one they are gone, and that is said. */
static void
hand_over(struct agent *old, struct agent *new)
{
	int64_t left, capacity;
	struct channel *to;
	size_t i;

	for (i = 0; i < old->nchannels; i++) {
		if (old->channels[i]->kept || !old->channels[i]->type->forgets)
			continue;
		to = same_channel(new, old->channels[i]);
		if (to != NULL && to->type->adopt != NULL) {
			to->type->adopt(to->self, old->channels[i]->self);
			continue;
		}
		channel_level(old->channels[i], &left, &capacity);
		if (left > 0)
			say(&old->channels[i]->c, LOG_ERROR, "the channel is no longer configured: %lld events in it are lost", (long long)left);
	}
}

/* The old agent becomes the new one; what is left in the new struct is what is to be freed. */
static void
swap(struct agent *a, struct agent *new)
{
	struct agent old = *a;
	size_t i;

	for (i = 0; i < new->nchannels; i++) {
		struct channel *ch = in_place_of(&old, new->channels[i]);

		if (ch == new->channels[i])
			continue;
		channel_free(new->channels[i]);
		new->channels[i] = ch;
	}
	a->channels = new->channels, a->nchannels = new->nchannels;
	a->sources = new->sources, a->nsources = new->nsources;
	a->runners = new->runners, a->nrunners = new->nrunners;
	a->conf = new->conf;
	a->runs_programs = new->runs_programs;
	for (i = 0; i < a->nsources; i++)
		a->sources[i]->agent = a;
	for (i = 0; i < a->nrunners; i++)
		a->runners[i]->agent = a;
	new->channels = old.channels, new->nchannels = old.nchannels;
	new->sources = old.sources, new->nsources = old.nsources;
	new->runners = old.runners, new->nrunners = old.nrunners;
	new->conf = old.conf;
}

/* Takes what goes on out of the lists of what is to be freed. */
static void
forget_kept(struct agent *gone)
{
	size_t i, n;

	for (i = n = 0; i < gone->nsources; i++)
		if (!gone->sources[i]->kept)
			gone->sources[n++] = gone->sources[i];
		else
			gone->sources[i]->kept = false;
	gone->nsources = n;
	for (i = n = 0; i < gone->nrunners; i++)
		if (!gone->runners[i]->kept)
			gone->runners[n++] = gone->runners[i];
		else
			gone->runners[i]->kept = false;
	gone->nrunners = n;
	for (i = n = 0; i < gone->nchannels; i++)
		if (!gone->channels[i]->kept)
			gone->channels[n++] = gone->channels[i];
		else
			gone->channels[i]->kept = false;
	gone->nchannels = n;
}

static int
replace(struct agent *a, struct agent *new, struct err *e)
{
	int rc = 0;

	keep(a, new);
	if (connect(a, new) != 0)
		rc = err_set(e, ERR_NOMEM, "no memory to reload");
	stop_changed(a);
	hand_over(a, new);
	swap(a, new);
	forget_kept(new);
	agent_free(new);
	a->failed = false;
	return rc != 0 ? rc : agent_start(a, e);
}

int
reload(struct agent *a, const struct options *o, struct err *e)
{
	struct problems problems = PROBLEMS_INIT;
	struct agent *new = NULL;
	struct conf *conf;
	int rc = 0;

	log_line(a->log, LOG_INFO, a->name, "org.apache.flume.node.Application", "Reloading configuration file:%s", o->conf.files[0]);
	if ((conf = conf_load(&o->conf, &problems, e)) == NULL || (new = agent_build(conf, a->log, &problems, e)) == NULL)
		tell(a, LOG_ERROR, e->text);
	log_problems(a, &problems);
	if (new != NULL && new->runs_programs && a->no_programs) {
		tell(a, LOG_ERROR, "the new configuration runs programs, and this process gave up the right to do so when it started: restart it");
		problems.errors++;
	}
	if (new == NULL || (problems.errors > 0 && !o->lenient)) {
		tell(a, LOG_ERROR, "the new configuration cannot run, so the old one goes on");
		agent_free(new);
	} else
		rc = replace(a, new, e);
	conf_unref(conf);
	problems_release(&problems);
	return rc;
}
