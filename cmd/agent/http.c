/*
 * http.c - the module of HTTP, by libcurl (http.h).
 */
#include <curl/curl.h>

#include "agent/http.h"

#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"

#define UPLOAD_BUFFER	(512L << 10)
#define STOP_NS		1000000000LL	/* for an answer, once told to stop */

extern const struct http_ops plog_module_http;

struct http {
	CURL *curl;
	const struct http_how *how;
	char why[CURL_ERROR_SIZE];
	/* of the request in progress */
	const struct http_request *req;
	struct http_answer *answer;
	size_t piece, at;		/* what of the body went out */
	bool too_big, no_memory;
	int64_t stop_by_ns;		/* 0: not told to stop */
};

static size_t
take_body(char *p, size_t size, size_t n, void *arg)
{
	struct http *h = arg;

	n *= size;
	if (n > h->req->answer_max - h->answer->body.n) {
		h->too_big = true;
		return 0;
	}
	buf_put(&h->answer->body, p, n);
	h->no_memory |= h->answer->body.failed;
	return h->no_memory ? 0 : n;
}

static void
keep_value(struct buf *b, const char *p, size_t n)
{
	buf_clear(b);
	while (n > 0 && (*p == ' ' || *p == '\t'))
		p++, n--;
	while (n > 0 && (p[n - 1] == '\r' || p[n - 1] == '\n' || p[n - 1] == ' '))
		n--;
	if (n <= HTTP_URL_MAX)
		buf_put(b, p, n);
}

static size_t
take_header(char *p, size_t size, size_t n, void *arg)
{
	struct http *h = arg;

	n *= size;
	/* the headers of an answer begin anew behind those of "100 Continue" */
	if (n >= 5 && memcmp(p, "HTTP/", 5) == 0) {
		buf_clear(&h->answer->location);
		buf_clear(&h->answer->type);
	} else if (n > 9 && strncasecmp(p, "location:", 9) == 0) {
		keep_value(&h->answer->location, p + 9, n - 9);
	} else if (n > 13 && strncasecmp(p, "content-type:", 13) == 0) {
		keep_value(&h->answer->type, p + 13, n - 13);
	}
	return n;
}

static size_t
give_body(char *to, size_t size, size_t n, void *arg)
{
	struct http *h = arg;
	size_t done = 0, part;

	n *= size;
	while (done < n && h->piece < h->req->nbody) {
		const struct slice *s = &h->req->body[h->piece];

		part = s->n - h->at < n - done ? s->n - h->at : n - done;
		if (part > 0)
			memcpy(to + done, s->p + h->at, part);
		done += part;
		if ((h->at += part) == s->n) {
			h->piece++;
			h->at = 0;
		}
	}
	return done;
}

/* The body again from its start: asked for when SPNEGO needs the request a second time. */
static int
rewind_body(void *arg, curl_off_t to, int origin)
{
	struct http *h = arg;

	if (to != 0 || origin != SEEK_SET)
		return CURL_SEEKFUNC_CANTSEEK;
	h->piece = h->at = 0;
	return CURL_SEEKFUNC_OK;
}

static int
look_for_stop(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	struct http *h = arg;

	(void)a, (void)b, (void)c, (void)d;
	if (h->how->stop == NULL || !atomic_load(h->how->stop))
		return 0;
	if (h->stop_by_ns == 0)
		h->stop_by_ns = clock_steady_ns() + STOP_NS;
	return clock_steady_ns() >= h->stop_by_ns;
}

static void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	if (h->curl != NULL)
		curl_easy_cleanup(h->curl);
	free(h);
}

static struct http *
http_open(const struct http_how *how, struct err *e)
{
	const curl_version_info_data *lib;
	struct http *h;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || (h = calloc(1, sizeof(*h))) == NULL ||
	    (h->curl = curl_easy_init()) == NULL) {
		err_set(e, ERR_NOMEM, "no memory for HTTP");
		return NULL;
	}
	lib = curl_version_info(CURLVERSION_NOW);
	if (how->negotiate && (lib->features & CURL_VERSION_SPNEGO) == 0) {
		http_close(h);
		err_set(e, ERR_ABSENT, "this libcurl has no SPNEGO (Kerberos)");
		return NULL;
	}
	h->how = how;
	return h;
}

