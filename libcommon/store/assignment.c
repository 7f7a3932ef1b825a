/*
 * assignment.c - the files assignment.N (assignment.h).
 */
#include "store/assignment.h"

#include <sys/stat.h>
#include <dirent.h>
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
#include "store/member_file.h"

#define PREFIX		"assignment."
#define FILE_MAX	(64 << 20)
#define KEPT		2
#define CRC_LINE	13
#define GENERATION_MAX	1000000000000000	/* a name beyond is none of ours: there would be no next one */

static int64_t
number_of(const char *name)
{
	int64_t n;

	if (strncmp(name, PREFIX, strlen(PREFIX)) != 0 ||
	    parse_int(name + strlen(PREFIX), 1, GENERATION_MAX, &n, NULL) != 0)
		return 0;
	return n;
}

static DIR *
open_list(const struct group *g)
{
	int fd = open_dir_at(g->fd, ".");
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	if (dir == NULL && fd != -1)
		close(fd);
	return dir;
}

int
assignment_highest(const struct group *g, int64_t *generation, struct err *e)
{
	struct dirent *d;
	DIR *dir;

	*generation = 0;
	if ((dir = open_list(g)) == NULL)
		return err_sys(e, "cannot list '%s'", g->label);
	while ((d = readdir(dir)) != NULL)
		if (number_of(d->d_name) > *generation)
			*generation = number_of(d->d_name);
	closedir(dir);
	return 0;
}

static void
put_own(struct buf *b, const struct assignment_member *m)
{
	size_t i, k;

	for (i = 0; i < m->nparts; i = k) {
		buf_printf(b, "own %d ", m->parts[i].topic);
		for (k = i; k < m->nparts && m->parts[k].topic == m->parts[i].topic;) {
			size_t from = k;

			while (k + 1 < m->nparts && m->parts[k + 1].topic == m->parts[i].topic &&
			    m->parts[k + 1].partition == m->parts[k].partition + 1)
				k++;
			buf_printf(b, "%s%d", from == i ? "" : ",", m->parts[from].partition);
			if (k > from)
				buf_printf(b, "-%d", m->parts[k].partition);
			k++;
		}
		buf_puts(b, "\n");
	}
}

static void
encode(const struct assignment *a, struct buf *b)
{
	static const struct topic_id none;
	char id[23];
	size_t i;

	buf_printf(b, "plog-assignment 1\nassignor %s\n", assignor_name(a->how));
	for (i = 0; i < a->ntopics; i++) {
		const struct assignment_topic *t = &a->topics[i];

		if (memcmp(&t->id, &none, sizeof(none)) != 0)
			topic_id_text(t->id, id);
		else
			snprintf(id, sizeof(id), "-");
		buf_printf(b, "topic %s %s %d %s\n", t->name, id, t->partitions, t->begun ? "begun" : "new");
	}
	for (i = 0; i < a->nmembers; i++) {
		const struct assignment_member *m = &a->members[i];

		buf_printf(b, "member %s %016llx %s\n", m->id, (unsigned long long)m->incarnation,
		    m->instance == NULL ? "-" : m->instance);
		put_own(b, m);
	}
	if (!b->failed)
		buf_printf(b, "crc %08x\n", crc32c(b->p, b->n));
}

/* The next word of the line, or NULL. */
static char *
word(char **at)
{
	char *s = strsep(at, " ");

	return s == NULL || *s == '\0' ? NULL : s;
}

static void *
grown(void *p, size_t n, size_t size)
{
	/* Doubles: at each power of two. */
	if ((n & (n - 1)) != 0)
		return p;
	return reallocarray(p, n == 0 ? 1 : n * 2, size);
}

