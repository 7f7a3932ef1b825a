/*
 * plog-topic create, alter, delete: what changes topics.
 */
#include "topic/topic.h"

#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "tool/msg.h"

static bool
name_is_good(const char *name, int *status)
{
	struct err e = ERR_INIT;

	if (name_check("topic", name, &e) == 0)
		return true;
	*status = topic_failed(&e);
	return false;
}

int
topic_cmd_create(struct topic_opts *o, int n, char *const *operands)
{
	const struct topic_spec spec = { .partitions = o->partitions, .replication = o->replication, .configs = o->configs.v,
		.nconfigs = o->configs.n, .mode = o->mode };
	struct backend *be = NULL;
	int i, rc, status = EXIT_DONE;

	if (n == 0)
		die_usage("create: which topic?");
	topic_check_configs(o);
	for (i = 0; i < n; i++) {
		struct err e = ERR_INIT;

		/* A bad name alone makes no store. */
		if (!name_is_good(operands[i], &status))
			continue;
		if (be == NULL)
			be = topic_backend(o, true, true);
		rc = be->ops->create(be, operands[i], &spec, &e);
		if (rc == -ERR_EXIST && o->if_not_exists)
			continue;
		if (rc != 0)
			status = topic_failed(&e);
		else if (o->verbose)
			msg("topic '%s' was made", operands[i]);
	}
	backend_close(be);
	return status;
}

static int
alter_defaults(struct topic_opts *o)
{
	struct err e = ERR_INIT;
	struct backend *be;
	int rc, status = EXIT_DONE;

	be = topic_backend(o, true, false);
	if ((rc = be->ops->defaults(be, o->configs.v, o->configs.n, &e)) == -ERR_INVALID)
		die_usage("%s", e.text);
	if (rc != 0)
		status = topic_failed(&e);
	backend_close(be);
	return status;
}

static void
warn_of_keys(struct backend *be, const char *topic, int32_t before)
{
	struct topic_info info = TOPIC_INFO_INIT;

	if (be->ops->describe(be, topic, &info, NULL) != 0)
		return;
	if (info.npartitions > before)
		msg("topic '%s' has %d partitions now, not %d: a key may go to another partition than before", topic,
		    info.npartitions, before);
	be->ops->info_release(&info);
}

static int
alter_one(struct backend *be, const struct topic_opts *o, const char *topic)
{
	struct err e = ERR_INIT;
	int32_t before = 0, *list;
	size_t n;

	if (o->partitions != 0) {
		if (be->ops->partitions(be, topic, &list, &n, &before, &e) != 0)
			return topic_failed(&e);
		free(list);
	}
	if (be->ops->alter(be, topic, o->partitions, o->configs.v, o->configs.n, o->unset.v, o->unset.n, &e) != 0)
		return topic_failed(&e);
	if (o->partitions > before && !o->quiet)
		warn_of_keys(be, topic, before);
	return EXIT_DONE;
}

int
topic_cmd_alter(struct topic_opts *o, int n, char *const *operands)
{
	struct backend *be;
	int i, status = EXIT_DONE;

	if (o->defaults) {
		if (n > 0 || o->partitions != 0 || o->unset.n > 0 || o->configs.n == 0)
			die_usage("alter --defaults takes -c NAME=VALUE, and nothing else");
		return alter_defaults(o);
	}
	if (n == 0)
		die_usage("alter: which topic?");
	if (o->partitions == 0 && o->configs.n == 0 && o->unset.n == 0)
		die_usage("alter: nothing to change (-P, -c, --delete-config)");
	topic_check_configs(o);
	be = topic_backend(o, true, false);
	for (i = 0; i < n; i++)
		if (alter_one(be, o, operands[i]) != EXIT_DONE)
			status = EXIT_FAILED;
	backend_close(be);
	return status;
}

int
topic_cmd_delete(struct topic_opts *o, int n, char *const *operands)
{
	struct backend *be;
	int i, rc, status = EXIT_DONE;

	if (n == 0)
		die_usage("delete: which topic?");
	be = topic_backend(o, true, false);
	for (i = 0; i < n; i++) {
		struct err e = ERR_INIT;

		rc = be->ops->remove(be, operands[i], &e);
		if (rc == -ERR_NOENT && o->if_exists)
			continue;
		if (rc != 0)
			status = topic_failed(&e);
		else if (o->verbose)
			msg("topic '%s' was deleted", operands[i]);
	}
	backend_close(be);
	return status;
}
