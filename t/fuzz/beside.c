/*
 * Any bytes as one of the small files beside the segments: what is taken makes
 * sense, and written again it is read the same.  The first byte says which file.
 */
#include <string.h>

#include "log/digest.h"
#include "log/endstate.h"
#include "log/gaps.h"
#include "log/partdir.h"
#include "log/swap.h"
#include "store/broker.h"
#include "files.h"

static void
epochs(int dir)
{
	struct epoch_list l, again;
	size_t i;

	if (epochs_read(dir, &l, NULL) != 0)
		return;
	for (i = 0; i < l.n; i++)
		if (l.v[i].epoch < 0 || l.v[i].start_offset < 0 || (i > 0 && (l.v[i].epoch <= l.v[i - 1].epoch ||
		    l.v[i].start_offset <= l.v[i - 1].start_offset)))
			abort();
	if (epochs_write(dir, &l, NULL) != 0 || epochs_read(dir, &again, NULL) != 0 || again.n != l.n ||
	    (l.n > 0 && memcmp(l.v, again.v, l.n * sizeof(*l.v)) != 0))
		abort();
	epochs_release(&l);
	epochs_release(&again);
}

static void
gaps(int dir)
{
	struct gap_list l = GAP_LIST_INIT, again = GAP_LIST_INIT;
	size_t i;

	if (gaps_read(dir, &l, NULL) == 0) {
		if (l.cleaned < 0 || l.dirty < 0 || l.dirty > l.cleaned)
			abort();
		for (i = 0; i < l.n; i++)
			if (l.v[i].from >= l.v[i].next || (i > 0 && l.v[i].from < l.v[i - 1].next) ||
			    !gaps_cover(&l, l.v[i].from, l.v[i].next))
				abort();
		if (gaps_add(dir, &(struct gap){ 7, 9 }, 1, NULL) != 0 || gaps_read(dir, &again, NULL) != 0 ||
		    !gaps_cover(&again, 7, 9))
			abort();
		for (i = 0; i < l.n; i++)
			if (!gaps_cover(&again, l.v[i].from, l.v[i].next))
				abort();
	}
	gaps_release(&l);
	gaps_release(&again);
	files_away(dir, "gaps");
	files_away(dir, "cleaner-checkpoint");
}

static void
offset_files(int dir)
{
	int64_t v;

	if (log_start_read(dir, &v, NULL) == 0 && v < 0)
		abort();
	if (recovery_point_read(dir, &v, NULL) == 0 && v < 0)
		abort();
	files_away(dir, "log-start-offset");
	files_away(dir, "recovery-point");
}

static void
lock_file(int dir)
{
	struct endstate s = ENDSTATE_INIT, again;
	int fd = openat(dir, "lock", O_RDWR);

	if (fd == -1)
		abort();
	if (endstate_read(fd, &s) == -1 || endstate_write(fd, &s) != 0 || endstate_read(fd, &again) != 1 ||
	    again.sequence != s.sequence || again.next_offset != s.next_offset || again.base != s.base)
		abort();
	close(fd);
}

static void
digest(int dir)
{
	static const uint8_t first[DIGEST_COVERS];
	struct digest d;
	int64_t base, at;
	int32_t epoch;

	if (digest_read(dir, 0, &d, NULL) == 0 && d.there)
		for (at = 0; at < 1 << 20; at += 97)
			if (digest_ask(&d, at, first) == DIGEST_OTHER)
				(void)digest_mend(&d, first, &base, &epoch);
	digest_release(&d);
}

static int
found(void *arg, const char *topic, int32_t partition, int64_t offset)
{
	(void)arg;
	if (*topic == '\0' || partition < 0 || offset < 0)
		abort();
	return 0;
}

static void
of_broker(const uint8_t *p, size_t n)
{
	char *text = strndup((const char *)p, n), topic[300];
	int32_t partition;

	if (text == NULL)
		abort();
	if (replica_name(text, topic, sizeof(topic), &partition) && (partition < 0 || strlen(topic) > 249))
		abort();
	(void)checkpoint_parse(text, "it", found, NULL, NULL);
	free(text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const char *const names[] = { "leader-epoch-checkpoint", "gaps", "cleaner-checkpoint", "log-start-offset",
		"recovery-point", "swap", "lock", "00000000000000000000.digest" };
	int dir = files_dir();
	size_t which;

	if (n == 0)
		return 0;
	which = p[0] % (sizeof(names) / sizeof(names[0]) + 1);
	if (which == sizeof(names) / sizeof(names[0])) {
		of_broker(p + 1, n - 1);
		return 0;
	}
	files_put(dir, names[which], p + 1, n - 1);
	switch (which) {
	case 0: epochs(dir); break;
	case 1: case 2: gaps(dir); break;
	case 3: case 4: offset_files(dir); break;
	case 5: (void)swap_check(dir); break;
	case 6: lock_file(dir); break;
	case 7: digest(dir); break;
	default: break;
	}
	return 0;
}