static bool
take_topic(struct assignment *a, char *rest)
{
	char *name = word(&rest), *id = word(&rest), *count = word(&rest), *read = word(&rest);
	struct assignment_topic *t, *more;
	int64_t n;

	if (read == NULL || name_check("topic", name, NULL) != 0 || parse_int(count, 0, TOPIC_PARTITIONS_MAX, &n, NULL) != 0 ||
	    (more = grown(a->topics, a->ntopics, sizeof(*more))) == NULL)
		return false;
	a->topics = more;
	t = &more[a->ntopics];
	*t = (struct assignment_topic){ .partitions = (int32_t)n, .begun = strcmp(read, "begun") == 0 };
	if (strcmp(id, "-") != 0 && !topic_id_parse(id, &t->id))
		return false;
	if ((t->name = strdup(name)) == NULL)
		return false;
	a->ntopics++;
	return true;
}

static bool
take_member(struct assignment *a, char *rest)
{
	char *id = word(&rest), *inc = word(&rest), *instance = word(&rest), *end;
	struct assignment_member *m, *more;

	if (instance == NULL || member_name_check("member", id, NULL) != 0 || strlen(inc) != 16 ||
	    (more = grown(a->members, a->nmembers, sizeof(*more))) == NULL)
		return false;
	a->members = more;
	m = &more[a->nmembers];
	*m = (struct assignment_member){ .incarnation = strtoull(inc, &end, 16) };
	m->id = strdup(id);
	if (strcmp(instance, "-") != 0)
		m->instance = strdup(instance);
	a->nmembers++;
	return *end == '\0' && m->id != NULL && (m->instance != NULL || strcmp(instance, "-") == 0);
}

static bool
take_own(struct assignment *a, char *rest)
{
	char *topic = word(&rest), *list = word(&rest);
	struct assignment_member *m;
	struct assign_part *more;
	int32_t *parts = NULL;
	size_t n = 0, i;
	int64_t at;

	if (list == NULL || a->nmembers == 0 || a->ntopics == 0 ||
	    parse_int(topic, 0, (int64_t)a->ntopics - 1, &at, NULL) != 0 || parse_partitions(list, &parts, &n, NULL) != 0)
		return false;
	m = &a->members[a->nmembers - 1];
	if ((more = reallocarray(m->parts, m->nparts + n, sizeof(*more))) == NULL) {
		free(parts);
		return false;
	}
	m->parts = more;
	for (i = 0; i < n && parts[i] >= 0 && parts[i] < a->topics[at].partitions; i++)
		more[m->nparts++] = (struct assign_part){ .topic = (int32_t)at, .partition = parts[i] };
	free(parts);
	return i == n;
}

static bool
decode(char *s, size_t n, struct assignment *a)
{
	char want[16], *end, *line, *nl, *rest, *w;
	bool ok;

	if (n < CRC_LINE)
		return false;
	end = s + n - CRC_LINE;
	snprintf(want, sizeof(want), "crc %08x\n", crc32c(s, n - CRC_LINE));
	if (memcmp(end, want, CRC_LINE) != 0 || memchr(s, '\0', n) != NULL)
		return false;
	for (line = s; line < end; line = nl + 1) {
		if ((nl = memchr(line, '\n', (size_t)(end - line))) == NULL)
			return false;
		*nl = '\0';
		if (line == s) {
			if (strcmp(line, "plog-assignment 1") != 0)
				return false;
			continue;
		}
		rest = line;
		if ((w = word(&rest)) == NULL || rest == NULL)
			return false;
		if (strcmp(w, "assignor") == 0)
			ok = assignor_parse(rest, &a->how, NULL) == 0;
		else if (strcmp(w, "topic") == 0)
			ok = take_topic(a, rest);
		else if (strcmp(w, "member") == 0)
			ok = take_member(a, rest);
		else
			ok = strcmp(w, "own") != 0 || take_own(a, rest);
		if (!ok)
			return false;
	}
	return true;
}

