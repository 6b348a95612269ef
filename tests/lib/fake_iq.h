/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What iq_execute() stands on, played: data plane, keys, journal, timers and
 * association, so that each can be made to fail and counted. What is held
 * can be compared with what the contexts show. For the one file of a program
 * that includes it.
 */
#ifndef SRTPGATE_TEST_FAKE_IQ_H
#define SRTPGATE_TEST_FAKE_IQ_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gated/iq/iq_command.h"
#include "gated/iq/iq_plane.h"
#include "gated/iq/iq_realms.h"
#include "lib/address.h"
#include "lib/clock.h"
#include "lib/secret.h"

enum { KEYS = 4096, CONTEXTS_MAX = 64 };

static struct gate gate;
static struct iq iq;
static struct keyring keyring;

/* -- the players ----------------------------------------------------------- */

static struct sg_master_key key_of[KEYS];
static __u32 references[KEYS];
static __u32 key_generation[KEYS], generation;
static __u32 keys_top;		/* all slots above were never used */
static bool keys_fail;

int keyring_get(struct keyring *ring, const struct sg_master_key *key,
		const __u32 *known, int count, __u32 home, __u32 *slot)
{
	(void)ring;
	(void)home;
	for (int i = 0; i < count; i++) {
		*slot = known[i];
		if (*slot &&
		    sg_secret_equal(&key_of[*slot], key, sizeof(*key))) {
			references[*slot]++;
			return 0;
		}
	}
	for (*slot = 1; *slot < KEYS && !keys_fail; ++*slot) {
		if (references[*slot])
			continue;
		references[*slot] = 1;
		key_of[*slot] = *key;
		key_generation[*slot] = ++generation;
		if (*slot > keys_top)
			keys_top = *slot;
		return 0;
	}
	return -ENOSPC;
}

void keyring_hold(struct keyring *ring, __u32 slot)
{
	(void)ring;
	references[slot] += slot && references[slot];
}

/* Of a former daemon: what has a value. */
int keyring_claim(struct keyring *ring, __u32 slot)
{
	(void)ring;
	if (!key_generation[slot])
		return -EINVAL;
	references[slot]++;
	return 0;
}

static bool put_too_often;

void keyring_put(struct keyring *ring, __u32 slot)
{
	(void)ring;
	if (!slot)
		return;
	if (!references[slot])
		put_too_often = true;
	else
		references[slot]--;
}

__u32 keyring_twin(const struct keyring *ring, __u32 slot, const __u32 *except,
		   int count)
{
	(void)ring;
	for (__u32 i = 1; i <= keys_top; i++) {
		bool is_other = i != slot;

		for (int j = 0; j < count; j++)
			is_other = is_other && i != except[j];
		if (is_other && references[i] &&
		    sg_secret_equal(&key_of[i], &key_of[slot],
				    sizeof(key_of[i])))
			return i;
	}
	return 0;
}

bool keyring_same_keystream(const struct keyring *ring, __u32 a, __u32 b)
{
	(void)ring;
	return sg_secret_equal(key_of[a].key, key_of[b].key,
			       sizeof(key_of[a].key));
}

int keyring_label(const struct keyring *ring, __u32 slot,
		  struct keyring_label *label)
{
	(void)ring;
	label->generation = key_generation[slot];
	return 0;
}

static int applied;
static bool plane_fails;
static const struct iq_context *applied_next, *applied_old;

/* One link for each context that is not empty. */
int iq_plane_apply(struct iq *one, struct iq_context *next,
		   struct iq_context *old, struct iq_fault *fault)
{
	(void)one;
	if (plane_fails)
		return iq_fault_set(fault, IQ_NO_RESOURCES,
				    "all stream slots are in use");
	applied++;
	applied_next = next;
	applied_old = old;
	next->links = old ? old->links : calloc(1, sizeof(*next->links));
	if (old)
		old->links = NULL;
	if (next->termination[0] || next->termination[1])
		return 0;
	free(next->links);
	next->links = NULL;
	return 0;
}

static int adopted;
static bool adoption_fails;

int iq_plane_adopt(struct iq *one, struct iq_context *context)
{
	(void)one;
	(void)context;
	adopted++;
	return adoption_fails ? -EINVAL : 0;
}

void iq_plane_traffic(struct iq *one, const struct iq_context *context,
		      int index, __u16 stream, struct iq_traffic *traffic)
{
	(void)one;
	(void)context;
	*traffic = (struct iq_traffic){
		.packets_received = 100 * (index + 1),
		.octets_received = 2000 * (index + 1),
		.packets_sent = 50,
		.octets_sent = 1000,
		.expected = 200,
		.lost = 1,
		.jitter = stream + 0.25,
		.round_trip = 10 * stream,
		.clock_rate = 8000,
	};
}

static __u16 admitted;
static enum iq_association_state association = IQ_REGISTERED;

int iq_association_admit(struct iq *one, const struct h248_address *from,
			 struct iq_fault *fault)
{
	(void)one;
	(void)from;
	return admitted ? iq_fault_set(fault, admitted, "not now") : 0;
}

enum iq_association_state iq_association_state(const struct iq *one)
{
	(void)one;
	return association;
}

static __u32 realms_down;	/* one bit each */

bool iq_realm_is_available(const struct iq *one, const struct realm *realm)
{
	return !(realms_down >> (realm - one->ground.config->realm) & 1);
}

static enum h248_token ordered;

