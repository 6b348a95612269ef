// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hop is a destination: its slot, and the route the kernel gave for it.
 * Hops point at the neighbour that the route leads to (the gateway, or the
 * destination itself), so one neighbour event finds its hops without a
 * search; neighbours point at nothing but their link's number.
 *
 * One socket carries requests and events, so that the kernel's queue orders
 * them: an answer never overwrites a newer event. Requests are sent WINDOW
 * at a time, because each answer needs room in that queue. When it overruns
 * all the same, all is asked again.
 *
 * A route event names a prefix. Events are collected for DEBOUNCE_MS and
 * then compared with all hops in one pass (about 1 ms for 100,000); what
 * matches is asked again. Link, address and rule events ask for every hop.
 */
#include "gated/next_hop.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "gated/rtnetlink.h"
#include "lib/address.h"

enum {
	WINDOW = 64,		/* requests under way */
	DEBOUNCE_MS = 50,
	TICK_MS = 1000,
	RETRY_FIRST = 1,	/* ticks; doubles up to RETRY_LAST */
	RETRY_LAST = 32,
	CONFIRM = 5,		/* ticks from STALE to the next probe */
	WHEEL = 64,		/* buckets of one tick, > RETRY_LAST */
	PREFIXES = 32,		/* collected; more: every hop is asked again */
	LINK_BUCKETS = 256,
	RECEIVE_BYTES = 64 << 10,
	RECEIVE_TURNS = 64,	/* messages read before others get a turn */
};

/* Sequence numbers: what was asked, and for which slot. */
enum {
	ASKED_LINKS = 1U << 28,
	ASKED_ROUTE = 2U << 28,
	ASKED_NEIGHBOUR = 3U << 28,
	ASKED_USE = 4U << 28,
	ASKED_MASK = 7U << 28,
	ASKED_SLOT = ASKED_LINKS - 1,
};

struct link {
	LIST_ENTRY(link) bucket;
	struct rt_link is;
	bool entered;		/* in the map `devices` */
	bool seen;		/* in the dump under way */
};

LIST_HEAD(links, link);
LIST_HEAD(hops, hop);
LIST_HEAD(neighbours, neighbour);
TAILQ_HEAD(hop_queue, hop);
TAILQ_HEAD(neighbour_queue, neighbour);

enum resolution { UNKNOWN, RESOLVED, FAILED };

enum ask { ASK_NOTHING, ASK_LOOK, ASK_USE };

struct neighbour {
	LIST_ENTRY(neighbour) bucket;
	LIST_ENTRY(neighbour) timed;
	TAILQ_ENTRY(neighbour) work;
	struct hops hops;
	__be32 address[4];
	__u32 ifindex;
	enum resolution resolution;
	enum ask ask;		/* is in the work queue for this */
	bool waiting;		/* is in a bucket of the wheel */
	__u32 backoff;		/* ticks */
	__u32 used_at;		/* tick of the last ASK_USE */
	__u8 mac[6];
};

enum hop_use { FREE, LIVE, DYING };

struct hop {
	TAILQ_ENTRY(hop) turn;	/* among the free or the dying */
	TAILQ_ENTRY(hop) work;
	LIST_ENTRY(hop) bucket;
	LIST_ENTRY(hop) peer;	/* of the same neighbour */
	struct neighbour *neighbour; /* NULL: no route, or not known yet */
	__be32 address[4];
	__u32 ifindex;		/* the caller's restriction, 0: none */
	__u32 references;
	__u32 died;		/* tick */
	__u16 mtu;		/* of the route, 0: the link's */
	__u8 use;		/* enum hop_use */
	bool queued;
	bool answered;		/* the route was asked for at least once */
	bool resolved;
};

struct prefix {
	__be32 address[4];
	int length;
};

struct next_hops {
	struct event_base *base;
	struct nl_sock *sock;
	struct event *readable, *tick, *sweep;
	int devices_fd;
	struct sg_next_hop *slots; /* the map */
	size_t slots_bytes;
	__u32 size;

	struct hop *hops;
	struct hops *by_address;
	struct neighbours *by_gateway;
	__u32 mask;		/* of both tables */
	__u32 seed;
	struct links links[LINK_BUCKETS];

