/*
 * plog-group metrics: lag, positions, members and ages of groups, in the text
 * form that Prometheus reads.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "group/group.h"
#include "tool/msg.h"

static int64_t offset(const struct lag *l) { return l->offset; }
static int64_t end(const struct lag *l) { return l->end; }
static int64_t lag(const struct lag *l) { return l->lag; }

static const struct metric {
	const char *name, *help;
	int64_t (*value)(const struct lag *);	/* -1: not known */
} metrics[] = {
	{ "plog_group_committed_offset", "Offset that the group reads next.", offset },
	{ "plog_group_log_end_offset", "Offset that the next record gets.", end },
	{ "plog_group_lag", "Offsets between the position and the log's end.", lag },
};

static void
head(struct buf *b, const char *name, const char *help)
{
	buf_printf(b, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
}

/* No character of a group's or topic's name needs an escape here. */
static void
labels(struct buf *b, const char *name, const struct view *v, const struct lag *l)
{
	buf_printf(b, "%s{group=\"%s\",topic=\"%s\",partition=\"%d\"} ", name, v->info.name, l->topic, l->partition);
}

static void
print_ages(struct buf *b, const struct view *v, int64_t now)
{
	static const char name[] = "plog_group_first_unread_age_seconds";
	size_t i;

	for (i = 0; i < v->n; i++) {
		const struct lag *l = &v->v[i];
		int64_t age = l->unread_ms == -1 || now < l->unread_ms ? 0 : now - l->unread_ms;

		/* A reader that has caught up waits for nothing: 0. */
		if (l->unread_ms == -1 && l->lag != 0)
			continue;
		labels(b, name, v, l);
		buf_printf(b, "%lld.%03lld\n", (long long)(age / 1000), (long long)(age % 1000));
	}
}

static void
print_all(struct buf *b, const struct view *views, size_t n)
{
	int64_t now = clock_wall_ms();
	size_t m, i, k;

	head(b, "plog_group_members", "Number of living members.");
	for (i = 0; i < n; i++)
		buf_printf(b, "plog_group_members{group=\"%s\"} %zu\n", views[i].info.name, view_members_alive(&views[i]));
	head(b, "plog_group_state", "1 for the state that the group is in.");
	for (i = 0; i < n; i++)
		buf_printf(b, "plog_group_state{group=\"%s\",state=\"%s\"} 1\n", views[i].info.name, views[i].info.state);
	for (m = 0; m < sizeof(metrics) / sizeof(metrics[0]); m++) {
		head(b, metrics[m].name, metrics[m].help);
		for (i = 0; i < n; i++)
			for (k = 0; k < views[i].n; k++) {
				int64_t value = metrics[m].value(&views[i].v[k]);

				if (value == -1)
					continue;
				labels(b, metrics[m].name, &views[i], &views[i].v[k]);
				buf_printf(b, "%lld\n", (long long)value);
			}
	}
	head(b, "plog_group_first_unread_age_seconds", "Age of the first record that the group has not read.");
	for (i = 0; i < n; i++)
		print_ages(b, &views[i], now);
}

int
group_cmd_metrics(struct group_opts *o, int n, char *const *operands)
{
	struct backend *be = group_backend(o, false);
	struct buf b = BUF_INIT;
	struct view *views;
	int rc, status = EXIT_DONE;
	char **names;
	size_t count, i, known = 0;

	names = group_names(be, o, n, operands, &count, &status);
	if ((views = calloc(count + 1, sizeof(*views))) == NULL)
		die("no memory");
	for (i = 0; i < count; i++) {
		struct err e = ERR_INIT;

		if ((rc = view_open(&views[known], be, o, names[i], &status, &e)) == 0)
			view_ages(&views[known++], be);
		else if (n > 0 || rc != -ERR_NOENT)
			status = group_failed(&e);
	}
	print_all(&b, views, known);
	for (i = 0; i < known; i++)
		view_close(&views[i], be);
	free(views);
	group_names_done(names, count);
	backend_close(be);
	return subcommand_output(&b, status);
}
