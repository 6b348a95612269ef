// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_side.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "gated/home.h"
#include "gated/iq/iq_local.h"
#include "gated/iq/iq_property.h"
#include "lib/address.h"

enum { CLOCK_RATE = 8000 };	/* RFC 3551 4.5: most of audio */

/* H.248.1 7.1.7: Mode is Inactive, ReserveGroup and ReserveValue are False. */
void iq_side_init(struct iq_side *side, __u16 stream)
{
	*side = (struct iq_side){
		.stream = stream,
		.mode = H248_INACTIVE,
		.clock_rate = CLOCK_RATE,
	};
	iq_property_defaults(side);
}

/* One Stream descriptor on its way into a side. */
struct reading {
	const struct iq_ground *ground;
	struct iq_side *side;
	const struct iq_side *old, *opposite;
	const struct h248_stream *stream;
	struct iq_description local, remote;
	bool has_local, has_remote; /* and they are not empty */
	__be32 address[4];	/* that .local chose */
	struct iq_fault *fault;
};

static int conflict(struct reading *r, const char *a, const char *b)
{
	return iq_fault_set(r->fault, IQ_CONFLICT, "%s and %s", a, b);
}

static int missing(struct reading *r, const char *what)
{
	return iq_fault_set(r->fault, IQ_INFORMATION_MISSING, "%s", what);
}

/* -- LocalControl ---------------------------------------------------------- */

/*
 * By the letter of H.248.1 7.1.7 a new LocalControl replaces all of the old
 * one. Controllers of Iq send the Mode alone to hold a call (TS 23.334
 * "Change Through-Connection") and mean the realm and the filters to stay:
 * what is not named is kept.
 */
static int read_control(struct reading *r)
{
	const struct h248_control *control = &r->stream->control;
	struct iq_side *side = r->side;

	/* The data plane never sends a packet back to where it came from. */
	if (control->mode == H248_LOOPBACK)
		return iq_fault_set(r->fault, IQ_UNSUPPORTED_MODE, "Loopback");
	if (control->mode && control->mode != H248_MODE)
		side->mode = control->mode;
	if (control->reserved_value)
		side->reserve_value = control->reserved_value == H248_ON;
	if (control->reserved_group)
		side->reserve_group = control->reserved_group == H248_ON;
	return iq_property_read(r->ground, side, control->properties,
				r->fault);
}

static int find_realm(struct reading *r)
{
	struct config *config = r->ground->config;

	if (r->side->realm)
		return 0;
	if (config->realm_count != 1)
		return missing(r, "ipdc/realm");
	r->side->realm = &config->realm[0];
	return 0;
}

/* Where we send from is ours, and is told when it differs. */
static int check_departure(struct reading *r)
{
	struct iq_side *side = r->side;
	bool none = sg_address_is_none(side->departure);

	if (side->explicit_address && none)
		return missing(r, "gm/lsa");
	if (side->explicit_port && !side->departure_port)
		return missing(r, "gm/lsp");
	if (!none && !realm_ports(side->realm, side->departure))
		return iq_address_refuse(r->fault, side->departure);
	return 0;
}

/* -- Local and Remote, as words -------------------------------------------- */

/* Of the other end, as far as it is known; 0: it is not. */
static int remote_family(const struct reading *r)
{
	if (r->stream->remote.present)
		return r->has_remote ? r->remote.family : 0;
	if (sg_address_is_none(r->side->remote.address))
		return 0;
	return iq_family_of(r->side->remote.address);
}

static int judge_local(void *arg, const struct iq_description *local,
		       struct iq_fault *fault)
{
	struct reading *r = arg;

	return iq_local_address(r->side, local, remote_family(r), r->address,
				fault);
}

/* Multicast, loopback and the reserved rest of class E are nobody's. */
static bool is_nobody(const __be32 address[4])
{
	__u32 first = ntohl(address[0]), last = ntohl(address[3]);

	if (sg_address_is_ipv4(address))
		return last >> 24 == IN_LOOPBACKNET || last >> 29 == 7;
	return first >> 24 == 0xff ||
	       (!address[0] && !address[1] && !address[2] && last == 1);
}

static int judge_remote(void *arg, const struct iq_description *remote,
			struct iq_fault *fault)
{
	(void)arg;
	if (is_nobody(remote->address))
		return iq_address_refuse(fault, remote->address);
	return 0;
}

/* Remote first: a Local without c= takes its family from there. */
static int read_descriptions(struct reading *r)
{
	const struct h248_stream *stream = r->stream;
	int err = 0;

	r->has_remote = stream->remote.present && stream->remote.text.size;
	r->has_local = stream->local.present && stream->local.text.size;
	if (r->has_remote)
		err = iq_sdp_read(&r->remote, stream->remote.text,
				  judge_remote, r, r->fault);
	if (!err && r->has_local)
		err = iq_sdp_read(&r->local, stream->local.text, judge_local,
				  r, r->fault);
	return err;
}

