// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_record.h"

#include <errno.h>
#include <stdlib.h>

#include "gated/walk.h"

enum {
	VERSION = 4,		/* of the octets; all from 1 on are read */
	TAG_MAX = 999999999,	/* RFC 4568 9.2 */
	PRIORITY_MAX = 15,	/* H.248.1 6.1.1 */
	DSCP_MAX = 63,
};

/* Bits of a termination's flags; version 1 knew only the first. */
enum { OUT_OF_SERVICE = 1, SILENCE_TOLD = 2 };

/* -- sides ------------------------------------------------------------------ */

/* Bits of a side's flags, from the lowest. */
static const size_t side_flags[] = {
	offsetof(struct iq_side, reserve_value),
	offsetof(struct iq_side, reserve_group),
	offsetof(struct iq_side, filter_address),
	offsetof(struct iq_side, filter_ports),
	offsetof(struct iq_side, explicit_address),
	offsetof(struct iq_side, explicit_port),
	offsetof(struct iq_side, rtcp),
	offsetof(struct iq_side, police),
	offsetof(struct iq_side, has_local),
	offsetof(struct iq_side, secure),
	offsetof(struct iq_side, mux),
	offsetof(struct iq_side, chosen),
	offsetof(struct iq_side, has_remote),
	offsetof(struct iq_side, remote_secure),
	offsetof(struct iq_side, refused),
};

