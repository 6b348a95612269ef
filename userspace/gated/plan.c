// SPDX-License-Identifier: GPL-2.0-only
#include "gated/plan.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

#include "gated/home.h"
#include "gated/rekey.h"
#include "lib/address.h"
#include "lib/clock.h"

enum { CLOCK_RATE = 8000 };	/* of most telephony codecs, RFC 3551 */

/* -- transport addresses ----------------------------------------------------- */

/* RFC 3550 11: RTCP is one above RTP unless said otherwise. */
static __u16 rtcp_port(const struct spec_transport *spec, __u16 rtp)
{
	if (spec->has_rtcp)
		return spec->rtcp;
	return rtp < 65535 ? rtp + 1 : 0;
}

static void set_remote(struct sg_transport *remote,
		       const struct spec_transport *spec)
{
	if (spec->has_address)
		memcpy(remote->address, spec->address, sizeof(spec->address));
	if (spec->has_port) {
		remote->rtp = htons(spec->port);
		remote->rtcp = htons(rtcp_port(spec, spec->port));
	} else if (spec->has_rtcp) {
		remote->rtcp = htons(spec->rtcp);
	}
}

static bool same_transport(const struct sg_transport *a,
			   const struct sg_transport *b)
{
	return sg_address_equal(a->address, b->address) && a->rtp == b->rtp;
}

static int choose_address(struct termination *termination,
			  const struct spec_transport *spec,
			  struct fault *fault)
{
	const struct realm *realm = termination->realm;
	bool ipv4 = sg_address_is_ipv4(termination->remote.address);
	char text[SG_ADDRESS_TEXT];
	int most = -1;

	if (spec->has_address &&
	    !realm_ports(termination->realm, spec->address))
		return fault_set(fault, EADDRNOTAVAIL,
				 "%s is not an address of realm \"%s\"; see "
				 "srtpgate status",
				 sg_address_format(text, spec->address),
				 realm->name);
	for (int i = 0; i < realm->address_count; i++) {
		int room = realm_room(termination->realm, i);

		if (sg_address_is_ipv4(realm->address[i]) != ipv4 ||
		    (spec->has_address &&
		     !sg_address_equal(realm->address[i], spec->address)) ||
		    room <= most)
			continue;
		most = room;
		memcpy(termination->local.address, realm->address[i],
		       sizeof(realm->address[i]));
	}
	if (most >= 0)
		return 0;
	return fault_set(fault, EAFNOSUPPORT,
			 "realm \"%s\" has no %s address to reach %s from",
			 realm->name, ipv4 ? "IPv4" : "IPv6",
			 sg_address_format(text, termination->remote.address));
}

static int claim_port(struct termination *termination, struct ports *ports,
		      __u16 port, __be16 *to, struct fault *fault)
{
	const struct realm *realm = termination->realm;
	int err = ports_claim(ports, port);

	if (err == -ERANGE)
		return fault_set(fault, ERANGE,
				 "port %u is not one of realm \"%s\", which "
				 "has %u to %u",
				 port, realm->name, realm->port_min,
				 realm->port_max);
	if (err)
		return fault_set(fault, EADDRINUSE,
				 "port %u of realm \"%s\" is in use by another "
				 "context; leave it out to have one chosen",
				 port, realm->name);
	*to = htons(port);
	return 0;
}

static int choose_ports(struct context *next, int number,
			const struct spec_transport *spec, struct fault *fault)
{
	struct termination *termination = &next->termination[number];
	__u32 opposite = number ? termination_home(&next->termination[0]) : 0;
	bool pair = !spec->has_rtcp;
	__u16 port;

	if (spec->has_rtcp && spec->rtcp)
		return fault_set(fault, EINVAL,
				 "local.rtcp_port needs local.port; give both "
				 "or neither");
	if (home_choose_port(termination->realm, termination->local.address,
			     opposite, next->all->slots, pair, &port))
		return fault_set(fault, EADDRINUSE,
				 "realm \"%s\" has no free port left; widen "
				 "its \"ports\"",
				 termination->realm->name);
	termination->local.rtp = htons(port);
	termination->local.rtcp = pair ? htons(port + 1) : 0;
	return 0;
}

