/*
 * kafka_puts.c - see kafka_puts.h.
 */
#include <string.h>

#include "agent/channels/kafka_puts.h"
#include "agent/kafka_event.h"
#include "base/clock.h"
#include "base/parse.h"

static int
open_producer(struct kafka_puts *k, struct err *e)
{
	struct producer_opts o;
	int rc;

	kafka_producer_fill(k->client, k->topic, &o);
	if ((rc = k->be->ops->producer_open(k->be, &o, &k->producer, e)) != 0)
		return rc;
	if ((k->partitions = k->be->ops->producer_partitions(k->producer, e)) < 1)
		return k->partitions < 0 ? k->partitions : err_set(e, ERR_NOENT, "topic '%s' has no partitions", k->topic);
	partitioner_init(&k->where, PARTITIONER_MURMUR2, k->partitions);
	return 0;
}

static void
close_producer(struct kafka_puts *k)
{
	if (k->producer != NULL)
		k->be->ops->producer_close(k->producer);
	k->producer = NULL;
}

static int
partition_of(const struct kafka_puts *k, const struct event *ev, int32_t *out, struct err *e)
{
	struct slice s = k->partition_header == NULL ? SLICE_NULL : event_get(ev, slice_str(k->partition_header));
	int64_t n = k->partition;
	char text[24] = "";

	if (s.p != NULL) {
		memcpy(text, s.p, s.n < sizeof(text) ? s.n : sizeof(text) - 1);
		if (parse_int(text, 0, INT32_MAX, &n, NULL) != 0)
			return err_set(e, ERR_INVALID, "header '%s' is no partition number: '%s'", k->partition_header, text);
	}
	if (n >= k->partitions)
		return err_set(e, ERR_INVALID, "topic '%s' has no partition %lld, it has %d", k->topic, (long long)n, (int)k->partitions);
	*out = (int32_t)n;
	return 0;
}

static int
send(struct kafka_puts *k, const struct event *ev, int64_t now, struct err *e)
{
	struct record r = RECORD_INIT;
	int32_t partition = -1;
	int rc;

	if ((rc = partition_of(k, ev, &partition, e)) != 0)
		return rc;
	r.timestamp = now;
	r.key = event_get(ev, slice_str(KAFKA_KEY_HEADER));
	r.value = event_body(ev);
	if (k->avro) {
		buf_clear(&k->value);
		if (kafka_avro_put(&k->value, ev) != 0)
			return err_set(e, ERR_NOMEM, "no memory for a record");
		r.value = buf_slice(&k->value);
	}
	return k->be->ops->put(k->producer, partition >= 0 ? partition : partitioner_pick(&k->where, &r), &r, e);
}

int
kafka_puts_send(struct kafka_puts *k, const struct span *s, struct err *e)
{
	int64_t now = clock_wall_ms();
	size_t i;
	int rc = 0;

	pthread_mutex_lock(&k->putting);
	if (k->producer == NULL)
		rc = open_producer(k, e);
	for (i = 0; rc == 0 && i < s->n; i++)
		rc = send(k, &s->v[i], now, e);
	if (rc == 0)
		rc = k->be->ops->finish(k->producer, e);
	/* Nothing of a put that failed may come out of the producer later. */
	if (rc != 0)
		close_producer(k);
	pthread_mutex_unlock(&k->putting);
	return rc;
}

int
kafka_puts_open(struct kafka_puts *k, struct err *e)
{
	int rc = kafka_client_open(k->client, &k->be, e);

	if (rc == 0)
		pthread_mutex_init(&k->putting, NULL);
	return rc;
}

void
kafka_puts_close(struct kafka_puts *k)
{
	close_producer(k);
	backend_close(k->be);
	k->be = NULL;
	buf_release(&k->value);
	pthread_mutex_destroy(&k->putting);
}
