/*
 * The command line of plog-consume.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/parse.h"
#include "consume/options.h"
#include "tool/msg.h"

enum {
	OPT_TAIL = 256, OPT_SORT, OPT_IDLE, OPT_FILTER_KEY, OPT_FILTER_HEADER, OPT_GREP, OPT_INVERT, OPT_NULL_LITERAL,
	OPT_COUNT, OPT_FAIL_EMPTY, OPT_ISOLATION, OPT_ON_DAMAGE, OPT_PROGRESS, OPT_NO_ESCAPE, OPT_RAW,
};

static const struct option longs[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "bootstrap-server", required_argument, NULL, 'b' },
	{ "property", required_argument, NULL, 'X' },
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
	{ NULL, 0, NULL, 0 },
};

static const struct tool tool = {
	.name = "plog-consume",
	.usage = "plog-consume [options] TOPIC ...",
	.help =
	    "  -o, --offset=WHERE       where to begin: earliest (default), latest, N, +N, -N, @TIME, or FROM:TO\n"
	    "  -f, --follow             go on as records come; a topic that is not there yet is waited for\n"
	    "  -p, --partition=LIST     these partitions: 0,3-5\n"
	    "  -n, --max-messages=N     stop after N records\n"
	    "      --tail=N             the last N records, in time order\n"
	    "      --sort=time          merge partitions by timestamp\n"
	    "      --idle=TIME          with -f: end after so long without a record\n"
	    "  -0, -D DELIM, -K DELIM   what ends a record; what stands between key and value\n"
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
	    "  -b, --bootstrap-server=HOST:PORT, -X, --property=NAME=VALUE   a Kafka cluster\n"
	    "  -q, -v, --progress, -h, -V\n",
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
	case 'h': tool_help(&tool);
	case 'V': tool_version(&tool);
	default: tool_usage(&tool);
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
	case OPT_RAW: set_form(o, OUT_RAW); break;
	default: parse_short(o, ch, value);
	}
}

/* What cannot go together, said before anything is read. */
static void
check(const struct options *o)
{
	bool filtered = o->filter_key != NULL || o->nfilter_headers > 0 || o->grep != NULL;

	if (o->invert && !filtered)
		die_usage("--invert needs --filter-key, --filter-header or --grep");
	if (o->follow && o->sort_time)
		die_usage("--sort needs an end: it does not go with -f");
	if (o->follow && o->count)
		die_usage("--count needs an end: it does not go with -f");
	if (o->idle_ms >= 0 && !o->follow)
		die_usage("--idle goes with -f");
	if (o->tail >= 0 && (o->sort_time || o->count))
		die_usage("--tail does not go with --sort or --count");
	if (o->form == OUT_RAW && (filtered || o->max >= 0 || o->tail >= 0 || o->sort_time || o->count))
		die_usage("--raw gives whole batches: it does not go with filters, -n, --tail, --sort or --count");
	if ((o->form != OUT_VALUE) && o->has_key_delim)
		die_usage("-K is for plain output: it does not go with -F, -J or --raw");
}

void
options_parse(struct options *o, int argc, char *argv[])
{
	int ch;

	*o = (struct options){ .target = TARGET_INIT, .from = { .kind = PLACE_EARLIEST }, .max = -1, .tail = -1,
	    .idle_ms = -1, .delim = BUF_INIT, .key_delim = BUF_INIT };
	buf_putc(&o->delim, '\n');
	tool_start(&tool, &argc, &argv);
	while ((ch = tool_getopt(&tool, argc, argv, "d:b:X:o:fp:n:D:K:0F:JqvhV", longs)) != -1)
		parse_long(o, ch, optarg);
	if (optind == argc)
		die_usage("no topic is named");
	o->operands = argv + optind;
	o->noperands = (size_t)(argc - optind);
	check(o);
}
