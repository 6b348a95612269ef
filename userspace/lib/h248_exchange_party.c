// SPDX-License-Identifier: GPL-2.0-only
/* Those at the other end: round-trip times, and acks that wait for company. */
#include <stdlib.h>

#include "lib/h248_exchange_private.h"

enum {
	IDLE_MOST = 64,		/* remembered for their round trips */
	ACK_WAIT_MS = 50,	/* for a request to ride with */
	PAUSE_SHARE = 10,	/* of .repeat_ms is the shortest pause */
};

/* -- the table ------------------------------------------------------------- */

/* Murmur3's finisher. */
static __u32 mix(__u32 hash, __u32 word)
{
	hash = (hash ^ word) * 0x85ebca6b;
	hash = (hash ^ hash >> 13) * 0xc2b2ae35;
	return hash ^ hash >> 16;
}

static __u32 hash_of(const struct h248_exchange *x,
		     const struct h248_address *address)
{
	__u32 hash = mix(x->seed, address->protocol);

	if (address->any.sa_family == AF_INET6)
		for (int i = 0; i < 4; i++)
			hash = mix(hash, address->v6.sin6_addr.s6_addr32[i]);
	else
		hash = mix(hash, address->v4.sin_addr.s_addr);
	return mix(hash, h248_address_port(address));
}

static struct h248_party **bucket(struct h248_exchange *x, __u32 hash)
{
	return &x->parties[hash % H248_PARTY_BUCKETS];
}

static struct h248_party *find(struct h248_exchange *x,
			      const struct h248_address *address, __u32 hash)
{
	struct h248_party *party = *bucket(x, hash);

	while (party && (party->hash != hash ||
			h248_address_compare(&party->address, address)))
		party = party->chain;
	return party;
}

struct h248_party *h248_party_find(struct h248_exchange *x,
				 const struct h248_address *address)
{
	return find(x, address, hash_of(x, address));
}

static void send_acks(struct h248_exchange *x, struct h248_repeat *repeat);

static struct h248_party *create(struct h248_exchange *x,
				const struct h248_address *address,
				__u32 hash)
{
	struct h248_party **chain = bucket(x, hash);
	struct h248_party *party = calloc(1, sizeof(*party));

	if (!party)
		return NULL;
	party->address = *address;
	party->hash = hash;
	party->acking.fire = send_acks;
	party->pause = x->options.repeat_ms;
	TAILQ_INIT(&party->requests);
	party->chain = *chain;
	*chain = party;
	return party;
}

struct h248_party *h248_party_hold(struct h248_exchange *x,
				   struct h248_party *party)
{
	if (!party->users++) {
		TAILQ_REMOVE(&x->idle, party, idle);
		x->idle_count--;
	}
	return party;
}

struct h248_party *h248_party_take(struct h248_exchange *x,
				 const struct h248_address *address)
{
	__u32 hash = hash_of(x, address);
	struct h248_party *party = find(x, address, hash);

	if (party)
		return h248_party_hold(x, party);
	party = create(x, address, hash);
	if (party)
		party->users++;
	return party;
}

static void destroy(struct h248_exchange *x, struct h248_party *party)
{
	struct h248_party **chain = bucket(x, party->hash);

	while (*chain != party)
		chain = &(*chain)->chain;
	*chain = party->chain;
	TAILQ_REMOVE(&x->idle, party, idle);
	x->idle_count--;
	h248_repeat_stop(x, &party->acking);
	free(party);
}

void h248_party_drop(struct h248_exchange *x, struct h248_party *party)
{
	if (--party->users)
		return;
	TAILQ_INSERT_TAIL(&x->idle, party, idle);
	if (++x->idle_count > IDLE_MOST)
		destroy(x, TAILQ_FIRST(&x->idle));
}

void h248_parties_close(struct h248_exchange *x)
{
	while (!TAILQ_EMPTY(&x->idle))
		destroy(x, TAILQ_FIRST(&x->idle));
}

/* -- round trips ----------------------------------------------------------- */

void h248_party_measured(struct h248_exchange *x, struct h248_party *party,
			__u64 trip)
{
	__u32 least = x->options.repeat_ms / PAUSE_SHARE + 1;
	__u32 most = x->options.repeat_most_ms;
	__s32 sample = trip < most ? trip : most, off;

	if (!party->measured) {
		party->measured = true;
		party->smoothed = sample * 8;
		party->variation = sample * 2;
	} else {
		off = sample - party->smoothed / 8;
		party->smoothed += off;
		party->variation += abs(off) - party->variation / 4;
	}
	party->pause = party->smoothed / 8 + party->variation;
	if (party->pause < least)
		party->pause = least;
	if (party->pause > most)
		party->pause = most;
}

/*
 * Repeated requests measure nothing (Karn), so a pause that is too short
 * would never be noticed if it did not grow here (RFC 6298, 5.5 and 5.7).
 */
void h248_party_missed(struct h248_party *party, __u32 pause)
{
	if (pause > party->pause)
		party->pause = pause;
}

/* -- acks ------------------------------------------------------------------ */

const struct h248_ack *h248_party_acks(struct h248_exchange *x,
				      struct h248_party *party)
{
	unsigned count = party->ack_count;

	for (unsigned i = 1; i < count; i++)
		party->acks[i - 1].next = &party->acks[i];
	party->ack_count = 0;
	h248_repeat_stop(x, &party->acking);
	return count ? party->acks : NULL;
}

static void tell_acks(struct h248_exchange *x, struct h248_party *party,
		      __u8 version, const struct h248_ack *acks)
{
	struct h248_transaction t = {
		.kind = H248_RESPONSE_ACK,
		.acks = (struct h248_ack *)acks,
	};

	h248_exchange_tell(x, &party->address, version, &t, NULL);
}

static void send_acks(struct h248_exchange *x, struct h248_repeat *repeat)
{
	struct h248_party *party = (struct h248_party *)repeat;

	tell_acks(x, party, party->ack_version, h248_party_acks(x, party));
}

void h248_party_ack(struct h248_exchange *x, struct h248_party *party,
		   __u8 version, __u32 id)
{
	struct h248_ack ack = { NULL, id, id };

	tell_acks(x, party, version, &ack);
}

void h248_party_ack_later(struct h248_exchange *x, struct h248_party *party,
			 __u8 version, __u32 id)
{
	unsigned count = party->ack_count;

	party->ack_version = version;
	if (count && party->acks[count - 1].last + 1 == id) {
		party->acks[count - 1].last = id;
		return;
	}
	if (count == H248_ACK_RANGES)
		send_acks(x, &party->acking);
	if (!party->acking.place &&
	    h248_repeat_start(x, &party->acking, x->now + ACK_WAIT_MS))
		return; /* without memory there is no ack, as without .acks */
	party->acks[party->ack_count++] = (struct h248_ack){ NULL, id, id };
}
