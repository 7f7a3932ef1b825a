/*
 * Positions in Kafka's two CSV forms: read by reset --from-file, written by
 * export.  Names of groups and topics hold no comma and no quote.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/lines.h"
#include "base/parse.h"
#include "group/move.h"
#include "tool/msg.h"

#define LINE_LONGEST	4096

struct csv {
	struct moves *m;
	struct backend *be;
	const struct group_opts *o;
	const char *group;		/* NULL: those of the file */
	int n;
	char *const *topics;
	const char *file;
	uint64_t line;
};

static void
bad(const struct csv *c, const char *why)
{
	msg("'%s', line %llu: %s", c->file, (unsigned long long)c->line, why);
	c->m->status = EXIT_FAILED;
}

/* A field, and on to the next one; Kafka's tools may put quotes around it. */
static char *
field(char **at)
{
	char *f = strsep(at, ",");
	size_t n = strlen(f);

	if (n >= 2 && f[0] == '"' && f[n - 1] == '"') {
		f[n - 1] = '\0';
		f++;
	}
	return f;
}

static bool
wanted(const struct csv *c, const char *topic, int32_t partition)
{
	int i;

	if (!group_part_wanted(c->o, partition))
		return false;
	for (i = 0; i < c->n; i++)
		if (strcmp(c->topics[i], topic) == 0)
			return true;
	return c->n == 0;
}

static void
take_line(struct csv *c, char *line)
{
	char *fields[4] = { NULL };
	int64_t partition, offset;
	struct err e = ERR_INIT;
	size_t n = 0, at = 0;

	while (line != NULL && n < 4)
		fields[n++] = field(&line);
	if (line != NULL || n < 3) {
		bad(c, "is not topic,partition,offset or group,topic,partition,offset");
		return;
	}
	if (n == 3 && c->group == NULL) {
		bad(c, "names no group, and the command line names none");
		return;
	}
	if (n == 4) {
		at = 1;
		if (c->group != NULL && strcmp(c->group, fields[0]) != 0)
			return;
	}
	if ((n == 4 && name_check("group", fields[0], &e) != 0) || name_check("topic", fields[at], &e) != 0 ||
	    parse_int(fields[at + 1], 0, INT32_MAX, &partition, &e) != 0 ||
	    parse_int(fields[at + 2], 0, INT64_MAX, &offset, &e) != 0) {
		bad(c, e.text);
		return;
	}
	if (wanted(c, fields[at], (int32_t)partition))
		moves_add(c->m, c->be, n == 4 ? fields[0] : c->group, fields[at], (int32_t)partition, offset, -1);
}

static void
read_lines(struct csv *c, struct lines *in)
{
	char line[LINE_LONGEST + 1];
	struct slice s;

	for (;;) {
		switch (lines_next(in, &s)) {
		case LINES_DRY:
			if (lines_fill(in) == -1 && errno != EINTR) {
				msg("cannot read '%s': %s", c->file, strerror(errno));
				c->m->status = EXIT_FAILED;
				return;
			}
			break;
		case LINES_END:
			return;
		case LINES_LONG:
			c->line++;
			bad(c, "is too long");
			break;
		case LINES_RECORD:
			c->line++;
			if (s.n > 0 && s.p[s.n - 1] == '\r')
				s.n--;
			if (s.n == 0)
				break;
			memcpy(line, s.p, s.n);
			line[s.n] = '\0';
			if (memchr(line, '\0', s.n) != NULL)
				bad(c, "holds a NUL");
			else
				take_line(c, line);
			break;
		}
	}
}

static int
by_group(const void *a, const void *b)
{
	const struct move *x = a, *y = b;
	int rc = strcmp(x->group, y->group);

	if (rc == 0)
		rc = strcmp(x->topic, y->topic);
	return rc != 0 ? rc : x->partition < y->partition ? -1 : x->partition > y->partition;
}

/* What is there twice with two offsets is a mistake in the file. */
static void
check_twice(struct csv *c)
{
	struct moves *m = c->m;
	size_t i;

	for (i = 1; i < m->n; i++)
		if (by_group(&m->v[i - 1], &m->v[i]) == 0) {
			msg("'%s': '%s/%d' is there twice for group '%s'", c->file, m->v[i].topic, m->v[i].partition, m->v[i].group);
			m->status = EXIT_FAILED;
		}
}

void
moves_from_file(struct moves *m, struct backend *be, const struct group_opts *o, const char *group, int n, char *const *topics,
    const char *file)
{
	bool std = strcmp(file, "-") == 0;
	struct csv c = { .m = m, .be = be, .o = o, .group = group, .n = n, .topics = topics, .file = std ? "standard input" : file };
	struct lines in = LINES_INIT;
	int fd = std ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC);

	if (fd == -1 || lines_open(&in, fd, (struct slice){ (const uint8_t *)"\n", 1 }, LINE_LONGEST) == -1)
		die("cannot open '%s': %s", file, strerror(errno));
	read_lines(&c, &in);
	lines_close(&in);
	if (!std)
		close(fd);
	if (m->n > 1)
		qsort(m->v, m->n, sizeof(*m->v), by_group);
	check_twice(&c);
}

static const struct column columns[] = {
	{ "GROUP", "group", COL_TEXT },
	{ "TOPIC", "topic", COL_TEXT },
	{ "PARTITION", "partition", COL_NUMBER },
	{ "OFFSET", "offset", COL_NUMBER },
	{ NULL, NULL, COL_TEXT },
};

static void
export_group(struct buf *b, struct table *t, const struct group_opts *o, const struct group_info *info, bool with_name)
{
	size_t i;

	for (i = 0; i < info->nplaces; i++) {
		const struct group_place *p = &info->places[i];

		if (p->offset == -1)
			continue;
		if (o->form == TABLE_JSON) {
			table_text(t, info->name);
			table_text(t, p->topic);
			table_number(t, p->partition);
			table_number(t, p->offset);
			table_row(t);
			continue;
		}
		if (with_name)
			buf_printf(b, "%s,", info->name);
		buf_printf(b, "%s,%d,%lld\n", p->topic, p->partition, (long long)p->offset);
	}
}

int
group_cmd_export(struct group_opts *o, int n, char *const *operands)
{
	struct backend *be = group_backend(o, false);
	struct buf b = BUF_INIT;
	int status = EXIT_DONE;
	struct table t;
	char **names;
	size_t count, i, k;

	names = group_names(be, o, n, operands, &count, &status);
	table_init(&t, columns, TABLE_JSON);
	for (i = 0; i < count; i++) {
		struct group_info info = GROUP_INFO_INIT;
		struct err e = ERR_INIT;

		if (be->ops->groups->describe(be, o->dir, names[i], &info, &e) != 0) {
			status = group_failed(&e);
			continue;
		}
		for (k = 0; k < info.ndamaged; k++) {
			msg("%s", info.damaged[k]);
			status = EXIT_FAILED;
		}
		/* One that was named is written as Kafka does for one. */
		export_group(&b, &t, o, &info, n != 1 || count != 1);
		be->ops->groups->info_release(&info);
	}
	table_finish(&t, &b);
	group_names_done(names, count);
	backend_close(be);
	return subcommand_output(&b, status);
}
