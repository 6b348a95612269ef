// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_local.h"

#include <arpa/inet.h>
#include <errno.h>

#include "gated/home.h"
#include "lib/address.h"
#include "lib/clock.h"

/* -- addresses ------------------------------------------------------------- */

/* The first address of @family (0: any) with the most room for ports, or any. */
static const __be32 *choose_address(struct realm *realm, int family)
{
	const __be32 *found = NULL;
	int most = -1;

	for (int i = 0; i < realm->address_count; i++) {
		int room = realm_room(realm, i);

		if ((family && iq_family_of(realm->address[i]) != family) ||
		    room <= most)
			continue;
		most = room;
		found = realm->address[i];
	}
	return found;
}

int iq_local_address(const struct iq_side *side,
		     const struct iq_description *local, int family,
		     __be32 address[4], struct iq_fault *fault)
{
	const __be32 *found;

	if (!sg_address_is_none(local->address)) {
		memcpy(address, local->address, sizeof(local->address));
		if (realm_ports(side->realm, address))
			return 0;
		return iq_address_refuse(fault, address);
	}
	if (local->family)
		family = local->family;
	if (side->has_local &&
	    (!family || iq_family_of(side->local.address) == family))
		found = side->local.address;
	else
		found = choose_address(side->realm, family);
	if (!found)
		return iq_fault_set(fault, IQ_UNSUPPORTED_VALUE, "%s",
				    iq_family_name(family));
	memcpy(address, found, sizeof(local->address));
	return 0;
}

/* -- ports ----------------------------------------------------------------- */

static bool holds(const struct iq_side *side, const struct realm *realm,
		  const __be32 address[4], __u16 port)
{
	return side && port && side->realm == realm &&
	       sg_address_equal(side->local.address, address) &&
	       (side->port[0] == port || side->port[1] == port);
}

void iq_local_release(const struct iq_side *gone, const struct iq_side *kept,
		      const struct iq_side *old)
{
	const __be32 *address = gone->local.address;
	struct ports *ports =
		gone->realm ? realm_ports(gone->realm, address) : NULL;

	for (int i = 0; ports && i < 2; i++)
		if (!holds(kept, gone->realm, address, gone->port[i]) &&
		    !holds(old, gone->realm, address, gone->port[i]))
			ports_release(ports, clock_ms(), gone->port[i]);
}

/* Ports on their way to @side, whose .local.address is the new one. */
struct taking {
	struct iq_side *side;
	const struct iq_side *before; /* it, as it was */
	const struct iq_side *old;
	const struct iq_side *opposite;
	const struct slots *contexts;
	struct ports *ports;
	struct iq_fault *fault;
};

static int claim(struct taking *t, __u16 port, __u16 *to)
{
	const struct realm *realm = t->side->realm;
	const __be32 *address = t->side->local.address;
	int err = 0;

	if (!holds(t->before, realm, address, port) &&
	    !holds(t->old, realm, address, port))
		err = ports_claim(t->ports, port);
	if (!err)
		*to = port;
	return err;
}

static int no_port(struct taking *t)
{
	char text[SG_ADDRESS_TEXT];

	return iq_fault_set(t->fault, IQ_NO_RESOURCES, "no port left at %s",
			    sg_address_format(text, t->side->local.address));
}

/* One that the controller named: 449 if it is none of ours, 510 if taken. */
static int claim_named(struct taking *t, __u16 port, __u16 *to)
{
	int err = claim(t, port, to);

	if (err == -ERANGE)
		return iq_fault_set(t->fault, IQ_UNSUPPORTED_VALUE, "%u", port);
	if (err)
		return iq_fault_set(t->fault, IQ_NO_RESOURCES,
				    "port %u is taken", port);
	return 0;
}

__u32 iq_local_home(const struct iq_side *side)
{
	if (!side || !side->realm || !side->port[0])
		return 0;
	return home_of(side->realm, side->local.address,
		       htons(side->port[0]));
}

/* RFC 3550 11: RTCP is one above RTP, which is even. */
static int take_rtp(struct taking *t, const struct iq_description *local,
		    enum iq_rtcp rtcp)
{
	struct iq_side *side = t->side;
	bool pair = rtcp == IQ_RTCP_ABOVE || rtcp == IQ_RTCP_CHOOSE;

	if (local->port)
		return claim_named(t, local->port, &side->port[0]);
	if (!local->choose_port)
		return iq_fault_set(t->fault, IQ_UNSUPPORTED_VALUE, "0");
	if (t->before->port[0] &&
	    sg_address_equal(t->before->local.address, side->local.address)) {
		side->port[0] = t->before->port[0];
		return 0;
	}
	if (home_choose_port(side->realm, side->local.address,
			     iq_local_home(t->opposite), t->contexts, pair,
			     &side->port[0]))
		return no_port(t);
	if (pair)
		side->port[1] = side->port[0] + 1;
	return 0;
}

static int take_rtcp(struct taking *t, const struct iq_description *local,
		     enum iq_rtcp rtcp)
{
	struct iq_side *side = t->side;
	__u16 above = side->port[0] + 1;

	if (rtcp == IQ_RTCP_NONE || side->port[1])
		return 0;
	if (rtcp == IQ_RTCP_AT) {
		if (local->rtcp_port == side->port[0])
			return iq_fault_set(t->fault, IQ_UNSUPPORTED_VALUE,
					    "%u", local->rtcp_port);
		return claim_named(t, local->rtcp_port, &side->port[1]);
	}
	if (!claim(t, above, &side->port[1]))
		return 0;
	if (rtcp == IQ_RTCP_CHOOSE &&
	    !ports_choose(t->ports, clock_ms(), false, 0, &side->port[1]))
		return 0;
	return no_port(t);
}

/*
 * With a=rtcp-mux the port for RTCP is held all the same: the other end may
 * not know how (RFC 5761 5.1.1), and says so later.
 */
int iq_local_take(struct iq_side *side, const struct iq_side *old,
		  const struct iq_side *opposite,
		  const struct slots *contexts,
		  const struct iq_description *local,
		  const __be32 address[4], struct iq_fault *fault)
{
	const struct iq_side before = *side;
	enum iq_rtcp rtcp = side->rtcp ? local->rtcp : IQ_RTCP_NONE;
	struct taking t = {
		.side = side,
		.before = &before,
		.old = old,
		.opposite = opposite,
		.contexts = contexts,
		.ports = realm_ports(side->realm, address),
		.fault = fault,
	};
	int err;

	memcpy(side->local.address, address, sizeof(side->local.address));
	side->port[0] = side->port[1] = 0;
	err = take_rtp(&t, local, rtcp);
	if (!err)
		err = take_rtcp(&t, local, rtcp);
	iq_local_release(&before, side, old);
	return err;
}

int iq_local_resize(struct iq_side *side, const struct iq_side *old,
		    struct iq_fault *fault)
{
	const struct iq_description same = { .choose_port = true };
	__be32 address[4];

	memcpy(address, side->local.address, sizeof(address));
	return iq_local_take(side, old, NULL, NULL, &same, address, fault);
}
