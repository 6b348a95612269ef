// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "lib/h248_carrier.h"

int h248_source_enable(int fd, sa_family_t family)
{
	int on = 1, err;

	if (family == AF_INET6)
		err = setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on,
				 sizeof(on));
	else
		err = setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	return err ? -errno : 0;
}

/* What went to a group did not come to an address of ours. */
static struct h248_source from_v6(const struct in6_pktinfo *info)
{
	if (IN6_IS_ADDR_MULTICAST(&info->ipi6_addr))
		return (struct h248_source){ AF_UNSPEC, {} };
	return (struct h248_source){ AF_INET6, { .v6 = info->ipi6_addr } };
}

struct h248_source h248_source_of(struct msghdr *packet)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(packet); c; c = CMSG_NXTHDR(packet, c)) {
		struct in6_pktinfo v6;
		struct in_pktinfo v4;

		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&v4, CMSG_DATA(c), sizeof(v4));
			return (struct h248_source){ AF_INET,
						     { v4.ipi_spec_dst } };
		}
		if (c->cmsg_level == IPPROTO_IPV6 &&
		    c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&v6, CMSG_DATA(c), sizeof(v6));
			return from_v6(&v6);
		}
	}
	return (struct h248_source){ AF_UNSPEC, {} };
}

static void put(struct msghdr *packet, int level, int type, const void *info,
		size_t size)
{
	struct cmsghdr *c = packet->msg_control;

	packet->msg_controllen = CMSG_SPACE(size);
	memset(c, 0, packet->msg_controllen);
	c->cmsg_level = level;
	c->cmsg_type = type;
	c->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(c), info, size);
}

/* No interface index: the route decides, as it does for any answer. */
void h248_source_put(struct msghdr *packet, const struct h248_source *source)
{
	struct in6_pktinfo v6 = { .ipi6_addr = source->v6 };
	struct in_pktinfo v4 = { .ipi_spec_dst = source->v4 };

	if (source->family == AF_INET6) {
		put(packet, IPPROTO_IPV6, IPV6_PKTINFO, &v6, sizeof(v6));
	} else if (source->family == AF_INET) {
		put(packet, IPPROTO_IP, IP_PKTINFO, &v4, sizeof(v4));
	} else {
		packet->msg_control = NULL;
		packet->msg_controllen = 0;
	}
}
