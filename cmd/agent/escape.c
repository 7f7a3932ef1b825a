/*
 * escape.c - Flume's %-escapes (escape.h): its grammar, its formats in the
 * English locale, and its rounding.
 */
#include "agent/escape.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/parse.h"

#define HOST_MAX	256
#define LETTERS		"aAbBcdDeHIjklmMnpsStyYz%"

struct op {
	char kind;			/* 0: text, '{': header, else the letter */
	size_t at, n;			/* of the text or name, in bytes */
};

struct escape {
	struct op *ops;
	size_t n;
	char *bytes;			/* the source, then what %[...] stands for */
	char unknown[64];
	bool headers, time, stamp;
};

/* InetAddress.getLocalHost and its kin. */
static int
host_word(const char *word, size_t n, struct buf *out, struct err *e)
{
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_CANONNAME }, *ai = NULL;
	char host[HOST_MAX], addr[INET6_ADDRSTRLEN] = "127.0.0.1";

	if (gethostname(host, sizeof(host) - 1) != 0)
		(void)snprintf(host, sizeof(host), "localhost");
	host[sizeof(host) - 1] = '\0';
	if (n == 9 && strncasecmp(word, "localhost", n) == 0) {
		buf_puts(out, host);
		return 0;
	}
	if ((n != 2 || strncasecmp(word, "ip", n) != 0) && (n != 4 || strncasecmp(word, "fqdn", n) != 0))
		return err_set(e, ERR_INVALID, "unknown escape '%%[%.*s]', known are %%[localhost], %%[IP] and %%[FQDN]",
		    (int)(n < 64 ? n : 64), word);
	if (getaddrinfo(host, NULL, &hints, &ai) != 0)
		ai = NULL;
	if (n == 4) {
		buf_puts(out, ai != NULL && ai->ai_canonname != NULL ? ai->ai_canonname : host);
	} else {
		if (ai != NULL && ai->ai_family == AF_INET)
			(void)inet_ntop(AF_INET, &((struct sockaddr_in *)(void *)ai->ai_addr)->sin_addr, addr, sizeof(addr));
		else if (ai != NULL && ai->ai_family == AF_INET6)
			(void)inet_ntop(AF_INET6, &((struct sockaddr_in6 *)(void *)ai->ai_addr)->sin6_addr, addr, sizeof(addr));
		buf_puts(out, addr);
	}
	if (ai != NULL)
		freeaddrinfo(ai);
	return 0;
}

