/*
 * checkpoint.c - the small files beside the segments: log-start-offset,
 * recovery-point, leader-epoch-checkpoint.  See partdir.h.
 *
 * log-start-offset: "OFFSET crc32c %08x\n", the offset in decimal and the
 * checksum of its digits: a digit gone wrong would delete what lies below.
 * Replaced.  The checksum may be missing (a file made by hand), but not be
 * wrong; the word keeps one wrong bit from making a longer number of both.
 *
 * recovery-point: "%020lld %08x\n", the offset and the CRC-32C of its 20
 * digits.  Written in place, so always 30 bytes; one that was torn is damage,
 * and who reads it then verifies the whole log.
 *
 * leader-epoch-checkpoint: Kafka's text: "0", the number of entries, a line
 * "epoch start-offset" each.  Replaced.
 */
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "codec/hash.h"
#include "log/partdir.h"

#define LOG_START	"log-start-offset"
#define RECOVERY_POINT	"recovery-point"
#define EPOCHS		"leader-epoch-checkpoint"
#define EPOCHS_SIZE_MAX	(64 << 20)
#define DIGITS		20
#define START_SIZE	(DIGITS + 20)
#define POINT_SIZE	(DIGITS + 1 + 8 + 1)

/* Decimal digits and nothing else up to the end character; moves on behind it. */
static bool
number(const char **p, char end, int64_t max, int64_t *out)
{
	const char *s = *p;
	int64_t v = 0;

	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++)
		if (__builtin_mul_overflow(v, 10, &v) || __builtin_add_overflow(v, *s - '0', &v))
			return false;
	if (*s != end || v > max)
		return false;
	*p = s + 1;
	*out = v;
	return true;
}

/* The file as a string; 0, and NULL in *s where there is none. */
static int
text_read(int dirfd, const char *name, size_t max, struct buf *b, const char **s, struct err *e)
{
	int rc = file_read(dirfd, name, max, b, e);

	*s = NULL;
	if (rc == -ERR_NOENT)
		return 0;
	if (rc == -ERR_TOOBIG)
		return err_set(e, ERR_DAMAGE, "'%s' is not what it should be: too long", name);
	if (rc != 0)
		return rc;
	if (memchr(b->p, '\0', b->n) != NULL)
		return err_set(e, ERR_DAMAGE, "'%s' is damaged: it holds a NUL byte", name);
	if ((*s = buf_str(b)) == NULL)
		return err_set(e, ERR_NOMEM, "cannot read '%s': no memory", name);
	return 0;
}

static void
start_format(char out[START_SIZE], int64_t offset)
{
	char digits[DIGITS + 1];
	int n = snprintf(digits, sizeof(digits), "%" PRId64, offset);

	(void)snprintf(out, START_SIZE, "%s crc32c %08" PRIx32 "\n", digits, crc32c(digits, (size_t)n));
}

int
log_start_read(int dirfd, int64_t *offset, struct err *e)
{
	char want[START_SIZE];
	struct buf b = BUF_INIT;
	const char *s, *all;
	int rc;

	*offset = 0;
	rc = text_read(dirfd, LOG_START, START_SIZE, &b, &all, e);
	s = all;
	if (rc == 0 && all != NULL && (!number(&s, '\n', INT64_MAX, offset) || *s != '\0')) {
		s = all;
		if (!number(&s, ' ', INT64_MAX, offset))
			rc = err_set(e, ERR_DAMAGE, "'%s' is damaged: not an offset", LOG_START);
		else {
			start_format(want, *offset);
			if (strcmp(all, want) != 0)
				rc = err_set(e, ERR_DAMAGE, "'%s' is damaged: its checksum does not match", LOG_START);
		}
	}
	if (rc != 0)
		*offset = 0;
	buf_release(&b);
	return rc;
}

int
log_start_write(int dirfd, int64_t offset, struct err *e)
{
	char text[START_SIZE];

	start_format(text, offset);
	return file_replace(dirfd, LOG_START, text, strlen(text), e);
}

int
log_start_raise(int dirfd, int64_t offset, struct err *e)
{
	int64_t old;
	int rc;

	if ((rc = log_start_read(dirfd, &old, e)) != 0)
		return rc;
	if (offset <= old)
		return 0;
	return log_start_write(dirfd, offset, e);
}

static void
point_format(char out[POINT_SIZE + 1], int64_t offset)
{
	char digits[DIGITS + 1];

	(void)snprintf(digits, sizeof(digits), "%020" PRId64, offset);
	(void)snprintf(out, POINT_SIZE + 1, "%s %08" PRIx32 "\n", digits, crc32c(digits, DIGITS));
}

