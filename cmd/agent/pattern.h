/*
 * pattern.h - regular expressions of a configuration: PCRE2 over UTF-8, as near to Java's as it is.
 *
 * Read in configure; a pattern that does not compile, or a build without
 * PCRE2, is an error of that key.  Not from two threads at once.
 */
#ifndef AGENT_PATTERN_H
#define AGENT_PATTERN_H

#include "agent/context.h"
#include "base/bytes.h"
#include "text/regex.h"

struct pattern {
	const struct regex_ops *ops;	/* NULL: there is none */
	struct regex *re;
};

/* What is wrong is told; then the pattern matches nothing. */
void pattern_read(struct pattern *, struct context *, const char *key, const char *text);
/* The same for one that must match all of the text, as Java's matches(). */
void pattern_read_whole(struct pattern *, struct context *, const char *key, const char *text);
/* As regex_ops.find; a pattern that tries too many ways matches nothing. */
int pattern_find(struct pattern *, struct slice, size_t from, size_t (*at)[2], size_t n);
bool pattern_found(struct pattern *, struct slice);
unsigned pattern_groups(const struct pattern *);
void pattern_release(struct pattern *);

#endif
