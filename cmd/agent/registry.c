/*
 * registry.c - finds components by name (registry.h).
 */
#include "agent/registry.h"

#include <string.h>
#include <strings.h>

#include "base/parse.h"

#define SOURCE(n)	extern const struct source_type source_##n;
#define CHANNEL(n)	extern const struct channel_type channel_##n;
#define SINK(n)		extern const struct sink_type sink_##n;
#define INTERCEPTOR(n)	extern const struct interceptor_type interceptor_##n;
#define SELECTOR(n)	extern const struct selector_type selector_##n;
#define PROCESSOR(n)	extern const struct processor_type processor_##n;
#define SERIALIZER(n)	extern const struct serializer_type serializer_##n;
#define DESERIALIZER(n)	extern const struct deserializer_type deserializer_##n;
#include "agent/components.def"
#undef SOURCE
#undef CHANNEL
#undef SINK
#undef INTERCEPTOR
#undef SELECTOR
#undef PROCESSOR
#undef SERIALIZER
#undef DESERIALIZER

enum kinds { SOURCES, CHANNELS, SINKS, INTERCEPTORS, SELECTORS, PROCESSORS, SERIALIZERS, DESERIALIZERS };

struct entry {
	enum kinds kind;
	const struct names *names;
	const void *type;
};

static const struct entry entries[] = {
#define SOURCE(n)	{ SOURCES, &source_##n.names, &source_##n },
#define CHANNEL(n)	{ CHANNELS, &channel_##n.names, &channel_##n },
#define SINK(n)		{ SINKS, &sink_##n.names, &sink_##n },
#define INTERCEPTOR(n)	{ INTERCEPTORS, &interceptor_##n.names, &interceptor_##n },
#define SELECTOR(n)	{ SELECTORS, &selector_##n.names, &selector_##n },
#define PROCESSOR(n)	{ PROCESSORS, &processor_##n.names, &processor_##n },
#define SERIALIZER(n)	{ SERIALIZERS, &serializer_##n.names, &serializer_##n },
#define DESERIALIZER(n)	{ DESERIALIZERS, &deserializer_##n.names, &deserializer_##n },
#include "agent/components.def"
};
#define ENTRIES	(sizeof(entries) / sizeof(entries[0]))

static bool
is_called(const struct names *names, const char *type)
{
	const char *const *c;
	size_t n = strlen(type);

	if (names->alias != NULL && strcasecmp(names->alias, type) == 0)
		return true;
	if (n > 8 && strcmp(type + n - 8, "$Builder") == 0)
		n -= 8;
	for (c = names->classes; *c != NULL; c++)
		if (strlen(*c) == n && memcmp(*c, type, n) == 0)
			return true;
	return false;
}

static const void *
find(enum kinds kind, const char *type, const char **near)
{
	const char *words[4 * ENTRIES + 1];
	const char *const *c;
	size_t i, n = 0;

	for (i = 0; i < ENTRIES; i++)
		if (entries[i].kind == kind && is_called(entries[i].names, type))
			return entries[i].type;
	if (near == NULL)
		return NULL;
	for (i = 0; i < ENTRIES; i++) {
		if (entries[i].kind != kind)
			continue;
		if (entries[i].names->alias != NULL)
			words[n++] = entries[i].names->alias;
		for (c = entries[i].names->classes; *c != NULL && n < 4 * i + 4; c++)
			words[n++] = *c;
	}
	words[n] = NULL;
	*near = nearest_name(type, words);
	return NULL;
}

const struct source_type *
find_source(const char *type, const char **near)
{
	return find(SOURCES, type, near);
}

const struct channel_type *
find_channel(const char *type, const char **near)
{
	return find(CHANNELS, type, near);
}

const struct sink_type *
find_sink(const char *type, const char **near)
{
	return find(SINKS, type, near);
}

const struct interceptor_type *
find_interceptor(const char *type, const char **near)
{
	return find(INTERCEPTORS, type, near);
}

const struct selector_type *
find_selector(const char *type, const char **near)
{
	return find(SELECTORS, type, near);
}

const struct processor_type *
find_processor(const char *type, const char **near)
{
	return find(PROCESSORS, type, near);
}

const struct serializer_type *
find_serializer(const char *type, const char **near)
{
	return find(SERIALIZERS, type, near);
}

const struct deserializer_type *
find_deserializer(const char *type, const char **near)
{
	return find(DESERIALIZERS, type, near);
}
