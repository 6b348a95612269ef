/* SPDX-License-Identifier: GPL-2.0-only */
/* "127.0.0.1:9464" and "[::1]:9464". */
#ifndef SRTPGATE_HOST_PORT_H
#define SRTPGATE_HOST_PORT_H

#include <stddef.h>

/* Splits @text; @host is without brackets. -EINVAL: it is not of that form. */
int sg_host_port(const char *text, char *host, size_t size, int *port);

#endif /* SRTPGATE_HOST_PORT_H */
