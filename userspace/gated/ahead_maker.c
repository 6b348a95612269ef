// SPDX-License-Identifier: GPL-2.0-only
#include "gated/ahead_maker.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "gateway.skel.h"
#include "lib/clock.h"
#include "lib/evp_aes.h"
#include "lib/maps.h"
#include "lib/secret.h"

enum {
	BUCKETS = 1 << 14,
	LEAST_DEPTH = 8,	/* packets ahead: 160 ms of speech */
	MOST_DEPTH = 1024,	/* of one stream */
	SHARE = 8,		/* of the cache that one may have at most */
	STREAM_MAX = SG_KEYSTREAM_CHUNKS * SG_KEYSTREAM_CHUNK,
	LOOK_BACK = 16,		/* asks, after which a length is forgotten */
	SHORTEST_PAUSE_MS = 1,
	LONGEST_PAUSE_MS = 20,	/* while there are streams */
	IDLE_PAUSE_MS = 100,
	SWEEP_MS = 1000,
	MS = 1000000,		/* ns */
};

#define SLOW_NS (100ull * MS)	/* half a depth lasts so long: it is too much */
#define ENDED_NS (30000ull * MS) /* since a stream asked last */

/* An SSRC under a key. */
struct stream {
	struct srtp_ahead ahead;
	struct stream *next;	/* of the same hash */
	struct stream *asking;	/* the next that has asked */
	bool asks;		/* it is in that list, with */
	__u64 at;		/* the highest index */
	__u32 slot;		/* of the key */
	__u32 depth;		/* packets that are made ahead */
	__u64 made;		/* index up to which they are */
	__u64 asked;		/* ns: the last time */
	__u32 length;		/* bytes of key stream that are made, */
	__u32 longest;		/* and that were needed of late, */
	__u32 looks;		/* since so many asks */
};

struct ahead_maker {
	struct ahead_setup *setup;
	__u32 streams, most_streams;
	__u32 most_depth;
	bool litter;		/* entries may be of no stream */
	int pause;		/* ms */
	__u64 now;		/* ns */
	struct stream *asking;
	struct stream *bucket[BUCKETS];
};

/* -- what it works with ---------------------------------------------------- */

static size_t cache_size(const struct ahead_setup *setup)
{
	return (setup->cache.mask + 1) * sizeof(*setup->cache.entry);
}

static size_t powers_size(const struct ahead_setup *setup)
{
	return (setup->powers_mask + 1) * sizeof(*setup->powers);
}

static size_t keys_size(const struct ahead_setup *setup)
{
	return setup->key_count * sizeof(*setup->key);
}

static int on_ask(void *arg, void *record, size_t size);

void ahead_set_size(struct gateway *skeleton, __u32 entries)
{
	__u32 powers = entries / SG_POWERS_SHARE;

	bpf_map__set_max_entries(skeleton->maps.keystream, entries);
	bpf_map__set_max_entries(skeleton->maps.powers, powers);
	skeleton->rodata->keystream_mask = entries - 1;
	skeleton->rodata->powers_mask = powers - 1;
#ifndef __x86_64__
	skeleton->rodata->keystream_unordered = 1;
#endif
}

int ahead_set_up(struct ahead_setup *setup, const struct gateway *skeleton)
{
	void *keys;

	memset(setup, 0, sizeof(*setup));
	setup->cache.mask = skeleton->rodata->keystream_mask;
	setup->powers_mask = skeleton->rodata->powers_mask;
	setup->key_count = bpf_map__max_entries(skeleton->maps.keys);
	setup->heard = &skeleton->bss->keystream_heard;
	setup->cache.entry = sg_map_mmap(bpf_map__fd(skeleton->maps.keystream),
					 cache_size(setup));
	setup->powers = sg_map_mmap(bpf_map__fd(skeleton->maps.powers),
				    powers_size(setup));
	setup->counters = sg_map_mmap(bpf_map__fd(skeleton->maps.ahead),
				      sizeof(*setup->counters));
	keys = mmap(NULL, keys_size(setup), PROT_READ, MAP_SHARED,
		    bpf_map__fd(skeleton->maps.keys), 0);
	setup->key = keys == MAP_FAILED ? NULL : keys;
	if (!setup->cache.entry || !setup->powers || !setup->counters ||
	    !setup->key)
		return -errno;
	madvise(setup->cache.entry, cache_size(setup), MADV_DONTDUMP);
	madvise(setup->powers, powers_size(setup), MADV_DONTDUMP);
	madvise(keys, keys_size(setup), MADV_DONTDUMP);
	setup->asks = ring_buffer__new(bpf_map__fd(skeleton->maps.asks),
				       on_ask, setup, NULL);
	return setup->asks ? evp_aes_prepare() : -errno;
}

