/*
 * Full reads and writes, opens below a directory, replacing, modes, clocks.
 */
#include <sys/wait.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/io.h"
#include "unit/check.h"

static int dir;
static char path[] = "/tmp/plog-unit-io-XXXXXX";

static size_t
entries(void)
{
	DIR *d = opendir(path);
	size_t n = 0;

	while (d != NULL && readdir(d) != NULL)
		n++;
	if (d != NULL)
		closedir(d);
	return n - 2;
}

/* A pipe that takes a little at a time and does not block: all of it comes out all the same. */
static void
short_writes(void)
{
	static uint8_t big[300000], back[300000];
	struct iovec iov[4] = { { big, 100000 }, { big, 0 }, { big + 100000, 150000 }, { big + 250000, 50000 } };
	size_t i, done = 0;
	int p[2], status;
	pid_t pid;

	for (i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 7);
	CHECK_INT(pipe(p), 0);
	if ((pid = fork()) == 0) {
		close(p[0]);
		fcntl(p[1], F_SETFL, O_NONBLOCK);
		_exit(write_full(p[1], big, sizeof(big), &done) != 0 || done != sizeof(big) ||
		    writev_full(p[1], iov, 4, &done) != 0 || done != sizeof(big));
	}
	close(p[1]);
	CHECK_INT(read_full(p[0], back, sizeof(back)), sizeof(back));
	CHECK_TRUE(memcmp(big, back, sizeof(back)) == 0);
	memset(back, 0, sizeof(back));
	CHECK_INT(read_full(p[0], back, sizeof(back)), sizeof(back));
	CHECK_TRUE(memcmp(big, back, sizeof(back)) == 0);
	CHECK_INT(read_full(p[0], back, 1), 0);
	close(p[0]);
	CHECK_TRUE(waitpid(pid, &status, 0) == pid && status == 0);
	/* Who reads is gone: an error that says how much went out. */
	signal(SIGPIPE, SIG_IGN);
	CHECK_INT(pipe(p), 0);
	close(p[0]);
	done = 99;
	CHECK_INT(write_full(p[1], big, 10, &done), -1);
	CHECK_TRUE(errno == EPIPE && done == 0);
	close(p[1]);
}

static void
files(void)
{
	char back[16];
	size_t done;
	int fd = open_at(dir, "f", O_RDWR | O_CREAT | O_EXCL, 0644), full;

	CHECK_TRUE(fd > 2 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	CHECK_INT(pwrite_full(fd, "hello", 5, 3, &done), 0);
	CHECK_INT(done, 5);
	CHECK_INT(pread_full(fd, back, sizeof(back), 0), 8);
	CHECK_BYTES(back, 8, "\0\0\0hello", 8);
	CHECK_INT(pread_full(fd, back, 2, 7), 1);
	CHECK_INT(pread_full(fd, back, 2, 99), 0);
	close(fd);
	CHECK_INT(pread_full(fd, back, 2, 0), -1);
	if ((full = open("/dev/full", O_WRONLY)) != -1) {
		CHECK_INT(write_full(full, "x", 1, &done), -1);
		CHECK_TRUE(errno == ENOSPC && done == 0);
		close(full);
	}
	CHECK_INT(symlinkat("f", dir, "link"), 0);
	CHECK_INT(open_at(dir, "link", O_RDONLY, 0), -1);
	CHECK_INT(errno, ELOOP);
	CHECK_INT(open_at(dir, "f", O_RDWR | O_CREAT | O_EXCL, 0644), -1);
	CHECK_INT(open_dir_at(dir, "f"), -1);
	CHECK_INT(errno, ENOTDIR);
	fd = open_dir_at(dir, ".");
	CHECK_TRUE(fd > 2 && fsync_dir(fd) == 0);
	close(fd);
	unlinkat(dir, "link", 0);
	unlinkat(dir, "f", 0);
}

static void
replacing(void)
{
	struct buf b = BUF_INIT;
	struct err e = ERR_INIT;
	struct stat st;

	CHECK_INT(file_read(dir, "x", 100, &b, &e), -ERR_NOENT);
	CHECK_STR(e.text, "cannot read 'x': No such file or directory");
	CHECK_INT(file_replace(dir, "x", "one", 3, &e), 0);
	buf_puts(&b, "<");
	CHECK_INT(file_read(dir, "x", 3, &b, &e), 0);
	CHECK_STR(buf_str(&b), "<one");
	CHECK_INT(fchmodat(dir, "x", 0640, 0), 0);
	CHECK_INT(file_replace(dir, "x", "second", 6, &e), 0);
	CHECK_INT(fstatat(dir, "x", &st, 0), 0);
	CHECK_INT(st.st_mode & 0777, 0640);
	CHECK_INT(file_read(dir, "x", 5, &b, &e), -ERR_TOOBIG);
	CHECK_STR(buf_str(&b), "<one");
	CHECK_INT(file_read(dir, "x", 1 << 20, &b, &e), 0);
	CHECK_STR(buf_str(&b), "<onesecond");
	CHECK_INT(file_replace(dir, "x", "", 0, &e), 0);
	buf_clear(&b);
	CHECK_INT(file_read(dir, "x", 0, &b, &e), 0);
	CHECK_INT(b.n, 0);
	/* What cannot be replaced stays, and nothing is left beside it. */
	CHECK_INT(mkdirat(dir, "d", 0755), 0);
	CHECK_TRUE(file_replace(dir, "d", "x", 1, &e) == -ERR_SYS && e.sys == EISDIR);
	CHECK_INT(entries(), 2);
	CHECK_TRUE(file_replace(dir, "no/x", "x", 1, &e) == -ERR_SYS && e.sys == ENOENT);
	CHECK_INT(file_read(dir, "d", 10, &b, &e), -ERR_SYS);
	unlinkat(dir, "d", AT_REMOVEDIR);
	unlinkat(dir, "x", 0);
	buf_release(&b);
}

static void
modes(void)
{
	static const struct {
		mode_t dir, file, lock;
	} cases[] = {
		{ 0700, 0600, 0600 }, { 0755, 0644, 0600 }, { 0775, 0664, 0660 }, { 0777, 0666, 0666 }, { 0770, 0660, 0660 },
		{ 0750, 0640, 0600 }, { 02775, 0664, 0660 }, { 0711, 0644, 0600 }, { 0555, 0444, 0000 },
	};
	struct stat st = { .st_mode = 0 };
	mode_t old = umask(077);
	size_t i;
	int fd;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		st.st_mode = S_IFDIR | cases[i].dir;
		CHECK(mode_for_dir(&st, false) == cases[i].file, "file in %o: %o", cases[i].dir, mode_for_dir(&st, false));
		CHECK(mode_for_dir(&st, true) == cases[i].lock, "lock in %o: %o", cases[i].dir, mode_for_dir(&st, true));
	}
	fd = open_at(dir, "m", O_RDWR | O_CREAT, 0600);
	CHECK_TRUE(fstat(dir, &st) == 0 && fchmod(dir, 0775) == 0 && fstat(dir, &st) == 0);
	CHECK_INT(own_as_dir(fd, &st, true), 0);
	CHECK_TRUE(fstat(fd, &st) == 0);
	CHECK_INT(st.st_mode & 07777, 0660);
	umask(old);
	close(fd);
	unlinkat(dir, "m", 0);
}

