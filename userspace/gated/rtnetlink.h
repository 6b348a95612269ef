/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * rtnetlink(7) as the daemon needs it: requests out, messages in, and
 * nothing remembered. Addresses are IPv4-mapped or IPv6, network order.
 */
#ifndef SRTPGATE_RTNETLINK_H
#define SRTPGATE_RTNETLINK_H

#include <stdbool.h>
#include <linux/netlink.h>
#include <linux/types.h>
#include <netlink/netlink.h>

struct rt_link {
	__u32 ifindex;
	__u32 lower;		/* ifindex of a VLAN device's parent, else 0 */
	__u16 vlan;		/* identifier of a VLAN device, else 0 */
	__u16 mtu;		/* bytes of IP packet, at most 65535 */
	bool up;		/* administratively, and with carrier */
	bool usable;		/* Ethernet, and no kind of tag but 802.1Q */
	__u8 mac[6];
};

struct rt_neighbour {
	__be32 address[4];
	__u32 ifindex;
	__u16 state;		/* NUD_..., 0 when the entry was deleted */
	bool has_mac;
	__u8 mac[6];
};

struct rt_route {
	__be32 prefix[4];
	__u8 length;		/* of the prefix, 0..128 with IPv4 mapped */
	bool unicast;		/* neither local nor blackhole nor tunnelled */
	bool has_gateway;
	__be32 gateway[4];
	__u32 ifindex;
	__u16 mtu;		/* of the route, 0: the link's */
};

/*
 * A non-blocking socket that hears of @groups (RTNLGRP_..., the last one
 * RTNLGRP_NONE). Negative errno and no socket; free with nl_socket_free().
 */
int rtnetlink_open(struct nl_sock **sock, const int *groups);

/*
 * Gives @handle what the kernel has said, or a part of it if that is much.
 * -ENOBUFS: messages were lost.
 */
int rtnetlink_receive(struct nl_sock *sock,
		      void (*handle)(struct nlmsghdr *message, void *arg),
		      void *arg);

/*
 * Requests; @seq comes back in the answer. Each is answered by one message
 * (the dump: by NLMSG_DONE last). Negative errno.
 */
int rtnetlink_dump_links(struct nl_sock *sock, __u32 seq);
int rtnetlink_get_route(struct nl_sock *sock, const __be32 address[4],
			__u32 ifindex, __u32 seq);
int rtnetlink_get_neighbour(struct nl_sock *sock, const __be32 address[4],
			    __u32 ifindex, __u32 seq);

/* Makes the kernel resolve, or confirm, a neighbour: as if it was sent to. */
int rtnetlink_use_neighbour(struct nl_sock *sock, const __be32 address[4],
			    __u32 ifindex, __u32 seq);

/* -EINVAL: malformed; -EAFNOSUPPORT: about something else, ignore it. */
int rtnetlink_parse_link(struct nlmsghdr *message, struct rt_link *link);
int rtnetlink_parse_neighbour(struct nlmsghdr *message,
			      struct rt_neighbour *neighbour);
int rtnetlink_parse_route(struct nlmsghdr *message, struct rt_route *route);

/* Compares the first @bits of two addresses. */
bool rtnetlink_prefix_equal(const __be32 a[4], const __be32 b[4], int bits);

#endif /* SRTPGATE_RTNETLINK_H */
