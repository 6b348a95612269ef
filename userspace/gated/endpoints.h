/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Endpoints: for each local address a row of entries, one a UDP port, in
 * memory that the data plane reads. Publishing is one store, which a packet
 * sees done or not done.
 */
#ifndef SRTPGATE_ENDPOINTS_H
#define SRTPGATE_ENDPOINTS_H

#include <stdbool.h>

#include "gated/config.h"
#include "lib/maps.h"

struct endpoints {
	struct sg_endpoint *entry;	/* rows * SG_PORTS of them, mapped */
	__u32 rows;
};

/*
 * Maps the map `endpoints` into memory, and writes the closed stream.
 * Negative errno.
 */
int endpoints_open(struct endpoints *all, const struct sg_maps *maps);
void endpoints_close(struct endpoints *all);

/*
 * Gives every address of every realm its row, the one that it has already if
 * it has one, and takes back the rest. Negative errno with @fault.
 */
int endpoints_set_addresses(struct endpoints *all, const struct sg_maps *maps,
			    struct config *config, struct fault *fault);

/* The entry of a port of @realm; NULL: @address is none of the realm's. */
struct sg_endpoint *endpoints_at(const struct endpoints *all,
				 const struct realm *realm,
				 const __be32 address[4], __be16 port);

/* Publishes @value at @entry; withdraws what is there. */
void endpoint_publish(struct sg_endpoint *entry,
		      const struct sg_endpoint *value);
void endpoint_withdraw(struct sg_endpoint *entry);

/* Publishes the closed stream: the port is ours, and swallows all. */
void endpoint_close(struct sg_endpoint *entry);
bool endpoint_is_closed(const struct sg_endpoint *entry);

#endif /* SRTPGATE_ENDPOINTS_H */
