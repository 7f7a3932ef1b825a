/*
 * Which records pass.
 */
#include <stdlib.h>

#include "consume/filter.h"
#include "text/glob.h"
#include "text/regex.h"
#include "tool/msg.h"

struct filter {
	const struct options *o;
	const struct regex_ops *ops;
	struct regex *grep;		/* NULL: not given */
};

struct filter *
filter_new(const struct options *o)
{
	struct err e = ERR_INIT;
	struct filter *f;

	if (o->filter_key == NULL && o->nfilter_headers == 0 && o->grep == NULL)
		return NULL;
	if ((f = calloc(1, sizeof(*f))) == NULL)
		die("out of memory");
	f->o = o;
	if (o->grep == NULL)
		return f;
	if ((f->ops = regex_load(&e)) == NULL)
		die_err(&e);
	if (f->ops->compile(&f->grep, o->grep, &e) != 0) {
		if (e.code == ERR_INVALID)
			die_usage("--grep: %s", e.text);
		die_err(&e);
	}
	return f;
}

static bool
header_holds(const struct header_filter *want, const struct record *rec)
{
	struct slice name = slice_str(want->name);
	struct rd r = headers_rd(rec);
	struct header h;

	while (header_next(&r, &h) == 1)
		if (slice_eq(h.name, name) && (want->glob == NULL || glob_match(slice_str(want->glob), h.value)))
			return true;
	return false;
}

/* 1, 0, or -ERR_RANGE: the expression gave up on the value. */
static int
all_hold(const struct filter *f, const struct record *rec, struct err *e)
{
	const struct options *o = f->o;

	if (o->filter_key != NULL && !glob_match(slice_str(o->filter_key), rec->key))
		return 0;
	for (size_t i = 0; i < o->nfilter_headers; i++)
		if (!header_holds(&o->filter_headers[i], rec))
			return 0;
	return f->grep == NULL ? 1 : f->ops->match(f->grep, rec->value, e);
}

int
filter_pass(const struct filter *f, const struct record *rec, struct err *e)
{
	int rc;

	if (f == NULL)
		return 1;
	if ((rc = all_hold(f, rec, e)) < 0)
		return err_prefix(e, "offset %lld", (long long)rec->offset);
	return (rc == 1) != f->o->invert;
}

void
filter_free(struct filter *f)
{
	if (f == NULL)
		return;
	if (f->ops != NULL)
		f->ops->free(f->grep);
	free(f);
}
