/*
 * One line on stderr, drawn over itself.
 */
#include "tool/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"

#define DRAW_NS		200000000
#define NS		1e9

/* 2000000 as "2,000,000". */
static const char *
grouped(uint64_t v, char *out, size_t n)
{
	char digits[24];
	size_t len, i, at = 0;

	len = (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)v);
	for (i = 0; i < len && at + 2 < n; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	out[at] = '\0';
	return out;
}

static const char *
scaled(double v, const char *unit, char *out, size_t n)
{
	static const char *const steps[] = { "", "k", "M", "G", "T" };
	size_t i = 0;

	for (; v >= 1000 && i < 4; i++)
		v /= 1000;
	if (i == 0)
		snprintf(out, n, "%.0f %s", v, unit);
	else
		snprintf(out, n, "%.*f %s%s%s", v < 100 ? 1 : 0, v, steps[i], unit[1] == '\0' ? "" : " ", unit);
	return out;
}

void
progress_start(struct progress *p, bool wanted, uint64_t total)
{
	p->on = wanted && isatty(STDERR_FILENO) == 1;
	p->total = total;
	p->started_ns = p->drawn_ns = clock_steady_ns();
}

static void
draw(struct progress *p, double s, uint64_t records, uint64_t bytes, uint64_t done)
{
	char line[200], recs[32], size[32], rate[32];
	int n, m;

	n = snprintf(line, sizeof(line), "\r%s records, %s, %s", grouped(records, recs, sizeof(recs)),
	    scaled((double)bytes, "B", size, sizeof(size)),
	    scaled((double)records / s, "records/s", rate, sizeof(rate)));
	if (p->total > 0 && done > 0) {
		double part = done < p->total ? (double)done / (double)p->total : 1;
		long left = (long)(s / part - s + 0.5);

		m = snprintf(line + n, sizeof(line) - (size_t)n, ", %d %%, %ld:%02ld left", (int)(part * 100), left / 60, left % 60);
		n += m;
	}
	m = snprintf(line + n, sizeof(line) - (size_t)n, "\033[K");
	(void)write_full(STDERR_FILENO, line, (size_t)(n + m), NULL);
}

void
progress_update(struct progress *p, uint64_t records, uint64_t bytes, uint64_t done)
{
	int64_t now;

	if (!p->on)
		return;
	now = clock_steady_ns();
	if (now - p->drawn_ns < DRAW_NS)
		return;
	p->drawn_ns = now;
	draw(p, (double)(now - p->started_ns) / NS, records, bytes, done);
}

void
progress_clear(struct progress *p)
{
	if (p->on && p->drawn_ns != p->started_ns)
		(void)write_full(STDERR_FILENO, "\r\033[K", 4, NULL);
}

void
progress_end(struct progress *p)
{
	progress_clear(p);
	p->on = false;
}

void
progress_summary(const struct progress *p, uint64_t records, uint64_t bytes, char *out, unsigned n)
{
	double s = (double)(clock_steady_ns() - p->started_ns) / NS;
	char recs[32], size[32], rate[32];

	if (s <= 0)
		s = 1 / NS;
	snprintf(out, n, "%s record%s, %s in %.*f s, %s", grouped(records, recs, sizeof(recs)), records == 1 ? "" : "s",
	    scaled((double)bytes, "B", size, sizeof(size)), s < 10 ? 3 : 1, s,
	    scaled((double)records / s, "records/s", rate, sizeof(rate)));
}
