/*
 * txn_set.c - see txn_set.h.
 */
#include <stdlib.h>

#include "log/txn_set.h"

#define OPEN_MAX_TXNS	(1 << 20)	/* more at once are nobody's */

struct ongoing {
	RB_ENTRY(ongoing) by_pid;
	TAILQ_ENTRY(ongoing) by_first;
	int64_t pid, first;
};
struct aborted {
	RB_ENTRY(aborted) by_end;
	STAILQ_ENTRY(aborted) order;
	int64_t pid, first, last;
};

static int
by_pid(const struct ongoing *a, const struct ongoing *b)
{
	return (a->pid > b->pid) - (a->pid < b->pid);
}

static int
by_end(const struct aborted *a, const struct aborted *b)
{
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return (a->last > b->last) - (a->last < b->last);
}

RB_GENERATE_INTERNAL(ongoing_tree, ongoing, by_pid, by_pid, __attribute__((unused)) static)
RB_GENERATE_INTERNAL(aborted_tree, aborted, by_end, by_end, __attribute__((unused)) static)

void
txn_set_init(struct txn_set *t)
{
	RB_INIT(&t->ongoing);
	RB_INIT(&t->aborted);
	TAILQ_INIT(&t->oldest);
	STAILQ_INIT(&t->old);
	t->n_ongoing = 0;
}

static void
forget_ongoing(struct txn_set *t, struct ongoing *o)
{
	RB_REMOVE(ongoing_tree, &t->ongoing, o);
	TAILQ_REMOVE(&t->oldest, o, by_first);
	t->n_ongoing--;
	free(o);
}

void
txn_forget(struct txn_set *t, int64_t below)
{
	struct aborted *a;

	while ((a = STAILQ_FIRST(&t->old)) != NULL && a->last < below) {
		STAILQ_REMOVE_HEAD(&t->old, order);
		RB_REMOVE(aborted_tree, &t->aborted, a);
		free(a);
	}
}

void
txn_set_clear(struct txn_set *t)
{
	struct ongoing *o;

	while ((o = TAILQ_FIRST(&t->oldest)) != NULL)
		forget_ongoing(t, o);
	txn_forget(t, INT64_MAX);
}

static int
no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "cannot follow transactions: no memory");
}

int
txn_begin(struct txn_set *t, int64_t pid, int64_t first, struct err *e)
{
	struct ongoing *o, *after;

	if (t->n_ongoing == OPEN_MAX_TXNS)
		return err_set(e, ERR_NOMEM, "more than %d transactions are open at once", OPEN_MAX_TXNS);
	if ((o = calloc(1, sizeof(*o))) == NULL)
		return no_memory(e);
	o->pid = pid;
	o->first = first;
	if (RB_INSERT(ongoing_tree, &t->ongoing, o) != NULL) {
		free(o);
		return 0;
	}
	t->n_ongoing++;
	/* The log comes in order; only a snapshot's entries do not. */
	TAILQ_FOREACH_REVERSE(after, &t->oldest, ongoing_list, by_first)
		if (after->first <= first)
			break;
	if (after == NULL)
		TAILQ_INSERT_HEAD(&t->oldest, o, by_first);
	else
		TAILQ_INSERT_AFTER(&t->oldest, after, o, by_first);
	return 0;
}

int
txn_end(struct txn_set *t, int64_t pid, int64_t last, bool aborted, struct err *e)
{
	struct ongoing *o = RB_FIND(ongoing_tree, &t->ongoing, &(struct ongoing){ .pid = pid });
	struct aborted *a;

	if (o == NULL || o->first > last)
		return 0;
	if (aborted) {
		if ((a = calloc(1, sizeof(*a))) == NULL)
			return no_memory(e);
		*a = (struct aborted){ .pid = pid, .first = o->first, .last = last };
		if (RB_INSERT(aborted_tree, &t->aborted, a) == NULL)
			STAILQ_INSERT_TAIL(&t->old, a, order);
		else
			free(a);
	}
	forget_ongoing(t, o);
	return 0;
}

int64_t
txn_oldest(const struct txn_set *t)
{
	const struct ongoing *o = TAILQ_FIRST(&t->oldest);

	return o == NULL ? INT64_MAX : o->first;
}

bool
txn_is_aborted(struct txn_set *t, int64_t pid, int64_t offset)
{
	struct aborted *a, key = { .pid = pid, .last = offset };

	a = RB_NFIND(aborted_tree, &t->aborted, &key);
	return a != NULL && a->pid == pid && a->first <= offset;
}
