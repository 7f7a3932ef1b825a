/*
 * table.h - rows for people, for programs, and as JSON, from one description.
 *
 *	static const struct column cols[] = {
 *		{ "TOPIC", "topic", COL_TEXT }, { "LAG", "lag", COL_NUMBER }, { NULL } };
 *	struct table t;
 *
 *	table_init(&t, cols, TABLE_PEOPLE);
 *	table_text(&t, "orders"); table_number(&t, 7); table_row(&t);
 *	table_finish(&t, &out);			// appends to a struct buf
 *
 * TABLE_PEOPLE: aligned columns under a header, may change.  TABLE_TSV: no
 * header, tabs, `-` for nothing; a tab, newline, carriage return or backslash
 * in a text is \t \n \r \\.  TABLE_JSON: one object a line, null for nothing.
 * The last two are promises: columns are only added at the end.
 */
#ifndef TEXT_TABLE_H
#define TEXT_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum table_form { TABLE_PEOPLE, TABLE_TSV, TABLE_JSON };
enum column_kind { COL_TEXT, COL_NUMBER, COL_SIZE /* 1.5G for people, bytes else */, COL_TIME /* ms; ISO for people */,
	COL_BOOL, COL_JSON /* value is JSON text already */ };

struct column {
	const char *title;		/* for people; NULL ends the list */
	const char *name;		/* in JSON */
	enum column_kind kind;
};

struct table {
	const struct column *cols;
	enum table_form form;
	unsigned ncols, at;
	struct buf cells;		/* of rows not yet written, NUL-terminated each */
	uint64_t rows;
};

void table_init(struct table *, const struct column *, enum table_form);
void table_text(struct table *, const char *);		/* NULL: nothing there */
void table_number(struct table *, int64_t);		/* also of COL_BOOL, COL_SIZE, COL_TIME */
void table_none(struct table *);
void table_row(struct table *);				/* ends a row; all columns must have been given */
void table_finish(struct table *, struct buf *out);	/* appends what was gathered; frees */

#endif
