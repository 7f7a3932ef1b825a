/*
 * plog-group reset, commit, delete, delete-offsets: what changes groups.
 */
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "group/move.h"
#include "tool/msg.h"

static const struct column columns[] = {
	{ "GROUP", "group", COL_TEXT },
	{ "TOPIC", "topic", COL_TEXT },
	{ "PARTITION", "partition", COL_NUMBER },
	{ "OLD-OFFSET", "old_offset", COL_NUMBER },
	{ "NEW-OFFSET", "new_offset", COL_NUMBER },
	{ "DONE", "done", COL_TEXT },
	{ NULL, NULL, COL_TEXT },
};

static void
rows(struct table *t, const struct moves *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		const struct move *v = &m->v[i];

		table_text(t, v->group);
		table_text(t, v->topic);
		table_number(t, v->partition);
		if (v->from == -1)
			table_none(t);
		else
			table_number(t, v->from);
		table_number(t, v->to);
		table_text(t, v->done);
		table_row(t);
	}
}

static struct place
where(const struct group_opts *o)
{
	struct err e = ERR_INIT;
	struct place place;

	if (place_parse(o->where, clock_wall_ms(), &place, &e) != 0)
		die_usage("-o: %s", e.text);
	return place;
}

static void
check_name(const char *group)
{
	struct err e = ERR_INIT;

	if (name_check("group", group, &e) != 0)
		die_err(&e);
}

static void
plan(struct moves *m, struct backend *be, const struct group_opts *o, const struct place *place, int n, char *const *operands)
{
	const char *group = n > 0 ? operands[0] : NULL;
	char *const *topics = operands + (n > 0);
	int ntopics = n > 0 ? n - 1 : 0;

	if (o->where != NULL)
		moves_to_place(m, be, o, group, ntopics, topics, place);
	else if (o->has_shift)
		moves_by_shift(m, be, o, group, ntopics, topics, o->shift);
	else if (o->to_group != NULL)
		moves_to_group(m, be, o, group, ntopics, topics, o->to_group);
	else
		moves_from_file(m, be, o, group, ntopics, topics, o->from_file);
}

int
group_cmd_reset(struct group_opts *o, int n, char *const *operands)
{
	int ways = (o->where != NULL) + o->has_shift + (o->from_file != NULL) + (o->to_group != NULL);
	struct moves m = MOVES_INIT;
	struct place place = { .kind = PLACE_EARLIEST };
	struct backend *be;
	struct table t;

	if (ways != 1)
		die_usage("reset: one of -o, --shift-by, --from-file, --to-group");
	if (n == 0 && o->from_file == NULL)
		die_usage("reset: which group?");
	if (n > 0)
		check_name(operands[0]);
	if (o->where != NULL)
		place = where(o);
	be = group_backend(o, o->execute);
	plan(&m, be, o, &place, n, operands);
	moves_check(&m, be, o);
	if (m.n == 0 && m.status == EXIT_DONE) {
		msg("no position to set%s%s%s", n > 0 ? ": group '" : "", n > 0 ? operands[0] : "", n > 0 ? "' has none there" : "");
		m.status = EXIT_FAILED;
	}
	if (o->execute && m.status == EXIT_DONE)
		moves_execute(&m, be, o);
	else if (m.status == EXIT_DONE && !o->quiet)
		msg("nothing was changed: --execute does it");
	table_init(&t, columns, o->form);
	rows(&t, &m);
	n = m.status;
	moves_release(&m);
	backend_close(be);
	return subcommand_output_table(&t, n);
}

int
group_cmd_commit(struct group_opts *o, int n, char *const *operands)
{
	struct moves m = MOVES_INIT;
	struct backend *be;
	struct place place;

	if (n != 2)
		die_usage("commit: one group and one topic");
	if (o->where == NULL || o->nparts == 0)
		die_usage("commit: which offset and partition? (-o, -p)");
	check_name(operands[0]);
	place = where(o);
	be = group_backend(o, true);
	moves_to_place(&m, be, o, operands[0], 1, operands + 1, &place);
	moves_check(&m, be, o);
	if (m.status == EXIT_DONE)
		moves_execute(&m, be, o);
	n = m.status;
	moves_release(&m);
	backend_close(be);
	return n;
}

int
group_cmd_delete(struct group_opts *o, int n, char *const *operands)
{
	struct backend *be;
	int i, status = EXIT_DONE;

	if (n == 0)
		die_usage("delete: which group?");
	be = group_backend(o, true);
	for (i = 0; i < n; i++) {
		struct err e = ERR_INIT;

		if (be->ops->groups->remove(be, o->dir, operands[i], &e) != 0)
			status = group_failed(&e);
		else if (o->verbose)
			msg("group '%s' was deleted", operands[i]);
	}
	backend_close(be);
	return status;
}

int
group_cmd_delete_offsets(struct group_opts *o, int n, char *const *operands)
{
	struct backend *be;
	int i, status = EXIT_DONE;

	if (n < 2)
		die_usage("delete-offsets: which group, and which topics?");
	be = group_backend(o, true);
	for (i = 1; i < n; i++) {
		struct err e = ERR_INIT;

		if (be->ops->groups->remove_offsets(be, o->dir, operands[0], operands[i], &e) != 0)
			status = group_failed(&e);
		else if (o->verbose)
			msg("group '%s' has no positions in '%s' any more", operands[0], operands[i]);
	}
	backend_close(be);
	return status;
}