	struct hop_queue free, dying, ask_routes;
	struct neighbour_queue ask_neighbours;
	struct neighbours wheel[WHEEL];
	__u32 now;		/* ticks */
	__u32 outstanding;
	bool links_wanted, links_failed, links_known;

	struct prefix dirty[PREFIXES];
	__u32 dirty_count;	/* > PREFIXES: all */

	__u32 used, unresolved;
};

static void pump(struct next_hops *t);

/* -- tables ------------------------------------------------------------------ */

static __u32 number(const struct next_hops *t, const struct hop *hop)
{
	return hop - t->hops;
}

static __u32 hash(const struct next_hops *t, const __be32 address[4],
		  __u32 ifindex)
{
	__u64 sum = t->seed ^ ifindex;

	for (int i = 0; i < 4; i++) {
		sum = (sum ^ address[i]) * 0x9e3779b97f4a7c15ULL;
		sum ^= sum >> 32;
	}
	return sum & t->mask;
}

static struct hop *find_hop(struct next_hops *t, const __be32 address[4],
			    __u32 ifindex)
{
	struct hop *hop;

	LIST_FOREACH(hop, &t->by_address[hash(t, address, ifindex)], bucket)
		if (hop->ifindex == ifindex &&
		    sg_address_equal(hop->address, address))
			return hop;
	return NULL;
}

static struct neighbour *find_neighbour(struct next_hops *t,
					const __be32 address[4], __u32 ifindex)
{
	struct neighbour *neighbour;

	LIST_FOREACH(neighbour, &t->by_gateway[hash(t, address, ifindex)],
		     bucket)
		if (neighbour->ifindex == ifindex &&
		    sg_address_equal(neighbour->address, address))
			return neighbour;
	return NULL;
}

static struct link *find_link(struct next_hops *t, __u32 ifindex)
{
	struct link *link;

	LIST_FOREACH(link, &t->links[ifindex % LINK_BUCKETS], bucket)
		if (link->is.ifindex == ifindex)
			return link;
	return NULL;
}

/* -- questions --------------------------------------------------------------- */

static void ask_route(struct next_hops *t, struct hop *hop)
{
	if (hop->queued || hop->use == FREE)
		return;
	hop->queued = true;
	TAILQ_INSERT_TAIL(&t->ask_routes, hop, work);
}

static void ask_neighbour(struct next_hops *t, struct neighbour *neighbour,
			  enum ask ask)
{
	if (neighbour->ask == ASK_NOTHING)
		TAILQ_INSERT_TAIL(&t->ask_neighbours, neighbour, work);
	if (ask > neighbour->ask)
		neighbour->ask = ask;
}

static int send_neighbour(struct next_hops *t, struct neighbour *neighbour)
{
	if (neighbour->ask == ASK_LOOK)
		return rtnetlink_get_neighbour(t->sock, neighbour->address,
					       neighbour->ifindex,
					       ASKED_NEIGHBOUR);
	neighbour->used_at = t->now;
	return rtnetlink_use_neighbour(t->sock, neighbour->address,
				       neighbour->ifindex, ASKED_USE);
}

/* Sends what waits; a failed send stays and is tried at the next tick. */
static void pump(struct next_hops *t)
{
	struct neighbour *neighbour;
	struct hop *hop;

	if (t->links_wanted && !rtnetlink_dump_links(t->sock, ASKED_LINKS)) {
		t->links_wanted = false;
		t->outstanding++;
	}
	while (t->outstanding < WINDOW &&
	       (neighbour = TAILQ_FIRST(&t->ask_neighbours))) {
		if (send_neighbour(t, neighbour))
			return;
		TAILQ_REMOVE(&t->ask_neighbours, neighbour, work);
		neighbour->ask = ASK_NOTHING;
		t->outstanding++;
	}
	while (t->outstanding < WINDOW && (hop = TAILQ_FIRST(&t->ask_routes))) {
		if (rtnetlink_get_route(t->sock, hop->address, hop->ifindex,
					ASKED_ROUTE | number(t, hop)))
			return;
		TAILQ_REMOVE(&t->ask_routes, hop, work);
		hop->queued = false;
		t->outstanding++;
	}
}

/* -- the map ----------------------------------------------------------------- */

