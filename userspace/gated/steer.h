/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program `steer` in this network namespace, by a pinned link: datagrams
 * for endpoints go to the sockets in the map `sockets`.
 */
#ifndef SRTPGATE_STEER_H
#define SRTPGATE_STEER_H

#include "gated/dataplane.h"

/* Replaces the program of a former daemon's link. Negative errno, @fault. */
int steer_attach(const struct dataplane *data, const struct pin *pin,
		 struct fault *fault);
void steer_detach(const struct pin *pin);

#endif /* SRTPGATE_STEER_H */
