/*
 * options.h - what the command line of plog-produce asks for.
 */
#ifndef PRODUCE_OPTIONS_H
#define PRODUCE_OPTIONS_H

#include "backend/partitioner.h"
#include "base/buf.h"
#include "text/fmt.h"
#include "tool/opts.h"

enum input_form { FORM_LINES, FORM_JSON, FORM_FORMAT, FORM_RAW, FORM_WHOLE };

struct options {
	struct target target;
	const char *topic;
	char **files;			/* none: standard input */
	int nfiles;

	enum input_form form;
	struct buf delim;
	bool has_delim, crlf;
	struct fmt *format;		/* -F */
	const char *format_text;
	bool has_key;
	struct slice key;
	struct buf key_delim;		/* n 0: none */
	bool missing_key_null;
	struct buf headers;		/* encoded */
	int32_t nheaders;
	bool has_null_marker;
	struct slice null_marker;
	int64_t timestamp;		/* TIMESTAMP_NONE: when it was read */

	int32_t partition;		/* -1: not given */
	bool has_partitioner;
	enum partitioner_kind partitioner;
	struct producer_opts producer;	/* all but callbacks and keyless_bytes */
	const char **configs;
	size_t nconfigs;

	struct fmt *report;		/* -R */
	bool skip_errors, quiet, verbose, progress;
};

/* Ends with EXIT_USAGE when it makes no sense. */
void options_parse(struct options *, int argc, char **argv);
void options_release(struct options *);

#endif
