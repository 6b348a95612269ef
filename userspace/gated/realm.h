/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A realm: a named IP domain of the gateway, reached through one interface
 * and VLAN, with its local addresses and their media ports.
 */
#ifndef SRTPGATE_REALM_H
#define SRTPGATE_REALM_H

#include <linux/types.h>
#include <net/if.h>
#include <stdbool.h>
#include <string.h>

#include "gated/ports.h"
#include "lib/fault.h"
#include "srtpgate/home.h"

enum {
	REALM_XDP = 8,		/* with the final NUL */
	REALM_NAME = 32,	/* with the final NUL */
	REALM_ADDRESSES = 16,
};

struct realm {
	char name[REALM_NAME];
	char interface[IF_NAMESIZE]; /* as configured; XDP attaches here */
	char xdp[REALM_XDP];	/* auto, native, generic or none */
	__u16 vlan;		/* 0: untagged */
	__u16 number;		/* in the maps; follows from the name alone */
	__u32 ifindex;		/* of interface */
	__u32 route_ifindex;	/* of the VLAN device above it, or = ifindex */
	int address_count;
	__be32 address[REALM_ADDRESSES][4];
	__u32 row[REALM_ADDRESSES]; /* in the map `endpoints` */
	struct sg_homes homes;	/* of what arrives here: gated/home.h */
	__u16 port_min, port_max;
	struct ports *ports[REALM_ADDRESSES];
	const char *mode;	/* once attached "native", "generic", "none" */
	__u16 tag;		/* VLAN that means it in the slow path */
};

/* Its packets meet no XDP program; the kernel has them all. */
static inline bool realm_is_slow(const struct realm *realm)
{
	return !strcmp(realm->xdp, "none");
}

static inline bool realm_is_in(const struct realm *realm, const char *mode)
{
	return realm->mode && !strcmp(realm->mode, mode);
}

/*
 * The number of the realm called @name: the same in every run, so that
 * pinned streams keep their realm when the configuration is reordered.
 */
__u16 realm_number(const char *name);

/*
 * Finds the interfaces and makes the port tables; warns of addresses and
 * ports that will not work. Negative errno with @fault.
 */
int realm_open(struct realm *realm, struct fault *fault);
void realm_close(struct realm *realm);

/*
 * How many ports the address of this index has left: 2: half of them and
 * more, so that a termination finds one where it is at home (gated/home.h); 1:
 * at least a pair; 0: less.
 */
int realm_room(struct realm *realm, int index);

/* The port table of @address, or NULL. */
struct ports *realm_ports(struct realm *realm, const __be32 address[4]);

#endif /* SRTPGATE_REALM_H */
