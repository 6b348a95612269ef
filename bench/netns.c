// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "netns.h"
#include "result.h"

static const char *const ns_names[] = { "gen", "gw", "sink" };

static const struct {
	enum netns ns;
	char letter;
	const char *address;
} layout[PORTS] = {
	[PORT_GEN] = { NETNS_GEN, 'g', "10.77.1.2" },
	[PORT_IN] = { NETNS_GW, 'a', "10.77.1.1" },
	[PORT_OUT] = { NETNS_GW, 'b', "10.77.2.1" },
	[PORT_SINK] = { NETNS_SINK, 's', "10.77.2.2" },
};

void netns_enter(const struct netns_plan *plan, enum netns ns)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s-%s", plan->prefix,
		 ns_names[ns]);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		result_fail("namespace %s: %s; run bench/run.sh", path,
			    strerror(errno));
	close(fd);
}

static void find(struct netns_plan *plan, enum port which)
{
	struct netns_port *port = &plan->port[which];
	struct ifreq request = { 0 };
	int fd;

	netns_enter(plan, layout[which].ns);
	snprintf(port->name, sizeof(port->name), "%s-%c", plan->prefix,
		 layout[which].letter);
	port->ifindex = if_nametoindex(port->name);
	port->address = inet_addr(layout[which].address);
	memcpy(request.ifr_name, port->name, sizeof(port->name));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request))
		result_fail("interface %s: %s", port->name, strerror(errno));
	close(fd);
	memcpy(port->mac, request.ifr_hwaddr.sa_data, sizeof(port->mac));
}

void netns_plan(struct netns_plan *plan, const char *prefix)
{
	snprintf(plan->prefix, sizeof(plan->prefix), "%s", prefix);
	for (int i = 0; i < PORTS; i++)
		find(plan, i);
}

void netns_attach(const struct netns_plan *plan, enum port port, int program)
{
	int err;

	netns_enter(plan, layout[port].ns);
	err = bpf_xdp_attach(plan->port[port].ifindex, program,
			     XDP_FLAGS_DRV_MODE, NULL);
	if (err)
		result_fail("XDP on %s: %s", plan->port[port].name,
			    strerror(-err));
}

static int has_name(const char *pid, const char *prefix)
{
	char path[300], name[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (!fgets(name, sizeof(name), file))
		name[0] = 0;
	fclose(file);
	return !strncmp(name, prefix, strlen(prefix));
}

static int find_process(const char *prefix)
{
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int pid = 0;

	while (proc && !pid && (entry = readdir(proc)))
		if (isdigit(entry->d_name[0]) &&
		    has_name(entry->d_name, prefix))
			pid = atoi(entry->d_name);
	if (proc)
		closedir(proc);
	return pid;
}

int netns_poller(const struct netns_plan *plan, enum port port, int cpu,
		 int first)
{
	struct sched_param priority = { .sched_priority = 1 };
	char name[32];
	cpu_set_t set;
	int pid;

	snprintf(name, sizeof(name), "napi/%s-", plan->port[port].name);
	pid = find_process(name);
	if (!pid)
		result_fail("%s has no thread %s*: threaded NAPI is off",
			    plan->port[port].name, name);
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(pid, sizeof(set), &set) ||
	    setpriority(PRIO_PROCESS, pid, -20) ||
	    (first && sched_setscheduler(pid, SCHED_FIFO, &priority)))
		result_fail("cannot place thread %s: %s", name,
			    strerror(errno));
	return pid;
}

static __u64 thread_time(int pid, const char *thread)
{
	char path[300];
	unsigned long long ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%s/schedstat", pid, thread);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%llu", &ns) != 1)
		ns = 0;
	fclose(file);
	return ns;
}

__u64 netns_cpu_time(int pid)
{
	struct dirent *entry;
	char path[64];
	__u64 ns = 0;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks)))
		if (isdigit(entry->d_name[0]))
			ns += thread_time(pid, entry->d_name);
	if (tasks)
		closedir(tasks);
	return ns;
}
