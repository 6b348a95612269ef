/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a context would be after a request. Planning takes what it needs
 * (ports, key slots, next hops) and changes nothing that packets see; a plan
 * that fails or is given up is undone by context_release().
 */
#ifndef SRTPGATE_PLAN_H
#define SRTPGATE_PLAN_H

#include "gated/context.h"

/*
 * @next is a new context with .all set, all else zero; or a copy of @old
 * that is changed. Negative errno with @fault; @next then holds what was
 * taken so far.
 */
int plan_add(struct context *next, const struct spec *spec,
	     struct fault *fault);
int plan_change(struct context *next, const struct context *old,
		const struct spec *spec, struct fault *fault);

/* context_join(), and (@old not NULL) context_rejoin(). */
int plan_join(struct context *next, const struct context *old,
	      const struct termination side[2], bool opaque,
	      struct fault *fault);

/* Next hops for those of @next's streams that @old (NULL) sent elsewhere. */
int plan_next_hops(struct context *next, const struct context *old,
		   struct fault *fault);

#endif /* SRTPGATE_PLAN_H */