void ahead_tear_down(struct ahead_setup *setup)
{
	ring_buffer__free(setup->asks);
	if (setup->key)
		munmap((void *)setup->key, keys_size(setup));
	sg_map_unmap(setup->counters, sizeof(*setup->counters));
	sg_map_unmap(setup->powers, powers_size(setup));
	sg_map_unmap(setup->cache.entry, cache_size(setup));
	memset(setup, 0, sizeof(*setup));
}

struct ahead_maker *ahead_maker_new(struct ahead_setup *setup)
{
	struct ahead_maker *maker = calloc(1, sizeof(*maker));

	if (!maker)
		return NULL;
	maker->setup = setup;
	maker->most_depth = (setup->cache.mask + 1) / SHARE;
	if (maker->most_depth > MOST_DEPTH)
		maker->most_depth = MOST_DEPTH;
	maker->most_streams = (setup->cache.mask + 1) / LEAST_DEPTH;
	maker->pause = IDLE_PAUSE_MS;
	setup->maker = maker;
	__atomic_store_n(setup->heard, 1, __ATOMIC_RELEASE);
	return maker;
}

void ahead_end(const struct ahead_setup *setup)
{
	__atomic_store_n(setup->heard, 0, __ATOMIC_RELEASE);
	for (__u32 i = 0; i <= setup->cache.mask; i++)
		if (setup->cache.entry[i].generation)
			srtp_ahead_zero(&setup->cache.entry[i]);
	for (__u32 i = 0; i <= setup->powers_mask; i++)
		if (setup->powers[i].generation)
			srtp_powers_zero(&setup->powers[i]);
}

/* -- streams --------------------------------------------------------------- */

static struct stream **bucket(struct ahead_maker *maker, __u32 generation,
			      __u32 ssrc)
{
	return &maker->bucket[sg_keystream_place(generation, ssrc, 0, 0,
						 BUCKETS - 1)];
}

static struct stream *find(struct ahead_maker *maker, __u32 generation,
			   __u32 ssrc)
{
	struct stream *stream = *bucket(maker, generation, ssrc);

	while (stream && (stream->ahead.generation != generation ||
			  stream->ahead.ssrc != ssrc))
		stream = stream->next;
	return stream;
}

static void forget(struct ahead_maker *maker, struct stream **at)
{
	struct stream *stream = *at;

	*at = stream->next;
	srtp_ahead_close(&stream->ahead);
	free(stream);
	maker->streams--;
	maker->litter = true;
}

static __u32 generation_of(const struct ahead_setup *setup, __u32 slot)
{
	return __atomic_load_n(&setup->key[slot].generation, __ATOMIC_ACQUIRE);
}

/*
 * A slot that is in use does not change (srtpgate/fastpath.h), so a copy of one
 * that has the generation before and after is whole.
 */
static int open_stream(const struct ahead_setup *setup, struct stream *stream,
		       const struct sg_ask *ask)
{
	struct sg_key key;
	int err = -ENOENT;

	if (ask->slot >= setup->key_count ||
	    generation_of(setup, ask->slot) != ask->generation)
		return err;
	key = setup->key[ask->slot];
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	if (generation_of(setup, ask->slot) == ask->generation)
		err = srtp_ahead_open(&stream->ahead, &key, ask->ssrc);
	sg_secret_zero(&key, sizeof(key));
	return err;
}

/*
 * NULL: the key is gone, or no use can be made of it; or there are as many as
 * the cache has room for: a sender may have a new SSRC for each packet.
 */
