/*
 * What cannot go together on the command line of plog-consume.
 */
#include <stddef.h>
#include <string.h>

#include "consume/options.h"
#include "text/glob.h"
#include "tool/msg.h"

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
	if (o->count && (o->form == OUT_FORMAT || o->form == OUT_JSON))
		die_usage("--count writes topic, partition and count: it does not go with -F or -J");
	if (o->form == OUT_RAW && (filtered || o->max >= 0 || o->tail >= 0 || o->sort_time || o->count))
		die_usage("--raw gives whole batches: it does not go with filters, -n, --tail, --sort or --count");
	if ((o->form != OUT_VALUE) && o->has_key_delim)
		die_usage("-K is for plain output: it does not go with -F, -J or --raw");
}

/* With -g the group's position decides, and only its commits move it. */
static void
check_group(const struct options *o)
{
	const char *wrong = o->has_offset ? "-o" : o->partitions != NULL ? "-p" : o->tail >= 0 ? "--tail" :
	    o->sort_time ? "--sort" : o->count ? "--count" : NULL;

	if (o->group != NULL && wrong != NULL)
		die_usage("%s does not go with -g, where the group's position decides: set it with plog-group reset; "
		    "--auto-offset-reset says where a partition without one begins", wrong);
	if (o->group != NULL && o->form == OUT_RAW && o->command == NULL)
		die_usage("--raw with -g needs a command");
	if (o->group == NULL && (o->groups_dir != NULL || o->member_id != NULL || o->instance != NULL || o->no_commit || o->has_reset))
		die_usage("--groups, --member, --instance, --no-commit and --auto-offset-reset go with -g");
}

/* A letter that is read again fails again: the topic would grow by itself for ever. */
static void
check_dead_letter(const struct options *o)
{
	const char *name = o->dead_letter;

	for (size_t i = 0; name != NULL && i < o->noperands; i++) {
		const char *operand = o->operands[i];

		if (strcmp(operand, name) == 0)
			die_usage("--dead-letter: '%s' is what is read", name);
		if (glob_is(operand) && glob_match(SLICE_OF(operand, strlen(operand)), SLICE_OF(name, strlen(name))))
			die_usage("--dead-letter: '%s' would be read as well, as it matches '%s'", name, operand);
	}
}

static void
check_command(const struct options *o)
{
	if (o->command == NULL) {
		if (o->each || o->jobs > 1 || o->by_key || o->unordered || o->bisect || o->dead_letter != NULL ||
		    o->command_timeout_ms >= 0)
			die_usage("-1, -j, --by-key, --unordered, --bisect, --dead-letter and --command-timeout need a command: "
			    "TOPIC -- COMMAND");
		return;
	}
	if (o->tail >= 0 || o->sort_time || o->count)
		die_usage("a command does not go with --tail, --sort or --count");
	check_dead_letter(o);
	if (o->by_key && o->unordered)
		die_usage("--by-key and --unordered exclude each other");
	if (o->form == OUT_RAW && (o->each || o->by_key || o->bisect || o->dead_letter != NULL))
		die_usage("--raw gives whole batches: it does not go with -1, --by-key, --bisect or --dead-letter");
}

void
options_check(const struct options *o)
{
	check(o);
	check_group(o);
	check_command(o);
}
