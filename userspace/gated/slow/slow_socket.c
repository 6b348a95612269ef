// SPDX-License-Identifier: GPL-2.0-only
#include "gated/slow/slow_socket.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "lib/address.h"

enum { QUEUE_BYTES = 8 << 20 };	/* of a socket, each way */

/* -- opening ----------------------------------------------------------------- */

/* Reachable from this host only, but for what is steered to it. */
static int bind_loopback(int fd, int family)
{
	struct sockaddr_in6 ipv6 = { .sin6_family = AF_INET6,
				     .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct sockaddr_in ipv4 = { .sin_family = AF_INET,
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	if (family == AF_INET6)
		return bind(fd, (struct sockaddr *)&ipv6, sizeof(ipv6));
	return bind(fd, (struct sockaddr *)&ipv4, sizeof(ipv4));
}

static int set_options(int fd, int level, const int *options, size_t count)
{
	const int on = 1;

	for (size_t i = 0; i < count; i++)
		if (setsockopt(fd, level, options[i], &on, sizeof(on)))
			return -1;
	return 0;
}

#define SET_OPTIONS(fd, level, ...)                                            \
	set_options(fd, level, (const int[]){ __VA_ARGS__ },                   \
		    sizeof((const int[]){ __VA_ARGS__ }) / sizeof(int))

static int tell_headers(int fd, int family)
{
	if (family == AF_INET6)
		return SET_OPTIONS(fd, IPPROTO_IPV6, IPV6_V6ONLY,
				   IPV6_RECVPKTINFO, IPV6_RECVORIGDSTADDR,
				   IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS);
	return SET_OPTIONS(fd, IPPROTO_IP, IP_PKTINFO, IP_RECVORIGDSTADDR,
			   IP_RECVTTL, IP_RECVTOS);
}

static int open_receiver(int family)
{
	const int bytes = QUEUE_BYTES;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	if (!tell_headers(fd, family) && !bind_loopback(fd, family))
		return fd;
	close(fd);
	return -1;
}

/* A raw socket would get a copy of every datagram for its address. */
static int refuse_all(int fd)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	const struct sock_fprog program = { .len = 1, .filter = &none };

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program,
			  sizeof(program));
}

static int open_sender(int family)
{
	const int bytes = QUEUE_BYTES;
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			IPPROTO_UDP);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
	if (!refuse_all(fd) && !bind_loopback(fd, family))
		return fd;
	close(fd);
	return -1;
}

int slow_sockets_open(struct slow_sockets *sockets, struct fault *fault)
{
	static const int families[SG_SOCKETS] = { AF_INET, AF_INET6 };
	int err;

	for (int i = 0; i < SG_SOCKETS; i++) {
		sockets->receive[i] = open_receiver(families[i]);
		sockets->send[i] = sockets->receive[i] < 0 ?
					   -1 : open_sender(families[i]);
		if (sockets->send[i] >= 0)
			continue;
		err = errno;
		close(sockets->receive[i]);
		sockets->receive[i] = -1;
		if (i == SG_SOCKET_IPV6 &&
		    (err == EAFNOSUPPORT || err == EADDRNOTAVAIL))
			return 0;
		sockets->receive[SG_SOCKET_IPV6] = -1;
		sockets->send[SG_SOCKET_IPV6] = -1;
		slow_sockets_close(sockets);
		return fault_set(fault, err,
				 "the slow path's sockets cannot be opened: "
				 "%s; set slow_path = false to do without",
				 strerror(err));
	}
	return 0;
}

void slow_sockets_close(struct slow_sockets *sockets)
{
	for (int i = 0; i < SG_SOCKETS; i++) {
		if (sockets->receive[i] >= 0)
			close(sockets->receive[i]);
		if (sockets->send[i] >= 0)
			close(sockets->send[i]);
		sockets->receive[i] = -1;
		sockets->send[i] = -1;
	}
}

__u32 slow_socket_overruns(int fd)
{
	__u32 info[SK_MEMINFO_VARS] = { 0 };
	socklen_t size = sizeof(info);

	getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &size);
	return info[SK_MEMINFO_DROPS];
}

/* -- receiving --------------------------------------------------------------- */

int slow_inbox_receive(struct slow_inbox *inbox, int fd)
{
	int count;

	for (int i = 0; i < SLOW_BATCH; i++) {
		inbox->part[i] = (struct iovec){
			.iov_base = inbox->frame[i] + SLOW_HEADERS,
			.iov_len = SLOW_PAYLOAD,
		};
		inbox->message[i].msg_hdr = (struct msghdr){
			.msg_name = &inbox->from[i],
			.msg_namelen = sizeof(inbox->from[i]),
			.msg_iov = &inbox->part[i],
			.msg_iovlen = 1,
			.msg_control = inbox->control[i],
			.msg_controllen = SLOW_CONTROL,
		};
	}
	count = recvmmsg(fd, inbox->message, SLOW_BATCH, MSG_DONTWAIT, NULL);
	return count < 0 ? 0 : count;
}

static void note_to(struct slow_packet *packet, const void *data)
{
	const struct sockaddr_in6 *ipv6 = data;
	const struct sockaddr_in *ipv4 = data;

	sg_address_from(packet->to, data);
	packet->to_port = ipv4->sin_family == AF_INET ? ipv4->sin_port :
							ipv6->sin6_port;
}

static int number(const struct cmsghdr *header)
{
	int value;

	if (header->cmsg_len < CMSG_LEN(sizeof(value)))
		return *CMSG_DATA(header);
	memcpy(&value, CMSG_DATA(header), sizeof(value));
	return value;
}

