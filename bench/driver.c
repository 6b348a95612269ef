// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include <asm/byteorder.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/resource.h>

#include "driver.h"
#include "generator.skel.h"
#include "result.h"

enum {
	LOOPBACK = 1,
	LOCAL = 0x0a410000,	/* 10.65.0.0, and the stream adds to it */
	REMOTE = 0x0a42ffff,	/* 10.66.255.255, and it subtracts here */
	OUTSIDE = 0x0a430001,
};

const struct frame_link driver_link = {
	.from_mac = { 2, 0, 0, 0, 0, 2 },
	.to_mac = { 2, 0, 0, 0, 0, 1 },
	.from = __constant_cpu_to_be32(REMOTE),
	.to = __constant_cpu_to_be32(LOCAL),
};

void driver_open(struct driver *driver, __u32 frames)
{
	driver->count = frames;
	driver->skeleton = generator__open();
	if (!driver->skeleton)
		result_fail("the generator does not open: %s", strerror(errno));
	bpf_map__set_max_entries(driver->skeleton->maps.frames, frames);
	if (generator__load(driver->skeleton))
		result_fail("the generator does not load: %s", strerror(errno));
	driver->frames = frames_map(
		bpf_map__fd(driver->skeleton->maps.frames), frames);
	if (!driver->frames)
		result_fail("cannot map the frames: %s", strerror(errno));
}

void driver_close(struct driver *driver)
{
	frames_unmap(driver->frames, driver->count);
	generator__destroy(driver->skeleton);
}

void driver_pin(int cpu)
{
	int last = sysconf(_SC_NPROCESSORS_ONLN) - 1;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu < last ? cpu : last, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		result_note("not pinned to CPU %d: %s", cpu, strerror(errno));
	setpriority(PRIO_PROCESS, 0, -20);
}

static void set_target(struct driver *driver, __u32 slot, int program)
{
	int fd = bpf_map__fd(driver->skeleton->maps.targets);

	if (bpf_map_update_elem(fd, &slot, &program, BPF_ANY))
		result_fail("the program cannot be a tail call: %s",
			    strerror(errno));
}

void driver_connect(struct driver *driver, enum bench_target target,
		    struct fastpath *path)
{
	set_target(driver, target, path->program);
	set_target(driver, BENCH_EMPTY,
		   bpf_program__fd(driver->skeleton->progs.empty));
	fastpath_connect(path, LOOPBACK, LOOPBACK, driver_link.to_mac,
			 driver_link.from_mac);
}

void driver_install(struct fastpath *path, __u32 number,
		    const struct sg_key *open, const struct sg_key *seal)
{
	__u16 port = BENCH_LOCAL_PORT + number % BENCH_PORTS * 2;
	struct fastpath_stream stream = {
		.local = htonl(LOCAL + number / BENCH_PORTS),
		.remote = htonl(REMOTE - number / BENCH_PORTS),
		.source = htonl(OUTSIDE),
		.destination = htonl(OUTSIDE + 1),
		.local_port = htons(port),
		.remote_port = htons(BENCH_REMOTE_PORT),
		.source_port = htons(port),
		.destination_port = htons(port),
		.open = open,
		.seal = seal,
	};

	fastpath_install(path, number, &stream);
}

void driver_select(struct driver *driver, __u32 bodies, __u32 first,
		   __u32 streams)
{
	driver->skeleton->bss->body = 0;
	driver->skeleton->bss->stream = 0;
	driver->skeleton->bss->first_stream = first;
	driver->skeleton->data->bodies = bodies;
	driver->skeleton->data->streams = streams;
}

double driver_run(struct driver *driver, enum bench_target target,
		  __u32 repeat, struct bench_frame *last)
{
	LIBBPF_OPTS(bpf_test_run_opts, options,
		    .data_in = driver->frames[0].bytes,
		    .data_size_in = driver->frames[0].length,
		    .data_out = last->bytes,
		    .data_size_out = sizeof(last->bytes), .repeat = repeat);

	driver->skeleton->bss->target = target;
	if (bpf_prog_test_run_opts(
		    bpf_program__fd(driver->skeleton->progs.drive), &options))
		result_fail("BPF_PROG_RUN: %s", strerror(errno));
	last->length = options.retval == XDP_REDIRECT ?
			       options.data_size_out : 0;
	return options.duration;
}
