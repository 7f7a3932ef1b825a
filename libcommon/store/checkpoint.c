/*
 * checkpoint.c - the small text files that a Kafka broker keeps beside its
 * replicas (broker.h).
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/parse.h"
#include "store/broker.h"
#include "store/topic.h"

/* A number in plain digits that ends at the byte end. */
static bool
number(const char *s, char end, int64_t max, int64_t *out, char **after)
{
	long long v;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	v = strtoll(s, after, 10);
	if (errno != 0 || v > max || **after != end)
		return false;
	(*after)++;
	*out = v;
	return true;
}

/* "topic partition offset\n": cut in place. */
static bool
entry(char *s, char **topic, int32_t *partition, int64_t *offset, char **after)
{
	char *space = strchr(s, ' ');
	int64_t p;

	if (space == NULL || space == s || !number(space + 1, ' ', INT32_MAX, &p, after) ||
	    !number(*after, '\n', INT64_MAX, offset, after))
		return false;
	*space = '\0';
	*topic = s;
	*partition = (int32_t)p;
	return name_check("topic", s, NULL) == 0;
}

int
checkpoint_parse(char *text, const char *what,
    int (*found)(void *arg, const char *topic, int32_t partition, int64_t offset), void *arg, struct err *e)
{
	int64_t version, count, offset, i;
	int32_t partition;
	char *at = text, *topic;
	int rc;

	if (!number(at, '\n', 0, &version, &at) || !number(at, '\n', INT32_MAX, &count, &at))
		return err_set(e, ERR_DAMAGE, "%s is damaged", what);
	for (i = 0; i < count; i++) {
		if (!entry(at, &topic, &partition, &offset, &at))
			return err_set(e, ERR_DAMAGE, "%s is damaged: entry %lld", what, (long long)i + 1);
		if ((rc = found(arg, topic, partition, offset)) != 0)
			return rc;
	}
	if (*at != '\0')
		return err_set(e, ERR_DAMAGE, "%s is damaged: it has more than its %lld entries", what, (long long)count);
	return 0;
}

void
replica_topic_id(const struct replica *r, uint8_t id[16])
{
	struct buf b = BUF_INIT;
	struct topic_id t;
	char dir[300];
	const char *text;
	int fd;

	memset(id, 0, 16);
	snprintf(dir, sizeof(dir), "%s-%d", r->topic, r->partition);
	if ((fd = open_dir_at(r->dirfd, dir)) == -1)
		return;
	if (file_read(fd, "partition.metadata", 256, &b, NULL) == 0 && (text = buf_str(&b)) != NULL &&
	    strncmp(text, "version: 0\ntopic_id: ", 21) == 0) {
		text += 21;
		b.p[b.n] = '\0';
		b.p[21 + strcspn(text, "\n")] = '\0';
		if (topic_id_parse(text, &t))
			memcpy(id, t.b, 16);
	}
	buf_release(&b);
	close(fd);
}
