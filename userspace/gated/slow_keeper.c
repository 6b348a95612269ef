// SPDX-License-Identifier: GPL-2.0-only
#include "gated/slow_keeper.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gated/sandbox.h"
#include "gated/slow_map.h"
#include "lib/clock.h"
#include "lib/log.h"

enum {
	LONG_LIFE_MS = 60000,	/* of a worker: then its death is no habit */
	FIRST_PAUSE_MS = 100,	/* between deaths and births; doubles */
	LONGEST_PAUSE_MS = 30000,
};

/* -- a worker ------------------------------------------------------------------ */

static void __attribute__((noreturn)) be_worker(struct slow_setup *setup)
{
	struct fault fault;
	char ready = 1;

	prctl(PR_SET_NAME, "srtpgate-slow");
	privilege_lock_memory();	/* a child's is not */
	if (sandbox_enter_worker(&fault)) {
		sg_error("%s", fault.text);
		_exit(1);
	}
	/* The daemon may be gone. */
	if (write(setup->parent, &ready, 1) < 0 && errno != EPIPE)
		_exit(1);
	_exit(slow_worker_run(setup) ? 1 : 0);
}

/* Starts one and waits for its end; its status. */
static int employ(struct slow_setup *setup)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		be_worker(setup);
	while (pid < 0 || waitpid(pid, &status, 0) < 0)
		if (pid < 0 || errno != EINTR)
			return -1;
	return status;
}

/* -- keeping ------------------------------------------------------------------- */

static bool is_ours(const struct slow_setup *setup, int fd)
{
	if (fd == setup->program || fd == setup->parent)
		return true;
	for (size_t i = 0; i < sizeof(setup->crypto.fd) / sizeof(int); i++)
		if (fd == setup->crypto.fd[i])
			return true;
	for (int i = 0; i < SG_SOCKETS; i++)
		if (fd == setup->sockets.receive[i] ||
		    fd == setup->sockets.send[i])
			return true;
	return false;
}

/* All but those of @setup and the log. */
static void close_others(const struct slow_setup *setup)
{
	int last = STDERR_FILENO;

	for (int fd = sysconf(_SC_OPEN_MAX) - 1; fd > last; fd--)
		if (is_ours(setup, fd))
			last = fd;
	for (int fd = STDERR_FILENO + 1; fd < last; fd++)
		if (!is_ours(setup, fd))
			close(fd);
	close_range(last + 1, UINT_MAX, 0);
}

static void enter(struct slow_setup *setup, const struct privilege *privilege)
{
	struct fault fault;

	/* Who stops the daemon means the daemon: systemd, a terminal. */
	setsid();
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	prctl(PR_SET_NAME, "srtpgate-keep");
	close_others(setup);
	if (!privilege_drop(privilege, PRIVILEGE_NONE, &fault) &&
	    !sandbox_enter_keeper(&fault))
		return;
	sg_error("%s", fault.text);
	_exit(1);
}

static void pause_ms(__u64 ms)
{
	const struct timespec time = { .tv_sec = ms / 1000,
				       .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void tell(int status, __u64 pause)
{
	const char *then = pause ? "in a while" : "at once";

	if (WIFSIGNALED(status))
		sg_error("the slow path's worker was killed by signal %d; "
			 "another starts %s", WTERMSIG(status), then);
	else
		sg_error("the slow path's worker ended with status %d; another "
			 "starts %s", WEXITSTATUS(status), then);
}

void slow_keeper_run(struct slow_setup *setup,
		     const struct privilege *privilege)
{
	__u64 pause = 0;

	enter(setup, privilege);
	for (;;) {
		__u64 born = clock_ms();
		int status = employ(setup);

		if (!status)
			_exit(0);
		if (clock_ms() - born >= LONG_LIFE_MS)
			pause = 0;
		tell(status, pause);
		pause_ms(pause);
		pause = pause ? 2 * pause : FIRST_PAUSE_MS;
		if (pause > LONGEST_PAUSE_MS)
			pause = LONGEST_PAUSE_MS;
		slow_count(&setup->shared->restarted, 1);
	}
}
