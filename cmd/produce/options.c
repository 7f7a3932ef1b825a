/*
 * The command line.
 */
#include "produce/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/lines.h"
#include "base/parse.h"
#include "codec/compress.h"
#include "store/config.h"
#include "tool/msg.h"

enum {
	OPT_RAW = 256, OPT_WHOLE, OPT_CRLF, OPT_MISSING_KEY, OPT_NULL_MARKER, OPT_PARTITIONER, OPT_TIMESTAMP, OPT_ACKS,
	OPT_LINGER, OPT_BATCH_SIZE, OPT_NO_CREATE, OPT_ON_FULL, OPT_ON_ERROR, OPT_LOCK_TIMEOUT, OPT_PROGRESS, OPT_COMMAND_CONFIG,
	OPT_DELIVERY, OPT_TRANSACTIONAL, OPT_EVERY,
};

#define LOCK_TIMEOUT_MS	30000
#define BATCH_SIZE_MAX	((int64_t)1 << 30)

static const struct tool tool = {
	.name = "plog-produce",
	.usage = "plog-produce [options] TOPIC [FILE ...]",
	.help =
	    "Each line of the files, or of standard input, becomes a record of TOPIC.\n\n"
	    "  -d, --dir=DIR            the store\n"
	    "  -b, --bootstrap-server=HOST:PORT, -X, --property=NAME=VALUE, --command-config=FILE   a Kafka cluster\n"
	    "  -0, --zero               records end at NUL\n"
	    "  -D, --delimiter=DELIM    or at DELIM (\\n \\t \\0 \\xHH); --crlf: \\r\\n too\n"
	    "  -J, --json               input is JSON lines\n"
	    "  -F, --format=FORMAT      or as the format string says, see plog-format(7)\n"
	    "      --raw, --whole       or record batches; each file is one record\n"
	    "  -k, --key=KEY            one key for all\n"
	    "  -K, --key-delimiter=DELIM   the key stands before DELIM; --missing-key=null: it may be missing\n"
	    "  -H, --header=NAME[=VALUE]   a header for all (repeat); without =VALUE it is NULL\n"
	    "      --null-marker=TEXT   a key or value equal to TEXT is NULL\n"
	    "  -p, --partition=N        this partition\n"
	    "      --partitioner=NAME   murmur2, sticky, roundrobin, random or crc32 chooses it\n"
	    "      --timestamp=TIME     of every record; default: when it was read\n"
	    "  -z, --compression=CODEC[:LEVEL]   gzip, snappy, lz4, zstd; default: the topic's compression.type\n"
	    "      --acks=0|1|all       1: written to the log; all: and synced\n"
	    "      --linger=TIME, --batch-size=SIZE   how long, how much a batch gathers\n"
	    "  -R, --report=FORMAT      a line for each record when it is acknowledged\n"
	    "  -P, --partitions=N, -c, --config=NAME=VALUE   of a topic that is not there; --no-create\n"
	    "      --transactional=ID, --every=N   all is one transaction, or each N records (a cluster)\n"
	    "      --delivery-timeout=TIME   how long a broker that is away is waited for\n"
	    "      --on-full=fail|wait, --on-error=stop|skip, --lock-timeout=TIME\n"
	    "  -v, --verbose, --progress, -q, --quiet, -h, --help, -V, --version\n",
};

