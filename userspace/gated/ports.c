// SPDX-License-Identifier: GPL-2.0-only
#include "gated/ports.h"

#include <errno.h>
#include <stdlib.h>

enum port_state { PORT_FREE, PORT_USED, PORT_RESTING };

/* Resting ports are a list in the order of their release: all rest equally. */
struct port {
	__u64 due;
	__u32 before, after;	/* index of a neighbour in the list, or NOBODY */
	enum port_state state;
};

enum {
	NOBODY = 0xffffffff,
	LANES = 2,
	APART = 2 * LANES,	/* ports of a lane */
};

struct ports {
	__u32 min, count;
	struct lane {
		__u32 first;	/* index of its lowest port */
		__u32 cursor;	/* port of it to look at next */
		__u32 count, free;
	} lane[LANES];
	__u32 first, last;	/* of the resting list */
	__u32 used, resting;
	struct port port[];
};

static void count_lane(struct ports *ports, __u32 number)
{
	struct lane *lane = &ports->lane[number];

	lane->first = (2 * number - ports->min) % APART;
	if (lane->first < ports->count)
		lane->count = (ports->count - lane->first - 1) / APART + 1;
	lane->free = lane->count;
}

/* An even port is @more (1 or -1) free. */
static void note(struct ports *ports, __u32 index, int more)
{
	__u32 port = ports->min + index;

	if (!(port & 1))
		ports->lane[port / 2 % LANES].free += more;
}

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
	for (int i = 0; i < LANES; i++)
		count_lane(ports, i);
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
	note(ports, index, 1);
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
	note(ports, index, -1);
}

static bool is_free(const struct ports *ports, __u32 index, bool pair)
{
	if (ports->port[index].state != PORT_FREE)
		return false;
	return !pair || (index + 1 < ports->count &&
			 ports->port[index + 1].state == PORT_FREE);
}

static void take_all(struct ports *ports, __u32 index, bool pair)
{
	take(ports, index);
	if (pair)
		take(ports, index + 1);
}

/* The index of the next free port of @lane, or NOBODY. */
static __u32 find(struct ports *ports, struct lane *lane, bool pair)
{
	for (__u32 i = 0; lane->free && i < lane->count; i++) {
		__u32 index = lane->first + APART * lane->cursor;

		if (++lane->cursor == lane->count)
			lane->cursor = 0;
		if (is_free(ports, index, pair))
			return index;
	}
	return NOBODY;
}

int ports_choose_fit(struct ports *ports, __u64 now, bool pair, int lane,
		     ports_fits *fits, const void *arg, __u16 *port)
{
	wake_rested(ports, now);
	for (int i = 0; i < PORTS_TRIES; i++) {
		__u32 index = find(ports, &ports->lane[lane], pair);

		if (index == NOBODY)
			break;
		*port = ports->min + index;
		if (!fits(arg, *port))
			continue;
		take_all(ports, index, pair);
		return 0;
	}
	return -EADDRINUSE;
}

/* RFC 3550 11: RTP has an even port, RTCP the odd one above. */
int ports_choose(struct ports *ports, __u64 now, bool pair, int lane,
		 __u16 *port)
{
	__u32 index;

	wake_rested(ports, now);
	index = find(ports, &ports->lane[lane], pair);
	if (index == NOBODY)
		index = find(ports, &ports->lane[!lane], pair);
	if (index == NOBODY)
		return -EADDRINUSE;
	take_all(ports, index, pair);
	*port = ports->min + index;
	return 0;
}

static bool inside(const struct ports *ports, __u16 port)
{
	return port >= ports->min && port - ports->min < ports->count;
}

int ports_choose_this(struct ports *ports, __u64 now, bool pair, __u16 port)
{
	wake_rested(ports, now);
	if (port & 1 || !inside(ports, port) ||
	    !is_free(ports, port - ports->min, pair))
		return -EADDRINUSE;
	take_all(ports, port - ports->min, pair);
	return 0;
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
