/*
 * options.c - what a configuration says to the hdfs sink (state.h).
 */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "agent/registry.h"
#include "agent/sinks/hdfs/state.h"
#include "codec/hash.h"

#define IN_FLIGHT	(16 << 20)

static const char *const file_types[] = { "SequenceFile", "DataStream", "CompressedStream", NULL };

static void
configure_rolling(struct hdfs *h, struct context *c)
{
	h->roll_ns = ctx_int(c, "hdfs.rollInterval", 30, 0, INT32_MAX) * SECOND_NS;
	h->roll_size = ctx_int(c, "hdfs.rollSize", 1024, 0, INT64_MAX);
	h->roll_count = ctx_int(c, "hdfs.rollCount", 10, 0, INT64_MAX);
	h->idle_ns = ctx_int(c, "hdfs.idleTimeout", 0, 0, INT32_MAX) * SECOND_NS;
	h->batch = ctx_int(c, "hdfs.batchSize", 100, 1, INT32_MAX);
	h->max_open = ctx_int(c, "hdfs.maxOpenFiles", 5000, 1, JOURNAL_SLOTS / 2);
	h->call_ns = ctx_int(c, "hdfs.callTimeout", 30000, 1, INT32_MAX) * MS_NS;
	h->close_tries = ctx_int(c, "hdfs.closeTries", 0, 0, INT32_MAX);
	h->retry_ns = ctx_int(c, "hdfs.retryInterval", 180, INT32_MIN, INT32_MAX) * SECOND_NS;
	h->threads = (unsigned)ctx_int(c, "hdfs.threadsPoolSize", 10, 1, 256);
	h->max_in_flight = ctx_int(c, "hdfs.maxInFlight", IN_FLIGHT, 1, INT64_MAX);
	ctx_batch(c, h->batch);
	ctx_ignored(c, "hdfs.rollTimerPoolSize", "no thread is needed for timers");
	ctx_ignored(c, "hdfs.minBlockReplicas", "WebHDFS acknowledges what the cluster's own minimum of replicas has");
	ctx_ignored(c, "hdfs.useRawLocalFileSystem", "no .crc files are made beside local files in any case");
}

static void
configure_rounding(struct hdfs *h, struct context *c)
{
	static const char *const units[] = { "second", "minute", "hour", NULL };
	static const int seconds[] = { 1, 60, 3600 };
	struct escape_time *t = &h->naming.time;
	bool round = ctx_bool(c, "hdfs.round", false);
	int unit = ctx_choice(c, "hdfs.roundUnit", 0, units), most = unit == 2 ? 24 : 60;
	const char *zone = ctx_str(c, "hdfs.timeZone", NULL);
	struct err e = ERR_INIT;

	t->now = ctx_bool(c, "hdfs.useLocalTimeStamp", false);
	t->value = (int)ctx_int(c, "hdfs.roundValue", 1, 1, most);
	t->unit = round ? seconds[unit < 0 ? 0 : unit] : 0;
	if (zone_open(&h->zone, zone, &e) != 0)
		ctx_err(c, "hdfs.timeZone", &e);
	t->zone = h->zone;
}

static void
compile(struct escape **out, struct context *c, const char *key, const char *text)
{
	struct err e = ERR_INIT;

	if (escape_compile(out, text, &e) != 0)
		ctx_err(c, key, &e);
	else if (escape_unknown(*out)[0] != '\0')
		ctx_warn(c, key, "unknown escape%s (%%%s) that stand for nothing; %%{name} is a header, %%%% a percent sign",
		    escape_unknown(*out)[1] != '\0' ? "s" : "", escape_unknown(*out));
}

/* One that no file has: what is wrong with its properties is told before the first file. */
static void
try_serializer(const struct format_how *how, struct context *c)
{
	struct format *f = format_new(how);

	if (f == NULL)
		ctx_error(c, "serializer", "no memory");
	format_free(f);
}

