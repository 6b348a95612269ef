// SPDX-License-Identifier: GPL-2.0-only
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "gateway.skel.h"
#include "keystream.h"
#include "lib/maps.h"
#include "result.h"

static void be_process(struct keystream *keystream, int parent)
{
	cpu_set_t set;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpriority(PRIO_PROCESS, 0, -10); /* as gated/ahead.c */
	CPU_ZERO(&set);
	CPU_SET(0, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		_exit(1);
	_exit(ahead_run(&keystream->setup, parent) ? 1 : 0);
}

void keystream_start(struct keystream *keystream, const struct fastpath *path)
{
	int ends[2];

	memset(keystream, 0, sizeof(*keystream));
	if (ahead_set_up(&keystream->setup, path->skeleton) ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		result_fail("key stream cannot be made ahead");
	keystream->pid = fork();
	if (!keystream->pid) {
		close(ends[0]);
		be_process(keystream, ends[1]);
	}
	close(ends[1]);
	keystream->end = ends[0];
	if (keystream->pid < 0)
		result_fail("no process to make key stream ahead");
	while (!__atomic_load_n(keystream->setup.heard, __ATOMIC_ACQUIRE))
		if (waitpid(keystream->pid, NULL, WNOHANG))
			result_fail("the process that makes key stream ended");
}

void keystream_stop(struct keystream *keystream)
{
	close(keystream->end);
	waitpid(keystream->pid, NULL, 0);
	ahead_tear_down(&keystream->setup);
}

static double cpu_time(pid_t pid)
{
	struct timespec t;
	clockid_t clock;

	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
		result_fail("the CPU time of a process cannot be read");
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static struct sg_ahead counters(const struct keystream *keystream)
{
	struct sg_ahead sum = { 0 };

	for (int cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++) {
		sum.hits += keystream->setup.counters[cpu].hits;
		sum.misses += keystream->setup.counters[cpu].misses;
	}
	return sum;
}

struct keystream_cost keystream_look(struct keystream *keystream)
{
	struct sg_ahead now = counters(keystream);
	__u64 hits = now.hits - keystream->counters.hits;
	__u64 misses = now.misses - keystream->counters.misses;
	double time = cpu_time(keystream->pid);
	struct keystream_cost cost = { 0 };

	if (hits) {
		cost.cpu = (time - keystream->time) / hits;
		cost.hits = (double)hits / (hits + misses);
	}
	keystream->time = time;
	keystream->counters = now;
	return cost;
}
