/*
 * verify_part.c - what stands beside the segments of a partition, and the
 * segments against each other.  See verify.h.
 */
#include <sys/stat.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "base/lock.h"
#include "log/swap.h"
#include "log/verify_in.h"

#define YOUNG_MS	60000		/* a temporary name of a process at work */
#define BROKER_YOUNG_MS	600000		/* a broker keeps what it deleted for a minute or so */

static struct spot
spot_of(const struct verify_part *p, const char *file)
{
	return (struct spot){ .dir = p->dir.label, .file = file, .broker = p->dir.broker, SPOT_NOWHERE };
}

/* What a reading function returned: damage is a finding, and so is what cannot be read. */
static void
judge(const struct verify_part *p, struct findings *out, const char *file, int rc, const struct err *e)
{
	struct spot s = spot_of(p, file);

	if (rc != 0)
		findings_add(out, rc == -ERR_DAMAGE ? FINDING_DAMAGE : FINDING_UNREAD, &s, "%.230s", e->text);
}

bool
part_gap_known(const struct verify_part *p, int64_t from, int64_t next)
{
	struct gap_list l = GAP_LIST_INIT;
	bool known;

	if (next <= p->log_start || gaps_cover(&p->gaps, from, next))
		return true;
	(void)gaps_read(p->dirfd, &l, NULL);
	known = gaps_cover(&l, from, next);
	gaps_release(&l);
	return known;
}