static bool enter_device(struct next_hops *t, struct link *link)
{
	__u32 ifindex = link->is.ifindex;

	if (!link->entered)
		link->entered = !bpf_map_update_elem(t->devices_fd, &ifindex,
						     &ifindex, BPF_ANY);
	return link->entered;
}

/* The device that frames leave by: a VLAN device's parent, or the link. */
static struct link *egress_of(struct next_hops *t, const struct link *link)
{
	struct link *egress = link->is.vlan ? find_link(t, link->is.lower) :
					      find_link(t, link->is.ifindex);

	if (!link->is.usable || !link->is.up || !egress ||
	    !egress->is.usable || !egress->is.up || egress->is.vlan != 0)
		return NULL;
	return enter_device(t, egress) ? egress : NULL;
}

/*
 * What @hop's slot should say. False: not known yet, what it says stays,
 * so that a changed gateway is taken when it is resolved and not before.
 */
static bool compose(struct next_hops *t, struct hop *hop,
		    struct sg_next_hop *next)
{
	const struct sg_next_hop *now = &t->slots[number(t, hop)];
	struct neighbour *neighbour = hop->neighbour;
	struct link *link, *egress;

	memset(next, 0, sizeof(*next));
	if (!hop->answered)
		return false;
	if (!neighbour)
		return true;
	next->state = SG_NEXT_HOP_INCOMPLETE;
	link = find_link(t, neighbour->ifindex);
	if (!link)
		return t->links_known;
	egress = egress_of(t, link);
	if (!egress)
		return true;
	memcpy(next->source, link->is.mac, sizeof(next->source));
	next->mtu = hop->mtu && hop->mtu < link->is.mtu ? hop->mtu :
							  link->is.mtu;
	next->ifindex = egress->is.ifindex;
	next->vlan = link->is.vlan;
	if (neighbour->resolution == UNKNOWN)
		return now->word2 != next->word2;
	if (neighbour->resolution == RESOLVED) {
		memcpy(next->destination, neighbour->mac,
		       sizeof(next->destination));
		next->state = SG_NEXT_HOP_REACHABLE;
	}
	return true;
}

static void store(__u64 *word, __u64 value)
{
	__atomic_store_n(word, value, __ATOMIC_RELEASE);
}

/*
 * The program reads word0 first: whoever sees REACHABLE sees the rest. A
 * packet that read word0 just before a change of interface may still leave
 * with the old link-layer address, as packets in flight do.
 */
static void publish(struct next_hops *t, struct hop *hop)
{
	struct sg_next_hop *slot = &t->slots[number(t, hop)], next;
	bool resolved;

	if (!compose(t, hop, &next))
		return;
	if (slot->word1 != next.word1 || slot->word2 != next.word2) {
		if (slot->state == SG_NEXT_HOP_REACHABLE &&
		    slot->word2 != next.word2)
			store(&slot->word0,
			      (struct sg_next_hop){
				      .state = SG_NEXT_HOP_INCOMPLETE }.word0);
		store(&slot->word2, next.word2);
		store(&slot->word1, next.word1);
	}
	if (slot->word0 != next.word0)
		store(&slot->word0, next.word0);
	resolved = next.state == SG_NEXT_HOP_REACHABLE;
	if (resolved == hop->resolved)
		return;
	if (hop->use == LIVE)
		t->unresolved += resolved ? -1 : 1;
	hop->resolved = resolved;
	store(&slot->used, 0);
}

static void clear(struct sg_next_hop *slot)
{
	store(&slot->word0, 0);
	store(&slot->word1, 0);
	store(&slot->word2, 0);
	store(&slot->used, 0);
}

/* -- neighbours -------------------------------------------------------------- */

static void unschedule(struct neighbour *neighbour)
{
	if (neighbour->waiting)
		LIST_REMOVE(neighbour, timed);
	neighbour->waiting = false;
}

static void schedule(struct next_hops *t, struct neighbour *neighbour,
		     __u32 ticks)
{
	unschedule(neighbour);
	LIST_INSERT_HEAD(&t->wheel[(t->now + ticks) % WHEEL], neighbour, timed);
	neighbour->waiting = true;
}

static void back_off(struct next_hops *t, struct neighbour *neighbour)
{
	schedule(t, neighbour, neighbour->backoff);
	if (neighbour->backoff < RETRY_LAST)
		neighbour->backoff *= 2;
}

