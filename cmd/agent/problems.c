/*
 * problems.c - gathers what is wrong with a configuration (problems.h).
 */
#include "agent/problems.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
problem_vadd(struct problems *p, bool error, const char *file, unsigned line, const char *key, const char *fmt, va_list ap)
{
	char text[2048];
	struct problem one = { .error = error, .line = line };
	size_t n = 0;

	if (key != NULL)
		n = (size_t)snprintf(text, sizeof(text) / 2, "%s: ", key);
	if (n >= sizeof(text) / 2)
		n = sizeof(text) / 2 - 1;
	vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	if (error)
		p->errors++;
	if (p->n == p->cap) {
		size_t cap = p->cap == 0 ? 16 : p->cap * 2;
		struct problem *v = reallocarray(p->v, cap, sizeof(*v));

		if (v == NULL) {
			p->lost = true;
			return;
		}
		p->v = v;
		p->cap = cap;
	}
	one.text = strdup(text);
	one.file = file == NULL ? NULL : strdup(file);
	if (one.text == NULL || (file != NULL && one.file == NULL)) {
		free(one.text);
		free(one.file);
		p->lost = true;
		return;
	}
	p->v[p->n++] = one;
}

void
problem_add(struct problems *p, bool error, const char *file, unsigned line, const char *key, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	problem_vadd(p, error, file, line, key, fmt, ap);
	va_end(ap);
}

/* Stable, so that what was found first of a line stays first; a file's problems stay together. */
void
problems_sort(struct problems *p)
{
	size_t i, j;

	for (i = 1; i < p->n; i++) {
		struct problem one = p->v[i];

		for (j = i; j > 0; j--) {
			const struct problem *q = &p->v[j - 1];
			int by_file = q->file == NULL || one.file == NULL ? (one.file == NULL) - (q->file == NULL) : strcmp(q->file, one.file);

			if (by_file < 0 || (by_file == 0 && q->line <= one.line))
				break;
			p->v[j] = *q;
		}
		p->v[j] = one;
	}
}

void
problem_print(const struct problem *p, struct buf *out)
{
	if (p->file != NULL && p->line > 0)
		buf_printf(out, "%s:%u: ", p->file, p->line);
	else if (p->file != NULL)
		buf_printf(out, "%s: ", p->file);
	buf_printf(out, "%s: %s", p->error ? "error" : "warning", p->text);
}

void
problems_release(struct problems *p)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		free(p->v[i].text);
		free(p->v[i].file);
	}
	free(p->v);
	*p = (struct problems)PROBLEMS_INIT;
}
