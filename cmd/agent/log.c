/*
 * log.c - lines on standard error (log.h).
 */
#include "agent/log.h"

#include <sys/stat.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/clock.h"
#include "base/io.h"

#define LINE_MAX_TEXT	8192

struct log {
	int fd;
	atomic_int level;
	bool journal;
};

static const char *const words[] = { "TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL", "OFF" };
static const int priorities[] = { 7, 7, 6, 4, 3, 2, 2 };

/* Standard error is the journal when $JOURNAL_STREAM says "device:inode" of it (sd-daemon(3)). */
static bool
is_journal(int fd)
{
	const char *said = getenv("JOURNAL_STREAM");
	char is[64];
	struct stat st;

	if (said == NULL || fstat(fd, &st) != 0)
		return false;
	snprintf(is, sizeof(is), "%llu:%llu", (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	return strcmp(said, is) == 0;
}

struct log *
log_open(int fd)
{
	struct log *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->fd = fd;
	l->journal = is_journal(fd);
	atomic_init(&l->level, LOG_INFO);
	return l;
}

void
log_close(struct log *l)
{
	free(l);
}

void
log_set_level(struct log *l, enum log_level level)
{
	atomic_store(&l->level, (int)level);
}

bool
log_wants(const struct log *l, enum log_level level)
{
	return (int)level >= atomic_load_explicit(&l->level, memory_order_relaxed);
}

int
log_level_of(const char *word)
{
	size_t i;

	if (strcasecmp(word, "ALL") == 0)
		return LOG_TRACE;
	if (strcasecmp(word, "WARNING") == 0)
		return LOG_WARN;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(word, words[i]) == 0)
			return (int)i;
	return -1;
}

void
log_begin(struct log *l, enum log_level level, const char *who, const char *what, struct buf *b)
{
	int64_t now;
	struct tm tm;
	time_t s;
	char stamp[32];

	if (l->journal) {
		buf_printf(b, "<%d>(%s) ", priorities[level], who);
		return;
	}
	now = clock_wall_ms();
	s = (time_t)(now / 1000);
	if (localtime_r(&s, &tm) == NULL || strftime(stamp, sizeof(stamp), "%Y-%m-%d %H:%M:%S", &tm) == 0)
		stamp[0] = '\0';
	buf_printf(b, "%s,%03d (%s) [%s - %s] ", stamp, (int)(now % 1000), who, words[level], what);
}

int
log_write(struct log *l, struct buf *b)
{
	int rc = b->n > 0 && !b->failed ? write_full(l->fd, b->p, b->n, NULL) : 0;

	buf_clear(b);
	return rc;
}

static void
put_escaped(struct buf *b, const char *s)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '\n')
			buf_puts(b, "\\n");
		else if (c < 0x20 && c != '\t')
			buf_printf(b, "\\x%02x", c);
		else if (c == 0x7f)
			buf_puts(b, "\\x7f");
		else
			buf_putc(b, c);
	}
}

void
log_vline(struct log *l, enum log_level level, const char *who, const char *what, const char *fmt, va_list ap)
{
	struct buf b = BUF_INIT;
	char text[LINE_MAX_TEXT];

	if (!log_wants(l, level))
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	log_begin(l, level, who, what, &b);
	put_escaped(&b, text);
	buf_putc(&b, '\n');
	(void)log_write(l, &b);
	buf_release(&b);
}

void
log_line(struct log *l, enum log_level level, const char *who, const char *what, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	log_vline(l, level, who, what, fmt, ap);
	va_end(ap);
}
