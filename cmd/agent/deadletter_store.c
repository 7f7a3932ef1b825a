/*
 * deadletter_store.c - dead letters as records of a topic, and as lines of
 * JSON in a file (deadletter.h).
 *
 * This file knows records, not events: the two have headers of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backend/backend.h"
#include "base/io.h"
#include "text/json.h"

int deadletter_to_topic(const char *store, const char *topic, struct slice records, size_t n, int64_t now_ms, struct err *);
int deadletter_to_file(const char *dir, const char *sink, struct slice records, size_t n, int64_t now_ms, struct err *);

static struct slice
bytes(struct rd *r)
{
	uint32_t n = rd_be32(r);
	const uint8_t *p = rd_bytes(r, n);

	return p == NULL ? SLICE_OF("", 0) : SLICE_OF(p, n);
}

/* The next record; its headers are in the buffer until the next one. */
static struct record
next_record(struct rd *r, int64_t now_ms, struct buf *headers)
{
	struct record rec = RECORD_INIT;
	struct header h;
	uint32_t i, count;

	rec.timestamp = now_ms;
	rec.value = bytes(r);
	count = rd_be32(r);
	buf_clear(headers);
	for (i = 0; i < count && !r->bad; i++) {
		h.name = bytes(r);
		h.value = bytes(r);
		headers_add(headers, &h);
	}
	rec.header_count = (int32_t)count;
	rec.headers = buf_slice(headers);
	return rec;
}

static int
produce(struct backend *be, const char *topic, struct slice records, size_t n, int64_t now_ms, struct err *e)
{
	struct producer_opts o = { .topic = topic, .create = true, .acks = ACKS_DEFAULT, .linger_ms = -1, .batch_bytes = -1,
	    .keyless_bytes = -1, .lock_timeout_ms = 10000 };
	struct rd r = RD_OF(records.p, records.n);
	struct buf headers = BUF_INIT;
	struct producer *p;
	struct record rec;
	size_t i;
	int rc;

	if ((rc = be->ops->producer_open(be, &o, &p, e)) != 0)
		return rc;
	for (i = 0; i < n && rc == 0; i++) {
		rec = next_record(&r, now_ms, &headers);
		rc = headers.failed ? err_set(e, ERR_NOMEM, "no memory for a dead letter") : be->ops->put(p, 0, &rec, e);
	}
	if (rc == 0)
		rc = be->ops->finish(p, e);
	be->ops->producer_close(p);
	buf_release(&headers);
	return rc;
}

int
deadletter_to_topic(const char *store, const char *topic, struct slice records, size_t n, int64_t now_ms, struct err *e)
{
	struct backend_opts o = { .dirs = &store, .ndirs = store != NULL, .create = true, .write = true };
	struct backend *be;
	int rc;

	if ((rc = backend_open(&be, &o, e)) != 0)
		return rc;
	rc = produce(be, topic, records, n, now_ms, e);
	backend_close(be);
	return rc;
}

/* As plog-produce --json takes it. */
static void
put_line(const struct record *rec, struct buf *out)
{
	buf_printf(out, "{\"timestamp\":%lld,\"value\":", (long long)rec->timestamp);
	json_bytes(rec->value, out);
	buf_puts(out, ",\"headers\":");
	json_headers(rec, out);
	buf_puts(out, "}\n");
}

int
deadletter_to_file(const char *dir, const char *sink, struct slice records, size_t n, int64_t now_ms, struct err *e)
{
	struct rd r = RD_OF(records.p, records.n);
	struct buf out = BUF_INIT, headers = BUF_INIT;
	int at, fd = -1, rc = 0;
	struct record rec;
	struct stat st;
	char name[256];
	size_t i;

	for (i = 0; i < n; i++) {
		rec = next_record(&r, now_ms, &headers);
		put_line(&rec, &out);
	}
	(void)snprintf(name, sizeof(name), "%.200s.jsonl", sink);
	if (mkdir(dir, 0777) != 0 && errno != EEXIST)
		rc = err_sys(e, "cannot make '%s'", dir);
	at = rc == 0 ? open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (rc == 0 && (at == -1 || (fd = open_at(at, name, O_WRONLY | O_CREAT, 0666)) == -1 || fstat(fd, &st) != 0))
		rc = err_sys(e, "cannot open '%s/%s'", dir, name);
	/* whole lines, or the file as it was */
	if (rc == 0 && (out.failed || pwrite_full(fd, out.p, out.n, st.st_size, NULL) != 0 || fsync(fd) != 0 || fsync_dir(at) != 0)) {
		rc = err_sys(e, "cannot write '%s/%s'", dir, name);
		(void)!ftruncate(fd, st.st_size);
	}
	if (fd != -1)
		close(fd);
	if (at != -1)
		close(at);
	buf_release(&out);
	buf_release(&headers);
	return rc;
}
