/*
 * Any bytes as topic.properties: what is taken is written, sealed and read
 * back the same; one byte of it changed is seen; and each pair as a config.
 */
#include <stdlib.h>
#include <string.h>

#include "store/config.h"
#include "store/properties.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
written(const struct properties *p, uint8_t flip)
{
	struct properties again = PROPERTIES_INIT;
	struct buf b = BUF_INIT;

	for (size_t i = 0; i < p->n; i++)
		properties_put(&b, p->v[i].name, p->v[i].value);
	properties_seal(&b);
	if (properties_parse(&again, buf_slice(&b), "it", NULL) != 0 || again.n != p->n)
		abort();
	for (size_t i = 0; i < p->n; i++)
		if (strcmp(p->v[i].name, again.v[i].name) != 0 || strcmp(p->v[i].value, again.v[i].value) != 0)
			abort();
	properties_release(&again);
	if (p->n > 0) {
		b.p[flip % strlen(p->v[0].name)] ^= 1;
		if (properties_parse(&again, buf_slice(&b), "it", NULL) == 0)
			abort();
		properties_release(&again);
	}
	buf_release(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct properties p = PROPERTIES_INIT;
	struct config *c = config_new();

	if (properties_parse(&p, SLICE_OF(data, n), "it", NULL) == 0) {
		written(&p, n > 0 ? data[0] : 0);
		for (size_t i = 0; c != NULL && i < p.n; i++)
			if (config_set(c, p.v[i].name, p.v[i].value, NULL) == 0 &&
			    config_set(c, p.v[i].name, config_get(c, p.v[i].name), NULL) != 0)
				abort();		/* what is kept is taken again */
	}
	properties_release(&p);
	config_free(c);
	return 0;
}
