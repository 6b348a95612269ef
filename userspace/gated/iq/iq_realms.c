// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_realms.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netlink/socket.h>
#include <stdlib.h>

#include "gated/rtnetlink.h"
#include "lib/log.h"

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

static void on_message(struct nlmsghdr *header, void *arg)
{
	struct rt_link link;

	if ((header->nlmsg_type != RTM_NEWLINK &&
	     header->nlmsg_type != RTM_DELLINK) ||
	    rtnetlink_parse_link(header, &link))
		return;
	on_link(arg, link.ifindex,
		link.up && header->nlmsg_type == RTM_NEWLINK);
}

static void on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct iq_realms *realms = arg;

	(void)fd, (void)what;
	if (rtnetlink_receive(realms->sock, on_message, realms))
		rtnetlink_dump_links(realms->sock, 0); /* some were lost */
}

/* Only links: routes may be many. */
static int connect_kernel(struct iq_realms *realms)
{
	static const int groups[] = { RTNLGRP_LINK, RTNLGRP_NONE };
	int err = rtnetlink_open(&realms->sock, groups);

	return err ? err : rtnetlink_dump_links(realms->sock, 0);
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
