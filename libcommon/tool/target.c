/*
 * Where a command works: a store, or a cluster.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tool/msg.h"
#include "tool/opts.h"

static void
add(const char ***list, size_t *n, const char *s)
{
	const char **more = reallocarray(*list, *n + 1, sizeof(*more));

	if (more == NULL)
		die("%s", strerror(ENOMEM));
	more[(*n)++] = s;
	*list = more;
}

void
target_dir(struct target *t, const char *dir)
{
	if (*dir == '\0')
		die_usage("-d: is empty");
	add(&t->dirs, &t->ndirs, dir);
}

void
target_bootstrap(struct target *t, const char *servers)
{
	t->bootstrap = servers;
}

void
target_property(struct target *t, const char *pair)
{
	if (strchr(pair, '=') == NULL || *pair == '=')
		die_usage("-X: is not NAME=VALUE: %s", pair);
	add(&t->properties, &t->nproperties, pair);
}

void
target_command_config(struct target *t, const char *file)
{
	t->command_config = file;
}

static const char *
servers_of(const struct target *t)
{
	const char *env;

	if (t->ndirs > 0 || t->bootstrap != NULL)
		return t->bootstrap;
	env = getenv("PLOG_BOOTSTRAP_SERVER");
	return env != NULL && *env != '\0' ? env : NULL;
}

bool
target_is_cluster(const struct target *t)
{
	return servers_of(t) != NULL;
}

static void
notice(void *arg, const char *text)
{
	(void)arg;
	msg("%s", text);
}

int
target_connect(struct target *t, bool write, bool create, const volatile sig_atomic_t *stop, struct backend **be,
    struct err *e)
{
	struct backend_opts o;

	if (t->ndirs > 0 && t->bootstrap != NULL)
		die_usage("-d names a store and -b a cluster: give one of them");
	o = (struct backend_opts){ .dirs = t->dirs, .ndirs = t->ndirs, .bootstrap = servers_of(t), .create = create,
	    .write = write, .properties = t->properties, .nproperties = t->nproperties, .command_config = t->command_config,
	    .stop = stop, .notice = notice };
	if (o.bootstrap == NULL && (t->nproperties > 0 || t->command_config != NULL))
		die_usage("-X and --command-config are for a cluster: -b names it");
	return backend_open(be, &o, e);
}

struct backend *
target_open(struct target *t, bool write, bool create, const volatile sig_atomic_t *stop)
{
	struct err e = ERR_INIT;
	struct backend *be;

	if (target_connect(t, write, create, stop, &be, &e) != 0)
		die_err(&e);
	return be;
}
