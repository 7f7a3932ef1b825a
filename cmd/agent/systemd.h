/*
 * systemd.h - what systemd and its services say to each other (sd_notify(3),
 * sd_listen_fds(3)), without its library.
 */
#ifndef AGENT_SYSTEMD_H
#define AGENT_SYSTEMD_H

#include <sys/socket.h>

/* "READY=1", "STOPPING=1" ... to $NOTIFY_SOCKET; nothing where that is not set. */
void systemd_notify(const char *state);
/* "RELOADING=1" with the time that goes with it. */
void systemd_reloading(void);
/* A socket that was passed to this process and is bound to that address, as a new descriptor; -1: none. */
int systemd_socket(const struct sockaddr *, int type);

#endif
