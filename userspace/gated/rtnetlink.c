// SPDX-License-Identifier: GPL-2.0-only
#include "gated/rtnetlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/address.h"

enum {
	RECEIVE_BUFFER = 8 << 20, /* the kernel's queue for us, bytes */
	RECEIVE_BYTES = 64 << 10, /* messages that are read together */
	RECEIVE_TURNS = 64,	/* reads before others get a turn */
	REQUEST_BYTES = 256,	/* more than any request here has */
};

static int family_of(const __be32 address[4])
{
	return sg_address_is_ipv4(address) ? AF_INET : AF_INET6;
}

/* The address as netlink wants it: 4 or 16 bytes. */
static int put_address(struct nl_msg *msg, int type, const __be32 address[4])
{
	if (sg_address_is_ipv4(address))
		return nla_put(msg, type, 4, &address[3]);
	return nla_put(msg, type, 16, address);
}

static bool read_address(__be32 address[4], int family, const void *data,
			 int length)
{
	if (family == AF_INET && length >= 4) {
		address[0] = address[1] = 0;
		address[2] = htonl(0xffff);
		memcpy(&address[3], data, 4);
		return true;
	}
	if (family == AF_INET6 && length >= 16) {
		memcpy(address, data, 16);
		return true;
	}
	return false;
}

static bool get_address(__be32 address[4], int family,
			const struct nlattr *attribute)
{
	return attribute && read_address(address, family, nla_data(attribute),
					 nla_len(attribute));
}

bool rtnetlink_prefix_equal(const __be32 a[4], const __be32 b[4], int bits)
{
	for (int i = 0; i < 4 && bits > 0; i++, bits -= 32) {
		__u32 mask = bits >= 32 ? ~0U : ~(~0U >> bits);

		if (ntohl(a[i] ^ b[i]) & mask)
			return false;
	}
	return true;
}

/* -- the socket ------------------------------------------------------------- */

int rtnetlink_open(struct nl_sock **sock, const int *groups)
{
	int size = RECEIVE_BUFFER, err;

	*sock = nl_socket_alloc();
	if (!*sock)
		return -ENOMEM;
	nl_socket_disable_seq_check(*sock);
	if (nl_connect(*sock, NETLINK_ROUTE) ||
	    nl_socket_set_nonblocking(*sock)) {
		err = errno ? -errno : -EIO;
		goto err_free;
	}
	/* Without CAP_NET_ADMIN the default size must do. */
	setsockopt(nl_socket_get_fd(*sock), SOL_SOCKET, SO_RCVBUFFORCE, &size,
		   sizeof(size));
	for (; *groups != RTNLGRP_NONE; groups++) {
		if (nl_socket_add_membership(*sock, *groups)) {
			err = -errno;
			goto err_free;
		}
	}
	return 0;

err_free:
	nl_socket_free(*sock);
	*sock = NULL;
	return err;
}

int rtnetlink_receive(struct nl_sock *sock,
		      void (*handle)(struct nlmsghdr *message, void *arg),
		      void *arg)
{
	static __u8 buffer[RECEIVE_BYTES]
		__attribute__((aligned(NLMSG_ALIGNTO)));

	for (int i = 0; i < RECEIVE_TURNS; i++) {
		struct nlmsghdr *message = (struct nlmsghdr *)buffer;
		struct sockaddr_nl from = { 0 };
		socklen_t from_size = sizeof(from);
		int length = recvfrom(nl_socket_get_fd(sock), buffer,
				      sizeof(buffer), 0,
				      (struct sockaddr *)&from, &from_size);

		if (length < 0 && errno == ENOBUFS)
			return -ENOBUFS;
		if (length <= 0)
			break;
		if (from.nl_pid)	/* not the kernel */
			continue;
		for (; nlmsg_ok(message, length);
		     message = nlmsg_next(message, &length))
			handle(message, arg);
	}
	return 0;
}

/* -- requests --------------------------------------------------------------- */

