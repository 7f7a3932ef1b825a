/*
 * The command line of plog-consume.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "consume/options.h"
#include "tool/msg.h"

#define JOBS_MAX	1024
#define MEMBER_NAME_MAX	200

enum {
	OPT_TAIL = 256, OPT_SORT, OPT_IDLE, OPT_FILTER_KEY, OPT_FILTER_HEADER, OPT_GREP, OPT_INVERT, OPT_NULL_LITERAL, OPT_COUNT,
	OPT_FAIL_EMPTY, OPT_COMMAND_CONFIG, OPT_ISOLATION, OPT_ON_DAMAGE, OPT_PROGRESS, OPT_NO_ESCAPE, OPT_RAW, OPT_GROUPS,
	OPT_MEMBER, OPT_INSTANCE, OPT_ASSIGNOR, OPT_SESSION, OPT_MAX_POLL, OPT_COMMIT_TIMEOUT, OPT_RESET, OPT_NO_COMMIT, OPT_BATCH,
	OPT_BATCH_SIZE, OPT_BATCH_WAIT, OPT_RETRIES, OPT_BACKOFF, OPT_DEAD_LETTER, OPT_COMMAND_TIMEOUT, OPT_DRAIN, OPT_BY_KEY,
	OPT_UNORDERED, OPT_BISECT,
};

static const struct option longs[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "bootstrap-server", required_argument, NULL, 'b' },
	{ "property", required_argument, NULL, 'X' },
	{ "command-config", required_argument, NULL, OPT_COMMAND_CONFIG },
	{ "offset", required_argument, NULL, 'o' },
	{ "follow", no_argument, NULL, 'f' },
	{ "partition", required_argument, NULL, 'p' },
	{ "max-messages", required_argument, NULL, 'n' },
	{ "delimiter", required_argument, NULL, 'D' },
	{ "key-delimiter", required_argument, NULL, 'K' },
	{ "zero", no_argument, NULL, '0' },
	{ "format", required_argument, NULL, 'F' },
	{ "json", no_argument, NULL, 'J' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "tail", required_argument, NULL, OPT_TAIL },
	{ "sort", required_argument, NULL, OPT_SORT },
	{ "idle", required_argument, NULL, OPT_IDLE },
	{ "filter-key", required_argument, NULL, OPT_FILTER_KEY },
	{ "filter-header", required_argument, NULL, OPT_FILTER_HEADER },
	{ "grep", required_argument, NULL, OPT_GREP },
	{ "invert", no_argument, NULL, OPT_INVERT },
	{ "null-literal", required_argument, NULL, OPT_NULL_LITERAL },
	{ "count", no_argument, NULL, OPT_COUNT },
	{ "fail-empty", no_argument, NULL, OPT_FAIL_EMPTY },
	{ "isolation-level", required_argument, NULL, OPT_ISOLATION },
	{ "on-damage", required_argument, NULL, OPT_ON_DAMAGE },
	{ "progress", no_argument, NULL, OPT_PROGRESS },
	{ "no-escape", no_argument, NULL, OPT_NO_ESCAPE },
	{ "raw", no_argument, NULL, OPT_RAW },
	{ "group", required_argument, NULL, 'g' },
	{ "groups", required_argument, NULL, OPT_GROUPS },
	{ "member", required_argument, NULL, OPT_MEMBER },
	{ "instance", required_argument, NULL, OPT_INSTANCE },
	{ "assignor", required_argument, NULL, OPT_ASSIGNOR },
	{ "session-timeout", required_argument, NULL, OPT_SESSION },
	{ "max-poll-interval", required_argument, NULL, OPT_MAX_POLL },
	{ "commit-timeout", required_argument, NULL, OPT_COMMIT_TIMEOUT },
	{ "auto-offset-reset", required_argument, NULL, OPT_RESET },
	{ "no-commit", no_argument, NULL, OPT_NO_COMMIT },
	{ "each", no_argument, NULL, '1' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "by-key", no_argument, NULL, OPT_BY_KEY },
	{ "unordered", no_argument, NULL, OPT_UNORDERED },
	{ "batch", required_argument, NULL, OPT_BATCH },
	{ "batch-size", required_argument, NULL, OPT_BATCH_SIZE },
	{ "batch-wait", required_argument, NULL, OPT_BATCH_WAIT },
	{ "retries", required_argument, NULL, OPT_RETRIES },
	{ "backoff", required_argument, NULL, OPT_BACKOFF },
	{ "dead-letter", required_argument, NULL, OPT_DEAD_LETTER },
	{ "bisect", no_argument, NULL, OPT_BISECT },
	{ "command-timeout", required_argument, NULL, OPT_COMMAND_TIMEOUT },
	{ "drain", required_argument, NULL, OPT_DRAIN },
	{ NULL, 0, NULL, 0 },
};

static const struct tool tool = {
	.name = "plog-consume",
	.usage = "plog-consume [options] TOPIC ... [-- COMMAND [ARG ...]]",
	.help =
	    "  -o, --offset=WHERE       where to begin: earliest (default), latest, N, +N, -N, @TIME, or FROM:TO\n"
	    "  -f, --follow             go on as records come; a topic that is not there yet is waited for\n"
	    "  -p, --partition=LIST     these partitions: 0,3-5\n"
	    "  -n, --max-messages=N     stop after N records\n"
	    "      --tail=N             the last N records, in time order\n"
	    "      --sort=time          merge partitions by timestamp\n"
	    "      --idle=TIME          with -f: end after so long without a record\n"
	    "  -0, --zero, -D, --delimiter=DELIM   what ends a record: NUL, or DELIM\n"
	    "  -K, --key-delimiter=DELIM   the key stands before the value, with DELIM between\n"
	    "  -F, --format=FORMAT      '%p:%o %k=%v\\n', see plog-format(7)\n"
	    "  -J, --json               a JSON object a line\n"
	    "      --raw                record batches as they are stored\n"
	    "      --filter-key=GLOB, --filter-header=NAME[=GLOB], --grep=REGEX, --invert\n"
	    "      --null-literal=TEXT  what NULL prints as\n"
	    "      --count              only how many there are: topic, partition, count\n"
	    "      --fail-empty         status 3 when there was nothing\n"
	    "      --isolation-level=read_committed  leave aborted transactions out\n"
	    "      --on-damage=skip     go on behind damage; the status is still 1\n"
	    "      --no-escape          control characters as they are, on a terminal too\n"
	    "  -d, --dir=DIR            the store, or a Kafka broker's log.dirs (may be repeated)\n"
	    "  -b, --bootstrap-server=HOST:PORT, -X, --property=NAME=VALUE, --command-config=FILE   a Kafka cluster\n"
	    "  -q, --quiet, -v, --verbose, --progress, -h, --help, -V, --version\n"
	    "\n"
	    "  -g, --group=GROUP        as a member of the group: what it committed is where reading goes on\n"
	    "      --auto-offset-reset=WHERE  where a partition without a commit begins (earliest), or none\n"
	    "      --no-commit, --member=ID, --instance=ID, --assignor=NAME[,NAME...], --groups=DIR\n"
	    "      --session-timeout=TIME, --max-poll-interval=TIME, --commit-timeout=TIME\n"
	    "\n"
	    "  -- COMMAND               gets the records on its standard input; its success acknowledges them\n"
	    "  -1, --each               one run a record\n"
	    "      --batch=N, --batch-size=SIZE, --batch-wait=TIME   one run a batch (500 records, 1M, 0)\n"
	    "  -j, --jobs=N             N at once: one a partition, with --by-key one a key, with --unordered any\n"
	    "      --retries=N          tries after the first (3; -1 for ever), --backoff=100ms..30s between them\n"
	    "      --dead-letter=TOPIC  gets what failed for good; --bisect finds the failing record of a batch\n"
	    "      --command-timeout=TIME, --drain=TIME (10s)\n",
};

static void
parse_offset(struct options *o, const char *s)
{
	struct err e = ERR_INIT;
	bool has_from;

	if (range_parse(s, clock_wall_ms(), &o->from, &has_from, &o->to, &o->has_to, &e) != 0)
		die_usage("-o: %s", e.text);
	if (!has_from)
		o->from = (struct place){ .kind = PLACE_EARLIEST };
	o->has_offset = true;
}

static void
add_header_filter(struct options *o, char *s)
{
	struct header_filter *more = reallocarray(o->filter_headers, o->nfilter_headers + 1, sizeof(*more));
	char *eq = strchr(s, '=');

	if (more == NULL)
		die("out of memory");
	if (eq != NULL)
		*eq++ = '\0';
	more[o->nfilter_headers++] = (struct header_filter){ .name = s, .glob = eq };
	o->filter_headers = more;
}

static void
set_form(struct options *o, enum out_form form)
{
	if (o->form != OUT_VALUE && o->form != form)
		die_usage("-F, -J and --raw exclude each other");
	o->form = form;
}

static void
set_delimiter(const char *option, struct buf *b, const char *s)
{
	buf_clear(b);
	opt_escapes(option, s, b);
	if (b->n == 0)
		die_usage("%s: is empty", option);
}

static void
add_operand(struct options *o, char *value)
{
	char **more = reallocarray(o->operands, o->noperands + 1, sizeof(*more));

	if (more == NULL)
		die("out of memory");
	more[o->noperands++] = value;
	o->operands = more;
}

static const char *
name_option(const char *option, const char *what, const char *value, size_t max)
{
	struct err e = ERR_INIT;

	if (name_check(what, value, &e) != 0)
		die_usage("%s: %s", option, e.text);
	if (strlen(value) > max)
		die_usage("%s: is longer than %zu bytes: %s", option, max, value);
	return value;
}

static void
parse_assignors(struct options *o, char *list)
{
	static const char *const known[] = { "range", "roundrobin", "cooperative-sticky", NULL };
	size_t n = 0;

	o->assignors = NULL;
	for (char *word; (word = strsep(&list, ",")) != NULL;) {
		const char **more = reallocarray(o->assignors, n + 2, sizeof(*more));

		if (more == NULL)
			die("out of memory");
		o->assignors = more;
		more[n++] = known[opt_choice("--assignor", word, known)];
		more[n] = NULL;
	}
}

static void
parse_reset(struct options *o, const char *value)
{
	struct err e = ERR_INIT;

	o->has_reset = true;
	o->reset_none = strcmp(value, "none") == 0;
	if (!o->reset_none && place_parse(value, clock_wall_ms(), &o->reset, &e) != 0)
		die_usage("--auto-offset-reset: %s", e.text);
}

/* MIN..MAX, or one time for both. */
static void
parse_backoff(struct options *o, char *value)
{
	char *dots = strstr(value, "..");

	if (dots != NULL)
		*dots = '\0';
	o->backoff_min_ms = opt_duration("--backoff", value);
	o->backoff_max_ms = dots != NULL ? opt_duration("--backoff", dots + 2) : o->backoff_min_ms;
	if (o->backoff_max_ms < o->backoff_min_ms)
		die_usage("--backoff: ends before it begins: %s..%s", value, dots + 2);
}

