/*
 * terminal.h - bytes made fit to be shown to a person.
 *
 * What a terminal would act on is shown as \xHH, a byte at a time: control
 * characters other than newline and tab, DEL, the control characters U+0080
 * to U+009F, and bytes that are not UTF-8.  All else is as it was, so the
 * form is for eyes and not to be read back.
 */
#ifndef TEXT_TERMINAL_H
#define TEXT_TERMINAL_H

#include "base/buf.h"

/* Appends.  A character cut off at the end of the slice is not UTF-8: give whole records. */
void terminal_escape(struct slice, struct buf *);
/* The same, and newline and tab too: for one line, such as a message. */
void terminal_line(struct slice, struct buf *);
/* Columns the escaped form takes, a column a character. */
size_t terminal_width(struct slice);

#endif