static const char shorts[] = "d:b:X:0D:JF:k:K:H:p:z:R:P:c:vqhV";
static const struct option longs[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "bootstrap-server", required_argument, NULL, 'b' },
	{ "property", required_argument, NULL, 'X' },
	{ "command-config", required_argument, NULL, OPT_COMMAND_CONFIG },
	{ "delivery-timeout", required_argument, NULL, OPT_DELIVERY },
	{ "transactional", required_argument, NULL, OPT_TRANSACTIONAL },
	{ "every", required_argument, NULL, OPT_EVERY },
	{ "zero", no_argument, NULL, '0' },
	{ "delimiter", required_argument, NULL, 'D' },
	{ "json", no_argument, NULL, 'J' },
	{ "format", required_argument, NULL, 'F' },
	{ "raw", no_argument, NULL, OPT_RAW },
	{ "whole", no_argument, NULL, OPT_WHOLE },
	{ "crlf", no_argument, NULL, OPT_CRLF },
	{ "key", required_argument, NULL, 'k' },
	{ "key-delimiter", required_argument, NULL, 'K' },
	{ "missing-key", required_argument, NULL, OPT_MISSING_KEY },
	{ "header", required_argument, NULL, 'H' },
	{ "null-marker", required_argument, NULL, OPT_NULL_MARKER },
	{ "partition", required_argument, NULL, 'p' },
	{ "partitioner", required_argument, NULL, OPT_PARTITIONER },
	{ "timestamp", required_argument, NULL, OPT_TIMESTAMP },
	{ "compression", required_argument, NULL, 'z' },
	{ "acks", required_argument, NULL, OPT_ACKS },
	{ "linger", required_argument, NULL, OPT_LINGER },
	{ "batch-size", required_argument, NULL, OPT_BATCH_SIZE },
	{ "report", required_argument, NULL, 'R' },
	{ "no-create", no_argument, NULL, OPT_NO_CREATE },
	{ "partitions", required_argument, NULL, 'P' },
	{ "config", required_argument, NULL, 'c' },
	{ "on-full", required_argument, NULL, OPT_ON_FULL },
	{ "on-error", required_argument, NULL, OPT_ON_ERROR },
	{ "lock-timeout", required_argument, NULL, OPT_LOCK_TIMEOUT },
	{ "verbose", no_argument, NULL, 'v' },
	{ "progress", no_argument, NULL, OPT_PROGRESS },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

static void
usage_err(const char *option, struct err *e)
{
	if (option != NULL)
		err_prefix(e, "%s", option);
	msg_err(e);
	exit(EXIT_USAGE);
}

static void
set_form(struct options *o, enum input_form form)
{
	static const char *const names[] = { "-0 and -D", "-J", "-F", "--raw", "--whole" };

	if (o->form != FORM_LINES && o->form != form)
		die_usage("%s and %s: input has one form", names[o->form], names[form]);
	o->form = form;
}

static void
set_format(struct fmt **to, const char *option, const char *text, enum fmt_use use)
{
	struct err e = ERR_INIT;

	fmt_free(*to);
	if (fmt_compile(to, text, use, &e) != 0)
		usage_err(option, &e);
}

static void
set_delim(struct buf *to, const char *option, const char *text)
{
	buf_clear(to);
	opt_escapes(option, text, to);
	if (to->n == 0 || to->n > sizeof(((struct lines *)0)->delim))
		die_usage("%s: a delimiter has 1 to 256 bytes", option);
}

static void
add_header(struct options *o, const char *arg)
{
	const char *eq = strchr(arg, '=');
	struct header h = { .name = slice_str(arg), .value = SLICE_NULL };

	if (eq != NULL) {
		h.name.n = (size_t)(eq - arg);
		h.value = slice_str(eq + 1);
	}
	headers_add(&o->headers, &h);
	o->nheaders++;
}

static void
add_config(struct options *o, const char *pair)
{
	const char **more = reallocarray(o->configs, o->nconfigs + 1, sizeof(*more));

	if (more == NULL)
		die("no memory for the options");
	if (strchr(pair, '=') == NULL || *pair == '=')
		die_usage("-c: is not NAME=VALUE: %s", pair);
	more[o->nconfigs++] = pair;
	o->configs = more;
}

