/*
 * member_file.c - making, reading and asking member files (member_file.h).
 */
#include "store/member_file.h"

#include <sys/random.h>
#include <sys/stat.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/parse.h"
#include "base/tree.h"
#include "codec/hash.h"

#define BEAT_DIGITS	20
#define BEAT_LINE	(5 + BEAT_DIGITS + 1)	/* "beat " ... "\n" */
#define FILE_MAX	(1 << 20)
#define TOPICS_MAX	10000

int
member_name_check(const char *what, const char *name, struct err *e)
{
	int rc;

	if ((rc = name_check(what, name, e)) != 0)
		return rc;
	if (strlen(name) > MEMBER_ID_MAX)
		return err_set(e, ERR_INVALID, "the %s name is longer than %d bytes", what, MEMBER_ID_MAX);
	return 0;
}

void
member_file_name(const struct member_info *m, char out[MEMBER_NAME_MAX])
{
	snprintf(out, MEMBER_NAME_MAX, "%.*s.%016llx", MEMBER_ID_MAX, m->id, (unsigned long long)m->incarnation);
}

uint64_t
member_name_incarnation(const char *name)
{
	const char *dot = strrchr(name, '.');
	uint64_t v = 0;
	int i, digit;

	if (dot == NULL || dot == name || strlen(dot) != 17 || strchr(name, '~') != NULL)
		return 0;
	for (i = 1; i <= 16; i++) {
		if ((digit = hex_digit((uint8_t)dot[i])) == -1 || (dot[i] >= 'A' && dot[i] <= 'F'))
			return 0;
		v = v << 4 | (uint64_t)digit;
	}
	return v;
}

uint64_t
member_draw_incarnation(void)
{
	uint64_t v = 0;

	while (v == 0)
		if (getrandom(&v, sizeof(v), 0) != (ssize_t)sizeof(v))
			v = 0;
	return v;
}

static void
encode(const struct member_info *m, uint64_t beat, struct buf *b)
{
	size_t i;

	buf_printf(b, "beat %0*llu\n", BEAT_DIGITS, (unsigned long long)beat);
	buf_printf(b, "plog-member 1\nid %s\nincarnation %016llx\n", m->id, (unsigned long long)m->incarnation);
	if (m->instance != NULL)
		buf_printf(b, "instance %s\n", m->instance);
	if (m->host != NULL)
		buf_printf(b, "host %s\n", m->host);
	if (m->client != NULL)
		buf_printf(b, "client %s\n", m->client);
	buf_printf(b, "pid %lld\nsession-timeout %lld\nmax-poll-interval %lld\n", (long long)m->pid,
	    (long long)m->session_timeout_ms, (long long)m->max_poll_interval_ms);
	for (i = 0; i < m->nlikes; i++)
		buf_printf(b, "assignor %s\n", assignor_name(m->likes[i]));
	for (i = 0; i < m->ntopics; i++)
		buf_printf(b, "topic %s\n", m->topics[i]);
	if (!b->failed)
		buf_printf(b, "crc %08x\n", crc32c(b->p + BEAT_LINE, b->n - BEAT_LINE));
}

/* Is the lock that we hold on it seen by who opens it anew?  On some file systems it is ours alone. */
static int
lock_holds(const struct group *g, const char *name, struct err *e)
{
	int fd = open_at(g->members, name, O_RDONLY, 0), held;

	if (fd == -1)
		return err_sys(e, "cannot join group '%s'", g->name);
	held = lock_is_held(fd, 0);
	close(fd);
	if (held == 1)
		return 0;
	return err_set(e, ERR_FORMAT, "'%s' is on a file system where the locks of groups do not hold "
	    "(--groups=DIR keeps groups elsewhere)", g->label);
}

