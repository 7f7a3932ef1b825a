/*
 * topicinfo.h - what a backend says about topics and brokers, and what a topic
 * is made with (backend.h: describe, create, cluster).
 */
#ifndef BACKEND_TOPICINFO_H
#define BACKEND_TOPICINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct partition_info {
	int32_t partition;
	int64_t start, end;		/* log start offset, log end offset */
	int64_t high_watermark;		/* -1: none beside the end */
	int64_t segments, bytes;	/* -1: not known here */
	int64_t first_time, last_time;	/* ms; -1: none or not known */
	int32_t leader;			/* -1: a store has none */
	const int32_t *replicas, *isr;	/* cluster only */
	size_t nreplicas, nisr;
};

struct topic_info {
	char *name;
	char id[23];			/* "" when not known */
	int32_t npartitions;		/* of the topic */
	size_t nhere;			/* entries of parts */
	struct partition_info *parts;
	char **configs;			/* "name=value" of those that differ from the default */
	size_t nconfigs;
	bool no_times;			/* set by who asks: first_time and last_time are not wanted */
};
#define TOPIC_INFO_INIT { .name = NULL }

/* What a topic is made with. */
struct topic_spec {
	int32_t partitions;		/* 0: the default */
	int replication;		/* 0: the default */
	const char *const *configs;	/* "name=value" */
	size_t nconfigs;
	int mode;			/* of the directory; -1: the default */
};

struct broker_info {
	int32_t id;
	char *host;			/* NULL: not known, it is down */
	int port;
	bool up, controller;
	size_t leads, replicas;		/* partitions */
};

struct cluster_info {
	struct broker_info *brokers;	/* by id: those that are up, and those that a replica list names */
	size_t nbrokers;
};

#endif
