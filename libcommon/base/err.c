/*
 * err.c - what failed, in one sentence (err.h).
 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

int
err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (e != NULL) {
		e->code = code;
		e->sys = 0;
		va_start(ap, fmt);
		(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
		va_end(ap);
	}
	return -(int)code;
}

int
err_sys(struct err *e, const char *fmt, ...)
{
	int sys = errno;
	enum err_code code = sys == ENOMEM ? ERR_NOMEM : ERR_SYS;
	size_t n;
	va_list ap;

	if (e != NULL) {
		e->code = code;
		e->sys = sys;
		va_start(ap, fmt);
		(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
		va_end(ap);
		n = strlen(e->text);
		(void)snprintf(e->text + n, sizeof(e->text) - n, ": %s", strerror(sys));
	}
	errno = sys;
	return -(int)code;
}

int
err_prefix(struct err *e, const char *fmt, ...)
{
	char old[ERR_TEXT_MAX];
	size_t n;
	va_list ap;

	/* Which failure it was is not known then, but that it was one is. */
	if (e == NULL)
		return -ERR_SYS;
	memcpy(old, e->text, sizeof(old));
	va_start(ap, fmt);
	(void)vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	n = strlen(e->text);
	(void)snprintf(e->text + n, sizeof(e->text) - n, ": %s", old);
	return -(int)e->code;
}