static void
set_value(struct options *o, int ch, const char *arg)
{
	static const char *const acks[] = { "0", "1", "all", NULL };
	static const char *const full[] = { "fail", "wait", NULL };
	static const char *const error[] = { "stop", "skip", NULL };
	static const char *const missing[] = { "null", "error", NULL };
	struct producer_opts *p = &o->producer;
	struct err e = ERR_INIT;
	int rc = 0;

	switch (ch) {
	case OPT_MISSING_KEY:	o->missing_key_null = opt_choice("--missing-key", arg, missing) == 0; break;
	case OPT_NULL_MARKER:	o->null_marker = slice_str(arg); o->has_null_marker = true; break;
	case OPT_PARTITIONER:
		rc = partitioner_parse(arg, &o->partitioner, &e);
		o->has_partitioner = true;
		break;
	case OPT_TIMESTAMP:
		rc = parse_time(arg, clock_wall_ms(), &o->timestamp, &e);
		if (rc == 0 && o->timestamp < 0)
			die_usage("--timestamp: is before 1970: %s", arg);
		break;
	case 'z':
		rc = codec_parse(arg, &p->codec, &p->level, &e);
		p->has_codec = true;
		break;
	case OPT_ACKS:		p->acks = opt_choice("--acks", arg, acks); if (p->acks == 2) p->acks = -1; break;
	case OPT_LINGER:	p->linger_ms = opt_duration("--linger", arg); break;
	case OPT_BATCH_SIZE:	p->batch_bytes = opt_size("--batch-size", arg, 1, BATCH_SIZE_MAX); break;
	case OPT_ON_FULL:	p->wait_when_full = opt_choice("--on-full", arg, full) == 1; break;
	case OPT_ON_ERROR:	o->skip_errors = opt_choice("--on-error", arg, error) == 1; break;
	case OPT_DELIVERY:	p->delivery_timeout_ms = opt_duration("--delivery-timeout", arg); break;
	case OPT_TRANSACTIONAL:	p->transactional = arg; break;
	case OPT_EVERY:		p->every = opt_int("--every", arg, 1, INT64_MAX); break;
	case OPT_LOCK_TIMEOUT:	p->lock_timeout_ms = opt_duration("--lock-timeout", arg); break;
	default:
		break;
	}
	if (rc != 0)
		usage_err(ch == 'z' ? "-z" : ch == OPT_TIMESTAMP ? "--timestamp" : "--partitioner", &e);
}

static void
set(struct options *o, int ch, const char *arg)
{
	switch (ch) {
	case 'd': target_dir(&o->target, arg); break;
	case 'b': target_bootstrap(&o->target, arg); break;
	case 'X': target_property(&o->target, arg); break;
	case OPT_COMMAND_CONFIG: target_command_config(&o->target, arg); break;
	case '0': buf_clear(&o->delim); buf_putc(&o->delim, '\0'); o->has_delim = true; break;
	case 'D': set_delim(&o->delim, "-D", arg); o->has_delim = true; break;
	case 'J': set_form(o, FORM_JSON); break;
	case 'F': set_form(o, FORM_FORMAT); set_format(&o->format, "-F", arg, FMT_READ); o->format_text = arg; break;
	case OPT_RAW: set_form(o, FORM_RAW); break;
	case OPT_WHOLE: set_form(o, FORM_WHOLE); break;
	case OPT_CRLF: o->crlf = true; break;
	case 'k': o->key = slice_str(arg); o->has_key = true; break;
	case 'K': set_delim(&o->key_delim, "-K", arg); break;
	case 'H': add_header(o, arg); break;
	case 'p': o->partition = (int32_t)opt_int("-p", arg, 0, INT32_MAX); break;
	case 'R': set_format(&o->report, "-R", arg, FMT_WRITE); break;
	case 'P': o->producer.partitions = (int32_t)opt_int("-P", arg, 1, 100000); break;
	case 'c': add_config(o, arg); break;
	case OPT_NO_CREATE: o->producer.create = false; break;
	case 'v': o->verbose = true; break;
	case OPT_PROGRESS: o->progress = true; break;
	case 'q': o->quiet = true; break;
	case 'h': tool_help(&tool);
	case 'V': tool_version(&tool);
	default: set_value(o, ch, arg); break;
	}
}

