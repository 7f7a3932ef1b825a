/*
 * What the subcommands of plog-group do alike: open, names of groups.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "group/group.h"
#include "text/glob.h"
#include "tool/msg.h"

struct backend *
group_backend(struct group_opts *o, bool write)
{
	/* Groups kept elsewhere are written though the store is not. */
	struct backend *be = target_open(&o->target, write && o->dir == NULL, false, NULL);

	if (be->ops->groups == NULL)
		die("'%s': its groups are not kept here", be->ops->where(be));
	return be;
}

int
group_failed(const struct err *e)
{
	msg_err(e);
	return EXIT_FAILED;
}

bool
group_part_wanted(const struct group_opts *o, int32_t partition)
{
	size_t i;

	for (i = 0; i < o->nparts; i++)
		if (o->parts[i] == partition)
			return true;
	return o->nparts == 0;
}

struct names {
	char **v;
	size_t n;
};

static void
add(struct names *l, const char *name)
{
	char **v = reallocarray(l->v, l->n + 2, sizeof(*v));

	if (v == NULL || (v[l->n] = strdup(name)) == NULL)
		die("%s", strerror(ENOMEM));
	v[++l->n] = NULL;
	l->v = v;
}

/* What the globs match; false: nothing, or an error, which was said. */
static bool
add_matches(struct backend *be, const char *dir, struct names *l, const char *const *globs, size_t n, int *status)
{
	struct err e = ERR_INIT;
	char **found;
	size_t count, i;

	if (be->ops->groups->list(be, dir, globs, n, &found, &count, &e) != 0) {
		*status = group_failed(&e);
		return false;
	}
	for (i = 0; i < count; i++)
		add(l, found[i]);
	be->ops->names_free(found, count);
	return count > 0;
}

char **
group_names(struct backend *be, const struct group_opts *o, int n, char *const *operands, size_t *count, int *status)
{
	struct names l = { .v = NULL };
	int i;

	if (n == 0)
		(void)add_matches(be, o->dir, &l, NULL, 0, status);
	for (i = 0; i < n; i++) {
		const char *glob = operands[i];

		if (!glob_is(glob))
			add(&l, glob);
		else if (!add_matches(be, o->dir, &l, &glob, 1, status) && *status == EXIT_DONE) {
			msg("no group matches '%s'", glob);
			*status = EXIT_FAILED;
		}
	}
	*count = l.n;
	return l.v;
}

void
group_names_done(char **names, size_t count)
{
	while (count > 0)
		free(names[--count]);
	free(names);
}
