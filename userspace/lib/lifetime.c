// SPDX-License-Identifier: GPL-2.0-only
#include "lib/lifetime.h"

#include <bpf/bpf.h>

#include "lib/secret.h"

enum { RTCP_BITS = 31 };

/* 0: the key is not there, or has no lifetime. */
static __u32 read_key(struct sg_lifetime *life, const struct sg_maps *maps)
{
	struct sg_key key;
	__u32 generation;

	if (!life->slot || bpf_map_lookup_elem(maps->keys, &life->slot, &key))
		return 0;
	life->fingerprint = key.fingerprint;
	life->limit = key.lifetime;
	generation = key.lifetime ? key.generation : 0;
	sg_secret_zero(&key, sizeof(key));
	return generation;
}

static bool read_one(struct sg_lifetime *life, const struct sg_maps *maps,
		     const struct sg_usage *usage, int count)
{
	__u32 generation = read_key(life, maps);

	for (int i = 0; generation && i < count; i++)
		if (usage[i].generation == generation)
			life->used = usage[i];
	return generation;
}

int sg_lifetimes(struct sg_lifetime lives[SG_LIFETIMES],
		 const struct sg_maps *maps, const struct sg_stream *stream,
		 const struct sg_state *state)
{
	int count = 0;

	for (int i = 0; i < SG_OPEN_KEYS; i++) {
		lives[count] = (struct sg_lifetime){
			.slot = stream->open_key[i],
		};
		count += read_one(&lives[count], maps, state->opened,
				  SG_OPEN_KEYS);
	}
	lives[count] = (struct sg_lifetime){
		.slot = stream->seal_key, .seals = true,
	};
	return count + read_one(&lives[count], maps, &state->sealed, 1);
}

__u64 sg_lifetime_rtcp(const struct sg_lifetime *life)
{
	return life->limit >> RTCP_BITS ? 1ull << RTCP_BITS : life->limit;
}

double sg_lifetime_share(const struct sg_lifetime *life)
{
	double rtp = (double)life->used.rtp / life->limit;
	double rtcp = (double)life->used.rtcp / sg_lifetime_rtcp(life);

	return rtp > rtcp ? rtp : rtcp;
}
