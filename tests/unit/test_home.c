// SPDX-License-Identifier: GPL-2.0-only
/* Homes: what ports are chosen, and where what arrives at them lives. */
#include <arpa/inet.h>
#include <string.h>

#include "gated/home.h"
#include "../lib/ktap.h"

enum {
	MIN = 20000,
	MAX = 20799,	/* 400 pairs */
	CONTEXTS = 200,	/* with as many homes as pairs */
};

static const __be32 address[4] = { 1, 2, 3, 4 }, strange[4] = { 1 };

static void no_zero(void *arg, __u32 slot)
{
	(void)arg;
	(void)slot;
}

static struct slots *open_slots(struct event_base *base)
{
	struct slots *slots;
	__u32 size = SG_RESERVED_SLOTS + CONTEXTS;

	if (slots_open(&slots, base, SG_RESERVED_SLOTS, size, size, no_zero,
		       NULL))
		ktap_bail_out("no memory");
	slots_free_rest(slots);
	return slots;
}

static void open_realm(struct realm *realm, __u32 row, __u16 min, __u16 max,
		       struct sg_homes homes)
{
	*realm = (struct realm){
		.address_count = 1,
		.row = { row },
		.homes = homes,
		.port_min = min,
		.port_max = max,
		.ports = { ports_new(min, max) },
	};
	memcpy(realm->address[0], address, sizeof(address));
	if (!realm->ports[0])
		ktap_bail_out("no memory");
}

static __u32 choose(struct realm *realm, __u32 opposite, struct slots *slots)
{
	__u16 port;

	if (home_choose_port(realm, address, opposite, slots, true, &port))
		return 0;
	return home_of(realm, address, htons(port));
}

static void test_plan(void)
{
	static struct config config = { .realm_count = 2 };
	struct sg_maps maps = { .contexts_size = SG_RESERVED_SLOTS + 500,
				.streams_size = 3000, .keys_size = 3000 };
	struct sg_homes homes;

	config.realm[0].address_count = config.realm[1].address_count = 1;
	homes = homes_plan(&config, &maps);
	ktap(homes.count == 1000 && !homes.stride,
	     "as many homes as states; addresses that face each other share");
	config.realm[1].address_count = 3;
	homes = homes_plan(&config, &maps);
	ktap(homes.count == 1000 && homes.stride == 332,
	     "those of a realm are spread by an even number");
	maps.keys_size = SG_FIRST_HOME + 11;
	homes = homes_plan(&config, &maps);
	ktap(homes.count == 10, "each array has room for all homes");
	maps.streams_size = SG_RESERVED_SLOTS;
	homes = homes_plan(&config, &maps);
	ktap(!homes.count, "or there are none");
}

/* Contexts of both directions of call set-up, until none is left. */
static void test_contexts(struct event_base *base)
{
	struct sg_homes homes = { .count = 2 * CONTEXTS };
	struct slots *slots = open_slots(base);
	struct realm realm[2];
	bool even = true, beside = true, own = true;

	open_realm(&realm[0], 1, MIN, MAX, homes);
	open_realm(&realm[1], 2, MIN + 31, MAX + 33, homes);
	for (int i = 0; i < CONTEXTS; i++) {
		__u32 first = choose(&realm[i % 2], 0, slots);
		__u32 second = choose(&realm[!(i % 2)], first, slots), slot;

		even &= first >= SG_FIRST_HOME && first % 2 == 0;
		beside &= second == first + 1;
		own &= !slots_take(slots, home_context(first), &slot) &&
		       slot == first / 2;
	}
	ktap(even, "the first termination has an even home");
	ktap(beside, "the second has the one above");
	ktap(own, "and every context is at home, until there are no more");
	ktap(choose(&realm[0], 0, slots),
	     "what is left of ports is given all the same");
	ports_free(realm[0].ports[0]);
	ports_free(realm[1].ports[0]);
	slots_close(slots);
}

/* Of each address a part of all homes, as with many addresses. */
static void test_parts(struct event_base *base)
{
	struct sg_homes homes = { .count = 2 * CONTEXTS, .stride = 100 };
	struct slots *slots = open_slots(base);
	struct realm realm;
	bool own = true;
	__u32 slot;

	for (__u32 row = 1; row <= 4; row++) {
		open_realm(&realm, row, MIN, MIN + 199, homes);
		for (int i = 0; i < CONTEXTS / 4; i++) {
			__u32 home = choose(&realm, 0, slots);

			own &= home && !slots_take(slots, home_context(home),
						   &slot) &&
			       slot == home / 2;
		}
		ports_free(realm.ports[0]);
	}
	ktap(own, "each address has its part of the contexts");
	slots_close(slots);
}

static void test_strangers(struct event_base *base)
{
	struct sg_homes homes = { .count = 100000, .stride = 20000 };
	struct slots *slots = open_slots(base);
	struct realm realm;
	__u16 port;

	open_realm(&realm, 5, 65001, 65535, homes);
	ktap(home_choose_port(&realm, strange, 0, slots, true, &port) ==
		     -EADDRINUSE && !home_of(&realm, strange, htons(65002)),
	     "an address of nobody has neither ports nor homes");
	ktap(choose(&realm, SG_FIRST_HOME, slots) % 2,
	     "a home without a port: any port of its lane");
	ktap(choose(&realm, ~1u, slots) && choose(&realm, 1, NULL),
	     "homes that are none are nobody's");
	realm.homes.count = 0;
	ktap(!home_choose_port(&realm, address, 0, slots, true, &port) &&
		     port >= 65002 && !home_of(&realm, address, htons(port)),
	     "without homes there are ports");
	ports_free(realm.ports[0]);
	slots_close(slots);
}

int main(void)
{
	struct event_base *base = event_base_new();

	if (!base)
		ktap_bail_out("no memory");
	test_plan();
	test_contexts(base);
	test_parts(base);
	test_strangers(base);
	event_base_free(base);
	return ktap_finish();
}