/* And above them: parts that a side may have. */
enum {
	HAS_REALM = 1 << 16,
	HAS_FILTER = 1 << 17,
	HAS_DEPARTURE = 1 << 18,
	HAS_RATES = 1 << 19,
	HAS_PEER = 1 << 20,
	HAS_LOCAL = 1 << 21,
	HAS_REMOTE = 1 << 22,
	HAS_SEND = 1 << 23,
	HAS_RECEIVE = 1 << 24,
	ALL_FLAGS = (1 << 25) - 1 - (1 << 15),
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

_Static_assert(COUNT(side_flags) == 15, "bits below those of the parts");

/* Numbers on the record, whatever becomes of h248_token. */
static const enum h248_token modes[] = {
	H248_NONE, H248_SEND_RECEIVE, H248_SEND_ONLY,
	H248_RECEIVE_ONLY, H248_INACTIVE, H248_LOOPBACK,
};

static bool is_set(const void *value, size_t size)
{
	static const __u8 zeros[sizeof(struct sg_transport)];

	return memcmp(value, zeros, size) != 0;
}

static __u32 flags_of(const struct iq_side *side)
{
	__u32 flags = 0;

	for (size_t i = 0; i < COUNT(side_flags); i++)
		flags |= *((const bool *)side + side_flags[i]) << i;
	if (side->realm)
		flags |= HAS_REALM;
	if (side->filter_prefix || side->filter_low || side->filter_high ||
	    is_set(side->filter, sizeof(side->filter)))
		flags |= HAS_FILTER;
	if (side->departure_port ||
	    is_set(side->departure, sizeof(side->departure)))
		flags |= HAS_DEPARTURE;
	if (side->sustained || side->peak || side->burst ||
	    side->delay_variation)
		flags |= HAS_RATES;
	if (is_set(&side->peer, sizeof(side->peer)))
		flags |= HAS_PEER;
	if (is_set(&side->local, sizeof(side->local)))
		flags |= HAS_LOCAL;
	if (is_set(&side->remote, sizeof(side->remote)))
		flags |= HAS_REMOTE;
	if (side->send.suite)
		flags |= HAS_SEND;
	if (side->receive.suite)
		flags |= HAS_RECEIVE;
	return flags;
}

static __u32 flags(struct walk *walk, struct iq_side *side)
{
	__u32 flags = walk_is_reading(walk) ? 0 : flags_of(side);

	walk_number(walk, flags);
	walk_require(walk, !(flags & ~ALL_FLAGS));
	for (size_t i = 0; walk_is_reading(walk) && i < COUNT(side_flags); i++)
		*((bool *)side + side_flags[i]) = flags >> i & 1;
	return flags;
}

static void mode(struct walk *walk, enum h248_token *mode)
{
	__u8 place = 0;

	while (!walk_is_reading(walk) && place < COUNT(modes) &&
	       modes[place] != *mode)
		place++;
	walk_number(walk, place);
	walk_require(walk, place < COUNT(modes));
	if (place < COUNT(modes))
		*mode = modes[place];
}

static void napt(struct walk *walk, enum iq_napt *napt)
{
	__u8 value = *napt;

	walk_number(walk, value);
	walk_require(walk, value <= IQ_NAPT_DONE);
	*napt = value;
}

/* Before version 3 there was one key, with its lifetime, now in the maps. */
static void only_key(struct walk *walk, struct iq_crypto *crypto)
{
	__u64 lifetime = 0;

	walk_number(walk, crypto->slot[0]);
	walk_number(walk, crypto->generation[0]);
	walk_number(walk, lifetime);
	walk_require(walk, crypto->slot[0] && lifetime <= SG_LIFETIME_MAX);
}

static void keys(struct walk *walk, struct iq_crypto *crypto)
{
	__u8 count = 0;

	while (count < SG_OPEN_KEYS && crypto->slot[count])
		count++;
	walk_number(walk, count);
	walk_require(walk, count && count <= SG_OPEN_KEYS);
	for (int i = 0; !walk->err && i < count; i++) {
		walk_number(walk, crypto->slot[i]);
		walk_number(walk, crypto->generation[i]);
		walk_require(walk, crypto->slot[i]);
	}
}

/* The suite goes by its name, keys by their slots. */
static void crypto(struct walk *walk, struct iq_crypto *crypto)
{
	char name[48] = "";

	if (!walk_is_reading(walk))
		strcpy(name, crypto->suite->name);
	walk_text(walk, name, sizeof(name));
	walk_number(walk, crypto->tag);
	if (walk->version < 3)
		only_key(walk, crypto);
	else
		keys(walk, crypto);
	if (walk_is_reading(walk))
		crypto->suite = sdes_suite_find(sg_slice_of(name));
	walk_require(walk, crypto->suite && crypto->tag &&
				   crypto->tag <= TAG_MAX);
}

static void control(struct walk *walk, struct iq_side *side, __u32 flags)
{
	mode(walk, &side->mode);
	if (flags & HAS_FILTER) {
		walk_number(walk, side->filter_prefix);
		walk_require(walk, side->filter_prefix <= 128);
		walk_address(walk, side->filter);
		walk_number(walk, side->filter_low);
		walk_number(walk, side->filter_high);
	}
	if (flags & HAS_DEPARTURE) {
		walk_address(walk, side->departure);
		walk_number(walk, side->departure_port);
	}
	if (flags & HAS_RATES) {
		walk_number(walk, side->sustained);
		walk_number(walk, side->peak);
		walk_number(walk, side->burst);
		walk_number(walk, side->delay_variation);
	}
	walk_number(walk, side->dscp);
	walk_require(walk, side->dscp <= DSCP_MAX || side->dscp == SG_DSCP_COPY);
	napt(walk, &side->napt);
	if (flags & HAS_PEER)
		walk_transport(walk, &side->peer);
}

static void media(struct walk *walk, struct iq_side *side, __u32 flags)
{
	walk_text(walk, side->media, sizeof(side->media));
	walk_text(walk, side->protocol, sizeof(side->protocol));
	walk_text(walk, side->formats, sizeof(side->formats));
	if (flags & HAS_LOCAL)
		walk_transport(walk, &side->local);
	walk_number(walk, side->port[0]);
	walk_number(walk, side->port[1]);
	if (flags & HAS_SEND)
		crypto(walk, &side->send);
	if (flags & HAS_REMOTE)
		walk_transport(walk, &side->remote);
	if (flags & HAS_RECEIVE)
		crypto(walk, &side->receive);
	walk_number(walk, side->clock_rate);
	if (walk->version > 3)
		walk_number(walk, side->codec);
}

static void side(struct walk *walk, struct iq_side *side)
{
	__u32 bits = flags(walk, side);

	if (bits & HAS_REALM)
		walk_realm(walk, &side->realm);
	control(walk, side, bits);
	media(walk, side, bits);
}

/* -- terminations ----------------------------------------------------------- */

/* Each is written as its StreamID and what it knows; a zero ends them. */
static void write_sides(struct walk *walk, const struct iq_side *first)
{
	__u16 end = 0;

	for (; first; first = first->next) {
		struct iq_side one = *first;

		walk_number(walk, one.stream);
		side(walk, &one);
	}
	walk_number(walk, end);
}

static void read_sides(struct walk *walk, struct iq_side **list)
{
	__u16 stream = 0, last = 0;

	for (int i = 0; i <= IQ_STREAMS; i++, last = stream) {
		walk_number(walk, stream);
		if (!stream)
			return;
		walk_require(walk, stream > last && i < IQ_STREAMS);
		*list = calloc(1, sizeof(**list));
		if (!*list)
			walk_fail(walk, -ENOMEM);
		if (walk->err)
			return;
		(*list)->stream = stream;
		side(walk, *list);
		list = &(*list)->next;
	}
}

static void events(struct walk *walk, struct iq_events *events)
{
	walk_number(walk, events->armed);
	walk_number(walk, events->request);
	walk_number(walk, events->heartbeat);
	walk_number(walk, events->inactivity);
	walk_number(walk, events->direction);
	walk_require(walk, events->direction <= IQ_BOTH &&
				   (events->direction || !events->inactivity));
	walk_number(walk, events->cause);
}

static void termination_flags(struct walk *walk, struct iq_termination *one)
{
	__u8 flags = (one->out_of_service ? OUT_OF_SERVICE : 0) |
		     (one->silence_told ? SILENCE_TOLD : 0);

	walk_number(walk, flags);
	walk_require(walk, flags <= (OUT_OF_SERVICE | SILENCE_TOLD));
	one->out_of_service = flags & OUT_OF_SERVICE;
	one->silence_told = flags & SILENCE_TOLD;
}

static void termination(struct walk *walk, struct iq_termination *one)
{
	__u8 has_realm = one->realm != NULL;

	walk_text(walk, one->name, sizeof(one->name));
	walk_require(walk, *one->name);
	walk_number(walk, one->id);
	walk_number(walk, has_realm);
	if (has_realm)
		walk_realm(walk, &one->realm);
	termination_flags(walk, one);
	events(walk, &one->events);
	if (walk_is_reading(walk))
		read_sides(walk, &one->sides);
	else
		write_sides(walk, one->sides);
}

/* A place for one in a context. */
static void place(struct walk *walk, struct iq_termination **place)
{
	__u8 present = *place != NULL;

	walk_number(walk, present);
	walk_require(walk, present <= 1);
	if (!present || walk->err)
		return;
	if (walk_is_reading(walk))
		*place = calloc(1, sizeof(**place));
	if (*place)
		termination(walk, *place);
	else
		walk_fail(walk, -ENOMEM);
}

/* -- records ---------------------------------------------------------------- */

static void version(struct walk *walk)
{
	walk->version = VERSION;
	walk_number(walk, walk->version);
	walk_require(walk, walk->version && walk->version <= VERSION);
}

static void context(struct walk *walk, struct iq_context *context)
{
	version(walk);
	walk_number(walk, context->id);
	walk_require(walk, context->id && context->id < H248_CONTEXT_CHOOSE);
	walk_number(walk, context->has_priority);
	walk_number(walk, context->priority);
	walk_require(walk, context->priority <= PRIORITY_MAX);
	walk_number(walk, context->emergency);
	walk_number(walk, context->created);
	for (int i = 0; i < IQ_TERMINATIONS; i++)
		place(walk, &context->termination[i]);
}

int iq_record_write(const struct iq_context *from, void *record, size_t size)
{
	struct walk walk = walk_writing(record, size);
	struct iq_context copy = *from;

	context(&walk, &copy);
	return walk_written(&walk, record);
}

int iq_record_read(struct iq_context **to, struct config *config,
		   const void *record, size_t size)
{
	struct walk walk = walk_reading(record, size);
	int err;

	*to = calloc(1, sizeof(**to));
	if (!*to)
		return -ENOMEM;
	walk.config = config;
	context(&walk, *to);
	err = walk_read(&walk);
	if (err) {
		iq_context_free(*to);
		*to = NULL;
	}
	return err;
}

static void state(struct walk *walk, struct iq_state *state)
{
	version(walk);
	walk_number(walk, state->next_transaction);
	walk_number(walk, state->last_context);
	walk_require(walk, state->last_context < H248_CONTEXT_CHOOSE);
	walk_number(walk, state->last_termination);
	walk_number(walk, state->version);
	walk_require(walk, state->version <= 3);
	walk_text(walk, state->mgc, sizeof(state->mgc));
	walk_number(walk, state->root.armed);
	walk_number(walk, state->root.request);
	walk_number(walk, state->root.idle);
	walk_number(walk, state->root.overload);
	walk_number(walk, state->root.realms);
	if (walk->version > 1)
		walk_number(walk, state->out_of_service);
}

int iq_state_write(const struct iq_state *from, void *record, size_t size)
{
	struct walk walk = walk_writing(record, size);
	struct iq_state copy = *from;

	state(&walk, &copy);
	return walk_written(&walk, record);
}

int iq_state_read(struct iq_state *to, const void *record, size_t size)
{
	struct walk walk = walk_reading(record, size);

	memset(to, 0, sizeof(*to));
	state(&walk, to);
	return walk_read(&walk);
}
