/*
 * finding.c - see finding.h.
 */
#include "log/finding.h"

#include <sys/stat.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
findings_mode(struct findings *f, const struct spot *s, int dirfd, const struct stat *dir, const char *what)
{
	bool other, group;
	struct stat st;

	if (fstatat(dirfd, s->file, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	other = (st.st_mode & 06) == 06;
	group = other || (st.st_mode & 060) == 060;
	if (!S_ISREG(st.st_mode)) {
		findings_add(f, FINDING_MODE, s, "it is no plain file");
		/* No mode makes it one. */
		if (f->n > 0 && f->v[f->n - 1].kind == FINDING_MODE)
			f->v[f->n - 1].remedy = "move it away";
	} else if (st.st_uid == dir->st_uid ? (st.st_mode & 0600) != 0600 : st.st_gid == dir->st_gid ? !group : !other)
		findings_add(f, FINDING_MODE, s, "the owner of the directory cannot %s: mode %04o, owner %u", what,
		    st.st_mode & 07777u, st.st_uid);
	else if ((dir->st_mode & 020) != 0 && (st.st_gid == dir->st_gid ? !group : !other))
		findings_add(f, FINDING_MODE, s, "the group of the directory cannot %s: mode %04o, group %u", what,
		    st.st_mode & 07777u, st.st_gid);
	else if (st.st_nlink != 1 && strcmp(s->file, "lock") == 0)
		findings_add(f, FINDING_MODE, s, "it has %lu names: writers refuse it", (unsigned long)st.st_nlink);
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
