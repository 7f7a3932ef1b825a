/*
 * The configuration of a client: gathered (client_config.h).
 */
#include "backend/client_config.h"

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

#define SERVERS		"bootstrap.servers"

int
client_config_add(struct client_config *c, const char *name, const char *value, const char *from, struct err *e)
{
	struct client_pair *more;

	if (c->n == c->cap) {
		c->cap = c->cap == 0 ? 16 : c->cap * 2;
		if ((more = reallocarray(c->v, c->cap, sizeof(*more))) == NULL)
			return err_set(e, ERR_NOMEM, "no memory for the client's configuration");
		c->v = more;
	}
	more = &c->v[c->n++];
	*more = (struct client_pair){ .name = strdup(name), .value = strdup(value), .from = strdup(from) };
	if (more->name == NULL || more->value == NULL || more->from == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the client's configuration");
	return 0;
}

int
client_config_pair(struct client_config *c, const char *name_value, const char *from, struct err *e)
{
	const char *eq = strchr(name_value, '=');
	char *name;
	int rc;

	if (eq == NULL || eq == name_value)
		return err_set(e, ERR_INVALID, "%s: is not NAME=VALUE", from);
	if ((name = strndup(name_value, (size_t)(eq - name_value))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the client's configuration");
	rc = client_config_add(c, name, eq + 1, from, e);
	free(name);
	return rc;
}

static void
pair_release(struct client_pair *p)
{
	if (p->value != NULL)
		explicit_bzero(p->value, strlen(p->value));
	free(p->name);
	free(p->value);
	free(p->from);
}

static bool
has_secret(const struct client_config *c, size_t from)
{
	size_t i;

	for (i = from; i < c->n; i++)
		if (client_config_secret(c->v[i].name))
			return true;
	return false;
}

/* As libpq has it for keys: a group may read what root owns, so that a service can be given a file. */
static bool
open_to_others(const struct stat *st)
{
	return (st->st_mode & (st->st_uid == 0 ? 0037 : 0077)) != 0;
}

/* All of it; symbolic links are fine here, as those who mount secrets make them. */
static int
read_all(const char *path, struct buf *b, struct stat *st, struct err *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), rc = 0;
	ssize_t n = -1;

	if (fd == -1 || fstat(fd, st) != 0) {
		rc = errno == ENOENT ? -ERR_NOENT : 0;
		(void)err_sys(e, "cannot read '%s'", path);
		if (fd != -1)
			close(fd);
		return rc != 0 ? rc : -ERR_SYS;
	}
	if (buf_room(b, CLIENT_CONFIG_BYTES_MAX + 1) == NULL)
		rc = err_set(e, ERR_NOMEM, "no memory to read '%s'", path);
	else if ((n = read_full(fd, b->p, CLIENT_CONFIG_BYTES_MAX + 1)) == -1)
		rc = err_sys(e, "cannot read '%s'", path);
	else if (n > CLIENT_CONFIG_BYTES_MAX)
		rc = err_set(e, ERR_TOOBIG, "'%s' is longer than %d bytes", path, CLIENT_CONFIG_BYTES_MAX);
	close(fd);
	b->n = n > 0 ? (size_t)n : 0;
	return rc;
}

int
client_config_file(struct client_config *c, const char *path, struct err *e)
{
	struct buf b = BUF_INIT;
	size_t first = c->n;
	struct stat st;
	int rc;

	if ((rc = read_all(path, &b, &st, e)) == 0)
		rc = client_config_text(c, buf_slice(&b), path, e);
	if (rc == 0 && has_secret(c, first) && open_to_others(&st))
		rc = err_set(e, ERR_INVALID, "'%s' holds a secret and others can read it: chmod 600 it", path);
	if (b.p != NULL)
		explicit_bzero(b.p, b.n);
	buf_release(&b);
	return rc;
}

const char *
client_config_get(const struct client_config *c, const char *name)
{
	size_t i;

	for (i = c->n; i > 0; i--)
		if (strcmp(c->v[i - 1].name, name) == 0)
			return c->v[i - 1].value;
	return NULL;
}

static void
take_out(struct client_config *c, size_t i)
{
	pair_release(&c->v[i]);
	memmove(&c->v[i], &c->v[i + 1], (c->n - i - 1) * sizeof(*c->v));
	c->n--;
}

bool
client_config_drop(struct client_config *c, const char *name)
{
	bool found = false;
	size_t i = 0;

	while (i < c->n)
		if (strcmp(c->v[i].name, name) == 0) {
			take_out(c, i);
			found = true;
		} else
			i++;
	return found;
}

/* The length of the cluster's name in NAME.bootstrap.servers; 0: it is not that. */
static size_t
cluster_named(const char *name)
{
	size_t n = strlen(name), k = strlen("." SERVERS);

	return n > k && strcmp(name + n - k, "." SERVERS) == 0 ? n - k : 0;
}

/* Names of clusters, ending with NULL; shared by nobody. */
static char **
clusters(const struct client_config *c)
{
	char **names = calloc(c->n + 1, sizeof(*names));
	size_t i, n = 0, k;

	for (i = 0; names != NULL && i < c->n; i++)
		if ((k = cluster_named(c->v[i].name)) > 0 && (names[n] = strndup(c->v[i].name, k)) != NULL)
			n++;
	return names;
}

static void
clusters_free(char **names)
{
	size_t i;

	for (i = 0; names != NULL && names[i] != NULL; i++)
		free(names[i]);
	free(names);
}

static bool
begins(const char *name, const char *cluster)
{
	size_t n = strlen(cluster);

	return strncmp(name, cluster, n) == 0 && name[n] == '.';
}

/* The cluster's own stand behind the others, in their order. */
static void
move_back(struct client_config *c, const char *cluster)
{
	size_t i, left, skip = strlen(cluster) + 1;
	struct client_pair p;

	for (i = 0, left = c->n; left > 0; left--) {
		p = c->v[i];
		if (!begins(p.name, cluster)) {
			i++;
			continue;
		}
		memmove(p.name, p.name + skip, strlen(p.name + skip) + 1);
		memmove(&c->v[i], &c->v[i + 1], (c->n - i - 1) * sizeof(*c->v));
		c->v[c->n - 1] = p;
	}
}

int
client_config_cluster(struct client_config *c, const char *cluster, struct err *e)
{
	char **names = clusters(c);
	const char *near;
	size_t i, k;
	int rc = 0;

	if (names == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the client's configuration");
	for (i = 0; cluster != NULL && names[i] != NULL && strcmp(names[i], cluster) != 0; i++)
		;
	if (cluster != NULL && names[i] == NULL) {
		near = nearest_name(cluster, (const char *const *)names);
		rc = err_set(e, ERR_NOENT, "no cluster '@%s': no properties file has %s." SERVERS "%s%s%s", cluster, cluster,
		    near != NULL ? ", did you mean '@" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
	}
	for (i = 0; rc == 0 && names[i] != NULL; i++) {
		if (cluster != NULL && strcmp(names[i], cluster) == 0)
			continue;
		for (k = 0; k < c->n;)
			if (begins(c->v[k].name, names[i]))
				take_out(c, k);
			else
				k++;
	}
	if (rc == 0 && cluster != NULL)
		move_back(c, cluster);
	clusters_free(names);
	return rc;
}

void
client_config_release(struct client_config *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		pair_release(&c->v[i]);
	free(c->v);
	*c = (struct client_config)CLIENT_CONFIG_INIT;
}