int
member_file_make(const struct group *g, const struct member_info *m, int *fd, struct err *e)
{
	char tmp[TREE_NAME_MAX], name[MEMBER_NAME_MAX];
	struct buf b = BUF_INIT;
	struct stat dir;
	size_t i;
	int rc = 0, saved;

	*fd = -1;
	for (i = 0; i < m->ntopics; i++)
		if (strchr(m->topics[i], '\n') != NULL)
			return err_set(e, ERR_INVALID, "a topic's name has no newline in it");
	encode(m, 0, &b);
	member_file_name(m, name);
	if (b.failed || tree_name(".~", tmp) == -1)
		rc = err_set(e, ERR_NOMEM, "no memory for member '%s'", m->id);
	else if ((*fd = open_at(g->members, tmp, O_RDWR | O_CREAT | O_EXCL, 0600)) == -1)
		rc = err_sys(e, "cannot join group '%s'", g->name);
	else {
		/* Locked before it has its name: nobody ever finds a member that looks dead and lives. */
		if (fstat(g->members, &dir) == -1 || own_as_dir(*fd, &dir, false) == -1 || write_full(*fd, b.p, b.n, NULL) == -1)
			rc = err_sys(e, "cannot join group '%s'", g->name);
		else if ((rc = lock_keep(*fd, 0, name, e)) == 0 && (rc = lock_holds(g, tmp, e)) == 0 && rename_new_at(g->members, tmp, name) == -1)
			rc = err_sys(e, "cannot join group '%s'", g->name);
		if (rc != 0) {
			saved = errno;
			(void)unlinkat(g->members, tmp, 0);
			close(*fd);
			*fd = -1;
			errno = saved;
		}
	}
	buf_release(&b);
	return rc;
}

/* Is the file what it should be, but for the digits of its beat? */
static bool
is_as_made(int fd, const struct buf *want)
{
	uint8_t *got = malloc(want->n + 1);
	bool same = got != NULL && pread_full(fd, got, want->n + 1, 0) == (ssize_t)want->n && memcmp(got, want->p, 5) == 0 &&
	    memcmp(got + BEAT_LINE - 1, want->p + BEAT_LINE - 1, want->n - BEAT_LINE + 1) == 0;

	free(got);
	return same;
}

int
member_beat(int fd, const struct member_info *m, uint64_t beat)
{
	struct buf b = BUF_INIT;
	int rc;

	encode(m, beat, &b);
	if (b.failed) {
		errno = ENOMEM;
		rc = -1;
	} else if (is_as_made(fd, &b))
		rc = pwrite_full(fd, b.p + 5, BEAT_DIGITS, 5, NULL);
	else
		rc = pwrite_full(fd, b.p, b.n, 0, NULL) == -1 || ftruncate(fd, (off_t)b.n) == -1 ? -1 : 1;
	buf_release(&b);
	return rc;
}

static bool
beat_of(const char *s, size_t n, uint64_t *beat)
{
	uint64_t v = 0;
	size_t i;

	if (n < BEAT_LINE || memcmp(s, "beat ", 5) != 0 || s[BEAT_LINE - 1] != '\n')
		return false;
	for (i = 5; i < 5 + BEAT_DIGITS; i++) {
		if (s[i] < '0' || s[i] > '9')
			return false;
		v = v * 10 + (uint64_t)(s[i] - '0');
	}
	if (beat != NULL)
		*beat = v;
	return true;
}

static bool
number(const char *s, int64_t *v)
{
	return parse_int(s, -1, INT64_MAX, v, NULL) == 0;
}

static bool
text(const char *s, char **out)
{
	if (*out != NULL)
		return false;
	return (*out = strdup(s)) != NULL;
}

static bool
add_topic(struct member_info *m, const char *s)
{
	char **more;

	if (m->ntopics >= TOPICS_MAX || (more = reallocarray(m->topics, m->ntopics + 1, sizeof(*more))) == NULL)
		return false;
	m->topics = more;
	if ((more[m->ntopics] = strdup(s)) == NULL)
		return false;
	m->ntopics++;
	return true;
}

/* One line "word value"; what is not known is from a newer plog and passed over. */
static bool
take_line(struct member_info *m, char *line)
{
	char *value = strchr(line, ' ');

	if (value == NULL)
		return false;
	*value++ = '\0';
	if (strcmp(line, "instance") == 0)
		return member_name_check("instance", value, NULL) == 0 && text(value, &m->instance);
	if (strcmp(line, "host") == 0)
		return text(value, &m->host);
	if (strcmp(line, "client") == 0)
		return text(value, &m->client);
	if (strcmp(line, "pid") == 0)
		return number(value, &m->pid);
	if (strcmp(line, "session-timeout") == 0)
		return number(value, &m->session_timeout_ms);
	if (strcmp(line, "max-poll-interval") == 0)
		return number(value, &m->max_poll_interval_ms);
	if (strcmp(line, "assignor") == 0) {
		if (m->nlikes < ASSIGNOR_COUNT && assignor_parse(value, &m->likes[m->nlikes], NULL) == 0)
			m->nlikes++;
		return true;
	}
	if (strcmp(line, "topic") == 0)
		return add_topic(m, value);
	return true;
}

