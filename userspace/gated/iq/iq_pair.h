/* SPDX-License-Identifier: GPL-2.0-only */
/* What the two sides of a stream make of it: the data plane's terminations. */
#ifndef SRTPGATE_IQ_PAIR_H
#define SRTPGATE_IQ_PAIR_H

#include "gated/context.h"
#include "gated/iq/iq_context.h"

struct iq_pair {
	const struct iq_side *side[2];
	bool in_service;
};

/* False: not both terminations have the stream, and a place for it. */
bool iq_pair_find(const struct iq_context *context, __u16 stream,
		  struct iq_pair *pair);

/* SRTP between the end points, which nobody here has keys for. */
bool iq_pair_is_opaque(const struct iq_pair *pair);

/*
 * Both as context_join() takes them. What is to be secure and lacks a key, or
 * has one and is not, lets nothing through.
 */
void iq_pair_build(const struct iq_pair *pair, const struct keyring *keys,
		   struct termination to[2]);

/* Where media goes: H.248.37, whoever sent; before that, nowhere or Remote. */
const struct sg_transport *iq_pair_destination(const struct iq_side *side);

#endif /* SRTPGATE_IQ_PAIR_H */
