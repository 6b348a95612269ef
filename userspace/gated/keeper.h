/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A keeper: a process that starts a worker, and another one when that dies. It
 * has what a worker needs, so that nothing of it is lost meanwhile.
 */
#ifndef SRTPGATE_KEEPER_H
#define SRTPGATE_KEEPER_H

#include "lib/privilege.h"

struct keeper {
	const char *what;	/* the worker, for people: "the ...'s worker" */
	const char *name;	/* of its process, 15 octets, */
	const char *keeper_name; /* and of the keeper's */
	int parent;		/* a stream socket, for workers to say by an
				 * octet that they are ready */
	const int *fd;		/* besides, what they need; -1: none */
	int fd_count;
	/* A worker's system calls from now on. Negative errno with @fault. */
	int (*sandbox)(struct fault *fault);
	/* Its life. 0: there is nothing more to do, for the keeper neither. */
	int (*work)(void *arg);
	/* It died: in the keeper, before the next one is started. */
	void (*died)(void *arg);
	void *arg;
};

/* In a process of its own, which it ends. */
void keeper_run(const struct keeper *keeper, const struct privilege *privilege)
	__attribute__((noreturn));

#endif /* SRTPGATE_KEEPER_H */
