/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A context's picture as the data plane sees it: struct sg_stream from a
 * context and back. Pure functions.
 */
#ifndef SRTPGATE_STREAM_H
#define SRTPGATE_STREAM_H

#include "gated/context.h"

/*
 * The stream that arrives at termination @direction. Nothing is sent to a
 * termination without a remote address: the stream's gate is closed then, and
 * it has no next hop.
 */
void stream_build(const struct context *context, int direction,
		  struct sg_stream *stream);

/*
 * Fills both terminations and streams of @context from @streams; realms by
 * their numbers in @config. A burst in octets comes back as a multiple of
 * SG_BURST_OCTETS, never 0. -ENOENT: no such realm.
 */
int stream_restore(struct context *context, const struct sg_stream streams[2],
		   struct config *config);

/* "open", "seal", "open+seal", "relay" or "opaque". */
const char *stream_operation(const struct context *context, int direction);

/* RTP's and, when it is another, RTCP's endpoint; returns how many. */
int stream_endpoints(const struct context *context, int direction,
		     struct sg_endpoint *entries[2]);

#endif /* SRTPGATE_STREAM_H */
