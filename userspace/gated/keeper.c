// SPDX-License-Identifier: GPL-2.0-only
#include "gated/keeper.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "gated/sandbox.h"
#include "lib/clock.h"
#include "lib/log.h"

enum {
	LONG_LIFE_MS = 60000,	/* of a worker: then its death is no habit */
	FIRST_PAUSE_MS = 100,	/* between deaths and births; doubles */
	LONGEST_PAUSE_MS = 30000,
};

/* -- a worker ------------------------------------------------------------------ */

static void __attribute__((noreturn)) be_worker(const struct keeper *keeper)
{
	struct fault fault;
	char ready = 1;

	prctl(PR_SET_NAME, keeper->name);
	privilege_lock_memory();	/* a child's is not */
	if (keeper->sandbox(&fault)) {
		sg_error("%s", fault.text);
		_exit(1);
	}
	/* The daemon may be gone. */
	if (write(keeper->parent, &ready, 1) < 0 && errno != EPIPE)
		_exit(1);
	_exit(keeper->work(keeper->arg) ? 1 : 0);
}

/* Starts one and waits for its end; its status. */
static int employ(const struct keeper *keeper)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		be_worker(keeper);
	while (pid < 0 || waitpid(pid, &status, 0) < 0)
		if (pid < 0 || errno != EINTR)
			return -1;
	return status;
}

/* -- keeping ------------------------------------------------------------------- */

static bool is_ours(const struct keeper *keeper, int fd)
{
	if (fd == keeper->parent)
		return true;
	for (int i = 0; i < keeper->fd_count; i++)
		if (fd == keeper->fd[i])
			return true;
	return false;
}

/* All but those of @keeper and the log. */
static void close_others(const struct keeper *keeper)
{
	int last = STDERR_FILENO;

	for (int fd = sysconf(_SC_OPEN_MAX) - 1; fd > last; fd--)
		if (is_ours(keeper, fd))
			last = fd;
	for (int fd = STDERR_FILENO + 1; fd < last; fd++)
		if (!is_ours(keeper, fd))
			close(fd);
	close_range(last + 1, UINT_MAX, 0);
}

static void enter(const struct keeper *keeper,
		  const struct privilege *privilege)
{
	struct fault fault;

	/* Who stops the daemon means the daemon: systemd, a terminal. */
	setsid();
	signal(SIGTERM, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	prctl(PR_SET_NAME, keeper->keeper_name);
	close_others(keeper);
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

static void tell(const char *what, int status, __u64 pause)
{
	const char *then = pause ? "in a while" : "at once";

	if (WIFSIGNALED(status))
		sg_error("%s was killed by signal %d; another starts %s", what,
			 WTERMSIG(status), then);
	else
		sg_error("%s ended with status %d; another starts %s", what,
			 WEXITSTATUS(status), then);
}

void keeper_run(const struct keeper *keeper, const struct privilege *privilege)
{
	__u64 pause = 0;

	enter(keeper, privilege);
	for (;;) {
		__u64 born = clock_ms();
		int status = employ(keeper);

		if (!status)
			_exit(0);
		keeper->died(keeper->arg);
		if (clock_ms() - born >= LONG_LIFE_MS)
			pause = 0;
		tell(keeper->what, status, pause);
		pause_ms(pause);
		pause = pause ? 2 * pause : FIRST_PAUSE_MS;
		if (pause > LONGEST_PAUSE_MS)
			pause = LONGEST_PAUSE_MS;
	}
}
