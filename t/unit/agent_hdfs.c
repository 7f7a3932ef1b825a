/*
 * What the hdfs sink makes of bytes from outside: WebHDFS's answers, Hadoop's
 * configuration, names out of headers, journals of dead runs; and Hadoop's
 * block framing, taken apart by hand.
 */
#include <stdlib.h>
#include <unistd.h>

#include "agent/sinks/hdfs/answer.h"
#include "agent/sinks/hdfs/cluster.h"
#include "agent/sinks/hdfs/journal.h"
#include "agent/sinks/hdfs/naming.h"
#include "agent/sinks/hdfs/packing.h"
#include "agent/sinks/hdfs/webhdfs.h"
#include "unit/check.h"
#include "unit/tmpdir.h"

#define X(name, message)	"{\"RemoteException\":{\"exception\":\"" name "\",\"message\":\"" message "\"}}"

static const struct {
	int status;
	const char *body;
	bool sent;
	enum outcome want;
	const char *says;
} judged[] = {
	{ 200, "", false, OUT_DONE, "" },
	{ 201, "<html>", true, OUT_DONE, "" },
	{ 403, X("StandbyException", "m"), false, OUT_AGAIN, "StandbyException: m" },
	{ 403, X("SafeModeException", "Name node is in safe mode.\\nIt was"), false, OUT_AGAIN, "SafeModeException: Name node is in safe mode." },
	{ 403, X("SafeModeException", "m"), true, OUT_UNSURE, "SafeModeException: m" },
	{ 403, X("AlreadyBeingCreatedException", "m\\n\\tat x"), true, OUT_HELD, "AlreadyBeingCreatedException: m" },
	{ 403, X("RecoveryInProgressException", ""), true, OUT_HELD, "RecoveryInProgressException" },
	{ 403, X("FileAlreadyExistsException", "m"), true, OUT_EXISTS, NULL },
	{ 404, X("FileNotFoundException", "m"), false, OUT_MISSING, NULL },
	{ 403, X("AccessControlException", "m\\u001b[2J"), false, OUT_REFUSED, "AccessControlException: m\\x1b[2J" },
	{ 403, X("DSQuotaExceededException", "m"), true, OUT_UNSURE, NULL },
	{ 403, X("NSQuotaExceededException", "m"), true, OUT_REFUSED, NULL },
	{ 403, X("SafeModeException", "Cannot create file/x. Name node is in safe mode."), true, OUT_AGAIN, NULL },
	{ 403, X("IOException", "Failed to find datanode"), false, OUT_AGAIN, NULL },
	{ 403, X("IOException", "could only be written to 0 of the 1 minReplication nodes"), true, OUT_UNSURE, NULL },
	{ 400, X("InvalidPathException", "Invalid path name"), false, OUT_INVALID, NULL },
	{ 400, X("IllegalArgumentException", "Invalid value for webhdfs parameter"), false, OUT_REFUSED, NULL },
	{ 500, X("RuntimeException", "m"), false, OUT_AGAIN, NULL },
	{ 500, "{{{{", true, OUT_UNSURE, NULL },
	{ 404, "<html>", false, OUT_REFUSED, NULL },
	{ 401, "", false, OUT_REFUSED, NULL },
};

static void
judging(void)
{
	size_t i;

	for (i = 0; i < sizeof(judged) / sizeof(judged[0]); i++) {
		struct err e = ERR_INIT;
		enum outcome got = webhdfs_judge(judged[i].status, slice_str(judged[i].body), judged[i].sent, &e);

		CHECK(got == judged[i].want, "%d %s is %d, not %d", judged[i].status, judged[i].body, got, judged[i].want);
		if (judged[i].says != NULL)
			CHECK_STR(e.text, judged[i].says);
	}
}

static bool
count_names(void *arg, struct slice name, const struct hdfs_status *st)
{
	int *sum = arg;

	*sum += (int)name.n * 100 + (int)st->length + st->directory;
	return true;
}

