/*
 * conf.c - the configuration out of its files (conf.h).
 */
#include "agent/conf.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/resolve.h"
#include "base/io.h"

/* All of a descriptor, at most SETTINGS_BYTES_MAX. */
static int
read_all(int fd, const char *name, struct buf *b, struct err *e)
{
	uint8_t *room;
	ssize_t got;

	for (;;) {
		if ((room = buf_room(b, 65536)) == NULL)
			return err_set(e, ERR_NOMEM, "no memory for '%s'", name);
		if ((got = read_full(fd, room, 65536)) < 0)
			return err_sys(e, "cannot read '%s'", name);
		b->n += (size_t)got;
		if (got < 65536)
			return 0;
		if (b->n > SETTINGS_BYTES_MAX)
			return err_set(e, ERR_TOOBIG, "'%s' is larger than %u MiB", name, SETTINGS_BYTES_MAX >> 20);
	}
}

static int
load_file(struct settings *s, const char *name, struct err *e)
{
	struct buf b = BUF_INIT;
	int fd, rc;

	if (strcmp(name, "-") == 0)
		rc = read_all(STDIN_FILENO, "standard input", &b, e);
	else if ((fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY)) == -1)
		rc = err_sys(e, "cannot open '%s'", name);
	else {
		rc = read_all(fd, name, &b, e);
		close(fd);
	}
	if (rc == 0)
		rc = settings_parse(s, buf_slice(&b), strcmp(name, "-") == 0 ? "<stdin>" : name, e);
	buf_release(&b);
	return rc;
}

struct conf *
conf_load(const struct conf_options *opts, struct problems *problems, struct err *e)
{
	struct conf *c = calloc(1, sizeof(*c));
	size_t i;

	if (c == NULL) {
		(void)err_set(e, ERR_NOMEM, "no memory for the configuration");
		return NULL;
	}
	atomic_init(&c->refs, 1);
	c->opts = opts;
	for (i = 0; i < opts->nfiles; i++)
		if (load_file(&c->s, opts->files[i], e) != 0) {
			conf_unref(c);
			return NULL;
		}
	if ((c->read = calloc(c->s.n + 1, sizeof(*c->read))) == NULL) {
		(void)err_set(e, ERR_NOMEM, "no memory for the configuration");
		conf_unref(c);
		return NULL;
	}
	for (i = 0; i < c->s.n; i++)
		if (c->s.v[i].before > 0)
			problem_add(problems, false, c->s.v[i].file, c->s.v[i].line, c->s.v[i].key, "stands on line %u already; this one counts",
			    c->s.v[i].before);
	if (resolve(c, problems, e) != 0) {
		conf_unref(c);
		return NULL;
	}
	return c;
}

void
conf_ref(struct conf *c)
{
	atomic_fetch_add(&c->refs, 1);
}

void
conf_unref(struct conf *c)
{
	if (c == NULL || atomic_fetch_sub(&c->refs, 1) != 1)
		return;
	while (c->nowned > 0) {
		free(c->owned[--c->nowned].path);
		free(c->owned[c->nowned].by);
	}
	free(c->owned);
	settings_release(&c->s);
	free(c->read);
	free(c);
}

const char *
conf_define(const struct conf *c, const char *name)
{
	long i = settings_find(&c->opts->defines, name);

	return i < 0 ? NULL : c->opts->defines.v[i].value;
}
