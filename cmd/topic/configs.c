/*
 * plog-topic configs: what a topic can be told, and the names of the store's
 * defaults.
 */
#include "topic/topic.h"

#include "store/config.h"
#include "tool/msg.h"
#include "tool/subcommand.h"

static const struct column columns[] = {
	{ "NAME", "name", COL_TEXT },
	{ "DEFAULT", "default", COL_TEXT },
	{ "VALUES", "values", COL_TEXT },
	{ NULL, NULL, COL_TEXT },
};

int
topic_cmd_configs(struct topic_opts *o, int n, char *const *operands)
{
	const char *const *names = o->defaults ? config_broker_name_list() : config_names();
	struct buf b = BUF_INIT;
	char allowed[200];
	struct table t;
	size_t i;

	if (n > 0)
		die_usage("configs takes no operand: %s", operands[0]);
	table_init(&t, columns, o->form);
	for (i = 0; names[i] != NULL; i++) {
		if (!o->lengthy && o->form != TABLE_JSON) {
			buf_printf(&b, "%s\n", names[i]);
			continue;
		}
		config_describe(names[i], allowed, sizeof(allowed));
		table_text(&t, names[i]);
		table_text(&t, config_default_of(names[i]));
		table_text(&t, allowed);
		table_row(&t);
	}
	if (o->lengthy || o->form == TABLE_JSON)
		table_finish(&t, &b);
	return subcommand_output(&b, EXIT_DONE);
}
