/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The gateway's program as the kernel loads it, unpinned, with streams
 * installed as srtpgated would: one key and one state per stream, and at home
 * where that is free.
 */
#ifndef BENCH_FASTPATH_H
#define BENCH_FASTPATH_H

#include "lib/master_key.h"
#include "netns.h"
#include "srtpgate/fastpath.h"
#include "srtpgate/home.h"

struct gateway;

enum {
	FASTPATH_REALM = 1,
	FASTPATH_HOP = 1,
	FASTPATH_ROWS = 16,	/* local addresses */
};

struct fastpath {
	struct gateway *skeleton;
	int program;		/* file descriptor */
	struct sg_homes homes;
	__u32 spare;		/* next slot that is nobody's home */
	__u32 *slot;		/* in every array, by a stream's number */
	bool *taken;		/* by home */
	__u32 generation;	/* last one given out */
	__u32 rows;		/* of `endpoints` in use */
};

/* IPv4 addresses and ports in network order. */
struct fastpath_stream {
	__be32 local, remote, source, destination;
	__be16 local_port, remote_port, source_port, destination_port;
	const struct sg_key *open, *seal; /* NULL: none; not both */
};

/*
 * Loads with room for @streams, and @keystream entries of key stream, a power of
 * two, or none. Exits with a message when it cannot.
 */
void fastpath_open(struct fastpath *path, __u32 streams, __u32 keystream);
void fastpath_close(struct fastpath *path);

/* Frames that come in by @from are of the realm, all leave by @to. */
void fastpath_connect(struct fastpath *path, __u32 from, __u32 to,
		      const __u8 from_mac[6], const __u8 to_mac[6]);

/* The same in the namespace of the gateway, from PORT_IN to PORT_OUT. */
void fastpath_place(struct fastpath *path, const struct netns_plan *plan,
		    __u32 streams);

/* A stream that way by @port, plain; from and to ports that are not set. */
struct fastpath_stream fastpath_across(const struct netns_plan *plan,
				       __be16 port);

/* Derives session keys for fastpath_install(). */
void fastpath_key(struct sg_key *key, const struct sg_master_key *master);

void fastpath_install(struct fastpath *path, __u32 number,
		      const struct fastpath_stream *stream);

/* RTP packets that stream @number has forwarded. */
__u64 fastpath_packets(const struct fastpath *path, __u32 number);

/* Bytes of kernel memory that its maps are charged with. */
__u64 fastpath_memory(const struct fastpath *path);

/* A line for every reason that packets did not go through; to stderr. */
void fastpath_explain(const struct fastpath *path);

#endif /* BENCH_FASTPATH_H */
