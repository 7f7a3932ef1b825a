/*
 * cluster.c - Hadoop's configuration, and the NameNodes that it names
 * (cluster.h).
 */
#include "agent/sinks/hdfs/cluster.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/io.h"

#define HTTP_PORT	"9870"
#define HTTPS_PORT	"9871"
#define REPLACE_MAX	20		/* ${} in ${}, as Hadoop bounds it */
#define VALUE_MAX	((size_t)64 << 10)

struct value {
	bool final;
	char *text, *replaced;
};

struct cluster_conf {
	struct map *values;
};

static void
value_free(void *arg)
{
	struct value *v = arg;

	if (v == NULL)
		return;
	free(v->text);
	free(v->replaced);
	free(v);
}

struct cluster_conf *
cluster_conf_new(void)
{
	struct cluster_conf *c = calloc(1, sizeof(*c));

	if (c != NULL && (c->values = map_new()) == NULL) {
		free(c);
		c = NULL;
	}
	return c;
}

void
cluster_conf_free(struct cluster_conf *c)
{
	if (c == NULL)
		return;
	map_free(c->values, value_free);
	free(c);
}

static int
keep(void *arg, const char *name, const char *value, bool final)
{
	struct cluster_conf *c = arg;
	struct value *old = map_find(c->values, slice_str(name)), *v;
	void *was = NULL;

	if (old != NULL && old->final)
		return 0;
	if ((v = calloc(1, sizeof(*v))) == NULL || (v->text = strdup(value)) == NULL ||
	    map_put(c->values, slice_str(name), v, &was) != 0) {
		value_free(v);
		return -1;
	}
	v->final = final;
	value_free(was);
	return 0;
}

int
cluster_conf_add(struct cluster_conf *c, struct slice file, struct err *e)
{
	const struct hadoopxml_ops *xml = module_load("hadoopxml", e);

	return xml == NULL ? -ERR_ABSENT : xml->read(file, keep, c, e);
}

static int
read_one(struct cluster_conf *c, const char *dir, const char *name, struct err *e)
{
	struct buf b = BUF_INIT;
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), in = fd == -1 ? -1 : openat(fd, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = 0;
	int rc = 0;

	/* files of a distribution are links as often as not */
	if (in == -1) {
		rc = errno == ENOENT ? 0 : err_sys(e, "cannot read '%s/%s'", dir, name);
	} else if (buf_room(&b, CLUSTER_FILE_MAX + 1) == NULL || (n = read_full(in, b.p, CLUSTER_FILE_MAX + 1)) < 0) {
		rc = err_sys(e, "cannot read '%s/%s'", dir, name);
	} else if ((size_t)n > CLUSTER_FILE_MAX) {
		rc = err_set(e, ERR_TOOBIG, "'%s/%s' is longer than %zu bytes", dir, name, CLUSTER_FILE_MAX);
	} else if ((rc = cluster_conf_add(c, SLICE_OF(b.p, (size_t)n), e)) != 0) {
		rc = err_prefix(e, "'%s/%s'", dir, name);
	}
	if (in != -1)
		close(in);
	if (fd != -1)
		close(fd);
	buf_release(&b);
	return rc;
}

int
cluster_conf_read(struct cluster_conf **out, const char *dir, struct err *e)
{
	struct cluster_conf *c = cluster_conf_new();
	const char *home = getenv("HADOOP_HOME");
	struct buf b = BUF_INIT;
	int rc;

	*out = NULL;
	if (c == NULL)
		return err_set(e, ERR_NOMEM, "no memory for Hadoop's configuration");
	if (dir == NULL && (dir = getenv("HADOOP_CONF_DIR")) == NULL && home != NULL) {
		buf_printf(&b, "%s/etc/hadoop", home);
		dir = buf_str(&b);
	}
	if (dir == NULL)
		dir = "/etc/hadoop/conf";
	if ((rc = read_one(c, dir, "core-site.xml", e)) == 0)
		rc = read_one(c, dir, "hdfs-site.xml", e);
	buf_release(&b);
	if (rc != 0) {
		cluster_conf_free(c);
		return rc;
	}
	*out = c;
	return 0;
}

static void replace(struct cluster_conf *, const char *, struct buf *, int depth);

/* What stands for ${name}; false: nothing, it stays as it is written. */
static bool
put_variable(struct cluster_conf *c, const char *name, struct buf *out, int depth)
{
	const char *env = strncmp(name, "env.", 4) == 0 ? getenv(name + 4) : NULL;
	const struct value *v = env == NULL ? map_find(c->values, slice_str(name)) : NULL;

	if (env != NULL)
		buf_puts(out, env);
	else if (v != NULL)
		replace(c, v->text, out, depth + 1);
	return env != NULL || v != NULL;
}

