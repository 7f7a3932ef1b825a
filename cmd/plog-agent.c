/*
 * plog-agent - runs Apache Flume's agents from their configuration files.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/avroclient.h"
#include "agent/options.h"
#include "agent/serve.h"
#include "tool/msg.h"
#include "tool/opts.h"

int
main(int argc, char *argv[])
{
	static struct options o = OPTIONS_INIT;

	options_start(&argc, &argv);
	if (argc > 1 && strcmp(argv[1], "avro-client") == 0)
		return avro_client(argc - 1, argv + 1);
	options_read(&o, argc, argv);
	exit(serve(&o));
}
