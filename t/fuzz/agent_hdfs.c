/*
 * What the hdfs sink reads from outside: WebHDFS's answers, hdfs-site.xml, the
 * slots of a journal, names out of headers, and a time zone's file.  The first
 * byte says which.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/sinks/hdfs/answer.h"
#include "agent/sinks/hdfs/cluster.h"
#include "agent/sinks/hdfs/journal.h"
#include "agent/sinks/hdfs/naming.h"
#include "agent/sinks/hdfs/webhdfs.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static bool
each_name(void *arg, struct slice name, const struct hdfs_status *st)
{
	if (name.n == 0 || st->length < 0)
		abort();
	return ++*(int *)arg < 100;
}

static void
answers(struct slice s)
{
	struct hdfs_exception x;
	struct hdfs_status st;
	struct buf url = BUF_INIT;
	struct err e = ERR_INIT;
	int n = 0;
	bool v;

	(void)answer_boolean(s, &v, &e);
	if (answer_status(s, &st, &e) == 0 && st.length < 0)
		abort();
	(void)answer_list(s, each_name, &n, &e);
	if (answer_location(s, &url, &e) == 0)
		(void)webhdfs_redirect_check("http://h/", buf_slice(&url), &e);
	if (answer_exception(s, &x, &e) == 0 && (x.name[0] == '\0' || strpbrk(x.message, "\n\033") != NULL))
		abort();
	(void)webhdfs_judge(403, s, s.n % 2 == 0, &e);
	buf_release(&url);
}

static void
site(struct slice s)
{
	static const char *const authorities[] = { "", "ns1", "h:8020" };
	struct cluster_conf *c = cluster_conf_new();
	struct err e = ERR_INIT;
	struct cluster cl;
	size_t i;

	if (c != NULL && cluster_conf_add(c, s, &e) == 0)
		for (i = 0; i < 3; i++) {
			(void)cluster_find(&cl, c, authorities[i], NULL, &e);
			cluster_release(&cl);
		}
	cluster_conf_free(c);
}

static void
slot(struct slice s)
{
	uint8_t bytes[JOURNAL_SLOT] = { 0 }, boot[16] = { 0 };
	struct journal_entry en;

	memcpy(bytes, s.p, s.n < sizeof(bytes) ? s.n : sizeof(bytes));
	if (journal_read_slot(bytes, boot, &en) == 1 && (en.length < 0 || en.temp.n == 0))
		abort();
}

/* A path and a header's value: whatever is taken stays below where it began. */
static void
name(struct slice s)
{
	struct naming n = { .hdfs = true };
	struct batch b = BATCH_INIT;
	struct event *ev = batch_add(&b, "", 0);
	char *text = strndup((const char *)s.p, s.n);
	struct location l;
	struct err e = ERR_INIT;
	const char *got;
	bool same;

	if (ev != NULL && text != NULL && event_set(&b, ev, slice_str("h"), s) == 0 && zone_open((struct zone **)(uintptr_t)&n.time.zone, "UTC", &e) == 0) {
		n.time.now = true;
		if (escape_compile(&n.path, "/base/%{h}", &e) == 0 && escape_compile(&n.prefix, text, &e) == 0 &&
		    naming_resolve(&n, ev, 0, &got, &same, &e) == 0 && (strncmp(got, "/base/", 6) != 0 || strstr(got, "/../") != NULL))
			abort();
		(void)location_parse(&l, text, &e);
		zone_free((struct zone *)(uintptr_t)n.time.zone);
	}
	naming_release(&n);
	free(text);
	batch_clear(&b);
}

static void
zone(struct slice s)
{
	struct err e = ERR_INIT;
	struct zone *z;
	struct tm tm;
	int64_t t;

	if (zone_parse(&z, s, &e) != 0)
		return;
	for (t = -5000000000; t < 8000000000; t += 333333333)
		zone_time(z, t, &tm);
	zone_free(z);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static void (*const targets[])(struct slice) = { answers, site, slot, name, zone };

	if (n > 0)
		targets[data[0] % 5](SLICE_OF(data + 1, n - 1));
	return 0;
}