/* What is the same for each request; curl_easy_reset keeps the connections. */
static void
set_common(struct http *h)
{
	CURL *c = h->curl;

	curl_easy_reset(c);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, h->why);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, h);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, h);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, look_for_stop);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, h);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "plog-agent/" PLOG_VERSION);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS, (long)h->how->connect_ms);
	if (h->how->ca_file != NULL)
		curl_easy_setopt(c, CURLOPT_CAINFO, h->how->ca_file);
	if (h->how->negotiate && !h->req->anonymous) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, (long)CURLAUTH_NEGOTIATE);
		curl_easy_setopt(c, CURLOPT_USERPWD, ":");
		curl_easy_setopt(c, CURLOPT_COOKIEFILE, "");	/* hadoop.auth: once is enough */
	}
}

static void
set_body(struct http *h)
{
	CURL *c = h->curl;
	curl_off_t n = 0;
	size_t i;

	for (i = 0; i < h->req->nbody; i++)
		n += (curl_off_t)h->req->body[i].n;
	curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, n);
	curl_easy_setopt(c, CURLOPT_READFUNCTION, give_body);
	curl_easy_setopt(c, CURLOPT_READDATA, h);
	curl_easy_setopt(c, CURLOPT_SEEKFUNCTION, rewind_body);
	curl_easy_setopt(c, CURLOPT_SEEKDATA, h);
	curl_easy_setopt(c, CURLOPT_UPLOAD_BUFFERSIZE, UPLOAD_BUFFER);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)((h->how->stall_ms + 999) / 1000));
}

static struct curl_slist *
set_headers(struct http *h)
{
	/* no "Expect: 100-continue": where it is not known the answer would be awaited in vain */
	struct curl_slist *list = curl_slist_append(NULL, "Expect:"), *more;
	const char *const *p;

	if (list != NULL && h->req->body == NULL && (h->req->method[0] == 'P') && (more = curl_slist_append(list, "Content-Length: 0")) != NULL)
		list = more;
	for (p = h->req->headers; list != NULL && p != NULL && *p != NULL; p++) {
		if ((more = curl_slist_append(list, *p)) == NULL) {
			curl_slist_free_all(list);
			return NULL;
		}
		list = more;
	}
	if (list != NULL)
		curl_easy_setopt(h->curl, CURLOPT_HTTPHEADER, list);
	return list;
}

static int
failed(const struct http *h, CURLcode code, struct err *e)
{
	const char *why = h->why[0] != '\0' ? h->why : curl_easy_strerror(code);

	if (h->too_big)
		return err_set(e, ERR_TOOBIG, "the answer is longer than %zu bytes", h->req->answer_max);
	if (h->no_memory || code == CURLE_OUT_OF_MEMORY)
		return err_set(e, ERR_NOMEM, "no memory for an answer");
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return err_set(e, ERR_INTR, "stopped");
	if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
		return err_set(e, ERR_INVALID, "not a URL of HTTP");
	return err_set(e, ERR_SYS, "%s", why);
}

static int
http_ask(struct http *h, const struct http_request *req, struct http_answer *a, struct err *e)
{
	struct curl_slist *list;
	long status = 0, sent = 0;
	CURLcode code;

	*a = (struct http_answer)HTTP_ANSWER_INIT;
	h->req = req;
	h->answer = a;
	h->piece = h->at = 0;
	h->too_big = h->no_memory = false;
	h->stop_by_ns = 0;
	h->why[0] = '\0';
	set_common(h);
	if ((list = set_headers(h)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a request");
	curl_easy_setopt(h->curl, CURLOPT_URL, req->url);
	if (req->body != NULL)
		set_body(h);
	else
		curl_easy_setopt(h->curl, CURLOPT_TIMEOUT_MS, (long)h->how->answer_ms);
	curl_easy_setopt(h->curl, CURLOPT_CUSTOMREQUEST, req->method);
	curl_easy_setopt(h->curl, CURLOPT_FRESH_CONNECT, req->fresh ? 1L : 0L);
	curl_easy_setopt(h->curl, CURLOPT_FORBID_REUSE, req->fresh ? 1L : 0L);
	code = curl_easy_perform(h->curl);
	curl_slist_free_all(list);
	curl_easy_getinfo(h->curl, CURLINFO_REQUEST_SIZE, &sent);
	curl_easy_getinfo(h->curl, CURLINFO_RESPONSE_CODE, &status);
	a->sent = sent > 0;
	/* an answer that came before all was sent is one: what is wrong stands in it */
	if (code != CURLE_OK && !(code == CURLE_SEND_ERROR && status >= 300))
		return failed(h, code, e);
	a->status = (int)status;
	return 0;
}

static const char *
http_library(void)
{
	return "libcurl " LIBCURL_VERSION;
}

__attribute__((visibility("default"))) const struct http_ops plog_module_http = {
	.version = MODULE_VERSION, .open = http_open, .close = http_close, .ask = http_ask, .library = http_library,
};
