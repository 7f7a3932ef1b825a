/*
 * plog-group list and describe: what groups there are, where they are, and
 * who is in them.
 */
#include <stdio.h>

#include "base/clock.h"
#include "group/group.h"
#include "tool/msg.h"

static void
number_or_none(struct table *t, int64_t v)
{
	if (v == -1)
		table_none(t);
	else
		table_number(t, v);
}

static const struct column list_columns[] = {
	{ "GROUP", "group", COL_TEXT },
	{ "STATE", "state", COL_TEXT },
	{ "MEMBERS", "members", COL_NUMBER },
	{ "TOPICS", "topics", COL_NUMBER },
	{ "PARTITIONS", "partitions", COL_NUMBER },
	{ "LAG", "lag", COL_NUMBER },
	{ NULL, NULL, COL_TEXT },
};

static void
list_row(struct table *t, const struct view *v)
{
	int64_t topics = 0;
	size_t i;

	for (i = 0; i < v->n; i++)
		topics += i == 0 || v->v[i].topic != v->v[i - 1].topic;
	table_text(t, v->info.name);
	table_text(t, v->info.state);
	table_number(t, (int64_t)v->info.nmembers);
	table_number(t, topics);
	table_number(t, (int64_t)v->n);
	table_number(t, view_lag(v));
	table_row(t);
}

int
group_cmd_list(struct group_opts *o, int n, char *const *operands)
{
	struct backend *be = group_backend(o, false);
	struct buf b = BUF_INIT;
	int rc, status = EXIT_DONE;
	char **names;
	struct table t;
	size_t count, i;

	names = group_names(be, o, n, operands, &count, &status);
	table_init(&t, list_columns, o->form);
	for (i = 0; i < count; i++) {
		struct err e = ERR_INIT;
		struct view v;

		/* A name that was given is looked at also where nothing more is shown. */
		if (!o->lengthy && o->form != TABLE_JSON && n == 0) {
			buf_printf(&b, "%s\n", names[i]);
			continue;
		}
		if ((rc = view_open(&v, be, o, names[i], &status, &e)) != 0) {
			if (n > 0 || rc != -ERR_NOENT)
				status = group_failed(&e);
			continue;
		}
		if (!o->lengthy && o->form != TABLE_JSON)
			buf_printf(&b, "%s\n", names[i]);
		else
			list_row(&t, &v);
		view_close(&v, be);
	}
	if (o->lengthy || o->form == TABLE_JSON)
		table_finish(&t, &b);
	group_names_done(names, count);
	backend_close(be);
	return subcommand_output(&b, status);
}

static const struct column offset_columns[] = {
	{ "GROUP", "group", COL_TEXT },
	{ "TOPIC", "topic", COL_TEXT },
	{ "PARTITION", "partition", COL_NUMBER },
	{ "CURRENT-OFFSET", "current_offset", COL_NUMBER },
	{ "LOG-END-OFFSET", "log_end_offset", COL_NUMBER },
	{ "LAG", "lag", COL_NUMBER },
	{ "CONSUMER-ID", "member", COL_TEXT },
	{ "HOST", "host", COL_TEXT },
	{ "CLIENT-ID", "client", COL_TEXT },
	{ "STATE", "state", COL_TEXT },
	{ "AGE-MS", "age_ms", COL_NUMBER },
	{ NULL, NULL, COL_TEXT },
};

/* The same for people: an age has a unit. */
static const struct column people_columns[] = {
	{ "GROUP", "group", COL_TEXT },
	{ "TOPIC", "topic", COL_TEXT },
	{ "PARTITION", "partition", COL_NUMBER },
	{ "CURRENT-OFFSET", "current_offset", COL_NUMBER },
	{ "LOG-END-OFFSET", "log_end_offset", COL_NUMBER },
	{ "LAG", "lag", COL_NUMBER },
	{ "CONSUMER-ID", "member", COL_TEXT },
	{ "HOST", "host", COL_TEXT },
	{ "CLIENT-ID", "client", COL_TEXT },
	{ "STATE", "state", COL_TEXT },
	{ "AGE", "age", COL_TEXT },
	{ NULL, NULL, COL_TEXT },
};

/* The largest unit that the age fills, and one more. */
static void
age_text(int64_t ms, char *out, size_t n)
{
	long long s = (long long)(ms / 1000);

	if (s < 60)
		snprintf(out, n, "%llds", s);
	else if (s < 3600)
		snprintf(out, n, "%lldm%llds", s / 60, s % 60);
	else if (s < 86400)
		snprintf(out, n, "%lldh%lldm", s / 3600, s % 3600 / 60);
	else
		snprintf(out, n, "%lldd%lldh", s / 86400, s % 86400 / 3600);
}

