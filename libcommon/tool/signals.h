/*
 * signals.h - TERM, INT, HUP end a command at a record boundary; then it dies
 * by that signal, raised again, so shells see 143, 130, 129.  A second one
 * ends at once, but not the echo of the first: timeout(1) and others that pass
 * signals on send each to the process and to its group.  One that was ignored
 * at start stays ignored.  PIPE is ignored
 * where a command checks its writes itself.
 */
#ifndef TOOL_SIGNALS_H
#define TOOL_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

/* Installs the handlers; the flag becomes the signal's number.  Handlers interrupt system calls (no SA_RESTART). */
const volatile sig_atomic_t *signals_catch(void);
/* For a handler: is it a second signal?  False for the first, and for what comes with it. */
bool signals_again(void);
void signals_ignore_pipe(void);
/* Ends the process: by the caught signal if there was one, else exit(status). */
_Noreturn void signals_exit(int status);

#endif
