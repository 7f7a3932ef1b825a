/*
 * backend.c - a store, or a cluster (backend.h).
 */
#include "backend/backend.h"

#include "backend/cluster.h"
#include "backend/local.h"
#include "base/module.h"

int
backend_open(struct backend **be, const struct backend_opts *o, struct err *e)
{
	const struct cluster_module *m;

	*be = NULL;
	if (o->bootstrap == NULL)
		return local_open(be, o, e);
	if ((m = module_load("kafka", e)) == NULL)
		return -ERR_ABSENT;
	return m->open(be, o, e);
}

void
backend_close(struct backend *be)
{
	if (be != NULL)
		be->ops->close(be);
}
