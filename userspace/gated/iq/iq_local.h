/* SPDX-License-Identifier: GPL-2.0-only */
/* Our end of a stream: which address and ports of the realm it has. */
#ifndef SRTPGATE_IQ_LOCAL_H
#define SRTPGATE_IQ_LOCAL_H

#include "gated/iq/iq_sdp.h"

/*
 * The address of @side's realm that @local asks for; @side keeps the one it
 * has if that fits. @family is what the other end has, 0: nobody knows.
 * -EINVAL with @fault, 449.
 */
int iq_local_address(const struct iq_side *side,
		     const struct iq_description *local, int family,
		     __be32 address[4], struct iq_fault *fault);

/* Where what arrives at @side (NULL) has its home (gated/home.h); 0: nowhere. */
__u32 iq_local_home(const struct iq_side *side);

/*
 * Moves @side to @address and the ports that @local asks for, which it may
 * leave to us: then as home_choose_port() has it, given @opposite (NULL) and
 * @contexts. Ports that it or @old (NULL: nothing) holds stay as they are. On
 * error @side holds what had been taken by then. 449, 510.
 */
int iq_local_take(struct iq_side *side, const struct iq_side *old,
		  const struct iq_side *opposite, const struct slots *contexts,
		  const struct iq_description *local,
		  const __be32 address[4], struct iq_fault *fault);

/* The same when only rtcph/rsb has changed. */
int iq_local_resize(struct iq_side *side, const struct iq_side *old,
		    struct iq_fault *fault);

/* Gives back ports of @gone that neither @kept nor @old (NULL) holds. */
void iq_local_release(const struct iq_side *gone, const struct iq_side *kept,
		      const struct iq_side *old);

#endif /* SRTPGATE_IQ_LOCAL_H */
