/*
 * settings.h - the text of a Java properties file, exactly as
 * java.util.Properties reads it, with the line of each key.
 *
 *	struct settings s = SETTINGS_INIT;
 *
 *	rc = settings_parse(&s, text, "example.conf", &e);	// again for each file: later ones override
 *	i = settings_find(&s, "a1.sources");			// index, or -1
 *	settings_release(&s);
 *
 * Keys and values are trimmed afterwards, as Flume does.  Bytes are taken as
 * they are (UTF-8 by custom); \uXXXX becomes UTF-8.
 */
#ifndef AGENT_SETTINGS_H
#define AGENT_SETTINGS_H

#include <stddef.h>

#include "agent/event.h"
#include "base/err.h"
#include "base/map.h"

#define SETTINGS_BYTES_MAX	(16u << 20)

struct setting {
	const char *key, *value;	/* live as long as the settings */
	const char *file;
	unsigned line;			/* of its key, from 1 */
	unsigned before;		/* the same key stands there in the same file, and is overridden; 0: nowhere */
};

struct settings {
	struct setting *v;		/* in the order in which keys came first */
	size_t n, cap;
	struct map *index;
	struct arena *text;
};
#define SETTINGS_INIT	{ .v = NULL }

/* -ERR_INVALID with "FILE:LINE: ...": a malformed \u, a NUL byte, which nothing that reads values could take; -ERR_NOMEM. */
int settings_parse(struct settings *, struct slice text, const char *file, struct err *);
long settings_find(const struct settings *, const char *key);
/* Adds or replaces; all are copied. */
int settings_put(struct settings *, const char *key, const char *value, const char *file, unsigned line, struct err *);
void settings_release(struct settings *);

#endif