static void note_ipv4(struct slow_packet *packet, const struct cmsghdr *header)
{
	const void *data = CMSG_DATA(header);

	switch (header->cmsg_type) {
	case IP_PKTINFO:
		packet->ifindex = ((const struct in_pktinfo *)data)->ipi_ifindex;
		break;
	case IP_ORIGDSTADDR:
		note_to(packet, data);
		break;
	case IP_TTL:
		packet->ttl = number(header);
		break;
	case IP_TOS:
		packet->traffic_class = number(header);
		break;
	}
}

static void note_ipv6(struct slow_packet *packet, const struct cmsghdr *header)
{
	const void *data = CMSG_DATA(header);

	switch (header->cmsg_type) {
	case IPV6_PKTINFO:
		packet->ifindex =
			((const struct in6_pktinfo *)data)->ipi6_ifindex;
		break;
	case IPV6_ORIGDSTADDR:
		note_to(packet, data);
		break;
	case IPV6_HOPLIMIT:
		packet->ttl = number(header);
		break;
	case IPV6_TCLASS:
		packet->traffic_class = number(header);
		break;
	}
}

void *slow_inbox_packet(struct slow_inbox *inbox, int i,
			struct slow_packet *packet, size_t *length)
{
	struct msghdr *message = &inbox->message[i].msg_hdr;
	const struct sockaddr_in6 *ipv6 = message->msg_name;
	const struct sockaddr_in *ipv4 = message->msg_name;

	memset(packet, 0, sizeof(*packet));
	sg_address_from(packet->from, message->msg_name);
	packet->from_port = ipv4->sin_family == AF_INET ? ipv4->sin_port :
							  ipv6->sin6_port;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
	     header = CMSG_NXTHDR(message, header)) {
		if (header->cmsg_level == IPPROTO_IP)
			note_ipv4(packet, header);
		else if (header->cmsg_level == IPPROTO_IPV6)
			note_ipv6(packet, header);
	}
	*length = inbox->message[i].msg_len;
	return inbox->part[i].iov_base;
}

/* -- sending ----------------------------------------------------------------- */

static void put(struct msghdr *message, struct cmsghdr **at, int level,
		int type, const void *data, size_t size)
{
	struct cmsghdr *header = *at ? *at : CMSG_FIRSTHDR(message);

	header->cmsg_level = level;
	header->cmsg_type = type;
	header->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(header), data, size);
	*at = (struct cmsghdr *)((char *)header + CMSG_SPACE(size));
}

static void address_ipv4(struct msghdr *message,
			 const struct slow_packet *packet)
{
	struct sockaddr_in *to = message->msg_name;
	const struct in_pktinfo info = {
		.ipi_ifindex = packet->ifindex,
		.ipi_spec_dst.s_addr = packet->from[3],
	};
	const int ttl = packet->ttl, tos = packet->traffic_class;
	struct cmsghdr *at = NULL;

	*to = (struct sockaddr_in){ .sin_family = AF_INET,
				    .sin_addr.s_addr = packet->to[3] };
	message->msg_namelen = sizeof(*to);
	put(message, &at, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
	put(message, &at, IPPROTO_IP, IP_TTL, &ttl, sizeof(ttl));
	put(message, &at, IPPROTO_IP, IP_TOS, &tos, sizeof(tos));
	message->msg_controllen = (char *)at - (char *)message->msg_control;
}

static void address_ipv6(struct msghdr *message,
			 const struct slow_packet *packet)
{
	struct sockaddr_in6 *to = message->msg_name;
	struct in6_pktinfo info = { .ipi6_ifindex = packet->ifindex };
	const int ttl = packet->ttl, tos = packet->traffic_class;
	struct cmsghdr *at = NULL;

	*to = (struct sockaddr_in6){ .sin6_family = AF_INET6 };
	memcpy(&to->sin6_addr, packet->to, sizeof(to->sin6_addr));
	memcpy(&info.ipi6_addr, packet->from, sizeof(info.ipi6_addr));
	message->msg_namelen = sizeof(*to);
	put(message, &at, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
	put(message, &at, IPPROTO_IPV6, IPV6_HOPLIMIT, &ttl, sizeof(ttl));
	put(message, &at, IPPROTO_IPV6, IPV6_TCLASS, &tos, sizeof(tos));
	message->msg_controllen = (char *)at - (char *)message->msg_control;
}

void slow_outbox_add(struct slow_outbox *outbox,
		     const struct slow_packet *packet)
{
	int i = outbox->count++;
	struct msghdr *message = &outbox->message[i].msg_hdr;

	outbox->part[i] = (struct iovec){ .iov_base = (void *)packet->udp,
					  .iov_len = packet->udp_size };
	*message = (struct msghdr){
		.msg_name = &outbox->to[i],
		.msg_iov = &outbox->part[i],
		.msg_iovlen = 1,
		.msg_control = outbox->control[i],
		.msg_controllen = SLOW_CONTROL,
	};
	if (sg_address_is_ipv4(packet->to))
		address_ipv4(message, packet);
	else
		address_ipv6(message, packet);
}

int slow_outbox_send(struct slow_outbox *outbox, int fd)
{
	int sent = 0;

	for (int at = 0; at < outbox->count;) {
		int taken = sendmmsg(fd, outbox->message + at,
				     outbox->count - at, MSG_DONTWAIT);

		if (taken > 0)
			sent += taken;
		/* The first is the one that was refused. */
		at += taken > 0 ? taken : 1;
	}
	outbox->count = 0;
	return sent;
}
