// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a packet costs: bpf_cost <pinned XDP link>
 *
 * Asks the kernel to time BPF programs for as long as this process lives
 * (BPF_ENABLE_STATS, which leaves the host's sysctl alone). On SIGTERM it
 * prints how often the link's program ran since, and for how long:
 * {"runs": 123, "ns": 45678, "ns_per_run": 371.4}
 */
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>

static int open_program(const char *pin)
{
	struct bpf_link_info info = {};
	__u32 size = sizeof(info);
	int link, program;

	link = bpf_obj_get(pin);
	if (link < 0)
		err(2, "%s", pin);
	if (bpf_obj_get_info_by_fd(link, &info, &size))
		err(2, "%s is no link", pin);
	program = bpf_prog_get_fd_by_id(info.prog_id);
	if (program < 0)
		err(2, "program %u", info.prog_id);
	close(link);
	return program;
}

static void read_program(int program, struct bpf_prog_info *info)
{
	__u32 size = sizeof(*info);

	*info = (struct bpf_prog_info){};
	if (bpf_obj_get_info_by_fd(program, info, &size))
		err(2, "program info");
}

int main(int argc, char **argv)
{
	struct bpf_prog_info before, after;
	unsigned long long runs, ns;
	sigset_t end;
	int program, signal;

	if (argc != 2)
		errx(2, "usage: bpf_cost <pinned XDP link>");
	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigprocmask(SIG_BLOCK, &end, NULL);
	program = open_program(argv[1]);
	if (bpf_enable_stats(BPF_STATS_RUN_TIME) < 0)
		err(2, "the kernel does not time BPF programs");

	read_program(program, &before);
	puts("{\"timing\": true}");
	fflush(stdout);
	sigwait(&end, &signal);
	read_program(program, &after);

	runs = after.run_cnt - before.run_cnt;
	ns = after.run_time_ns - before.run_time_ns;
	printf("{\"runs\": %llu, \"ns\": %llu, \"ns_per_run\": %.1f}\n", runs,
	       ns, runs ? (double)ns / runs : 0.0);
	return 0;
}
