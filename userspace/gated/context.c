// SPDX-License-Identifier: GPL-2.0-only
#include "gated/context.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gated/home.h"
#include "gated/plan.h"
#include "gated/stream.h"
#include "lib/address.h"
#include "lib/clock.h"
#include "lib/log.h"

/* -- what packets see -------------------------------------------------------- */

/* The key that a packet of stream @direction needs first; 0: none. */
static __u32 first_key(const struct context *context, int direction)
{
	__u32 opens = context->termination[direction].receive[RECEIVE_CURRENT];

	return opens ? opens : context->termination[!direction].send;
}

int context_publish(const struct context *context)
{
	struct sg_endpoint *entries[2];

	for (int i = 0; i < 2; i++) {
		int count = stream_endpoints(context, i, entries);
		struct sg_endpoint endpoint = {
			.stream = context->stream[i].slot,
			.generation = context->stream[i].generation,
			.state = context_state(context, i),
			.key = first_key(context, i),
		};

		if (count < 0)
			return count;
		for (int j = 0; j < count; j++)
			endpoint_publish(entries[j], &endpoint);
	}
	return 0;
}

static void unpublish(const struct context *context)
{
	struct sg_endpoint *entries[2];

	for (int i = 0; i < 2; i++) {
		int count = stream_endpoints(context, i, entries);

		for (int j = 0; j < count; j++)
			endpoint_withdraw(entries[j]);
	}
}

static int write_record(const struct context *context)
{
	struct sg_context record = {
		.used = 1,
		.stream = { context->stream[0].slot, context->stream[1].slot },
		.silence = { context->stream[0].silence,
			     context->stream[1].silence },
		.codec = { context->termination[0].codec,
			   context->termination[1].codec },
		.created = context->created,
	};

	memcpy(record.name, context->name, sizeof(record.name));
	return bpf_map_update_elem(context->all->maps->contexts,
				   &context->slot, &record, BPF_ANY);
}

static void erase_record(const struct context *context)
{
	static const struct sg_context nothing;

	bpf_map_update_elem(context->all->maps->contexts, &context->slot,
			    &nothing, BPF_ANY);
}

static bool record_changed(const struct context *next,
			   const struct context *old)
{
	for (int i = 0; old && i < 2; i++)
		if (next->termination[i].codec != old->termination[i].codec)
			return true;
	return false;
}

__u32 termination_home(const struct termination *one)
{
	return home_of(one->realm, one->local.address, one->local.rtp);
}

/* Streams leave home by a change, as that is made in another slot. */
static bool goes_home(const struct context *context, int direction)
{
	__u32 home = termination_home(&context->termination[direction]);

	return slots_is_free(context->all->streams, home);
}

/* Is what packets see of @old not what they should of @next? */
static bool stream_changed(const struct context *next,
			   const struct context *old, int direction)
{
	struct sg_stream wanted;

	if (!old)
		return true;
	stream_build(next, direction, &wanted);
	return goes_home(next, direction) ||
	       memcmp(&wanted, &next->all->stream[old->stream[direction].slot],
		      sizeof(wanted));
}

static int write_stream(struct context *next, int direction)
{
	struct contexts *all = next->all;
	struct stream *stream = &next->stream[direction];
	__u32 home = termination_home(&next->termination[direction]), slot;
	int err = slots_take(all->streams, home, &slot);

	if (err)
		return err;
	stream->slot = slot;
	stream->generation = ++all->generation;
	/* Nothing refers to the slot before the endpoint's release store. */
	stream_build(next, direction, &all->stream[slot]);
	return 0;
}

/* Puts back what packets see to @old, or to nothing. */
static void revert(const struct context *next, const struct context *old)
{
	if (old) {
		write_record(old);
		context_publish(old);
	} else {
		unpublish(next);
		erase_record(next);
	}
}

static bool needs_slow_path(const struct context *context, int direction)
{
	const struct keyring *ring = &context->all->keys;
	const __u32 *receive = context->termination[direction].receive;
	struct keyring_label label;

	for (int i = 0; i < SG_OPEN_KEYS; i++)
		if (!keyring_label(ring, receive[i], &label) && label.slow)
			return true;
	return !keyring_label(ring, context->termination[!direction].send,
			      &label) && label.slow;
}

