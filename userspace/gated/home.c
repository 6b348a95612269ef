// SPDX-License-Identifier: GPL-2.0-only
#include "gated/home.h"

#include <arpa/inet.h>
#include <errno.h>

#include "lib/address.h"
#include "lib/clock.h"

static __u32 least(__u32 a, __u32 b)
{
	return a < b ? a : b;
}

struct sg_homes homes_plan(const struct config *config,
			   const struct sg_maps *maps)
{
	__u32 size = least(2 * maps->contexts_size,
			   least(maps->streams_size, maps->keys_size));
	struct sg_homes homes = { 0 };
	int most = 1;

	for (int i = 0; i < config->realm_count; i++)
		if (config->realm[i].address_count > most)
			most = config->realm[i].address_count;
	if (size <= SG_FIRST_HOME)
		return homes;
	homes.count = (size - SG_FIRST_HOME) & ~1u;
	if (most > 1)
		homes.stride = homes.count / most & ~1u;
	return homes;
}

static int find_address(const struct realm *realm, const __be32 address[4])
{
	for (int i = 0; i < realm->address_count; i++)
		if (sg_address_equal(realm->address[i], address))
			return i;
	return -1;
}

__u32 home_of(const struct realm *realm, const __be32 address[4], __be16 port)
{
	int i = find_address(realm, address);

	if (i < 0 || !realm->homes.count)
		return 0;
	return sg_home(&realm->homes, realm->row[i], ntohs(port));
}

/* One of the ports whose home is @home, each of them 2 * .count apart. */
static int choose_at_home(struct realm *realm, int i, __u32 home, bool pair,
			  __u16 *port)
{
	__u32 count = realm->homes.count, step;
	__u32 first = (realm->port_min + 1u) & ~1u;

	if (home < SG_FIRST_HOME || home >= SG_FIRST_HOME + count)
		return -EADDRINUSE;
	step = home + count - sg_home(&realm->homes, realm->row[i], first);
	first += 2 * (step % count);
	for (__u32 at = first; at <= realm->port_max; at += 2 * count) {
		if (ports_choose_this(realm->ports[i], clock_ms(), pair, at))
			continue;
		*port = at;
		return 0;
	}
	return -EADDRINUSE;
}

struct place {
	const struct realm *realm;
	__u32 row;
	const struct slots *contexts;
};

static bool has_free_context(const void *arg, __u16 port)
{
	const struct place *place = arg;
	__u32 home = sg_home(&place->realm->homes, place->row, port);

	return slots_is_free(place->contexts, home_context(home));
}

static int choose_free_home(struct realm *realm, int i,
			    const struct slots *contexts, bool pair,
			    __u16 *port)
{
	struct place place = { realm, realm->row[i], contexts };

	return ports_choose_fit(realm->ports[i], clock_ms(), pair, 0,
				has_free_context, &place, port);
}

int home_choose_port(struct realm *realm, const __be32 address[4],
		     __u32 opposite, const struct slots *contexts, bool pair,
		     __u16 *port)
{
	int i = find_address(realm, address);
	__u32 home = home_beside(opposite);
	int err = -EADDRINUSE;

	if (i < 0)
		return err;
	if (home)
		err = choose_at_home(realm, i, home, pair, port);
	else if (contexts && realm->homes.count)
		err = choose_free_home(realm, i, contexts, pair, port);
	if (err)
		err = ports_choose(realm->ports[i], clock_ms(), pair, home & 1,
				   port);
	return err;
}
