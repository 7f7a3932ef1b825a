/*
 * local_group.c - the groups of a store as a backend has them (group.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/local_group.h"
#include "backend/local_member.h"

static int
list(struct backend *be, const char *dir, const char *const *globs, size_t n, char ***names, size_t *count, struct err *e)
{
	if (dir == NULL && store_is_broker(local_of(be)->store))
		return broker_group_list(be, globs, n, names, count, e);
	return group_list(local_of(be)->store, dir, globs, n, names, count, e);
}

const struct group_ops local_groups = {
	.join = local_member_join,
	.fd = local_member_fd,
	.event = local_member_event,
	.owns = local_member_owns,
	.commit = local_member_commit,
	.give_up = local_member_give_up,
	.elsewhere = local_member_elsewhere,
	.id = local_member_id,
	.leave = local_member_leave,
	.list = list,
	.describe = local_group_describe,
	.info_release = local_group_info_release,
	.set = local_group_set,
	.remove = local_group_remove,
	.remove_offsets = local_group_remove_offsets,
};
