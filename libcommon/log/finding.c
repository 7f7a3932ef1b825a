/*
 * finding.c - see finding.h.
 */
#include "log/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

const char *
finding_word(enum finding_kind k)
{
	static const char *const words[] = {
		[FINDING_TORN] = "torn tail", [FINDING_DAMAGE] = "damage", [FINDING_STALE] = "stale cache",
		[FINDING_LEFTOVER] = "leftover", [FINDING_MODE] = "mode", [FINDING_UNREAD] = "not read",
	};

	return words[k];
}

static const char *
remedy(enum finding_kind k, bool broker)
{
	if (broker && k != FINDING_UNREAD)
		return k == FINDING_DAMAGE ? "restore it from another replica" : "the broker sees to it when it starts";
	switch (k) {
	case FINDING_TORN:
		return "the next writer sets it aside";
	case FINDING_DAMAGE:
		return "plog-check repair; until then plog-consume --on-damage=skip reads on behind it";
	case FINDING_STALE:
		return "plog-check reindex";
	case FINDING_LEFTOVER:
		return "the next plog-retain or plog-topic sees to it, or plog-check repair";
	case FINDING_MODE:
		return "chown or chmod it as the directory is";
	case FINDING_UNREAD:
		break;
	}
	return NULL;
}

/* Room for one more; NULL: counted as more. */
static struct finding *
room(struct findings *f)
{
	struct finding *v;
	size_t cap;

	if (f->n == FINDINGS_MAX) {
		f->more++;
		return NULL;
	}
	if (f->n == f->cap) {
		cap = f->cap == 0 ? 8 : 2 * f->cap;
		if ((v = reallocarray(f->v, cap, sizeof(*v))) == NULL) {
			f->nomem = true;
			f->more++;
			return NULL;
		}
		f->v = v;
		f->cap = cap;
	}
	return &f->v[f->n++];
}

void
findings_add(struct findings *f, enum finding_kind kind, const struct spot *s, const char *fmt, ...)
{
	struct finding *x = room(f);
	va_list ap;

	if (x == NULL)
		return;
	x->kind = kind;
	x->position = s->position;
	x->from = s->from;
	x->next = s->next;
	x->remedy = remedy(kind, s->broker);
	(void)snprintf(x->path, sizeof(x->path), "%s%s%s", s->dir, s->file == NULL ? "" : "/",
	    s->file == NULL ? "" : s->file);
	va_start(ap, fmt);
	(void)vsnprintf(x->what, sizeof(x->what), fmt, ap);
	va_end(ap);
}

void
findings_clear(struct findings *f)
{
	f->n = 0;
	f->more = 0;
}

void
findings_release(struct findings *f)
{
	free(f->v);
	*f = (struct findings)FINDINGS_INIT;
}