/* -- Local ----------------------------------------------------------------- */

/* H.248.1 7.1.8 b: an empty descriptor gives back what was reserved. */
static void drop_local(struct reading *r)
{
	struct iq_side *side = r->side;
	const struct iq_side before = *side;

	side->has_local = side->secure = side->mux = false;
	side->media[0] = side->protocol[0] = side->formats[0] = '\0';
	side->local = (struct sg_transport){ 0 };
	side->port[0] = side->port[1] = 0;
	iq_local_release(&before, side, r->old);
}

/* Either end may be the one that tells. */
static void learn_codec(struct iq_side *side,
			const struct iq_description *description)
{
	if (!description->clock_rate)
		return;
	side->clock_rate = description->clock_rate;
	side->codec = description->codec;
}

static int apply_local(struct reading *r)
{
	const struct iq_description *local = &r->local;
	struct iq_side *side = r->side;
	int err = iq_local_take(side, r->old, r->opposite, r->ground->contexts,
				local, r->address, r->fault);

	if (err)
		return err;
	side->has_local = true;
	side->secure = local->secure;
	side->mux = local->mux;
	strcpy(side->media, local->media);
	strcpy(side->protocol, local->protocol);
	strcpy(side->formats, local->formats);
	side->chosen = sg_address_is_none(local->address) ||
		       local->choose_port || local->rtcp == IQ_RTCP_CHOOSE ||
		       !local->alone;
	learn_codec(side, local);
	return 0;
}

static int change_local(struct reading *r, bool had_rtcp)
{
	if (r->has_local)
		return apply_local(r);
	if (r->stream->local.present)
		drop_local(r);
	else if (r->side->has_local && r->side->rtcp != had_rtcp)
		return iq_local_resize(r->side, r->old, r->fault);
	return 0;
}

/* -- Remote ---------------------------------------------------------------- */

static __be16 above(__be16 port)
{
	__u16 number = ntohs(port);

	return number && number < 65535 ? htons(number + 1) : 0;
}

/* RFC 5761 5.1.3: on one port only if both ends say so. */
static __be16 remote_rtcp(const struct reading *r)
{
	const struct iq_description *remote = &r->remote;

	if (!remote->port || remote->rtcp == IQ_RTCP_NONE)
		return 0;
	if (remote->mux && r->side->mux)
		return htons(remote->port);
	if (remote->rtcp == IQ_RTCP_AT)
		return htons(remote->rtcp_port);
	return above(htons(remote->port));
}

static void apply_remote(struct reading *r)
{
	const struct iq_description *remote = &r->remote;
	struct iq_side *side = r->side;

	side->has_remote = r->has_remote;
	side->remote_secure = remote->secure;
	side->refused = r->has_remote && !remote->port && !remote->choose_port;
	memcpy(side->remote.address, remote->address,
	       sizeof(side->remote.address));
	side->remote.rtp = htons(remote->port);
	side->remote.rtcp = remote_rtcp(r);
	learn_codec(side, remote);
}

/* -- both ------------------------------------------------------------------ */

/* The other end's port for RTCP, when only Local or rtcph/rsb has changed. */
static void follow_local(struct iq_side *side, bool had_port)
{
	struct sg_transport *remote = &side->remote;
	bool no_mux = !side->mux && remote->rtcp == remote->rtp;
	bool again = !had_port && !remote->rtcp;

	if (no_mux || again)
		remote->rtcp = above(remote->rtp);
}

/* Which of the ports RTCP really uses, now that both ends are known. */
static void settle_rtcp(struct reading *r, bool had_port)
{
	struct iq_side *side = r->side;
	const struct sg_transport *remote = &side->remote;
	bool agreed;

	if (side->has_local && !side->port[1])
		side->remote.rtcp = 0;
	else if (!r->has_remote)
		follow_local(side, had_port);
	agreed = !side->has_remote || !remote->rtp ||
		 remote->rtcp == remote->rtp;
	side->local.rtp = htons(side->port[0]);
	side->local.rtcp = htons(side->port[1]);
	if (side->mux && agreed && side->port[1])
		side->local.rtcp = side->local.rtp;
}

/* Contradictions between the two ends of one stream. */
static int check_ends(struct reading *r)
{
	const struct iq_side *side = r->side;
	const __be32 *local = side->local.address;
	const __be32 *remote = side->remote.address;

	if (!side->has_local || !side->has_remote)
		return 0;
	if (side->secure != side->remote_secure)
		return conflict(r, side->protocol,
				side->secure ? "RTP/AVP" : "RTP/SAVP");
	if (sg_address_is_none(remote))
		return 0;
	if (iq_family_of(local) != iq_family_of(remote))
		return conflict(r, iq_family_name(iq_family_of(local)),
				iq_family_name(iq_family_of(remote)));
	if (sg_address_equal(local, remote) &&
	    side->local.rtp == side->remote.rtp)
		return iq_address_refuse(r->fault, remote);
	return 0;
}

