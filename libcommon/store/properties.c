/*
 * properties.c - names and values, read strictly (properties.h).
 */
#include "store/properties.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/io.h"
#include "codec/hash.h"

#define SEAL		"# crc32c "
#define ENTRIES_MAX	1024	/* bounds the search for a name that comes twice */
#define SEAL_LEN	(sizeof(SEAL) - 1 + 8 + 1)	/* with its digits and newline */

/* The bytes before the seal line, where there is one; -1: it does not match. */
static int
unseal(struct slice *s)
{
	char want[SEAL_LEN + 1];
	const uint8_t *line;

	if (s->n < SEAL_LEN)
		return 0;
	line = s->p + s->n - SEAL_LEN;
	if (memcmp(line, SEAL, sizeof(SEAL) - 1) != 0 || (line > s->p && line[-1] != '\n'))
		return 0;
	s->n -= SEAL_LEN;
	snprintf(want, sizeof(want), SEAL "%08x\n", crc32c(s->p, s->n));
	return memcmp(line, want, SEAL_LEN) == 0 ? 0 : -1;
}

/* Leaves out spaces at both ends; ends the string. */
static char *
trim(char *from, char *to)
{
	while (from < to && (*from == ' ' || *from == '\t'))
		from++;
	while (to > from && (to[-1] == ' ' || to[-1] == '\t'))
		to--;
	*to = '\0';
	return from;
}

static const char *
bad_name(const char *s)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";

	return *s == '\0' || s[strspn(s, set)] != '\0' ? "is no name" : NULL;
}

static const char *
bad_value(const char *s)
{
	for (; *s != '\0'; s++)
		if (*s < 0x20 || *s > 0x7e || *s == '\\' || *s == '#')
			return "has a byte that no value has";
	return NULL;
}

static int
add(struct properties *p, const char *name, const char *value, unsigned line)
{
	if (p->n == p->cap) {
		size_t cap = p->cap == 0 ? 16 : p->cap * 2;
		struct property *v = reallocarray(p->v, cap, sizeof(*v));

		if (v == NULL)
			return -1;
		p->v = v;
		p->cap = cap;
	}
	p->v[p->n++] = (struct property){ .name = name, .value = value, .line = line };
	return 0;
}

static int
take_line(struct properties *p, char *line, char *end, unsigned number, const char *what, struct err *e)
{
	char *eq, *name, *value;
	const char *why;

	line = trim(line, end);
	if (*line == '\0' || *line == '#')
		return 0;
	if ((eq = strchr(line, '=')) == NULL)
		return err_set(e, ERR_DAMAGE, "%s is damaged: line %u has no '='", what, number);
	value = trim(eq + 1, line + strlen(line));
	name = trim(line, eq);
	if ((why = bad_name(name)) != NULL || (why = bad_value(value)) != NULL)
		return err_set(e, ERR_DAMAGE, "%s is damaged: line %u %s", what, number, why);
	if (properties_get(p, name) != NULL)
		return err_set(e, ERR_DAMAGE, "%s is damaged: line %u has '%s' a second time", what, number, name);
	if (p->n == ENTRIES_MAX)
		return err_set(e, ERR_DAMAGE, "%s is damaged: it has more than %d entries", what, ENTRIES_MAX);
	if (add(p, name, value, number) == -1)
		return err_set(e, ERR_NOMEM, "cannot read %s: no memory", what);
	return 0;
}

int
properties_parse(struct properties *p, struct slice s, const char *what, struct err *e)
{
	unsigned number;
	char *at, *nl;
	int rc = 0;

	*p = (struct properties)PROPERTIES_INIT;
	if (s.n > PROPERTIES_BYTES_MAX)
		return err_set(e, ERR_DAMAGE, "%s is damaged: it is too large", what);
	if (unseal(&s) == -1)
		return err_set(e, ERR_DAMAGE, "%s is damaged: its checksum does not match", what);
	if (s.n > 0 && memchr(s.p, '\0', s.n) != NULL)
		return err_set(e, ERR_DAMAGE, "%s is damaged: it has a NUL byte", what);
	if (s.n > 0 && s.p[s.n - 1] != '\n')
		return err_set(e, ERR_DAMAGE, "%s is damaged: its last line is cut off", what);
	if ((p->text = malloc(s.n + 1)) == NULL)
		return err_set(e, ERR_NOMEM, "cannot read %s: no memory", what);
	if (s.n > 0)
		memcpy(p->text, s.p, s.n);
	p->text[s.n] = '\0';
	for (at = p->text, number = 1; rc == 0 && *at != '\0'; at = nl + 1, number++) {
		nl = strchr(at, '\n');
		rc = take_line(p, at, nl, number, what, e);
	}
	if (rc != 0)
		properties_release(p);
	return rc;
}

int
properties_read(struct properties *p, int dirfd, const char *name, const char *what, struct err *e)
{
	struct buf b = BUF_INIT;
	int rc;

	*p = (struct properties)PROPERTIES_INIT;
	rc = file_read(dirfd, name, PROPERTIES_BYTES_MAX, &b, e);
	if (rc == -ERR_TOOBIG)
		rc = err_set(e, ERR_DAMAGE, "%s is damaged: it is too large", what);
	if (rc == 0)
		rc = properties_parse(p, buf_slice(&b), what, e);
	buf_release(&b);
	return rc;
}

const char *
properties_get(const struct properties *p, const char *name)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (strcmp(p->v[i].name, name) == 0)
			return p->v[i].value;
	return NULL;
}

void
properties_release(struct properties *p)
{
	free(p->v);
	free(p->text);
	*p = (struct properties)PROPERTIES_INIT;
}

void
properties_put(struct buf *b, const char *name, const char *value)
{
	buf_printf(b, "%s=%s\n", name, value);
}

void
properties_seal(struct buf *b)
{
	buf_printf(b, SEAL "%08x\n", crc32c(b->p, b->n));
}