/* Keys are written already; then streams, record, endpoints: see adopt.c. */
static int apply(struct context *next, const struct context *old,
		 struct fault *fault)
{
	bool changed = record_changed(next, old);
	int err = 0;

	for (int i = 0; !err && i < 2; i++) {
		next->stream[i].slow = needs_slow_path(next, i);
		if (!stream_changed(next, old, i))
			continue;
		changed = true;
		err = write_stream(next, i);
	}
	if (err)
		return fault_set(fault, -err,
				 "all stream slots are in use; raise "
				 "\"streams\" in the configuration");
	if (!changed)
		return 0;
	err = write_record(next);
	if (!err)
		err = context_publish(next);
	if (!err)
		return 0;
	revert(next, old);
	return fault_set(fault, -err,
			 "the data plane refused context \"%s\": %s",
			 next->name, strerror(-err));
}

/* -- what a context owns ----------------------------------------------------- */

int context_keys(const struct context *context, __u32 keys[CONTEXT_KEYS])
{
	int count = 0;

	for (int i = 0; i < 2; i++) {
		const struct termination *one = &context->termination[i];

		for (int j = 0; j <= SG_OPEN_KEYS; j++) {
			__u32 key = j < SG_OPEN_KEYS ? one->receive[j] :
						       one->send;
			int k = 0;

			while (k < count && keys[k] != key)
				k++;
			if (key && k == count)
				keys[count++] = key;
		}
	}
	return count;
}

bool context_has_key(const struct context *context, __u32 key)
{
	for (int i = 0; i < 2; i++) {
		const struct termination *one = &context->termination[i];

		if (one->send == key)
			return true;
		for (int j = 0; j < SG_OPEN_KEYS; j++)
			if (one->receive[j] == key)
				return true;
	}
	return false;
}

static void release_keys(const struct context *gone, const struct context *kept)
{
	__u32 keys[CONTEXT_KEYS];
	int count = context_keys(gone, keys);

	for (int i = 0; i < count; i++)
		if (!kept || !context_has_key(kept, keys[i]))
			keyring_put(&gone->all->keys, keys[i]);
}

static void release_ports(const struct termination *termination)
{
	const struct sg_transport *local = &termination->local;
	struct ports *ports;

	if (!termination->realm)
		return;
	ports = realm_ports(termination->realm, local->address);
	if (!ports)
		return;
	ports_release(ports, clock_ms(), ntohs(local->rtp));
	if (local->rtcp != local->rtp)
		ports_release(ports, clock_ms(), ntohs(local->rtcp));
}

void context_release(const struct context *gone, const struct context *kept)
{
	struct contexts *all = gone->all;

	release_keys(gone, kept);
	for (int i = 0; i < 2; i++) {
		const struct stream *stream = &gone->stream[i];

		if (!kept || kept->stream[i].slot != stream->slot)
			slots_release(all->streams, stream->slot);
		if (stream->next_hop &&
		    (!kept || kept->stream[i].next_hop != stream->next_hop))
			next_hop_put(all->next_hops, stream->next_hop);
		if (!kept && !gone->joined)
			release_ports(&gone->termination[i]);
	}
	if (!kept)
		slots_release(all->slots, gone->slot);
}

/* -- the table --------------------------------------------------------------- */

/* A context begins with its name, so a name is a key. */
static int by_name(const void *a, const void *b)
{
	return strcmp(a, b);
}

struct context *context_find(struct contexts *all, const char *name)
{
	void *node = tfind(name, &all->by_name, by_name);

	return node ? *(struct context **)node : NULL;
}

static void end_grace(evutil_socket_t fd, short what, void *arg);

int context_enter(struct context *context)
{
	struct contexts *all = context->all;

	context->grace = evtimer_new(all->base, end_grace, context);
	if (!context->grace || !tsearch(context, &all->by_name, by_name))
		return -ENOMEM;
	all->by_slot[context->slot] = context;
	all->count++;
	return 0;
}

static void leave(struct context *context)
{
	struct contexts *all = context->all;

	tdelete(context, &all->by_name, by_name);
	all->by_slot[context->slot] = NULL;
	all->count--;
}

