/*
 * watched.c - have the files of a configuration changed? (reload.h)
 */
#include <sys/stat.h>
#include <stdlib.h>
#include <string.h>

#include "agent/reload.h"

struct file_stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec changed;
};

static struct file_stamp
stamp_of(const char *name)
{
	struct file_stamp s;
	struct stat st;

	memset(&s, 0, sizeof(s));
	if (strcmp(name, "-") != 0 && stat(name, &st) == 0 && S_ISREG(st.st_mode))
		s = (struct file_stamp){ .dev = st.st_dev, .ino = st.st_ino, .size = st.st_size, .changed = st.st_mtim };
	return s;
}

int
watch_files(struct watched *w, const struct conf_options *opts)
{
	size_t i;

	w->opts = opts;
	if ((w->v = calloc(opts->nfiles, sizeof(*w->v))) == NULL)
		return -1;
	for (i = 0; i < opts->nfiles; i++)
		w->v[i] = stamp_of(opts->files[i]);
	return 0;
}

bool
files_changed(struct watched *w)
{
	struct file_stamp now;
	bool changed = false;
	size_t i;

	for (i = 0; i < w->opts->nfiles; i++) {
		now = stamp_of(w->opts->files[i]);
		/* a file that is away for a moment is being replaced */
		if (now.ino == 0 || (now.dev == w->v[i].dev && now.ino == w->v[i].ino && now.size == w->v[i].size &&
		    now.changed.tv_sec == w->v[i].changed.tv_sec && now.changed.tv_nsec == w->v[i].changed.tv_nsec))
			continue;
		w->v[i] = now;
		changed = true;
	}
	return changed;
}

void
watched_release(struct watched *w)
{
	free(w->v);
	w->v = NULL;
}
