/*
 * netsend PORT FILE [REPLIES] - sends a file to 127.0.0.1:PORT as fast as it is
 * taken, and reads what comes back meanwhile; with REPLIES until that many
 * lines came, then ends.  Prints when it began and ended, ms since 1970.
 */
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static long long
now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static int
fail(const char *what)
{
	fprintf(stderr, "netsend: %s: %s\n", what, strerror(errno));
	return 1;
}

static long
newlines(const char *p, size_t n)
{
	long k = 0;
	size_t i;

	for (i = 0; i < n; i++)
		k += p[i] == '\n';
	return k;
}

int
main(int argc, char *argv[])
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	long want = argc > 3 ? strtol(argv[3], NULL, 10) : 0, got = 0;
	static char in[1 << 20];
	struct pollfd p;
	struct stat st;
	const char *text;
	size_t at = 0;
	long long began;
	ssize_t n;
	int fd;

	if (argc < 3 || (fd = open(argv[2], O_RDONLY)) == -1 || fstat(fd, &st) != 0)
		return fail("cannot read the file");
	text = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	to.sin_port = htons((uint16_t)strtoul(argv[1], NULL, 10));
	if (text == MAP_FAILED || (fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return fail("cannot connect");
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	began = now_ms();
	while (at < (size_t)st.st_size || got < want) {
		p = (struct pollfd){ .fd = fd, .events = (short)(POLLIN | (at < (size_t)st.st_size ? POLLOUT : 0)) };
		if (poll(&p, 1, 60000) <= 0)
			return fail("nothing happens");
		if ((p.revents & POLLIN) != 0) {
			if ((n = recv(fd, in, sizeof(in), 0)) <= 0 && errno != EAGAIN)
				return fail("cannot receive");
			got += n > 0 ? newlines(in, (size_t)n) : 0;
		}
		if ((p.revents & POLLOUT) != 0 && (n = send(fd, text + at, (size_t)st.st_size - at < (1 << 20) ? (size_t)st.st_size - at : 1 << 20, MSG_NOSIGNAL)) > 0)
			at += (size_t)n;
	}
	printf("%lld %lld\n", began, now_ms());
	return 0;
}
