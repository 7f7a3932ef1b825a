/*
 * import.c - a topic of a store, made of a broker's partitions (transfer.h).
 */
#include "store/transfer.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/parse.h"
#include "log/copy.h"

struct import {
	struct topic from;
	const char *name;
	const struct transfer_notice *notice;
};

static int
fill(void *arg, int topicfd, mode_t mode, const struct config *config, struct err *e)
{
	const struct import *im = arg;
	struct partdir to = { .holder = topicfd }, from;
	int64_t interval = config_number(config, "index.interval.bytes");
	int64_t left;
	int32_t i;
	int rc = 0;

	for (i = 0; rc == 0 && i < im->from.partitions; i++) {
		snprintf(to.name, sizeof(to.name), "%d", i);
		snprintf(to.label, sizeof(to.label), "%s/%d", im->name, i);
		if ((rc = topic_partition(&im->from, i, &from, e)) == 0 && (rc = partdir_create_copy(&to, mode, &from,
		    topic_broker_log_start(&im->from, i), interval, &left, e)) == 0)
			transfer_say_left(im->notice, from.label, left);
	}
	return rc;
}

/* Every number up to the largest is there. */
static int
check_whole(const struct topic *t, struct err *e)
{
	int32_t *list;
	size_t n, i;
	int rc;

	if ((rc = topic_partitions(t, &list, &n, e)) != 0)
		return rc;
	for (i = 0; i < n && list[i] == (int32_t)i; i++)
		;
	free(list);
	if (i < n)
		return err_set(e, ERR_INVALID, "partition %zu of topic '%s' is not there, and %d is: name the other directories "
		    "as well", i, t->name, t->partitions - 1);
	return 0;
}

int
topic_import(struct store *st, const char *const *dirs, size_t n, const char *topic, const struct topic_new *opts,
    const struct transfer_notice *notice, struct err *e)
{
	struct import im = { .name = topic, .notice = notice };
	struct topic_new new = *opts;
	struct store *from;
	int rc;

	if ((rc = name_check("topic", topic, e)) != 0 || (rc = store_open(&from, dirs, n, STORE_READ, e)) != 0)
		return rc;
	if (!store_is_broker(from))
		rc = err_set(e, ERR_INVALID, "'%s' is a store, it has no partitions of a broker", dirs[0]);
	else if ((rc = topic_open(&im.from, from, topic, e)) == 0) {
		new.partitions = im.from.partitions;
		new.fill = fill;
		new.arg = &im;
		if ((rc = check_whole(&im.from, e)) == 0)
			rc = topic_create(st, topic, &new, e);
		topic_close(&im.from);
	}
	store_close(from);
	return rc;
}
