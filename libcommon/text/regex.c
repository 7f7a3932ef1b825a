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
	pcre2_code *broken;	/* of text: for bytes that are not all UTF-8; else NULL */
	pcre2_match_data *data;
};

static void
regex_free(struct regex *r)
{
	if (r == NULL)
		return;
	pcre2_match_data_free(r->data);
	pcre2_code_free(r->code);
	pcre2_code_free(r->broken);
	free(r);
}

static int
compile(struct regex **out, const char *pattern, uint32_t options, struct err *e)
{
	struct slice s = slice_str(pattern);
	PCRE2_UCHAR why[ERROR_MAX];
	PCRE2_SIZE at;
	struct regex *r;
	int code;

	*out = NULL;
	if ((r = calloc(1, sizeof(*r))) == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a regular expression");
	r->code = pcre2_compile(s.p, s.n, options, &code, &at, NULL);
	if (r->code == NULL) {
		free(r);
		if (pcre2_get_error_message(code, why, sizeof(why)) < 0)
			why[0] = '\0';
		return caret_err(e, s, at <= s.n ? at : s.n, "%s", (const char *)why);
	}
	/* without machine code (no such processor, no executable memory) it is interpreted */
	(void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
	if ((r->data = pcre2_match_data_create_from_pattern(r->code, NULL)) == NULL) {
		regex_free(r);
		return err_set(e, ERR_NOMEM, "no memory for a regular expression");
	}
	*out = r;
	return 0;
}

static int
regex_compile(struct regex **out, const char *pattern, struct err *e)
{
	/* no UTF in the pattern either: (*UTF) would make matching depend on valid bytes */
	return compile(out, pattern, PCRE2_NEVER_UTF, e);
}

static int
regex_compile_text(struct regex **out, const char *pattern, struct err *e)
{
	struct slice s = slice_str(pattern);
	int rc = compile(out, pattern, PCRE2_UTF, e), code;
	PCRE2_SIZE at;

	if (rc != 0)
		return rc;
	/* never to machine code, which (10.42) takes \D, \S and \W for ASCII only when it minds wrong bytes */
	(*out)->broken = pcre2_compile(s.p, s.n, PCRE2_UTF | PCRE2_MATCH_INVALID_UTF, &code, &at, NULL);
	if ((*out)->broken != NULL)
		return 0;
	regex_free(*out);
	*out = NULL;
	return err_set(e, ERR_NOMEM, "no memory for a regular expression");
}

/* 0 for no match, else one more than the highest group that took part. */
static int
match_from(struct regex *r, struct slice s, size_t from, struct err *e)
{
	PCRE2_UCHAR why[ERROR_MAX];
	int rc;

	if (s.p == NULL)
		return 0;
	rc = pcre2_match(r->code, s.p, s.n, from, 0, r->data, NULL);
	if (rc == PCRE2_ERROR_JIT_STACKLIMIT)	/* its stack is small and fixed; the interpreter's is not */
		rc = pcre2_match(r->code, s.p, s.n, from, PCRE2_NO_JIT, r->data, NULL);
	if (rc <= PCRE2_ERROR_UTF8_ERR1 && rc >= PCRE2_ERROR_UTF8_ERR21 && r->broken != NULL)
		rc = pcre2_match(r->broken, s.p, s.n, from, PCRE2_NO_JIT, r->data, NULL);
	if (rc > 0)
		return rc;
	if (rc == PCRE2_ERROR_NOMATCH)
		return 0;
	if (pcre2_get_error_message(rc, why, sizeof(why)) < 0)
		why[0] = '\0';
	return err_set(e, rc == PCRE2_ERROR_NOMEMORY ? ERR_NOMEM : ERR_RANGE, "cannot match the regular expression: %s",
	    (const char *)why);
}

static int
regex_match(struct regex *r, struct slice s, struct err *e)
{
	int rc = match_from(r, s, 0, e);

	return rc > 0 ? 1 : rc;
}

static unsigned
regex_groups(const struct regex *r)
{
	uint32_t n = 0;

	(void)pcre2_pattern_info(r->code, PCRE2_INFO_CAPTURECOUNT, &n);
	return n;
}

static int
regex_find(struct regex *r, struct slice s, size_t from, size_t (*at)[2], size_t n, struct err *e)
{
	const PCRE2_SIZE *v = pcre2_get_ovector_pointer(r->data);
	int rc = match_from(r, s, from, e);
	size_t i, all = regex_groups(r) + 1u;

	if (rc <= 0)
		return rc;
	for (i = 0; i < n && i < all; i++) {
		at[i][0] = i < (size_t)rc && v[2 * i] != PCRE2_UNSET ? v[2 * i] : REGEX_UNSET;
		at[i][1] = at[i][0] != REGEX_UNSET ? v[2 * i + 1] : REGEX_UNSET;
	}
	return (int)i;
}

const struct regex_ops plog_module_regex = {
	.version = MODULE_VERSION, .compile = regex_compile, .match = regex_match, .free = regex_free,
	.compile_text = regex_compile_text, .find = regex_find, .groups = regex_groups,
};
