/*
 * plog-group - look at consumer groups, and move their positions.
 */
#include "group/group.h"
#include "tool/msg.h"

static const struct tool tool = {
	.name = "plog-group",
	.usage = "plog-group [options] commit | delete | delete-offsets | describe | export | list | metrics | peek | reset | wait "
	    "[GROUP [TOPIC ...]]",
	.help =
	    "  commit -o WHERE -p LIST GROUP TOPIC\n"
	    "  delete GROUP...\n"
	    "  delete-offsets GROUP TOPIC...\n"
	    "  describe [--members | --offsets | --state] [-J | --tsv] [GROUP...]\n"
	    "  export [-J] [GROUP...]\n"
	    "  list [-l] [-J | --tsv] [GLOB...]\n"
	    "  metrics [GROUP...]\n"
	    "  peek [-B N] [-A N] [-p LIST] [-F FORMAT | -J] GROUP TOPIC\n"
	    "  reset (-o WHERE | --shift-by=N | --from-file=FILE | --to-group=GROUP) [-p LIST] [--execute] [-J | --tsv] "
	    "[GROUP [TOPIC...]]\n"
	    "  wait [--lag=N] [--timeout=TIME] GROUP...\n"
	    "\n"
	    "  -d, --dir=DIR              the store\n"
	    "  -b, --bootstrap-server=S   a Kafka cluster instead\n"
	    "  -X, --property=NAME=VALUE  of the cluster's client; --command-config=FILE\n"
	    "      --groups=DIR           groups are kept there, not in the store\n"
	    "  -o, --offset=WHERE  -p, --partition=LIST  -B, --before=N  -A, --after=N  -F, --format=FORMAT\n"
	    "  -l, --long  -J, --json  --tsv  -q, --quiet  -v, --verbose  -h, --help  -V, --version\n",
};

enum command { COMMIT = 1, DELETE = 2, DELETE_OFFSETS = 4, DESCRIBE = 8, EXPORT = 16, LIST = 32, METRICS = 64, PEEK = 128,
	RESET = 256, WAIT = 512 };

static const struct subcommand subcommands[] = {
	{ "commit", COMMIT },
	{ "delete", DELETE },
	{ "delete-offsets", DELETE_OFFSETS },
	{ "describe", DESCRIBE },
	{ "export", EXPORT },
	{ "list", LIST },
	{ "metrics", METRICS },
	{ "peek", PEEK },
	{ "reset", RESET },
	{ "wait", WAIT },
	{ NULL, 0 },
};

/* In the order of the table above. */
static int (*const run[])(struct group_opts *, int, char *const *) = {
	group_cmd_commit, group_cmd_delete, group_cmd_delete_offsets, group_cmd_describe, group_cmd_export, group_cmd_list,
	group_cmd_metrics, group_cmd_peek, group_cmd_reset, group_cmd_wait,
};

enum { O_EXECUTE = 256, O_FROM_FILE, O_GROUPS, O_LAG, O_MEMBERS, O_OFFSETS, O_SHIFT, O_STATE, O_TIMEOUT, O_TO_GROUP, O_TSV,
	O_COMMAND_CONFIG };

static const struct option longs[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "bootstrap-server", required_argument, NULL, 'b' },
	{ "property", required_argument, NULL, 'X' },
	{ "command-config", required_argument, NULL, O_COMMAND_CONFIG },
	{ "groups", required_argument, NULL, O_GROUPS },
	{ "members", no_argument, NULL, O_MEMBERS },
	{ "offsets", no_argument, NULL, O_OFFSETS },
	{ "state", no_argument, NULL, O_STATE },
	{ "offset", required_argument, NULL, 'o' },
	{ "shift-by", required_argument, NULL, O_SHIFT },
	{ "from-file", required_argument, NULL, O_FROM_FILE },
	{ "to-group", required_argument, NULL, O_TO_GROUP },
	{ "partition", required_argument, NULL, 'p' },
	{ "execute", no_argument, NULL, O_EXECUTE },
	{ "before", required_argument, NULL, 'B' },
	{ "after", required_argument, NULL, 'A' },
	{ "format", required_argument, NULL, 'F' },
	{ "lag", required_argument, NULL, O_LAG },
	{ "timeout", required_argument, NULL, O_TIMEOUT },
	{ "long", no_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'J' },
	{ "tsv", no_argument, NULL, O_TSV },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const struct limited_option limited[] = {
	{ O_MEMBERS, "--members", DESCRIBE },
	{ O_OFFSETS, "--offsets", DESCRIBE },
	{ O_STATE, "--state", DESCRIBE },
	{ 'o', "-o", COMMIT | RESET },
	{ O_SHIFT, "--shift-by", RESET },
	{ O_FROM_FILE, "--from-file", RESET },
	{ O_TO_GROUP, "--to-group", RESET },
	{ 'p', "-p", COMMIT | PEEK | RESET },
	{ O_EXECUTE, "--execute", RESET },
	{ 'B', "-B", PEEK },
	{ 'A', "-A", PEEK },
	{ 'F', "-F", PEEK },
	{ O_LAG, "--lag", WAIT },
	{ O_TIMEOUT, "--timeout", WAIT },
	{ 'l', "-l", LIST },
	{ 'J', "-J", DESCRIBE | EXPORT | LIST | PEEK | RESET },
	{ O_TSV, "--tsv", DESCRIBE | LIST | RESET },
	{ 0, NULL, 0 },
};

static void
take(struct group_opts *o, int ch, const char *value)
{
	switch (ch) {
	case 'd': target_dir(&o->target, value); break;
	case 'b': target_bootstrap(&o->target, value); break;
	case 'X': target_property(&o->target, value); break;
	case O_COMMAND_CONFIG: target_command_config(&o->target, value); break;
	case O_GROUPS: o->dir = value; break;
	case O_MEMBERS: o->view = VIEW_MEMBERS; break;
	case O_OFFSETS: o->view = VIEW_OFFSETS; break;
	case O_STATE: o->view = VIEW_STATE; break;
	case 'o': o->where = value; break;
	case O_SHIFT:
		/* "+5" is a number here. */
		o->shift = opt_int("--shift-by", *value == '+' && value[1] != '-' ? value + 1 : value, INT64_MIN, INT64_MAX);
		o->has_shift = true;
		break;
	case O_FROM_FILE: o->from_file = value; break;
	case O_TO_GROUP: o->to_group = value; break;
	case 'p': opt_partitions("-p", value, &o->parts, &o->nparts); break;
	case O_EXECUTE: o->execute = true; break;
	case 'B': o->before = opt_int("-B", value, 0, INT32_MAX); break;
	case 'A': o->after = opt_int("-A", value, 0, INT32_MAX); break;
	case 'F': o->format = value; break;
	case O_LAG: o->lag = opt_int("--lag", value, 0, INT64_MAX); break;
	case O_TIMEOUT: o->timeout_ms = opt_duration("--timeout", value); break;
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
	static struct group_opts o = { .target = TARGET_INIT, .before = -1, .after = -1, .timeout_ms = -1, .form = TABLE_PEOPLE };
	bool given[LIMITED_MAX] = { false };
	size_t cmd, i;
	int ch;

	tool_start(&tool, &argc, &argv);
	while ((ch = tool_getopt(&tool, argc, argv, "d:b:X:o:p:B:A:F:lJqvhV", longs)) != -1) {
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