static struct stream *add(struct ahead_maker *maker, const struct sg_ask *ask)
{
	struct stream **at = bucket(maker, ask->generation, ask->ssrc);
	struct stream *stream;

	if (maker->streams >= maker->most_streams)
		return NULL;
	stream = calloc(1, sizeof(*stream));
	if (!stream)
		return NULL;
	if (open_stream(maker->setup, stream, ask)) {
		srtp_ahead_close(&stream->ahead);
		free(stream);
		return NULL;
	}
	stream->slot = ask->slot;
	stream->depth = LEAST_DEPTH / 2; /* it has run out: twice as much */
	stream->next = *at;
	*at = stream;
	maker->streams++;
	return stream;
}

void ahead_maker_free(struct ahead_maker *maker)
{
	if (!maker)
		return;
	maker->setup->maker = NULL;
	for (int i = 0; i < BUCKETS; i++)
		while (maker->bucket[i])
			forget(maker, &maker->bucket[i]);
	sg_secret_zero(maker, sizeof(*maker));
	free(maker);
}

/* -- asking ---------------------------------------------------------------- */

/* Of several asks of a stream the last one counts. */
static int on_ask(void *arg, void *record, size_t size)
{
	struct ahead_maker *maker = ((struct ahead_setup *)arg)->maker;
	const struct sg_ask *ask = record;
	struct stream *stream;

	if (size < sizeof(*ask) || ask->length > STREAM_MAX || !ask->length)
		return 0;
	stream = find(maker, ask->generation, ask->ssrc);
	if (!stream)
		stream = add(maker, ask);
	if (!stream)
		return 0;
	if (ask->length > stream->longest)
		stream->longest = ask->length;
	if (!stream->asks || ask->index > stream->at)
		stream->at = ask->index;
	if (!stream->asks) {
		stream->asks = true;
		stream->asking = maker->asking;
		maker->asking = stream;
	}
	return 0;
}

/* As long as the longest of late. True: longer than what is made by now. */
static bool set_length(struct stream *stream)
{
	bool longer = stream->longest > stream->length;

	if (longer || ++stream->looks >= LOOK_BACK) {
		stream->length = stream->longest;
		stream->longest = 0;
		stream->looks = 0;
	}
	return longer;
}

/*
 * Packets ahead: twice as many when what was made did not last until now, half
 * when half of it lasts for long.
 */
static void set_depth(const struct ahead_maker *maker, struct stream *stream,
		      __u64 since)
{
	if (stream->at + 1 >= stream->made) {
		if (stream->depth < maker->most_depth)
			stream->depth *= 2;
	} else if (since > SLOW_NS && stream->depth > LEAST_DEPTH) {
		stream->depth /= 2;
	}
}

/*
 * Four times before this stream asks again, as it seems; while nobody does, the
 * pauses double.
 */
static void set_pause(struct ahead_maker *maker, __u64 since)
{
	int pause = since / (4 * MS);

	if (pause < SHORTEST_PAUSE_MS)
		pause = SHORTEST_PAUSE_MS;
	if (pause < maker->pause)
		maker->pause = pause;
}

/* Packets from @from up to @end; the one at @ask, or else the first, asks. */
static void make(const struct ahead_maker *maker, struct stream *stream,
		 __u64 from, __u64 end, __u64 ask)
{
	struct sg_ahead *counters = maker->setup->counters;

	if (ask < from)
		ask = from;
	for (__u64 at = from; at < end; at += SRTP_AHEAD_BATCH) {
		__u32 count = end - at < SRTP_AHEAD_BATCH ? end - at :
							    SRTP_AHEAD_BATCH;

		if (srtp_ahead_make(&stream->ahead, &maker->setup->cache, at,
				    count, stream->length, ask))
			return;
		counters->made += count;
	}
	stream->made = end;
}

static struct sg_powers *powers_of(const struct ahead_maker *maker,
				   const struct stream *stream)
{
	const struct ahead_setup *setup = maker->setup;

	return &setup->powers[stream->slot & setup->powers_mask];
}

