/*
 * plog-topic describe --cluster: the brokers, up or down.
 */
#include "topic/topic.h"

#include "tool/msg.h"
#include "tool/subcommand.h"

static const struct column columns[] = {
	{ "BROKER", "broker", COL_NUMBER },
	{ "HOST", "host", COL_TEXT },
	{ "PORT", "port", COL_NUMBER },
	{ "STATE", "state", COL_TEXT },
	{ "CONTROLLER", "controller", COL_BOOL },
	{ "LEADS", "leads", COL_NUMBER },
	{ "REPLICAS", "replicas", COL_NUMBER },
	{ NULL, NULL, COL_TEXT },
};

static void
row(struct table *t, const struct broker_info *b)
{
	table_number(t, b->id);
	table_text(t, b->host);
	if (b->host != NULL)
		table_number(t, b->port);
	else
		table_none(t);
	table_text(t, b->up ? "up" : "down");
	table_number(t, b->controller);
	table_number(t, (int64_t)b->leads);
	table_number(t, (int64_t)b->replicas);
	table_row(t);
}

int
topic_describe_cluster(struct topic_opts *o)
{
	struct backend *be = topic_backend(o, false, false);
	struct cluster_info c;
	struct err e = ERR_INIT;
	int status = EXIT_DONE;
	struct table t;
	size_t i;

	if (be->ops->cluster == NULL)
		die("'%s' is a store, it has no brokers: -b names a cluster", be->ops->where(be));
	if (be->ops->cluster(be, &c, &e) != 0)
		die_err(&e);
	table_init(&t, columns, o->form);
	for (i = 0; i < c.nbrokers; i++) {
		if (!c.brokers[i].up && o->fail_down) {
			msg("broker %d is down", (int)c.brokers[i].id);
			status = EXIT_FAILED;
		}
		row(&t, &c.brokers[i]);
	}
	be->ops->cluster_release(&c);
	backend_close(be);
	return subcommand_output_table(&t, status);
}
