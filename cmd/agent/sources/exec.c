/*
 * exec.c - the lines that a command prints.
 *
 * What one read(2) brought is put at once, as far as the channel has room; a
 * full channel makes the command wait at its pipe (Flume kills it and loses
 * what it had read).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/charset.h"
#include "agent/child.h"
#include "agent/source.h"
#include "agent/sources/exec_lines.h"
#include "base/io.h"

#define READ_BYTES	(128 << 10)
#define STOP_MS		2000

struct exec {
	const char *command;
	struct words argv;
	bool restart, log_err;
	int64_t throttle_ms;
	const char *charset;
	int64_t said_err;		/* lines of standard error logged */
	struct child child;
	struct exec_lines lines;
	struct buf err;
	uint8_t *in;
};

static void
configure(void *self, struct context *c)
{
	struct exec *x = self;
	const char *shell = ctx_str(c, "shell", NULL), **argv;
	struct words w;
	size_t i;

	x->command = ctx_need(c, "command");
	x->restart = ctx_bool(c, "restart", false);
	x->throttle_ms = ctx_int(c, "restartThrottle", 10000, 0, INT32_MAX);
	x->log_err = ctx_bool(c, "logStdErr", false);
	x->charset = ctx_str(c, "charset", "UTF-8");
	ctx_batch(c, ctx_int(c, "batchSize", 20, 1, INT32_MAX));
	(void)ctx_int(c, "batchTimeout", 3000, 0, INT32_MAX);
	if (!charset_known(x->charset))
		ctx_error(c, "charset", "is no character set that is known here: %s", x->charset);
	ctx_runs_programs(c);
	w = ctx_split(c, shell != NULL ? shell : x->command, " \t\n\r\f");
	if ((argv = calloc(w.n + 2, sizeof(*argv))) == NULL) {
		ctx_error(c, NULL, "no memory");
		return;
	}
	for (i = 0; i < w.n; i++)
		argv[i] = w.v[i];
	if (shell != NULL)
		argv[i++] = x->command;
	x->argv = (struct words){ .v = argv, .n = i };
}

static int
start(void *self, struct source *src, struct err *e)
{
	struct exec *x = self;

	(void)src;
	if (x->in == NULL && (x->in = malloc(READ_BYTES)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory");
	return exec_lines_open(&x->lines, x->charset, e);
}

/* Until the batch is in the channel; false: the source stops. */
static bool
put(struct source *src, struct batch *b)
{
	struct err why = ERR_INIT;
	bool said = false;
	size_t done;

	while (b->n > 0) {
		switch (source_put_some(src, b, &done, &why)) {
		case PUT_OK:
			break;
		case PUT_STOPPED:
			source_count(src, EVENT_LOST, (int64_t)b->n);
			say(source_self(src), LOG_WARN, "%zu lines were read, and lost as the source stops", b->n);
			return false;
		case PUT_FULL:
		case PUT_FAILED:
			if (!said)
				say(source_self(src), LOG_WARN, "cannot put lines, and goes on trying; the command waits: %s", why.text);
			said = true;
			(void)source_wait(src, NULL, 0, 100);
			break;
		}
	}
	return true;
}

static void
log_errors(struct exec *x, struct source *src, const uint8_t *p, size_t n)
{
	const uint8_t *nl;

	buf_put(&x->err, p, n);
	while (x->err.n > 0 && ((nl = memchr(x->err.p, '\n', x->err.n)) != NULL || x->err.n > 4096)) {
		n = nl == NULL ? x->err.n : (size_t)(nl - x->err.p);
		say(source_self(src), LOG_INFO, "StderrLogger[%lld] = '%.*s'", (long long)++x->said_err, (int)n, (const char *)x->err.p);
		buf_consume(&x->err, nl == NULL ? n : n + 1);
	}
}

/* Reads until the command closed its output, or the stop. */
static int
pump(struct exec *x, struct source *src, struct batch *b, struct err *e)
{
	struct pollfd p[2] = { { .fd = x->child.out, .events = POLLIN }, { .fd = x->child.err, .events = POLLIN } };
	ssize_t got;

	while (!source_stopping(src) && p[0].fd != -1) {
		if (source_wait(src, p, 2, -1) < 0 && errno != EINTR)
			return err_sys(e, "cannot wait for '%s'", x->command);
		if (p[1].fd != -1 && p[1].revents != 0) {
			if ((got = read_some(p[1].fd, x->in, READ_BYTES)) <= 0)
				p[1].fd = -1;
			else
				log_errors(x, src, x->in, (size_t)got);
		}
		if (p[0].revents == 0)
			continue;
		if ((got = read_some(p[0].fd, x->in, READ_BYTES)) < 0)
			return err_sys(e, "cannot read from '%s'", x->command);
		if (got == 0)
			p[0].fd = -1;
		if (exec_lines_cut(&x->lines, x->in, (size_t)got, b) != 0)
			return err_set(e, ERR_NOMEM, "no memory for lines");
		if (!put(src, b))
			break;
	}
	return 0;
}

/* It may go on although it closed its output. */
static void
wait_for_end(struct exec *x, struct source *src)
{
	struct pollfd p = { .fd = child_end_fd(&x->child), .events = POLLIN };

	while (!source_stopping(src) && !child_has_ended(&x->child))
		(void)source_wait(src, &p, 1, p.fd == -1 ? 100 : -1);
	if (p.fd != -1)
		close(p.fd);
}

static int
run(void *self, struct source *src, struct err *e)
{
	struct exec *x = self;
	struct batch b = BATCH_INIT;
	int rc, status;

	do {
		exec_lines_clear(&x->lines);
		if ((rc = child_start(&x->child, (char *const *)(uintptr_t)x->argv.v, x->log_err, e)) != 0) {
			say(source_self(src), LOG_ERROR, "Failed while running command: %s: %s", x->command, e->text);
			status = 127;
		} else {
			if ((rc = pump(x, src, &b, e)) == 0)
				wait_for_end(x, src);
			status = source_stopping(src) || rc != 0 ? child_stop(&x->child, STOP_MS) : child_wait(&x->child);
		}
		batch_clear(&b);
		say(source_self(src), LOG_INFO, "Command [%s] exited with %d", x->command, status);
		if (x->restart && !source_stopping(src)) {
			say(source_self(src), LOG_INFO, "Restarting in %lldms, exit code %d", (long long)x->throttle_ms, status);
			(void)source_wait(src, NULL, 0, (int)x->throttle_ms);
		}
	} while (x->restart && !source_stopping(src));
	return x->restart ? 0 : rc;
}

static void
stop(void *self, struct source *src)
{
	struct exec *x = self;

	(void)src;
	exec_lines_close(&x->lines);
	buf_release(&x->err);
	free(x->in);
	x->in = NULL;
}

static void
release(void *self)
{
	struct exec *x = self;

	free((void *)(uintptr_t)x->argv.v);
}

const struct source_type source_exec = {
	.names = { "exec", CLASSES("org.apache.flume.source.ExecSource") },
	.size = sizeof(struct exec), .configure = configure, .start = start, .run = run, .stop = stop, .release = release,
};