/* Of two keys at the same place the first has it, until its streams end. */
static void make_powers(const struct ahead_maker *maker,
			const struct stream *stream)
{
	struct sg_powers *entry = powers_of(maker, stream);

	if (stream->ahead.gcm && !entry->generation)
		srtp_powers_make(entry, &stream->ahead);
}

static void answer(struct ahead_maker *maker, struct stream *stream)
{
	__u64 since = stream->asked ? maker->now - stream->asked : SLOW_NS;
	__u64 from = stream->at + 1, end;

	stream->asks = false;
	stream->asked = maker->now;
	make_powers(maker, stream);
	set_pause(maker, since);
	set_depth(maker, stream, since);
	end = from + stream->depth;
	/* What is made already, unless the sender began anew further back. */
	if (!set_length(stream) && stream->made > from && stream->made <= end)
		from = stream->made;
	/* The last of 2^48 are left to themselves. */
	if (end < 1ull << 48)
		make(maker, stream, from, end, stream->at + stream->depth / 2);
}

int ahead_maker_work(struct ahead_maker *maker, __u64 now)
{
	int longest = maker->streams ? LONGEST_PAUSE_MS : IDLE_PAUSE_MS;
	int asked;

	maker->now = now;
	maker->pause = 2 * maker->pause < longest ? 2 * maker->pause : longest;
	asked = ring_buffer__consume(maker->setup->asks);
	while (maker->asking) {
		struct stream *stream = maker->asking;

		maker->asking = stream->asking;
		answer(maker, stream);
	}
	return asked;
}

int ahead_maker_pause(const struct ahead_maker *maker)
{
	return maker->pause;
}

/* -- sweeping -------------------------------------------------------------- */

static void sweep_entries(struct ahead_maker *maker)
{
	const struct srtp_cache *cache = &maker->setup->cache;

	for (__u32 i = 0; i <= cache->mask; i++) {
		struct sg_keystream *entry = &cache->entry[i];

		if (entry->generation &&
		    !find(maker, entry->generation, entry->ssrc))
			srtp_ahead_zero(entry);
	}
}

/* How many streams make use of each entry of `powers`. */
static void count_users(const struct ahead_maker *maker, __u32 *users)
{
	for (int i = 0; i < BUCKETS; i++)
		for (const struct stream *stream = maker->bucket[i]; stream;
		     stream = stream->next)
			users[stream->slot & maker->setup->powers_mask] +=
				srtp_powers_are(powers_of(maker, stream),
						&stream->ahead);
}

/* Out of memory: those of nobody are emptied the next time. */
static void sweep_powers(struct ahead_maker *maker)
{
	struct ahead_setup *setup = maker->setup;
	__u32 *users = calloc(setup->powers_mask + 1, sizeof(*users));

	if (users)
		count_users(maker, users);
	for (__u32 i = 0; users && i <= setup->powers_mask; i++)
		if (setup->powers[i].generation && !users[i])
			srtp_powers_zero(&setup->powers[i]);
	maker->litter = !users;
	free(users);
}

void ahead_maker_sweep(struct ahead_maker *maker, __u64 now)
{
	for (int i = 0; maker->streams && i < BUCKETS; i++) {
		struct stream **at = &maker->bucket[i];

		while (*at) {
			const struct stream *stream = *at;

			if (now - stream->asked > ENDED_NS ||
			    generation_of(maker->setup, stream->slot) !=
				    stream->ahead.generation)
				forget(maker, at);
			else
				at = &(*at)->next;
		}
	}
	if (maker->litter) {
		sweep_entries(maker);
		sweep_powers(maker);
	}
}

/* -- the process ----------------------------------------------------------- */

int ahead_run(struct ahead_setup *setup, int parent)
{
	struct ahead_maker *maker = ahead_maker_new(setup);
	struct pollfd end = { .fd = parent };
	__u64 swept = 0;

	if (!maker)
		return -ENOMEM;
	while (!poll(&end, 1, ahead_maker_pause(maker))) {
		__u64 now = clock_ns();

		ahead_maker_work(maker, now);
		if (now - swept < SWEEP_MS * (__u64)MS)
			continue;
		ahead_maker_sweep(maker, now);
		swept = now;
	}
	ahead_maker_free(maker);
	ahead_end(setup);
	return 0;
}
