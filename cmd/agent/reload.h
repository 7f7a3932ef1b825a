/*
 * reload.h - another configuration in place of the one that runs.
 *
 * The new one is built and checked whole before anything stops.  Then only
 * what changed is stopped and started: a component whose settings are the same
 * and whose channels are kept goes on untouched; a memory channel whose
 * settings changed hands its events to the new one.
 */
#ifndef AGENT_RELOAD_H
#define AGENT_RELOAD_H

#include "agent/agent.h"
#include "agent/options.h"

/* The files as they were last looked at. */
struct watched {
	const struct conf_options *opts;
	struct file_stamp *v;
};

int watch_files(struct watched *, const struct conf_options *);	/* -1: no memory */
bool files_changed(struct watched *);		/* since the last call */
void watched_release(struct watched *);

/* Reads and builds; what is wrong is logged, and the old configuration goes on.  -code: a thread could not be started. */
int reload(struct agent *, const struct options *, struct err *);

#endif
