/*
 * jks.c - Java's own key store.
 *
 *	int32 fe ed fe ed, int32 version 1 or 2, int32 count, then entries:
 *	int32 1: alias, int64 time, int32 length and a protected key, int32 count, certificates
 *	int32 2: alias, int64 time, a certificate
 *	SHA-1 of the password in UTF-16, "Mighty Aphrodite" and all before it
 *
 * An alias is an int16 length and text; a certificate (version 2) a type of the
 * same form, int32 length, DER.  A key is PKCS8's EncryptedPrivateKeyInfo with
 * an algorithm of Sun's: 20 bytes of salt, the key xored with SHA-1(password,
 * what was before) on and on, SHA-1(password, key).
 */
#include "agent/tls/openssl.h"

#define MAGIC		0xfeedfeedu
#define DIGEST		20
#define PASSWORD_MAX	1024
#define ENTRIES_MAX	100000

struct password {
	uint8_t utf16[2 * PASSWORD_MAX];
	size_t n;
};

/* SHA-1 of the password and some bytes. */
static bool
digest(const struct password *p, const char *word, struct slice s, uint8_t out[DIGEST])
{
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	bool ok = c != NULL && EVP_DigestInit_ex(c, EVP_sha1(), NULL) == 1 && EVP_DigestUpdate(c, p->utf16, p->n) == 1 &&
	    EVP_DigestUpdate(c, word, strlen(word)) == 1 && EVP_DigestUpdate(c, s.p, s.n) == 1 &&
	    EVP_DigestFinal_ex(c, out, NULL) == 1;

	EVP_MD_CTX_free(c);
	return ok;
}

static struct slice
text16(struct rd *r)
{
	size_t n = rd_be16(r);
	const uint8_t *p = rd_bytes(r, n);

	return p == NULL ? SLICE_NULL : SLICE_OF(p, n);
}

static struct slice
bytes32(struct rd *r)
{
	size_t n = rd_be32(r);
	const uint8_t *p = rd_bytes(r, n);

	return p == NULL ? SLICE_NULL : SLICE_OF(p, n);
}

static int
certificate(struct rd *r, STACK_OF(X509) *to, bool typed, struct err *e)
{
	struct slice der;
	const uint8_t *p;
	X509 *x;

	if (typed)
		(void)text16(r);
	der = bytes32(r);
	if (der.p == NULL)
		return err_set(e, ERR_DAMAGE, "the key store stops too early");
	p = der.p;
	x = d2i_X509(NULL, &p, (long)der.n);
	if (x == NULL || sk_X509_push(to, x) == 0) {
		X509_free(x);
		return err_set(e, ERR_DAMAGE, "a certificate of the key store cannot be read");
	}
	return 0;
}

/* What is in the envelope: the octets of EncryptedPrivateKeyInfo. */
static EVP_PKEY *
unprotect(struct slice sealed, const struct password *p)
{
	uint8_t stream[DIGEST], check[DIGEST];
	struct slice key;
	uint8_t *plain;
	PKCS8_PRIV_KEY_INFO *info;
	const uint8_t *at;
	EVP_PKEY *pkey = NULL;
	size_t i;

	if (sealed.n < 2 * DIGEST || (plain = malloc(sealed.n)) == NULL)
		return NULL;
	key = SLICE_OF(sealed.p + DIGEST, sealed.n - (size_t)2 * DIGEST);
	memcpy(stream, sealed.p, DIGEST);
	for (i = 0; i < key.n; i++) {
		if (i % DIGEST == 0 && !digest(p, "", SLICE_OF(stream, DIGEST), stream))
			break;
		plain[i] = key.p[i] ^ stream[i % DIGEST];
	}
	at = plain;
	if (i == key.n && digest(p, "", SLICE_OF(plain, key.n), check) &&
	    CRYPTO_memcmp(check, sealed.p + sealed.n - DIGEST, DIGEST) == 0 &&
	    (info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, (long)key.n)) != NULL) {
		pkey = EVP_PKCS82PKEY(info);
		PKCS8_PRIV_KEY_INFO_free(info);
	}
	OPENSSL_cleanse(plain, sealed.n);
	free(plain);
	return pkey;
}

static int
key_entry(struct tls_store *s, struct rd *r, bool typed, const struct password *p, struct err *e)
{
	struct slice sealed = bytes32(r);
	uint32_t n = rd_be32(r);
	const ASN1_OCTET_STRING *octets;
	const uint8_t *at = sealed.p;
	X509_SIG *sig;
	bool first = s->key == NULL;
	STACK_OF(X509) *chain = sk_X509_new_null();
	int rc = chain == NULL ? err_set(e, ERR_NOMEM, "no memory") : 0;

	for (; n > 0 && rc == 0; n--)
		rc = certificate(r, chain, typed, e);
	if (rc == 0 && first && sealed.p != NULL && (sig = d2i_X509_SIG(NULL, &at, (long)sealed.n)) != NULL) {
		X509_SIG_get0(sig, NULL, &octets);
		s->key = unprotect(SLICE_OF(ASN1_STRING_get0_data(octets), (size_t)ASN1_STRING_length(octets)), p);
		X509_SIG_free(sig);
	}
	if (rc == 0 && s->key == NULL)
		rc = err_set(e, ERR_INVALID, "the key does not open with this password");
	if (rc == 0 && first) {
		sk_X509_pop_free(s->certs, X509_free);
		s->certs = chain;
		chain = NULL;
	}
	sk_X509_pop_free(chain, X509_free);
	return rc;
}

int
tls_jks(struct tls_store *s, struct slice file, const char *password, struct err *e)
{
	struct rd r = RD_OF(file.p, file.n);
	struct password p = { .n = 0 };
	uint8_t sum[DIGEST];
	uint32_t version, n, kind;
	int rc = 0;

	if (rd_be32(&r) != MAGIC)
		return err_set(e, ERR_FORMAT, "no Java key store");
	version = rd_be32(&r);
	n = rd_be32(&r);
	if (r.bad || version < 1 || version > 2 || n > ENTRIES_MAX || file.n < DIGEST)
		return err_set(e, ERR_DAMAGE, "the key store cannot be read");
	for (; password != NULL && *password != '\0' && p.n < sizeof(p.utf16); password++) {
		p.utf16[p.n++] = 0;
		p.utf16[p.n++] = (uint8_t)*password;
	}
	if (p.n > 0 && (!digest(&p, "Mighty Aphrodite", SLICE_OF(file.p, file.n - DIGEST), sum) ||
	    CRYPTO_memcmp(sum, file.p + file.n - DIGEST, DIGEST) != 0))
		rc = err_set(e, ERR_INVALID, "the password is wrong, or the key store is damaged");
	for (; n > 0 && rc == 0; n--) {
		kind = rd_be32(&r);
		(void)text16(&r);
		(void)rd_be64(&r);
		if (r.bad || (kind != 1 && kind != 2))
			rc = err_set(e, ERR_DAMAGE, "an entry of the key store cannot be read");
		else if (kind == 1)
			rc = key_entry(s, &r, version == 2, &p, e);
		else
			rc = certificate(&r, s->certs, version == 2, e);
	}
	OPENSSL_cleanse(&p, sizeof(p));
	return rc;
}
