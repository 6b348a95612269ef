// SPDX-License-Identifier: GPL-2.0-only
/*
 * A restarted daemon's first look at the pinned maps. A context whose record
 * names two whole streams, and whose endpoints are all there, is taken over;
 * its endpoints are pointed at the record's streams in case the kill came
 * between the two. Everything else was being made or being removed when the
 * daemon died, and goes: nobody was told that it exists.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "gated/context.h"
#include "gated/silence.h"
#include "gated/stream.h"
#include "lib/address.h"
#include "lib/log.h"
#include "lib/secret.h"

static void zero_stream(struct contexts *all, __u32 slot)
{
	memset(&all->stream[slot], 0, sizeof(all->stream[slot]));
}

static void end_stream(void *arg, __u32 slot)
{
	zero_stream(arg, slot);
	contexts_offer_home(arg, slot);
}

/* Of a context that was removed; its record was erased at once. */
static void zero_states(void *arg, __u32 slot)
{
	struct contexts *all = arg;

	sg_maps_zero_states(all->maps, slot);
}

static void zero_context(const struct contexts *all, __u32 slot)
{
	static const struct sg_context nothing;

	bpf_map_update_elem(all->maps->contexts, &slot, &nothing, BPF_ANY);
	sg_maps_zero_states(all->maps, slot);
}

/* -- one context ------------------------------------------------------------- */

static void learn_generation(__u32 *newest, __u32 generation)
{
	if (generation > *newest)
		*newest = generation;
}

static int read_stream(const struct contexts *all, __u32 slot,
		       struct sg_stream *stream)
{
	if (slot >= all->maps->streams_size)
		return -EINVAL;
	*stream = all->stream[slot];
	return 0;
}

static int read_streams(struct context *context, const struct sg_context *record)
{
	struct sg_stream streams[2];

	for (int i = 0; i < 2; i++) {
		context->stream[i].slot = record->stream[i];
		if (read_stream(context->all, record->stream[i], &streams[i]) ||
		    !streams[i].generation ||
		    streams[i].state != context_state(context, i))
			return -EINVAL;
	}
	return stream_restore(context, streams, context->all->config);
}

static bool endpoints_are_there(const struct context *context)
{
	struct sg_endpoint *entries[2];

	for (int i = 0; i < 2; i++) {
		int count = stream_endpoints(context, i, entries);

		if (count < 0)
			return false;
		for (int j = 0; j < count; j++)
			if (!entries[j]->stream)
				return false;
	}
	return true;
}

/* What cannot be claimed is forgotten, so that it is not given back. */
static int claim_keys(struct context *context)
{
	__u32 keys[CONTEXT_KEYS];
	int count = context_keys(context, keys);

	for (int i = 0; i < count; i++) {
		if (!keyring_claim(&context->all->keys, keys[i]))
			continue;
		while (i--)
			keyring_put(&context->all->keys, keys[i]);
		for (int j = 0; j < 2; j++) {
			memset(context->termination[j].receive, 0,
			       sizeof(context->termination[j].receive));
			context->termination[j].send = 0;
		}
		return -EINVAL;
	}
	return 0;
}

/* Keys that states remember are gone, but their numbers are not free. */
static void learn_key_generations(__u32 *newest, const struct sg_state *state)
{
	for (int i = 0; i < SG_SOURCES; i++) {
		const struct sg_source *source = &state->source[i];

		learn_generation(newest, source->received.key);
		learn_generation(newest, source->rtcp_received.key);
	}
	for (int i = 0; i < SG_RETIRED; i++) {
		const struct sg_retired *source = &state->retired[i];

		learn_generation(newest, source->received.key);
		learn_generation(newest, source->rtcp_received.key);
	}
	for (int i = 0; i < SG_OPEN_KEYS; i++)
		learn_generation(newest, state->opened[i].generation);
	learn_generation(newest, state->sealed.generation);
}

static void claim_ports(const struct termination *termination)
{
	const struct sg_transport *local = &termination->local;
	struct ports *ports = realm_ports(termination->realm, local->address);

	if (!ports)
		return;
	ports_claim(ports, ntohs(local->rtp));
	if (local->rtcp && local->rtcp != local->rtp)
		ports_claim(ports, ntohs(local->rtcp));
}

/* Leaves in @context what was claimed, for context_release(). */
static int claim_streams(struct context *context)
{
	struct contexts *all = context->all;
	__u32 hops[2];
	int err = 0;

	for (int i = 0; i < 2; i++) {
		hops[i] = context->stream[i].next_hop;
		context->stream[i].next_hop = 0;
	}
	for (int i = 0; !err && i < 2; i++) {
		const struct termination *out = &context->termination[!i];
		struct stream *stream = &context->stream[i];

		learn_generation(&all->generation, stream->generation);
		err = slots_claim(all->streams, stream->slot);
		if (!err && !sg_address_is_none(out->remote.address))
			err = next_hop_adopt(all->next_hops,
					     out->remote.address,
					     out->realm->route_ifindex,
					     hops[i]);
		if (!err)
			stream->next_hop = hops[i];
	}
	return err;
}

