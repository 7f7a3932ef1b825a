/*
 * place.c - the offset language (place.h).
 */
#include "backend/place.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"

static const char *const words[] = { "earliest", "latest", NULL };

static int
refuse(const char *s, struct err *e)
{
	const char *near = nearest_name(s, words);

	if (near != NULL)
		return err_set(e, ERR_INVALID, "is no place in a log: '%.100s', did you mean '%s'?", s, near);
	return err_set(e, ERR_INVALID,
	    "is no place in a log: '%.100s' (earliest, latest, N, +N, -N, @TIME)", s);
}

int
place_parse(const char *s, int64_t now_ms, struct place *p, struct err *e)
{
	const char *number = s;
	int rc;

	*p = (struct place){ .kind = PLACE_OFFSET };
	if (*s == '@') {
		p->kind = PLACE_TIME;
		if ((rc = parse_time(s + 1, now_ms, &p->n, e)) != 0)
			(void)err_prefix(e, "'%.100s'", s);
		return rc;
	}
	if (strcmp(s, "earliest") == 0 || strcmp(s, "latest") == 0) {
		p->kind = *s == 'e' ? PLACE_EARLIEST : PLACE_LATEST;
		return 0;
	}
	if (*s == '+' || *s == '-') {
		p->kind = *s == '+' ? PLACE_FROM_START : PLACE_FROM_END;
		number++;
	}
	if (!isdigit((unsigned char)*number) || parse_int(number, 0, INT64_MAX, &p->n, NULL) != 0)
		return refuse(s, e);
	return 0;
}

/* One side of a range; nothing there is fine. */
static bool
side(const char *s, int64_t now_ms, struct place *p, bool *has)
{
	*has = *s != '\0';
	return !*has || place_parse(s, now_ms, p, NULL) == 0;
}

int
range_parse(const char *s, int64_t now_ms, struct place *from, bool *has_from, struct place *to, bool *has_to,
    struct err *e)
{
	const char *colon, *right;
	char *left;
	bool split = false;

	*has_from = *has_to = false;
	for (colon = strchr(s, ':'); !split && colon != NULL; colon = strchr(colon + 1, ':')) {
		right = colon + 1;
		/* The colons of a time are its own. */
		if (*s == '@' && isdigit((unsigned char)*right))
			continue;
		if ((left = strndup(s, (size_t)(colon - s))) == NULL)
			return err_set(e, ERR_NOMEM, "no memory");
		split = side(left, now_ms, from, has_from) && side(right, now_ms, to, has_to);
		free(left);
	}
	if (split)
		return 0;
	*has_from = true;
	*has_to = false;
	return place_parse(s, now_ms, from, e);
}
