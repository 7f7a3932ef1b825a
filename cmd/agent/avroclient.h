/*
 * avroclient.h - plog-agent avro-client: lines to an avro (or thrift) source,
 * as flume-ng avro-client sends them.
 */
#ifndef AGENT_AVROCLIENT_H
#define AGENT_AVROCLIENT_H

/* argv[0] is "avro-client".  The exit status. */
int avro_client(int argc, char *argv[]);

#endif
