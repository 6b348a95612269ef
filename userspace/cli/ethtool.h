/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ethtool(8) and ip(8) know of an interface, for srtpgate check. Every
 * function returns a negative errno when the driver cannot tell.
 */
#ifndef SRTPGATE_ETHTOOL_H
#define SRTPGATE_ETHTOOL_H

#include <linux/types.h>
#include <stdbool.h>

/* Interface @name's driver, "veth" or "i40e". */
int ethtool_driver(const char *name, char driver[32]);

/* 1: feature @feature ("rx-lro", "rx-gro-hw", ...) is on, 0: off. */
int ethtool_feature(const char *name, const char *feature);

/* Receive queues in use and possible, combined ones included. */
int ethtool_queues(const char *name, __u32 *used, __u32 *possible);

/* 1: UDP packets are spread by their ports, too; 0: by addresses alone. */
int ethtool_hashes_udp_ports(const char *name, bool ipv6);

/* NETDEV_XDP_ACT_... bits of the driver (Linux 6.3 and later). */
int ethtool_xdp_features(__u32 ifindex, __u64 *features);

struct ethtool_link {
	__u32 mtu;
	bool up;
	__u32 peer;		/* ifindex of a veth's other end, 0: unknown */
	bool peer_elsewhere;	/* in another network namespace */
};

int ethtool_link(__u32 ifindex, struct ethtool_link *link);

#endif /* SRTPGATE_ETHTOOL_H */
