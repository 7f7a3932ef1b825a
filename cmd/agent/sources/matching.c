/*
 * matching.c - see matching.h.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/sources/matching.h"
#include "base/clock.h"

void
matching_forget(struct matching *m)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		free(m->names[i]);
	free(m->names);
	m->names = NULL;
	m->n = 0;
}

int
matching_look(struct matching *m, struct backend *be, struct err *e)
{
	char **names, **mine;
	size_t count, i, n = 0;
	bool same;
	int rc;

	if ((rc = be->ops->topics(be, NULL, 0, &names, &count, e)) != 0)
		return rc;
	if ((mine = calloc(count + 1, sizeof(*mine))) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for topics");
	for (i = 0; rc == 0 && i < count; i++)
		if (pattern_found(&m->pattern, slice_str(names[i])) && (mine[n++] = strdup(names[i])) == NULL)
			rc = err_set(e, ERR_NOMEM, "no memory for topics");
	be->ops->names_free(names, count);
	m->looked_ns = clock_steady_ns();
	same = n == m->n;
	for (i = 0; rc == 0 && same && i < n; i++)
		same = strcmp(mine[i], m->names[i]) == 0;
	matching_forget(m);
	m->names = mine;
	m->n = n;
	return rc != 0 ? rc : !same;
}