static void
replace(struct cluster_conf *c, const char *s, struct buf *out, int depth)
{
	char name[256];
	const char *end;
	size_t n;

	for (; *s != '\0' && out->n < VALUE_MAX; s++) {
		if (s[0] == '$' && s[1] == '{' && depth < REPLACE_MAX && (end = strchr(s, '}')) != NULL &&
		    (n = (size_t)(end - s) - 2) > 0 && n < sizeof(name)) {
			memcpy(name, s + 2, n);
			name[n] = '\0';
			if (put_variable(c, name, out, depth)) {
				s = end;
				continue;
			}
		}
		buf_putc(out, *s);
	}
}

const char *
cluster_conf_get(struct cluster_conf *c, const char *name)
{
	struct value *v = c == NULL ? NULL : map_find(c->values, slice_str(name));
	struct buf b = BUF_INIT;

	if (v == NULL)
		return NULL;
	if (v->replaced == NULL) {
		replace(c, v->text, &b, 0);
		v->replaced = (char *)(uintptr_t)buf_str(&b);
	}
	return v->replaced;
}

static const char *
get_of(struct cluster_conf *c, const char *name, const char *service, const char *node)
{
	struct buf b = BUF_INIT;
	const char *v;

	buf_puts(&b, name);
	if (service != NULL)
		buf_printf(&b, ".%s", service);
	if (node != NULL)
		buf_printf(&b, ".%s", node);
	v = buf_str(&b) == NULL ? NULL : cluster_conf_get(c, (const char *)b.p);
	buf_release(&b);
	return v != NULL && *v != '\0' ? v : NULL;
}