static void
configure_format(struct hdfs *h, struct context *c)
{
	static const char *const values[] = { "Writable", "Text", NULL };
	const char *codec = ctx_str(c, "hdfs.codeC", NULL), *near, *name = ctx_str(c, "serializer", "TEXT");
	int type = ctx_choice(c, "hdfs.fileType", FILE_SEQUENCE, file_types);
	struct err e = ERR_INIT;

	h->how.type = type < 0 ? FILE_DATA : (enum file_type)type;
	h->how.text = ctx_choice(c, "hdfs.writeFormat", 0, values) == 1;
	h->how.serializer_name = name;
	h->how.serializer_ctx = ctx_below(c, "serializer.");
	if (codec != NULL && (h->how.codec = packing_find(codec, &e)) == NULL)
		ctx_err(c, "hdfs.codeC", &e);
	if (codec != NULL && h->how.type == FILE_DATA)
		ctx_error(c, "hdfs.codeC", "fileType: DataStream which does NOT support compressed output: set hdfs.fileType = CompressedStream");
	if (codec == NULL && h->how.type == FILE_COMPRESSED)
		ctx_error(c, "hdfs.fileType", "It's essential to set compress codec when fileType is: CompressedStream (hdfs.codeC = gzip)");
	else if (format_ready(&h->how, &e) != 0)
		ctx_err(c, "hdfs.codeC", &e);
	if ((h->how.serializer = find_serializer(name, &near)) == NULL)
		ctx_error(c, "serializer", "unknown serializer '%s'%s%s%s", name, near != NULL ? ", did you mean '" : "",
		    near != NULL ? near : "", near != NULL ? "'?" : "");
	else if (h->how.type != FILE_SEQUENCE)
		try_serializer(&h->how, c);
}

/* user.name, or what stands in its place. */
static void
configure_who(struct hdfs *h, struct context *c)
{
	const char *principal = ctx_str(c, "hdfs.kerberosPrincipal", NULL), *keytab = ctx_str(c, "hdfs.kerberosKeytab", NULL);
	const char *auth = cluster_conf_get(h->conf, "hadoop.security.authentication"), *user = getenv("HADOOP_USER_NAME");
	struct passwd pw, *found = NULL;
	char room[4096];

	h->web.doas = ctx_str(c, "hdfs.proxyUser", NULL);
	h->web.token = ctx_str(c, "hdfs.delegationToken", NULL);
	h->web.how.negotiate = h->web.token == NULL && (principal != NULL || (auth != NULL && strcasecmp(auth, "kerberos") == 0));
	/* GSSAPI finds a key table by its environment, and takes the table's first principal */
	if (keytab != NULL && h->where.scheme != SCHEME_LOCAL && setenv("KRB5_CLIENT_KTNAME", keytab, 1) != 0)
		ctx_error(c, "hdfs.kerberosKeytab", "no memory");
	if (keytab != NULL && principal == NULL)
		ctx_error(c, "hdfs.kerberosKeytab", "needs hdfs.kerberosPrincipal beside it");
	if (user == NULL && getpwuid_r(geteuid(), &pw, room, sizeof(room), &found) == 0 && found != NULL)
		user = pw.pw_name;
	if (user != NULL)
		h->user = strdup(user);
	h->web.user = h->user;
}

static void
configure_cluster(struct hdfs *h, struct context *c, const char *given)
{
	struct err e = ERR_INIT;
	const char *v;

	if ((h->web.net = http_load(&e)) == NULL) {
		ctx_err(c, "hdfs.path", &e);
		return;
	}
	if (h->where.scheme == SCHEME_WEBHDFS || h->where.scheme == SCHEME_SWEBHDFS) {
		char url[300];

		(void)snprintf(url, sizeof(url), "http%s://%s", h->where.scheme == SCHEME_SWEBHDFS ? "s" : "", h->where.authority);
		if (cluster_find(&h->cluster, h->conf, "", given != NULL ? given : url, &e) != 0)
			ctx_err(c, "hdfs.path", &e);
	} else if (cluster_find(&h->cluster, h->conf, h->where.authority, given, &e) != 0) {
		ctx_err(c, given != NULL ? "hdfs.webhdfsAddress" : "hdfs.path", &e);
	}
	h->web.base = (const char *const *)h->cluster.base;
	h->web.n = h->cluster.n;
	if ((v = cluster_conf_get(h->conf, "dfs.replication")) != NULL)
		h->web.replication = (int)strtol(v, NULL, 10);
	if ((v = cluster_conf_get(h->conf, "dfs.blocksize")) != NULL && v[strspn(v, "0123456789")] == '\0')
		h->web.block_size = strtoll(v, NULL, 10);
	h->web.how.connect_ms = h->call_ns / MS_NS < 10000 ? h->call_ns / MS_NS : 10000;
	h->web.how.answer_ms = h->web.how.stall_ms = h->call_ns / MS_NS;
	h->web.how.stop = &h->stop;
	h->files = &webhdfs_files;
	h->naming.hdfs = true;
}