/* Options that would be without effect are refused, not passed over. */
static void
check(const struct options *o)
{
	bool text = o->form == FORM_LINES || o->form == FORM_WHOLE;

	if (o->form != FORM_LINES && (o->has_delim || o->crlf))
		die_usage("-0, -D and --crlf are for lines");
	if (o->key_delim.n > 0 && !text)
		die_usage("-K is for lines and --whole");
	if (o->missing_key_null && o->key_delim.n == 0)
		die_usage("--missing-key says nothing without -K");
	if (o->has_key && o->key_delim.n > 0)
		die_usage("-k and -K: a record has one key");
	if (o->has_null_marker && (o->form == FORM_JSON || o->form == FORM_RAW))
		die_usage("--null-marker is not for -J and --raw, which know NULL");
	if (o->partition >= 0 && o->has_partitioner)
		die_usage("-p and --partitioner: one of them says the partition");
	if (o->producer.transactional != NULL && *o->producer.transactional == '\0')
		die_usage("--transactional: is empty");
	if (o->producer.every > 0 && o->producer.transactional == NULL)
		die_usage("--every goes with --transactional");
	if (!o->producer.create && (o->producer.partitions > 0 || o->nconfigs > 0))
		die_usage("-P and -c are for a topic that is made, --no-create makes none");
	if (o->form == FORM_RAW && (o->has_key || o->nheaders > 0 || o->timestamp != TIMESTAMP_NONE ||
	    o->has_partitioner || o->producer.has_codec))
		die_usage("--raw takes batches as they are: no -k, -H, --timestamp, --partitioner, -z");
	if (o->headers.failed || o->delim.failed || o->key_delim.failed)
		die("no memory for the options");
}

/* The topic's name, and configs of a store's topic, which the store knows (a cluster has its own). */
static void
check_topic(const struct options *o)
{
	struct config *c = NULL;
	struct err e = ERR_INIT;
	size_t i;
	int rc;

	rc = name_check("topic", o->topic, &e);
	if (rc == 0 && o->nconfigs > 0 && !target_is_cluster(&o->target)) {
		if ((c = config_new()) == NULL)
			die("no memory for the options");
		for (i = 0; rc == 0 && i < o->nconfigs; i++)
			rc = config_set_pair(c, o->configs[i], &e);
	}
	config_free(c);
	if (rc != 0)
		usage_err(NULL, &e);
}

void
options_parse(struct options *o, int argc, char **argv)
{
	int ch;

	*o = (struct options){ .target = TARGET_INIT, .timestamp = TIMESTAMP_NONE, .partition = -1 };
	o->producer = (struct producer_opts){ .create = true, .acks = ACKS_DEFAULT, .linger_ms = -1, .batch_bytes = -1,
	    .keyless_bytes = -1, .lock_timeout_ms = LOCK_TIMEOUT_MS, .delivery_timeout_ms = -1 };
	tool_start(&tool, &argc, &argv);
	while ((ch = tool_getopt(&tool, argc, argv, shorts, longs)) != -1)
		set(o, ch, optarg);
	if (optind >= argc)
		tool_usage(&tool);
	o->topic = argv[optind++];
	o->files = argv + optind;
	o->nfiles = argc - optind;
	if (o->delim.n == 0)
		buf_putc(&o->delim, '\n');
	check(o);
	check_topic(o);
	o->producer.topic = o->topic;
	o->producer.configs = o->configs;
	o->producer.nconfigs = o->nconfigs;
}

void
options_release(struct options *o)
{
	fmt_free(o->format);
	fmt_free(o->report);
	buf_release(&o->delim);
	buf_release(&o->key_delim);
	buf_release(&o->headers);
	free(o->configs);
	free(o->target.dirs);
	free(o->target.properties);
}
