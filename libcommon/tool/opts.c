/*
 * How a command starts, and its options.
 */
#include "tool/opts.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/module.h"
#include "base/parse.h"
#include "codec/compress.h"
#include "codec/hash.h"
#include "tool/msg.h"

#define LONGS_MAX	128
#define DURATION_MOST	(INT64_C(36500) * 24 * 3600 * 1000)	/* a century: in nanoseconds, behind any clock, it still fits */

void
tool_start(const struct tool *t, int *argc, char ***argv)
{
	std_fds_open();
	setprogname(t->name);
	signal(SIGXFSZ, SIG_IGN);
	/* Who started us may ignore it; then no child could be waited for. */
	signal(SIGCHLD, SIG_DFL);
	if (*argc < 1 || (*argv)[0] == NULL)
		tool_usage(t);
	opterr = 0;
}

void
tool_usage(const struct tool *t)
{
	struct buf b = BUF_INIT;

	buf_printf(&b, "usage: %s\n", t->usage);
	(void)write_full(STDERR_FILENO, b.p, b.n, NULL);
	buf_release(&b);
	exit(EXIT_USAGE);
}

static _Noreturn void
print_and_exit(struct buf *b)
{
	bool gone;
	int bad = out_flush(b, &gone);

	buf_release(b);
	exit(bad != 0 && !gone ? EXIT_FAILED : out_close());
}

void
tool_help(const struct tool *t)
{
	struct buf b = BUF_INIT;

	buf_printf(&b, "usage: %s\n\n%s%sThe manual has it all: man %s\n", t->usage,
	    t->help == NULL ? "" : t->help, t->help == NULL ? "" : "\n", t->name);
	print_and_exit(&b);
}

void
tool_version(const struct tool *t)
{
	static const char *const modules[] = { "jsonin", "gzip", "snappy", "lz4", "regex", "kafka", "tls", "avro", "http", "httpd" };
	struct buf b = BUF_INIT;
	size_t i;

	buf_printf(&b, "%s (plog) %s\nlinked: %s, %s\n", t->name, PLOG_VERSION, compress_library(), hash_library());
	buf_puts(&b, "modules:");
	for (i = 0; i < sizeof(modules) / sizeof(modules[0]); i++)
		buf_printf(&b, " %s%s", module_load(modules[i], NULL) == NULL ? "-" : "+", modules[i]);
	buf_puts(&b, "\n");
	print_and_exit(&b);
}

/* A wrong option does not hide a cry for help. */
static void
help_all_the_same(const struct tool *t, int argc, char *const *argv)
{
	int i;

	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "--help") == 0)
			tool_help(t);
		if (strcmp(argv[i], "--version") == 0)
			tool_version(t);
	}
}

static _Noreturn void
unknown_long(const char *name, size_t n, const struct option *longs)
{
	const char *words[LONGS_MAX + 1], *near;
	char word[64];
	size_t k = 0;

	for (; longs->name != NULL && k < LONGS_MAX; longs++)
		words[k++] = longs->name;
	words[k] = NULL;
	snprintf(word, sizeof(word), "%.*s", (int)(n < 60 ? n : 60), name);
	near = nearest_name(word, words);
	if (near != NULL)
		die_usage("unknown option '--%s', did you mean '--%s'?", word, near);
	die_usage("unknown option '--%s'", word);
}

/* The long option that getopt looks at next: named whole, with a value if it takes one and only then. */
static void
check_long(const struct tool *t, int argc, char *const *argv, const char *shorts, const struct option *longs)
{
	const struct option *o;
	const char *name, *eq;
	size_t n;
	int i = optind < 1 ? 1 : optind;

	while (i < argc && shorts[0] != '+' && (argv[i][0] != '-' || argv[i][1] == '\0'))
		i++;
	if (i >= argc || strncmp(argv[i], "--", 2) != 0 || argv[i][2] == '\0')
		return;
	name = argv[i] + 2;
	eq = strchr(name, '=');
	n = eq != NULL ? (size_t)(eq - name) : strlen(name);
	for (o = longs; o->name != NULL; o++)
		if (strlen(o->name) == n && memcmp(o->name, name, n) == 0)
			break;
	if (o->name == NULL) {
		help_all_the_same(t, argc, argv);
		unknown_long(name, n, longs);
	}
	if (o->has_arg == no_argument && eq != NULL)
		die_usage("option '--%s' takes no value", o->name);
	if (o->has_arg == required_argument && eq == NULL && i + 1 >= argc)
		die_usage("option '--%s' needs a value", o->name);
}

int
tool_getopt(const struct tool *t, int argc, char *const *argv, const char *shorts, const struct option *longs)
{
	const char *known;
	int ch;

	check_long(t, argc, argv, shorts, longs);
	ch = getopt_long(argc, argv, shorts, longs, NULL);
	if (ch != '?')
		return ch;
	help_all_the_same(t, argc, argv);
	known = optopt != ':' ? strchr(shorts, optopt) : NULL;
	if (known != NULL && known[1] == ':')
		die_usage("option '-%c' needs a value", optopt);
	die_usage("unknown option '-%c'", optopt);
}

static _Noreturn void
bad_value(const char *option, struct err *e)
{
	err_prefix(e, "%s", option);
	msg_err(e);
	exit(EXIT_USAGE);
}

int64_t
opt_int(const char *option, const char *value, int64_t min, int64_t max)
{
	struct err e = ERR_INIT;
	int64_t v;

	if (parse_int(value, min, max, &v, &e) != 0)
		bad_value(option, &e);
	return v;
}

int64_t
opt_size(const char *option, const char *value, int64_t min, int64_t max)
{
	struct err e = ERR_INIT;
	int64_t v;

	if (parse_size(value, min, max, &v, &e) != 0)
		bad_value(option, &e);
	return v;
}

int64_t
opt_duration(const char *option, const char *value)
{
	struct err e = ERR_INIT;
	int64_t ms;

	if (parse_duration(value, &ms, &e) != 0)
		bad_value(option, &e);
	return ms < DURATION_MOST ? ms : DURATION_MOST;
}

void
opt_escapes(const char *option, const char *value, struct buf *out)
{
	struct err e = ERR_INIT;

	if (parse_escapes(value, out, &e) != 0)
		bad_value(option, &e);
}

void
opt_partitions(const char *option, const char *value, int32_t **list, size_t *n)
{
	struct err e = ERR_INIT;

	if (parse_partitions(value, list, n, &e) != 0)
		bad_value(option, &e);
}

int
opt_choice(const char *option, const char *value, const char *const *words)
{
	struct buf all = BUF_INIT;
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(words[i], value) == 0)
			return i;
	for (i = 0; words[i] != NULL; i++)
		buf_printf(&all, "%s%s", i == 0 ? "" : words[i + 1] == NULL ? " or " : ", ", words[i]);
	die_usage("%s: is not %s: %s", option, buf_str(&all), value);
}
