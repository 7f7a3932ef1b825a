/*
 * metrics.c - counters as text (monitor.h).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/monitor.h"

typedef void (*visit_fn)(void *arg, struct agent *, struct component *, struct channel *);

static void
visit(struct agent *a, visit_fn fn, void *arg)
{
	size_t i, k;

	for (i = 0; i < a->nsources; i++)
		fn(arg, a, &a->sources[i]->c, NULL);
	for (i = 0; i < a->nchannels; i++)
		fn(arg, a, &a->channels[i]->c, a->channels[i]);
	for (i = 0; i < a->nrunners; i++)
		for (k = 0; k < a->runners[i]->nsinks; k++)
			fn(arg, a, &a->runners[i]->sinks[k]->c, NULL);
}

static void
put_text(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		if (*s == '"' || *s == '\\')
			buf_printf(b, "\\%c", *s);
		else
			buf_putc(b, (unsigned char)*s < 0x20 ? ' ' : *s);
}

/* As Java prints a double: 0.0, 12.5, 33.333333333333336, 1.0E-4. */
static void
put_percent(struct buf *b, int64_t size, int64_t capacity)
{
	double v = capacity > 0 ? 100.0 * (double)size / (double)capacity : 0;
	char text[64], *exponent;
	int digits, power;

	if (capacity <= 0) {
		buf_puts(b, "1.7976931348623157E308");
		return;
	}
	/* As few digits as give the same number, at least one behind the point. */
	for (digits = 1; digits < 17; digits++) {
		snprintf(text, sizeof(text), "%.*e", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	if ((exponent = strchr(text, 'e')) == NULL)
		return;
	power = (int)strtol(exponent + 1, NULL, 10);
	*exponent = '\0';
	if (v == 0 || (v >= 1e-3 && v < 1e7))
		buf_printf(b, "%.*f", digits > power ? digits - power : 1, v);
	else
		buf_printf(b, "%sE%d", text, power);
}

static void
one_json(void *arg, struct agent *a, struct component *c, struct channel *ch)
{
	struct buf *b = arg;
	const struct counters *n = c->counters;
	int64_t size, capacity;
	const char *name;
	int i;

	(void)a;
	buf_printf(b, "%s\"%s.", b->n > 1 ? "," : "", kind_name(n->kind));
	put_text(b, c->name);
	buf_printf(b, "\":{\"Type\":\"%s\",\"StartTime\":\"%lld\",\"StopTime\":\"%lld\"", kind_name(n->kind), (long long)n->started_ms,
	    (long long)n->stopped_ms);
	for (i = 0; i < counters_count(n); i++) {
		name = counters_name(n, i);
		if (*name == '?')
			buf_printf(b, ",\"%s\":\"%s\"", name + 1, counter_get(n, i) != 0 ? "true" : "false");
		else
			buf_printf(b, ",\"%s\":\"%lld\"", name, (long long)counter_get(n, i));
	}
	if (ch != NULL) {
		channel_level(ch, &size, &capacity);
		buf_printf(b, ",\"ChannelSize\":\"%lld\",\"ChannelCapacity\":\"%lld\",\"ChannelFillPercentage\":\"", (long long)size, (long long)capacity);
		put_percent(b, size, capacity);
		buf_putc(b, '"');
	}
	buf_putc(b, '}');
}

void
metrics_json(struct agent *a, struct buf *b)
{
	buf_putc(b, '{');
	visit(a, one_json, b);
	buf_putc(b, '}');
}

struct lines {
	struct buf *b;
	const char *name;		/* of the metric that is printed */
	enum kind kind;
	int which;			/* its counter, or one of the below */
};
enum { SIZE = -1, CAPACITY = -2, RUNNING = -3 };

static void
one_line(void *arg, struct agent *a, struct component *c, struct channel *ch)
{
	const struct lines *l = arg;
	const struct counters *n = c->counters;
	int64_t v = 0, size, capacity;

	if (l->which != RUNNING && n->kind != l->kind)
		return;
	if (l->which == RUNNING)
		v = n->started_ms != 0 && n->stopped_ms == 0;
	else if (l->which < 0) {
		channel_level(ch, &size, &capacity);
		v = l->which == SIZE ? size : capacity;
	} else
		v = counter_get(n, l->which);
	buf_printf(l->b, "%s{agent=\"", l->name);
	put_text(l->b, a->name);
	buf_printf(l->b, "\",component=\"");
	put_text(l->b, c->name);
	buf_printf(l->b, "\"} %lld\n", (long long)v);
}

/* EventPutAttemptCount -> flume_channel_event_put_attempt_total */
static void
metric_name(enum kind kind, const char *name, char *out, size_t size)
{
	size_t n = (size_t)snprintf(out, size, "flume_%s", kind == KIND_SOURCE ? "source" : kind == KIND_CHANNEL ? "channel" : "sink"), len = strlen(name);

	if (len > 5 && strcmp(name + len - 5, "Count") == 0)
		len -= 5;
	for (size_t i = 0; i < len && n + 10 < size; i++) {
		if (name[i] >= 'A' && name[i] <= 'Z')
			out[n++] = '_';
		out[n++] = name[i] | 0x20;
	}
	(void)snprintf(out + n, size - n, "%s", strcmp(name, "OpenConnectionCount") == 0 ? "s" : "_total");
}

static void
metric(struct agent *a, struct buf *b, const char *name, const char *type, enum kind kind, int which)
{
	struct lines l = { .b = b, .name = name, .kind = kind, .which = which };

	buf_printf(b, "# TYPE %s %s\n", name, type);
	visit(a, one_line, &l);
}

void
metrics_prometheus(struct agent *a, struct buf *b)
{
	static const int counts[KIND_COUNT] = { SOURCE_COUNTERS, CHANNEL_COUNTERS, SINK_COUNTERS };
	struct counters any = { .more = NULL };
	char name[128];
	int i;

	metric(a, b, "flume_component_running", "gauge", KIND_COUNT, RUNNING);
	metric(a, b, "flume_channel_size", "gauge", KIND_CHANNEL, SIZE);
	metric(a, b, "flume_channel_capacity", "gauge", KIND_CHANNEL, CAPACITY);
	for (any.kind = KIND_SOURCE; any.kind < KIND_COUNT; any.kind++)
		for (i = 0; i < counts[any.kind]; i++) {
			metric_name(any.kind, counters_name(&any, i), name, sizeof(name));
			metric(a, b, name, any.kind == KIND_SOURCE && i == OPEN_CONNECTION ? "gauge" : "counter", any.kind, i);
		}
}

static void
one_health(void *arg, struct agent *a, struct component *c, struct channel *ch)
{
	struct buf *b = arg;

	(void)a;
	(void)ch;
	if (c->counters->started_ms == 0)
		buf_printf(b, "%s %s is not started\n", kind_name(c->counters->kind), c->name);
	else if (atomic_load(&c->failed))
		buf_printf(b, "%s %s has ended\n", kind_name(c->counters->kind), c->name);
}

bool
metrics_health(struct agent *a, struct buf *b)
{
	size_t before = b->n;

	visit(a, one_health, b);
	if (b->n > before)
		return false;
	buf_puts(b, "ok\n");
	return true;
}
