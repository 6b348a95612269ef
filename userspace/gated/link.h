/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The XDP program on the realms' interfaces, by pinned links: packets keep
 * flowing while no daemon runs, and a new daemon's program replaces the old
 * one between two packets.
 */
#ifndef SRTPGATE_LINK_H
#define SRTPGATE_LINK_H

#include "gated/dataplane.h"

/*
 * Attaches to every realm's interface, sets realm.mode, and detaches from
 * interfaces that are no realm's any more. Negative errno with @fault.
 */
int links_attach(const struct dataplane *data, struct config *config,
		 const struct pin *pin, struct fault *fault);

#endif /* SRTPGATE_LINK_H */