/* host[:port] or a URL, onto the list.  A host of 0.0.0.0 is `otherwise`. */
static int
add(struct cluster *cl, const char *s, size_t n, bool secure, const char *port, const char *otherwise, struct err *e)
{
	const char *scheme = secure ? "https://" : "http://";
	size_t host, i;
	struct buf b = BUF_INIT;

	if (n > 7 && strncasecmp(s, "http://", 7) == 0) {
		s += 7, n -= 7, scheme = "http://";
	} else if (n > 8 && strncasecmp(s, "https://", 8) == 0) {
		s += 8, n -= 8, scheme = "https://";
	}
	while (n > 0 && s[n - 1] == '/')
		n--;
	for (i = 0; i < n; i++)
		if (!isalnum((unsigned char)s[i]) && strchr("-._:[]", s[i]) == NULL)
			n = 0;
	if (n == 0 || cl->n == CLUSTER_NAMENODES_MAX)
		return err_set(e, ERR_INVALID, n == 0 ? "an address of a NameNode is not host:port" : "too many NameNodes");
	/* the last colon, unless it is one of an IPv6 address */
	for (host = n; host > 0 && s[host - 1] != ':' && s[host - 1] != ']'; host--)
		;
	host = host > 0 && s[host - 1] == ':' ? host - 1 : n;
	buf_puts(&b, scheme);
	if (otherwise != NULL && host == 7 && memcmp(s, "0.0.0.0", 7) == 0)
		buf_puts(&b, otherwise);
	else
		buf_put(&b, s, host);
	if (host < n)
		buf_put(&b, s + host, n - host);
	else
		buf_printf(&b, ":%s", port != NULL ? port : strcmp(scheme, "https://") == 0 ? HTTPS_PORT : HTTP_PORT);
	if (buf_str(&b) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for an address");
	cl->base[cl->n++] = (char *)b.p;
	return 0;
}

/* Each of a list with commas. */
static int
add_all(struct cluster *cl, const char *list, bool secure, struct err *e)
{
	size_t n;
	int rc = 0;

	for (; rc == 0 && *list != '\0'; list += n + (list[n] == ',')) {
		n = strcspn(list, ",");
		while (n > 0 && *list == ' ')
			list++, n--;
		if (n > 0)
			rc = add(cl, list, n, secure, NULL, NULL, e);
	}
	return rc;
}

/* The host of host:port. */
static size_t
host_of(const char *s, char *host, size_t size)
{
	const char *end = *s == '[' ? strchr(s, ']') : NULL;
	size_t n = end != NULL ? (size_t)(end - s) + 1 : strcspn(s, ":");

	if (n >= size)
		n = size - 1;
	memcpy(host, s, n);
	host[n] = '\0';
	return n;
}

/* A NameNode by its names; its HTTP address, or the host of its RPC address at the usual port. */
static int
add_node(struct cluster *cl, struct cluster_conf *c, const char *service, const char *node, bool secure, struct err *e)
{
	const char *v = get_of(c, secure ? "dfs.namenode.https-address" : "dfs.namenode.http-address", service, node);
	const char *rpc = get_of(c, "dfs.namenode.rpc-address", service, node);
	char host[256] = "";

	if (rpc != NULL)
		(void)host_of(rpc, host, sizeof(host));
	if (v != NULL)
		return add(cl, v, strlen(v), secure, NULL, host[0] != '\0' ? host : NULL, e);
	if (host[0] != '\0')
		return add(cl, host, strlen(host), secure, NULL, NULL, e);
	return err_set(e, ERR_INVALID, "hdfs-site.xml has no dfs.namenode.%s-address.%s%s%s", secure ? "https" : "http",
	    service, node != NULL ? "." : "", node != NULL ? node : "");
}

static int
add_service(struct cluster *cl, struct cluster_conf *c, const char *service, bool secure, struct err *e)
{
	const char *nodes = get_of(c, "dfs.ha.namenodes", service, NULL);
	char node[256];
	size_t n;
	int rc = 0;

	if (nodes == NULL)
		return add_node(cl, c, service, NULL, secure, e);
	for (; rc == 0 && *nodes != '\0'; nodes += n) {
		while (*nodes == ',' || isspace((unsigned char)*nodes))
			nodes++;
		n = strcspn(nodes, ", \t\n");
		if (n == 0 || n >= sizeof(node))
			break;
		memcpy(node, nodes, n);
		node[n] = '\0';
		rc = add_node(cl, c, service, node, secure, e);
	}
	return rc != 0 || cl->n > 0 ? rc : err_set(e, ERR_INVALID, "dfs.ha.namenodes.%s in hdfs-site.xml names nobody", service);
}

static bool
in_list(const char *list, const char *word)
{
	size_t n, w = strlen(word);

	for (; list != NULL && *list != '\0'; list += n) {
		while (*list == ',' || isspace((unsigned char)*list))
			list++;
		n = strcspn(list, ", \t\n");
		if (n == w && memcmp(list, word, n) == 0)
			return true;
	}
	return false;
}

int
cluster_find(struct cluster *cl, struct cluster_conf *c, const char *authority, const char *given, struct err *e)
{
	const char *fs = cluster_conf_get(c, "fs.defaultFS"), *policy = cluster_conf_get(c, "dfs.http.policy"), *v;
	bool secure = policy != NULL && strcasecmp(policy, "HTTPS_ONLY") == 0;
	char host[256], mine[256] = "";
	int rc;

	*cl = (struct cluster){ .n = 0 };
	if (fs != NULL && strncasecmp(fs, "hdfs://", 7) == 0)
		(void)snprintf(mine, sizeof(mine), "%.*s", (int)strcspn(fs + 7, "/"), fs + 7);
	if (*authority == '\0')
		authority = mine;
	if (given != NULL)
		rc = add_all(cl, given, secure, e);
	else if (*authority == '\0')
		rc = err_set(e, ERR_INVALID, "hdfs:/// has no host, and core-site.xml no fs.defaultFS of HDFS");
	else if (in_list(cluster_conf_get(c, "dfs.nameservices"), authority) || get_of(c, "dfs.ha.namenodes", authority, NULL) != NULL)
		rc = add_service(cl, c, authority, secure, e);
	else {
		(void)host_of(authority, host, sizeof(host));
		v = get_of(c, secure ? "dfs.namenode.https-address" : "dfs.namenode.http-address", NULL, NULL);
		/* the files are of one cluster; a path may name another one */
		if (v != NULL && (mine[0] == '\0' || strcasecmp(mine, authority) == 0))
			rc = add(cl, v, strlen(v), secure, NULL, host, e);
		else
			rc = add(cl, host, strlen(host), secure, NULL, NULL, e);
	}
	if (rc == 0 && cl->n == 0)
		rc = err_set(e, ERR_INVALID, "no address of a NameNode");
	if (rc != 0)
		cluster_release(cl);
	return rc;
}

void
cluster_release(struct cluster *cl)
{
	size_t i;

	for (i = 0; i < cl->n; i++)
		free(cl->base[i]);
	cl->n = 0;
}
