/*
 * What the subcommands of plog-topic do alike: open, names, partitions, output.
 */
#include "text/glob.h"
#include "topic/topic.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/config.h"
#include "tool/msg.h"

struct backend *
topic_backend(struct topic_opts *o, bool write, bool create)
{
	struct backend *be = target_open(&o->target, write, create, NULL);
	size_t n = be->ops->left_out != NULL ? be->ops->left_out(be) : 0;

	if (n > 0 && !o->quiet)
		msg("%zu replica%s left out (being deleted or moved, or stray)", n, n == 1 ? " is" : "s are");
	return be;
}

int
topic_failed(const struct err *e)
{
	msg_err(e);
	return EXIT_FAILED;
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
add_matches(struct backend *be, struct names *l, const char *const *globs, size_t n, int *status)
{
	struct err e = ERR_INIT;
	char **found;
	size_t count, i;

	if (be->ops->topics(be, globs, n, &found, &count, &e) != 0) {
		*status = topic_failed(&e);
		return false;
	}
	for (i = 0; i < count; i++)
		add(l, found[i]);
	be->ops->names_free(found, count);
	return count > 0;
}

char **
topic_names(struct backend *be, int n, char *const *operands, size_t *count, int *status)
{
	struct names l = { .v = NULL };
	int i;

	if (n == 0)
		(void)add_matches(be, &l, NULL, 0, status);
	for (i = 0; i < n; i++) {
		const char *glob = operands[i];

		/* No topic has these in its name. */
		if (!glob_is(glob))
			add(&l, glob);
		else if (!add_matches(be, &l, &glob, 1, status) && *status == EXIT_DONE) {
			msg("no topic matches '%s'", glob);
			*status = EXIT_FAILED;
		}
	}
	*count = l.n;
	return l.v;
}

void
topic_names_done(char **names, size_t count)
{
	while (count > 0)
		free(names[--count]);
	free(names);
}

int32_t *
topic_partition_list(struct backend *be, const struct topic_opts *o, const char *topic, size_t *n, int *status)
{
	struct err e = ERR_INIT;
	int32_t *here, total;
	size_t nhere, i, k;

	*n = 0;
	if (be->ops->partitions(be, topic, &here, &nhere, &total, &e) != 0) {
		*status = topic_failed(&e);
		return NULL;
	}
	if (o->nparts == 0) {
		*n = nhere;
		return here;
	}
	for (i = 0; i < o->nparts; i++) {
		for (k = 0; k < nhere && here[k] != o->parts[i]; k++)
			;
		if (k == nhere) {
			if (o->parts[i] >= total)
				msg("topic '%s' has no partition %d, it has %d", topic, o->parts[i], total);
			else
				msg("partition %d of topic '%s' is not in '%s'", o->parts[i], topic, be->ops->where(be));
			*status = EXIT_FAILED;
		} else {
			/* Both lists rise: what is wanted moves to the front. */
			here[k] = here[*n];
			here[(*n)++] = o->parts[i];
		}
	}
	return here;
}

void
topic_check_configs(const struct topic_opts *o)
{
	struct config *c = config_new();
	struct err e = ERR_INIT;
	size_t i;
	int rc = 0;

	if (c == NULL)
		die("%s", strerror(ENOMEM));
	if (!target_is_cluster(&o->target)) {
		for (i = 0; rc == 0 && i < o->configs.n; i++)
			rc = config_set_pair(c, o->configs.v[i], &e);
		for (i = 0; rc == 0 && i < o->unset.n; i++)
			rc = config_unset(c, o->unset.v[i], &e);
	}
	config_free(c);
	if (rc != 0)
		die_usage("%s", e.text);
}
