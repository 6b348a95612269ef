/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs the gateway's program over prepared packets inside BPF_PROG_RUN: the
 * program `drive` of generator.bpf.c makes each repetition a new packet.
 * Frames seem to come in by `lo`.
 */
#ifndef BENCH_DRIVER_H
#define BENCH_DRIVER_H

#include "fastpath.h"
#include "frames.h"

struct generator;

struct driver {
	struct generator *skeleton;
	struct bench_frame *frames;	/* memory of the map */
	__u32 count;
};

/* What frames for the driver are wrapped in. */
extern const struct frame_link driver_link;

/* Loads with room for @frames prepared frames. Exits when it cannot. */
void driver_open(struct driver *driver, __u32 frames);
void driver_close(struct driver *driver);

/* Pins this thread, at nice -20, to CPU @cpu or to the last there is. */
void driver_pin(int cpu);

/* Puts @path under test: receives from `lo`; stream @number, where aimed. */
void driver_connect(struct driver *driver, enum bench_target target,
		    struct fastpath *path);
void driver_install(struct fastpath *path, __u32 number,
		    const struct sg_key *open, const struct sg_key *seal);

/* @bodies frames from the first on, each to @streams from @first on. */
void driver_select(struct driver *driver, __u32 bodies, __u32 first,
		   __u32 streams);

/*
 * Runs @repeat packets through the gateway or through nothing; ns per
 * packet, and the last as it came out, of length 0 if not redirected.
 */
double driver_run(struct driver *driver, enum bench_target target,
		  __u32 repeat, struct bench_frame *last);

#endif /* BENCH_DRIVER_H */
