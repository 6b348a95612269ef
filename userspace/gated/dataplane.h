/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loaded XDP program and its pinned maps. Maps that a former daemon
 * pinned are taken over with all they hold; the links are in link.h.
 */
#ifndef SRTPGATE_DATAPLANE_H
#define SRTPGATE_DATAPLANE_H

#include "gated/config.h"
#include "gated/pin.h"
#include "lib/maps.h"

struct gateway;

struct dataplane {
	struct gateway *skeleton;
	int program;		/* descriptor, the skeleton's */
	int steer;		/* likewise */
	struct sg_maps maps;	/* descriptors, the skeleton's */
	__u32 next_hops_size;
};

/*
 * Loads the program on pinned or new maps and pins what is new. Negative
 * errno with @fault. dataplane_close() leaves everything pinned as it is.
 */
int dataplane_open(struct dataplane *data, const struct config *config,
		   const struct pin *pin, struct fault *fault);
void dataplane_close(struct dataplane *data);

/* Makes the map `interfaces` say what the configuration says. */
int dataplane_set_realms(struct dataplane *data, struct config *config,
			 struct fault *fault);

#endif /* SRTPGATE_DATAPLANE_H */