static bool
epoch_in(const struct epoch_list *l, bool broker, int32_t epoch, int64_t offset)
{
	size_t lo = 0, hi = l->n, mid;

	if (l->n == 0)
		return true;
	if (broker)
		return epoch <= l->v[l->n - 1].epoch;
	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (l->v[mid].start_offset <= offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return epoch == l->v[lo == 0 ? 0 : lo - 1].epoch;
}

bool
part_epoch_right(const struct verify_part *p, int32_t epoch, int64_t offset)
{
	struct epoch_list l = { .v = NULL, .n = 0 };
	bool right = epoch_in(&p->epochs, p->dir.broker, epoch, offset);

	if (!right && epochs_read(p->dirfd, &l, NULL) == 0) {
		right = epoch_in(&l, p->dir.broker, epoch, offset);
		epochs_release(&l);
	}
	return right;
}

static void
check_modes(const struct verify_part *p, struct findings *out)
{
	static const char *const suffixes[] = { ".log", ".index", ".timeindex" };
	char name[SEGMENT_NAME_MAX];
	struct spot s = spot_of(p, "lock");
	struct stat dir;
	size_t i;

	if (fstat(p->dirfd, &dir) == -1)
		return;
	findings_mode(out, &s, p->dirfd, &dir, "append");
	s.file = "recovery-point";
	findings_mode(out, &s, p->dirfd, &dir, "append");
	for (i = 0; p->segments.n > 0 && i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		segment_name(name, p->segments.base[p->segments.n - 1], suffixes[i]);
		s.file = name;
		findings_mode(out, &s, p->dirfd, &dir, "append");
	}
}

/* The end state: of this boot it counts, and what it counted must be there. */
static void
check_lock(struct verify_part *p, struct findings *out)
{
	static const uint8_t unknown[BOOT_ID_LEN];
	struct spot s = spot_of(p, "lock");
	uint8_t boot[BOOT_ID_LEN];
	char name[SEGMENT_NAME_MAX];
	struct stat st;
	int fd, valid;

	if ((fd = open_at(p->dirfd, "lock", O_RDONLY, 0)) == -1) {
		/* Who may only read the directory has nothing on it. */
		if (errno == ENOENT)
			findings_add(out, FINDING_DAMAGE, &s, "it is not there: nobody can append");
		return;
	}
	valid = endstate_read(fd, &p->end);
	close(fd);
	clock_boot_id(boot);
	if (valid == -1)
		findings_add(out, FINDING_UNREAD, &s, "%s", strerror(errno));
	else if (valid == 0) {
		findings_add(out, FINDING_STALE, &s, "it holds no end state");
		if (out->n > 0)
			out->v[out->n - 1].remedy = "the next writer looks for the end of the log";
	}
	p->end_known = valid == 1 && memcmp(boot, unknown, BOOT_ID_LEN) != 0 && memcmp(boot, p->end.boot_id, BOOT_ID_LEN) == 0;
	if (!p->end_known)
		return;
	segment_name(name, p->end.base, ".log");
	s = spot_of(p, name);
	if (fstatat(p->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev == p->end.dev && st.st_ino == p->end.ino &&
	    st.st_size < p->end.end) {
		s.position = st.st_size;
		findings_add(out, FINDING_DAMAGE, &s, "it was %" PRId64 " bytes long, its end is gone", p->end.end);
	}
}

static void
check_files(struct verify_part *p, struct findings *out)
{
	struct err e = ERR_INIT;
	int rc;

	judge(p, out, "leader-epoch-checkpoint", epochs_read(p->dirfd, &p->epochs, &e), &e);
	if (p->dir.broker)
		return;
	if ((rc = log_start_read(p->dirfd, &p->log_start, &e)) != 0)
		p->log_start = -1;
	judge(p, out, "log-start-offset", rc, &e);
	judge(p, out, "recovery-point", recovery_point_read(p->dirfd, &p->recovery_point, &e), &e);
	judge(p, out, NULL, gaps_read(p->dirfd, &p->gaps, &e), &e);
	check_lock(p, out);
}

static bool
ends_with(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return n > k && strcmp(name + n - k, suffix) == 0;
}

static void
check_swap(const struct verify_part *p, struct findings *out)
{
	struct spot s = spot_of(p, "swap");

	if (swap_check(p->dirfd) != -ERR_DAMAGE) {
		findings_add(out, FINDING_LEFTOVER, &s, "a compaction is being put in place, or was interrupted");
		return;
	}
	findings_add(out, FINDING_DAMAGE, &s, "a compaction that was interrupted cannot be put in place");
	if (out->n > 0)
		out->v[out->n - 1].remedy = "plog-check repair; nothing is compacted until then";
}

/* One name of the directory. */
static void
check_name(const struct verify_part *p, struct findings *out, const char *name)
{
	static const char *const of_segment[] = { ".index", ".timeindex", ".txnindex", DIGEST_SUFFIX, NULL };
	struct spot s = spot_of(p, name);
	const char *suffix;
	char log[SEGMENT_NAME_MAX];
	struct stat st;
	int64_t base, age;
	int i;

	if (fstatat(p->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	age = clock_wall_ms() - (int64_t)st.st_mtim.tv_sec * 1000;
	if (strcmp(name, "swap") == 0 && !p->dir.broker)
		check_swap(p, out);
	else if (strchr(name, '~') != NULL && age > YOUNG_MS)
		findings_add(out, FINDING_LEFTOVER, &s, "a temporary file of work that was interrupted");
	else if ((ends_with(name, ".deleted") || ends_with(name, ".cleaned") || ends_with(name, ".swap")) && age > BROKER_YOUNG_MS)
		findings_add(out, FINDING_LEFTOVER, &s, "of the broker's work");
	if (!segment_parse(name, &base, &suffix))
		return;
	for (i = 0; of_segment[i] != NULL && strcmp(of_segment[i], suffix) != 0; i++)
		;
	if (of_segment[i] == NULL || age < YOUNG_MS)
		return;
	segment_name(log, base, ".log");
	if (faccessat(p->dirfd, log, F_OK, AT_SYMLINK_NOFOLLOW) == -1 && errno == ENOENT)
		findings_add(out, FINDING_LEFTOVER, &s, "its segment is not there");
}

static void
check_names(struct verify_part *p, struct findings *out)
{
	struct spot s = spot_of(p, NULL);
	struct dirent *d;
	DIR *dir = NULL;
	int fd = open_dir_at(p->dirfd, ".");

	if (fd == -1 || (dir = fdopendir(fd)) == NULL) {
		findings_add(out, FINDING_UNREAD, &s, "%s", strerror(errno));
		if (fd != -1)
			close(fd);
		return;
	}
	while ((d = readdir(dir)) != NULL)
		check_name(p, out, d->d_name);
	closedir(dir);
	p->swap = faccessat(p->dirfd, "swap", F_OK, AT_SYMLINK_NOFOLLOW) == 0 && swap_check(p->dirfd) != -ERR_DAMAGE;
}

int
verify_part_open(struct verify_part *p, const struct partdir *dir, struct findings *out, struct err *e)
{
	int rc;

	*p = (struct verify_part){ .dir = *dir, .segments = SEGMENT_LIST_INIT, .gaps = GAP_LIST_INIT, .end = ENDSTATE_INIT };
	if ((p->dirfd = partdir_open(dir)) == -1) {
		if (errno == ENOENT)
			return err_set(e, ERR_NOENT, "no partition '%s'", dir->label);
		return err_sys(e, "cannot open '%s'", dir->label);
	}
	check_files(p, out);
	if ((rc = segment_list_read(p->dirfd, &p->segments, e)) != 0) {
		(void)err_prefix(e, "'%s'", dir->label);
		verify_part_close(p);
		return rc;
	}
	if (!dir->broker)
		check_modes(p, out);
	check_names(p, out);
	return 0;
}

static void
join(struct verify_part *p, size_t i, const struct verify_seen *a, struct findings *out)
{
	char name[SEGMENT_NAME_MAX];
	struct spot s = spot_of(p, name);
	int64_t base = p->segments.base[i + 1];

	segment_name(name, base, ".log");
	if (a->gone || a->next_offset == base)
		return;
	s.from = a->next_offset < base ? a->next_offset : base;
	s.next = a->next_offset < base ? base : a->next_offset;
	if (a->next_offset > base)
		findings_add(out, p->swap ? FINDING_LEFTOVER : FINDING_DAMAGE, &s, "the segment before it has these offsets too");
	else if (!a->tail_told && !p->dir.broker && !part_gap_known(p, a->next_offset, base))
		findings_add(out, FINDING_DAMAGE, &s, "offsets are missing before it, and nothing says why");
}

/*
 * The log starts behind its end.  Where nothing says that what was trimmed was
 * on disk, the power took it, and none of it is missed: recovery goes on at the start.
 */
static void
check_start_beyond(const struct verify_part *p, int64_t end, const struct spot *s, struct findings *out)
{
	if (p->end_known || p->recovery_point > end) {
		findings_add(out, FINDING_DAMAGE, s, "the log starts at %" PRId64 " and ends at %" PRId64, p->log_start, end);
		return;
	}
	findings_add(out, FINDING_LEFTOVER, s, "the log starts at %" PRId64 " and ends at %" PRId64
	    ": what was trimmed was not on disk yet when the machine stopped", p->log_start, end);
	if (out->n > 0)
		out->v[out->n - 1].remedy = "the next writer goes on at the start";
}

/* Where the log ends, against the files that name offsets. */
static void
check_end(struct verify_part *p, int64_t end, struct findings *out)
{
	struct spot s = spot_of(p, "recovery-point");

	s.from = end;
	if (p->recovery_point > end)
		findings_add(out, FINDING_DAMAGE, &s, "it says that the log was on disk up to %" PRId64 ", the log ends at %" PRId64,
		    p->recovery_point, end);
	s.file = "log-start-offset";
	if (p->log_start > end)
		check_start_beyond(p, end, &s, out);
	s.file = "leader-epoch-checkpoint";
	if (verify_epochs_odd(p, end)) {
		s.from = p->segments.base[0];
		s.next = end;
		findings_add(out, FINDING_DAMAGE, &s, "it begins with epoch %" PRId32 " at %" PRId64 " and ends with epoch %" PRId32
		    " at %" PRId64 ", which the log does not", p->epochs.v[0].epoch, p->epochs.v[0].start_offset,
		    p->epochs.v[p->epochs.n - 1].epoch, p->epochs.v[p->epochs.n - 1].start_offset);
	}
}

bool
verify_epochs_odd(const struct verify_part *p, int64_t end)
{
	return p->epochs.n > 0 && p->segments.n > 0 &&
	    (p->epochs.v[p->epochs.n - 1].start_offset > end || p->epochs.v[0].start_offset > p->segments.base[0]);
}

void
verify_part_end(struct verify_part *p, const struct verify_seen *seen, struct findings *out)
{
	struct spot s = spot_of(p, NULL);
	int64_t first, start;
	size_t i, n = p->segments.n;

	if (n == 0) {
		findings_add(out, FINDING_DAMAGE, &s, "there is no segment");
		return;
	}
	for (i = 0; i + 1 < n; i++)
		join(p, i, &seen[i], out);
	if (p->dir.broker || seen[n - 1].gone)
		return;
	first = p->segments.base[0];
	if (p->log_start >= 0 && p->log_start < first && !seen[0].gone &&
	    log_start_read(p->dirfd, &start, NULL) == 0 && start < first && (start > 0 || faccessat(p->dirfd,
	    "log-start-offset", F_OK, AT_SYMLINK_NOFOLLOW) == 0) && !part_gap_known(p, start, first)) {
		s.from = start;
		s.next = first;
		findings_add(out, FINDING_DAMAGE, &s, "offsets are missing at the log's start, and nothing says why");
	}
	if (!seen[n - 1].tail_told)
		check_end(p, seen[n - 1].next_offset, out);
}

void
verify_part_close(struct verify_part *p)
{
	if (p->dirfd != -1)
		close(p->dirfd);
	p->dirfd = -1;
	segment_list_release(&p->segments);
	epochs_release(&p->epochs);
	gaps_release(&p->gaps);
}
