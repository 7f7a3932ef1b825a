/*
 * monitor.h - the agent's counters over HTTP, as Flume's: -Dflume.monitoring.type=http.
 *
 *	/metrics		Flume's JSON: {"CHANNEL.c1":{"ChannelSize":"0",...},...}, all values strings
 *	/metrics/prometheus	Prometheus' text format
 *	/healthz		200 when every component runs, else 503 and which do not
 */
#ifndef AGENT_MONITOR_H
#define AGENT_MONITOR_H

#include "agent/conf.h"
#include "agent/inside.h"

struct monitor;

/* What -Dflume.monitoring.* says; *out is NULL where it says nothing.  -code: it cannot be done. */
int monitor_start(struct monitor **out, struct agent *, struct err *);
void monitor_stop(struct monitor *);		/* NULL is fine */
/* Around a change of what the agent is made of. */
void monitor_pause(struct monitor *);
void monitor_go_on(struct monitor *);

/* metrics.c: under the lock of the above. */
void metrics_json(struct agent *, struct buf *);
void metrics_prometheus(struct agent *, struct buf *);
bool metrics_health(struct agent *, struct buf *);

#endif
