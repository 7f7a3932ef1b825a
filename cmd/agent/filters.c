/*
 * filters.c - config filters: values that stand outside of the configuration (resolve.h).
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/child.h"
#include "agent/resolve.h"
#include "base/clock.h"
#include "base/io.h"

#define ANSWER_MAX	65536
#define WORDS_MAX	64
#define WAIT_MS		30000

static bool
from_environment(const struct filter_ask *ask, struct buf *out, struct err *e)
{
	const char *v = getenv(ask->key);

	if (v == NULL)
		return err_set(e, ERR_NOENT, "the environment has no %s", ask->key), false;
	buf_puts(out, v);
	return true;
}

/* All of what the command prints, until it ends; false: it took too long, or printed too much. */
static bool
read_answer(int fd, struct buf *b)
{
	int64_t until = clock_steady_ns() + WAIT_MS * 1000000LL, left;
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint8_t *room;
	ssize_t got = 1;

	while (got != 0 && b->n < ANSWER_MAX) {
		left = (until - clock_steady_ns()) / 1000000;
		if (left <= 0 || poll(&p, 1, (int)left) <= 0)
			return false;
		if ((room = buf_room(b, 4096)) == NULL || (got = read_some(fd, room, 4096)) < 0)
			return false;
		b->n += (size_t)got;
	}
	return got == 0;
}

static bool
run_command(char *const *argv, struct buf *answer, struct err *e)
{
	struct child c;
	bool whole;
	int status;

	if (child_start(&c, argv, false, e) != 0)
		return false;
	whole = read_answer(c.out, answer);
	status = whole ? child_wait(&c) : child_stop(&c, 0);
	if (!whole)
		return err_set(e, ERR_TOOBIG, "'%s' printed too much, or did not end in %d s", argv[0], WAIT_MS / 1000), false;
	if (status != 0)
		return err_set(e, ERR_SYS, "'%s' failed with status %d", argv[0], status), false;
	return true;
}

/* The first line that the command prints, with the key as its last argument. */
static bool
from_command(const struct filter_ask *ask, struct buf *out, struct err *e)
{
	char *text, *argv[WORDS_MAX + 2], *at, *word;
	struct buf answer = BUF_INIT;
	size_t n = 0, len;
	bool got;

	if (ask->command == NULL)
		return err_set(e, ERR_INVALID, "the filter has no command"), false;
	if ((text = strdup(ask->command)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory"), false;
	for (at = text; n < WORDS_MAX && (word = strsep(&at, " \t")) != NULL;)
		if (*word != '\0')
			argv[n++] = word;
	argv[n++] = (char *)(uintptr_t)ask->key;
	argv[n] = NULL;
	got = run_command(argv, &answer, e);
	if (got) {
		for (len = 0; len < answer.n && answer.p[len] != '\n' && answer.p[len] != '\r'; len++)
			;
		buf_put(out, answer.p, len);
	}
	buf_release(&answer);
	free(text);
	return got;
}

enum filter_kind
filter_kind(const char *type)
{
	if (strcasecmp(type, "env") == 0 || strcmp(type, "org.apache.flume.configfilter.EnvironmentVariableConfigFilter") == 0)
		return FILTER_ENV;
	if (strcasecmp(type, "external") == 0 || strcmp(type, "org.apache.flume.configfilter.ExternalProcessConfigFilter") == 0)
		return FILTER_EXTERNAL;
	return FILTER_UNKNOWN;
}

bool
filter_value(const struct filter_ask *ask, struct buf *out, struct err *e)
{
	switch (ask->type == NULL ? FILTER_UNKNOWN : filter_kind(ask->type)) {
	case FILTER_ENV: return from_environment(ask, out, e);
	case FILTER_EXTERNAL: return from_command(ask, out, e);
	case FILTER_UNKNOWN: break;
	}
	return err_set(e, ERR_INVALID, "filter '%s' has no type 'env' or 'external'", ask->name), false;
}
