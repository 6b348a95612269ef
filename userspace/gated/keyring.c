// SPDX-License-Identifier: GPL-2.0-only
#include "gated/keyring.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "lib/secret.h"

void keyring_zero(void *arg, __u32 slot)
{
	static const struct sg_key nothing;
	struct keyring *ring = arg;

	bpf_map_update_elem(ring->fd, &slot, &nothing, BPF_ANY);
}

static bool holds(const struct keyring *ring, __u32 slot, struct sg_key *key)
{
	struct sg_key found;
	bool same;

	if (!slot || bpf_map_lookup_elem(ring->fd, &slot, &found))
		return false;
	key->generation = found.generation;
	same = sg_secret_equal(key, &found, sizeof(found));
	sg_secret_zero(&found, sizeof(found));
	return same;
}

static int install(struct keyring *ring, struct sg_key *key, __u32 *slot)
{
	int err = slots_take(ring->slots, slot);

	if (err)
		return err;
	key->generation = ++ring->generation;
	err = bpf_map_update_elem(ring->fd, slot, key, BPF_ANY);
	if (err)
		slots_release(ring->slots, *slot);
	return err;
}

int keyring_get(struct keyring *ring, const struct sg_master_key *master,
		const __u32 *known, int count, __u32 *slot)
{
	struct sg_key key;
	int err = sg_master_key_derive(&key, master);

	if (err)
		return err;
	*slot = 0;
	for (int i = 0; !*slot && i < count; i++)
		if (holds(ring, known[i], &key))
			*slot = known[i];
	if (!*slot)
		err = install(ring, &key, slot);
	sg_secret_zero(&key, sizeof(key));
	return err;
}

bool keyring_same_keystream(const struct keyring *ring, __u32 a, __u32 b)
{
	struct sg_key key[2] = { 0 };
	bool same;

	if (!a || !b)
		return false;
	if (a == b)
		return true;
	same = !bpf_map_lookup_elem(ring->fd, &a, &key[0]) &&
	       !bpf_map_lookup_elem(ring->fd, &b, &key[1]) &&
	       sg_secret_equal(&key[0].rtp.aes, &key[1].rtp.aes,
			       sizeof(key[0].rtp.aes)) &&
	       sg_secret_equal(key[0].rtp.salt, key[1].rtp.salt,
			       sizeof(key[0].rtp.salt));
	sg_secret_zero(key, sizeof(key));
	return same;
}

int keyring_label(const struct keyring *ring, __u32 slot,
		  struct keyring_label *label)
{
	struct sg_key key;
	int err = bpf_map_lookup_elem(ring->fd, &slot, &key);

	if (err)
		return err;
	label->suite = key.suite;
	label->generation = key.generation;
	label->mki_length = key.mki_length;
	memcpy(label->mki, key.mki, sizeof(label->mki));
	sg_secret_zero(&key, sizeof(key));
	return 0;
}
