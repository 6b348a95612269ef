/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SCTP packets between libusrsctp and the network: a raw socket for one
 * port of ours. The library knows hosts by handles, which are numbers from 1
 * to H248_WIRE_HOSTS in the guise of pointers.
 */
#ifndef SRTPGATE_H248_WIRE_H
#define SRTPGATE_H248_WIRE_H

#include <stdint.h>

#include "lib/h248_carrier.h"

enum { H248_WIRE_HOSTS = 128 };	/* of all wires; more than peers */

struct h248_wire {
	int fd;
	uint16_t port;
	bool wildcard;

	/* Is there an association with @host? Else its handle goes to another. */
	bool (*needed)(void *arg, const struct h248_address *host);
	void *arg;
};

/*
 * Needs CAP_NET_RAW, and later nothing. .needed and .arg are the caller's,
 * who closes it too when this has failed.
 */
int h248_wire_open(struct h248_wire *wire, const struct h248_address *local);
void h248_wire_close(struct h248_wire *wire);

/* The handle of @address's host; NULL: all are taken. */
void *h248_wire_handle(struct h248_wire *wire,
		       const struct h248_address *address);

/* The host, with @port; false: nobody's. */
bool h248_wire_address(void *handle, uint16_t port,
		       struct h248_address *address);

/*
 * Gives what has arrived to @input, which may be usrsctp_conninput(); at
 * most @most packets. False: nothing was left.
 */
bool h248_wire_read(struct h248_wire *wire, int most,
		    void (*input)(void *handle, const void *packet,
				  size_t size, uint8_t ecn));

/* As usrsctp_init() wants it: 0 or a positive errno. */
int h248_wire_write(void *handle, void *packet, size_t size, uint8_t tos,
		    uint8_t set_df);

#endif /* SRTPGATE_H248_WIRE_H */