void context_free(struct context *context)
{
	if (context->grace)
		event_free(context->grace);
	lifetime_watch_free(context);
	free(context);
}

/* -- methods ----------------------------------------------------------------- */

/* Switches from *@old to @next, or gives up @next. */
static int replace(struct context *old, struct context *next,
		   struct fault *fault)
{
	struct context gone = *old;
	int err = apply(next, old, fault);

	if (err) {
		context_release(next, old);
		return err;
	}
	*old = *next;
	context_release(&gone, old);
	lifetime_watch_update(old);
	return 0;
}

/* The slot of a former receive key; 0: none. */
static __u32 former_key(const struct termination *one)
{
	return one->three_keys ? 0 : one->receive[RECEIVE_PREVIOUS];
}

void context_watch_grace(struct context *context)
{
	struct timeval grace = { .tv_sec = context->all->config->rekey_grace };

	if (former_key(&context->termination[0]) ||
	    former_key(&context->termination[1]))
		evtimer_add(context->grace, &grace);
	else
		evtimer_del(context->grace);
}

static void end_grace(evutil_socket_t fd, short what, void *arg)
{
	struct context *context = arg, next = *context;
	struct fault fault;

	(void)fd;
	(void)what;
	for (int i = 0; i < 2; i++)
		if (former_key(&next.termination[i]))
			next.termination[i].receive[RECEIVE_PREVIOUS] = 0;
	if (!replace(context, &next, &fault))
		return;
	sg_warning("context \"%s\": a former key stays valid for now: %s",
		   context->name, fault.text);
	context_watch_grace(context);
}

static int choose_name(struct contexts *all, const struct spec *spec,
		       char name[SG_NAME_MAX], struct fault *fault)
{
	strcpy(name, spec->name);
	if (!*name) {
		do {
			snprintf(name, SG_NAME_MAX, "context-%llu",
				 (unsigned long long)++all->named);
		} while (context_find(all, name));
	}
	if (context_find(all, name))
		return fault_set(fault, EEXIST,
				 "context \"%s\" exists already; remove or "
				 "change it, or take another name",
				 name);
	return 0;
}

/* Its states are at home if the first termination's home is an even one. */
static int take_slot(struct context *next, struct fault *fault)
{
	__u32 home = termination_home(&next->termination[0]);

	if (!slots_take(next->all->slots, home_context(home), &next->slot))
		return 0;
	return fault_set(fault, ENOSPC,
			 "all contexts are in use, or were two seconds ago; "
			 "raise \"streams\" in the configuration");
}

/* Holds nothing yet. */
static struct context *conceive(struct contexts *all)
{
	struct context *next = calloc(1, sizeof(*next));

	if (next) {
		next->all = all;
		next->created = time(NULL);
	}
	return next;
}

/* Begins @next, which is planned, or is given up with @err. */
static int begin(struct context *next, int err, struct context **out,
		 struct fault *fault)
{
	if (err)
		goto err_release;
	if (context_enter(next)) {
		err = fault_set(fault, ENOMEM, "out of memory");
		goto err_release;
	}
	err = apply(next, NULL, fault);
	if (err)
		goto err_leave;
	lifetime_watch_update(next);
	*out = next;
	return 0;

err_leave:
	leave(next);
err_release:
	context_release(next, NULL);
	context_free(next);
	return err;
}

int context_add(struct contexts *all, const struct spec *spec,
		struct context **out, struct fault *fault)
{
	struct context *next = conceive(all);
	int err;

	if (!next)
		return fault_set(fault, ENOMEM, "out of memory");
	err = choose_name(all, spec, next->name, fault);
	if (!err)
		err = plan_add(next, spec, fault);
	if (!err)
		err = take_slot(next, fault);
	return begin(next, err, out, fault);
}

int context_join(struct contexts *all, const char *name,
		 const struct termination side[2], bool opaque,
		 struct context **out, struct fault *fault)
{
	struct context *next = conceive(all);
	int err;

	if (!next)
		return fault_set(fault, ENOMEM, "out of memory");
	snprintf(next->name, sizeof(next->name), "%s", name);
	next->joined = true;
	err = plan_join(next, NULL, side, opaque, fault);
	if (!err)
		err = take_slot(next, fault);
	return begin(next, err, out, fault);
}

