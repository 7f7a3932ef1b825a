/*
 * counters.c - the names of what is counted (counters.h).
 */
#include "agent/counters.h"

#include <stddef.h>

static const char *const source_names[SOURCE_COUNTERS] = {
	"EventReceivedCount", "EventAcceptedCount", "AppendReceivedCount", "AppendAcceptedCount", "AppendBatchReceivedCount",
	"AppendBatchAcceptedCount", "OpenConnectionCount", "EventReadFail", "ChannelWriteFail", "GenericProcessingFail",
	"EventLostCount", "EventUnroutedCount", "EventFilteredCount",
};
static const char *const channel_names[CHANNEL_COUNTERS] = {
	"EventPutAttemptCount", "EventPutSuccessCount", "EventTakeAttemptCount", "EventTakeSuccessCount",
};
static const char *const sink_names[SINK_COUNTERS] = {
	"ConnectionCreatedCount", "ConnectionClosedCount", "ConnectionFailedCount", "BatchEmptyCount", "BatchUnderflowCount",
	"BatchCompleteCount", "EventDrainAttemptCount", "EventDrainSuccessCount", "EventWriteFail", "ChannelReadFail", "EventDeadCount",
};
static const struct {
	const char *name;
	const char *const *names;
	int n;
} kinds[KIND_COUNT] = {
	[KIND_SOURCE] = { "SOURCE", source_names, SOURCE_COUNTERS },
	[KIND_CHANNEL] = { "CHANNEL", channel_names, CHANNEL_COUNTERS },
	[KIND_SINK] = { "SINK", sink_names, SINK_COUNTERS },
};

int
counters_count(const struct counters *c)
{
	int n = kinds[c->kind].n, i;

	for (i = 0; c->more != NULL && c->more[i] != NULL && n < COUNTERS_MAX; i++)
		n++;
	return n;
}

const char *
counters_name(const struct counters *c, int which)
{
	return which < kinds[c->kind].n ? kinds[c->kind].names[which] : c->more[which - kinds[c->kind].n];
}

const char *
kind_name(enum kind k)
{
	return kinds[k].name;
}
