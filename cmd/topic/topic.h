/*
 * topic.h - plog-topic's options, and its subcommands: each takes them and
 * the operands behind its name, and returns the exit status.
 *
 * One bad operand does not stop the rest; the worst status is the result.
 */
#ifndef TOPIC_TOPIC_H
#define TOPIC_TOPIC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/backend.h"
#include "text/table.h"
#include "tool/opts.h"

struct list {
	const char **v;
	size_t n;
};

struct topic_opts {
	struct target target;
	int32_t partitions;		/* -P; 0: not given */
	int replication;		/* --replication-factor; 0: not given */
	int mode;			/* --mode; -1: not given */
	struct list configs;		/* -c */
	struct list unset;		/* --delete-config */
	bool if_not_exists, if_exists, defaults, execute, lengthy, quiet, verbose;
	bool cluster, fail_down;	/* describe: the brokers; status 1 when one is down */
	const char *where;		/* -o; NULL: not given */
	int32_t *parts;			/* -p */
	size_t nparts;
	enum table_form form;
};

int topic_cmd_configs(struct topic_opts *, int n, char *const *operands);
int topic_cmd_create(struct topic_opts *, int n, char *const *operands);
int topic_cmd_alter(struct topic_opts *, int n, char *const *operands);
int topic_cmd_delete(struct topic_opts *, int n, char *const *operands);
int topic_describe_cluster(struct topic_opts *);		/* describe --cluster */
int topic_cmd_describe(struct topic_opts *, int n, char *const *operands);
int topic_cmd_export(struct topic_opts *, int n, char *const *operands);
int topic_cmd_import(struct topic_opts *, int n, char *const *operands);
int topic_cmd_list(struct topic_opts *, int n, char *const *operands);
int topic_cmd_metrics(struct topic_opts *, int n, char *const *operands);
int topic_cmd_offsets(struct topic_opts *, int n, char *const *operands);
int topic_cmd_trim(struct topic_opts *, int n, char *const *operands);

/* A config that makes no sense ends the command before anything is made (a store only; a cluster knows its own). */
void topic_check_configs(const struct topic_opts *);

/* Opens the store or the cluster, or dies; says on stderr how many replicas of a broker are left out. */
struct backend *topic_backend(struct topic_opts *, bool write, bool create);

/*
 * The operands as names: a glob becomes the topics that match, none of them
 * at all every topic there is.  One that leads to nothing is said and makes
 * *status EXIT_FAILED.
 */
char **topic_names(struct backend *, int n, char *const *operands, size_t *count, int *status);
void topic_names_done(char **, size_t count);
/* The last name was one the user gave and the topic was gone before it was looked at: said; status 1. */
int topic_failed(const struct err *);

/* -p: those of the list that are here, else all; a number that is not here is said.  NULL: said.  free(3). */
int32_t *topic_partition_list(struct backend *, const struct topic_opts *, const char *topic, size_t *n, int *status);

#endif
