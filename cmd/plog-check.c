/*
 * plog-check - verify, inspect and repair a store, or verify and inspect a Kafka broker's data directory.
 */
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "check/check.h"
#include "tool/msg.h"

static const struct tool tool = {
	.name = "plog-check",
	.usage = "plog-check [verify | dump | repair | reindex | stat] [options] [TOPIC | PATH ...]",
	.help =
	    "  verify [-j N] [-J | --tsv]        every byte, a line a finding (what is done without a command)\n"
	    "  dump [--deep] [--filter-key=GLOB] [-o FROM:TO] [-J]\n"
	    "                                    a line a batch, as Kafka's dump tool; or of the index named\n"
	    "  repair [--execute] [-J | --tsv]   sets damage aside and keeps the rest; without --execute shows what it would do\n"
	    "  reindex [--digest]                makes indexes anew; and a digest beside each closed segment\n"
	    "  stat [-J | --tsv]                 records, bytes, ratio, overhead, times of each partition\n"
	    "\n"
	    "  -d, --dir=DIR              the store, or a Kafka broker's log.dirs (repeat)\n"
	    "  -p, --partition=LIST       of the topics, such as 0,3-5\n"
	    "  -j, --jobs=N               segments at a time\n"
	    "  -o, --offset=FROM:TO       offsets, either may be missing, TO is not in it\n"
	    "      --deep                 a line a record too, with key and value\n"
	    "      --filter-key=GLOB      records whose key matches\n"
	    "      --execute              repairs\n"
	    "      --digest               of what the checksums leave out\n"
	    "  -J, --json                 one JSON object a line\n"
	    "      --tsv                  tabs between columns\n"
	    "  -v, --verbose              what was seen, and how fast\n"
	    "  -h, --help  -V, --version\n",
};

enum { VERIFY = 1, DUMP = 2, REINDEX = 4, STAT = 8, REPAIR = 16 };
enum { O_TSV = 256, O_DEEP, O_FILTER_KEY, O_EXECUTE, O_DIGEST };

static const struct option longs[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "partition", required_argument, NULL, 'p' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "offset", required_argument, NULL, 'o' },
	{ "deep", no_argument, NULL, O_DEEP },
	{ "filter-key", required_argument, NULL, O_FILTER_KEY },
	{ "execute", no_argument, NULL, O_EXECUTE },
	{ "digest", no_argument, NULL, O_DIGEST },
	{ "json", no_argument, NULL, 'J' },
	{ "tsv", no_argument, NULL, O_TSV },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const struct subcommand {
	const char *name;
	unsigned bit;
	int (*run)(struct check_opts *, int, char *const *);
} subcommands[] = {
	{ "verify", VERIFY, check_cmd_verify },
	{ "dump", DUMP, check_cmd_dump },
	{ "repair", REPAIR, check_cmd_repair },
	{ "reindex", REINDEX, check_cmd_reindex },
	{ "stat", STAT, check_cmd_stat },
};

/* Options that only some subcommands take. */
static const struct {
	int ch;
	const char *name;
	unsigned of;
} limited[] = {
	{ 'j', "-j", VERIFY },
	{ 'o', "-o", DUMP },
	{ O_DEEP, "--deep", DUMP },
	{ O_FILTER_KEY, "--filter-key", DUMP },
	{ 'J', "-J", VERIFY | DUMP | STAT | REPAIR },
	{ O_TSV, "--tsv", VERIFY | STAT | REPAIR },
	{ O_EXECUTE, "--execute", REPAIR },
	{ O_DIGEST, "--digest", REINDEX },
};
#define NLIMITED	(sizeof(limited) / sizeof(limited[0]))

/* FROM:TO, N: from there on. */
static void
parse_range(struct check_opts *o, char *s)
{
	char *colon = strchr(s, ':');

	if (colon != NULL)
		*colon = '\0';
	if (*s != '\0')
		o->from = opt_int("-o", s, 0, INT64_MAX);
	if (colon != NULL && colon[1] != '\0')
		o->to = opt_int("-o", colon + 1, 0, INT64_MAX);
}

static void
take(struct check_opts *o, int ch)
{
	switch (ch) {
	case 'd': target_dir(&o->target, optarg); break;
	case 'p': opt_partitions("-p", optarg, &o->parts, &o->nparts); break;
	case 'j': o->jobs = (int)opt_int("-j", optarg, 1, 1024); break;
	case 'o': parse_range(o, optarg); break;
	case O_DEEP: o->deep = true; break;
	case O_FILTER_KEY: o->filter_key = optarg; break;
	case O_EXECUTE: o->execute = true; break;
	case O_DIGEST: o->digest = true; break;
	case 'J': o->form = TABLE_JSON; break;
	case O_TSV: o->form = TABLE_TSV; break;
	case 'v': o->verbose = true; break;
	case 'h': tool_help(&tool);
	case 'V': tool_version(&tool);
	}
}

int
main(int argc, char *argv[])
{
	static struct check_opts o = { .target = TARGET_INIT, .jobs = 1, .to = INT64_MAX, .form = TABLE_PEOPLE };
	const struct subcommand *cmd = &subcommands[0];
	bool given[NLIMITED] = { false };
	size_t i;
	int ch;

	tool_start(&tool, &argc, &argv);
	while ((ch = tool_getopt(&tool, argc, argv, "d:p:j:o:JvhV", longs)) != -1) {
		for (i = 0; i < NLIMITED; i++)
			given[i] |= limited[i].ch == ch;
		take(&o, ch);
	}
	if (optind < argc)
		for (i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
			if (strcmp(argv[optind], subcommands[i].name) == 0) {
				cmd = &subcommands[i];
				optind++;
				break;
			}
	for (i = 0; i < NLIMITED; i++)
		if (given[i] && (limited[i].of & cmd->bit) == 0)
			die_usage("'%s' does not take %s", cmd->name, limited[i].name);
	return cmd->run(&o, argc - optind, argv + optind);
}
