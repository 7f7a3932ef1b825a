/*
 * plog-topic - make, list, describe, change and delete topics, move them to a broker and back.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/topic.h"
#include "tool/msg.h"
#include "tool/subcommand.h"
#include "topic/topic.h"

static const struct tool tool = {
	.name = "plog-topic",
	.usage = "plog-topic [options] create | alter | configs | delete | describe | export | import | list | metrics | offsets | trim [TOPIC ...]",
	.help =
	    "  create [-P N] [--replication-factor=N] [-c NAME=VALUE]... [--mode=MODE] [--if-not-exists] TOPIC...\n"
	    "  alter [-P N] [-c NAME=VALUE]... [--delete-config=NAME]... TOPIC...\n"
	    "  alter --defaults -c NAME=VALUE...\n"
	    "  configs [-l] [--defaults] [-J | --tsv]\n"
	    "  delete [--if-exists] TOPIC...\n"
	    "  describe [-J | --tsv] [TOPIC...]\n"
	    "  describe --cluster [--fail-down] [-J | --tsv]\n"
	    "  export TOPIC DIR\n"
	    "  import [-c NAME=VALUE]... [--mode=MODE] DIR... TOPIC\n"
	    "  list [-l] [-J | --tsv] [GLOB...]\n"
	    "  metrics [TOPIC...]\n"
	    "  offsets [-o WHERE] [-p LIST] [-J] [TOPIC...]\n"
	    "  trim -o WHERE [-p LIST] [--execute] [-J | --tsv] TOPIC\n"
	    "\n"
	    "  -d, --dir=DIR              the store, or a Kafka broker's log.dirs (repeat)\n"
	    "  -b, --bootstrap-server=S   a Kafka cluster instead\n"
	    "  -X, --property=NAME=VALUE  of the cluster's client; --command-config=FILE\n"
	    "  -c, --config=NAME=VALUE    'plog-topic configs' lists the names\n"
	    "  -P, --partitions=N  -p, --partition=LIST  -o, --offset=WHERE  -l, --long  -J, --json  --tsv\n"
	    "  -q, --quiet  -v, --verbose  -h, --help  -V, --version\n",
};

enum command { CREATE = 1, ALTER = 2, DELETE = 4, DESCRIBE = 8, LIST = 16, METRICS = 32, OFFSETS = 64, TRIM = 128,
	CONFIGS = 256, EXPORT = 512, IMPORT = 1024 };

static const struct subcommand subcommands[] = {
	{ "create", CREATE },
	{ "alter", ALTER },
	{ "configs", CONFIGS },
	{ "delete", DELETE },
	{ "describe", DESCRIBE },
	{ "export", EXPORT },
	{ "import", IMPORT },
	{ "list", LIST },
	{ "metrics", METRICS },
	{ "offsets", OFFSETS },
	{ "trim", TRIM },
	{ NULL, 0 },
};

/* In the order of the table above. */
static int (*const run[])(struct topic_opts *, int, char *const *) = {
	topic_cmd_create, topic_cmd_alter, topic_cmd_configs, topic_cmd_delete, topic_cmd_describe, topic_cmd_export,
	topic_cmd_import, topic_cmd_list, topic_cmd_metrics, topic_cmd_offsets, topic_cmd_trim,
};

enum { O_MODE = 256, O_IF_NOT_EXISTS, O_IF_EXISTS, O_DELETE_CONFIG, O_DEFAULTS, O_EXECUTE, O_TSV,
	O_COMMAND_CONFIG, O_REPLICATION, O_CLUSTER, O_FAIL_DOWN };

static const struct option longs[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "bootstrap-server", required_argument, NULL, 'b' },
	{ "property", required_argument, NULL, 'X' },
	{ "command-config", required_argument, NULL, O_COMMAND_CONFIG },
	{ "partitions", required_argument, NULL, 'P' },
	{ "replication-factor", required_argument, NULL, O_REPLICATION },
	{ "cluster", no_argument, NULL, O_CLUSTER },
	{ "fail-down", no_argument, NULL, O_FAIL_DOWN },
	{ "partition", required_argument, NULL, 'p' },
	{ "config", required_argument, NULL, 'c' },
	{ "delete-config", required_argument, NULL, O_DELETE_CONFIG },
	{ "defaults", no_argument, NULL, O_DEFAULTS },
	{ "mode", required_argument, NULL, O_MODE },
	{ "if-not-exists", no_argument, NULL, O_IF_NOT_EXISTS },
	{ "if-exists", no_argument, NULL, O_IF_EXISTS },
	{ "offset", required_argument, NULL, 'o' },
	{ "execute", no_argument, NULL, O_EXECUTE },
	{ "long", no_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'J' },
	{ "tsv", no_argument, NULL, O_TSV },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

