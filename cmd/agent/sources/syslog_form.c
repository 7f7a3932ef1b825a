/*
 * syslog_form.c - a form of lines that a configuration adds (syslog_form.h).
 */
#include "agent/sources/syslog_form.h"

#include <pthread.h>
#include <stdlib.h>

#include "agent/charset.h"
#include "agent/datepattern.h"
#include "agent/replacing.h"
#include "text/utf8.h"

#define GROUPS	6

struct syslog_form {
	struct pattern pattern;
	struct replacing stamp;
	bool replaces;
	const char *date;		/* NULL: the time is not read */
	pthread_mutex_t lock;		/* patterns are one thread's at a time */
};

struct syslog_form *
syslog_form_new(struct context *c)
{
	const char *regex = ctx_str(c, "format.regex", NULL), *search = ctx_str(c, "format.search", NULL);
	const char *replace = ctx_str(c, "format.replace", NULL), *date = ctx_str(c, "format.dateFormat", NULL);
	struct syslog_form *f;
	struct err e = ERR_INIT;

	if (regex == NULL) {
		if (search != NULL || replace != NULL || date != NULL)
			ctx_warn(c, NULL, "format.search, format.replace and format.dateFormat are of no effect without format.regex");
		return NULL;
	}
	if ((f = calloc(1, sizeof(*f))) == NULL) {
		ctx_error(c, "format.regex", "no memory");
		return NULL;
	}
	pthread_mutex_init(&f->lock, NULL);
	pattern_read_whole(&f->pattern, c, "format.regex", regex);
	if ((search == NULL) != (replace == NULL))
		ctx_error(c, search == NULL ? "format.replace" : "format.search", "format.search and format.replace go together");
	else if (search != NULL) {
		f->replaces = true;
		replacing_read(&f->stamp, c, "format.search", search, "format.replace", replace);
	}
	f->date = date;
	if (date != NULL && datepattern_check(date, &e) != 0)
		ctx_err(c, "format.dateFormat", &e);
	return f;
}

void
syslog_form_free(struct syslog_form *f)
{
	if (f == NULL)
		return;
	pattern_release(&f->pattern);
	replacing_release(&f->stamp);
	pthread_mutex_destroy(&f->lock);
	free(f);
}

static struct slice
group(struct slice frame, size_t (*at)[2], int groups, int i)
{
	return i >= groups || at[i][0] == REGEX_UNSET ? SLICE_NULL : SLICE_OF(frame.p + at[i][0], at[i][1] - at[i][0]);
}

/* The stamp's time; with the lock. */
static void
read_time(struct syslog_form *f, struct syslog_line *l)
{
	struct slice s = l->stamp;

	if (s.p == NULL || f->date == NULL)
		return;
	if (f->replaces && replacing_run(&f->stamp, s))
		s = buf_slice(&f->stamp.out);
	l->has_time = datepattern_read(f->date, s, &l->ms, NULL) == 0;
}

int
syslog_form_match(struct syslog_form *f, struct arena *a, struct slice frame, struct syslog_line *l)
{
	size_t at[GROUPS][2];
	struct buf text = BUF_INIT;
	int groups, rc = 0;

	if (!utf8_valid(frame)) {
		utf8_repair(frame, &text);
		frame = SLICE_OF(text.failed ? NULL : arena_copy(a, text.p, text.n), text.n);
		buf_release(&text);
		if (frame.p == NULL)
			return -1;
	}
	pthread_mutex_lock(&f->lock);
	if ((groups = pattern_find(&f->pattern, frame, 0, at, GROUPS)) > 0) {
		*l = (struct syslog_line){ .pri = group(frame, at, groups, 1), .version = group(frame, at, groups, 2),
		    .stamp = group(frame, at, groups, 3), .host = group(frame, at, groups, 4), .body = group(frame, at, groups, 5) };
		read_time(f, l);
		rc = 1;
	}
	pthread_mutex_unlock(&f->lock);
	return rc;
}