static int
read_one(const struct group *g, int64_t generation, struct assignment *a, struct err *e)
{
	struct buf b = BUF_INIT;
	char name[64];
	int rc;

	snprintf(name, sizeof(name), PREFIX "%lld", (long long)generation);
	rc = file_read(g->fd, name, FILE_MAX, &b, e);
	if (rc == 0 && buf_str(&b) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory for '%s/%s'", g->label, name);
	else if (rc == -ERR_TOOBIG || (rc == 0 && !decode((char *)b.p, b.n, a))) {
		assignment_release(a);
		rc = err_set(e, ERR_DAMAGE, "'%s/%s' is damaged", g->label, name);
	}
	buf_release(&b);
	return rc;
}

int
assignment_read(const struct group *g, struct assignment *a, struct err *e)
{
	int64_t highest;
	int rc, tries;

	*a = (struct assignment)ASSIGNMENT_INIT;
	/* It may be removed between the listing and the opening: then there is a higher one. */
	for (tries = 0; tries < 10; tries++) {
		if ((rc = assignment_highest(g, &highest, e)) != 0 || highest == 0)
			return rc;
		rc = read_one(g, highest, a, e);
		a->generation = highest;
		if (rc == -ERR_DAMAGE) {
			if (highest > 1)
				(void)read_one(g, highest - 1, a, NULL);
			a->generation = highest;
			a->damaged = true;
			return 0;
		}
		if (rc != -ERR_NOENT)
			return rc;
	}
	return rc;
}

/* Those that nobody reads any more. */
static void
remove_old(const struct group *g, int64_t generation)
{
	struct dirent *d;
	int64_t n;
	DIR *dir;

	if ((dir = open_list(g)) == NULL)
		return;
	while ((d = readdir(dir)) != NULL)
		if ((n = number_of(d->d_name)) != 0 && n <= generation - KEPT)
			(void)unlinkat(g->fd, d->d_name, 0);
	closedir(dir);
}

int
assignment_publish(const struct group *g, const struct assignment *a, struct err *e)
{
	char tmp[TREE_NAME_MAX], name[64];
	struct buf b = BUF_INIT;
	struct stat dir;
	int fd, rc = -1, saved;

	encode(a, &b);
	if (b.failed || tree_name("~assignment.", tmp) == -1) {
		buf_release(&b);
		return err_set(e, ERR_NOMEM, "no memory for an assignment");
	}
	snprintf(name, sizeof(name), PREFIX "%lld", (long long)a->generation);
	if ((fd = open_at(g->fd, tmp, O_WRONLY | O_CREAT | O_EXCL, 0600)) != -1) {
		if (fstat(g->fd, &dir) == 0 && own_as_dir(fd, &dir, false) == 0 && write_full(fd, b.p, b.n, NULL) == 0)
			rc = linkat(g->fd, tmp, g->fd, name, 0);
		saved = errno;
		close(fd);
		(void)unlinkat(g->fd, tmp, 0);
		errno = saved;
	}
	buf_release(&b);
	if (rc == -1 && errno == EEXIST)
		return err_set(e, ERR_EXIST, "'%s/%s' is there already", g->label, name);
	if (rc == -1)
		return err_sys(e, "cannot write '%s/%s'", g->label, name);
	remove_old(g, a->generation);
	return 0;
}

int
assignment_clear(const struct group *g, struct err *e)
{
	struct assignment a = ASSIGNMENT_INIT;
	int rc;

	if ((rc = assignment_highest(g, &a.generation, e)) != 0)
		return rc;
	a.generation++;
	a.how = ASSIGNOR_COOPERATIVE_STICKY;
	return assignment_publish(g, &a, e);
}

void
assignment_release(struct assignment *a)
{
	size_t i;

	for (i = 0; i < a->ntopics; i++)
		free(a->topics[i].name);
	for (i = 0; i < a->nmembers; i++) {
		free(a->members[i].id);
		free(a->members[i].instance);
		free(a->members[i].parts);
	}
	free(a->topics);
	free(a->members);
	*a = (struct assignment)ASSIGNMENT_INIT;
}
