/*
 * options.c - plog-agent's command line (options.h).
 */
#include "agent/options.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"
#include "tool/msg.h"
#include "tool/opts.h"

static const struct tool tool = {
	.name = "plog-agent",
	.usage = "plog-agent [agent] -f FILE -n NAME [options]\n       plog-agent avro-client -H HOST -p PORT [options]",
	.help =
	    "  -f, --conf-file=FILE  the configuration, - is standard input; of several, later ones override\n"
	    "  -n, --name=NAME     the agent in it that runs here\n"
	    "  -u, --conf-uri=URI  as -f, for file: addresses\n"
	    "  -D name=value       a property, as Java's; -D flume.root.logger=DEBUG,console\n"
	    "  -i, --poll-interval=S  seconds between looks at the files; 30\n"
	    "      --no-reload-conf  look at them once; HUP still reloads\n"
	    "  -d, --dryrun        print the configuration as it would run\n"
	    "      --check         say what is wrong with it, run nothing\n"
	    "      --lenient       run what can run, as Flume does\n"
	    "      --drain=T       at the end, to empty memory channels; 10s\n"
	    "      --fail-fast     end when a component cannot be started\n"
	    "      --no-sandbox    keep the rights that were there at start\n"
	    "      --dir=DIR       the store of plog: addresses\n"
	    "  -c, --conf=DIR  -C, --classpath=P  --plugins-path=P  -X...  taken, as flume-ng has them\n"
	    "  -q, --quiet  -v, --verbose  -h, --help  -V, --version\n",
};

enum {
	O_AGENT, O_FILE, O_URI, O_CONF, O_POLL, O_NO_RELOAD, O_DEFINE, O_DRY, O_CHECK, O_LENIENT, O_DRAIN, O_FAIL_FAST, O_NO_SANDBOX,
	O_DIR, O_JAVA, O_BACKUP, O_ZOOKEEPER, O_PROVIDER, O_QUIET, O_VERBOSE, O_HELP, O_VERSION
};

static const struct flag flags[] = {
	{ "name", 'n', true, O_AGENT }, { "conf-file", 'f', true, O_FILE }, { "conf-uri", 'u', true, O_URI },
	{ "conf", 'c', true, O_CONF }, { "poll-interval", 'i', true, O_POLL }, { "no-reload-conf", 0, false, O_NO_RELOAD },
	{ "define", 'D', true, O_DEFINE }, { "dryrun", 'd', false, O_DRY }, { "check", 0, false, O_CHECK },
	{ "lenient", 0, false, O_LENIENT }, { "drain", 0, true, O_DRAIN }, { "fail-fast", 0, false, O_FAIL_FAST },
	{ "no-sandbox", 0, false, O_NO_SANDBOX }, { "dir", 0, true, O_DIR }, { "classpath", 'C', true, O_JAVA },
	{ "plugins-path", 0, true, O_JAVA }, { "jvm", 'X', true, O_JAVA }, { "backup-directory", 'b', true, O_BACKUP },
	{ "zkConnString", 'z', true, O_ZOOKEEPER }, { "zkBasePath", 'p', true, O_ZOOKEEPER },
	{ "auth-provider", 'a', true, O_PROVIDER }, { "conf-user", 0, true, O_PROVIDER }, { "user", 0, true, O_PROVIDER },
	{ "conf-password", 0, true, O_PROVIDER }, { "pwd", 0, true, O_PROVIDER }, { "conf-provider", 0, true, O_PROVIDER },
	{ "prov", 0, true, O_PROVIDER },
	{ "quiet", 'q', false, O_QUIET }, { "verbose", 'v', false, O_VERBOSE }, { "help", 'h', false, O_HELP },
	{ "version", 'V', false, O_VERSION }, { NULL, 0, false, 0 },
};

void
options_start(int *argc, char ***argv)
{
	tool_start(&tool, argc, argv);
}

static void
define(struct options *o, const char *what)
{
	const char *eq = strchr(what, '=');
	char name[256];
	struct err e = ERR_INIT;

	snprintf(name, sizeof(name), "%.*s", (int)(eq == NULL ? strlen(what) : (size_t)(eq - what)), what);
	if (name[0] == '\0')
		die_usage("-D: has no name: %s", what);
	if (settings_put(&o->conf.defines, name, eq == NULL ? "" : eq + 1, "-D", 0, &e) != 0)
		die_err(&e);
}

static const char *
file_of_uri(const char *uri)
{
	if (strncmp(uri, "file://", 7) == 0)
		return uri + 7;
	if (strncmp(uri, "file:", 5) == 0)
		return uri + 5;
	if (strstr(uri, ":/") != NULL || strncmp(uri, "classpath:", 10) == 0)
		die_usage("-u: only file: addresses are read: %s (for another: curl URI | plog-agent -f -)", uri);
	return uri;
}

