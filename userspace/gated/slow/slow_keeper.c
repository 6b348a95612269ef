// SPDX-License-Identifier: GPL-2.0-only
#include "gated/slow/slow_keeper.h"

#include "gated/keeper.h"
#include "gated/sandbox.h"
#include "gated/slow/slow_map.h"

static int work(void *arg)
{
	return slow_worker_run(arg);
}

static void died(void *arg)
{
	struct slow_setup *setup = arg;

	slow_count(&setup->shared->restarted, 1);
}

void slow_keeper_run(struct slow_setup *setup,
		     const struct privilege *privilege)
{
	const struct slow_sockets *sockets = &setup->sockets;
	const int fd[] = {
		setup->program, setup->crypto.begin, setup->crypto.commit,
		setup->crypto.finish, setup->crypto.keys,
		sockets->receive[SG_SOCKET_IPV4], sockets->send[SG_SOCKET_IPV4],
		sockets->receive[SG_SOCKET_IPV6], sockets->send[SG_SOCKET_IPV6],
	};
	const struct keeper keeper = {
		.what = "the slow path's worker",
		.name = "srtpgate-slow",
		.keeper_name = "srtpgate-keep",
		.parent = setup->parent,
		.fd = fd,
		.fd_count = sizeof(fd) / sizeof(*fd),
		.sandbox = sandbox_enter_worker,
		.work = work,
		.died = died,
		.arg = setup,
	};

	keeper_run(&keeper, privilege);
}