static int plan_local(struct context *next, int number,
		      const struct spec_transport *spec, struct fault *fault)
{
	struct termination *termination = &next->termination[number];
	struct sg_transport *local = &termination->local;
	struct ports *ports;
	__u16 rtcp;
	int err;

	err = choose_address(termination, spec, fault);
	if (err)
		return err;
	if (!spec->has_port)
		return choose_ports(next, number, spec, fault);
	ports = realm_ports(termination->realm, local->address);
	err = claim_port(termination, ports, spec->port, &local->rtp, fault);
	if (err)
		return err;
	rtcp = rtcp_port(spec, spec->port);
	if (rtcp && rtcp != spec->port)
		return claim_port(termination, ports, rtcp, &local->rtcp,
				  fault);
	local->rtcp = htons(rtcp);
	return 0;
}

/* -- keys -------------------------------------------------------------------- */

static const struct termination nothing;

static int key_fault(int err, struct fault *fault)
{
	if (err == -ENOSPC)
		return fault_set(fault, ENOSPC,
				 "all key slots are in use; raise \"streams\" "
				 "in the configuration");
	if (err == -EOPNOTSUPP)
		return fault_set(fault, EOPNOTSUPP,
				 "the key's suite, MKI, \"kdr\" or "
				 "\"encrypted_extensions\" need the slow path, "
				 "which is off; set \"slow_path\" in the "
				 "configuration");
	if (err == -EINVAL)
		return fault_set(fault, EINVAL,
				 "the key needs what this data plane does not "
				 "have; see \"suite\", \"mki\" and \"kdr\" "
				 "in docs/control.md");
	return fault_set(fault, -err, "the key could not be installed: %s",
			 strerror(-err));
}

/* A context holds one reference to each slot that it names. */
static int take_key(struct context *next, const struct context *old,
		    const struct sg_master_key *key, const __u32 *known,
		    int count, __u32 home, __u32 *slot, struct fault *fault)
{
	struct keyring *ring = &next->all->keys;
	int err = keyring_get(ring, key, known, count, home, slot);

	if (err)
		return key_fault(err, fault);
	if (old && context_has_key(old, *slot))
		keyring_put(ring, *slot);
	return 0;
}

static bool receives_with(const struct termination *one, __u32 key)
{
	for (int i = 0; i < SG_OPEN_KEYS; i++)
		if (one->receive[i] == key)
			return true;
	return false;
}

/* The first of the keys that are gone stays for packets in flight. */
static void plan_previous(struct termination *to, const struct termination *old)
{
	to->three_keys = to->receive[RECEIVE_PREVIOUS];
	if (to->three_keys || !to->receive[RECEIVE_CURRENT])
		return;
	for (int i = 0; i < SG_OPEN_KEYS; i++) {
		if (receives_with(to, old->receive[i]))
			continue;
		to->receive[RECEIVE_PREVIOUS] = old->receive[i];
		return;
	}
}

static int plan_receive(struct context *next, const struct context *old,
			int number, const struct spec_termination *spec,
			struct fault *fault)
{
	const struct termination *was = old ? &old->termination[number] :
					      &nothing;
	struct termination *to = &next->termination[number];
	int err = 0;

	memset(to->receive, 0, sizeof(to->receive));
	for (int i = 0; !err && i < spec->receive_count; i++)
		err = take_key(next, old, &spec->receive[i], was->receive,
			       SG_OPEN_KEYS, i ? 0 : termination_home(to),
			       &to->receive[i], fault);
	if (!err)
		plan_previous(to, was);
	return err;
}

static int plan_keys(struct context *next, const struct context *old,
		     int number, const struct spec_termination *spec,
		     struct fault *fault)
{
	const struct termination *was = old ? &old->termination[number] :
					      &nothing;
	struct termination *to = &next->termination[number];
	int err = 0;

	if (spec->has & SPEC_RECEIVE)
		err = plan_receive(next, old, number, spec, fault);
	if (err || !(spec->has & SPEC_SEND))
		return err;
	to->send = 0;
	if (!spec->send_count)
		return 0;
	return take_key(next, old, &spec->send, &was->send, 1,
			home_beside(termination_home(to)), &to->send, fault);
}