static void
answers(void)
{
	static const char *const bad[] = { "", "{", "[]", "{\"boolean\":1}", "{\"boolean\":true", "{\"boolean\":true}}", "{\"boolean\":\"true\"}",
	    "{\"FileStatus\":{\"length\":-1,\"type\":\"FILE\"}}", "{\"FileStatus\":{\"length\":99999999999999999999,\"type\":\"FILE\"}}",
	    "{\"FileStatus\":{\"length\":1}}", "{\"FileStatuses\":{\"FileStatus\":[{]}}", "{\"Location\":\"\"}",
	    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[" };
	static const char list[] = "{\"FileStatuses\":{\"FileStatus\":[\n{\"length\":9,\"pathSuffix\":\"a\\u00fcb\",\"type\":\"FILE\"},\n"
	    "{\"length\":0,\"pathSuffix\":\"d\",\"type\":\"DIRECTORY\",\"x\":[1.5e3,{\"y\":null}]}\n]}}";
	struct hdfs_status st;
	struct buf url = BUF_INIT;
	bool v;
	int sum = 0;
	size_t i;

	CHECK_INT(answer_boolean(slice_str(" {\"x\":[{}],\"boolean\" : true}\n"), &v, NULL), 0);
	CHECK_TRUE(v);
	CHECK_INT(answer_status(slice_str("{\"FileStatus\":{\"accessTime\":1795360171559,\"length\":9,\"modificationTime\":17,\"pathSuffix\":\"\",\"type\":\"FILE\"}}"), &st, NULL), 0);
	CHECK_TRUE(st.length == 9 && st.modified_ms == 17 && !st.directory);
	CHECK_INT(answer_list(slice_str(list), count_names, &sum, NULL), 0);
	CHECK_INT(sum, 400 + 9 + 100 + 0 + 1);
	CHECK_INT(answer_location(slice_str("{\"Location\":\"http:\\/\\/h:1\\/x?op=APPEND\"}"), &url, NULL), 0);
	CHECK_STR(buf_str(&url), "http://h:1/x?op=APPEND");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct slice s = slice_str(bad[i]);

		CHECK(answer_boolean(s, &v, NULL) != 0 && answer_status(s, &st, NULL) != 0 &&
		    answer_list(s, count_names, &sum, NULL) != 0 && answer_location(s, &url, NULL) != 0, "%s is taken", bad[i]);
	}
	buf_release(&url);
}

static void
redirects(void)
{
	struct err e = ERR_INIT;
	struct buf b = BUF_INIT;

	CHECK_INT(webhdfs_url(&b, "http://h:1", "/a b/\303\274?%", &e), 0);
	CHECK_STR(buf_str(&b), "http://h:1/webhdfs/v1/a%20b/%C3%BC%3F%25");
	buf_release(&b);
	CHECK_INT(webhdfs_redirect_check("http://h", slice_str("http://x/y"), &e), 0);
	CHECK_INT(webhdfs_redirect_check("http://h", slice_str("HTTPS://x/y"), &e), 0);
	CHECK_TRUE(webhdfs_redirect_check("https://h", slice_str("http://x/y"), &e) != 0);
	CHECK_TRUE(webhdfs_redirect_check("http://h", slice_str("file:///etc/passwd"), &e) != 0);
	CHECK_TRUE(webhdfs_redirect_check("http://h", slice_str("http://x/ y"), &e) != 0);
	CHECK_TRUE(webhdfs_redirect_check("http://h", slice_str(""), &e) != 0);
}

static void
names(void)
{
	static const struct {
		const char *path;
		bool hdfs, ok;
	} r[] = {
		{ "/a/b/FlumeData", true, true }, { "/a/../b", true, false }, { "/a/./b", false, false }, { "/a/..b/c", true, true },
		{ "/a:b/c", true, false }, { "/a:b/c", false, true }, { "/a\377/c", true, false }, { "/a\377/c", false, true },
		{ "/\303\274/c", true, true }, { "..", false, false }, { "rel/x", false, true },
	};
	struct location l;
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < sizeof(r) / sizeof(r[0]); i++)
		CHECK((naming_check(r[i].path, r[i].hdfs, &e) == 0) == r[i].ok, "%s: %s", r[i].path, e.text);
	CHECK_INT(location_parse(&l, "hdfs://nameservice1/a/%Y", &e), 0);
	CHECK_TRUE(l.scheme == SCHEME_HDFS && l.skip == 19);
	CHECK_STR(l.authority, "nameservice1");
	CHECK_INT(location_parse(&l, "hdfs:///a", &e), 0);
	CHECK_TRUE(l.scheme == SCHEME_HDFS && l.skip == 7 && l.authority[0] == '\0');
	CHECK_INT(location_parse(&l, "file:/a", &e), 0);
	CHECK_TRUE(l.scheme == SCHEME_LOCAL && l.skip == 5);
	CHECK_INT(location_parse(&l, "/a:b", &e), 0);
	CHECK_INT(l.scheme, SCHEME_NONE);
	CHECK_TRUE(location_parse(&l, "s3a://b/x", &e) == 0 && l.scheme == SCHEME_OTHER);
	CHECK_TRUE(location_parse(&l, "hdfs://%{h}/x", &e) != 0);
	CHECK_TRUE(location_parse(&l, "file://host/x", &e) != 0);
	CHECK_TRUE(location_parse(&l, "hdfs://host", &e) != 0);
}

