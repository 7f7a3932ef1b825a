/*
 * pattern.c - regular expressions of a configuration (pattern.h).
 */
#include "agent/pattern.h"

#include "base/buf.h"

void
pattern_read(struct pattern *p, struct context *c, const char *key, const char *text)
{
	struct err e = ERR_INIT;

	if ((p->ops = regex_load(&e)) == NULL || p->ops->compile_text(&p->re, text, &e) != 0) {
		ctx_err(c, key, &e);
		p->ops = NULL;
	}
}

int
pattern_find(struct pattern *p, struct slice s, size_t from, size_t (*at)[2], size_t n)
{
	int rc = p->ops == NULL ? 0 : p->ops->find(p->re, s, from, at, n, NULL);

	return rc > 0 ? rc : 0;
}

bool
pattern_found(struct pattern *p, struct slice s)
{
	return p->ops != NULL && p->ops->match(p->re, s, NULL) == 1;
}

void
pattern_read_whole(struct pattern *p, struct context *c, const char *key, const char *text)
{
	struct buf b = BUF_INIT;

	/* First as it was written: a mistake in it is shown there. */
	pattern_read(p, c, key, text);
	if (p->ops != NULL) {
		pattern_release(p);
		buf_printf(&b, "\\A(?:%s)\\z", text);
		if (b.failed)
			ctx_error(c, key, "no memory");
		else
			pattern_read(p, c, key, buf_str(&b));
	}
	buf_release(&b);
}

unsigned
pattern_groups(const struct pattern *p)
{
	return p->ops == NULL ? 0 : p->ops->groups(p->re);
}

void
pattern_release(struct pattern *p)
{
	if (p->ops != NULL)
		p->ops->free(p->re);
	p->ops = NULL;
}
