/*
 * patient.h - puts a batch of what can be read again later: where the channels
 * have no room, or fail, it waits and tries again, longer each time.
 */
#ifndef AGENT_SOURCES_PATIENT_H
#define AGENT_SOURCES_PATIENT_H

#include "agent/source.h"

struct patient {
	int most_ms;			/* between two tries */
	int64_t said_ns;
	void (*waits)(void *arg);	/* called before each wait; NULL: nothing to do */
	void *arg;
};

/* True: all of it is in the channels.  False: the source shall stop, and the batch is as it was. */
bool patient_put(struct patient *, struct source *, struct batch *);

#endif