static void
parse_short(struct options *o, int ch, char *value)
{
	switch (ch) {
	case 'd': target_dir(&o->target, value); break;
	case 'b': target_bootstrap(&o->target, value); break;
	case 'X': target_property(&o->target, value); break;
	case 'o': parse_offset(o, value); break;
	case 'f': o->follow = true; break;
	case 'p': opt_partitions("-p", value, &o->partitions, &o->npartitions); break;
	case 'n': o->max = opt_int("-n", value, 0, INT64_MAX); break;
	case 'D': set_delimiter("-D", &o->delim, value); break;
	case 'K': set_delimiter("-K", &o->key_delim, value); o->has_key_delim = true; break;
	case '0': buf_clear(&o->delim); buf_putc(&o->delim, '\0'); break;
	case 'F': set_form(o, OUT_FORMAT); o->format = value; break;
	case 'J': set_form(o, OUT_JSON); break;
	case 'q': o->quiet = true; break;
	case 'v': o->verbose = true; break;
	case 'g': o->group = name_option("-g", "group", value, NAME_MAX_LEN); break;
	case '1': o->each = true; break;
	case 'j': o->jobs = (int)opt_int("-j", value, 1, JOBS_MAX); break;
	case 1: add_operand(o, value); break;
	case 'h': tool_help(&tool);
	case 'V': tool_version(&tool);
	default: tool_usage(&tool);
	}
}

