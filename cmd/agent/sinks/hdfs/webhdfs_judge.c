/*
 * webhdfs_judge.c - URLs, redirects and answers of WebHDFS, without a
 * connection (webhdfs.h).
 */
#include "agent/sinks/hdfs/webhdfs.h"

#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "agent/sinks/hdfs/answer.h"

int
webhdfs_url(struct buf *b, const char *base, const char *path, struct err *e)
{
	const char *p;

	buf_puts(b, base);
	buf_puts(b, "/webhdfs/v1");
	for (p = path; *p != '\0'; p++)
		if (isalnum((unsigned char)*p) || strchr("/-._~", *p) != NULL)
			buf_putc(b, *p);
		else
			buf_printf(b, "%%%02X", (unsigned)(unsigned char)*p);
	if (b->failed)
		return err_set(e, ERR_NOMEM, "no memory for an address");
	return b->n <= HTTP_URL_MAX ? 0 : err_set(e, ERR_TOOBIG, "the path is too long for WebHDFS");
}

int
webhdfs_redirect_check(const char *from, struct slice to, struct err *e)
{
	bool secure = to.n > 8 && strncasecmp((const char *)to.p, "https://", 8) == 0;
	size_t i;

	if (!secure && (to.n <= 7 || strncasecmp((const char *)to.p, "http://", 7) != 0))
		return err_set(e, ERR_DAMAGE, "redirected to what is no address of HTTP");
	for (i = 0; i < to.n; i++)
		if (to.p[i] <= ' ' || to.p[i] >= 0x7f)
			return err_set(e, ERR_DAMAGE, "redirected to what is no address of HTTP");
	if (!secure && strncasecmp(from, "https://", 8) == 0)
		return err_set(e, ERR_DAMAGE, "redirected from https to http, which is not followed");
	return 0;
}

static const struct {
	const char *exception;
	enum outcome out;
} meanings[] = {
	{ "FileAlreadyExistsException", OUT_EXISTS },
	{ "AlreadyBeingCreatedException", OUT_HELD },
	{ "RecoveryInProgressException", OUT_HELD },
	{ "FileNotFoundException", OUT_MISSING },
	{ "SafeModeException", OUT_AGAIN },
	{ "StandbyException", OUT_AGAIN },
	{ "RetriableException", OUT_AGAIN },
	{ "NotReplicatedYetException", OUT_AGAIN },
	{ "AccessControlException", OUT_REFUSED },
	{ "AuthorizationException", OUT_REFUSED },
	{ "AuthenticationException", OUT_REFUSED },
	{ "SecurityException", OUT_REFUSED },
	{ "InvalidToken", OUT_REFUSED },
	{ "NSQuotaExceededException", OUT_REFUSED },
	{ "DSQuotaExceededException", OUT_REFUSED },
	{ "QuotaByStorageTypeExceededException", OUT_REFUSED },
	{ "MaxDirectoryItemsExceededException", OUT_REFUSED },
	{ "ParentNotDirectoryException", OUT_REFUSED },
	{ "UnsupportedOperationException", OUT_REFUSED },
	{ "PathComponentTooLongException", OUT_INVALID },
	{ "InvalidPathException", OUT_INVALID },
};

/*
 * Data went out; was the file made or opened before this went wrong?  A quota
 * of space, or safe mode, may come at any block; of the latter the message
 * says when it was the first call already.
 */
static bool
began(const struct hdfs_exception *x, enum outcome out)
{
	if (strncmp(x->message, "Cannot create file", 18) == 0 || strncmp(x->message, "Cannot append to file", 21) == 0)
		return false;
	return out == OUT_AGAIN || strncmp(x->name, "DSQuota", 7) == 0 || strncmp(x->name, "QuotaBy", 7) == 0;
}

enum outcome
webhdfs_judge(int status, struct slice body, bool sent, struct err *e)
{
	struct hdfs_exception x;
	enum outcome out = sent ? OUT_UNSURE : OUT_AGAIN;
	size_t i;

	if (status >= 200 && status < 300)
		return OUT_DONE;
	if (answer_exception(body, &x, NULL) != 0) {
		err_set(e, ERR_SYS, "the server answers with status %d%s", status,
		    status == 404 ? " (is this WebHDFS?)" : status == 401 ? " (it wants Kerberos)" : "");
		return status == 401 || status == 403 || status == 404 ? OUT_REFUSED : out;
	}
	err_set(e, ERR_SYS, "%s%s%s", x.name, x.message[0] != '\0' ? ": " : "", x.message);
	for (i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcmp(x.name, meanings[i].exception) == 0) {
			return sent && began(&x, meanings[i].out) ? OUT_UNSURE : meanings[i].out;
		}
	if (strcmp(x.name, "IllegalArgumentException") == 0 && strstr(x.message, "nvalid path") != NULL)
		return OUT_INVALID;
	return status == 400 || status == 401 ? OUT_REFUSED : out;
}
