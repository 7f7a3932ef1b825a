/*
 * plog-group peek: records around the position of a group.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "group/group.h"
#include "text/fmt.h"
#include "text/json.h"
#include "text/terminal.h"
#include "tool/msg.h"

#define DEFAULT_FORMAT	"%p\\t%o\\t%k\\t%v\\n"

struct look {
	struct backend *be;
	const struct group_opts *o;
	struct fmt *fmt;
	struct buf out, one;
	bool escape;
};

static int
print(struct look *p, const struct where *w, const struct record *rec, struct err *e)
{
	int rc = 0;

	buf_clear(&p->one);
	if (p->o->form == TABLE_JSON)
		json_write(w, rec, &p->one);
	else
		rc = fmt_write(p->fmt, w, rec, &p->one, e);
	if (p->escape && p->o->form != TABLE_JSON)
		terminal_escape(buf_slice(&p->one), &p->out);
	else
		buf_put(&p->out, p->one.p, p->one.n);
	return rc;
}

/*
 * Prints at most max records of [from, to), all but the first skip of them;
 * *seen: how many there are (up to skip + max).
 */
static int
range(struct look *p, const struct lag *l, int64_t from, int64_t to, int64_t skip, int64_t max, int64_t *seen, struct err *e)
{
	struct fetcher_opts opts = { .skip_damage = false };
	struct where w = { .topic = l->topic, .partition = l->partition };
	struct record recs[64];
	struct fetcher *f;
	struct chunk c;
	int rc, n, i;

	*seen = 0;
	if ((rc = p->be->ops->fetcher_open(p->be, &opts, &f, e)) != 0)
		return rc;
	rc = p->be->ops->add(f, l->topic, l->partition, from, to, e);
	while (rc == 0 && *seen < skip + max && (rc = p->be->ops->next(f, &c, e)) == 1) {
		rc = 0;
		while (rc == 0 && *seen < skip + max && (n = p->be->ops->records(f, recs, 64, e)) != 0) {
			if (n < 0)
				rc = n;
			for (i = 0; i < n && rc == 0 && *seen < skip + max; i++)
				if (++*seen > skip)
					rc = print(p, &w, &recs[i], e);
		}
	}
	p->be->ops->fetcher_close(f);
	return rc;
}

/* The last `before` records in front of the position; compaction may have left few in many offsets. */
static int
print_before(struct look *p, const struct lag *l, int64_t at, int64_t before, struct err *e)
{
	int64_t span = before, from, there, seen;
	int rc;

	if (before == 0)
		return 0;
	for (;;) {
		from = at - l->start > span ? at - span : l->start;
		if ((rc = range(p, l, from, at, INT64_MAX / 2, 0, &there, e)) != 0)
			return rc;
		if (there >= before || from == l->start)
			break;
		span = span > INT64_MAX / 8 ? INT64_MAX / 2 : span * 4;
	}
	return range(p, l, from, at, there > before ? there - before : 0, before, &seen, e);
}

static int
look(struct look *p, const struct lag *l, struct err *e)
{
	int64_t before = p->o->before == -1 ? 0 : p->o->before;
	int64_t after = p->o->after == -1 ? (p->o->before == -1 ? 1 : 0) : p->o->after;
	int64_t at = l->offset < l->start ? l->start : l->offset > l->end ? l->end : l->offset, seen;
	int rc;

	if ((rc = print_before(p, l, at, before, e)) != 0 || after == 0 || at == l->end)
		return rc;
	return range(p, l, at, l->end, 0, after, &seen, e);
}

static int
look_all(struct look *p, const struct view *v, const char *topic)
{
	int status = EXIT_DONE;
	bool found = false;
	size_t i;

	for (i = 0; i < v->n; i++) {
		const struct lag *l = &v->v[i];
		struct err e = ERR_INIT;

		if (strcmp(l->topic, topic) != 0 || !group_part_wanted(p->o, l->partition) || l->offset == -1 || l->end == -1)
			continue;
		found = true;
		if (look(p, l, &e) != 0)
			status = group_failed(&e);
	}
	if (found)
		return status;
	msg("group '%s' has no position there in topic '%s'", v->info.name, topic);
	return EXIT_FAILED;
}

int
group_cmd_peek(struct group_opts *o, int n, char *const *operands)
{
	struct look p = { .o = o, .out = BUF_INIT, .one = BUF_INIT, .escape = isatty(STDOUT_FILENO) };
	struct err e = ERR_INIT;
	int status = EXIT_DONE;
	struct view v;

	if (n != 2)
		die_usage("peek: one group and one topic");
	if (o->form == TABLE_JSON && o->format != NULL)
		die_usage("peek: -F or -J");
	if (fmt_compile(&p.fmt, o->format != NULL ? o->format : DEFAULT_FORMAT, FMT_WRITE, &e) != 0)
		die_usage("-F: %s", e.text);
	p.be = group_backend(o, false);
	if (view_open(&v, p.be, o, operands[0], &status, &e) != 0)
		die_err(&e);
	n = look_all(&p, &v, operands[1]);
	view_close(&v, p.be);
	fmt_free(p.fmt);
	buf_release(&p.one);
	backend_close(p.be);
	return subcommand_output(&p.out, n != EXIT_DONE ? n : status);
}
