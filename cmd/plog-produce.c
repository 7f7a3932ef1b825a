/*
 * plog-produce - lines, or what else input holds, into a topic.
 */
#include <sys/stat.h>
#include <signal.h>
#include <stdlib.h>

#include "produce/input.h"
#include "produce/options.h"
#include "tool/msg.h"
#include "tool/signals.h"

/* Bytes to be read in all, where every input is a regular file; else 0. */
static uint64_t
total_size(const struct options *o)
{
	struct stat st;
	uint64_t n = 0;
	int i;

	if (o->nfiles == 0)
		return fstat(0, &st) == 0 && S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
	for (i = 0; i < o->nfiles; i++) {
		if (stat(o->files[i], &st) != 0 || !S_ISREG(st.st_mode))
			return 0;
		n += (uint64_t)st.st_size;
	}
	return n;
}

static enum input_rc
read_input(struct run *r, const char *name)
{
	static enum input_rc (*const forms[])(struct run *, struct input *) = {
		[FORM_LINES] = by_line, [FORM_JSON] = by_json, [FORM_FORMAT] = by_format, [FORM_RAW] = by_batch,
		[FORM_WHOLE] = whole,
	};
	struct input in;
	enum input_rc rc;

	if (input_open(r, &in, name) != 0)
		return INPUT_DONE;
	rc = forms[r->o->form](r, &in);
	if (in.ended)
		rc = INPUT_END_RUN;
	input_close(&in);
	return rc;
}

int
main(int argc, char **argv)
{
	struct options o;
	struct run r;
	bool gone;
	int i, status;

	options_parse(&o, argc, argv);
	r = (struct run){ .o = &o, .stop = signals_catch(), .status = EXIT_DONE };
	signals_ignore_pipe();
	sink_open(&r.sink, &o, r.stop);
	progress_start(&r.sink.progress, o.verbose || o.progress, o.verbose || o.progress ? total_size(&o) : 0);
	if (o.nfiles == 0)
		(void)read_input(&r, NULL);
	for (i = 0; i < o.nfiles; i++)
		if (*r.stop || read_input(&r, o.files[i]) != INPUT_DONE)
			break;
	r.sink.input_failed = r.status != EXIT_DONE;
	status = sink_close(&r.sink, r.bytes);
	gone = r.sink.out_gone;
	if (r.sink.out_ended && !gone)
		r.status = EXIT_FAILED;
	if (status == EXIT_DONE)
		status = r.status;
	if (!r.sink.out_ended && out_close() != EXIT_DONE)
		status = EXIT_FAILED;
	buf_release(&r.headers);
	options_release(&o);
	if (gone && *r.stop == 0) {
		/* As any writer whose reader went away. */
		signal(SIGPIPE, SIG_DFL);
		raise(SIGPIPE);
	}
	signals_exit(status);
}
