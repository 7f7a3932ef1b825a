/*
 * webhdfs.c - the calls of files.h over WebHDFS (webhdfs.h).
 */
#include "agent/sinks/hdfs/webhdfs.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/sinks/hdfs/answer.h"

static const char *const octets[] = { "Content-Type: application/octet-stream", NULL };

struct session {
	struct webhdfs *w;
	struct http *http;
	struct buf url;
	struct http_answer answer;
};

static void *
session_open(const void *place, struct err *e)
{
	struct session *s = calloc(1, sizeof(*s));

	if (s == NULL) {
		err_set(e, ERR_NOMEM, "no memory for WebHDFS");
		return NULL;
	}
	s->w = (struct webhdfs *)(uintptr_t)place;
	if ((s->http = s->w->net->open(&s->w->how, e)) == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

static void
session_close(void *arg)
{
	struct session *s = arg;

	if (s == NULL)
		return;
	s->w->net->close(s->http);
	http_answer_clear(&s->answer);
	buf_release(&s->url);
	free(s);
}

static void
put_query(struct buf *b, const char *name, const char *value)
{
	const char *p;

	buf_printf(b, "&%s=", name);
	for (p = value; *p != '\0'; p++)
		if ((*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') ||
		    strchr("/-._~", *p) != NULL)
			buf_putc(b, *p);
		else
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)*p);
}

static int
make_url(struct session *s, size_t which, const char *path, const char *query, struct err *e)
{
	const struct webhdfs *w = s->w;
	int rc;

	buf_clear(&s->url);
	if ((rc = webhdfs_url(&s->url, w->base[which], path, e)) != 0)
		return rc;
	buf_printf(&s->url, "?%s", query);
	if (w->token != NULL) {
		put_query(&s->url, "delegation", w->token);
	} else {
		if (w->user != NULL && !w->how.negotiate)
			put_query(&s->url, "user.name", w->user);
		if (w->doas != NULL)
			put_query(&s->url, "doas", w->doas);
	}
	if (buf_str(&s->url) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for an address");
	return s->url.n <= HTTP_URL_MAX ? 0 : err_set(e, ERR_TOOBIG, "the path is too long for WebHDFS");
}

/* One request to the address in s->url. */
static enum outcome
ask(struct session *s, const char *method, const struct slice *body, struct err *e)
{
	struct http_request req = { .method = method, .url = (const char *)s->url.p, .body = body, .nbody = body != NULL,
	    .headers = octets, .answer_max = WEBHDFS_ANSWER_MAX, .fresh = body != NULL,
	    /* a delegation token in the redirect stands for who was asked at the NameNode */
	    .anonymous = strstr((const char *)s->url.p, "delegation=") != NULL };
	int rc;

	http_answer_clear(&s->answer);
	rc = s->w->net->ask(s->http, &req, &s->answer, e);
	if (rc == -ERR_INTR)
		return OUT_STOPPED;
	if (rc != 0)
		return s->answer.sent ? OUT_UNSURE : OUT_AGAIN;
	return OUT_DONE;
}

static bool
redirected(const struct session *s)
{
	int st = s->answer.status;

	return (st == 307 || st == 301 || st == 302 || st == 308) && s->answer.location.n > 0;
}

/* The address that the answer redirects to becomes s->url. */
static int
take_redirect(struct session *s, struct err *e)
{
	struct slice to = buf_slice(&s->answer.location);
	int rc = webhdfs_redirect_check((const char *)s->url.p, to, e);

	if (rc != 0)
		return rc;
	if (to.n == s->url.n && memcmp(to.p, s->url.p, to.n) == 0)
		return err_set(e, ERR_DAMAGE, "redirected to itself");
	buf_clear(&s->url);
	buf_put(&s->url, to.p, to.n);
	return buf_str(&s->url) != NULL ? 0 : err_set(e, ERR_NOMEM, "no memory for an address");
}

/* To one NameNode, and wherever it leads; with data what was asked there is asked of a DataNode. */
static enum outcome
ask_one(struct session *s, const char *method, const struct slice *data, struct err *e)
{
	enum outcome out;
	bool sent = false;
	int hops;

	for (hops = 0; hops <= WEBHDFS_HOPS; hops++) {
		/* the data goes to where the first redirect leads */
		if ((out = ask(s, method, hops > 0 ? data : NULL, e)) != OUT_DONE) {
			/* without data nothing that matters was sent */
			return out == OUT_UNSURE && data != NULL && hops == 0 ? OUT_AGAIN : out;
		}
		sent = data != NULL && hops > 0;
		if (!redirected(s)) {
			if (data != NULL && hops == 0 && s->answer.status < 300) {
				err_set(e, ERR_DAMAGE, "the NameNode names no DataNode");
				return OUT_AGAIN;
			}
			return webhdfs_judge(s->answer.status, buf_slice(&s->answer.body), sent, e);
		}
		if (take_redirect(s, e) != 0)
			return OUT_REFUSED;
	}
	err_set(e, ERR_DAMAGE, "redirected more than %d times", WEBHDFS_HOPS);
	return OUT_REFUSED;
}

/* A NameNode that stands by, or is not there: another one may be active. */
static bool
try_next(enum outcome out, const struct err *e)
{
	return out == OUT_AGAIN && strncmp(e->text, "SafeMode", 8) != 0;
}

static enum outcome
request(struct session *s, const char *method, const char *path, const char *query, const struct slice *data, struct err *e)
{
	size_t first = atomic_load(&s->w->active), i, which;
	enum outcome out = OUT_AGAIN;
	struct err why = ERR_INIT;

	for (i = 0; i < s->w->n; i++) {
		which = (first + i) % s->w->n;
		if (make_url(s, which, path, query, e) != 0)
			return OUT_INVALID;
		out = ask_one(s, method, data, &why);
		if (out == OUT_DONE || !try_next(out, &why))
			atomic_store(&s->w->active, which);
		if (e != NULL && out != OUT_DONE && (i == 0 || strncmp(why.text, "Standby", 7) != 0))
			*e = why;
		if (!try_next(out, &why))
			break;
	}
	return out;
}

static enum outcome
webhdfs_create(void *arg, const char *path, struct slice data, struct err *e)
{
	struct session *s = arg;
	char query[128];
	int n = snprintf(query, sizeof(query), "op=CREATE&overwrite=false");

	if (s->w->replication > 0)
		n += snprintf(query + n, sizeof(query) - (size_t)n, "&replication=%d", s->w->replication);
	if (s->w->block_size > 0)
		snprintf(query + n, sizeof(query) - (size_t)n, "&blocksize=%lld", (long long)s->w->block_size);
	return request(s, "PUT", path, query, &data, e);
}

static enum outcome
webhdfs_append(void *arg, const char *path, int64_t length, struct slice data, struct err *e)
{
	(void)length;
	return request(arg, "POST", path, "op=APPEND", &data, e);
}

static enum outcome
status_of(struct session *s, const char *path, struct hdfs_status *st, struct err *e)
{
	enum outcome out = request(s, "GET", path, "op=GETFILESTATUS", NULL, e);

	if (out == OUT_DONE && answer_status(buf_slice(&s->answer.body), st, e) != 0)
		out = OUT_AGAIN;
	return out == OUT_UNSURE ? OUT_AGAIN : out;	/* it only looks */
}

static enum outcome
webhdfs_length(void *arg, const char *path, int64_t *length, struct err *e)
{
	struct hdfs_status st;
	enum outcome out = status_of(arg, path, &st, e);

	*length = out == OUT_DONE ? st.length : 0;
	return out;
}

/*
 * TRUNCATE to the length that was acknowledged is the one call that makes the
 * NameNode take back a dead writer's lease, cut what was not acknowledged, and
 * close the file.  It answers false while a recovery runs.
 */
static enum outcome
webhdfs_settle(void *arg, const char *path, int64_t length, int64_t *got, struct err *e)
{
	struct session *s = arg;
	char query[64];
	enum outcome out;
	bool done;

	*got = length;
	snprintf(query, sizeof(query), "op=TRUNCATE&newlength=%lld", (long long)length);
	out = request(s, "POST", path, query, NULL, e);
	if (out == OUT_DONE) {
		if (answer_boolean(buf_slice(&s->answer.body), &done, e) != 0)
			return OUT_AGAIN;
		return done ? OUT_DONE : OUT_HELD;
	}
	/* "Cannot truncate to a larger file size": some of what was acknowledged is not there */
	if (out != OUT_HELD && out != OUT_MISSING && strstr(e->text, "larger file size") != NULL)
		return webhdfs_length(s, path, got, e);
	return out == OUT_UNSURE ? OUT_AGAIN : out;
}

static enum outcome
webhdfs_rename(void *arg, const char *from, const char *to, struct err *e)
{
	struct session *s = arg;
	struct buf q = BUF_INIT;
	struct hdfs_status st;
	enum outcome out, is;
	bool done = false;

	buf_puts(&q, "op=RENAME");
	put_query(&q, "destination", to);
	out = buf_str(&q) == NULL ? OUT_AGAIN : request(s, "PUT", from, (const char *)q.p, NULL, e);
	buf_release(&q);
	if (out == OUT_DONE && answer_boolean(buf_slice(&s->answer.body), &done, e) != 0)
		out = OUT_UNSURE;
	if ((out == OUT_DONE && done) || (out != OUT_DONE && out != OUT_UNSURE))
		return out;
	/* false, or nobody knows: what is there now says which */
	if ((is = status_of(s, from, &st, e)) == OUT_MISSING) {
		is = status_of(s, to, &st, e);
		return is == OUT_DONE && out == OUT_UNSURE ? OUT_DONE : is == OUT_DONE ? OUT_MISSING : is;
	}
	if (is != OUT_DONE)
		return is;
	if (status_of(s, to, &st, e) == OUT_DONE) {
		err_set(e, ERR_EXIST, "'%s' is there already", to);
		return OUT_EXISTS;
	}
	err_set(e, ERR_SYS, "the NameNode does not rename it");
	return OUT_AGAIN;
}

static enum outcome
webhdfs_remove(void *arg, const char *path, struct err *e)
{
	enum outcome out = request(arg, "DELETE", path, "op=DELETE&recursive=false", NULL, e);

	return out == OUT_MISSING ? OUT_DONE : out == OUT_UNSURE ? OUT_AGAIN : out;
}

const struct files_ops webhdfs_files = {
	.open = session_open, .close = session_close, .create = webhdfs_create, .append = webhdfs_append,
	.settle = webhdfs_settle, .rename = webhdfs_rename, .remove = webhdfs_remove, .length = webhdfs_length,
};