static struct nl_msg *request(int type, int flags, __u32 seq, void *header,
			      int size)
{
	struct nl_msg *msg = nlmsg_alloc_size(REQUEST_BYTES);

	if (!msg)
		return NULL;
	if (!nlmsg_put(msg, 0, seq, type, 0, NLM_F_REQUEST | flags) ||
	    nlmsg_append(msg, header, size, NLMSG_ALIGNTO)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static int transmit(struct nl_sock *sock, struct nl_msg *msg)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	ssize_t sent;

	header->nlmsg_pid = nl_socket_get_local_port(sock);
	sent = sendto(nl_socket_get_fd(sock), header, header->nlmsg_len, 0,
		      (struct sockaddr *)&kernel, sizeof(kernel));
	nlmsg_free(msg);
	return sent < 0 ? -errno : 0;
}

int rtnetlink_dump_links(struct nl_sock *sock, __u32 seq)
{
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC };
	struct nl_msg *msg = request(RTM_GETLINK, NLM_F_DUMP, seq, &header,
				     sizeof(header));

	return msg ? transmit(sock, msg) : -ENOMEM;
}

int rtnetlink_get_route(struct nl_sock *sock, const __be32 address[4],
			__u32 ifindex, __u32 seq)
{
	struct rtmsg header = {
		.rtm_family = family_of(address),
		.rtm_dst_len = sg_address_is_ipv4(address) ? 32 : 128,
	};
	struct nl_msg *msg = request(RTM_GETROUTE, 0, seq, &header,
				     sizeof(header));

	if (!msg)
		return -ENOMEM;
	put_address(msg, RTA_DST, address);
	if (ifindex)
		nla_put_u32(msg, RTA_OIF, ifindex);
	return transmit(sock, msg);
}

static int request_neighbour(struct nl_sock *sock, const __be32 address[4],
			     __u32 ifindex, __u32 seq, int type, int flags,
			     __u8 ndm_flags)
{
	struct ndmsg header = {
		.ndm_family = family_of(address),
		.ndm_ifindex = ifindex,
		.ndm_flags = ndm_flags,
	};
	struct nl_msg *msg = request(type, flags, seq, &header, sizeof(header));

	if (!msg)
		return -ENOMEM;
	put_address(msg, NDA_DST, address);
	return transmit(sock, msg);
}

int rtnetlink_get_neighbour(struct nl_sock *sock, const __be32 address[4],
			    __u32 ifindex, __u32 seq)
{
	return request_neighbour(sock, address, ifindex, seq, RTM_GETNEIGH, 0,
				 0);
}

int rtnetlink_use_neighbour(struct nl_sock *sock, const __be32 address[4],
			    __u32 ifindex, __u32 seq)
{
	return request_neighbour(sock, address, ifindex, seq, RTM_NEWNEIGH,
				 NLM_F_CREATE | NLM_F_ACK, NTF_USE);
}

/* -- messages --------------------------------------------------------------- */

static bool get_mac(__u8 mac[6], const struct nlattr *attribute)
{
	if (!attribute || nla_len(attribute) != ETH_ALEN)
		return false;
	memcpy(mac, nla_data(attribute), ETH_ALEN);
	return true;
}

/* A VLAN device sends through its parent, which XDP must do itself. */
static void parse_vlan(struct rt_link *link, struct nlattr *linkinfo,
		       struct nlattr *lower)
{
	struct nlattr *info[IFLA_INFO_MAX + 1], *vlan[IFLA_VLAN_MAX + 1];

	if (nla_parse_nested(info, IFLA_INFO_MAX, linkinfo, NULL) ||
	    !info[IFLA_INFO_KIND] ||
	    nla_strcmp(info[IFLA_INFO_KIND], "vlan") != 0)
		return;
	link->usable = false;
	if (!info[IFLA_INFO_DATA] || !lower ||
	    nla_parse_nested(vlan, IFLA_VLAN_MAX, info[IFLA_INFO_DATA], NULL) ||
	    !vlan[IFLA_VLAN_ID])
		return;
	link->lower = nla_get_u32(lower);
	link->vlan = nla_get_u16(vlan[IFLA_VLAN_ID]);
	link->usable = link->vlan && (!vlan[IFLA_VLAN_PROTOCOL] ||
				      nla_get_u16(vlan[IFLA_VLAN_PROTOCOL]) ==
					      htons(ETH_P_8021Q));
}