static void resolved(struct next_hops *t, struct neighbour *neighbour,
		     const struct rt_neighbour *message)
{
	bool change = neighbour->resolution != RESOLVED ||
		      memcmp(neighbour->mac, message->mac,
			     sizeof(neighbour->mac)) != 0;
	struct hop *hop;

	neighbour->backoff = RETRY_FIRST;
	if (message->state & NUD_STALE)
		schedule(t, neighbour, CONFIRM);
	else
		unschedule(neighbour);
	if (!change)
		return;
	neighbour->resolution = RESOLVED;
	memcpy(neighbour->mac, message->mac, sizeof(neighbour->mac));
	LIST_FOREACH(hop, &neighbour->hops, peer)
		publish(t, hop);
}

/*
 * The program reports the first packet that meets an unresolved slot, that
 * is when .used was 0. After each failed attempt the next packet may ask
 * for another one, without waiting for the back-off.
 */
static void listen_again(struct next_hops *t, struct neighbour *neighbour)
{
	struct hop *hop;

	LIST_FOREACH(hop, &neighbour->hops, peer)
		store(&t->slots[number(t, hop)].used, 0);
}

static void unresolved(struct next_hops *t, struct neighbour *neighbour,
		       __u16 state)
{
	bool change = neighbour->resolution != FAILED;
	struct hop *hop;

	neighbour->resolution = FAILED;
	/* An address that is gone, or was never heard of: ask at once. */
	if (change && !(state & NUD_INCOMPLETE))
		ask_neighbour(t, neighbour, ASK_USE);
	if (change || !neighbour->waiting)
		back_off(t, neighbour);
	if (state & NUD_FAILED)
		listen_again(t, neighbour);
	if (!change)
		return;
	LIST_FOREACH(hop, &neighbour->hops, peer)
		publish(t, hop);
}

static void on_neighbour(struct next_hops *t,
			 const struct rt_neighbour *message)
{
	enum {
		VALID = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_STALE |
			NUD_DELAY | NUD_PROBE
	};
	struct neighbour *neighbour;

	neighbour = find_neighbour(t, message->address, message->ifindex);
	if (!neighbour)
		return;
	if ((message->state & VALID) && message->has_mac)
		resolved(t, neighbour, message);
	else
		unresolved(t, neighbour, message->state);
}

static struct neighbour *get_neighbour(struct next_hops *t,
				       const __be32 address[4], __u32 ifindex)
{
	struct neighbour *neighbour = find_neighbour(t, address, ifindex);

	if (neighbour)
		return neighbour;
	neighbour = calloc(1, sizeof(*neighbour));
	if (!neighbour)
		return NULL;
	memcpy(neighbour->address, address, sizeof(neighbour->address));
	neighbour->ifindex = ifindex;
	neighbour->backoff = RETRY_FIRST;
	LIST_INIT(&neighbour->hops);
	LIST_INSERT_HEAD(&t->by_gateway[hash(t, address, ifindex)], neighbour,
			 bucket);
	ask_neighbour(t, neighbour, ASK_LOOK);
	return neighbour;
}

static void free_neighbour(struct next_hops *t, struct neighbour *neighbour)
{
	unschedule(neighbour);
	if (neighbour->ask != ASK_NOTHING)
		TAILQ_REMOVE(&t->ask_neighbours, neighbour, work);
	LIST_REMOVE(neighbour, bucket);
	free(neighbour);
}

static void detach(struct next_hops *t, struct hop *hop)
{
	struct neighbour *neighbour = hop->neighbour;

	if (!neighbour)
		return;
	LIST_REMOVE(hop, peer);
	hop->neighbour = NULL;
	if (LIST_EMPTY(&neighbour->hops))
		free_neighbour(t, neighbour);
}

static void attach(struct next_hops *t, struct hop *hop,
		   const __be32 gateway[4], __u32 ifindex)
{
	struct neighbour *neighbour = get_neighbour(t, gateway, ifindex);

	if (neighbour == hop->neighbour)
		return;
	detach(t, hop);
	if (!neighbour)
		return;
	hop->neighbour = neighbour;
	LIST_INSERT_HEAD(&neighbour->hops, hop, peer);
}

