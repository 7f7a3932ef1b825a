/*
 * owngroup COMMAND [ARG...] - runs it as the leader of a process group, so
 * that a test can end it with all that it starts, and not beyond the death of
 * the test's shell.
 */
#include <sys/prctl.h>
#include <err.h>
#include <signal.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
	if (argc < 2)
		errx(2, "usage: owngroup COMMAND [ARG...]");
	if (setpgid(0, 0) == -1 || prctl(PR_SET_PDEATHSIG, SIGKILL) == -1)
		err(1, "owngroup");
	execvp(argv[1], argv + 1);
	err(127, "%s", argv[1]);
}