static bool
decode(char *s, size_t n, struct member_info *m)
{
	char *end, *line, *nl, want[16];

	/* The last line is the checksum of all between it and the beat. */
	if (n < BEAT_LINE + 13 || s[n - 1] != '\n')
		return false;
	end = s + n - 13;
	snprintf(want, sizeof(want), "crc %08x\n", crc32c(s + BEAT_LINE, (size_t)(end - s) - BEAT_LINE));
	if (memcmp(end, want, 13) != 0 || memchr(s, '\0', n) != NULL)
		return false;
	for (line = s + BEAT_LINE; line < end; line = nl + 1) {
		if ((nl = memchr(line, '\n', (size_t)(end - line))) == NULL)
			return false;
		*nl = '\0';
		if (line == s + BEAT_LINE ? strcmp(line, "plog-member 1") != 0 : !take_line(m, line))
			return false;
	}
	return m->nlikes > 0;
}

int
member_file_read(const struct group *g, const char *name, struct member_info *m, uint64_t *beat, struct err *e)
{
	struct buf b = BUF_INIT;
	int rc;

	*m = (struct member_info){ .pid = -1, .incarnation = member_name_incarnation(name) };
	if ((rc = file_read(g->members, name, FILE_MAX, &b, e)) != 0 && rc != -ERR_TOOBIG)
		return rc;
	if ((m->id = strndup(name, strlen(name) - 17)) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for member '%s'", name);
	else if (rc == -ERR_TOOBIG || buf_str(&b) == NULL || !beat_of((char *)b.p, b.n, beat) || !decode((char *)b.p, b.n, m))
		rc = err_set(e, ERR_DAMAGE, "'%s/members/%s' is damaged", g->label, name);
	buf_release(&b);
	return rc;
}

void
member_info_release(struct member_info *m)
{
	size_t i;

	for (i = 0; i < m->ntopics; i++)
		free(m->topics[i]);
	free(m->topics);
	free(m->id);
	free(m->instance);
	free(m->host);
	free(m->client);
	*m = (struct member_info){ .pid = -1 };
}

static void
mark_name(const char *name, char out[MEMBER_NAME_MAX])
{
	snprintf(out, MEMBER_NAME_MAX, "%s" FENCED, name);
}

enum member_life
member_life(const struct group *g, const char *name, uint64_t *beat)
{
	char mark[MEMBER_NAME_MAX], b[BEAT_LINE];
	enum member_life life = MEMBER_ALIVE;
	int fd, held;

	mark_name(name, mark);
	if ((fd = open_at(g->members, name, O_RDONLY, 0)) == -1)
		return errno == ENOENT ? MEMBER_AWAY : MEMBER_ALIVE;
	held = lock_is_held(fd, 0);
	if (faccessat(g->members, mark, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		life = MEMBER_FENCED;
	else if (held == 0)
		life = MEMBER_DEAD;
	else if (beat != NULL)
		(void)beat_of(b, (size_t)(pread_full(fd, b, sizeof(b), 0) < BEAT_LINE ? 0 : BEAT_LINE), beat);
	close(fd);
	return life;
}

int
member_fence(const struct group *g, const char *name, struct err *e)
{
	char mark[MEMBER_NAME_MAX];
	struct stat dir;
	int fd;

	mark_name(name, mark);
	if ((fd = open_at(g->members, mark, O_WRONLY | O_CREAT, 0600)) == -1 || fstat(g->members, &dir) == -1)
		return err_sys(e, "cannot fence member '%s' of group '%s'", name, g->name);
	(void)own_as_dir(fd, &dir, false);
	close(fd);
	return 0;
}

void
member_file_remove(const struct group *g, const char *name)
{
	int fd, held;

	if ((fd = open_at(g->members, name, O_RDONLY, 0)) != -1) {
		held = lock_is_held(fd, 0);
		close(fd);
		if (held != 0)
			return;
	} else if (errno != ENOENT)
		return;
	member_file_leave(g, name);
}

void
member_file_leave(const struct group *g, const char *name)
{
	char mark[MEMBER_NAME_MAX];

	/* The file first: a mark alone is nobody's, a file without its mark would be a member again. */
	mark_name(name, mark);
	(void)unlinkat(g->members, name, 0);
	(void)unlinkat(g->members, mark, 0);
}
