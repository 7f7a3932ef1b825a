/*
 * Any bytes as a configuration: what is read is written as a properties file
 * and read back the same; then ${...} in it is resolved, and an agent of it is
 * built and thrown away.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/build.h"
#include "agent/resolve.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
put_escaped(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		if (*s == '\n' || *s == '\r' || *s == '\t' || *s == '\f')
			buf_printf(b, "\\%c", *s == '\n' ? 'n' : *s == '\r' ? 'r' : *s == '\t' ? 't' : 'f');
		else if ((unsigned char)*s < 0x80 && strchr(" =:#!\\", *s) != NULL)
			buf_printf(b, "\\%c", *s);
		else
			buf_putc(b, *s);
}

static void
written(const struct settings *s)
{
	struct settings again = SETTINGS_INIT;
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < s->n; i++) {
		put_escaped(&b, s->v[i].key);
		buf_putc(&b, '=');
		put_escaped(&b, s->v[i].value);
		buf_putc(&b, '\n');
	}
	if (settings_parse(&again, buf_slice(&b), "again", NULL) != 0 || again.n != s->n)
		abort();
	for (size_t i = 0; i < s->n; i++)
		if (strcmp(s->v[i].key, again.v[i].key) != 0 || strcmp(s->v[i].value, again.v[i].value) != 0)
			abort();
	settings_release(&again);
	buf_release(&b);
}

/* Values that would run a program are not for a fuzzer. */
static bool
runs_programs(const struct settings *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (strstr(s->v[i].key, "configfilters") != NULL)
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const char *const files[] = { "f" };
	static const struct conf_options opts = { .agent = "a", .files = files, .nfiles = 1 };
	struct problems problems = PROBLEMS_INIT;
	struct conf *c = calloc(1, sizeof(*c));
	struct log *log = log_open(2);

	if (c == NULL || log == NULL)
		abort();
	atomic_init(&c->refs, 1);
	c->opts = &opts;
	if (settings_parse(&c->s, SLICE_OF(data, n), "f", NULL) == 0 && !runs_programs(&c->s)) {
		written(&c->s);
		c->read = calloc(c->s.n + 1, sizeof(*c->read));
		if (c->read != NULL && resolve(c, &problems, NULL) == 0)
			agent_free(agent_build(c, log, &problems, NULL));
	}
	problems_release(&problems);
	conf_unref(c);
	log_close(log);
	return 0;
}
