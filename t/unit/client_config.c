/*
 * A client's configuration: the syntax of properties, clusters with names,
 * Java's names, secrets.
 */
#include <sys/stat.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "backend/client_config.h"
#include "unit/check.h"
#include "unit/tmpdir.h"

/* name=value lines of what a configuration says, one behind the other. */
static const char *
said(const struct client_config *c)
{
	static char all[4096];
	size_t i, n = 0;

	all[0] = '\0';
	for (i = 0; i < c->n; i++)
		n += (size_t)snprintf(all + n, sizeof(all) - n, "%s%s=%s", i > 0 ? "|" : "", c->v[i].name, c->v[i].value);
	return all;
}

static const struct {
	const char *text, *want;	/* want NULL: refused */
} texts[] = {
	{ "", "" },
	{ "a=b", "a=b" },
	{ "a=b\n", "a=b" },
	{ "a = b\r\nc : d\re f", "a=b|c=d|e=f" },
	{ "  # no\n\t! no\n\n \n a=1", "a=1" },
	{ "a", "a=" },
	{ "a=", "a=" },
	{ "a=b=c", "a=b=c" },
	{ "a\\=b=c", "a=b=c" },
	{ "a\\ b c", "a b=c" },
	{ "a=b\\\n   c\\\n\td", "a=bcd" },
	{ "a=b\\", "a=b" },
	{ "a=b\\\\\nc=d", "a=b\\|c=d" },
	{ "a=x\\ty\\n\\u00e9\\u20AC\\q", "a=x\ty\n\xc3\xa9\xe2\x82\xacq" },
	{ "a=b   ", "a=b" },
	{ "a=# no comment", "a=# no comment" },
	{ "=b", NULL },
	{ "a=\\u12", NULL },
	{ "a=\\uzzzz", NULL },
	{ "a=\\u0000", NULL },
};

static void
check_texts(void)
{
	size_t i;

	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct client_config c = CLIENT_CONFIG_INIT;
		struct err e = ERR_INIT;
		int rc = client_config_text(&c, slice_str(texts[i].text), "k.conf", &e);

		if (texts[i].want == NULL)
			CHECK(rc == -ERR_INVALID && strncmp(e.text, "k.conf:1: ", 10) == 0, "'%s' is taken: %s", texts[i].text, said(&c));
		else
			CHECK(rc == 0 && strcmp(said(&c), texts[i].want) == 0, "'%s': %s (%s)", texts[i].text, said(&c), e.text);
		client_config_release(&c);
	}
}

static const struct {
	const char *text, *want;
} names[] = {
	{ "acks=all\nlinger.ms=5", "acks=all|linger.ms=5" },
	{ "buffer.memory=33554432", "queue.buffering.max.kbytes=32768" },
	{ "buffer.memory=5", "queue.buffering.max.kbytes=1" },
	{ "buffer.memory=x", NULL },
	{ "max.partition.fetch.bytes=7\nfetch.max.wait.ms=8", "fetch.message.max.bytes=7|fetch.wait.max.ms=8" },
	{ "key.serializer=org.x.Y\nssl.protocol=TLSv1.3", "" },
	{ "sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username=\"u ser\" password='p\\\\'w';",
	    "sasl.username=u ser|sasl.password=p'w" },
	{ "sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\\n username=a \\\n password=b;",
	    "sasl.username=a|sasl.password=b" },
	{ "sasl.jaas.config=o.a.k.OAuthBearerLoginModule required clientId=\"i\" clientSecret=\"s\";",
	    "sasl.oauthbearer.client.id=i|sasl.oauthbearer.client.secret=s|sasl.oauthbearer.method=oidc" },
	{ "sasl.jaas.config=hunter2", NULL },
	{ "ssl.truststore.location=ca.pem", "ssl.ca.location=ca.pem" },
	{ "ssl.truststore.type=PEM\nssl.truststore.location=ca", "ssl.ca.location=ca" },
	{ "ssl.truststore.location=ca.jks\nssl.truststore.password=x", NULL },
	{ "ssl.keystore.location=k\nssl.keystore.type=PEM", "ssl.certificate.location=k|ssl.key.location=k" },
	{ "ssl.keystore.location=k.p12\nssl.keystore.type=PKCS12\nssl.keystore.password=x",
	    "ssl.keystore.location=k.p12|ssl.keystore.password=x" },
	{ "ssl.keystore.location=k.jks", NULL },
	{ "ssl.endpoint.identification.algorithm=", "ssl.endpoint.identification.algorithm=none" },
	{ "partition.assignment.strategy=org.apache.kafka.clients.consumer.RangeAssignor", "partition.assignment.strategy=range" },
	{ "partition.assignment.strategy=roundrobin", "partition.assignment.strategy=roundrobin" },
	{ "what.is.this=1", "what.is.this=1" },
};

