/*
 * remove_header.c - removes headers by name, out of a list, or by a pattern.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/component.h"
#include "agent/pattern.h"

struct remover {
	const char *name;
	struct pattern separator, matching;
	bool by_pattern;
	char *list;			/* the names of fromList, one behind the other */
	const char **names;
	size_t nnames;
};

/* fromList, split where the separator matches. */
static void
split(struct remover *r, const char *list)
{
	size_t n = strlen(list), from = 0, at[1][2];

	r->list = strdup(list);
	r->names = calloc(n + 1, sizeof(*r->names));
	if (r->list == NULL || r->names == NULL)
		return;
	for (;;) {
		r->names[r->nnames++] = r->list + from;
		if (pattern_find(&r->separator, SLICE_OF(list, n), from, at, 1) == 0 || at[0][1] == at[0][0])
			return;
		r->list[at[0][0]] = '\0';
		from = at[0][1];
	}
}

static void
configure(void *self, struct context *c)
{
	struct remover *r = self;
	const char *list = ctx_str(c, "fromList", NULL), *matching = ctx_str(c, "matching", NULL);

	r->name = ctx_str(c, "withName", NULL);
	pattern_read(&r->separator, c, "fromListSeparator", ctx_str(c, "fromListSeparator", "\\s*,\\s*"));
	if (list != NULL)
		split(r, list);
	r->by_pattern = matching != NULL;
	if (matching != NULL)
		pattern_read_whole(&r->matching, c, "matching", matching);
}

static bool
goes(struct remover *r, struct slice name)
{
	size_t i;

	if (r->name != NULL && slice_eq(name, slice_str(r->name)))
		return true;
	for (i = 0; i < r->nnames; i++)
		if (slice_eq(name, slice_str(r->names[i])))
			return true;
	return r->by_pattern && pattern_found(&r->matching, name);
}

static int
intercept(void *self, struct batch *b, size_t from, struct err *e)
{
	struct remover *r = self;
	size_t i, k;

	(void)e;
	for (i = from; i < b->n; i++)
		for (k = b->v[i].nheaders; k > 0; k--)
			if (goes(r, b->v[i].headers[k - 1].name))
				event_remove(b, &b->v[i], b->v[i].headers[k - 1].name);
	return 0;
}

static void
release(void *self)
{
	struct remover *r = self;

	pattern_release(&r->separator);
	pattern_release(&r->matching);
	free(r->list);
	free(r->names);
}

const struct interceptor_type interceptor_remove_header = {
	.names = { "remove_header", CLASSES("org.apache.flume.interceptor.RemoveHeaderInterceptor") },
	.size = sizeof(struct remover), .configure = configure, .intercept = intercept, .release = release,
};
