/*
 * registry.h - which components there are (components.def), by the names that
 * configurations use: aliases in any case, class names as Flume's, also with
 * Flume 2's packages, also with $Builder behind.
 */
#ifndef AGENT_REGISTRY_H
#define AGENT_REGISTRY_H

#include "agent/component.h"

/* NULL: no such type.  near (may be NULL): the nearest known one, or NULL. */
const struct source_type *find_source(const char *type, const char **near);
const struct channel_type *find_channel(const char *type, const char **near);
const struct sink_type *find_sink(const char *type, const char **near);
const struct interceptor_type *find_interceptor(const char *type, const char **near);
const struct selector_type *find_selector(const char *type, const char **near);
const struct processor_type *find_processor(const char *type, const char **near);
const struct serializer_type *find_serializer(const char *type, const char **near);
const struct deserializer_type *find_deserializer(const char *type, const char **near);

/* What to use instead of a component of Flume that is not here ("jms"), or NULL. */
const char *instead_of(const char *kind, const char *type);

#endif
