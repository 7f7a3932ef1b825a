/*
 * hold FILE BYTE - locks that byte of FILE as a writer of plog does, says
 * "held", and keeps it until it is killed.
 */
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	struct flock f = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	int fd;

	if (argc != 3)
		errx(2, "usage: hold FILE BYTE");
	f.l_start = strtol(argv[2], NULL, 10);
	if ((fd = open(argv[1], O_RDWR | O_CLOEXEC)) == -1 || fcntl(fd, F_OFD_SETLKW, &f) == -1)
		err(1, "%s", argv[1]);
	puts("held");
	fflush(stdout);
	for (;;)
		pause();
}