/* Options that only some subcommands take. */
static const struct limited_option limited[] = {
	{ 'P', "-P", CREATE | ALTER },
	{ 'p', "-p", OFFSETS | TRIM },
	{ 'c', "-c", CREATE | ALTER | IMPORT },
	{ O_DELETE_CONFIG, "--delete-config", ALTER },
	{ O_DEFAULTS, "--defaults", ALTER | CONFIGS },
	{ O_MODE, "--mode", CREATE | IMPORT },
	{ O_REPLICATION, "--replication-factor", CREATE },
	{ O_CLUSTER, "--cluster", DESCRIBE },
	{ O_FAIL_DOWN, "--fail-down", DESCRIBE },
	{ O_IF_NOT_EXISTS, "--if-not-exists", CREATE },
	{ O_IF_EXISTS, "--if-exists", DELETE },
	{ 'o', "-o", OFFSETS | TRIM },
	{ O_EXECUTE, "--execute", TRIM },
	{ 'l', "-l", LIST | CONFIGS },
	{ 'J', "-J", CONFIGS | DESCRIBE | LIST | OFFSETS | TRIM },
	{ O_TSV, "--tsv", CONFIGS | DESCRIBE | LIST | OFFSETS | TRIM },
	{ 0, NULL, 0 },
};

static void
add(struct list *l, const char *s)
{
	const char **v = reallocarray(l->v, l->n + 1, sizeof(*v));

	if (v == NULL)
		die("%s", strerror(ENOMEM));
	v[l->n++] = s;
	l->v = v;
}

static int
parse_mode(const char *s)
{
	char *end;
	unsigned long mode = strtoul(s, &end, 8);

	if (*s < '0' || *s > '7' || *end != '\0' || mode > 03777 || (mode & 0700) != 0700)
		die_usage("--mode: is not the mode of a directory, in octal, that its owner can use: %s", s);
	return (int)mode;
}

static void
take(struct topic_opts *o, int ch, const char *value)
{
	switch (ch) {
	case 'd': target_dir(&o->target, value); break;
	case 'b': target_bootstrap(&o->target, value); break;
	case 'X': target_property(&o->target, value); break;
	case O_COMMAND_CONFIG: target_command_config(&o->target, value); break;
	case O_REPLICATION: o->replication = (int)opt_int("--replication-factor", value, 1, INT16_MAX); break;
	case O_CLUSTER: o->cluster = true; break;
	case O_FAIL_DOWN: o->fail_down = true; break;
	case 'P': o->partitions = (int32_t)opt_int("-P", value, 1, TOPIC_PARTITIONS_MAX); break;
	case 'p': opt_partitions("-p", value, &o->parts, &o->nparts); break;
	case 'c': add(&o->configs, value); break;
	case O_DELETE_CONFIG: add(&o->unset, value); break;
	case O_DEFAULTS: o->defaults = true; break;
	case O_MODE: o->mode = parse_mode(value); break;
	case O_IF_NOT_EXISTS: o->if_not_exists = true; break;
	case O_IF_EXISTS: o->if_exists = true; break;
	case 'o': o->where = value; break;
	case O_EXECUTE: o->execute = true; break;
	case 'l': o->lengthy = true; break;
	case 'J': o->form = TABLE_JSON; break;
	case O_TSV: o->form = TABLE_TSV; break;
	case 'q': o->quiet = true; break;
	case 'v': o->verbose = true; break;
	case 'h': tool_help(&tool);
	case 'V': tool_version(&tool);
	}
}

int
main(int argc, char *argv[])
{
	static struct topic_opts o = { .target = TARGET_INIT, .mode = -1, .form = TABLE_PEOPLE };
	bool given[LIMITED_MAX] = { false };
	size_t cmd, i;
	int ch;

	tool_start(&tool, &argc, &argv);
	while ((ch = tool_getopt(&tool, argc, argv, "d:b:X:P:p:c:o:lJqvhV", longs)) != -1) {
		for (i = 0; limited[i].ch != 0; i++)
			given[i] |= limited[i].ch == ch;
		take(&o, ch, optarg);
	}
	if (optind == argc)
		tool_usage(&tool);
	cmd = subcommand_find(subcommands, argv[optind]);
	subcommand_check(subcommands, cmd, limited, given);
	return run[cmd](&o, argc - optind - 1, argv + optind + 1);
}