static void
offset_rows(struct table *t, const struct view *v, int64_t now)
{
	char age[32];
	size_t i;

	for (i = 0; i < v->n; i++) {
		const struct lag *l = &v->v[i];
		int64_t ms = l->unread_ms == -1 ? -1 : now > l->unread_ms ? now - l->unread_ms : 0;

		table_text(t, v->info.name);
		table_text(t, l->topic);
		table_number(t, l->partition);
		number_or_none(t, l->offset);
		number_or_none(t, l->end);
		number_or_none(t, l->lag);
		table_text(t, l->member != NULL ? l->member->id : NULL);
		table_text(t, l->member != NULL ? l->member->host : NULL);
		table_text(t, l->member != NULL ? l->member->client : NULL);
		table_text(t, v->info.state);
		if (t->form != TABLE_PEOPLE || ms == -1)
			number_or_none(t, ms);
		else {
			age_text(ms, age, sizeof(age));
			table_text(t, age);
		}
		table_row(t);
	}
}

static const struct column member_columns[] = {
	{ "GROUP", "group", COL_TEXT },
	{ "CONSUMER-ID", "member", COL_TEXT },
	{ "HOST", "host", COL_TEXT },
	{ "CLIENT-ID", "client", COL_TEXT },
	{ "#PARTITIONS", "partitions", COL_NUMBER },
	{ "GROUP-INSTANCE-ID", "instance", COL_TEXT },
	{ "PID", "pid", COL_NUMBER },
	{ "ALIVE", "alive", COL_BOOL },
	{ "ASSIGNORS", "assignors", COL_TEXT },
	{ NULL, NULL, COL_TEXT },
};

static void
member_rows(struct table *t, const struct view *v)
{
	size_t i;

	for (i = 0; i < v->info.nmembers; i++) {
		const struct group_member *m = &v->info.members[i];

		table_text(t, v->info.name);
		table_text(t, m->id);
		table_text(t, m->host);
		table_text(t, m->client);
		table_number(t, (int64_t)m->npartitions);
		table_text(t, m->instance);
		number_or_none(t, m->pid);
		table_number(t, m->alive);
		table_text(t, m->assignors);
		table_row(t);
	}
}

static const struct column state_columns[] = {
	{ "GROUP", "group", COL_TEXT },
	{ "ASSIGNMENT-STRATEGY", "assignor", COL_TEXT },
	{ "STATE", "state", COL_TEXT },
	{ "#MEMBERS", "members", COL_NUMBER },
	{ "GENERATION", "generation", COL_NUMBER },
	{ "LAG", "lag", COL_NUMBER },
	{ NULL, NULL, COL_TEXT },
};

static void
state_row(struct table *t, const struct view *v)
{
	table_text(t, v->info.name);
	table_text(t, v->info.assignor);
	table_text(t, v->info.state);
	table_number(t, (int64_t)v->info.nmembers);
	number_or_none(t, v->info.generation);
	table_number(t, view_lag(v));
	table_row(t);
}

int
group_cmd_describe(struct group_opts *o, int n, char *const *operands)
{
	struct backend *be = group_backend(o, false);
	const struct column *offsets = o->form == TABLE_PEOPLE ? people_columns : offset_columns;
	int64_t now = clock_wall_ms();
	int rc, status = EXIT_DONE;
	char **names;
	struct table t;
	size_t count, i;

	names = group_names(be, o, n, operands, &count, &status);
	table_init(&t, o->view == VIEW_OFFSETS ? offsets : o->view == VIEW_MEMBERS ? member_columns : state_columns, o->form);
	for (i = 0; i < count; i++) {
		struct err e = ERR_INIT;
		struct view v;

		if ((rc = view_open(&v, be, o, names[i], &status, &e)) != 0) {
			if (n > 0 || rc != -ERR_NOENT)
				status = group_failed(&e);
			continue;
		}
		if (o->view == VIEW_OFFSETS) {
			view_ages(&v, be);
			offset_rows(&t, &v, now);
		} else if (o->view == VIEW_MEMBERS)
			member_rows(&t, &v);
		else
			state_row(&t, &v);
		view_close(&v, be);
	}
	group_names_done(names, count);
	backend_close(be);
	return subcommand_output_table(&t, status);
}