int
recovery_point_read(int dirfd, int64_t *offset, struct err *e)
{
	char text[POINT_SIZE + 1], want[POINT_SIZE + 1];
	const char *s = text;
	ssize_t r;
	int fd;

	*offset = 0;
	if ((fd = open_at(dirfd, RECOVERY_POINT, O_RDONLY, 0)) == -1) {
		if (errno == ENOENT)
			return 0;
		return err_sys(e, "cannot read '%s'", RECOVERY_POINT);
	}
	r = pread_full(fd, text, sizeof(text), 0);
	if (r == -1) {
		(void)err_sys(e, "cannot read '%s'", RECOVERY_POINT);
		close(fd);
		return -ERR_SYS;
	}
	close(fd);
	text[r < POINT_SIZE ? r : POINT_SIZE] = '\0';
	if (r == POINT_SIZE && number(&s, ' ', INT64_MAX, offset)) {
		point_format(want, *offset);
		if (strcmp(text, want) == 0)
			return 0;
	}
	*offset = 0;
	return err_set(e, ERR_DAMAGE, "'%s' is damaged: its checksum does not match", RECOVERY_POINT);
}

int
recovery_point_write(int dirfd, int64_t offset, struct err *e)
{
	char text[POINT_SIZE + 1];
	struct stat dir;
	int fd, rc = 0;

	fd = open_at(dirfd, RECOVERY_POINT, O_WRONLY, 0);
	if (fd == -1 && errno == ENOENT) {
		fd = open_at(dirfd, RECOVERY_POINT, O_WRONLY | O_CREAT, 0600);
		if (fd != -1 && (fstat(dirfd, &dir) == -1 || own_as_dir(fd, &dir, false) == -1))
			rc = -1;
	}
	point_format(text, offset);
	if (fd == -1 || rc == -1 || pwrite_full(fd, text, POINT_SIZE, 0, NULL) == -1)
		rc = err_sys(e, "cannot write '%s'", RECOVERY_POINT);
	if (fd != -1)
		close(fd);
	return rc;
}

static int
epochs_parse(const char *s, struct epoch_list *l, struct err *e)
{
	int64_t version, count, epoch, i;

	if (!number(&s, '\n', 0, &version) || !number(&s, '\n', EPOCHS_SIZE_MAX / 4, &count))
		return err_set(e, ERR_DAMAGE, "'%s' is damaged: its first lines", EPOCHS);
	/* An entry has four bytes at least: the count is not believed before the bytes are there. */
	if (strlen(s) < (size_t)count * 4)
		return err_set(e, ERR_DAMAGE, "'%s' is damaged: entries are missing", EPOCHS);
	if (count > 0 && (l->v = calloc((size_t)count, sizeof(*l->v))) == NULL)
		return err_set(e, ERR_NOMEM, "cannot read '%s': no memory", EPOCHS);
	for (i = 0; i < count; i++) {
		struct epoch_entry *v = &l->v[i];

		if (!number(&s, ' ', INT32_MAX, &epoch) || !number(&s, '\n', INT64_MAX, &v->start_offset))
			break;
		v->epoch = (int32_t)epoch;
		if (i > 0 && (v->epoch <= v[-1].epoch || v->start_offset <= v[-1].start_offset))
			break;
		l->n++;
	}
	if (i < count || *s != '\0') {
		epochs_release(l);
		return err_set(e, ERR_DAMAGE, "'%s' is damaged: entry %" PRId64, EPOCHS, i + 1);
	}
	return 0;
}

int
epochs_read(int dirfd, struct epoch_list *l, struct err *e)
{
	struct buf b = BUF_INIT;
	const char *s;
	int rc;

	l->v = NULL;
	l->n = 0;
	rc = text_read(dirfd, EPOCHS, EPOCHS_SIZE_MAX, &b, &s, e);
	if (rc == 0 && s != NULL)
		rc = epochs_parse(s, l, e);
	buf_release(&b);
	return rc;
}

int
epochs_write(int dirfd, const struct epoch_list *l, struct err *e)
{
	struct buf b = BUF_INIT;
	size_t i;
	int rc;

	buf_printf(&b, "0\n%zu\n", l->n);
	for (i = 0; i < l->n; i++)
		buf_printf(&b, "%" PRId32 " %" PRId64 "\n", l->v[i].epoch, l->v[i].start_offset);
	if (b.failed)
		rc = err_set(e, ERR_NOMEM, "cannot write '%s': no memory", EPOCHS);
	else
		rc = file_replace(dirfd, EPOCHS, b.p, b.n, e);
	buf_release(&b);
	return rc;
}

int
epochs_add(struct epoch_list *l, int32_t epoch, int64_t start_offset)
{
	struct epoch_entry *v;

	while (l->n > 0 && (l->v[l->n - 1].start_offset >= start_offset || l->v[l->n - 1].epoch >= epoch))
		l->n--;
	if ((v = reallocarray(l->v, l->n + 1, sizeof(*v))) == NULL)
		return -1;
	l->v = v;
	l->v[l->n++] = (struct epoch_entry){ .epoch = epoch, .start_offset = start_offset };
	return 0;
}

void
epochs_release(struct epoch_list *l)
{
	free(l->v);
	l->v = NULL;
	l->n = 0;
}

int64_t
epoch_end(const struct epoch_list *l, int32_t epoch, int64_t log_end)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (l->v[i].epoch == epoch)
			return i + 1 < l->n ? l->v[i + 1].start_offset : log_end;
	return -1;
}