static bool
word_char(int c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/* Bytes of the escape that starts at s (a %), 0 when it is plain text. */
static size_t
escape_length(const char *s)
{
	size_t n = 2;
	char close = s[1] == '{' ? '}' : ']';

	if (s[1] == '%' || word_char((unsigned char)s[1]))
		return 2;
	if (s[1] != '{' && s[1] != '[')
		return 0;
	while (word_char((unsigned char)s[n]) || (close == '}' && (s[n] == '.' || s[n] == '-')))
		n++;
	return n > 2 && s[n] == close ? n + 1 : 0;
}

static void
letter_op(struct escape *x, char letter, struct op *op)
{
	size_t n = strlen(x->unknown);

	x->time = true;			/* also for those that stand for nothing: as Flume does */
	if (letter == 't')
		x->stamp = true;
	if (strchr(LETTERS, letter) != NULL) {
		*op = (struct op){ .kind = letter };
		return;
	}
	*op = (struct op){ .kind = '_' };
	if (strchr(x->unknown, letter) == NULL && n + 1 < sizeof(x->unknown))
		x->unknown[n] = letter;
}

/* One op at s; how many bytes it took. */
static size_t
op_at(struct escape *x, const char *text, const char *s, struct buf *b, struct op *op, struct err *e)
{
	size_t n = 0, start = b->n;

	if (*s == '%' && (n = escape_length(s)) > 0) {
		if (s[1] == '[') {
			if (host_word(s + 2, n - 3, b, e) != 0)
				return 0;
			*op = (struct op){ .at = start, .n = b->n - start };
		} else if (s[1] == '{') {
			x->headers = true;
			*op = (struct op){ .kind = '{', .at = (size_t)(s - text) + 2, .n = n - 3 };
		} else {
			letter_op(x, s[1], op);
		}
		return n;
	}
	for (n = 1; s[n] != '\0' && (s[n] != '%' || escape_length(s + n) == 0); n++)
		;
	*op = (struct op){ .at = (size_t)(s - text), .n = n };
	return n;
}

int
escape_compile(struct escape **out, const char *text, struct err *e)
{
	struct escape *x = calloc(1, sizeof(*x));
	struct buf b = BUF_INIT;
	const char *s = text;
	size_t took;
	int rc = 0;

	*out = NULL;
	if (x == NULL || (x->ops = calloc(strlen(text) + 1, sizeof(*x->ops))) == NULL) {
		escape_free(x);
		return err_set(e, ERR_NOMEM, "no memory for '%s'", text);
	}
	buf_puts(&b, text);
	while (*s != '\0' && rc == 0) {
		if ((took = op_at(x, text, s, &b, &x->ops[x->n], e)) == 0)
			rc = -ERR_INVALID;
		s += took;
		x->n++;
	}
	if (rc == 0 && (b.failed || buf_str(&b) == NULL))
		rc = err_set(e, ERR_NOMEM, "no memory for '%s'", text);
	x->bytes = (char *)b.p;
	if (rc != 0) {
		escape_free(x);
		return rc;
	}
	*out = x;
	return 0;
}

void
escape_free(struct escape *x)
{
	if (x == NULL)
		return;
	free(x->bytes);
	free(x->ops);
	free(x);
}

bool escape_uses_headers(const struct escape *x) { return x->headers; }
bool escape_uses_time(const struct escape *x) { return x->time; }
bool escape_by_second(const struct escape *x) { return !x->headers && !x->stamp; }
const char *escape_unknown(const struct escape *x) { return x->unknown; }

int
escape_event_time(const struct escape_time *how, const struct event *ev, int64_t now_ms, int64_t *ms, struct err *e)
{
	struct slice v;
	char text[24];

	*ms = now_ms;
	if (how->now)
		return 0;
	v = event_get(ev, slice_str("timestamp"));
	if (v.p == NULL)
		return err_set(e, ERR_INVALID, "Expected timestamp in the Flume event headers, but it was null");
	if (v.n == 0 || v.n >= sizeof(text))
		return err_set(e, ERR_INVALID, "the header 'timestamp' is not a number of milliseconds");
	memcpy(text, v.p, v.n);
	text[v.n] = '\0';
	if (memchr(v.p, '\0', v.n) != NULL || isspace((unsigned char)text[0]) ||
	    parse_int(text[0] == '+' ? text + 1 : text, INT64_MIN, INT64_MAX, ms, NULL) != 0)
		return err_set(e, ERR_INVALID, "the header 'timestamp' is not a number of milliseconds");
	return 0;
}

static int64_t
floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b != 0 && (a < 0) != (b < 0));
}

/* Down to a multiple of the unit, counted in the minute, the hour or the day of the zone's clock. */
static int64_t
round_down(const struct escape_time *how, int64_t at)
{
	int64_t local, within, off;

	if (how->unit == 0)
		return at;
	off = zone_offset(how->zone, at);
	local = at + off;
	within = local - floor_div(local, 86400) * 86400;
	if (how->unit == 1)
		within = within % 60 % how->value;
	else if (how->unit == 60)
		within = within % 60 + within / 60 % 60 % how->value * 60;
	else
		within = within % 3600 + within / 3600 % how->value * 3600;
	/* the clock may have been put on or back in between */
	return local - within - zone_offset(how->zone, at - within);
}

