/*
 * signals.h - TERM, INT, HUP end a command at a record boundary; then it dies
 * by that signal, raised again, so shells see 143, 130, 129.  A second one
 * ends at once; one that was ignored at start stays ignored.  PIPE is ignored
 * where a command checks its writes itself.
 */
#ifndef TOOL_SIGNALS_H
#define TOOL_SIGNALS_H

#include <signal.h>

/* Installs the handlers; the flag becomes the signal's number.  Handlers interrupt system calls (no SA_RESTART). */
const volatile sig_atomic_t *signals_catch(void);
void signals_ignore_pipe(void);
/* Ends the process: by the caught signal if there was one, else exit(status). */
_Noreturn void signals_exit(int status);

#endif
