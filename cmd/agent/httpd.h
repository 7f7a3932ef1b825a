/*
 * httpd.h - an HTTP server (libmicrohttpd), for /metrics and for the http source.
 *
 * The library is a module:
 *
 *	const struct httpd_ops *ops = httpd_load(&e);		// NULL: -ERR_ABSENT in e
 *
 *	rc = ops->start(&h, &conf, &e);
 *	ops->stop(h);			// waits for the answers that are being made
 *
 * conf.answer is called with a whole request, in a thread of the server, from
 * several at once when there are several; what it appends to body goes out.
 * A request beyond body_max is answered 413, a connection that says nothing is
 * closed after idle_s.
 */
#ifndef AGENT_HTTPD_H
#define AGENT_HTTPD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/module.h"

struct httpd;

struct httpd_request {
	const char *method, *path;	/* as sent; the path decoded, without the query */
	struct slice body;
	void *inside;			/* for the calls below */
};

struct httpd_answer {
	unsigned status;		/* 200 unless set */
	const char *type;		/* Content-Type; NULL: none */
	struct buf body;
};

struct httpd_conf {
	int fd;				/* a listening socket; the server's from now on */
	unsigned threads;		/* 1 or more */
	unsigned connections, per_address;	/* 0: no limit of its own */
	unsigned idle_s;
	size_t body_max;
	const char *cert, *key;		/* TLS: PEM texts; NULL: none */
	void (*answer)(void *self, const struct httpd_request *, struct httpd_answer *);
	void *self;
};

struct httpd_ops {
	int version;			/* MODULE_VERSION */
	int (*start)(struct httpd **, const struct httpd_conf *, struct err *);
	void (*stop)(struct httpd *);	/* NULL is fine */
	const char *(*header)(const struct httpd_request *, const char *name);	/* NULL: not sent */
	/* Each parameter of the query, decoded; value may be "". */
	void (*query)(const struct httpd_request *, void (*each)(void *arg, const char *name, const char *value), void *arg);
};

static inline const struct httpd_ops *
httpd_load(struct err *e)
{
	return module_load("httpd", e);
}

#endif
