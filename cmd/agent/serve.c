/*
 * serve.c - plog-agent's life (serve.h).
 */
#include "agent/serve.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "agent/agent.h"
#include "agent/build.h"
#include "agent/monitor.h"
#include "agent/notice.h"
#include "agent/reload.h"
#include "agent/sandbox.h"
#include "agent/systemd.h"
#include "base/clock.h"
#include "tool/msg.h"

#define APP	"org.apache.flume.node.Application"

static void
print_problems(const struct problems *p)
{
	struct buf b = BUF_INIT;
	size_t i;

	for (i = 0; i < p->n; i++) {
		problem_print(&p->v[i], &b);
		msg("%s", buf_str(&b));
		buf_clear(&b);
	}
	buf_release(&b);
}

/* The agent's settings as they will run, as a properties file. */
static int
print_conf(const struct conf *c)
{
	size_t i, n = strlen(c->opts->agent);
	struct buf b = BUF_INIT;
	const char *p;
	bool gone;

	for (i = 0; i < c->s.n; i++) {
		if (strncmp(c->s.v[i].key, c->opts->agent, n) != 0 || c->s.v[i].key[n] != '.')
			continue;
		for (p = c->s.v[i].key; *p != '\0'; p++)
			buf_printf(&b, strchr(" =:#!\\", *p) != NULL ? "\\%c" : "%c", *p);
		buf_puts(&b, " = ");
		for (p = c->s.v[i].value; *p != '\0'; p++)
			buf_printf(&b, *p == '\n' ? "\\n" : *p == '\r' ? "\\r" : *p == '\t' ? "\\t" : *p == '\\' ? "\\\\" : "%c", *p);
		buf_putc(&b, '\n');
	}
	if (out_flush(&b, &gone) != 0 && !gone)
		return EXIT_FAILED;
	buf_release(&b);
	return out_close();
}

/* What is in memory channels goes into the sinks, as long as that may take.  Events left. */
static int64_t
drain(struct agent *a, const struct options *o, int notice)
{
	int64_t until = clock_steady_ns() + o->drain_ms * 1000000, left;
	struct pollfd p = { .fd = notice, .events = POLLIN };

	agent_hurry(a);
	while ((left = agent_left(a)) > 0 && clock_steady_ns() < until)
		(void)poll(&p, 1, 5);
	return left;
}

static int
end(struct agent *a, const struct options *o, int notice)
{
	int64_t left;

	systemd_notify("STOPPING=1");
	agent_stop_sources(a);
	left = drain(a, o, notice);
	agent_stop_rest(a);
	if (left == 0)
		return EXIT_DONE;
	log_line(a->log, LOG_ERROR, a->name, APP, "%lld events were left in memory channels after %lld ms, and are lost", (long long)left,
	    (long long)o->drain_ms);
	return EXIT_FAILED;
}

/* Until it shall end: channels that did not start are tried again, files are looked at. */
static int
tend(struct agent *a, const struct options *o, struct notice *n, struct watched *w, struct monitor *m, struct err *e)
{
	int64_t look = clock_steady_ns() + o->poll_ms * 1000000, ms, retry;
	enum notice_what what;
	int rc = 0;

	systemd_notify("READY=1");
	while (rc == 0) {
		retry = agent_tend(a);
		ms = o->reload ? (look - clock_steady_ns()) / 1000000 + 1 : -1;
		if (retry >= 0 && (ms < 0 || retry < ms))
			ms = retry;
		if ((what = notice_wait(n, ms < 0 ? -1 : (int)ms)) == NOTICE_END)
			return 0;
		if (what == NOTICE_RELOAD || (o->reload && clock_steady_ns() >= look)) {
			look = clock_steady_ns() + o->poll_ms * 1000000;
			if (files_changed(w) || what == NOTICE_RELOAD) {
				systemd_reloading();
				monitor_pause(m);
				rc = reload(a, o, e);
				monitor_go_on(m);
				systemd_notify("READY=1");
			}
		}
	}
	return rc;
}

static void
lock_in(struct agent *a, const struct options *o)
{
	struct err e = ERR_INIT;

	if (a->runs_programs)
		log_line(a->log, LOG_WARN, a->name, APP, "the configuration runs programs (an exec source or an external config filter), so this "
		    "process may execute any%s", o->sandbox ? "" : "; and it runs without a sandbox");
	if (!o->sandbox)
		return;
	if (sandbox_enter(a->runs_programs, &e) != 0)
		log_line(a->log, LOG_WARN, a->name, APP, "%s", e.text);
	a->no_programs = !a->runs_programs;
}

static int
run(struct agent *a, const struct options *o)
{
	struct notice n;
	struct watched w;
	struct monitor *m = NULL;
	struct err e = ERR_INIT;
	int status = EXIT_DONE, fd = notice_open(&n, &e);

	if (fd == -1)
		die_err(&e);
	if (watch_files(&w, &o->conf) != 0)
		die("no memory");
	a->fail_fast = o->fail_fast;
	lock_in(a, o);
	if (monitor_start(&m, a, &e) != 0 || agent_start(a, &e) != 0 || tend(a, o, &n, &w, m, &e) != 0) {
		log_line(a->log, LOG_FATAL, a->name, APP, "%s", e.text);
		status = EXIT_FAILED;
	}
	watched_release(&w);
	monitor_stop(m);
	return end(a, o, fd) == EXIT_DONE ? status : EXIT_FAILED;
}

int
serve(struct options *o)
{
	struct problems problems = PROBLEMS_INIT;
	struct err e = ERR_INIT;
	struct log *log = log_open(STDERR_FILENO);
	struct agent *a = NULL;
	struct conf *conf;
	int status = EXIT_FAILED;

	if (log == NULL)
		die("no memory");
	log_set_level(log, (enum log_level)o->level);
	if ((conf = conf_load(&o->conf, &problems, &e)) == NULL || (a = agent_build(conf, log, &problems, &e)) == NULL)
		msg_err(&e);
	print_problems(&problems);
	if (a != NULL && o->check)
		status = problems.n == 0 ? EXIT_DONE : EXIT_FAILED;
	else if (a != NULL && o->dry)
		status = print_conf(conf) == EXIT_DONE && problems.errors == 0 ? EXIT_DONE : EXIT_FAILED;
	else if (a != NULL && (problems.errors == 0 || o->lenient))
		status = run(a, o);
	agent_free(a);
	conf_unref(conf);
	problems_release(&problems);
	log_close(log);
	return status;
}