/* -- routes ------------------------------------------------------------------ */

/* The kernel's answer for one hop; @route NULL: there is none. */
static void on_route(struct next_hops *t, __u32 slot,
		     const struct rt_route *route)
{
	struct hop *hop = slot < t->size ? &t->hops[slot] : NULL;

	/* A slot may have gone to another address meanwhile. */
	if (!hop || hop->use == FREE ||
	    (route && !sg_address_equal(route->prefix, hop->address)))
		return;
	hop->answered = true;
	if (route && route->unicast) {
		hop->mtu = route->mtu;
		attach(t, hop,
		       route->has_gateway ? route->gateway : hop->address,
		       route->ifindex);
	} else {
		detach(t, hop);
	}
	publish(t, hop);
}

static void set_dirty(struct next_hops *t, const struct rt_route *route)
{
	const struct timeval soon = { .tv_usec = DEBOUNCE_MS * 1000 };

	if (!route) {
		t->dirty_count = PREFIXES + 1;
	} else if (t->dirty_count < PREFIXES) {
		struct prefix *prefix = &t->dirty[t->dirty_count++];

		memcpy(prefix->address, route->prefix, sizeof(route->prefix));
		prefix->length = route->length;
	} else {
		t->dirty_count = PREFIXES + 1;
	}
	if (!evtimer_pending(t->sweep, NULL))
		evtimer_add(t->sweep, &soon);
}

static bool is_dirty(const struct next_hops *t, const struct hop *hop)
{
	if (t->dirty_count > PREFIXES)
		return true;
	for (__u32 i = 0; i < t->dirty_count; i++)
		if (rtnetlink_prefix_equal(t->dirty[i].address, hop->address,
					   t->dirty[i].length))
			return true;
	return false;
}

static void on_sweep(evutil_socket_t fd, short what, void *arg)
{
	struct next_hops *t = arg;

	(void)fd, (void)what;
	for (__u32 i = SG_RESERVED_SLOTS; i < t->size; i++)
		if (t->hops[i].use != FREE && is_dirty(t, &t->hops[i]))
			ask_route(t, &t->hops[i]);
	t->dirty_count = 0;
	pump(t);
}

/* -- links ------------------------------------------------------------------- */

static void forget_link(struct next_hops *t, struct link *link)
{
	LIST_REMOVE(link, bucket);
	free(link);
	set_dirty(t, NULL);
}

static void republish(struct next_hops *t)
{
	for (__u32 i = SG_RESERVED_SLOTS; i < t->size; i++)
		if (t->hops[i].use != FREE)
			publish(t, &t->hops[i]);
}

static void drop_link(struct next_hops *t, __u32 ifindex)
{
	struct link *link = find_link(t, ifindex);

	if (!link)
		return;
	forget_link(t, link);
	republish(t);
}

/* @dump: one of many, links_done() looks at the hops after the last. */
static void on_link(struct next_hops *t, const struct rt_link *message,
		    bool dump)
{
	struct link *link = find_link(t, message->ifindex);

	if (!link) {
		link = calloc(1, sizeof(*link));
		if (!link)
			return;
		LIST_INSERT_HEAD(&t->links[message->ifindex % LINK_BUCKETS],
				 link, bucket);
	} else if (!memcmp(&link->is, message, sizeof(*message))) {
		link->seen = true;
		return;
	}
	link->is = *message;
	link->seen = true;
	if (!dump)
		republish(t);
	/* IPv4 routes of a link that goes down vanish without an event. */
	set_dirty(t, NULL);
}

static void links_done(struct next_hops *t, bool interrupted)
{
	struct link *link, *next;

	if (interrupted) {
		t->links_wanted = true;
		return;
	}
	for (int i = 0; i < LINK_BUCKETS; i++) {
		for (link = LIST_FIRST(&t->links[i]); link; link = next) {
			next = LIST_NEXT(link, bucket);
			if (!link->seen)
				forget_link(t, link);
			else
				link->seen = false;
		}
	}
	t->links_known = true;
	republish(t);
}

/* -- messages ---------------------------------------------------------------- */

