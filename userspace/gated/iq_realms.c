// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq_realms.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/socket.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "gated/rtnetlink.h"
#include "lib/log.h"

enum { RECEIVE_BYTES = 64 << 10 };

struct iq_realms {
	struct iq *iq;
	struct nl_sock *sock;
	struct event *readable;
	bool down[CONFIG_REALMS]; /* as in the configuration */
};

/* H.248.1 E.1.2: FT, a failure that may pass. */
static int tell_cause(struct iq *iq, struct iq_context *context, void *arg)
{
	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (context->termination[i] &&
		    context->termination[i]->realm == arg)
			iq_event_cause(iq, context, context->termination[i],
				       "FT", "interface down");
	return 0;
}

/* A VLAN device goes down with the interface below it. */
static void on_link(struct iq_realms *realms, __u32 ifindex, bool up)
{
	struct config *config = &realms->iq->gate->config;

	for (int i = 0; i < config->realm_count; i++) {
		struct realm *realm = &config->realm[i];

		if (realm->route_ifindex != ifindex || realms->down[i] == !up)
			continue;
		realms->down[i] = !up;
		sg_notice("realm \"%s\" is %s", realm->name,
			  up ? "available again" : "down");
		iq_event_realm(realms->iq, realm->name, up);
		if (!up)
			iq_contexts_each(realms->iq, tell_cause, realm);
	}
}

static void on_message(struct iq_realms *realms, struct nlmsghdr *header)
{
	struct rt_link link;

	if ((header->nlmsg_type != RTM_NEWLINK &&
	     header->nlmsg_type != RTM_DELLINK) ||
	    rtnetlink_parse_link(header, &link))
		return;
	on_link(realms, link.ifindex,
		link.up && header->nlmsg_type == RTM_NEWLINK);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	static __u8 buffer[RECEIVE_BYTES]
		__attribute__((aligned(NLMSG_ALIGNTO)));
	struct iq_realms *realms = arg;
	struct sockaddr_nl from = { 0 };
	socklen_t from_size = sizeof(from);
	struct nlmsghdr *header = (struct nlmsghdr *)buffer;
	int length = recvfrom(fd, buffer, sizeof(buffer), 0,
			      (struct sockaddr *)&from, &from_size);

	(void)what;
	if (length < 0 && errno == ENOBUFS)
		rtnetlink_dump_links(realms->sock, 0); /* some were lost */
	if (length <= 0 || from.nl_pid)
		return;
	for (; nlmsg_ok(header, length); header = nlmsg_next(header, &length))
		on_message(realms, header);
}

/* Only links: routes may be many. */
static int connect_kernel(struct iq_realms *realms)
{
	realms->sock = nl_socket_alloc();
	if (!realms->sock)
		return -ENOMEM;
	nl_socket_disable_seq_check(realms->sock);
	if (nl_connect(realms->sock, NETLINK_ROUTE) ||
	    nl_socket_set_nonblocking(realms->sock) ||
	    nl_socket_add_membership(realms->sock, RTNLGRP_LINK))
		return errno ? -errno : -EIO;
	return rtnetlink_dump_links(realms->sock, 0);
}

int iq_realms_open(struct iq *iq)
{
	struct iq_realms *realms = calloc(1, sizeof(*realms));
	int err;

	if (!realms)
		return -ENOMEM;
	realms->iq = iq;
	iq->realms = realms;
	err = connect_kernel(realms);
	if (err)
		goto err_close;
	realms->readable = event_new(iq->gate->base,
				     nl_socket_get_fd(realms->sock),
				     EV_READ | EV_PERSIST, on_readable, realms);
	err = -ENOMEM;
	if (realms->readable && !event_add(realms->readable, NULL))
		return 0;
err_close:
	iq_realms_close(iq);
	return err;
}

void iq_realms_close(struct iq *iq)
{
	struct iq_realms *realms = iq->realms;

	if (!realms)
		return;
	if (realms->readable)
		event_free(realms->readable);
	if (realms->sock)
		nl_socket_free(realms->sock);
	free(realms);
	iq->realms = NULL;
}

bool iq_realm_is_available(const struct iq *iq, const struct realm *realm)
{
	const struct iq_realms *realms = iq->realms;

	return !realms || !realms->down[realm - iq->gate->config.realm];
}
