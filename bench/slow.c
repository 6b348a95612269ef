// SPDX-License-Identifier: GPL-2.0-only
#include "slow.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "gated/slow/slow_map.h"
#include "gated/slow/slow_worker.h"
#include "gateway.skel.h"
#include "lib/maps.h"
#include "result.h"

enum { TAG = 1, ID = 1, SETTLE_US = 200000 };

static void check(int err, const char *what)
{
	if (err)
		result_fail("the slow path: %s: %s", what, strerror(-err));
}

static void enter_realm(struct fastpath *path)
{
	struct sg_interface_key key = { .ifindex = SG_LOOPBACK, .vlan = TAG };
	struct sg_interface value = { .realm = FASTPATH_REALM,
				      .flags = SG_INTERFACE_SLOW };

	check(bpf_map_update_elem(
		      bpf_map__fd(path->skeleton->maps.interfaces), &key,
		      &value, BPF_ANY),
	      "interfaces");
}

/* For as long as this process lives. */
static void steer(struct fastpath *path, const struct slow_sockets *sockets)
{
	int space = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	__u64 socket = sockets->receive[SG_SOCKET_IPV4];
	__u32 place = SG_SOCKET_IPV4;
	int link;

	check(bpf_map_update_elem(bpf_map__fd(path->skeleton->maps.sockets),
				  &place, &socket, BPF_ANY),
	      "sockets");
	link = bpf_link_create(bpf_program__fd(path->skeleton->progs.steer),
			       space, BPF_SK_LOOKUP, NULL);
	check(link < 0 ? link : 0, "steering");
	close(space);
}

static void __attribute__((noreturn)) work(struct slow_setup *setup, int cpu)
{
	cpu_set_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
	_exit(slow_worker_run(setup) ? 1 : 0);
}

int slow_start(struct fastpath *path, __u32 from, int cpu)
{
	__u32 overruns[SG_SOCKETS] = { 0 };
	struct slow_setup setup = {
		.id = ID,
		.program = path->program,
		.parent = -1,
		.shared = slow_map(bpf_map__fd(path->skeleton->maps.slow_path)),
		.overruns = overruns,
		.device_count = 1,
		.device = { { .received = from, .ifindex = from, .tag = TAG } },
	};
	struct fault fault;
	int pid;

	if (!setup.shared)
		check(-errno, "counters");
	if (slow_sockets_open(&setup.sockets, &fault))
		result_fail("%s", fault.text);
	enter_realm(path);
	steer(path, &setup.sockets);
	slow_set_owner(setup.shared, ID);
	pid = fork();
	if (!pid)
		work(&setup, cpu);
	check(pid < 0 ? -errno : 0, "worker");
	slow_sockets_close(&setup.sockets);
	slow_unmap(setup.shared);
	return pid;
}

void slow_stop(int pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void read_counters(const struct fastpath *path, struct sg_slow *slow)
{
	struct sg_maps maps = {
		.slow_path = bpf_map__fd(path->skeleton->maps.slow_path),
	};

	memset(slow, 0, sizeof(*slow));
	sg_maps_slow(&maps, slow);
}

void slow_settle(const struct fastpath *path)
{
	struct sg_slow before, now;

	read_counters(path, &now);
	do {
		before = now;
		usleep(SETTLE_US);
		read_counters(path, &now);
	} while (now.received != before.received || now.sent != before.sent);
}

void slow_explain(const struct fastpath *path)
{
	struct sg_slow slow;

	read_counters(path, &slow);
	for (int i = 0; i < SG_SLOW_ROWS; i++)
		if (sg_slow_value(&slow, i))
			fprintf(stderr, "# slow path: %llu %s\n",
				(unsigned long long)sg_slow_value(&slow, i),
				sg_slow_rows[i].text);
}
