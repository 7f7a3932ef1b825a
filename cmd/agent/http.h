/*
 * http.h - requests over HTTP, by libcurl (the module "http").
 *
 *	const struct http_ops *net = http_load(&e);
 *	struct http *h = net->open(&how, &e);		// keeps its connections alive
 *	struct http_answer a = HTTP_ANSWER_INIT;
 *
 *	rc = net->ask(h, &(struct http_request){ .method = "GET", .url = url, .answer_max = 65536 }, &a, &e);
 *	if (rc == 0 && a.status == 200) use(a.body);
 *	http_answer_clear(&a);
 *	net->close(h);
 *
 * One struct http serves one thread at a time.  Redirects are not followed:
 * the caller sees the place and decides, with a bound of its own.  Proxies
 * named in the environment are not used, as Flume's clients do not.
 */
#ifndef AGENT_HTTP_H
#define AGENT_HTTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/module.h"

#define HTTP_URL_MAX	((size_t)16 << 10)	/* also of a redirect's place */

struct http;

struct http_how {			/* times in milliseconds, 0: no limit */
	int64_t connect_ms;		/* until the connection stands */
	int64_t answer_ms;		/* of a request without a body, in all */
	int64_t stall_ms;		/* of a request with one: so long without a byte in either direction (whole seconds) */
	bool negotiate;			/* SPNEGO, with the Kerberos credentials of the process */
	const char *ca_file;		/* PEM of who is trusted for https; NULL: the system's */
	const atomic_bool *stop;	/* a request in progress has a second or two more for its answer; may be NULL */
};

struct http_request {
	const char *method, *url;
	const struct slice *body;	/* nbody pieces, one after the other; NULL: no body */
	size_t nbody;
	const char *const *headers;	/* lines "Name: value", ends with NULL; NULL: none */
	size_t answer_max;		/* bytes of the answer's body that are taken; more is -ERR_TOOBIG */
	bool fresh;			/* a connection of its own: this request is never sent twice */
	bool anonymous;			/* no SPNEGO for this one */
};

struct http_answer {
	int status;			/* 0: there was none */
	bool sent;			/* something of the request went out, so it may have been acted on */
	struct buf body, location, type;	/* Location and Content-Type; empty when not said */
};
#define HTTP_ANSWER_INIT { .status = 0, .sent = false, .body = BUF_INIT, .location = BUF_INIT, .type = BUF_INIT }

struct http_ops {
	int version;			/* MODULE_VERSION */
	/* What how points at must live as long.  NULL: -ERR_NOMEM, -ERR_ABSENT (no SPNEGO in the library). */
	struct http *(*open)(const struct http_how *, struct err *);
	void (*close)(struct http *);	/* NULL is fine */
	/*
	 * 0: there is an answer, whatever its status.  -ERR_SYS: no connection,
	 * time is up, a broken one; -ERR_TOOBIG; -ERR_INVALID: no such URL;
	 * -ERR_INTR: stopped; -ERR_NOMEM.  answer->sent counts then too.
	 */
	int (*ask)(struct http *, const struct http_request *, struct http_answer *, struct err *);
	const char *(*library)(void);	/* "libcurl 7.88.1" */
};

static inline const struct http_ops *
http_load(struct err *e)
{
	return module_load("http", e);
}

static inline void
http_answer_clear(struct http_answer *a)
{
	buf_release(&a->body);
	buf_release(&a->location);
	buf_release(&a->type);
	*a = (struct http_answer)HTTP_ANSWER_INIT;
}

#endif
