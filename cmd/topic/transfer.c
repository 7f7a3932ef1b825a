/*
 * plog-topic export, import: a topic's partitions in the form a Kafka broker has them.
 */
#include "topic/topic.h"

#include "tool/msg.h"

static void
remark(void *arg, const char *text)
{
	const struct topic_opts *o = arg;

	if (!o->quiet)
		msg("%s", text);
}

int
topic_cmd_export(struct topic_opts *o, int n, char *const *operands)
{
	struct err e = ERR_INIT;
	struct backend *be;
	int status = EXIT_DONE;

	if (n != 2)
		die_usage("export: a topic and a directory, in this order");
	be = topic_backend(o, false, false);
	if (be->ops->export_topic == NULL)
		die("'%s' is a cluster, its partitions are in the brokers' directories", be->ops->where(be));
	if (be->ops->export_topic(be, operands[0], operands[1], o, remark, &e) != 0)
		status = topic_failed(&e);
	else if (o->verbose)
		msg("topic '%s' was exported to '%s'", operands[0], operands[1]);
	backend_close(be);
	return status;
}

int
topic_cmd_import(struct topic_opts *o, int n, char *const *operands)
{
	const struct topic_spec spec = { .configs = o->configs.v, .nconfigs = o->configs.n, .mode = o->mode };
	struct err e = ERR_INIT;
	struct backend *be;
	int status = EXIT_DONE;

	if (n < 2)
		die_usage("import: a directory, or several, and a topic, in this order");
	topic_check_configs(o);
	be = topic_backend(o, true, true);
	if (be->ops->import_topic == NULL)
		die("'%s' is a cluster: plog-produce -b takes records to it", be->ops->where(be));
	if (be->ops->import_topic(be, (const char *const *)operands, (size_t)n - 1, operands[n - 1], &spec, o, remark, &e) != 0)
		status = topic_failed(&e);
	else if (o->verbose)
		msg("topic '%s' was imported", operands[n - 1]);
	backend_close(be);
	return status;
}
