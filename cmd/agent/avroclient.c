/*
 * avroclient.c - the command word avro-client (avroclient.h).
 *
 * A line is an event; one CR before its end is not part of it.  Lines go out
 * when there are batch-size of them, and when input runs dry.  A server that
 * fails is tried once more on a new connection, then the next one.
 */
#include "agent/avroclient.h"

#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/avroservers.h"
#include "agent/options.h"
#include "base/io.h"
#include "base/lines.h"
#include "tool/msg.h"
#include "tool/opts.h"
#include "tool/signals.h"

#define LINE_MAX_BYTES	((size_t)16 << 20)
#define DONE_SUFFIX	".COMPLETED"

static const struct tool tool = {
	.name = "plog-agent",
	.usage = "plog-agent avro-client -H HOST -p PORT [-F FILE | --dirname DIR] [-R FILE]",
	.help =
	    "  -H, --host=HOST     the avro source\n"
	    "  -p, --port=PORT\n"
	    "  -P, --rpcProps=FILE  servers and how to reach them, as properties of Flume's RPC client\n"
	    "  -F, --filename=FILE  lines to send; standard input without it\n"
	    "      --dirname=DIR   the files of DIR; each is renamed to NAME.COMPLETED\n"
	    "  -R, --headerFile=FILE  properties that are the headers of each event\n"
	    "  -h, --help\n",
};

enum { O_HOST, O_PORT, O_PROPS, O_FILE, O_DIR, O_HEADERS, O_CONF, O_HELP };
static const struct flag flags[] = {
	{ "host", 'H', true, O_HOST }, { "port", 'p', true, O_PORT }, { "rpcProps", 'P', true, O_PROPS },
	{ "filename", 'F', true, O_FILE }, { "dirname", 0, true, O_DIR }, { "headerFile", 'R', true, O_HEADERS },
	{ "conf", 'c', true, O_CONF }, { "help", 'h', false, O_HELP }, { NULL, 0, false, 0 },
};

struct sender {
	struct avro_servers servers;
	struct settings headers;
	struct batch batch;
	const volatile sig_atomic_t *stop;
	bool failed;
};

static void
send_batch(struct sender *s)
{
	struct err e = ERR_INIT;

	if (s->batch.n > 0 && avro_servers_send(&s->servers, s->batch.v, s->batch.n, &e) != 0)
		die_err(&e);
	batch_clear(&s->batch);
}

static void
add_line(struct sender *s, struct slice line)
{
	struct event *ev;
	size_t i;

	if (line.n > 0 && line.p[line.n - 1] == '\r')
		line.n--;
	if ((ev = batch_add(&s->batch, line.p, line.n)) == NULL)
		die("no memory");
	for (i = 0; i < s->headers.n; i++)
		if (event_set(&s->batch, ev, slice_str(s->headers.v[i].key), slice_str(s->headers.v[i].value)) != 0)
			die("no memory");
	if (s->batch.n == s->servers.batch)
		send_batch(s);
}

/* What was read is sent before input is waited for. */
static ssize_t
fill(struct sender *s, struct lines *in, int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (poll(&p, 1, 0) == 0)
		send_batch(s);
	while ((n = lines_fill(in)) < 0 && errno == EINTR)
		if (*s->stop != 0) {
			lines_finish(in);
			return 0;
		}
	return n;
}

static void
send_lines(struct sender *s, int fd, const char *name)
{
	struct lines in = LINES_INIT;
	struct slice line;
	enum lines_rc rc;

	if (lines_open(&in, fd, slice_str("\n"), LINE_MAX_BYTES) != 0)
		die("no memory");
	while ((rc = lines_next(&in, &line)) != LINES_END) {
		if (rc == LINES_LONG) {
			msg("'%s' line %llu is cut after %zu bytes", name, (unsigned long long)in.number, LINE_MAX_BYTES);
			s->failed = true;
		}
		if (rc != LINES_DRY)
			add_line(s, line);
		else if (*s->stop != 0)
			lines_finish(&in);
		else if (fill(s, &in, fd) < 0)
			die("cannot read '%s': %s", name, strerror(errno));
	}
	send_batch(s);
	lines_close(&in);
}

static void
send_file(struct sender *s, int dirfd, const char *name)
{
	char done[NAME_MAX + 1];
	int fd = open_at(dirfd, name, O_RDONLY, 0);

	if (fd == -1)
		die("cannot open '%s': %s", name, strerror(errno));
	send_lines(s, fd, name);
	close(fd);
	if (*s->stop != 0)
		return;
	if ((size_t)snprintf(done, sizeof(done), "%s%s", name, DONE_SUFFIX) >= sizeof(done))
		die("'%s' cannot be renamed: the name is too long", name);
	if (rename_new_at(dirfd, name, done) != 0)
		die("cannot rename '%s' to '%s': %s", name, done, strerror(errno));
}