/*
 * A descriptor replaces the one before it (H.248.1 7.1.8), and so its key:
 * without a=crypto that direction has none any more. The other direction's
 * stays, when its descriptor does not come along.
 */
static int take_keys(struct reading *r)
{
	struct keyring *keys = r->ground->keys;
	struct iq_side *side = r->side;
	__u32 home = iq_local_home(side);
	int err = 0;

	if (r->stream->local.present)
		err = iq_crypto_take(keys, &side->send,
				     r->old ? &r->old->send : NULL,
				     &r->local.crypto, true, home_beside(home),
				     r->fault);
	if (!err && r->stream->remote.present)
		err = iq_crypto_take(keys, &side->receive,
				     r->old ? &r->old->receive : NULL,
				     &r->remote.crypto, false, home, r->fault);
	return err;
}

static bool is_received(const struct reading *r, __u32 key)
{
	const struct iq_side *side = r->side;

	for (int i = 0; i < SG_OPEN_KEYS; i++)
		if (keyring_same_keystream(r->ground->keys, key,
					   side->receive.slot[i]))
			return true;
	return false;
}

static int check_keys(struct reading *r)
{
	const struct iq_side *side = r->side;

	if (!side->send.slot[0] || !side->receive.slot[0])
		return 0;
	if (side->send.suite != side->receive.suite)
		return iq_fault_set(r->fault, IQ_UNSUPPORTED_VALUE, "%s",
				    side->send.suite->name);
	for (int i = 0; i < SG_OPEN_KEYS && side->send.slot[i]; i++)
		if (is_received(r, side->send.slot[i]))
			return iq_fault_set(r->fault, IQ_UNSUPPORTED_VALUE,
					    "inline: one key for both "
					    "directions");
	return 0;
}

static int apply(struct reading *r, bool had_rtcp)
{
	bool had_port = r->side->port[1];
	int err = change_local(r, had_rtcp);

	if (err)
		return err;
	if (r->stream->remote.present)
		apply_remote(r);
	settle_rtcp(r, had_port);
	err = check_ends(r);
	if (!err)
		err = take_keys(r);
	if (!err)
		err = check_keys(r);
	return err;
}

int iq_side_read(const struct iq_ground *ground, struct iq_side *side,
		 const struct iq_side *old, const struct iq_side *opposite,
		 const struct h248_stream *stream, struct iq_fault *fault)
{
	struct reading r = {
		.ground = ground,
		.side = side,
		.old = old,
		.opposite = opposite,
		.stream = stream,
		.fault = fault,
	};
	bool had_rtcp = side->rtcp;
	int err;

	side->chosen = false;
	err = read_control(&r);
	if (!err)
		err = find_realm(&r);
	if (!err)
		err = check_departure(&r);
	if (!err)
		err = read_descriptions(&r);
	if (!err)
		err = apply(&r, had_rtcp);
	iq_description_wipe(&r.local);
	iq_description_wipe(&r.remote);
	return err;
}

void iq_side_release(const struct iq_ground *ground,
		     const struct iq_side *gone, const struct iq_side *kept)
{
	iq_local_release(gone, kept, NULL);
	iq_crypto_release(ground->keys, &gone->send,
			  kept ? &kept->send : NULL);
	iq_crypto_release(ground->keys, &gone->receive,
			  kept ? &kept->receive : NULL);
}

/* -- replies --------------------------------------------------------------- */

/* A buffer that is being filled; .used is more than .size when it is full. */
struct lines {
	char *buffer;
	size_t size, used;
};

static void __attribute__((format(printf, 2, 3)))
add(struct lines *lines, const char *format, ...)
{
	size_t left = lines->used < lines->size ? lines->size - lines->used : 0;
	va_list arguments;

	va_start(arguments, format);
	lines->used += vsnprintf(left ? lines->buffer + lines->used : NULL,
				 left, format, arguments);
	va_end(arguments);
}

int iq_side_sdp(const struct iq_side *side, char *buffer, size_t size)
{
	struct lines lines = { buffer, size, 0 };
	char address[SG_ADDRESS_TEXT];

	if (!side->has_local)
		return 0;
	add(&lines, "v=0\nc=IN %s %s\nm=%s %u %s %s\n",
	    iq_family_name(iq_family_of(side->local.address)),
	    sg_address_format(address, side->local.address), side->media,
	    side->port[0], side->protocol, side->formats);
	if (side->port[1] && side->port[1] != side->port[0] + 1)
		add(&lines, "a=rtcp:%u\n", side->port[1]);
	if (side->mux)
		add(&lines, "a=rtcp-mux\n");
	return lines.used < size ? (int)lines.used : -ENOSPC;
}