#define P(n, v)	"<property><name>" n "</name><value>" v "</value></property>"
static const char site[] = "<?xml version=\"1.0\"?><!-- x --><configuration>" P("fs.defaultFS", "hdfs://main.example:8020/")
    P("dfs.namenode.http-address", "0.0.0.0:${port}") P("port", " 19870\n") P("dfs.nameservices", "ns1, other")
    P("dfs.ha.namenodes.ns1", "nn1,nn2") P("dfs.namenode.http-address.ns1.nn1", "a.example:50070")
    P("dfs.namenode.rpc-address.ns1.nn2", "b.example:8020") P("dfs.ha.namenodes.other", "nn1")
    P("loop", "${loop}x") "<property><name>f</name><value>1</value><final>true</final></property>" P("f", "2") "</configuration>";

static void
cluster(void)
{
	static const struct {
		const char *authority, *given, *want;
	} r[] = {
		{ "", NULL, "http://main.example:19870" }, { "main.example:8020", NULL, "http://main.example:19870" },
		{ "far.example:8020", NULL, "http://far.example:9870" }, { "far.example", NULL, "http://far.example:9870" },
		{ "ns1", NULL, "http://a.example:50070 http://b.example:9870" }, { "other", NULL, NULL },
		{ "x", "h1, https://h2:443/", "http://h1:9870 https://h2:443" }, { "x", "h1:1/../", NULL }, { "[::1]:8020", NULL, "http://[::1]:9870" },
	};
	struct cluster_conf *c = cluster_conf_new();
	struct err e = ERR_INIT;
	struct cluster cl;
	struct buf b;
	size_t i, k;

	if (!CHECK(cluster_conf_add(c, slice_str(site), &e) == 0, "%s", e.text))
		return;
	CHECK_STR(cluster_conf_get(c, "f"), "1");
	CHECK_TRUE(strlen(cluster_conf_get(c, "loop")) < 100);
	for (i = 0; i < sizeof(r) / sizeof(r[0]); i++) {
		b = (struct buf)BUF_INIT;
		if (cluster_find(&cl, c, r[i].authority, r[i].given, &e) == 0) {
			for (k = 0; k < cl.n; k++)
				buf_printf(&b, "%s%s", k > 0 ? " " : "", cl.base[k]);
			CHECK_STR(buf_str(&b), r[i].want == NULL ? "refused" : r[i].want);
		} else
			CHECK(r[i].want == NULL, "%s: %s", r[i].authority, e.text);
		cluster_release(&cl);
		buf_release(&b);
	}
	CHECK_INT(cluster_conf_add(c, slice_str("<configuration>"), &e), -ERR_DAMAGE);
	CHECK_INT(cluster_conf_add(c, slice_str("<!DOCTYPE x [<!ENTITY a \"b\">]><configuration/>"), &e), -ERR_DAMAGE);
	cluster_conf_free(c);
}

