/*
 * plog-topic offsets and trim: where things are in a topic, and cutting off
 * what lies before a place.
 */
#include "topic/topic.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "tool/msg.h"
#include "tool/subcommand.h"

static void
parse_where(const char *where, struct place *place)
{
	struct err e = ERR_INIT;

	if (place_parse(where, clock_wall_ms(), place, &e) != 0)
		die_usage("-o: %s", e.text);
}

static const struct column offset_columns[] = {
	{ "TOPIC", "topic", COL_TEXT },
	{ "PARTITION", "partition", COL_NUMBER },
	{ "OFFSET", "offset", COL_NUMBER },
	{ NULL, NULL, COL_TEXT },
};

static void
offset_rows(struct backend *be, const struct topic_opts *o, const char *topic, const struct place *place, struct table *t,
    int *status)
{
	int32_t *list;
	int64_t offset;
	size_t n, i;
	int rc;

	list = topic_partition_list(be, o, topic, &n, status);
	for (i = 0; i < n; i++) {
		struct err e = ERR_INIT;

		if ((rc = be->ops->resolve(be, topic, list[i], place, &offset, &e)) < 0) {
			*status = topic_failed(&e);
			continue;
		}
		table_text(t, topic);
		table_number(t, list[i]);
		if (rc == 1)
			table_number(t, offset);
		else
			table_none(t);
		table_row(t);
	}
	free(list);
}

int
topic_cmd_offsets(struct topic_opts *o, int n, char *const *operands)
{
	int status = EXIT_DONE;
	struct backend *be;
	struct place place;
	struct table t;
	char **names;
	size_t count, i;

	parse_where(o->where != NULL ? o->where : "latest", &place);
	be = topic_backend(o, false, false);
	names = topic_names(be, n, operands, &count, &status);
	/* These are for programs in the first place. */
	table_init(&t, offset_columns, o->form == TABLE_JSON ? TABLE_JSON : TABLE_TSV);
	for (i = 0; i < count; i++)
		offset_rows(be, o, names[i], &place, &t, &status);
	topic_names_done(names, count);
	backend_close(be);
	return subcommand_output_table(&t, status);
}

struct cut {
	int32_t partition;
	int64_t start, end, to;		/* log start, log end, the new log start */
	const char *done;		/* "yes", "no", "failed" */
};

static const struct column cut_columns[] = {
	{ "TOPIC", "topic", COL_TEXT },
	{ "PARTITION", "partition", COL_NUMBER },
	{ "START", "start", COL_NUMBER },
	{ "NEW-START", "new_start", COL_NUMBER },
	{ "END", "end", COL_NUMBER },
	{ "RECORDS", "records", COL_NUMBER },
	{ "DONE", "done", COL_TEXT },
	{ NULL, NULL, COL_TEXT },
};

/* Where each partition would be cut; nothing is changed when any of them makes no sense. */
static size_t
plan(struct backend *be, const struct topic_opts *o, const char *topic, const struct place *place, struct cut **cuts,
    int *status)
{
	static const struct place first = { .kind = PLACE_EARLIEST }, last = { .kind = PLACE_LATEST };
	struct err e = ERR_INIT;
	int32_t *list;
	size_t n, i;

	list = topic_partition_list(be, o, topic, &n, status);
	if ((*cuts = calloc(n + 1, sizeof(**cuts))) == NULL)
		die("no memory");
	for (i = 0; i < n; i++) {
		struct cut *c = &(*cuts)[i];

		*c = (struct cut){ .partition = list[i], .done = "no" };
		if (be->ops->resolve(be, topic, list[i], &first, &c->start, &e) < 0 ||
		    be->ops->resolve(be, topic, list[i], &last, &c->end, &e) < 0 ||
		    be->ops->resolve(be, topic, list[i], place, &c->to, &e) < 0)
			*status = topic_failed(&e);
		else if (place->kind == PLACE_OFFSET && place->n > c->end) {
			msg("cannot trim '%s/%d' to offset %lld: the log ends at %lld", topic, list[i], (long long)place->n,
			    (long long)c->end);
			*status = EXIT_FAILED;
		}
	}
	free(list);
	return n;
}

static void
execute(struct backend *be, const char *topic, struct cut *c, int *status)
{
	struct err e = ERR_INIT;

	if (c->to > c->start && be->ops->trim(be, topic, c->partition, c->to, &e) != 0) {
		*status = topic_failed(&e);
		c->done = "failed";
	} else
		c->done = "yes";
}

static void
show(struct table *t, const char *topic, const struct cut *c)
{
	table_text(t, topic);
	table_number(t, c->partition);
	table_number(t, c->start);
	table_number(t, c->to);
	table_number(t, c->end);
	table_number(t, c->to - c->start);
	table_text(t, c->done);
	table_row(t);
}

int
topic_cmd_trim(struct topic_opts *o, int n, char *const *operands)
{
	int status = EXIT_DONE;
	struct backend *be;
	struct place place;
	struct cut *cuts;
	struct table t;
	size_t count, i;

	if (n != 1)
		die_usage("trim: one topic");
	if (o->where == NULL)
		die_usage("trim: up to where? (-o)");
	parse_where(o->where, &place);
	be = topic_backend(o, o->execute, false);
	count = plan(be, o, operands[0], &place, &cuts, &status);
	table_init(&t, cut_columns, o->form);
	for (i = 0; i < count; i++) {
		if (o->execute && status == EXIT_DONE)
			execute(be, operands[0], &cuts[i], &status);
		show(&t, operands[0], &cuts[i]);
	}
	if (!o->execute && status == EXIT_DONE && !o->quiet)
		msg("nothing was changed: --execute does it");
	free(cuts);
	backend_close(be);
	return subcommand_output_table(&t, status);
}