static void on_error(struct next_hops *t, struct nlmsghdr *header)
{
	const struct nlmsgerr *error = nlmsg_data(header);
	struct rt_neighbour neighbour;
	struct nlmsghdr *asked = (struct nlmsghdr *)&error->msg;

	if (nlmsg_datalen(header) < (int)sizeof(*error) || !error->error)
		return;
	switch (header->nlmsg_seq & ASKED_MASK) {
	case ASKED_LINKS:
		t->links_failed = true;
		break;
	case ASKED_ROUTE:
		on_route(t, header->nlmsg_seq & ASKED_SLOT, NULL);
		break;
	case ASKED_NEIGHBOUR:
		/* The error quotes the request: that is who has no entry. */
		if (asked->nlmsg_len <= nlmsg_datalen(header) -
						sizeof(error->error) &&
		    !rtnetlink_parse_neighbour(asked, &neighbour)) {
			neighbour.state = NUD_NONE;
			on_neighbour(t, &neighbour);
		}
		break;
	}
}

static void on_routing(struct next_hops *t, struct nlmsghdr *header,
		       bool answer)
{
	struct rt_route route;

	if (rtnetlink_parse_route(header, &route))
		return;
	if (answer)
		on_route(t, header->nlmsg_seq & ASKED_SLOT, &route);
	else
		set_dirty(t, &route);
}

static void on_message(struct next_hops *t, struct nlmsghdr *header)
{
	/* Events carry the port of whoever caused them, or 0. */
	bool answer = header->nlmsg_pid == nl_socket_get_local_port(t->sock);
	struct rt_neighbour neighbour;
	struct rt_link link;
	bool dump = answer &&
		    (header->nlmsg_seq & ASKED_MASK) == ASKED_LINKS;

	if (answer && t->outstanding &&
	    (!dump || header->nlmsg_type == NLMSG_DONE ||
	     header->nlmsg_type == NLMSG_ERROR))
		t->outstanding--;
	switch (header->nlmsg_type) {
	case NLMSG_ERROR:
		on_error(t, header);
		break;
	case NLMSG_DONE:
		links_done(t, header->nlmsg_flags & NLM_F_DUMP_INTR);
		break;
	case RTM_NEWLINK:
		if (!rtnetlink_parse_link(header, &link))
			on_link(t, &link, dump);
		break;
	case RTM_DELLINK:
		if (!rtnetlink_parse_link(header, &link))
			drop_link(t, link.ifindex);
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		if (!rtnetlink_parse_neighbour(header, &neighbour))
			on_neighbour(t, &neighbour);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		on_routing(t, header, answer);
		break;
	default:	/* addresses, rules, next hop objects */
		set_dirty(t, NULL);
	}
}

static void on_readable(evutil_socket_t fd, short what, void *arg);

static int connect_kernel(struct next_hops *t)
{
	int err = rtnetlink_open(&t->sock);

	if (err)
		return err;
	t->readable = event_new(t->base, nl_socket_get_fd(t->sock),
				EV_READ | EV_PERSIST, on_readable, t);
	if (!t->readable || event_add(t->readable, NULL))
		return -ENOMEM;
	t->outstanding = 0;
	t->links_wanted = true;
	return 0;
}

static void disconnect_kernel(struct next_hops *t)
{
	if (t->readable)
		event_free(t->readable);
	if (t->sock)
		nl_socket_free(t->sock);
	t->readable = NULL;
	t->sock = NULL;
}

/* Events were lost: a new socket, and every question again. */
static void start_over(struct next_hops *t)
{
	struct neighbour *neighbour;

	disconnect_kernel(t);
	if (connect_kernel(t)) {
		disconnect_kernel(t);	/* the tick tries again */
		return;
	}
	for (__u32 i = 0; i <= t->mask; i++)
		LIST_FOREACH(neighbour, &t->by_gateway[i], bucket)
			ask_neighbour(t, neighbour, ASK_LOOK);
	set_dirty(t, NULL);
	pump(t);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	static __u8 buffer[RECEIVE_BYTES]
		__attribute__((aligned(NLMSG_ALIGNTO)));
	struct next_hops *t = arg;

	(void)what;
	for (int i = 0; i < RECEIVE_TURNS; i++) {
		struct nlmsghdr *header = (struct nlmsghdr *)buffer;
		struct sockaddr_nl from = { 0 };
		socklen_t from_size = sizeof(from);
		int length = recvfrom(fd, buffer, sizeof(buffer), 0,
				      (struct sockaddr *)&from, &from_size);

		if (length < 0 && errno == ENOBUFS) {
			start_over(t);
			return;
		}
		if (length <= 0)
			break;
		if (from.nl_pid)	/* not the kernel */
			continue;
		for (; nlmsg_ok(header, length);
		     header = nlmsg_next(header, &length))
			on_message(t, header);
	}
	pump(t);
}

