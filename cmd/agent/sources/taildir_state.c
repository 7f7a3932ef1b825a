/*
 * taildir_state.c - the position file read at the start and replaced from time to time (taildir.h).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/sources/taildir.h"
#include "base/clock.h"
#include "base/io.h"
#include "codec/hash.h"

#define FILE_MOST	((size_t)256 << 20)

/* The directory of the position file and the name in it. */
static int
open_parent(const char *path, const char **name)
{
	const char *slash = strrchr(path, '/');
	char *parent = slash == NULL ? strdup(".") : slash == path ? strdup("/") : strndup(path, (size_t)(slash - path));
	int fd = parent == NULL ? -1 : open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	*name = slash == NULL ? path : slash + 1;
	free(parent);
	return fd;
}

/* The bytes in front of pos, for the comparisons to come. */
static void
know(struct tail_file *f)
{
	uint32_t n = f->pos < PRINT_BYTES ? (uint32_t)f->pos : PRINT_BYTES;

	f->nbefore = pread_full(f->fd, f->before, n, (off_t)(f->pos - n)) == (ssize_t)n ? n : 0;
}

/* A file that was renamed while nobody looked: the entry's print must fit it. */
static bool
fits(struct taildir *t, struct tail_file *f, const struct position *p)
{
	uint8_t bytes[PRINT_BYTES];

	if (!p->printed)
		return strcmp(f->path, p->path) == 0;
	return tail_open(t, f) == 0 && pread_full(f->fd, bytes, p->print_n, (off_t)(p->pos - p->print_n)) == (ssize_t)p->print_n &&
	    crc32c(bytes, p->print_n) == p->print;
}

static void
apply(struct taildir *t, const struct position *p)
{
	struct component *c = source_self(t->src);
	struct tail_file *f = NULL;
	size_t i;

	for (i = 0; i < t->nfiles && f == NULL; i++)
		if (t->files[i]->ino == (ino_t)p->inode)
			f = t->files[i];
	if (f == NULL || !fits(t, f, p)) {
		say(c, LOG_INFO, "Missing file: %s, inode: %llu, pos: %lld%s", p->path, (unsigned long long)p->inode, (long long)p->pos,
		    f == NULL ? "" : "; what has its inode now is another file");
		if (f != NULL && strcmp(f->path, p->path) == 0)
			f->pos = 0;		/* written anew: nothing of it is skipped */
		return;
	}
	f->pos = p->pos;
	if (tail_open(t, f) == 0)
		know(f);
	say(c, LOG_INFO, "Updated position, file: %s, inode: %llu, pos: %lld", f->path, (unsigned long long)p->inode, (long long)p->pos);
}

/* Keeps what could not be read beside it; and no file is skipped because its entry may have been there. */
static void
damaged(struct taildir *t, int dir, const char *name, const struct err *why)
{
	char *aside;
	size_t i;

	if (asprintf(&aside, "%s.damaged", name) == -1)
		return;
	say(source_self(t->src), LOG_ERROR, "position file %s is damaged (%s): files without an entry are read from their start; it is kept as %s",
	    t->position_file, why->text, aside);
	(void)rename_over_at(dir, name, aside);
	free(aside);
	for (i = 0; i < t->nfiles; i++)
		t->files[i]->pos = 0;
}

void
taildir_restore(struct taildir *t)
{
	struct positions p = POSITIONS_INIT;
	struct buf text = BUF_INIT, prints = BUF_INIT;
	struct err e = ERR_INIT;
	const char *name;
	char *beside;
	size_t i;
	int dir = open_parent(t->position_file, &name), rc;

	say(source_self(t->src), LOG_INFO, "Updating position from position file: %s", t->position_file);
	rc = dir == -1 ? -ERR_NOENT : file_read(dir, name, FILE_MOST, &text, &e);
	if (rc == -ERR_NOENT)
		say(source_self(t->src), LOG_INFO, "File not found: %s, not updating position", t->position_file);
	else if (rc != 0 || (text.n > 0 && positions_parse(&p, buf_slice(&text), &e) != 0))
		damaged(t, dir, name, &e);
	if (p.n > 0 && asprintf(&beside, "%s.prints", name) != -1) {
		if (file_read(dir, beside, FILE_MOST, &prints, NULL) == 0)
			positions_parse_prints(&p, buf_slice(&prints));
		free(beside);
	}
	for (i = 0; i < p.n; i++)
		apply(t, &p.v[i]);
	positions_release(&p);
	buf_release(&text);
	buf_release(&prints);
	if (dir != -1)
		close(dir);
}

static int
gather(const struct taildir *t, struct positions *p)
{
	size_t i;

	for (i = 0; i < t->nfiles; i++) {
		const struct tail_file *f = t->files[i];
		struct position one = { .inode = f->ino, .pos = f->pos, .path = f->path, .printed = f->nbefore > 0, .print_n = f->nbefore,
		    .print = crc32c(f->before, f->nbefore) };

		if (f->matched && positions_add(p, &one) != 0)
			return -1;
	}
	return 0;
}

void
taildir_save(struct taildir *t)
{
	struct positions p = POSITIONS_INIT;
	struct buf text = BUF_INIT, prints = BUF_INIT;
	struct err e = ERR_INIT;
	const char *name;
	char *beside = NULL;
	int dir = open_parent(t->position_file, &name);

	t->written_ms = clock_steady_ns() / 1000000;
	if (gather(t, &p) == 0) {
		positions_print(&p, &text);
		positions_print_prints(&p, &prints);
	}
	if (dir == -1)
		(void)err_sys(&e, "cannot open the directory of %s", t->position_file);
	else if (text.failed || prints.failed || asprintf(&beside, "%s.prints", name) == -1)
		(void)err_set(&e, ERR_NOMEM, "no memory for the position file");
	else if (file_replace(dir, beside, prints.p, prints.n, &e) == 0 && file_replace(dir, name, text.n == 0 ? (const void *)"" : text.p, text.n, &e) == 0)
		t->dirty = false;
	if (e.code != 0)
		say(source_self(t->src), LOG_ERROR, "Failed writing positionFile: %s", e.text);
	free(beside);
	positions_release(&p);
	buf_release(&text);
	buf_release(&prints);
	if (dir != -1)
		close(dir);
}