/* A child with closed descriptors: none of them becomes a data file. */
static void
closed_descriptors(void)
{
	pid_t pid;
	int status = -1, fd;

	if ((pid = fork()) == 0) {
		char c;

		close(0);
		close(1);
		close(2);
		if ((fd = open_at(dir, "low", O_RDWR | O_CREAT, 0600)) < 3 || fcntl(0, F_GETFD) != -1)
			_exit(1);
		std_fds_open();
		_exit(fcntl(0, F_GETFD) == -1 || fcntl(1, F_GETFD) == -1 || read(0, &c, 1) != -1 || errno != EBADF ||
		    write(1, "x", 1) != -1 || errno != EBADF || write(2, "x", 1) != 1);
	}
	CHECK_TRUE(waitpid(pid, &status, 0) == pid && status == 0);
	unlinkat(dir, "low", 0);
}

static void
clocks(void)
{
	uint8_t id[BOOT_ID_LEN], again[BOOT_ID_LEN], zero[BOOT_ID_LEN] = { 0 };
	char name[64];
	int64_t t = clock_steady_ns();
	int fd;

	CHECK_TRUE(clock_steady_ns() >= t && clock_boot_ms() > 0);
	CHECK_TRUE(clock_wall_ms() > 1600000000000);
	setenv("PLOG_TEST_NOW", "1234", 1);
	CHECK_INT(clock_wall_ms(), 1234);
	setenv("PLOG_TEST_NOW", "12x", 1);
	CHECK_TRUE(clock_wall_ms() > 1600000000000);
	unsetenv("PLOG_TEST_NOW");
	clock_boot_id(id);
	clock_boot_id(again);
	CHECK_TRUE(memcmp(id, again, sizeof(id)) == 0 && memcmp(id, zero, sizeof(id)) != 0);
	snprintf(name, sizeof(name), "%s/boot", path);
	setenv("PLOG_TEST_BOOT_ID", name, 1);
	clock_boot_id(id);
	CHECK_BYTES(id, sizeof(id), zero, sizeof(zero));
	fd = open_at(dir, "boot", O_WRONLY | O_CREAT, 0600);
	CHECK_INT(write_full(fd, "00112233-4455-6677-8899-aabbccddeeff\n", 37, NULL), 0);
	close(fd);
	clock_boot_id(id);
	CHECK_BYTES(id, sizeof(id), "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb\xcc\xdd\xee\xff", 16);
	unsetenv("PLOG_TEST_BOOT_ID");
	unlinkat(dir, "boot", 0);
}

int
main(void)
{
	const char *name = NULL;
	struct err e = ERR_INIT;

	if (mkdtemp(path) == NULL || (dir = open(path, O_RDONLY | O_DIRECTORY)) == -1)
		return 1;
	short_writes();
	files();
	replacing();
	modes();
	closed_descriptors();
	clocks();
	CHECK_TRUE(!fs_is_network(dir, &name) || name != NULL);
	CHECK_INT(entries(), 0);
	close(dir);
	rmdir(path);
	errno = ENOMEM;
	CHECK_INT(err_sys(&e, "cannot take '%s'", "x"), -ERR_NOMEM);
	CHECK_STR(e.text, "cannot take 'x': Cannot allocate memory");
	CHECK_INT(err_prefix(&e, "topic '%s'", "t"), -ERR_NOMEM);
	CHECK_STR(e.text, "topic 't': cannot take 'x': Cannot allocate memory");
	CHECK_INT(err_set(NULL, ERR_GONE, "%d", 1), -ERR_GONE);
	return check_done();
}
