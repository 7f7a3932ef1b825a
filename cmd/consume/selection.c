/*
 * Operands into partitions, places into offsets.
 */
#include <stdlib.h>
#include <string.h>

#include "consume/selection.h"
#include "text/glob.h"
#include "tool/msg.h"

static bool
has_part(const struct selection *s, const char *topic, int32_t number)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->v[i].number == number && strcmp(s->v[i].topic, topic) == 0)
			return true;
	return false;
}

static void
add_part(struct selection *s, const char *topic, int32_t number, int64_t from, int64_t to)
{
	struct part *more = reallocarray(s->v, s->n + 1, sizeof(*more));
	char *name = strdup(topic);

	if (more == NULL || name == NULL)
		die("out of memory");
	s->v = more;
	s->v[s->n++] = (struct part){ .topic = name, .number = number, .from = from, .to = to };
}

/* Says once that a topic is waited for. */
static void
say_waiting(struct selection *s, const char *topic, const struct err *e)
{
	char **more;

	for (size_t i = 0; i < s->ntold; i++)
		if (strcmp(s->told[i], topic) == 0)
			return;
	more = reallocarray(s->told, s->ntold + 1, sizeof(*more));
	if (more == NULL || (more[s->ntold] = strdup(topic)) == NULL)
		die("out of memory");
	s->told = more;
	s->ntold++;
	msg("%s; waiting for it", e->text);
}

/* Where reading of one partition begins and ends; -1 and a message. */
static int
resolve(struct backend *be, const struct options *o, const char *topic, int32_t number, int64_t *from, int64_t *to)
{
	const struct place end = { .kind = PLACE_LATEST };
	struct err e = ERR_INIT;
	int rc;

	if ((rc = be->ops->resolve(be, topic, number, &o->from, from, &e)) < 0)
		goto fail;
	if (o->from.kind == PLACE_OFFSET && *from > o->from.n) {
		msg("offset %lld of '%s/%d' is gone, the log starts at %lld", (long long)o->from.n, topic, number,
		    (long long)*from);
		return -1;
	}
	*to = -1;
	if (o->has_to && !(o->follow && o->to.kind == PLACE_OFFSET)) {
		if ((rc = be->ops->resolve(be, topic, number, &o->to, to, &e)) < 0)
			goto fail;
	} else if (o->has_to) {
		*to = o->to.n;
	} else if (!o->follow) {
		if ((rc = be->ops->resolve(be, topic, number, &end, to, &e)) < 0)
			goto fail;
	}
	return 0;
fail:
	msg_err(&e);
	return -1;
}

static bool
wanted(const struct options *o, int32_t number)
{
	if (o->partitions == NULL)
		return true;
	for (size_t i = 0; i < o->npartitions; i++)
		if (o->partitions[i] == number)
			return true;
	return false;
}

/* The partitions that -p names must be there. */
static int
check_partitions(const struct options *o, const char *topic, const int32_t *list, size_t n)
{
	for (size_t i = 0; i < o->npartitions; i++) {
		size_t j = 0;

		while (j < n && list[j] != o->partitions[i])
			j++;
		if (j == n) {
			msg("topic '%s' has no partition %d", topic, o->partitions[i]);
			return -1;
		}
	}
	return 0;
}

/* Adds a topic's partitions that are not there yet; first: at the places asked for.  0, be's error, or 1: it was said. */
static int
add_topic(struct selection *s, struct backend *be, const struct options *o, const char *topic, bool first, struct err *e)
{
	int32_t *list, total;
	size_t n;
	int rc = be->ops->partitions(be, topic, &list, &n, &total, e);

	if (rc != 0)
		return rc;
	if (first && check_partitions(o, topic, list, n) != 0)
		rc = 1;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		int64_t from, to;

		if (!wanted(o, list[i]) || has_part(s, topic, list[i]))
			continue;
		if (first) {
			if (resolve(be, o, topic, list[i], &from, &to) == 0)
				add_part(s, topic, list[i], from, to);
			else
				rc = 1;
			continue;
		}
		if (be->ops->resolve(be, topic, list[i], &(struct place){ .kind = PLACE_EARLIEST }, &from, e) >= 0)
			add_part(s, topic, list[i], from, -1);
	}
	free(list);
	return rc;
}

static int
add_glob(struct selection *s, struct backend *be, const struct options *o, const char *glob, bool first)
{
	struct err e = ERR_INIT;
	char **names;
	size_t n;
	int rc = 0;

	if (be->ops->topics(be, &glob, 1, &names, &n, &e) != 0) {
		msg_err(&e);
		return -1;
	}
	if (first && n == 0 && !o->follow) {
		msg("no topic matches '%s'", glob);
		rc = -1;
	}
	for (size_t i = 0; i < n; i++) {
		int r = add_topic(s, be, o, names[i], first, &e);

		if (r < 0 && r != -ERR_NOENT)
			msg_err(&e);
		if (r != 0 && r != -ERR_NOENT)
			rc = -1;
	}
	be->ops->names_free(names, n);
	return rc;
}

static int
add_operand(struct selection *s, struct backend *be, const struct options *o, const char *operand, bool first)
{
	struct err e = ERR_INIT;
	int rc;

	if (glob_is(operand))
		return add_glob(s, be, o, operand, first);
	rc = add_topic(s, be, o, operand, first, &e);
	if (rc == -ERR_NOENT && o->follow) {
		if (!o->quiet)
			say_waiting(s, operand, &e);
		return 0;
	}
	if (rc < 0)
		msg_err(&e);
	return rc == 0 ? 0 : -1;
}

int
selection_start(struct selection *s, struct backend *be, const struct options *o)
{
	int rc = 0;

	for (size_t i = 0; i < o->noperands; i++)
		if (add_operand(s, be, o, o->operands[i], true) != 0)
			rc = -1;
	return rc;
}

int
selection_more(struct selection *s, struct backend *be, const struct options *o)
{
	size_t before = s->n;

	for (size_t i = 0; i < o->noperands; i++)
		if (add_operand(s, be, o, o->operands[i], false) != 0)
			return -1;
	return (int)(s->n - before);
}

bool
selection_there(struct selection *s, struct backend *be, const struct options *o)
{
	bool there = false;

	for (size_t i = 0; i < o->noperands; i++) {
		const char *operand = o->operands[i];
		struct err e = ERR_INIT;
		int32_t *list, total;
		char **names;
		size_t n;
		int rc;

		if (glob_is(operand)) {
			if (be->ops->topics(be, &operand, 1, &names, &n, NULL) == 0) {
				there = there || n > 0;
				be->ops->names_free(names, n);
			}
			continue;
		}
		rc = be->ops->partitions(be, operand, &list, &n, &total, &e);
		if (rc == 0)
			free(list);
		else if (rc == -ERR_NOENT && !o->quiet)
			say_waiting(s, operand, &e);
		there = there || rc == 0;
	}
	return there;
}

void
selection_forget(struct selection *s, struct backend *be, struct fetcher *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n; i++)
		if (be->ops->has(f, s->v[i].topic, s->v[i].number))
			s->v[kept++] = s->v[i];
		else
			free(s->v[i].topic);
	s->n = kept;
}

void
selection_release(struct selection *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->v[i].topic);
	for (size_t i = 0; i < s->ntold; i++)
		free(s->told[i]);
	free(s->v);
	free(s->told);
	*s = (struct selection)SELECTION_INIT;
}
