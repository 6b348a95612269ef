/* SPDX-License-Identifier: GPL-2.0-only */
/* Tells the service manager how we are: sd_notify(3) without libsystemd. */
#ifndef SRTPGATE_NOTIFY_H
#define SRTPGATE_NOTIFY_H

/* Connects to $NOTIFY_SOCKET while sockets may be made; -1: no systemd. */
int notify_open(void);

/* "READY=1" and the like; nothing happens when @fd is -1. */
void notify(int fd, const char *state);

#endif /* SRTPGATE_NOTIFY_H */
