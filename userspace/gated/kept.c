// SPDX-License-Identifier: GPL-2.0-only
#include "gated/kept.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/log.h"

enum { READY_MS = 5000 };

static int start(struct kept *kept, kept_run *run, void *arg,
		 const struct privilege *privilege)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	pid = fork();
	if (!pid) {
		run(arg, ends[1], privilege);
		_exit(1);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return -errno;
	}
	kept->child = ends[0];
	return 0;
}

static int await(const struct kept *kept)
{
	struct pollfd child = { .fd = kept->child, .events = POLLIN };
	char ready;

	if (poll(&child, 1, READY_MS) != 1)
		return -ETIMEDOUT;
	return read(kept->child, &ready, 1) == 1 ? 0 : -ECHILD;
}

static void on_ended(evutil_socket_t fd, short what, void *arg)
{
	struct kept *kept = arg;
	char again;

	(void)what;
	/* An octet: another worker is ready. */
	if (read(fd, &again, 1) == 1)
		return;
	sg_error("%s", kept->loss);
	event_del(kept->ended);
	close(kept->child);
	kept->child = -1;
}

static int watch(struct kept *kept, struct event_base *base)
{
	kept->ended = event_new(base, kept->child, EV_READ | EV_PERSIST,
				on_ended, kept);
	return kept->ended && !event_add(kept->ended, NULL) ? 0 : -ENOMEM;
}

int kept_start(struct kept *kept, struct event_base *base, kept_run *run,
	       void *arg, const struct privilege *privilege)
{
	int err;

	kept->child = -1;
	err = start(kept, run, arg, privilege);
	if (!err)
		err = await(kept);
	if (!err)
		err = watch(kept, base);
	return err;
}

void kept_leave(struct kept *kept)
{
	if (kept->ended)
		event_free(kept->ended);
	if (kept->child >= 0)
		close(kept->child);
	kept->ended = NULL;
	kept->child = -1;
}

bool kept_is_running(const struct kept *kept)
{
	return kept->child >= 0;
}
