/*
 * monitor.c - the agent's counters over HTTP (monitor.h).
 */
#include "agent/monitor.h"

#include <sys/socket.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/httpd.h"
#include "agent/netaddr.h"
#include "base/parse.h"

#define PORT		41414		/* Flume's */
#define CONNECTIONS	64
#define IDLE_S		10

struct monitor {
	struct agent *agent;
	const struct httpd_ops *ops;
	struct httpd *httpd;
	pthread_mutex_t lock;
};

static const char front[] = "For Flume metrics please click <a href = \"./metrics\"> here</a>.";

static void
answer(void *self, const struct httpd_request *r, struct httpd_answer *a)
{
	struct monitor *m = self;

	if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0) {
		a->status = strcmp(r->method, "TRACE") == 0 || strcmp(r->method, "OPTIONS") == 0 ? 403 : 405;
		return;
	}
	pthread_mutex_lock(&m->lock);
	if (strcasecmp(r->path, "/metrics") == 0) {
		a->type = "application/json;charset=utf-8";
		metrics_json(m->agent, &a->body);
	} else if (strcasecmp(r->path, "/metrics/prometheus") == 0) {
		a->type = "text/plain; version=0.0.4; charset=utf-8";
		metrics_prometheus(m->agent, &a->body);
	} else if (strcmp(r->path, "/healthz") == 0) {
		a->type = "text/plain";
		a->status = metrics_health(m->agent, &a->body) ? 200 : 503;
	} else if (strcmp(r->path, "/") == 0) {
		a->type = "text/html;charset=utf-8";
		buf_puts(&a->body, front);
	} else
		a->status = 404;
	pthread_mutex_unlock(&m->lock);
}

static int
listen_there(struct monitor *m, struct err *e)
{
	const char *bind = conf_define(m->agent->conf, "flume.monitoring.bind"), *port = conf_define(m->agent->conf, "flume.monitoring.port");
	struct sockaddr_storage sa;
	socklen_t len = sizeof(sa);
	char at[NETADDR_MAX] = "";
	int64_t n = PORT;
	int fd;

	if (port != NULL && parse_int(port, 0, 65535, &n, e) != 0) {
		(void)err_prefix(e, "-D flume.monitoring.port");
		return -1;
	}
	if ((fd = source_listen(NULL, bind == NULL ? "0.0.0.0" : bind, (int)n, e)) == -1)
		return -1;
	if (getsockname(fd, (struct sockaddr *)&sa, &len) == 0)
		netaddr_print((struct sockaddr *)&sa, at);
	log_line(m->agent->log, LOG_INFO, m->agent->name, "org.apache.flume.instrumentation.http.HTTPMetricsServer", "listening on %s", at);
	return fd;
}

static int
start(struct monitor *m, struct err *e)
{
	struct httpd_conf conf = { .threads = 1, .connections = CONNECTIONS, .idle_s = IDLE_S, .body_max = 4096, .answer = answer, .self = m };

	if ((m->ops = httpd_load(e)) == NULL || (conf.fd = listen_there(m, e)) == -1)
		return -(int)e->code;
	return m->ops->start(&m->httpd, &conf, e);
}

int
monitor_start(struct monitor **out, struct agent *a, struct err *e)
{
	const char *type = conf_define(a->conf, "flume.monitoring.type");
	struct monitor *m;
	int rc;

	*out = NULL;
	if (type == NULL)
		return 0;
	if (strcasecmp(type, "ganglia") == 0)
		return err_set(e, ERR_INVALID, "-D flume.monitoring.type=ganglia: nothing is sent to Ganglia; use type=http and let a collector read "
		    "/metrics or /metrics/prometheus");
	if (strcasecmp(type, "http") != 0 && strcasecmp(type, "prometheus") != 0)
		return err_set(e, ERR_INVALID, "-D flume.monitoring.type: is not http: %s", type);
	if ((m = calloc(1, sizeof(*m))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory");
	m->agent = a;
	pthread_mutex_init(&m->lock, NULL);
	if ((rc = start(m, e)) != 0) {
		pthread_mutex_destroy(&m->lock);
		free(m);
		return rc;
	}
	*out = m;
	return 0;
}

void
monitor_stop(struct monitor *m)
{
	if (m == NULL)
		return;
	m->ops->stop(m->httpd);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

void
monitor_pause(struct monitor *m)
{
	if (m != NULL)
		pthread_mutex_lock(&m->lock);
}

void
monitor_go_on(struct monitor *m)
{
	if (m != NULL)
		pthread_mutex_unlock(&m->lock);
}
