/*
 * regex.c - regular expressions over bytes with PCRE2 (regex.h).
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdlib.h>

#include "text/caret.h"
#include "text/regex.h"

#define ERROR_MAX	256

extern const struct regex_ops plog_module_regex;

struct regex {
	pcre2_code *code;
	pcre2_match_data *data;
};

static void
regex_free(struct regex *r)
{
	if (r == NULL)
		return;
	pcre2_match_data_free(r->data);
	pcre2_code_free(r->code);
	free(r);
}

static int
regex_compile(struct regex **out, const char *pattern, struct err *e)
{
	struct slice s = slice_str(pattern);
	PCRE2_UCHAR why[ERROR_MAX];
	PCRE2_SIZE at;
	struct regex *r;
	int code;

	*out = NULL;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a regular expression");
	/* no UTF in the pattern either: (*UTF) would make matching depend on valid bytes */
	r->code = pcre2_compile(s.p, s.n, PCRE2_NEVER_UTF, &code, &at, NULL);
	if (r->code == NULL) {
		free(r);
		if (pcre2_get_error_message(code, why, sizeof(why)) < 0)
			why[0] = '\0';
		return caret_err(e, s, at <= s.n ? at : s.n, "%s", (const char *)why);
	}
	/* without machine code (no such processor, no executable memory) it is interpreted */
	(void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
	if ((r->data = pcre2_match_data_create(1, NULL)) == NULL) {
		regex_free(r);
		return err_set(e, ERR_NOMEM, "no memory for a regular expression");
	}
	*out = r;
	return 0;
}

static int
regex_match(struct regex *r, struct slice s, struct err *e)
{
	PCRE2_UCHAR why[ERROR_MAX];
	int rc;

	if (s.p == NULL)
		return 0;
	rc = pcre2_match(r->code, s.p, s.n, 0, 0, r->data, NULL);
	if (rc == PCRE2_ERROR_JIT_STACKLIMIT)	/* its stack is small and fixed; the interpreter's is not */
		rc = pcre2_match(r->code, s.p, s.n, 0, PCRE2_NO_JIT, r->data, NULL);
	if (rc >= 0)
		return 1;
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	if (pcre2_get_error_message(rc, why, sizeof(why)) < 0)
		why[0] = '\0';
	return err_set(e, rc == PCRE2_ERROR_NOMEMORY ? ERR_NOMEM : ERR_RANGE, "cannot match the regular expression: %s",
	    (const char *)why);
}

const struct regex_ops plog_module_regex = {
	.version = MODULE_VERSION, .compile = regex_compile, .match = regex_match, .free = regex_free,
};
