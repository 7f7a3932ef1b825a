/*
 * cluster.h - what the module kafka exports: a backend that works on a
 * cluster, opened by backend_open when there is a bootstrap server.
 */
#ifndef BACKEND_CLUSTER_H
#define BACKEND_CLUSTER_H

#include "backend/backend.h"

struct cluster_module {			/* plog_module_kafka (base/module.h) */
	int version;			/* MODULE_VERSION */
	int (*open)(struct backend **, const struct backend_opts *, struct err *);
};

#endif
