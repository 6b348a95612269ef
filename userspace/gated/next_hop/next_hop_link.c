// SPDX-License-Identifier: GPL-2.0-only
#include "gated/next_hop/next_hop_link.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct hop_link {
	LIST_ENTRY(hop_link) chain;
	struct rt_link is;
	bool entered;		/* in the map `devices` */
	bool seen;		/* in the dump under way */
};

static struct hop_link_list *bucket_of(struct hop_links *links, __u32 ifindex)
{
	return &links->bucket[ifindex % HOP_LINK_BUCKETS];
}

static struct hop_link *find(struct hop_links *links, __u32 ifindex)
{
	struct hop_link *link;

	LIST_FOREACH(link, bucket_of(links, ifindex), chain)
		if (link->is.ifindex == ifindex)
			return link;
	return NULL;
}

static void forget(struct hop_link *link)
{
	LIST_REMOVE(link, chain);
	free(link);
}

void hop_links_free(struct hop_links *links)
{
	struct hop_link *link;

	for (int i = 0; i < HOP_LINK_BUCKETS; i++)
		while ((link = LIST_FIRST(&links->bucket[i])))
			forget(link);
}

bool hop_link_update(struct hop_links *links, const struct rt_link *message)
{
	struct hop_link *link = find(links, message->ifindex);

	if (!link) {
		link = calloc(1, sizeof(*link));
		if (!link)
			return false;
		LIST_INSERT_HEAD(bucket_of(links, message->ifindex), link,
				 chain);
	} else if (!memcmp(&link->is, message, sizeof(*message))) {
		link->seen = true;
		return false;
	}
	link->is = *message;
	link->seen = true;
	return true;
}

bool hop_link_remove(struct hop_links *links, __u32 ifindex)
{
	struct hop_link *link = find(links, ifindex);

	if (!link)
		return false;
	forget(link);
	return true;
}

bool hop_links_complete(struct hop_links *links)
{
	struct hop_link *link, *next;
	bool news = false;

	for (int i = 0; i < HOP_LINK_BUCKETS; i++) {
		for (link = LIST_FIRST(&links->bucket[i]); link; link = next) {
			next = LIST_NEXT(link, chain);
			if (!link->seen) {
				forget(link);
				news = true;
			} else {
				link->seen = false;
			}
		}
	}
	links->known = true;
	return news;
}

static bool enter(struct hop_links *links, struct hop_link *link)
{
	__u32 ifindex = link->is.ifindex;

	if (!link->entered)
		link->entered = !bpf_map_update_elem(links->devices_fd,
						     &ifindex, &ifindex,
						     BPF_ANY);
	return link->entered;
}

/* The device that frames leave by: a VLAN device's parent, or the link. */
static struct hop_link *egress_of(struct hop_links *links,
				  struct hop_link *link)
{
	struct hop_link *egress = link->is.vlan ? find(links, link->is.lower) :
						  link;

	if (!link->is.usable || !link->is.up || !egress ||
	    !egress->is.usable || !egress->is.up || egress->is.vlan != 0)
		return NULL;
	return enter(links, egress) ? egress : NULL;
}

int hop_link_describe(struct hop_links *links, __u32 ifindex,
		      struct sg_next_hop *next)
{
	struct hop_link *link = find(links, ifindex), *egress;

	if (!link)
		return links->known ? -ENETDOWN : -EAGAIN;
	egress = egress_of(links, link);
	if (!egress)
		return -ENETDOWN;
	memcpy(next->source, link->is.mac, sizeof(next->source));
	next->mtu = link->is.mtu;
	next->ifindex = egress->is.ifindex;
	next->vlan = link->is.vlan;
	return 0;
}
