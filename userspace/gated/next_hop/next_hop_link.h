/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The links of this host, and what frames need that leave by one. Outgoing
 * ones are entered in the devmap when they are first asked for.
 */
#ifndef SRTPGATE_NEXT_HOP_LINK_H
#define SRTPGATE_NEXT_HOP_LINK_H

#include <sys/queue.h>

#include "gated/rtnetlink.h"
#include "srtpgate/fastpath.h"

enum { HOP_LINK_BUCKETS = 256 };

struct hop_link;
LIST_HEAD(hop_link_list, hop_link);

/* All 0 but .devices_fd: nothing is known yet. */
struct hop_links {
	struct hop_link_list bucket[HOP_LINK_BUCKETS]; /* by ifindex */
	int devices_fd;		/* the map `devices` */
	bool known;		/* the kernel has named all of them once */
};

void hop_links_free(struct hop_links *links);

/* What the kernel says of a link. Each returns true if that is news. */
bool hop_link_update(struct hop_links *links, const struct rt_link *message);
bool hop_link_remove(struct hop_links *links, __u32 ifindex);

/* The kernel has named all links: forgets others, true if there were any. */
bool hop_links_complete(struct hop_links *links);

/*
 * How frames of the link @ifindex leave: source, MTU, device and tag of
 * @next; its other fields are left alone. -EAGAIN: not known yet;
 * -ENETDOWN: none can leave.
 */
int hop_link_describe(struct hop_links *links, __u32 ifindex,
		      struct sg_next_hop *next);

#endif /* SRTPGATE_NEXT_HOP_LINK_H */
