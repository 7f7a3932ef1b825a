/*
 * plog-check - verify a store or a Kafka broker's data directory.
 */
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "check/check.h"
#include "tool/msg.h"

static const struct tool tool = {
	.name = "plog-check",
	.usage = "plog-check [verify] [options] [TOPIC | PATH ...]",
	.help =
	    "  verify                     every byte, a line a finding (what is done without a command)\n"
	    "\n"
	    "  -d, --dir=DIR              the store, or a Kafka broker's log.dirs (repeat)\n"
	    "  -p, --partition=LIST       of the topics, such as 0,3-5\n"
	    "  -j, --jobs=N               segments at a time\n"
	    "  -J, --json                 one JSON object a line\n"
	    "      --tsv                  tabs between columns\n"
	    "  -v, --verbose              what was seen; progress on a terminal\n"
	    "  -h, --help  -V, --version\n",
};

enum { O_TSV = 256 };

static const struct option longs[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "partition", required_argument, NULL, 'p' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "json", no_argument, NULL, 'J' },
	{ "tsv", no_argument, NULL, O_TSV },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 },
};

static const struct subcommand {
	const char *name;
	int (*run)(struct check_opts *, int, char *const *);
} subcommands[] = {
	{ "verify", check_cmd_verify },
};

int
main(int argc, char *argv[])
{
	static struct check_opts o = { .target = TARGET_INIT, .jobs = 1, .form = TABLE_PEOPLE };
	int (*run)(struct check_opts *, int, char *const *) = check_cmd_verify;
	size_t i;
	int ch;

	tool_start(&tool, &argc, &argv);
	while ((ch = tool_getopt(&tool, argc, argv, "d:p:j:JvhV", longs)) != -1)
		switch (ch) {
		case 'd': target_dir(&o.target, optarg); break;
		case 'p': opt_partitions("-p", optarg, &o.parts, &o.nparts); break;
		case 'j': o.jobs = (int)opt_int("-j", optarg, 1, 1024); break;
		case 'J': o.form = TABLE_JSON; break;
		case O_TSV: o.form = TABLE_TSV; break;
		case 'v': o.verbose = true; break;
		case 'h': tool_help(&tool);
		case 'V': tool_version(&tool);
		}
	if (optind < argc)
		for (i = 0; i < sizeof(subcommands) / sizeof(subcommands[0]); i++)
			if (strcmp(argv[optind], subcommands[i].name) == 0) {
				run = subcommands[i].run;
				optind++;
				break;
			}
	return run(&o, argc - optind, argv + optind);
}