static void
put_time(char letter, const struct tm *tm, int64_t at, int64_t ms, struct buf *out)
{
	static const char days[7][10] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
	static const char months[12][10] = { "January", "February", "March", "April", "May", "June", "July", "August",
	    "September", "October", "November", "December" };
	int h12 = tm->tm_hour % 12 == 0 ? 12 : tm->tm_hour % 12, year = tm->tm_year + 1900;
	long off = tm->tm_gmtoff < 0 ? -tm->tm_gmtoff : tm->tm_gmtoff;

	switch (letter) {
	case 'a': buf_printf(out, "%.3s", days[tm->tm_wday]); break;
	case 'A': buf_puts(out, days[tm->tm_wday]); break;
	case 'b': buf_printf(out, "%.3s", months[tm->tm_mon]); break;
	case 'B': buf_puts(out, months[tm->tm_mon]); break;
	case 'c':
		buf_printf(out, "%.3s %.3s %d %02d:%02d:%02d %04d", days[tm->tm_wday], months[tm->tm_mon], tm->tm_mday,
		    tm->tm_hour, tm->tm_min, tm->tm_sec, year);
		break;
	case 'd': buf_printf(out, "%02d", tm->tm_mday); break;
	case 'D': buf_printf(out, "%02d/%02d/%02d", tm->tm_mon + 1, tm->tm_mday, ((year % 100) + 100) % 100); break;
	case 'e': buf_printf(out, "%d", tm->tm_mday); break;
	case 'H': buf_printf(out, "%02d", tm->tm_hour); break;
	case 'I': buf_printf(out, "%02d", h12); break;
	case 'j': buf_printf(out, "%03d", tm->tm_yday + 1); break;
	case 'k': buf_printf(out, "%d", tm->tm_hour); break;
	case 'l': buf_printf(out, "%d", h12); break;
	case 'm': buf_printf(out, "%02d", tm->tm_mon + 1); break;
	case 'M': buf_printf(out, "%02d", tm->tm_min); break;
	case 'n': buf_printf(out, "%d", tm->tm_mon + 1); break;
	case 'p': buf_puts(out, tm->tm_hour < 12 ? "AM" : "PM"); break;
	case 's': buf_printf(out, "%lld", (long long)at); break;
	case 'S': buf_printf(out, "%02d", tm->tm_sec); break;
	case 't': buf_printf(out, "%lld", (long long)ms); break;
	case 'y': buf_printf(out, "%02d", ((year % 100) + 100) % 100); break;
	case 'Y': buf_printf(out, "%04d", year); break;
	case 'z': buf_printf(out, "%c%02ld%02ld", tm->tm_gmtoff < 0 ? '-' : '+', off / 3600, off / 60 % 60); break;
	case '%': buf_putc(out, '%'); break;
	default: break;
	}
}

int
escape_write(const struct escape *x, const struct escape_time *how, const struct event *ev, int64_t now_ms,
    struct buf *out, struct err *e)
{
	int64_t ms = 0, at = 0;
	struct tm tm = { .tm_mday = 1 };
	struct slice v;
	size_t i;
	int rc;

	if (x->time) {
		if ((rc = escape_event_time(how, ev, now_ms, &ms, e)) != 0)
			return rc;
		at = round_down(how, floor_div(ms, 1000));
		zone_time(how->zone, at, &tm);
	}
	for (i = 0; i < x->n; i++) {
		const struct op *op = &x->ops[i];

		if (op->kind == 0) {
			buf_put(out, x->bytes + op->at, op->n);
		} else if (op->kind == '{') {
			v = event_get(ev, SLICE_OF(x->bytes + op->at, op->n));
			buf_put(out, v.p, v.n);
		} else {
			put_time(op->kind, &tm, at, ms, out);
		}
	}
	return out->failed ? err_set(e, ERR_NOMEM, "no memory for a name") : 0;
}