/* -Dflume.root.logger=INFO,console: its level counts, unless -q or -v stand there. */
static enum log_level
level_of(const struct options *o)
{
	long i = settings_find(&o->conf.defines, "flume.root.logger");
	char word[32];
	int level;

	if (i < 0)
		return LOG_INFO;
	snprintf(word, sizeof(word), "%s", o->conf.defines.v[i].value);
	word[strcspn(word, ",")] = '\0';
	if ((level = log_level_of(word)) < 0)
		die_usage("-D flume.root.logger: is no level: %s", word);
	return (enum log_level)level;
}

static void
said_for_nothing(const struct options *o, const char *java)
{
	char path[PATH_MAX];

	if (java != NULL)
		msg("%s means nothing here: there is no Java", java);
	if (o->dir == NULL || getenv("PLOG_FLUME_ENV") != NULL)
		return;
	snprintf(path, sizeof(path), "%s/flume-env.sh", o->dir);
	if (access(path, F_OK) == 0)
		msg("'%s' is not sourced; put what it sets into the environment", path);
}

static void
command(int *seen, const char *word)
{
	static const char *const words[] = { "agent", "node", "avro-client", "version", "help", NULL };
	const char *near;

	if ((*seen)++ > 0)
		die_usage("'%s' is too much", word);
	if (strcmp(word, "help") == 0)
		tool_help(&tool);
	if (strcmp(word, "version") == 0)
		tool_version(&tool);
	if (strcmp(word, "tool") == 0)
		die_usage("Flume's tool FCINTEGRITYTOOL is not needed: plog-check verifies what a file channel keeps");
	if (strcmp(word, "agent") == 0 || strcmp(word, "node") == 0)
		return;
	near = nearest_name(word, words);
	if (near != NULL)
		die_usage("unknown command '%s', did you mean '%s'?", word, near);
	die_usage("unknown command '%s'", word);
}

/* Options that need no more than to be kept; false: another. */
static bool
simple(struct options *o, int ch, const char *value)
{
	switch (ch) {
	case O_AGENT: o->conf.agent = value; break;
	case O_CONF: o->dir = value; break;
	case O_POLL: o->poll_ms = opt_int("--poll-interval", value, 1, 86400) * 1000; break;
	case O_NO_RELOAD: o->reload = false; break;
	case O_DEFINE: define(o, value); break;
	case O_DRY: o->dry = true; break;
	case O_CHECK: o->check = true; break;
	case O_LENIENT: o->lenient = true; break;
	case O_DRAIN: o->drain_ms = opt_duration("--drain", value); break;
	case O_FAIL_FAST: o->fail_fast = true; break;
	case O_NO_SANDBOX: o->sandbox = false; break;
	case O_DIR: o->conf.store = value; break;
	default: return false;
	}
	return true;
}

static void
refuse(const char *name, int ch)
{
	if (ch == O_ZOOKEEPER)
		die_usage("%s: no configuration is read from ZooKeeper; save it to a file (zkCli.sh get /flume/NAME) and use -f", name);
	die_usage("%s: configurations come from files; for another place: curl URI | plog-agent -f -", name);
}

void
options_read(struct options *o, int argc, char *argv[])
{
	struct cmdline c = { .flags = flags, .argc = argc, .at = 1, .argv = argv };
	const char **files = calloc((size_t)argc + 1, sizeof(char *)), **uris = calloc((size_t)argc + 1, sizeof(char *)), *java = NULL;
	int ch, seen = 0, loud = 0;
	size_t nuris = 0;

	if (files == NULL || uris == NULL)
		die("no memory");
	while ((ch = cmdline_next(&c)) != CMDLINE_END) {
		if (simple(o, ch, c.value))
			continue;
		switch (ch) {
		case CMDLINE_OPERAND: command(&seen, c.value); break;
		case O_FILE: files[o->conf.nfiles++] = c.value; break;
		case O_URI: uris[nuris++] = file_of_uri(c.value); break;
		case O_JAVA: java = c.name; break;
		case O_BACKUP: msg("%s means nothing here: a configuration that cannot be read never replaces one that runs", c.name); break;
		case O_QUIET: loud = -1; break;
		case O_VERBOSE: loud = 1; break;
		case O_HELP: tool_help(&tool);
		case O_VERSION: tool_version(&tool);
		default: refuse(c.name, ch);
		}
	}
	if (nuris > 0 && o->conf.nfiles > 0)
		msg("-f does not count where -u stands");
	o->conf.files = nuris > 0 ? uris : files;
	free(nuris > 0 ? files : uris);
	o->conf.nfiles = nuris > 0 ? nuris : o->conf.nfiles;
	o->level = loud < 0 ? LOG_WARN : loud > 0 ? LOG_DEBUG : level_of(o);
	if (o->conf.agent == NULL)
		die_usage("which agent? -n NAME");
	if (o->conf.nfiles == 0)
		die_usage("which configuration? -f FILE");
	said_for_nothing(o, java);
}
