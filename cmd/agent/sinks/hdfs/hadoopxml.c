/*
 * hadoopxml.c - the module that reads Hadoop's configuration files, by expat
 * (cluster.h).
 */
#include <expat.h>
#include <limits.h>
#include <stdlib.h>

#include "agent/sinks/hdfs/cluster.h"
#include "base/buf.h"

#define TEXT_MAX	((size_t)64 << 10)	/* of a name or value */

extern const struct hadoopxml_ops plog_module_hadoopxml;

struct reading {
	XML_Parser parser;
	int (*each)(void *, const char *, const char *, bool);
	void *arg;
	int depth;			/* 1: configuration, 2: property, 3: name, value, final */
	bool property, has_value;
	struct buf *into;		/* where text goes, or NULL */
	struct buf name, value, final;
	int rc;
	const char *why;
};

static void
stop(struct reading *r, int rc, const char *why)
{
	r->rc = rc;
	r->why = why;
	XML_StopParser(r->parser, XML_FALSE);
}

static void
on_start(void *arg, const char *name, const char **attributes)
{
	struct reading *r = arg;

	(void)attributes;
	r->into = NULL;
	if (++r->depth == 2) {
		r->property = strcmp(name, "property") == 0;
		r->has_value = false;
		buf_clear(&r->name);
		buf_clear(&r->value);
		buf_clear(&r->final);
	} else if (r->depth == 3 && r->property) {
		if (strcmp(name, "name") == 0)
			r->into = &r->name;
		else if (strcmp(name, "final") == 0)
			r->into = &r->final;
		else if (strcmp(name, "value") == 0) {
			r->into = &r->value;
			r->has_value = true;
		}
		if (r->into != NULL)
			buf_clear(r->into);
	}
}

static const char *
trimmed(struct buf *b)
{
	size_t from = 0;

	while (b->n > 0 && b->p[b->n - 1] <= ' ')
		b->n--;
	while (from < b->n && b->p[from] <= ' ')
		from++;
	buf_consume(b, from);
	return buf_str(b);
}

static void
on_end(void *arg, const char *name)
{
	struct reading *r = arg;
	const char *key, *value, *final;

	(void)name;
	r->into = NULL;
	if (r->depth-- != 2 || !r->property || !r->has_value)
		return;
	key = trimmed(&r->name);
	value = trimmed(&r->value);
	final = trimmed(&r->final);
	if (key == NULL || value == NULL || final == NULL)
		stop(r, -ERR_NOMEM, "no memory");
	else if (*key != '\0' && r->each(r->arg, key, value, strcmp(final, "true") == 0) != 0)
		stop(r, -ERR_NOMEM, "no memory");
}

static void
on_text(void *arg, const char *s, int n)
{
	struct reading *r = arg;

	if (r->into == NULL)
		return;
	if (r->into->n + (size_t)n > TEXT_MAX)
		stop(r, -ERR_DAMAGE, "a value is too long");
	else
		buf_put(r->into, s, (size_t)n);
}

static void
on_doctype(void *arg, const char *name, const char *system, const char *public, int internal)
{
	(void)name, (void)system, (void)public, (void)internal;
	stop(arg, -ERR_DAMAGE, "a DOCTYPE is not taken");
}

static int
xml_read(struct slice file, int (*each)(void *, const char *, const char *, bool), void *arg, struct err *e)
{
	struct reading r = { .each = each, .arg = arg, .name = BUF_INIT, .value = BUF_INIT, .final = BUF_INIT };
	int rc = 0;

	if (file.n > INT_MAX)
		return err_set(e, ERR_TOOBIG, "the file is too long");
	if ((r.parser = XML_ParserCreate(NULL)) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for XML");
	XML_SetUserData(r.parser, &r);
	XML_SetElementHandler(r.parser, on_start, on_end);
	XML_SetCharacterDataHandler(r.parser, on_text);
	XML_SetStartDoctypeDeclHandler(r.parser, on_doctype);
	if (XML_Parse(r.parser, (const char *)file.p, (int)file.n, XML_TRUE) != XML_STATUS_OK)
		rc = err_set(e, r.rc != 0 ? (enum err_code)-r.rc : ERR_DAMAGE, "line %lu: %s",
		    (unsigned long)XML_GetCurrentLineNumber(r.parser),
		    r.why != NULL ? r.why : XML_ErrorString(XML_GetErrorCode(r.parser)));
	XML_ParserFree(r.parser);
	buf_release(&r.name);
	buf_release(&r.value);
	buf_release(&r.final);
	return rc;
}

__attribute__((visibility("default"))) const struct hadoopxml_ops plog_module_hadoopxml = {
	.version = MODULE_VERSION, .read = xml_read,
};
