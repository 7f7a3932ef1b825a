/*
 * What the operands of plog-check lead to: topics of a store, or paths.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "check/check.h"
#include "log/segment.h"
#include "store/topic.h"
#include "text/glob.h"
#include "tool/msg.h"

static bool
wanted(const struct check_opts *o, int32_t partition)
{
	size_t i;

	for (i = 0; i < o->nparts && o->parts[i] != partition; i++)
		;
	return o->nparts == 0 || i < o->nparts;
}

/* Of a topic that was asked for by its name: those of -p that it does not have. */
static void
say_missing(const struct check_opts *o, const char *name, const int32_t *list, size_t n, const struct check_visitor *v)
{
	struct err e = ERR_INIT;
	size_t i, k;

	for (i = 0; i < o->nparts; i++) {
		for (k = 0; k < n && list[k] != o->parts[i]; k++)
			;
		if (k < n)
			continue;
		(void)err_set(&e, ERR_NOENT, "no partition '%s/%" PRId32 "'", name, o->parts[i]);
		v->failed(v->arg, &e);
	}
}

static void
visit_topic(const struct check_opts *o, struct store *st, const char *name, bool named, const struct check_visitor *v)
{
	struct err e = ERR_INIT;
	struct partdir d;
	struct topic t;
	int32_t *list;
	size_t n, i;
	int rc;

	if (v->topic != NULL)
		v->topic(v->arg, st, name);
	if ((rc = topic_open(&t, st, name, &e)) != 0) {
		/* Damage was found by who looked at the topic. */
		if (rc != -ERR_DAMAGE || !v->finds)
			v->failed(v->arg, &e);
		return;
	}
	if (topic_partitions(&t, &list, &n, &e) != 0)
		v->failed(v->arg, &e);
	else {
		for (i = 0; i < n; i++)
			if (wanted(o, list[i]) && topic_partition(&t, list[i], &d, &e) == 0)
				v->partition(v->arg, &d, -1, NULL);
		if (named)
			say_missing(o, name, list, n, v);
		free(list);
	}
	topic_close(&t);
}

static void
visit_store(const struct check_opts *o, struct store *st, const char *glob, const struct check_visitor *v)
{
	struct err e = ERR_INIT;
	char **names;
	size_t n, i;

	/* A name without a glob is opened as it is: whether it is there, and the nearest one, is said there. */
	if (glob != NULL && !glob_is(glob)) {
		visit_topic(o, st, glob, true, v);
		return;
	}
	if (topic_list(st, &glob, glob != NULL, &names, &n, &e) != 0) {
		v->failed(v->arg, &e);
		return;
	}
	if (n == 0 && glob != NULL) {
		(void)err_set(&e, ERR_NOENT, "no topic matches '%s'", glob);
		v->failed(v->arg, &e);
	}
	for (i = 0; i < n; i++)
		visit_topic(o, st, names[i], false, v);
	topic_names_free(names, n);
}

