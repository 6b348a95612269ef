/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Home: with many streams every part of one is far from the cache. All of them
 * are asked for before the first is needed, at the place where they are likely
 * to be (srtpgate/home.h), so that they come side by side with the endpoint's
 * entry, which says where they really are.
 */
#ifndef SRTPGATE_BPF_HOME_H
#define SRTPGATE_BPF_HOME_H

#include "packet.h"
#include "srtpgate/home.h"

/* struct sg_homes, set before the program is loaded. */
const volatile __u32 home_count = 0;
const volatile __u32 home_stride = 0;

/* Reads @field for nothing but to have it in the cache. */
#define TOUCH(field) ((void)*(const volatile __typeof__(field) *)&(field))

static __inline_always void touch_stream(__u32 slot)
{
	struct sg_stream *stream = bpf_map_lookup_elem(&streams, &slot);

	if (stream) {
		TOUCH(stream->generation);
		TOUCH(stream->seal_key);
	}
}

static __inline_always void touch_state(__u32 slot)
{
	struct sg_state *state = bpf_map_lookup_elem(&states, &slot);

	if (state) {
		TOUCH(state->live);
		TOUCH(state->source[0].last_seen);
		TOUCH(state->source[0].received.seen[0]);
	}
}

static __inline_always void touch_key(__u32 slot)
{
	struct sg_key *key = bpf_map_lookup_elem(&keys, &slot);

	if (key) {
		TOUCH(key->generation);
		TOUCH(key->rtp.aes.word[0]);
		TOUCH(key->rtp.aes.word[8]);
		TOUCH(key->rtp.aes.word[16]);
	}
}

/* Returns where @row and @port have their home; 0: nowhere. */
static __inline_always __u32 touch_home(__u32 row, __u16 port)
{
	struct sg_homes homes = { home_count, home_stride };
	__u32 home;

	if (!homes.count)
		return 0;
	home = sg_home(&homes, row, port);
	touch_stream(home);
	touch_state(home);
	touch_key(home);
	return home;
}

/* What @entry names, @stream among it, and is not at @home. */
static __inline_always void touch_rest(const struct sg_endpoint *entry,
				       __u32 stream, __u32 home)
{
	if (stream != home)
		touch_stream(stream);
	if (entry->state != home)
		touch_state(entry->state);
	if (entry->key != home)
		touch_key(entry->key);
}

#endif /* SRTPGATE_BPF_HOME_H */
