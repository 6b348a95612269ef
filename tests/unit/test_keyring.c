// SPDX-License-Identifier: GPL-2.0-only
/* The keyring: references, finding a key again, claims after a restart. */
#include <event2/event.h>
#include <linux/types.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static __u64 now = 1000;

/* The clock of slots.c is ours. */
#define clock_ms real_clock_ms
#include "../../userspace/gated/clock.h"
#undef clock_ms
static __u64 clock_ms(void)
{
	return now;
}

#include "../../userspace/gated/slots.c"
#include "../../userspace/gated/keyring.c"
#include "../lib/ktap.h"

enum { SIZE = 32, FREE = SIZE - SG_RESERVED_SLOTS };

static const struct sg_key nothing;

/* The map `keys` is any file of that size here. */
static struct sg_maps open_map(void)
{
	struct sg_maps maps = { .keys_size = SIZE };

	maps.keys = memfd_create("keys", 0);
	if (maps.keys < 0 || ftruncate(maps.keys, SIZE * sizeof(struct sg_key)))
		ktap_bail_out("no memory file");
	return maps;
}

static void open_ring(struct keyring *ring, struct event_base *base,
		      const struct sg_maps *maps)
{
	if (keyring_open(ring, base, maps))
		ktap_bail_out("keyring_open");
}

static struct sg_master_key master(__u8 number)
{
	struct sg_master_key key = {
		.suite = SG_SUITE_AES_CM_128_HMAC_SHA1_80,
	};

	memset(key.key, number, sizeof(key.key));
	memset(key.salt, number ^ 0x5a, sizeof(key.salt));
	return key;
}

static __u32 get(struct keyring *ring, __u8 number, __u32 known)
{
	struct sg_master_key key = master(number);
	__u32 slot = 0;

	keyring_get(ring, &key, &known, 1, &slot);
	return slot;
}

static __u32 find(struct keyring *ring, __u8 number, __u32 except)
{
	struct sg_master_key key = master(number);

	return keyring_find(ring, &key, except);
}

static bool is_zero(const struct keyring *ring, __u32 slot)
{
	return !memcmp(&ring->key[slot], &nothing, sizeof(nothing));
}

static void test_references(struct event_base *base)
{
	struct sg_maps maps = open_map();
	struct keyring ring;
	__u32 a, b, c;

	open_ring(&ring, base, &maps);
	keyring_settle(&ring);
	a = get(&ring, 1, 0);
	b = get(&ring, 1, a);
	c = get(&ring, 1, 0);
	ktap(a && b == a, "a key that is known is not installed again");
	ktap(c && c != a && keyring_same_keystream(&ring, a, c),
	     "one that is not known is, and is seen to be the same");
	keyring_put(&ring, a);
	ktap(find(&ring, 1, c) == a, "a slot lives on with one reference");
	keyring_hold(&ring, a);
	keyring_put(&ring, a);
	keyring_put(&ring, a);
	ktap(!find(&ring, 1, c) && find(&ring, 1, 0) == c,
	     "and is found no more without any");
	ktap(!is_zero(&ring, a), "its bytes stay for their grace time");
	now += SG_GRACE_MS;
	clean(-1, 0, ring.slots);
	ktap(is_zero(&ring, a), "then they are zeroed");
	keyring_put(&ring, a);
	keyring_hold(&ring, a);
	keyring_hold(&ring, SIZE);
	keyring_put(&ring, 0);
	ktap(slots_used(ring.slots) == 1, "what nobody holds cannot be held");
	ktap(get(&ring, 1, a) != a, "a stale slot is not known");
	keyring_close(&ring);
	close(maps.keys);
}

static void test_find(struct event_base *base)
{
	struct sg_master_key other = master(7);
	struct sg_maps maps = open_map();
	struct keyring ring;
	__u32 slot[FREE];
	bool all = true;

	open_ring(&ring, base, &maps);
	keyring_settle(&ring);
	for (__u8 i = 0; i < FREE; i++)
		slot[i] = get(&ring, i + 1, 0);
	ktap(!get(&ring, 99, 0), "a full ring takes no more");
	for (__u8 i = 0; i < FREE; i++)
		all = all && slot[i] && find(&ring, i + 1, 0) == slot[i] &&
		      !find(&ring, i + 1, slot[i]);
	ktap(all, "each key is found, and not beside itself");
	other.suite = SG_SUITE_AES_CM_128_HMAC_SHA1_32;
	ktap(keyring_find(&ring, &other, 0) == slot[6],
	     "another suite has the same keystream");
	for (__u8 i = 0; i < FREE; i += 2)
		keyring_put(&ring, slot[i]);
	all = true;
	for (__u8 i = 0; i < FREE; i++)
		all = all && !find(&ring, i + 1, 0) == !(i % 2);
	ktap(all, "those given back are not found, the others are");
	keyring_close(&ring);
	close(maps.keys);
}

static void test_restart(struct event_base *base)
{
	struct sg_maps maps = open_map();
	struct keyring_label label;
	struct keyring ring;
	__u32 kept, lost;

	open_ring(&ring, base, &maps);
	keyring_settle(&ring);
	kept = get(&ring, 1, 0);
	lost = get(&ring, 2, 0);
	keyring_close(&ring);

	open_ring(&ring, base, &maps);
	ktap(!keyring_claim(&ring, kept) && !keyring_claim(&ring, kept),
	     "a key of before is claimed, by two");
	ktap(keyring_claim(&ring, kept + 5) == -EINVAL &&
		     keyring_claim(&ring, SIZE) == -EINVAL,
	     "an empty slot is not");
	ktap(keyring_settle(&ring) == 1 && is_zero(&ring, lost),
	     "what nobody claims is zeroed");
	ktap(find(&ring, 1, 0) == kept, "what was claimed is found");
	keyring_put(&ring, kept);
	ktap(find(&ring, 1, 0) == kept, "by one of the two still");
	lost = get(&ring, 3, 0);
	ktap(!keyring_label(&ring, lost, &label) && label.generation == 3,
	     "generations go on");
	keyring_close(&ring);
	close(maps.keys);
}

int main(void)
{
	struct event_base *base = event_base_new();

	test_references(base);
	test_find(base);
	test_restart(base);
	event_base_free(base);
	return ktap_finish();
}
