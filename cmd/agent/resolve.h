/*
 * resolve.h - ${...} in the values of a configuration.
 *
 * As Flume 1.11: ${env:NAME}, ${sys:name} (of -D), ${key} of the same files,
 * ${x:-otherwise}, $${x} for a plain ${x}; names may hold others, and what is
 * put in is looked through again.  What cannot be resolved stays as it is.
 * With -DpropertiesImplementation=...EnvVarResolverProperties also ${NAME} of
 * the environment.  Config filters: ${f['key']}, ${f["key"]}, ${f[key]}.
 * Unlike Flume's, ${key} does not depend on the order of keys.
 */
#ifndef AGENT_RESOLVE_H
#define AGENT_RESOLVE_H

#include "agent/conf.h"

/* Replaces values in place; keys that were put into others count as read.  Problems are warnings. */
int resolve(struct conf *, struct problems *, struct err *);

/* filters.c: the value that a config filter has for key, appended; false: it has none (said).  NULL problems: quietly. */
struct filter_ask {
	const struct conf *conf;
	const char *type, *command;	/* of the filter, resolved; NULL: not set */
	const char *name, *key;		/* the filter's, and what is wanted */
};
enum filter_kind { FILTER_UNKNOWN, FILTER_ENV, FILTER_EXTERNAL };
enum filter_kind filter_kind(const char *type);
bool filter_value(const struct filter_ask *, struct buf *out, struct err *);

#endif