int iq_association_order(struct iq *one, const struct h248_services *services,
			 struct iq_fault *fault)
{
	(void)one;
	ordered = services->method;
	if (ordered == H248_HAND_OFF)
		return 0;
	return iq_fault_set(fault, IQ_NOT_IMPLEMENTED, "HandOff alone");
}

static int overloads, root_updates, states_kept;

void iq_event_overload(struct iq *one)
{
	(void)one;
	overloads++;
}

void iq_root_update(struct iq *one)
{
	(void)one;
	root_updates++;
}

void iq_journal_state(struct iq *one)
{
	(void)one;
	states_kept++;
}

/* The program says what a journal is. */
void iq_journal_context(struct iq *one, __u32 id,
			const struct iq_context *context);

/* A watch is there as long as events are armed. */
struct iq_watch {
	const struct iq_context *context;
	const struct iq_termination *termination;
};

static int watches, watches_stopped;

void iq_watch_free(struct iq_watch *watch)
{
	free(watch);
	watches--;
}

void iq_watch_update(struct iq *one, struct iq_context *context,
		     struct iq_termination *termination)
{
	(void)one;
	if (!termination->events.armed && termination->watch) {
		iq_watch_free(termination->watch);
		termination->watch = NULL;
		watches_stopped++;
	}
	if (!termination->events.armed)
		return;
	if (!termination->watch) {
		termination->watch = calloc(1, sizeof(*termination->watch));
		watches++;
	}
	termination->watch->context = context;
	termination->watch->termination = termination;
}

/* -- what is held ---------------------------------------------------------- */

static int fake_keys(const struct iq_crypto *crypto)
{
	int count = 0;

	for (int i = 0; i < SG_OPEN_KEYS; i++)
		count += !!crypto->slot[i];
	return count;
}

struct holding {
	__u32 ports, keys, armed, contexts;
	bool watched;
};

static int add_holding(struct iq *one, struct iq_context *context, void *arg)
{
	struct holding *sum = arg;

	(void)one;
	sum->contexts++;
	for (int i = 0; i < IQ_TERMINATIONS; i++) {
		const struct iq_termination *t = context->termination[i];

		if (!t)
			continue;
		sum->armed += t->events.armed;
		if (t->events.armed &&
		    (t->watch->context != context ||
		     t->watch->termination != t))
			sum->watched = false;
		if (iq_context_of(&iq, sg_slice_of(t->name)) != context->id)
			sum->watched = false;
		for (const struct iq_side *side = t->sides; side;
		     side = side->next) {
			sum->ports += !!side->port[0] + !!side->port[1];
			sum->keys += fake_keys(&side->send) +
				     fake_keys(&side->receive);
		}
	}
	return 0;
}

static __u32 ports_used(void)
{
	struct config *config = &gate.config;
	__u32 sum = 0;

	for (int i = 0; i < config->realm_count; i++)
		for (int j = 0; j < config->realm[i].address_count; j++) {
			__u32 used, resting;

			ports_count(config->realm[i].ports[j], clock_ms(),
				    &used, &resting);
			sum += used;
		}
	return sum;
}

static __u32 keys_held(void)
{
	__u32 sum = 0;

	for (__u32 i = 1; i <= keys_top; i++)
		sum += references[i];
	return sum;
}

static bool balanced(void)
{
	struct holding sum = { .watched = true };

	iq_contexts_each(&iq, add_holding, &sum);
	return sum.ports == ports_used() && sum.keys == keys_held() &&
	       (int)sum.armed == watches && sum.watched &&
	       sum.contexts == iq.contexts.count && !put_too_often;
}

static bool nothing_held(void)
{
	return !iq.contexts.count && !ports_used() && !keys_held() && !watches;
}

/* -- a gateway ------------------------------------------------------------- */

static __u16 ports_each = 10000; /* of an address */

static void add_realm(const char *name, const char *v4, const char *v6,
		      __u16 first)
{
	struct realm *realm = &gate.config.realm[gate.config.realm_count++];
	const char *texts[] = { v4, v6 };

	memset(realm, 0, sizeof(*realm));
	strcpy(realm->name, name);
	realm->number = gate.config.realm_count;
	realm->address_count = 2;
	for (int i = 0; i < 2; i++) {
		sg_address_parse(realm->address[i], texts[i]);
		realm->ports[i] = ports_new(first, first + ports_each - 1);
	}
}

static void end_gateway(void)
{
	struct config *config = &gate.config;

	iq_contexts_close(&iq);
	for (int i = 0; i < config->realm_count; i++)
		for (int j = 0; j < 2; j++)
			ports_free(config->realm[i].ports[j]);
	config->realm_count = 0;
}

/* Contexts from 4711 on, terminations from 17 on. */
static void new_gateway(void)
{
	end_gateway();
	memset(&iq, 0, sizeof(iq));
	memset(references, 0, sizeof(references));
	watches_stopped = 0;
	watches = applied = overloads = root_updates = states_kept = 0;
	plane_fails = adoption_fails = put_too_often = keys_fail = false;
	admitted = 0;
	association = IQ_REGISTERED;
	add_realm("core.example", "203.0.113.20", "2001:db8:1::20", 40000);
	add_realm("access.example", "198.51.100.20", "2001:db8::20", 30000);
	gate.data.maps.contexts_size = CONTEXTS_MAX + SG_RESERVED_SLOTS;
	iq.gate = &gate;
	iq.ground.config = &gate.config;
	iq.ground.keys = &keyring;
	iq.contexts.last_id = 4710;
	iq.contexts.last_termination = 16;
}

#endif /* SRTPGATE_TEST_FAKE_IQ_H */