static bool is_former(const struct termination *one, int place)
{
	return place == RECEIVE_PREVIOUS && !one->three_keys;
}

static bool receives_keystream(const struct keyring *ring,
			       const struct termination *one, __u32 key)
{
	for (int i = 0; i < SG_OPEN_KEYS; i++)
		if (keyring_same_keystream(ring, key, one->receive[i]))
			return true;
	return false;
}

static struct rekey_side open_side(const struct keyring *ring,
				   const struct termination *new,
				   const struct termination *old)
{
	struct rekey_side side = {
		.keyed = new->receive[RECEIVE_CURRENT],
		.was_keyed = old->receive[RECEIVE_CURRENT],
		.moved = !same_transport(&new->remote, &old->remote),
	};

	for (int i = 0; i < SG_OPEN_KEYS; i++)
		if (new->receive[i] && !is_former(new, i))
			side.same_key |= receives_keystream(ring, old,
							    new->receive[i]);
	return side;
}

static struct rekey_side seal_side(const struct keyring *ring,
				   const struct termination *new,
				   const struct termination *old)
{
	return (struct rekey_side){
		.keyed = new->send,
		.was_keyed = old->send,
		.same_key = keyring_same_keystream(ring, new->send, old->send),
		.moved = !same_transport(&new->remote, &old->remote),
	};
}

/* A former key must not open old packets into a window that begins anew. */
static void plan_epochs(struct context *next, const struct context *old)
{
	const struct keyring *ring = &next->all->keys;

	for (int i = 0; i < 2; i++) {
		struct rekey_side open, seal;

		open = open_side(ring, &next->termination[i],
				 &old->termination[i]);
		seal = seal_side(ring, &next->termination[!i],
				 &old->termination[!i]);
		if (!rekey_restarts(&open, &seal))
			continue;
		next->stream[i].epoch++;
		if (is_former(&next->termination[i], RECEIVE_PREVIOUS))
			next->termination[i].receive[RECEIVE_PREVIOUS] = 0;
	}
}

/* -- the whole --------------------------------------------------------------- */

static void plan_options(struct termination *to,
			 const struct spec_termination *spec)
{
	if (spec->has & SPEC_REMOTE)
		set_remote(&to->remote, &spec->remote);
	if (spec->has & SPEC_SOURCE) {
		to->source = spec->source;
		to->filter = spec->filter;
		to->latch = spec->latch;
	}
	if (spec->has & SPEC_GATE)
		to->gate_open = spec->gate_open;
	if (spec->has & SPEC_DSCP)
		to->dscp = spec->dscp;
	if (spec->has & SPEC_CODEC)
		to->codec = spec->codec;
	if (spec->has & SPEC_CLOCK_RATE)
		to->clock_rate = spec->clock_rate;
	else if (spec->has & SPEC_CODEC && to->codec)
		to->clock_rate = sg_codec_of(to->codec, 0)->clock_rate;
	if (spec->has & SPEC_RATE)
		to->rate = spec->rate;
}

/* A key that RTP without a tag passes (RFC 4568 6.3.3) tells no source. */
static bool authenticates(const struct keyring *ring,
			  const struct termination *one)
{
	struct keyring_label label;

	for (int i = RECEIVE_CURRENT; i <= RECEIVE_PREVIOUS; i++)
		if (one->receive[i] &&
		    !keyring_label(ring, one->receive[i], &label) &&
		    label.untagged_rtp)
			return false;
	return one->receive[RECEIVE_CURRENT];
}