struct seen {
	int n;
	int64_t length;
	char temp[64];
};

static bool
see(void *arg, const struct journal_entry *en, long slot)
{
	struct seen *s = arg;

	(void)slot;
	s->n++;
	s->length = en->length;
	(void)snprintf(s->temp, sizeof(s->temp), "%.*s", (int)en->temp.n, en->temp.p);
	return en->this_boot;
}

static void
journals(void)
{
	struct seen seen = { .n = 0 }, none = { .n = 0 };
	struct journal *j, *two;
	struct err e = ERR_INIT;
	char path[512];
	long a, b;

	close(tmpdir_make());
	(void)snprintf(path, sizeof(path), "%.400s/d/e/j.open", tmpdir_path);
	if (!CHECK(journal_open(&j, path, see, &none, &e) == 0, "%s", e.text))
		return;
	a = journal_add(j, "/x/f.1.tmp", "/x/f.1");
	b = journal_add(j, "/x/f.2.tmp", "/x/f.2");
	CHECK_TRUE(a != b && a >= 0 && b >= 0);
	journal_length(j, b, 4711);
	journal_remove(j, a);
	CHECK_INT(journal_open(&two, path, see, &none, &e), -ERR_BUSY);
	journal_close(j);
	CHECK_TRUE(journal_open(&j, path, see, &seen, &e) == 0);
	CHECK_TRUE(seen.n == 1 && seen.length == 4711 && none.n == 0);
	CHECK_STR(seen.temp, "/x/f.2.tmp");
	CHECK_INT(journal_add(j, "/x/f.3.tmp", "/x/f.3"), a);
	journal_close(j);
	tmpdir_remove();
}

/* lz4 and snappy: a plain length, chunks with their lengths, and nothing left over. */
static void
blocks(void)
{
	static const char *const codecs[] = { "lz4", "Snappy" };
	struct packing *p;
	struct buf out = BUF_INIT;
	struct err e = ERR_INIT;
	uint8_t in[200000];
	struct rd r;
	size_t i, k;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i < 100000 ? i / 1000 : (i * 2654435761u) >> 13);
	for (k = 0; k < 2; k++) {
		const struct packing_codec *c = packing_find(codecs[k], &e);

		if (!CHECK(c != NULL && packing_new(&p, c, &e) == 0, "%s", e.text))
			continue;
		buf_clear(&out);
		CHECK_INT(packing_run(p, SLICE_OF(in, sizeof(in)), &out, &e), 0);
		r = RD_OF(out.p, out.n);
		CHECK_INT(rd_be32(&r), sizeof(in));
		for (i = 0; rd_left(&r) > 0 && !r.bad; i++)
			(void)rd_bytes(&r, rd_be32(&r));
		CHECK_TRUE(!r.bad && i > 1);
		packing_free(p);
	}
	CHECK_TRUE(packing_find("org.apache.hadoop.io.compress.BZip2Codec", &e) != NULL);
	CHECK_STR(packing_find("DEFLATE", &e)->suffix, ".deflate");
	CHECK_TRUE(packing_find("gzpi", &e) == NULL && strstr(e.text, "'gzip'") != NULL);
	CHECK_TRUE(packing_find("lzop", &e) == NULL && strstr(e.text, "GPL") != NULL);
	buf_release(&out);
}

int
main(void)
{
	judging();
	answers();
	redirects();
	names();
	cluster();
	journals();
	blocks();
	return check_done();
}