static void
parse_command(struct options *o, int ch, char *value)
{
	switch (ch) {
	case OPT_BATCH: o->batch = opt_int("--batch", value, 1, 1 << 20); break;
	case OPT_BATCH_SIZE: o->batch_size = opt_size("--batch-size", value, 1, 1 << 30); break;
	case OPT_BATCH_WAIT: o->batch_wait_ms = opt_duration("--batch-wait", value); break;
	case OPT_RETRIES: o->retries = opt_int("--retries", value, -1, INT32_MAX); break;
	case OPT_BACKOFF: parse_backoff(o, value); break;
	case OPT_DEAD_LETTER: o->dead_letter = name_option("--dead-letter", "topic", value, NAME_MAX_LEN); break;
	case OPT_BISECT: o->bisect = true; break;
	case OPT_BY_KEY: o->by_key = true; break;
	case OPT_UNORDERED: o->unordered = true; break;
	case OPT_COMMAND_TIMEOUT: o->command_timeout_ms = opt_duration("--command-timeout", value); break;
	case OPT_DRAIN: o->drain_ms = opt_duration("--drain", value); break;
	default: parse_short(o, ch, value);
	}
}

static void
parse_group(struct options *o, int ch, char *value)
{
	switch (ch) {
	case OPT_GROUPS: o->groups_dir = value; break;
	case OPT_MEMBER: o->member_id = name_option("--member", "member", value, MEMBER_NAME_MAX); break;
	case OPT_INSTANCE: o->instance = name_option("--instance", "instance", value, MEMBER_NAME_MAX); break;
	case OPT_ASSIGNOR: parse_assignors(o, value); break;
	case OPT_SESSION: o->session_timeout_ms = opt_duration("--session-timeout", value); break;
	case OPT_MAX_POLL: o->max_poll_interval_ms = opt_duration("--max-poll-interval", value); break;
	case OPT_COMMIT_TIMEOUT: o->commit_timeout_ms = opt_duration("--commit-timeout", value); break;
	case OPT_RESET: parse_reset(o, value); break;
	case OPT_NO_COMMIT: o->no_commit = true; break;
	default: parse_command(o, ch, value);
	}
}

