/*
 * glob.h - shell patterns over bytes, whatever they are.
 *
 * `*` any bytes, `?` one byte, `[a-z]` one of a set, `[!a-z]` (or `[^a-z]`)
 * one outside of it, `\c` c itself.  A ']' right behind '[' or '[!' is one of
 * the set; a '[' that is never closed stands for itself.  NUL, '/' and a
 * leading dot are bytes as any other.  Time is at most pattern times bytes.
 */
#ifndef TEXT_GLOB_H
#define TEXT_GLOB_H

#include <stdbool.h>

#include "base/bytes.h"

bool glob_match(struct slice pattern, struct slice bytes);	/* NULL bytes never match */
bool glob_is(const char *);		/* has it any of * ? [ ? */

#endif
