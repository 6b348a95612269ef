// SPDX-License-Identifier: GPL-2.0-only
#include "gated/ports.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

enum port_state { PORT_FREE, PORT_USED, PORT_RESTING };

/* Resting ports are a list in the order of their release: all rest equally. */
struct port {
	__u64 due;
	__u32 before, after;	/* index of a neighbour in the list, or NOBODY */
	enum port_state state;
};

enum { NOBODY = 0xffffffff };

struct ports {
	__u32 min, count;
	__u32 cursor;		/* next index to look at */
	__u32 first, last;	/* of the resting list */
	__u32 used, resting;
	struct port port[];
};

struct ports *ports_new(__u16 min, __u16 max)
{
	__u32 count = max - min + 1;
	struct ports *ports;

	ports = calloc(1, sizeof(*ports) + count * sizeof(ports->port[0]));
	if (!ports)
		return NULL;
	ports->min = min;
	ports->count = count;
	ports->first = NOBODY;
	ports->last = NOBODY;
	return ports;
}

void ports_free(struct ports *ports)
{
	free(ports);
}

static void rest(struct ports *ports, __u32 index, __u64 due)
{
	struct port *port = &ports->port[index];

	port->state = PORT_RESTING;
	port->due = due;
	port->before = ports->last;
	port->after = NOBODY;
	if (ports->last != NOBODY)
		ports->port[ports->last].after = index;
	else
		ports->first = index;
	ports->last = index;
	ports->resting++;
}

static void wake(struct ports *ports, __u32 index)
{
	struct port *port = &ports->port[index];

	if (port->before != NOBODY)
		ports->port[port->before].after = port->after;
	else
		ports->first = port->after;
	if (port->after != NOBODY)
		ports->port[port->after].before = port->before;
	else
		ports->last = port->before;
	port->state = PORT_FREE;
	ports->resting--;
}

static void wake_rested(struct ports *ports, __u64 now)
{
	while (ports->first != NOBODY && ports->port[ports->first].due <= now)
		wake(ports, ports->first);
}

static void take(struct ports *ports, __u32 index)
{
	ports->port[index].state = PORT_USED;
	ports->used++;
}

/* RFC 3550 11: RTP has an even port, RTCP the odd one above. */
int ports_choose(struct ports *ports, __u64 now, int pair, __u16 *port)
{
	__u32 odd_first = ports->min & 1;

	wake_rested(ports, now);
	for (__u32 i = 0; i < ports->count; i++) {
		__u32 index = ports->cursor++ % ports->count;

		if (ports->cursor >= ports->count)
			ports->cursor = 0;
		if ((index ^ odd_first) & 1 ||
		    ports->port[index].state != PORT_FREE)
			continue;
		if (pair && (index + 1 == ports->count ||
			     ports->port[index + 1].state != PORT_FREE))
			continue;
		take(ports, index);
		if (pair)
			take(ports, index + 1);
		*port = ports->min + index;
		return 0;
	}
	return -EADDRINUSE;
}

static bool inside(const struct ports *ports, __u16 port)
{
	return port >= ports->min && port - ports->min < ports->count;
}

int ports_claim(struct ports *ports, __u16 port)
{
	__u32 index = port - ports->min;

	if (!inside(ports, port))
		return -ERANGE;
	if (ports->port[index].state == PORT_USED)
		return -EADDRINUSE;
	if (ports->port[index].state == PORT_RESTING)
		wake(ports, index);
	take(ports, index);
	return 0;
}

void ports_release(struct ports *ports, __u64 now, __u16 port)
{
	if (!inside(ports, port) ||
	    ports->port[port - ports->min].state != PORT_USED)
		return;
	ports->used--;
	rest(ports, port - ports->min, now + PORTS_REST_MS);
}

void ports_count(struct ports *ports, __u64 now, __u32 *used, __u32 *resting)
{
	wake_rested(ports, now);
	*used = ports->used;
	*resting = ports->resting;
}