/* HDFS or this machine: by the path's scheme, else by fs.defaultFS, as Hadoop does. */
static void
configure_place(struct hdfs *h, struct context *c, const char *path)
{
	const char *given = ctx_str(c, "hdfs.webhdfsAddress", NULL), *fs;
	struct err e = ERR_INIT;

	h->files = &local_files;
	if (location_parse(&h->where, path, &e) != 0)
		ctx_err(c, "hdfs.path", &e);
	if (h->where.scheme == SCHEME_OTHER)
		ctx_error(c, "hdfs.path", "'%.*s' is no file system that is had here: hdfs, webhdfs, swebhdfs, file, or a plain path",
		    (int)strcspn(path, ":"), path);
	h->naming.skip = h->where.skip;
	if (h->where.scheme == SCHEME_LOCAL || ctx_bad(c))
		return;
	if (cluster_conf_read(&h->conf, NULL, &e) != 0) {
		/* for a plain path the files matter only when they are there */
		ctx_err(c, "hdfs.path", &e);
		return;
	}
	fs = cluster_conf_get(h->conf, "fs.defaultFS");
	if (h->where.scheme != SCHEME_NONE || given != NULL || (path[0] == '/' && fs != NULL && strncasecmp(fs, "hdfs:", 5) == 0)) {
		configure_cluster(h, c, given);
		if (path[h->where.skip] != '/')
			ctx_error(c, "hdfs.path", "a path in HDFS begins with a slash");
	}
}

/* Where the journal is: beside taildir's position file, or in what systemd gives. */
static void
configure_journal(struct hdfs *h, struct context *c, const char *path, const char *prefix)
{
	const char *dir = ctx_str(c, "hdfs.stateDir", NULL), *state = getenv("STATE_DIRECTORY"), *home = getenv("HOME");
	uint32_t sum = crc32c_more(crc32c(path, strlen(path)), prefix, strlen(prefix));
	int rc = -1;

	h->recover = ctx_bool(c, "hdfs.recoverTmp", true);
	if (dir != NULL)
		rc = asprintf(&h->journal_path, "%s/hdfs-%s-%08x.open", dir, ctx_name(c), sum);
	else if (state != NULL && *state == '/')
		rc = asprintf(&h->journal_path, "%.*s/hdfs-%s-%08x.open", (int)strcspn(state, ":"), state, ctx_name(c), sum);
	else if (home != NULL && *home == '/')
		rc = asprintf(&h->journal_path, "%s/.flume/hdfs-%s-%08x.open", home, ctx_name(c), sum);
	if (rc < 0)
		h->journal_path = NULL;
}

void
hdfs_configure(void *self, struct context *c)
{
	struct hdfs *h = self;
	const char *path = ctx_need(c, "hdfs.path"), *prefix = ctx_str(c, "hdfs.filePrefix", "FlumeData"), *in_use;
	bool empty;

	TAILQ_INIT(&h->buckets);
	TAILQ_INIT(&h->writers);
	TAILQ_INIT(&h->brokens);
	STAILQ_INIT(&h->flights);
	STAILQ_INIT(&h->spare);
	in_use = ctx_str(c, "hdfs.inUseSuffix", ".tmp");
	empty = ctx_bool(c, "hdfs.emptyInUseSuffix", false);
	h->in_use_prefix = ctx_str(c, "hdfs.inUsePrefix", "");
	h->in_use_suffix = empty ? "" : in_use;
	h->suffix = ctx_str(c, "hdfs.fileSuffix", "");
	configure_rolling(h, c);
	configure_rounding(h, c);
	configure_format(h, c);
	configure_place(h, c, path);
	configure_who(h, c);
	compile(&h->naming.path, c, "hdfs.path", path);
	compile(&h->naming.prefix, c, "hdfs.filePrefix", prefix);
	configure_journal(h, c, path, prefix);
	h->dead = deadletter_configure(c);
	if (h->suffix[0] == '\0' && h->how.codec != NULL && h->how.type == FILE_COMPRESSED)
		h->suffix = h->how.codec->suffix;
}

void
hdfs_release(void *self)
{
	struct hdfs *h = self;
	struct flight *f;

	while ((f = STAILQ_FIRST(&h->spare)) != NULL) {
		STAILQ_REMOVE_HEAD(&h->spare, link);
		take_release(&f->take);
		free(f);
	}
	naming_release(&h->naming);
	zone_free(h->zone);
	format_done(&h->how);
	cluster_release(&h->cluster);
	cluster_conf_free(h->conf);
	deadletter_free(h->dead);
	free(h->route);
	free(h->journal_path);
	free(h->user);
}