/* -- time -------------------------------------------------------------------- */

static void free_hop(struct next_hops *t, struct hop *hop)
{
	detach(t, hop);
	if (hop->queued)
		TAILQ_REMOVE(&t->ask_routes, hop, work);
	LIST_REMOVE(hop, bucket);
	TAILQ_REMOVE(&t->dying, hop, turn);
	memset(hop, 0, sizeof(*hop));
	TAILQ_INSERT_TAIL(&t->free, hop, turn);
	clear(&t->slots[number(t, hop)]);
}

static void on_tick(evutil_socket_t fd, short what, void *arg)
{
	enum { GRACE = SG_GRACE_MS / TICK_MS };
	struct next_hops *t = arg;
	struct neighbours *due;
	struct neighbour *neighbour;
	struct hop *hop;

	(void)fd, (void)what;
	t->now++;
	if (!t->sock)
		start_over(t);
	if (t->links_failed)
		t->links_wanted = true;
	t->links_failed = false;
	due = &t->wheel[t->now % WHEEL];
	while ((neighbour = LIST_FIRST(due))) {
		unschedule(neighbour);
		ask_neighbour(t, neighbour, ASK_USE);
		if (neighbour->resolution != RESOLVED)
			back_off(t, neighbour);
	}
	while ((hop = TAILQ_FIRST(&t->dying)) && t->now - hop->died > GRACE)
		free_hop(t, hop);
	if (t->sock)
		pump(t);
}

/* -- the contract ------------------------------------------------------------ */

static struct hop *new_hop(struct next_hops *t, struct hop *hop,
			   const __be32 address[4], __u32 ifindex)
{
	TAILQ_REMOVE(&t->free, hop, turn);
	hop->use = LIVE;
	memcpy(hop->address, address, sizeof(hop->address));
	hop->ifindex = ifindex;
	LIST_INSERT_HEAD(&t->by_address[hash(t, address, ifindex)], hop,
			 bucket);
	t->used++;
	hop->resolved = t->slots[number(t, hop)].state ==
			SG_NEXT_HOP_REACHABLE;
	t->unresolved += !hop->resolved;
	ask_route(t, hop);
	return hop;
}

static void take(struct next_hops *t, struct hop *hop)
{
	hop->references++;
	if (hop->use == DYING) {
		TAILQ_REMOVE(&t->dying, hop, turn);
		hop->use = LIVE;
		t->used++;
		t->unresolved += !hop->resolved;
	}
	if (t->sock)
		pump(t);
}

int next_hop_get(struct next_hops *t, const __be32 address[4], __u32 ifindex,
		 __u32 *slot)
{
	struct hop *hop = find_hop(t, address, ifindex);

	if (!hop) {
		hop = TAILQ_FIRST(&t->free);
		if (!hop)
			return -ENOSPC;
		/* It may hold what a former daemon left and nobody adopted. */
		clear(&t->slots[number(t, hop)]);
		new_hop(t, hop, address, ifindex);
	}
	take(t, hop);
	*slot = number(t, hop);
	return 0;
}

int next_hop_adopt(struct next_hops *t, const __be32 address[4],
		   __u32 ifindex, __u32 slot)
{
	struct hop *hop;

	if (slot < SG_RESERVED_SLOTS || slot >= t->size)
		return -EINVAL;
	hop = &t->hops[slot];
	if (hop->use == FREE)
		new_hop(t, hop, address, ifindex);
	else if (hop->ifindex != ifindex ||
		 !sg_address_equal(hop->address, address))
		return -EBUSY;
	take(t, hop);
	return 0;
}

