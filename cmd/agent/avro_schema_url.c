/*
 * avro_schema_url.c - see avro_schema_url.h.
 */
#include "agent/avro_schema_url.h"

#include <sys/stat.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "agent/avro_schema.h"
#include "agent/http.h"
#include "base/io.h"

#define CONNECT_MS	5000
#define ANSWER_MS	10000

static int
from_file(const char *path, struct buf *out, struct err *e)
{
	/* A FIFO or a device would have no end. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), rc = 0;
	struct stat st;
	ssize_t n;

	if (fd == -1 || fstat(fd, &st) == -1)
		rc = err_sys(e, "cannot open the Avro schema '%s'", path);
	else if (!S_ISREG(st.st_mode))
		rc = err_set(e, ERR_INVALID, "the Avro schema '%s' is no file", path);
	else if (st.st_size > (off_t)AVRO_SCHEMA_MAX)
		rc = err_set(e, ERR_TOOBIG, "the Avro schema '%s' has more than %zu bytes", path, AVRO_SCHEMA_MAX);
	else if (buf_room(out, AVRO_SCHEMA_MAX) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for an Avro schema");
	else if ((n = read_full(fd, out->p + out->n, AVRO_SCHEMA_MAX)) < 0)
		rc = err_sys(e, "cannot read the Avro schema '%s'", path);
	else
		out->n += (size_t)n;
	if (fd != -1)
		close(fd);
	return rc;
}

static int
from_server(const char *url, struct buf *out, struct err *e)
{
	struct http_how how = { .connect_ms = CONNECT_MS, .answer_ms = ANSWER_MS };
	struct http_request q = { .method = "GET", .url = url, .answer_max = AVRO_SCHEMA_MAX };
	struct http_answer a = HTTP_ANSWER_INIT;
	const struct http_ops *net = http_load(e);
	struct http *h = net == NULL ? NULL : net->open(&how, e);
	int rc;

	if (h == NULL)
		return -(int)e->code;
	if ((rc = net->ask(h, &q, &a, e)) != 0)
		(void)err_prefix(e, "cannot get the Avro schema '%s'", url);
	else if (a.status != 200)
		rc = err_set(e, ERR_SYS, "cannot get the Avro schema '%s': status %d", url, a.status);
	else
		buf_put(out, a.body.p, a.body.n);
	http_answer_clear(&a);
	net->close(h);
	return rc == 0 && out->failed ? err_set(e, ERR_NOMEM, "no memory for an Avro schema") : rc;
}

int
avro_schema_fetch(struct slice url, struct buf *out, struct err *e)
{
	char text[PATH_MAX];
	const char *path = text;

	if (url.n == 0 || url.n >= sizeof(text) || memchr(url.p, '\0', url.n) != NULL)
		return err_set(e, ERR_INVALID, "the URL of an Avro schema has %zu bytes", url.n);
	memcpy(text, url.p, url.n);
	text[url.n] = '\0';
	if (strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0)
		return from_server(text, out, e);
	if (strncasecmp(text, "file:", 5) == 0) {
		path += 5;
		if (strncmp(path, "///", 3) == 0)
			path += 2;
	} else if (strstr(text, "://") != NULL)
		return err_set(e, ERR_INVALID, "an Avro schema cannot be had from '%s': put it behind http: or into a file", text);
	return from_file(path, out, e);
}