int rtnetlink_parse_link(struct nlmsghdr *message, struct rt_link *link)
{
	struct nlattr *attr[IFLA_MAX + 1];
	struct ifinfomsg *header;
	__u32 mtu;

	if (nlmsg_parse(message, sizeof(*header), attr, IFLA_MAX, NULL))
		return -EINVAL;
	header = nlmsg_data(message);
	/* Bridges speak of their ports in messages of their own family. */
	if (header->ifi_family != AF_UNSPEC)
		return -EAFNOSUPPORT;
	memset(link, 0, sizeof(*link));
	link->ifindex = header->ifi_index;
	link->up = (header->ifi_flags & IFF_UP) &&
		   (header->ifi_flags & IFF_RUNNING);
	mtu = attr[IFLA_MTU] ? nla_get_u32(attr[IFLA_MTU]) : ETH_DATA_LEN;
	link->mtu = mtu < 65535 ? mtu : 65535;
	link->usable = header->ifi_type == ARPHRD_ETHER &&
		       get_mac(link->mac, attr[IFLA_ADDRESS]);
	if (link->usable && attr[IFLA_LINKINFO])
		parse_vlan(link, attr[IFLA_LINKINFO], attr[IFLA_LINK]);
	return 0;
}

int rtnetlink_parse_neighbour(struct nlmsghdr *message,
			      struct rt_neighbour *neighbour)
{
	struct nlattr *attr[NDA_MAX + 1];
	struct ndmsg *header;

	if (nlmsg_parse(message, sizeof(*header), attr, NDA_MAX, NULL))
		return -EINVAL;
	header = nlmsg_data(message);
	memset(neighbour, 0, sizeof(*neighbour));
	/* Bridge forwarding entries (AF_BRIDGE) come this way, too. */
	if ((header->ndm_flags & NTF_PROXY) ||
	    !get_address(neighbour->address, header->ndm_family, attr[NDA_DST]))
		return -EAFNOSUPPORT;
	neighbour->ifindex = header->ndm_ifindex;
	neighbour->state = header->ndm_state;
	if (message->nlmsg_type == RTM_DELNEIGH)
		neighbour->state = NUD_NONE;
	neighbour->has_mac = get_mac(neighbour->mac, attr[NDA_LLADDR]);
	return 0;
}

static void parse_gateway(struct rt_route *route, int family,
			  struct nlattr **attr)
{
	struct rtvia *via;

	if (attr[RTA_GATEWAY]) {
		route->has_gateway = get_address(route->gateway, family,
						 attr[RTA_GATEWAY]);
		return;
	}
	/* RFC 8950: an IPv4 destination behind an IPv6 gateway. */
	if (!attr[RTA_VIA] || nla_len(attr[RTA_VIA]) < (int)sizeof(*via))
		return;
	via = nla_data(attr[RTA_VIA]);
	route->has_gateway = read_address(route->gateway, via->rtvia_family,
					  via->rtvia_addr,
					  nla_len(attr[RTA_VIA]) - sizeof(*via));
}

static __u16 route_mtu(struct nlattr *metrics)
{
	struct nlattr *metric[RTAX_MAX + 1];
	__u32 mtu;

	if (!metrics || nla_parse_nested(metric, RTAX_MAX, metrics, NULL) ||
	    !metric[RTAX_MTU])
		return 0;
	mtu = nla_get_u32(metric[RTAX_MTU]);
	return mtu < 65535 ? mtu : 65535;
}

int rtnetlink_parse_route(struct nlmsghdr *message, struct rt_route *route)
{
	struct nlattr *attr[RTA_MAX + 1];
	struct rtmsg *header;
	bool v4;

	if (nlmsg_parse(message, sizeof(*header), attr, RTA_MAX, NULL))
		return -EINVAL;
	header = nlmsg_data(message);
	v4 = header->rtm_family == AF_INET;
	if (!v4 && header->rtm_family != AF_INET6)
		return -EAFNOSUPPORT;
	memset(route, 0, sizeof(*route));
	route->length = header->rtm_dst_len + (v4 ? 96 : 0);
	if (v4)
		route->prefix[2] = htonl(0xffff);
	get_address(route->prefix, header->rtm_family, attr[RTA_DST]);
	route->unicast = header->rtm_type == RTN_UNICAST &&
			 !attr[RTA_ENCAP_TYPE] && attr[RTA_OIF];
	if (attr[RTA_OIF])
		route->ifindex = nla_get_u32(attr[RTA_OIF]);
	parse_gateway(route, header->rtm_family, attr);
	route->mtu = route_mtu(attr[RTA_METRICS]);
	return 0;
}
