/*
 * cluster.h - where a cluster's NameNodes answer HTTP, out of Hadoop's own
 * configuration files.
 *
 * core-site.xml and hdfs-site.xml are read from $HADOOP_CONF_DIR, else
 * $HADOOP_HOME/etc/hadoop, else /etc/hadoop/conf; a file that is not there
 * says nothing.  ${name} and ${env.NAME} in values are replaced as Hadoop does.
 */
#ifndef AGENT_SINKS_HDFS_CLUSTER_H
#define AGENT_SINKS_HDFS_CLUSTER_H

#include "base/err.h"
#include "base/map.h"
#include "base/module.h"

#define CLUSTER_FILE_MAX	((size_t)4 << 20)
#define CLUSTER_NAMENODES_MAX	16

/* The module "hadoopxml", by expat. */
struct hadoopxml_ops {
	int version;			/* MODULE_VERSION */
	/* Each property of a configuration file; each returns 0 or ends it.  -ERR_DAMAGE: not XML, or a DOCTYPE. */
	int (*read)(struct slice file, int (*each)(void *, const char *name, const char *value, bool final), void *, struct err *);
};

struct cluster_conf;

/* dir NULL: found as said above.  No directory is fine: nothing is set then.  -ERR_DAMAGE, -ERR_ABSENT, -ERR_SYS. */
int cluster_conf_read(struct cluster_conf **, const char *dir, struct err *);
/* For tests: one file more, over what is there. */
int cluster_conf_add(struct cluster_conf *, struct slice file, struct err *);
struct cluster_conf *cluster_conf_new(void);
void cluster_conf_free(struct cluster_conf *);	/* NULL is fine */
/* The value with all ${} replaced; NULL: not set.  Lives as long as the conf. */
const char *cluster_conf_get(struct cluster_conf *, const char *name);

struct cluster {
	char *base[CLUSTER_NAMENODES_MAX];	/* "http://host:port" */
	size_t n;
};

/*
 * The NameNodes of a path's authority ("host:port", a name service, "" for
 * fs.defaultFS).  given: "host:port" or a URL of each, comma between, or NULL.
 * -ERR_INVALID with what is missing where.
 */
int cluster_find(struct cluster *, struct cluster_conf *, const char *authority, const char *given, struct err *);
void cluster_release(struct cluster *);

#endif