static int claim(struct context *context)
{
	int err = claim_keys(context);

	if (!err)
		err = claim_streams(context);
	if (!err)
		err = slots_claim(context->all->slots, context->slot);
	if (!err)
		err = context_publish(context);
	return err;
}

static int adopt(struct context *context, const struct sg_context *record,
		 const struct sg_state state[2])
{
	int err = read_streams(context, record);

	if (err)
		return err;
	if (!endpoints_are_there(context))
		return -ENOENT;
	err = claim(context);
	if (err) {
		context_release(context, NULL);
		return err;
	}
	for (int i = 0; i < 2; i++) {
		context->stream[i].opened = SILENCE_ADOPTED;
		context->stream[i].silence = record->silence[i];
		context->termination[i].codec = record->codec[i];
		if (!context->joined)
			claim_ports(&context->termination[i]);
		learn_key_generations(&context->all->keys.generation,
				      &state[i]);
	}
	return context_enter(context);
}

static int adopt_slot(struct contexts *all, __u32 slot,
		      const struct sg_context *record,
		      const struct sg_state state[2])
{
	struct context *context = calloc(1, sizeof(*context));

	if (!context)
		return -ENOMEM;
	context->all = all;
	context->slot = slot;
	context->created = record->created;
	memcpy(context->name, record->name, sizeof(context->name));
	context->name[sizeof(context->name) - 1] = '\0';
	context->joined = strchr(context->name, '/');
	if (adopt(context, record, state)) {
		sg_warning("context \"%s\" was half made or belongs to a realm "
			   "that is not configured any more; it is removed",
			   context->name);
		context_free(context);
		all->orphans++;
		return 0;
	}
	context_watch_grace(context);
	lifetime_watch_update(context);
	return 0;
}

/* -- all of them --------------------------------------------------------------- */

/* Contexts that are read at a time: their states fit a processor's cache. */
enum { RUN = 32 };

static __u32 run_length(const struct contexts *all, __u32 first)
{
	__u32 left = all->maps->contexts_size - first;

	return left < RUN ? left : RUN;
}

static int adopt_run(struct contexts *all, __u32 first, struct sg_state *states)
{
	__u32 count = run_length(all, first);
	struct sg_context record[RUN];
	bool used = false;
	int err = sg_map_read(all->maps->contexts, first, count, record, 0);

	for (__u32 i = 0; !err && i < count; i++)
		used |= record[i].used;
	if (err || !used)
		return err;
	err = sg_maps_states(all->maps, 2 * first, 2 * count, states);
	for (__u32 i = 0; !err && i < count; i++)
		if (record[i].used)
			err = adopt_slot(all, first + i, &record[i],
					 &states[2 * i]);
	return err;
}

static int adopt_all(struct contexts *all)
{
	struct sg_state *states = calloc(2 * RUN, sizeof(*states));
	int err = states ? 0 : -ENOMEM;

	for (__u32 first = SG_RESERVED_SLOTS;
	     !err && first < all->maps->contexts_size; first += RUN)
		err = adopt_run(all, first, states);
	free(states);
	return err;
}

/* -- what belongs to nobody --------------------------------------------------- */

static bool is_zero(const void *value, size_t size)
{
	const char *bytes = value;

	return !bytes[0] && !memcmp(bytes, bytes + 1, size - 1);
}

static int clean_streams(struct contexts *all, __u32 size)
{
	int orphans = 0;

	for (__u32 slot = SG_RESERVED_SLOTS; slot < size; slot++) {
		if (slots_is_claimed(all->streams, slot) ||
		    is_zero(&all->stream[slot], sizeof(all->stream[slot])))
			continue;
		zero_stream(all, slot);
		orphans++;
	}
	return orphans;
}

/*
 * Of a state the first part tells of the second, too: that has only what is
 * said of sources in the first, and is zeroed before it.
 */
static bool context_is_clean(const struct sg_context *record,
			     const struct sg_state_first state[2])
{
	return !record->used && is_zero(state, 2 * sizeof(*state));
}

/* What cannot be read is not clean. */
static void clean_run(struct contexts *all, __u32 first)
{
	__u32 count = run_length(all, first);
	struct sg_state_first states[2 * RUN];
	struct sg_context record[RUN];
	int err;

	err = sg_map_read(all->maps->contexts, first, count, record, 0);
	if (!err)
		err = sg_map_read(all->maps->states, 2 * first, 2 * count,
				  states, BPF_F_LOCK);
	for (__u32 i = 0; i < count; i++)
		if (!all->by_slot[first + i] &&
		    (err || !context_is_clean(&record[i], &states[2 * i])))
			zero_context(all, first + i);
}

