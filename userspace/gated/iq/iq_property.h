/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The properties of LocalControl that packages define, in one typed table:
 * what is read, what is true at first and what an audit shows come from it.
 * iq_side_properties() is here too.
 */
#ifndef SRTPGATE_IQ_PROPERTY_H
#define SRTPGATE_IQ_PROPERTY_H

#include "gated/iq/iq_side.h"

/* Sets all of them to their defaults. */
void iq_property_defaults(struct iq_side *side);

/*
 * Reads a list of properties into @side. What is not named stays as it was.
 * -EINVAL with @fault: 440, 445, 449, 473.
 */
int iq_property_read(const struct iq_ground *ground, struct iq_side *side,
		     const struct h248_parameter *list,
		     struct iq_fault *fault);

#endif /* SRTPGATE_IQ_PROPERTY_H */
