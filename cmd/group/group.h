/*
 * group.h - plog-group's options, its subcommands, and what these share:
 * which groups are meant, and what a group has in front of it.
 *
 * One bad operand does not stop the rest; the worst status is the result.
 */
#ifndef GROUP_GROUP_H
#define GROUP_GROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "backend/backend.h"
#include "backend/group.h"
#include "text/table.h"
#include "tool/opts.h"
#include "tool/subcommand.h"

enum group_view { VIEW_OFFSETS, VIEW_MEMBERS, VIEW_STATE };

struct group_opts {
	struct target target;
	const char *dir;		/* --groups; NULL: the store's own */
	enum group_view view;
	const char *where;		/* -o; NULL: not given */
	bool has_shift;
	int64_t shift;			/* --shift-by */
	const char *from_file, *to_group;
	int32_t *parts;			/* -p */
	size_t nparts;
	int64_t before, after;		/* -B, -A; -1: not given */
	const char *format;		/* -F */
	int64_t lag;			/* --lag */
	int64_t timeout_ms;		/* --timeout; -1: none */
	bool execute, lengthy, quiet, verbose;
	enum table_form form;
};

int group_cmd_list(struct group_opts *, int n, char *const *operands);
int group_cmd_describe(struct group_opts *, int n, char *const *operands);
int group_cmd_reset(struct group_opts *, int n, char *const *operands);
int group_cmd_commit(struct group_opts *, int n, char *const *operands);
int group_cmd_delete(struct group_opts *, int n, char *const *operands);
int group_cmd_delete_offsets(struct group_opts *, int n, char *const *operands);
int group_cmd_export(struct group_opts *, int n, char *const *operands);
int group_cmd_peek(struct group_opts *, int n, char *const *operands);
int group_cmd_wait(struct group_opts *, int n, char *const *operands);
int group_cmd_metrics(struct group_opts *, int n, char *const *operands);

/* Opens the store or dies; also where there are no groups. */
struct backend *group_backend(struct group_opts *, bool write);
int group_failed(const struct err *);		/* says it; EXIT_FAILED */
bool group_part_wanted(const struct group_opts *, int32_t partition);	/* by -p */

/*
 * The operands as names: a glob becomes the groups that match, none of them
 * at all every group there is.  What leads to nothing is said and makes
 * *status EXIT_FAILED.
 */
char **group_names(struct backend *, const struct group_opts *, int n, char *const *operands, size_t *count, int *status);
void group_names_done(char **, size_t);

/* A partition of a topic in which a group has positions or members. */
struct lag {
	const char *topic;		/* of the view's */
	int32_t partition;
	int64_t offset;			/* committed; -1: none */
	int32_t leader_epoch;		/* of the commit; -1: not known */
	int64_t start, end;		/* of the log; -1: the partition is not there */
	int64_t lag;			/* end - offset; -1: one of them is not known */
	int64_t unread_ms;		/* timestamp of the first unread record; -1: none, or not looked for */
	const struct group_member *member;	/* owner; NULL: nobody */
};

struct view {
	struct group_info info;
	struct lag *v;			/* by topic, partition */
	size_t n;
};
#define VIEW_INIT	{ .v = NULL }

/* Describes a group, with the partitions of its topics.  What is damaged is said and makes *status EXIT_FAILED.  0, or -code (not said). */
int view_open(struct view *, struct backend *, const struct group_opts *, const char *group, int *status, struct err *);
/* Looks for the first unread record of each partition; what cannot be read stays -1. */
void view_ages(struct view *, struct backend *);
void view_close(struct view *, struct backend *);
/* How much is unread in all; what was never committed counts from the log's start. */
int64_t view_lag(const struct view *);
size_t view_members_alive(const struct view *);

#endif