struct found {
	char name[NAME_MAX + 1];
	struct timespec at;
};

static int
older(const void *a, const void *b)
{
	const struct found *x = a, *y = b;

	if (x->at.tv_sec != y->at.tv_sec)
		return x->at.tv_sec < y->at.tv_sec ? -1 : 1;
	if (x->at.tv_nsec != y->at.tv_nsec)
		return x->at.tv_nsec < y->at.tv_nsec ? -1 : 1;
	return strcmp(x->name, y->name);
}

static bool
to_be_sent(int dirfd, const char *name, struct found *f)
{
	size_t n = strlen(name), k = strlen(DONE_SUFFIX);
	struct stat st;

	if (name[0] == '.' || (n >= k && strcmp(name + n - k, DONE_SUFFIX) == 0))
		return false;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(st.st_mode))
		return false;
	(void)snprintf(f->name, sizeof(f->name), "%s", name);
	f->at = st.st_mtim;
	return true;
}

static void
send_dir(struct sender *s, const char *path)
{
	DIR *d = opendir(path);
	struct found *v = NULL;
	size_t n = 0, cap = 0, i;
	struct dirent *de;

	if (d == NULL)
		die("cannot open '%s': %s", path, strerror(errno));
	while ((de = readdir(d)) != NULL) {
		if (n == cap && (v = reallocarray(v, cap = cap * 2 + 64, sizeof(*v))) == NULL)
			die("no memory");
		n += to_be_sent(dirfd(d), de->d_name, &v[n]);
	}
	if (n > 0)
		qsort(v, n, sizeof(*v), older);
	for (i = 0; i < n && *s->stop == 0; i++)
		send_file(s, dirfd(d), v[i].name);
	free(v);
	closedir(d);
}

static void
read_headers(struct sender *s, const char *path)
{
	struct buf text = BUF_INIT;
	struct err e = ERR_INIT;

	if (file_read(AT_FDCWD, path, SETTINGS_BYTES_MAX, &text, &e) != 0 ||
	    settings_parse(&s->headers, buf_slice(&text), path, &e) != 0)
		die_err(&e);
	buf_release(&text);
}

int
avro_client(int argc, char *argv[])
{
	struct cmdline c = { .flags = flags, .argc = argc, .at = 1, .argv = argv };
	const char *host = NULL, *port = NULL, *props = NULL, *file = NULL, *dir = NULL, *headers = NULL;
	struct sender s = { .batch = BATCH_INIT, .headers = SETTINGS_INIT };
	struct err e = ERR_INIT;
	int ch, fd = STDIN_FILENO;

	while ((ch = cmdline_next(&c)) != CMDLINE_END)
		switch (ch) {
		case O_HOST: host = c.value; break;
		case O_PORT: port = c.value; break;
		case O_PROPS: props = c.value; break;
		case O_FILE: file = c.value; break;
		case O_DIR: dir = c.value; break;
		case O_HEADERS: headers = c.value; break;
		case O_CONF: break;
		case O_HELP: tool_help(&tool);
		default: die_usage("'%s' is too much", c.value);
		}
	if (props == NULL && host == NULL)
		die_usage("You must specify a hostname to connect to with --host");
	if (props == NULL && port == NULL)
		die_usage("You must specify a port to connect to with --port");
	if (file != NULL && dir != NULL)
		die_usage("--filename and --dirname exclude each other");
	if (headers != NULL)
		read_headers(&s, headers);
	if ((props != NULL ? avro_servers_read(&s.servers, props, &e) :
	    avro_servers_one(&s.servers, host, (int)opt_int("--port", port, 1, 65535), &e)) != 0)
		die_err(&e);
	s.stop = signals_catch();
	signals_ignore_pipe();
	if (file != NULL && strcmp(file, "-") != 0 && (fd = open_at(AT_FDCWD, file, O_RDONLY, 0)) == -1)
		die("cannot open '%s': %s", file, strerror(errno));
	if (dir != NULL)
		send_dir(&s, dir);
	else
		send_lines(&s, fd, file != NULL ? file : "standard input");
	avro_servers_release(&s.servers);
	settings_release(&s.headers);
	signals_exit(s.failed ? EXIT_FAILED : EXIT_DONE);
}