static bool
has(int dirfd, const char *name)
{
	return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

static bool
is_partition(int dirfd)
{
	struct segment_list l = SEGMENT_LIST_INIT;
	bool is = has(dirfd, "leader-epoch-checkpoint") || has(dirfd, "recovery-point") ||
	    (segment_list_read(dirfd, &l, NULL) == 0 && l.n > 0);

	segment_list_release(&l);
	return is;
}

/* The partition whose directory this is, by its real path. */
static void
visit_partition(char *real, const char *label, int64_t only, const char *file, const struct check_visitor *v)
{
	struct partdir d = { .holder = -1 };
	struct err e = ERR_INIT;
	char *slash = strrchr(real, '/');
	int fd;

	*slash = '\0';
	(void)snprintf(d.label, sizeof(d.label), "%s", label);
	if (strlcpy(d.name, slash + 1, sizeof(d.name)) >= sizeof(d.name) ||
	    (d.holder = open(*real == '\0' ? "/" : real, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) == -1 ||
	    (fd = partdir_open(&d)) == -1) {
		(void)err_sys(&e, "cannot open '%s'", label);
		v->failed(v->arg, &e);
	} else {
		d.broker = !has(fd, "lock") && !has(fd, "recovery-point") && !has(d.holder, "topic.properties");
		close(fd);
		v->partition(v->arg, &d, only, file);
	}
	if (d.holder != -1)
		close(d.holder);
}

static void
visit_dir_of_topic(const struct check_opts *o, const char *real, const char *label, const struct check_visitor *v)
{
	struct err e = ERR_INIT;
	char path[PATH_MAX], sub[PATH_MAX];
	struct topic t;
	struct store *st;
	const char *dirs[] = { path };
	char *slash;

	/* STORE/topics/NAME */
	(void)strlcpy(path, real, sizeof(path));
	slash = strrchr(path, '/');
	(void)strlcpy(sub, slash + 1, sizeof(sub));
	*slash = '\0';
	if ((slash = strrchr(path, '/')) != NULL && slash != path)
		*slash = '\0';
	if (store_open(&st, dirs, 1, STORE_READ, &e) != 0) {
		(void)err_prefix(&e, "'%s'", label);
		v->failed(v->arg, &e);
		return;
	}
	if (topic_open(&t, st, sub, &e) == 0) {
		topic_close(&t);
		visit_topic(o, st, sub, true, v);
	} else
		v->failed(v->arg, &e);
	store_close(st);
}

static void
visit_file(char *real, const char *operand, const struct check_visitor *v)
{
	char label[PATH_MAX], *slash = strrchr(real, '/');
	const char *name = slash + 1, *suffix;
	struct err e = ERR_INIT;
	int64_t base;

	if (!segment_parse(name, &base, &suffix)) {
		(void)err_set(&e, ERR_INVALID, "'%s' is not a file of a segment", operand);
		v->failed(v->arg, &e);
		return;
	}
	*slash = '\0';
	(void)strlcpy(label, operand, sizeof(label));
	if ((slash = strrchr(label, '/')) != NULL)
		*slash = '\0';
	visit_partition(real, label, base, name, v);
}

static void
visit_path(const struct check_opts *o, const char *operand, const struct check_visitor *v)
{
	char real[PATH_MAX], label[PATH_MAX];
	struct err e = ERR_INIT;
	struct store *st;
	struct stat sb;
	size_t n;
	int fd;

	if (realpath(operand, real) == NULL || stat(real, &sb) == -1 ||
	    (fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) == -1) {
		(void)err_sys(&e, "cannot open '%s'", operand);
		v->failed(v->arg, &e);
		return;
	}
	(void)strlcpy(label, operand, sizeof(label));
	for (n = strlen(label); n > 1 && label[n - 1] == '/'; n--)
		label[n - 1] = '\0';
	if (!S_ISDIR(sb.st_mode))
		visit_file(real, label, v);
	else if (is_partition(fd))
		visit_partition(real, label, -1, NULL, v);
	else if (has(fd, "topic.properties"))
		visit_dir_of_topic(o, real, label, v);
	else if (store_open(&st, &operand, 1, STORE_READ, &e) != 0)
		v->failed(v->arg, &e);
	else {
		if (v->store != NULL)
			v->store(v->arg, st);
		visit_store(o, st, NULL, v);
		store_close(st);
	}
	close(fd);
}

void
check_visit(const struct check_opts *o, int n, char *const *operands, const struct check_visitor *v)
{
	char fallback[PATH_MAX];
	const char *one = fallback, *const *dirs = o->target.dirs;
	size_t ndirs = o->target.ndirs;
	struct store *st = NULL;
	struct err e = ERR_INIT;
	int i;

	for (i = 0; i < n && strchr(operands[i], '/') != NULL; i++)
		visit_path(o, operands[i], v);
	if (n > 0 && i == n)
		return;
	if (ndirs == 0) {
		if (store_default_dir(NULL, fallback, sizeof(fallback), &e) != 0)
			die_err(&e);
		dirs = &one;
		ndirs = 1;
	}
	if (store_open(&st, dirs, ndirs, STORE_READ, &e) != 0)
		die_err(&e);
	if (v->store != NULL && n == 0)
		v->store(v->arg, st);
	if (n == 0)
		visit_store(o, st, NULL, v);
	for (; i < n; i++)
		if (strchr(operands[i], '/') != NULL)
			visit_path(o, operands[i], v);
		else
			visit_store(o, st, operands[i], v);
	store_close(st);
}
