/*
 * Messages, exit statuses and standard output.
 */
#include "tool/msg.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

#define MSG_MAX		4096
#define PIPE_LEAST	65536	/* what a pipe has anyway */

/* A format string shown with a caret below it is the one message of several lines. */
static bool
has_caret(const char *s)
{
	while ((s = strchr(s, '\n')) != NULL) {
		s++;
		if (s[strspn(s, " ")] == '^')
			return true;
	}
	return false;
}

static size_t
escape(char *out, size_t cap, const char *s)
{
	bool lines = has_caret(s);
	size_t n = 0;

	for (; *s != '\0' && n + 5 < cap; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '\n' && !lines)
			n += (size_t)snprintf(out + n, cap - n, "\\n");
		else if (c == '\t')
			n += (size_t)snprintf(out + n, cap - n, "\\t");
		else if ((c < 0x20 && c != '\n') || c == 0x7f)
			n += (size_t)snprintf(out + n, cap - n, "\\x%02x", c);
		else
			out[n++] = (char)c;
	}
	return n;
}

static void
say(const char *text)
{
	char line[MSG_MAX];
	size_t n;

	n = (size_t)snprintf(line, 128, "%s: ", getprogname());
	if (n > 127)
		n = 127;
	n += escape(line + n, sizeof(line) - n - 1, text);
	line[n++] = '\n';
	(void)write_full(STDERR_FILENO, line, n, NULL);
}

static void __attribute__((format(printf, 1, 0)))
vsay(const char *fmt, va_list ap)
{
	char text[MSG_MAX];

	vsnprintf(text, sizeof(text), fmt, ap);
	say(text);
}

void
msg(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
}

void
msg_err(const struct err *e)
{
	say(e->text);
}

void
die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
	exit(EXIT_FAILED);
}

void
die_err(const struct err *e)
{
	msg_err(e);
	exit(EXIT_FAILED);
}

void
die_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(fmt, ap);
	va_end(ap);
	exit(EXIT_USAGE);
}

int
out_flush(struct buf *b, bool *gone)
{
	int rc = 0;

	*gone = false;
	if (b->failed) {
		msg("cannot write to standard output: %s", strerror(ENOMEM));
		rc = -1;
	} else if (b->n > 0 && write_full(STDOUT_FILENO, b->p, b->n, NULL) != 0) {
		if (errno == EPIPE)
			*gone = true;
		else
			msg("cannot write to standard output: %s", strerror(errno));
		rc = -1;
	}
	buf_clear(b);
	return rc;
}

int
out_close(void)
{
	if (close(STDOUT_FILENO) != 0 && errno != EBADF && errno != EINTR) {
		msg("cannot write to standard output: %s", strerror(errno));
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

void
pipe_enlarge(int fd, int want)
{
	int have = fcntl(fd, F_GETPIPE_SZ);

	if (have < 0)
		return;
	for (; want > have && want > PIPE_LEAST; want /= 2)
		if (fcntl(fd, F_SETPIPE_SZ, want) >= 0)
			return;
}