static int check(const struct keyring *ring, const struct context *next,
		 struct fault *fault)
{
	for (int i = 0; i < 2; i++) {
		const struct termination *one = &next->termination[i];

		if (one->latch && !authenticates(ring, one))
			return fault_set(fault, EINVAL,
					 "termination %d: source \"latch\" "
					 "needs srtp.receive, which "
					 "authenticates the source",
					 i);
		if (next->opaque &&
		    (one->receive[RECEIVE_CURRENT] || one->send))
			return fault_set(fault, EINVAL,
					 "termination %d: an opaque context "
					 "has no srtp keys; leave out one of "
					 "the two",
					 i);
		if (!sg_address_is_none(one->remote.address) &&
		    sg_address_is_ipv4(one->local.address) !=
			    sg_address_is_ipv4(one->remote.address))
			return fault_set(fault, EAFNOSUPPORT,
					 "termination %d: local and remote "
					 "address must be of one family; add "
					 "the context anew",
					 i);
		if (one->source == SOURCE_FILTER && one->filter.prefix &&
		    sg_address_is_ipv4(one->local.address) !=
			    sg_address_is_ipv4(one->filter.address))
			return fault_set(fault, EAFNOSUPPORT,
					 "termination %d: source.address must "
					 "be of the local address's family",
					 i);
	}
	return 0;
}

int plan_next_hops(struct context *next, const struct context *old,
		   struct fault *fault)
{
	for (int i = 0; i < 2; i++) {
		const struct termination *out = &next->termination[!i];
		__u32 slot;
		int err;

		if (old && sg_address_equal(
				   out->remote.address,
				   old->termination[!i].remote.address))
			continue;
		next->stream[i].next_hop = 0;
		if (sg_address_is_none(out->remote.address))
			continue;
		err = next_hop_get(next->all->next_hops, out->remote.address,
				   out->realm->route_ifindex, &slot);
		if (err)
			return fault_set(fault, -err,
					 "no next hop slot is free; raise "
					 "\"streams\" in the configuration");
		next->stream[i].next_hop = slot;
	}
	return 0;
}

static int plan_termination(struct context *next, int number,
			    const struct spec_termination *spec,
			    struct fault *fault)
{
	struct termination *to = &next->termination[number];
	int err;

	to->realm = config_realm(next->all->config, spec->realm);
	if (!to->realm)
		return fault_set(fault, ENOENT,
				 "realm \"%s\" does not exist; see srtpgate "
				 "status",
				 spec->realm);
	to->gate_open = true;
	to->dscp = SG_DSCP_COPY;
	to->clock_rate = CLOCK_RATE;
	plan_options(to, spec);
	err = plan_local(next, number, &spec->local, fault);
	return err ? err : plan_keys(next, NULL, number, spec, fault);
}

int plan_add(struct context *next, const struct spec *spec,
	     struct fault *fault)
{
	int err = 0;

	next->opaque = spec->opaque;
	for (int i = 0; !err && i < 2; i++) {
		next->stream[i].epoch = 1;
		err = plan_termination(next, i, &spec->termination[i], fault);
	}
	if (!err)
		err = check(&next->all->keys, next, fault);
	return err ? err : plan_next_hops(next, NULL, fault);
}

int plan_change(struct context *next, const struct context *old,
		const struct spec *spec, struct fault *fault)
{
	int err = 0;

	if (spec->has_opaque)
		next->opaque = spec->opaque;
	for (int i = 0; !err && i < spec->count; i++) {
		const struct spec_termination *one = &spec->termination[i];

		plan_options(&next->termination[one->number], one);
		err = plan_keys(next, old, one->number, one, fault);
	}
	if (err)
		return err;
	plan_epochs(next, old);
	err = check(&next->all->keys, next, fault);
	return err ? err : plan_next_hops(next, old, fault);
}

/* References to what @next names and @old does not. */
static void hold_keys(struct context *next, const struct context *old)
{
	__u32 keys[CONTEXT_KEYS];
	int count = context_keys(next, keys);

	for (int i = 0; i < count; i++)
		if (!old || !context_has_key(old, keys[i]))
			keyring_hold(&next->all->keys, keys[i]);
}

int plan_join(struct context *next, const struct context *old,
	      const struct termination side[2], bool opaque,
	      struct fault *fault)
{
	next->opaque = opaque;
	for (int i = 0; i < 2; i++) {
		struct termination *to = &next->termination[i];

		*to = side[i];
		plan_previous(to, old ? &old->termination[i] : &nothing);
		if (!old)
			next->stream[i].epoch = 1;
	}
	hold_keys(next, old);
	if (old)
		plan_epochs(next, old);
	return plan_next_hops(next, old, fault);
}