static void
parse_long(struct options *o, int ch, char *value)
{
	static const char *const sorts[] = { "time", NULL };
	static const char *const levels[] = { "read_uncommitted", "read_committed", NULL };
	static const char *const damages[] = { "stop", "skip", NULL };

	switch (ch) {
	case OPT_TAIL: o->tail = opt_int("--tail", value, 0, INT64_MAX); break;
	case OPT_SORT: opt_choice("--sort", value, sorts); o->sort_time = true; break;
	case OPT_IDLE: o->idle_ms = opt_duration("--idle", value); break;
	case OPT_FILTER_KEY: o->filter_key = value; break;
	case OPT_FILTER_HEADER: add_header_filter(o, value); break;
	case OPT_GREP: o->grep = value; break;
	case OPT_INVERT: o->invert = true; break;
	case OPT_NULL_LITERAL: o->null_literal = value; break;
	case OPT_COUNT: o->count = true; break;
	case OPT_FAIL_EMPTY: o->fail_empty = true; break;
	case OPT_ISOLATION: o->read_committed = opt_choice("--isolation-level", value, levels) == 1; break;
	case OPT_ON_DAMAGE: o->skip_damage = opt_choice("--on-damage", value, damages) == 1; break;
	case OPT_PROGRESS: o->progress = true; break;
	case OPT_NO_ESCAPE: o->no_escape = true; break;
	case OPT_COMMAND_CONFIG: target_command_config(&o->target, value); break;
	case OPT_RAW: set_form(o, OUT_RAW); break;
	default: parse_group(o, ch, value);
	}
}

void
options_parse(struct options *o, int argc, char *argv[])
{
	static const char *sticky[] = { "cooperative-sticky", NULL };
	char *last = NULL;
	int ch;

	*o = (struct options){ .target = TARGET_INIT, .from = { .kind = PLACE_EARLIEST }, .max = -1, .tail = -1,
	    .idle_ms = -1, .delim = BUF_INIT, .key_delim = BUF_INIT, .assignors = sticky,
	    .session_timeout_ms = 45000, .max_poll_interval_ms = 300000, .commit_timeout_ms = 30000,
	    .reset = { .kind = PLACE_EARLIEST }, .jobs = 1, .batch = 500, .batch_size = 1 << 20, .retries = 3,
	    .backoff_min_ms = 100, .backoff_max_ms = 30000, .command_timeout_ms = -1, .drain_ms = 10000 };
	buf_putc(&o->delim, '\n');
	tool_start(&tool, &argc, &argv);
	while ((ch = tool_getopt(&tool, argc, argv, "-d:b:X:o:fp:n:D:K:0F:Jqvg:1j:hV", longs)) != -1)
		parse_long(o, ch, last = optarg);
	if (optind < argc)
		o->command = argv + optind;
	if (o->noperands == 0)
		die_usage("no topic is named");
	/* Such as -- $COMMAND, of which nothing is left: to print the records would acknowledge them. */
	if (o->command == NULL && last != argv[argc - 1] && strcmp(argv[argc - 1], "--") == 0)
		die_usage("no command stands behind --");
	options_check(o);
}
