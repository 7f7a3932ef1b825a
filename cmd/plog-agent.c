/*
 * plog-agent - runs Apache Flume's agents from their configuration files.
 */
#include <stdlib.h>

#include "agent/options.h"
#include "agent/serve.h"
#include "tool/msg.h"
#include "tool/opts.h"

int
main(int argc, char *argv[])
{
	static struct options o = OPTIONS_INIT;

	options_start(&argc, &argv);
	options_read(&o, argc, argv);
	exit(serve(&o));
}
