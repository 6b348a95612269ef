// SPDX-License-Identifier: GPL-2.0-only
/* The keyring: references, finding a key again, claims after a restart. */
#include <event2/event.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../lib/fake_clock.h"
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

	keyring_get(ring, &key, &known, 1, 0, &slot);
	return slot;
}

static __u32 twin(const struct keyring *ring, __u32 slot, __u32 except)
{
	return keyring_twin(ring, slot, &except, 1);
}

static bool is_zero(const struct keyring *ring, __u32 slot)
{
	return !memcmp(&ring->key[slot], &nothing, sizeof(nothing));
}

static void test_references(struct event_base *base)
{
	struct sg_maps maps = open_map();
	struct keyring ring;
	__u32 a, b, c, d;

	open_ring(&ring, base, &maps);
	keyring_settle(&ring);
	a = get(&ring, 1, 0);
	b = get(&ring, 1, a);
	c = get(&ring, 1, 0);
	d = get(&ring, 2, 0);
	ktap(a && b == a, "a key that is known is not installed again");
	ktap(c && c != a && keyring_same_keystream(&ring, a, c) &&
		     !keyring_same_keystream(&ring, a, d),
	     "one that is not known is, and is seen to be the same");
	ktap(twin(&ring, a, 0) == c && twin(&ring, c, 0) == a &&
		     !twin(&ring, a, c) && !twin(&ring, d, 0),
	     "twins know of each other");
	keyring_put(&ring, a);
	ktap(twin(&ring, c, 0) == a, "a slot lives on with one reference");
	keyring_hold(&ring, a);
	keyring_put(&ring, a);
	keyring_put(&ring, a);
	ktap(!twin(&ring, c, 0), "and is found no more without any");
	ktap(!is_zero(&ring, a), "its bytes stay for their grace time");
	now_ms += SG_GRACE_MS;
	clean(-1, 0, ring.slots);
	ktap(is_zero(&ring, a), "then they are zeroed");
	keyring_put(&ring, a);
	keyring_hold(&ring, a);
	keyring_hold(&ring, SIZE);
	keyring_put(&ring, 0);
	ktap(slots_used(ring.slots) == 2, "what nobody holds cannot be held");
	ktap(get(&ring, 1, a) != a, "a stale slot is not known");
	keyring_close(&ring);
	close(maps.keys);
}

/* Pairs of twins, in another suite, which has the same keystream. */
static void test_twins(struct event_base *base)
{
	struct sg_maps maps = open_map();
	struct keyring ring;
	__u32 slot[FREE];
	bool all = true;

	open_ring(&ring, base, &maps);
	keyring_settle(&ring);
	for (int i = 0; i < FREE; i++) {
		struct sg_master_key key = master(i / 2 + 1);

		if (i % 2)
			key.suite = SG_SUITE_AES_CM_128_HMAC_SHA1_32;
		all = all && !keyring_get(&ring, &key, NULL, 0, 0, &slot[i]);
	}
	ktap(all && !get(&ring, 99, 0), "a full ring takes no more");
	for (int i = 0; i < FREE; i++)
		all = all && twin(&ring, slot[i], 0) == slot[i ^ 1] &&
		      !twin(&ring, slot[i], slot[i ^ 1]);
	ktap(all, "each finds its twin, and nobody else");
	for (int i = 0; i < FREE; i += 4)
		keyring_put(&ring, slot[i]);
	for (int i = 0; i < FREE; i++)
		if (i % 4)
			all = all && !twin(&ring, slot[i], 0) == (i % 4 == 1);
	ktap(all, "those given back are not found, the others are");
	keyring_close(&ring);
	close(maps.keys);
}

/* One master key with all that may be said of it besides. */
static struct sg_master_key variant(int number)
{
	struct sg_master_key key = master(7);

	switch (number) {
	case 1:
		key.mki_length = 4;
		key.mki[3] = 1;
		break;
	case 2:
		key.lifetime = 1 << 20;
		break;
	case 3:
		key.kdr = 16;
		break;
	case 4:
		key.mki_length = SG_MKI_LONGEST;
		break;
	case 5:
		key.extension[1] = 1;
		break;
	case 6:
		key.untagged_rtp = true;
		break;
	case 7:
		key.suite = SG_SUITE_AES_CM_128_HMAC_SHA1_32;
		break;
	}
	return key;
}

