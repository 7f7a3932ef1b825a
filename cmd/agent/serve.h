/*
 * serve.h - plog-agent's life: load, check, run, reload, drain, end.
 */
#ifndef AGENT_SERVE_H
#define AGENT_SERVE_H

#include "agent/options.h"

int serve(struct options *);		/* the exit status */

#endif
