/*
 * instead.c - components of Flume that are not here, and what to use instead (registry.h).
 */
#include "agent/registry.h"

#include <string.h>
#include <strings.h>

static const struct {
	const char *kind, *alias, *class, *instead;
} gone[] = {
	{ "source", "jms", "org.apache.flume.source.jms.JMSSource", "it needs the broker's Java client; have a bridge write lines for an exec or netcat source, or to Kafka" },
	{ "source", NULL, "org.apache.flume.source.scribe.ScribeSource", "send by thrift, avro or syslog" },
	{ "source", NULL, "org.apache.flume.source.twitter.TwitterSource", "its service is gone" },
	{ "source", NULL, "org.apache.flume.source.avroLegacy.AvroLegacySource", "agents of Flume 0.9 are served no more; use avro" },
	{ "source", NULL, "org.apache.flume.source.thriftLegacy.ThriftLegacySource", "agents of Flume 0.9 are served no more; use thrift" },
	{ "channel", "jdbc", "org.apache.flume.channel.jdbc.JdbcChannel", "type = file is durable too, and faster" },
	{ "channel", NULL, "org.apache.flume.channel.PseudoTxnMemoryChannel", "type = memory" },
	{ "sink", "hive", "org.apache.flume.sink.hive.HiveSink", "write files with hdfs below an external table, or to a topic with kafka" },
	{ "sink", "hbase", "org.apache.flume.sink.hbase.HBaseSink", "write to a topic with kafka, and from there with a connector" },
	{ "sink", "hbase2", "org.apache.flume.sink.hbase2.HBase2Sink", "write to a topic with kafka, and from there with a connector" },
	{ "sink", "asynchbase", "org.apache.flume.sink.hbase.AsyncHBaseSink", "write to a topic with kafka, and from there with a connector" },
	{ "sink", "morphline_solr", "org.apache.flume.sink.solr.morphline.MorphlineSolrSink", "post to Solr with http" },
	{ "sink", "elasticsearch", "org.apache.flume.sink.elasticsearch.ElasticSearchSink", "post to it with http" },
	{ "sink", "irc", "org.apache.flume.sink.irc.IRCSink", "write to a topic with kafka, and have plog-consume run a client" },
	{ "sink", NULL, "org.apache.flume.sink.kudu.KuduSink", "write to a topic with kafka, and from there with a connector" },
	{ "sink", NULL, "org.apache.flume.sink.kite.DatasetSink", "write container files with hdfs and serializer = avro_event" },
	{ "interceptor", NULL, "org.apache.flume.sink.solr.morphline.MorphlineInterceptor", "regex_extractor, search_replace and regex_filter do the usual cases" },
	{ "config filter", "hadoop", "org.apache.flume.configfilter.HadoopCredentialStoreConfigFilter", "type = external, with a command that prints the secret" },
};

const char *
instead_of(const char *kind, const char *type)
{
	size_t i, n = strlen(type);

	if (n > 8 && strcmp(type + n - 8, "$Builder") == 0)
		n -= 8;
	for (i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		if (strcmp(gone[i].kind, kind) == 0 && ((gone[i].alias != NULL && strcasecmp(gone[i].alias, type) == 0) ||
		    (strlen(gone[i].class) == n && strncmp(gone[i].class, type, n) == 0)))
			return gone[i].instead;
	return NULL;
}