static void
check_names(void)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct client_config c = CLIENT_CONFIG_INIT;
		struct err e = ERR_INIT;
		int rc = client_config_text(&c, slice_str(names[i].text), "f", &e);

		if (rc == 0)
			rc = client_config_translate(&c, &e);
		if (names[i].want == NULL)
			CHECK(rc == -ERR_INVALID && strstr(e.text, "hunter2") == NULL, "'%s' is taken, or told: %s", names[i].text,
			    e.text);
		else
			CHECK(rc == 0 && strcmp(said(&c), names[i].want) == 0, "'%s': %s (%s)", names[i].text, said(&c), e.text);
		client_config_release(&c);
	}
}

static void
check_clusters(void)
{
	static const char text[] = "acks=1\nprod.bootstrap.servers=p:1\nlinger.ms=2\nprod.acks=all\n"
	    "test.bootstrap.servers=t:1\ntest.acks=0\nprod.ssl.key.password=x\n";
	static const struct {
		const char *cluster, *want;
	} cases[] = {
		{ NULL, "acks=1|linger.ms=2" },
		{ "prod", "acks=1|linger.ms=2|bootstrap.servers=p:1|acks=all|ssl.key.password=x" },
		{ "test", "acks=1|linger.ms=2|bootstrap.servers=t:1|acks=0" },
		{ "prd", NULL },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client_config c = CLIENT_CONFIG_INIT;
		struct err e = ERR_INIT;
		int rc = client_config_text(&c, slice_str(text), "f", &e);

		CHECK(rc == 0, "%s", e.text);
		rc = client_config_cluster(&c, cases[i].cluster, &e);
		if (cases[i].want == NULL)
			CHECK(rc == -ERR_NOENT && strstr(e.text, "'@prod'") != NULL, "%d %s", rc, e.text);
		else
			CHECK(rc == 0 && strcmp(said(&c), cases[i].want) == 0, "@%s: %s (%s)", cases[i].cluster, said(&c), e.text);
		client_config_release(&c);
	}
}

static void
check_files(const char *dir)
{
	static const struct {
		const char *text;
		mode_t mode;
		int rc;
	} cases[] = {
		{ "acks=1\n", 0644, 0 },
		{ "sasl.password=x\n", 0600, 0 },
		{ "sasl.password=x\n", 0644, -ERR_INVALID },
		{ "sasl.password=x\n", 0604, -ERR_INVALID },
		{ "prod.sasl.jaas.config=x\n", 0644, -ERR_INVALID },
		{ "ssl.keystore.key=x\n", 0644, -ERR_INVALID },
	};
	char path[PATH_MAX + 16];
	size_t i;
	int fd;

	snprintf(path, sizeof(path), "%s/k.conf", dir);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct client_config c = CLIENT_CONFIG_INIT;
		struct err e = ERR_INIT;

		unlink(path);
		fd = open(path, O_WRONLY | O_CREAT, 0600);
		CHECK(fd != -1 && write(fd, cases[i].text, strlen(cases[i].text)) > 0 && fchmod(fd, cases[i].mode) == 0, "cannot write");
		close(fd);
		CHECK(client_config_file(&c, path, &e) == cases[i].rc, "%s as %o: %s", cases[i].text, cases[i].mode, e.text);
		client_config_release(&c);
	}
	{
		struct client_config c = CLIENT_CONFIG_INIT;

		unlink(path);
		CHECK(client_config_file(&c, path, NULL) == -ERR_NOENT, "a file that is not there");
	}
}

int
main(void)
{
	check_texts();
	check_names();
	check_clusters();
	tmpdir_make();
	check_files(tmpdir_path);
	tmpdir_remove();
	return check_done();
}
