// SPDX-License-Identifier: GPL-2.0-only
#include "gated/next_hop/next_hop_kernel.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/socket.h>

#include "gated/next_hop/next_hop_table.h"
#include "gated/rtnetlink.h"

/* -- links ------------------------------------------------------------------- */

/* @dump: one of many, on_links_done() looks at the hops after the last. */
static void on_link(struct next_hops *t, struct nlmsghdr *header, bool dump)
{
	struct rt_link link;

	if (rtnetlink_parse_link(header, &link) ||
	    !hop_link_update(&t->links, &link))
		return;
	if (!dump)
		hops_publish(t);
	/* IPv4 routes of a link that goes down vanish without an event. */
	hop_routes_changed(t, NULL);
}

static void on_link_gone(struct next_hops *t, struct nlmsghdr *header)
{
	struct rt_link link;

	if (rtnetlink_parse_link(header, &link) ||
	    !hop_link_remove(&t->links, link.ifindex))
		return;
	hops_publish(t);
	hop_routes_changed(t, NULL);
}

static void on_links_done(struct next_hops *t, bool interrupted)
{
	if (interrupted) {
		hop_ask_links(t);
		return;
	}
	if (hop_links_complete(&t->links))
		hop_routes_changed(t, NULL);
	hops_publish(t);
}

/* -- neighbours and routes --------------------------------------------------- */

static void on_neighbour(struct next_hops *t, struct nlmsghdr *header)
{
	struct rt_neighbour neighbour;

	if (!rtnetlink_parse_neighbour(header, &neighbour))
		hop_neighbour_update(t, &neighbour);
}

/* The error quotes the request: that is who has no entry. */
static void on_no_neighbour(struct next_hops *t, struct nlmsghdr *request,
			    int length)
{
	struct rt_neighbour neighbour;

	if (!nlmsg_ok(request, length) ||
	    rtnetlink_parse_neighbour(request, &neighbour))
		return;
	neighbour.state = NUD_NONE;
	hop_neighbour_update(t, &neighbour);
}

static void on_route(struct next_hops *t, struct nlmsghdr *header, bool answer)
{
	struct rt_route route;

	if (rtnetlink_parse_route(header, &route))
		return;
	if (answer)
		hop_route_update(t, header->nlmsg_seq & HOP_ASKED_SLOT, &route);
	else
		hop_routes_changed(t, &route);
}

/* -- messages ---------------------------------------------------------------- */

static void on_error(struct next_hops *t, struct nlmsghdr *header)
{
	struct nlmsgerr *error = nlmsg_data(header);
	int length = nlmsg_datalen(header);

	if (length < (int)sizeof(*error) || !error->error)
		return;
	switch (header->nlmsg_seq & HOP_ASKED_MASK) {
	case HOP_ASKED_LINKS:
		t->kernel.links_failed = true;
		break;
	case HOP_ASKED_ROUTE:
		hop_route_update(t, header->nlmsg_seq & HOP_ASKED_SLOT, NULL);
		break;
	case HOP_ASKED_NEIGHBOUR:
		on_no_neighbour(t, &error->msg, length - sizeof(error->error));
		break;
	}
}

static void on_message(struct nlmsghdr *header, void *arg)
{
	struct next_hops *t = arg;
	/* Events carry the port of whoever caused them, or 0. */
	bool answer = header->nlmsg_pid ==
		      nl_socket_get_local_port(t->kernel.sock);

	if (answer)
		hop_question_answered(t, header);
	switch (header->nlmsg_type) {
	case NLMSG_ERROR:
		on_error(t, header);
		break;
	case NLMSG_DONE:
		on_links_done(t, header->nlmsg_flags & NLM_F_DUMP_INTR);
		break;
	case RTM_NEWLINK:
		on_link(t, header, answer);
		break;
	case RTM_DELLINK:
		on_link_gone(t, header);
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		on_neighbour(t, header);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		on_route(t, header, answer);
		break;
	default:	/* addresses, rules, next hop objects */
		hop_routes_changed(t, NULL);
	}
}

/* -- the socket -------------------------------------------------------------- */

/* Events were lost: a new socket, and every question again. */
static void start_over(struct next_hops *t)
{
	hop_kernel_close(t);
	if (hop_kernel_open(t)) {
		hop_kernel_close(t);	/* the tick tries again */
		return;
	}
	hop_neighbours_look(t);
	hop_routes_changed(t, NULL);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct next_hops *t = arg;

	(void)fd, (void)what;
	if (rtnetlink_receive(t->kernel.sock, on_message, t))
		start_over(t);
	hop_questions_send(t);
}

int hop_kernel_open(struct next_hops *t)
{
	static const int groups[] = {
		RTNLGRP_LINK,	     RTNLGRP_NEIGH,	  RTNLGRP_IPV4_IFADDR,
		RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV4_ROUTE,  RTNLGRP_IPV6_ROUTE,
		RTNLGRP_IPV4_RULE,   RTNLGRP_IPV6_RULE,	  RTNLGRP_NEXTHOP,
		RTNLGRP_NONE,
	};
	struct hop_kernel *kernel = &t->kernel;
	int err = rtnetlink_open(&kernel->sock, groups);

	if (err)
		return err;
	kernel->readable = event_new(t->base, nl_socket_get_fd(kernel->sock),
				     EV_READ | EV_PERSIST, on_readable, t);
	if (!kernel->readable || event_add(kernel->readable, NULL))
		return -ENOMEM;
	t->questions.outstanding = 0;
	hop_ask_links(t);
	return 0;
}

void hop_kernel_close(struct next_hops *t)
{
	struct hop_kernel *kernel = &t->kernel;

	if (kernel->readable)
		event_free(kernel->readable);
	if (kernel->sock)
		nl_socket_free(kernel->sock);
	kernel->readable = NULL;
	kernel->sock = NULL;
}

void hop_kernel_tick(struct next_hops *t)
{
	if (!t->kernel.sock)
		start_over(t);
	if (t->kernel.links_failed)
		hop_ask_links(t);
	t->kernel.links_failed = false;
}
