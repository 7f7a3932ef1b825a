/*
 * log.h - the agent's log: lines on standard error as Flume's console shows
 * them, with the component in place of the thread:
 *
 *	2026-11-22 15:24:21,798 (k1) [INFO - org.apache.flume.sink.LoggerSink] Event: { ... }
 *
 * Where standard error is the journal, a line is "<6>(k1) text" (sd-daemon(3)).
 * Control characters of a message are escaped; a line is one write(2).
 */
#ifndef AGENT_LOG_H
#define AGENT_LOG_H

#include <stdarg.h>
#include <stdbool.h>

#include "base/buf.h"

enum log_level { LOG_TRACE, LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_FATAL, LOG_OFF };

struct log;

struct log *log_open(int fd);			/* NULL: no memory; level INFO */
void log_close(struct log *);
void log_set_level(struct log *, enum log_level);
bool log_wants(const struct log *, enum log_level);
int log_level_of(const char *word);		/* "INFO" in any case, "ALL"; -1: no level */

/* who: the component's name; what: its class. */
void log_line(struct log *, enum log_level, const char *who, const char *what, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
void log_vline(struct log *, enum log_level, const char *who, const char *what, const char *fmt, va_list)
    __attribute__((format(printf, 5, 0)));
/*
 * Many lines in one write: log_begin appends all that stands before a message,
 * the caller appends the message (as it is) and '\n', log_write writes and
 * clears.  -1 with errno: standard error did not take it.
 */
void log_begin(struct log *, enum log_level, const char *who, const char *what, struct buf *);
int log_write(struct log *, struct buf *);

#endif
