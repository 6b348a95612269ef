/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System call filters (seccomp). What no rule allows fails with EPERM; what
 * only an intruder calls kills the process; memory is never executable.
 *
 * Functions return 0 or a negative errno.
 */
#ifndef SRTPGATE_FILTER_H
#define SRTPGATE_FILTER_H

#include <linux/types.h>
#include <seccomp.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/fault.h"

#define FILTER_COUNT(array) (sizeof(array) / sizeof((array)[0]))

int filter_add_calls(scmp_filter_ctx filter, __u32 action, const int *calls,
		     size_t count);

/* What an event loop, open sockets and memory need. */
int filter_add_server(scmp_filter_ctx filter);

/* Sockets of this kind, IPv4 and IPv6, made, bound and connected. */
int filter_add_connecting(scmp_filter_ctx filter, int type, int protocol);

/*
 * Sets a filter, for good: what @add allows and what is of every process. With
 * sanitizers, which need more, there is none. @fault with an error.
 */
int filter_enter(int (*add)(scmp_filter_ctx filter, unsigned int option),
		 unsigned int option,
		 struct fault *fault);

#endif /* SRTPGATE_FILTER_H */