enum { VARIANTS = 8 };

/* RFC 3711 9.1: whoever seals with them needs to know, whatever the MKI. */
static void test_variants(struct event_base *base)
{
	struct sg_maps maps = open_map();
	__u32 slot[VARIANTS], f8[2];
	bool fresh = true, same = true;
	struct sg_master_key key;
	struct keyring_label label;
	struct keyring ring;

	open_ring(&ring, base, &maps);
	keyring_settle(&ring);
	for (int i = 0; i < VARIANTS; i++) {
		key = variant(i);
		fresh &= !keyring_get(&ring, &key, slot, i, 0, &slot[i]);
		for (int j = 0; j < i; j++)
			fresh &= slot[i] != slot[j];
	}
	for (int i = 0; i < VARIANTS; i++)
		for (int j = 0; j < VARIANTS; j++)
			same &= keyring_same_keystream(&ring, slot[i], slot[j]);
	ktap(fresh, "another MKI, lifetime or rate is another key");
	ktap(same, "with the same keystream");
	for (int i = 0; i < VARIANTS; i++) {
		__u32 found = twin(&ring, slot[i], 0);

		same &= found && found != slot[i];
	}
	ktap(same, "and each finds a twin");
	ktap(!keyring_label(&ring, slot[2], &label) && !label.slow &&
		     label.lifetime == 1 << 20 &&
		     !keyring_label(&ring, slot[4], &label) && label.slow,
	     "lifetime and slow path are on the label");
	key = variant(0);
	key.suite = SG_SUITE_F8_128_HMAC_SHA1_80;
	ring.no_slow_path = true;
	ktap(keyring_get(&ring, &key, NULL, 0, 0, &f8[0]) == -EOPNOTSUPP &&
		     slots_used(ring.slots) == VARIANTS,
	     "where there is no slow path its keys are refused");
	ring.no_slow_path = false;
	keyring_get(&ring, &key, NULL, 0, 0, &f8[0]);
	key.mki_length = 1;
	keyring_get(&ring, &key, f8, 1, 0, &f8[1]);
	ktap(f8[1] != f8[0] && twin(&ring, f8[0], 0) == f8[1] &&
		     !keyring_same_keystream(&ring, f8[0], slot[0]),
	     "F8 makes a keystream of its own");
	keyring_close(&ring);
	close(maps.keys);
}

/* What people were told is the slot's, and makes no other key of it. */
static void test_told(struct event_base *base)
{
	struct sg_maps maps = open_map();
	struct keyring ring;
	__u32 slot;

	open_ring(&ring, base, &maps);
	keyring_settle(&ring);
	slot = get(&ring, 1, 0);
	keyring_tell(&ring, slot, 5);
	ktap(get(&ring, 1, slot) == slot && keyring_told(&ring, slot) == 5,
	     "what was told of a key does not change it");
	keyring_close(&ring);
	open_ring(&ring, base, &maps);
	keyring_claim(&ring, slot);
	ktap(keyring_told(&ring, slot) == 5, "and outlives the daemon");
	keyring_tell(&ring, SIZE, 1);
	ktap(!keyring_told(&ring, SIZE) && !keyring_told(&ring, 0),
	     "nothing is told of no key");
	keyring_close(&ring);
	close(maps.keys);
}

static void test_restart(struct event_base *base)
{
	struct sg_maps maps = open_map();
	struct keyring_label label;
	struct keyring ring;
	__u32 kept, lost, new;

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
	new = get(&ring, 1, 0);
	ktap(new && twin(&ring, new, 0) == kept, "what was claimed is found");
	keyring_put(&ring, kept);
	ktap(twin(&ring, new, 0) == kept, "by one of the two still");
	ktap(!keyring_label(&ring, new, &label) && label.generation == 3,
	     "generations go on");
	keyring_close(&ring);
	close(maps.keys);
}

int main(void)
{
	struct event_base *base = event_base_new();

	test_references(base);
	test_twins(base);
	test_variants(base);
	test_told(base);
	test_restart(base);
	event_base_free(base);
	return ktap_finish();
}
