/*
 * module.c - finds plog-NAME.so beside the running program and loads it (module.h).
 */
#include "base/module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *
package_of(const char *name)
{
	static const struct {
		const char *name, *package;
	} packages[] = {
		{ "gzip", " (Debian package zlib1g)" }, { "snappy", " (Debian package libsnappy1v5)" },
		{ "lz4", " (Debian package liblz4-1)" }, { "jsonin", " (Debian package libjansson4)" },
		{ "regex", " (Debian package libpcre2-8-0)" }, { "tls", " (Debian package libssl3)" },
		{ "avro", " (Debian package libavro23)" }, { "kafka", " (Debian package librdkafka1)" },
		{ "http", " (Debian package libcurl4)" },
		{ "httpd", " (Debian package libmicrohttpd12)" }, { "hadoopxml", " (Debian package libexpat1)" }, { "bzip2", " (Debian package libbz2-1.0)" },
	};
	size_t i;

	for (i = 0; i < sizeof(packages) / sizeof(packages[0]); i++)
		if (strcmp(packages[i].name, name) == 0)
			return packages[i].package;
	return "";
}

/* The module's path in the first place where there is one; false: nowhere. */
static bool
find(const char *name, char *path, size_t size)
{
	static const char *const places[] = { "modules", "../lib/plog" };
	char self[PATH_MAX], *slash;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	size_t i;

	if (n <= 0)
		return false;
	self[n] = '\0';
	if ((slash = strrchr(self, '/')) == NULL)
		return false;
	*slash = '\0';
	for (i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		n = snprintf(path, size, "%s/%s/plog-%s.so", self, places[i], name);
		if (n > 0 && (size_t)n < size && access(path, R_OK) == 0)
			return true;
	}
	return false;
}

const void *
module_load(const char *name, struct err *e)
{
	char path[PATH_MAX], symbol[64];
	const int *table;
	void *so;

	if (!find(name, path, sizeof(path))) {
		err_set(e, ERR_ABSENT, "built without %s support%s", name, package_of(name));
		return NULL;
	}
	/* The module is linked to be bound at once; of what it brings along only what is called, which saves milliseconds. */
	if ((so = dlopen(path, RTLD_LAZY | RTLD_LOCAL)) == NULL) {
		err_set(e, ERR_ABSENT, "cannot load %s support%s: %s", name, package_of(name), dlerror());
		return NULL;
	}
	(void)snprintf(symbol, sizeof(symbol), "plog_module_%s", name);
	table = dlsym(so, symbol);
	if (table == NULL || *table != MODULE_VERSION) {
		err_set(e, ERR_ABSENT, "'%s' is not the %s module of this version", path, name);
		dlclose(so);
		return NULL;
	}
	return table;
}
