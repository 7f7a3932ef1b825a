/*
 * jsonin.h - the module that reads records from JSON of any form.
 */
#ifndef TEXT_JSONIN_H
#define TEXT_JSONIN_H

#include "text/fmt.h"

/*
 * The tree of a line is held in memory while it is looked at, a hundred bytes
 * and more a value: so many values bound it whatever a line holds.
 */
#define JSONIN_VALUES_MAX	65536

struct jsonin_ops {
	int version;			/* MODULE_VERSION */
	/* As json_read; the input is clear, all it gets is copied into its buffers. */
	int (*read)(struct slice line, struct fmt_input *, struct err *);
};

#endif