void next_hop_put(struct next_hops *t, __u32 slot)
{
	struct hop *hop;

	if (slot >= t->size)
		return;
	hop = &t->hops[slot];
	if (hop->use != LIVE || --hop->references)
		return;
	hop->use = DYING;
	hop->died = t->now;
	TAILQ_INSERT_TAIL(&t->dying, hop, turn);
	t->used--;
	t->unresolved -= !hop->resolved;
}

void next_hop_wanted(struct next_hops *t, __u32 slot)
{
	struct hop *hop;

	if (slot >= t->size || !t->sock)
		return;
	hop = &t->hops[slot];
	if (hop->use != LIVE || hop->resolved)
		return;
	if (!hop->neighbour)
		ask_route(t, hop);
	else if (hop->neighbour->used_at != t->now)
		ask_neighbour(t, hop->neighbour, ASK_USE);
	pump(t);
}

void next_hops_count(const struct next_hops *t, __u32 *used, __u32 *unresolved)
{
	*used = t->used;
	*unresolved = t->unresolved;
}

static int allocate(struct next_hops *t)
{
	__u32 buckets = 1024;

	while (buckets < t->size)
		buckets *= 2;
	t->mask = buckets - 1;
	t->hops = calloc(t->size, sizeof(*t->hops));
	t->by_address = calloc(buckets, sizeof(*t->by_address));
	t->by_gateway = calloc(buckets, sizeof(*t->by_gateway));
	if (!t->hops || !t->by_address || !t->by_gateway)
		return -ENOMEM;
	for (__u32 i = SG_RESERVED_SLOTS; i < t->size; i++)
		TAILQ_INSERT_TAIL(&t->free, &t->hops[i], turn);
	if (getrandom(&t->seed, sizeof(t->seed), 0) != sizeof(t->seed))
		return -EIO;
	return 0;
}

static int map_slots(struct next_hops *t, int map_fd)
{
	size_t page = sysconf(_SC_PAGESIZE);
	void *slots;

	t->slots_bytes = (t->size * sizeof(*t->slots) + page - 1) & -page;
	slots = mmap(NULL, t->slots_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
		     map_fd, 0);
	if (slots == MAP_FAILED)
		return -errno;
	t->slots = slots;
	return 0;
}

static int start_timers(struct next_hops *t)
{
	const struct timeval second = { .tv_sec = TICK_MS / 1000 };

	t->tick = event_new(t->base, -1, EV_PERSIST, on_tick, t);
	t->sweep = evtimer_new(t->base, on_sweep, t);
	if (!t->tick || !t->sweep || event_add(t->tick, &second))
		return -ENOMEM;
	return 0;
}

int next_hops_open(struct next_hops **table, struct event_base *base,
		   int map_fd, __u32 size, int devices_fd)
{
	struct next_hops *t = calloc(1, sizeof(*t));
	int err;

	*table = NULL;
	if (!t)
		return -ENOMEM;
	t->base = base;
	t->size = size;
	t->devices_fd = devices_fd;
	TAILQ_INIT(&t->free);
	TAILQ_INIT(&t->dying);
	TAILQ_INIT(&t->ask_routes);
	TAILQ_INIT(&t->ask_neighbours);
	err = map_slots(t, map_fd);
	if (!err)
		err = allocate(t);
	if (!err)
		err = start_timers(t);
	if (!err)
		err = connect_kernel(t);
	if (err) {
		next_hops_close(t);
		return err;
	}
	pump(t);
	*table = t;
	return 0;
}

static void free_tables(struct next_hops *t)
{
	struct link *link;
	struct neighbour *neighbour;

	for (int i = 0; i < LINK_BUCKETS; i++) {
		while ((link = LIST_FIRST(&t->links[i]))) {
			LIST_REMOVE(link, bucket);
			free(link);
		}
	}
	for (__u32 i = 0; t->by_gateway && i <= t->mask; i++)
		while ((neighbour = LIST_FIRST(&t->by_gateway[i])))
			free_neighbour(t, neighbour);
	free(t->by_gateway);
	free(t->by_address);
	free(t->hops);
}

void next_hops_close(struct next_hops *t)
{
	if (!t)
		return;
	disconnect_kernel(t);
	if (t->tick)
		event_free(t->tick);
	if (t->sweep)
		event_free(t->sweep);
	if (t->slots)
		munmap(t->slots, t->slots_bytes);
	free_tables(t);
	free(t);
}