static bool has_free_slots(const struct contexts *all, __u32 first)
{
	__u32 count = run_length(all, first), i = 0;

	while (i < count && all->by_slot[first + i])
		i++;
	return i < count;
}

static void clean_contexts(struct contexts *all)
{
	for (__u32 first = SG_RESERVED_SLOTS; first < all->maps->contexts_size;
	     first += RUN)
		if (has_free_slots(all, first))
			clean_run(all, first);
}

/* Is @entry one that the stream it names would publish? */
static bool is_published(const struct contexts *all,
			 const struct sg_endpoint *entry)
{
	struct sg_endpoint *entries[2];
	const struct context *context;
	struct sg_stream stream;
	int count;

	if (!slots_is_claimed(all->streams, entry->stream) ||
	    read_stream(all, entry->stream, &stream))
		return false;
	context = all->by_slot[stream.state / 2];
	if (!context || context->stream[stream.state % 2].slot != entry->stream)
		return false;
	count = stream_endpoints(context, stream.state % 2, entries);
	return (count > 0 && entries[0] == entry) ||
	       (count > 1 && entries[1] == entry);
}

static int clean_endpoints(struct contexts *all)
{
	size_t count = (size_t)all->endpoints->rows * SG_PORTS;
	int orphans = 0;

	for (size_t i = 0; i < count; i++) {
		struct sg_endpoint *entry = &all->endpoints->entry[i];

		if (!entry->word || is_published(all, entry))
			continue;
		/* Closed ones are Iq's, which closes those it still has. */
		orphans += !endpoint_is_closed(entry);
		endpoint_withdraw(entry);
	}
	return orphans;
}

/* -- all of it ---------------------------------------------------------------- */

static size_t stream_octets(const struct sg_maps *maps)
{
	return maps->streams_size * sizeof(struct sg_stream);
}

static int make_tables(struct contexts *all)
{
	const struct sg_maps *maps = all->maps;
	int err;

	all->by_slot = calloc(maps->contexts_size, sizeof(*all->by_slot));
	if (!all->by_slot)
		return -ENOMEM;
	all->stream = sg_map_mmap(maps->streams, stream_octets(maps));
	if (!all->stream)
		return -errno;
	err = slots_open(&all->slots, all->base, SG_RESERVED_SLOTS,
			 maps->contexts_size, maps->contexts_size, zero_states,
			 all);
	if (!err)
		err = slots_open(&all->streams, all->base, SG_RESERVED_SLOTS,
				 SG_FIRST_HOME + maps->homes.count,
				 maps->streams_size, end_stream, all);
	if (!err)
		err = keyring_open(&all->keys, all->base, maps);
	all->keys.no_slow_path = !all->config->slow_path;
	return err;
}

/* Addresses may have moved while nobody listened to the events. */
static void follow_latches(struct contexts *all)
{
	for (__u32 slot = 0; slot < all->maps->contexts_size; slot++)
		for (int i = 0; all->by_slot[slot] && i < 2; i++)
			context_latched(all->by_slot[slot], i);
}

int contexts_open(struct contexts *all, struct event_base *base,
		  struct config *config, const struct sg_maps *maps,
		  const struct endpoints *endpoints,
		  struct next_hops *next_hops)
{
	int err;

	memset(all, 0, sizeof(*all));
	all->base = base;
	all->config = config;
	all->maps = maps;
	all->endpoints = endpoints;
	all->next_hops = next_hops;
	err = make_tables(all);
	if (!err)
		err = adopt_all(all);
	if (err)
		contexts_close(all);
	return err;
}

void contexts_settle(struct contexts *all)
{
	const struct sg_maps *maps = all->maps;
	int orphans = all->orphans;

	orphans += clean_endpoints(all);
	clean_contexts(all);
	orphans += clean_streams(all, maps->streams_size);
	orphans += keyring_settle(&all->keys);
	slots_free_rest(all->slots);
	slots_free_rest(all->streams);
	follow_latches(all);
	if (all->count || orphans)
		sg_notice("adopted %u contexts and removed %d orphans",
			  all->count, orphans);
}

static void forget(void *node)
{
	context_free(node);
}

void contexts_close(struct contexts *all)
{
	tdestroy(all->by_name, forget);
	slots_close(all->slots);
	slots_close(all->streams);
	keyring_close(&all->keys);
	if (all->stream)	/* else .maps may be none either */
		sg_map_unmap(all->stream, stream_octets(all->maps));
	free(all->by_slot);
	memset(all, 0, sizeof(*all));
}
