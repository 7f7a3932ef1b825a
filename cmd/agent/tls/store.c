/*
 * store.c - keys and certificates out of a file: PEM, PKCS12 or JKS.
 */
#include <fcntl.h>

#include "agent/tls/openssl.h"
#include "base/io.h"

#define STORE_MAX	((size_t)16 << 20)

int
tls_fail(struct err *e, enum err_code code, const char *what, const char *which)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return err_set(e, code, why != NULL ? "%s '%s': %s" : "%s '%s'", what, which, why);
}

/* As many certificates as there are, and a key if there is one. */
static int
read_pem(struct tls_store *s, struct slice file, const char *password)
{
	BIO *b = BIO_new_mem_buf(file.p, (int)file.n);
	X509 *x;

	while (b != NULL && (x = PEM_read_bio_X509(b, NULL, NULL, NULL)) != NULL)
		if (sk_X509_push(s->certs, x) == 0) {
			X509_free(x);
			break;
		}
	BIO_free(b);
	b = BIO_new_mem_buf(file.p, (int)file.n);
	if (b != NULL)
		s->key = PEM_read_bio_PrivateKey(b, NULL, NULL, (void *)(uintptr_t)(password != NULL ? password : ""));
	BIO_free(b);
	ERR_clear_error();
	return sk_X509_num(s->certs) > 0 ? 0 : -ERR_INVALID;
}

static int
read_pkcs12(struct tls_store *s, struct slice file, const char *password)
{
	const uint8_t *p = file.p;
	PKCS12 *store = d2i_PKCS12(NULL, &p, (long)file.n);
	STACK_OF(X509) *more = NULL;
	X509 *own = NULL;
	int ok;

	if (store == NULL)
		return -ERR_FORMAT;
	ok = PKCS12_parse(store, password, &s->key, &own, &more);
	PKCS12_free(store);
	if (ok == 1 && own != NULL)
		sk_X509_push(s->certs, own);
	while (ok == 1 && more != NULL && sk_X509_num(more) > 0)
		sk_X509_push(s->certs, sk_X509_shift(more));
	sk_X509_pop_free(more, X509_free);
	return ok == 1 ? 0 : -ERR_INVALID;
}

int
tls_store_read(struct tls_store *s, const char *path, const char *password, struct err *e)
{
	struct buf file = BUF_INIT;
	int rc;

	*s = (struct tls_store){ .key = NULL, .certs = sk_X509_new_null() };
	rc = s->certs == NULL ? err_set(e, ERR_NOMEM, "no memory") : file_read(AT_FDCWD, path, STORE_MAX, &file, e);
	if (rc == 0) {
		rc = tls_jks(s, buf_slice(&file), password, e);
		if (rc == -ERR_FORMAT) {
			rc = read_pkcs12(s, buf_slice(&file), password);
			if (rc == -ERR_FORMAT)
				rc = read_pem(s, buf_slice(&file), password);
			if (rc != 0)
				rc = tls_fail(e, ERR_INVALID, "no PEM, PKCS12 or JKS store that this password opens:", path);
		} else if (rc != 0) {
			rc = err_prefix(e, "'%s'", path);
		}
	}
	OPENSSL_cleanse(file.p, file.n);
	buf_release(&file);
	if (rc != 0)
		tls_store_release(s);
	return rc;
}

void
tls_store_release(struct tls_store *s)
{
	EVP_PKEY_free(s->key);
	sk_X509_pop_free(s->certs, X509_free);
	*s = (struct tls_store){ .key = NULL, .certs = NULL };
}

/* What a memory BIO holds goes behind out. */
static void
drain(BIO *bio, struct buf *out)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	if (n > 0) {
		buf_put(out, p, (size_t)n);
		OPENSSL_cleanse(p, (size_t)n);
	}
	(void)BIO_reset(bio);
}

int
tls_store_pem(const char *path, const char *password, struct buf *certs, struct buf *key, struct err *e)
{
	struct tls_store s;
	BIO *bio;
	int i, ok, rc = tls_store_read(&s, path, password, e);

	if (rc != 0)
		return rc;
	bio = BIO_new(BIO_s_mem());
	ok = bio != NULL && s.key != NULL && sk_X509_num(s.certs) > 0;
	for (i = 0; ok && i < sk_X509_num(s.certs); i++)
		ok = PEM_write_bio_X509(bio, sk_X509_value(s.certs, i)) == 1;
	if (ok) {
		drain(bio, certs);
		/* Java's EC keys come without the public half, and GnuTLS does not read them so; of RSA this is no property. */
		(void)EVP_PKEY_set_int_param(s.key, OSSL_PKEY_PARAM_EC_INCLUDE_PUBLIC, 1);
		ERR_clear_error();
		ok = PEM_write_bio_PrivateKey(bio, s.key, NULL, NULL, 0, NULL, NULL) == 1;
		drain(bio, key);
	}
	BIO_free(bio);
	tls_store_release(&s);
	return ok && !certs->failed && !key->failed ? 0 : err_set(e, ERR_INVALID, "no certificate with its key in '%s'", path);
}
