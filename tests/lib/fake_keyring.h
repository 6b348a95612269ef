/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A keyring without a map, which counts references: what gated/keyring.h
 * promises to sides. For the one file of a program that includes it.
 */
#ifndef SRTPGATE_TEST_FAKE_KEYRING_H
#define SRTPGATE_TEST_FAKE_KEYRING_H

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gated/keyring.h"
#include "lib/secret.h"

enum { FAKE_SLOTS = 16 };

static struct {
	struct sg_master_key key;
	int references;
} fake_slots[FAKE_SLOTS];

/* Derivation finds that it cannot do what is asked. */
static bool fake_refuses;

static void fake_keyring_reset(void)
{
	fake_refuses = false;
	memset(fake_slots, 0, sizeof(fake_slots));
}

/* Of all slots; one that was given back too often counts too. */
static int fake_keyring_references(void)
{
	int sum = 0;

	for (int i = 0; i < FAKE_SLOTS; i++)
		sum += abs(fake_slots[i].references);
	return sum;
}

static bool same_stream(const struct sg_master_key *a,
			const struct sg_master_key *b)
{
	return sg_secret_equal(a->key, b->key, sizeof(a->key)) &&
	       sg_secret_equal(a->salt, b->salt, sizeof(a->salt));
}

static bool is_same(const struct sg_master_key *a,
		    const struct sg_master_key *b)
{
	return same_stream(a, b) && a->suite == b->suite &&
	       a->lifetime == b->lifetime && a->kdr == b->kdr &&
	       !memcmp(a->extension, b->extension, sizeof(a->extension)) &&
	       a->mki_length == b->mki_length &&
	       sg_secret_equal(a->mki, b->mki, sizeof(a->mki));
}

int keyring_get(struct keyring *ring, const struct sg_master_key *key,
		const __u32 *known, int count, __u32 home, __u32 *slot)
{
	(void)ring;
	(void)home;
	*slot = 0;
	if (fake_refuses)
		return -EINVAL;
	for (int i = 0; i < count; i++)
		if (known[i] && is_same(&fake_slots[known[i]].key, key))
			*slot = known[i];
	for (int i = 1; !*slot && i < FAKE_SLOTS; i++)
		if (!fake_slots[i].references)
			*slot = i;
	if (!*slot)
		return -ENOSPC;
	fake_slots[*slot].key = *key;
	fake_slots[*slot].references++;
	return 0;
}

void keyring_put(struct keyring *ring, __u32 slot)
{
	(void)ring;
	if (slot)
		fake_slots[slot].references--;
}

__u32 keyring_twin(const struct keyring *ring, __u32 slot, const __u32 *except,
		   int count)
{
	(void)ring;
	for (__u32 i = 1; i < FAKE_SLOTS; i++) {
		bool is_other = i != slot;

		for (int j = 0; j < count; j++)
			is_other = is_other && i != except[j];
		if (is_other && fake_slots[i].references > 0 &&
		    same_stream(&fake_slots[i].key, &fake_slots[slot].key))
			return i;
	}
	return 0;
}

bool keyring_same_keystream(const struct keyring *ring, __u32 a, __u32 b)
{
	(void)ring;
	return same_stream(&fake_slots[a].key, &fake_slots[b].key);
}

int keyring_label(const struct keyring *ring, __u32 slot,
		  struct keyring_label *label)
{
	(void)ring;
	*label = (struct keyring_label){ .generation = 100 + slot };
	return 0;
}

#endif /* SRTPGATE_TEST_FAKE_KEYRING_H */