/* Switches to @next, which is planned, or is given up with @err. */
static int settle(struct context *context, struct context *next, int err,
		  struct fault *fault)
{
	__u32 previous[2];

	if (err) {
		context_release(next, context);
		return err;
	}
	for (int i = 0; i < 2; i++)
		previous[i] = former_key(&context->termination[i]);
	err = replace(context, next, fault);
	for (int i = 0; !err && i < 2; i++)
		if (former_key(&context->termination[i]) != previous[i])
			context_watch_grace(context);
	return err;
}

int context_change(struct context *context, const struct spec *spec,
		   struct fault *fault)
{
	struct context next = *context;
	int err = plan_change(&next, context, spec, fault);

	return settle(context, &next, err, fault);
}

int context_rejoin(struct context *context, const struct termination side[2],
		   bool opaque, struct fault *fault)
{
	struct context next = *context;
	int err = plan_join(&next, context, side, opaque, fault);

	return settle(context, &next, err, fault);
}

void context_remove(struct context *context, struct sg_state final[2])
{
	unpublish(context);
	erase_record(context);
	for (int i = 0; final && i < 2; i++)
		if (sg_maps_state(context->all->maps,
				  context_state(context, i), &final[i]))
			memset(&final[i], 0, sizeof(final[i]));
	leave(context);
	context_release(context, NULL);
}

int contexts_follow_links(struct contexts *all, struct fault *fault)
{
	int err = 0;

	for (__u32 slot = 0; !err && slot < all->maps->contexts_size; slot++) {
		struct context *context = all->by_slot[slot];
		struct context next;

		if (!context)
			continue;
		next = *context;
		err = replace(context, &next, fault);
	}
	return err;
}

void contexts_offer_home(struct contexts *all, __u32 slot)
{
	struct context *context = slot / 2 < all->maps->contexts_size ?
					  all->by_slot[slot / 2] : NULL;
	struct context next;
	struct fault fault;

	if (!context ||
	    termination_home(&context->termination[slot & 1]) != slot)
		return;
	next = *context;
	if (replace(context, &next, &fault))
		sg_debug("%s", fault.text);
}

static bool is_at_home(const struct context *context, int direction)
{
	__u32 home = termination_home(&context->termination[direction]);
	__u32 key = first_key(context, direction);

	return context->stream[direction].slot == home &&
	       context_state(context, direction) == home &&
	       (!key || key == home);
}

__u32 contexts_at_home(const struct contexts *all)
{
	__u32 count = 0;

	for (__u32 slot = 0; slot < all->maps->contexts_size; slot++)
		for (int i = 0; all->by_slot[slot] && i < 2; i++)
			count += is_at_home(all->by_slot[slot], i);
	return count;
}

/* -- events ------------------------------------------------------------------ */

void context_set_silence(struct context *context, int direction,
			 enum sg_silence silence)
{
	context->stream[direction].silence = silence;
	write_record(context);
}

void context_follow(struct sg_transport *remote,
		    const struct sg_transport *latched, bool muxed)
{
	memcpy(remote->address, latched->address, sizeof(remote->address));
	if (latched->rtp)
		remote->rtp = latched->rtp;
	if (latched->rtcp)
		remote->rtcp = latched->rtcp;
	if (!muxed)
		return;
	if (latched->rtp)
		remote->rtcp = remote->rtp;
	else
		remote->rtp = remote->rtcp;
}

void context_latched(struct context *context, int direction)
{
	struct context next = *context;
	struct sg_transport *remote = &next.termination[direction].remote;
	struct sg_state state;
	struct fault fault;

	if (context->joined || !context->termination[direction].latch ||
	    sg_maps_state(context->all->maps,
			  context_state(context, direction), &state) ||
	    sg_address_is_none(state.latched.address))
		return;
	context_follow(remote, &state.latched, remote->rtp == remote->rtcp);
	if (plan_next_hops(&next, context, &fault))
		context_release(&next, context);
	else if (!replace(context, &next, &fault))
		return;
	sg_warning("context \"%s\": the remote of termination %d has moved, "
		   "but cannot be followed: %s",
		   context->name, direction, fault.text);
}
