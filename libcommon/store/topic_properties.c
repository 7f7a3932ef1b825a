/*
 * topic_properties.c - the file that says what a topic is.
 *
 *	topic.id=8vVb0y3hQ9yB0mC0c8nZ5g
 *	partitions=3
 *	retention.ms=604800000
 *	# crc32c 1c0e4ab7
 *
 * A file that cannot be read to its last line is damage, never a topic of
 * defaults: retention would delete by them.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/io.h"
#include "base/parse.h"
#include "store/inside.h"
#include "store/properties.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void
topic_id_text(struct topic_id id, char out[23])
{
	unsigned acc = 0, bits = 0;
	size_t i, at = 0;

	for (i = 0; i < sizeof(id.b); i++) {
		acc = (acc << 8 | id.b[i]) & 0xffff;
		for (bits += 8; bits >= 6; bits -= 6)
			out[at++] = digits[acc >> (bits - 6) & 63];
	}
	out[at++] = digits[acc << (6 - bits) & 63];
	out[at] = '\0';
}

bool
topic_id_parse(const char *s, struct topic_id *id)
{
	struct topic_id zero = { .b = { 0 } };
	unsigned acc = 0, bits = 0;
	const char *d;
	size_t i, at = 0;

	if (strlen(s) != 22)
		return false;
	for (i = 0; i < 22; i++) {
		if ((d = strchr(digits, s[i])) == NULL)
			return false;
		acc = (acc << 6 | (unsigned)(d - digits)) & 0xffff;
		if ((bits += 6) >= 8) {
			bits -= 8;
			id->b[at++] = (uint8_t)(acc >> bits);
		}
	}
	return (acc & ((1U << bits) - 1)) == 0 && memcmp(id, &zero, sizeof(zero)) != 0;
}

static int
take(struct topic *t, const struct properties *p, const char *what, struct err *e)
{
	struct err why = ERR_INIT;
	bool has_id = false;
	int64_t n;
	size_t i;

	for (i = 0; i < p->n; i++) {
		const struct property *v = &p->v[i];

		if (strcmp(v->name, "topic.id") == 0) {
			if (!(has_id = topic_id_parse(v->value, &t->id)))
				return err_set(e, ERR_DAMAGE, "%s is damaged: line %u is no topic id", what, v->line);
		} else if (strcmp(v->name, "partitions") == 0) {
			if (parse_int(v->value, 1, TOPIC_PARTITIONS_MAX, &n, NULL) != 0)
				return err_set(e, ERR_DAMAGE, "%s is damaged: line %u is no number of partitions", what, v->line);
			t->partitions = (int32_t)n;
		} else if (config_set(t->config, v->name, v->value, &why) != 0)
			return err_set(e, ERR_DAMAGE, "%s is damaged: line %u: %s", what, v->line, why.text);
	}
	if (!has_id || t->partitions == 0)
		return err_set(e, ERR_DAMAGE, "%s is damaged: it has no %s", what, has_id ? "partitions" : "topic.id");
	return 0;
}

int
topic_properties_read(struct topic *t, struct err *e)
{
	struct properties p = PROPERTIES_INIT;
	char what[300];
	int rc;

	snprintf(what, sizeof(what), "topic.properties of '%s'", t->name);
	rc = properties_read(&p, t->fd, TOPIC_PROPERTIES, what, e);
	if (rc == -ERR_NOENT)
		return err_set(e, ERR_DAMAGE, "%s is missing", what);
	if (rc != 0)
		return rc;
	if ((t->config = config_new()) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for topic '%s'", t->name);
	else
		rc = take(t, &p, what, e);
	properties_release(&p);
	return rc;
}

int
topic_properties_write(int topicfd, struct topic_id id, int32_t partitions, const struct config *c, struct err *e)
{
	struct buf b = BUF_INIT;
	const char *name, *value;
	char text[23], number[16];
	size_t at = 0;
	int rc;

	topic_id_text(id, text);
	snprintf(number, sizeof(number), "%d", partitions);
	properties_put(&b, "topic.id", text);
	properties_put(&b, "partitions", number);
	while (config_next(c, &at, &name, &value))
		properties_put(&b, name, value);
	properties_seal(&b);
	if (b.failed)
		rc = err_set(e, ERR_NOMEM, "no memory for topic.properties");
	else
		rc = file_replace(topicfd, TOPIC_PROPERTIES, b.p, b.n, e);
	buf_release(&b);
	return rc;
}
