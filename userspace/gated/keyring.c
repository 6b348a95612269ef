// SPDX-License-Identifier: GPL-2.0-only
#include "gated/keyring.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "lib/secret.h"

/* -- the slots by what is in them ---------------------------------------------- */

/* What a key encrypts RTP with, whatever else is said of it. */
struct keystream {
	__u64 salt[2];
	struct sg_aes_key aes;
	bool f8;
};

/*
 * A key for the slow path as one for the fast path would be: at index 0 a key
 * derivation rate changes nothing (RFC 3711 4.3.1).
 */
static int derive_user(struct sg_key *out, const struct sg_key *key)
{
	struct sg_master_key master = { .suite = key->suite };
	int err;

	if (key->suite == SG_SUITE_F8_128_HMAC_SHA1_80)
		master.suite = SG_SUITE_AES_CM_128_HMAC_SHA1_80;
	memcpy(master.key, key->user.key, sizeof(master.key));
	memcpy(master.salt, key->user.salt, sizeof(master.salt));
	err = sg_master_key_derive(out, &master);
	sg_secret_zero(&master, sizeof(master));
	return err;
}

/* Zero when OpenSSL refuses: then keys seem the same, to be on the safe side. */
static void keystream_of(struct keystream *stream, const struct sg_key *key)
{
	struct sg_key derived;

	memset(stream, 0, sizeof(*stream));
	if (key->flags & SG_KEY_USER) {
		if (derive_user(&derived, key))
			return;
		stream->f8 = key->suite == SG_SUITE_F8_128_HMAC_SHA1_80;
		key = &derived;
	}
	memcpy(stream->salt, key->rtp.salt, sizeof(stream->salt));
	stream->aes = key->rtp.aes;
	sg_secret_zero(&derived, sizeof(derived));
}

/* Of session salt and first round key: as good as random, and no secret. */
static __u32 *bucket(const struct keyring *ring, const struct sg_key *key)
{
	struct keystream stream;
	__u64 hash;

	keystream_of(&stream, key);
	hash = stream.salt[0] * 0x9e3779b97f4a7c15ull;
	sg_secret_zero(&stream, sizeof(stream));
	return &ring->first[(hash >> 32) % ring->size];
}

static void enter(struct keyring *ring, __u32 slot)
{
	__u32 *first = bucket(ring, &ring->key[slot]);

	ring->next[slot] = *first;
	*first = slot;
}

static void leave(struct keyring *ring, __u32 slot)
{
	__u32 *at = bucket(ring, &ring->key[slot]);

	while (*at && *at != slot)
		at = &ring->next[*at];
	if (*at)
		*at = ring->next[slot];
	ring->next[slot] = 0;
}

static bool same_keystream(const struct sg_key *a, const struct sg_key *b)
{
	struct keystream one, other;
	bool same;

	keystream_of(&one, a);
	keystream_of(&other, b);
	same = one.f8 == other.f8 &&
	       sg_secret_equal(&one.aes, &other.aes, sizeof(one.aes)) &&
	       sg_secret_equal(one.salt, other.salt, sizeof(one.salt));
	sg_secret_zero(&one, sizeof(one));
	sg_secret_zero(&other, sizeof(other));
	return same;
}

static bool is_slot(const struct keyring *ring, __u32 slot)
{
	return slot && slot < ring->size;
}

/* -- life ------------------------------------------------------------------------ */

static void zero(void *arg, __u32 slot)
{
	struct keyring *ring = arg;

	sg_secret_zero(&ring->key[slot], sizeof(ring->key[slot]));
}

static size_t octets(const struct keyring *ring)
{
	return ring->size * sizeof(*ring->key);
}

int keyring_open(struct keyring *ring, struct event_base *base,
		 const struct sg_maps *maps)
{
	memset(ring, 0, sizeof(*ring));
	ring->size = maps->keys_size;
	ring->key = sg_map_mmap(maps->keys, octets(ring));
	if (!ring->key)
		return -errno;
	madvise(ring->key, octets(ring), MADV_DONTDUMP);
	ring->references = calloc(ring->size, sizeof(*ring->references));
	ring->first = calloc(ring->size, sizeof(*ring->first));
	ring->next = calloc(ring->size, sizeof(*ring->next));
	if (!ring->references || !ring->first || !ring->next)
		return -ENOMEM;
	return slots_open(&ring->slots, base, SG_RESERVED_SLOTS,
			  SG_FIRST_HOME + maps->homes.count, ring->size, zero,
			  ring);
}

void keyring_close(struct keyring *ring)
{
	slots_close(ring->slots);
	free(ring->references);
	free(ring->first);
	free(ring->next);
	sg_map_unmap(ring->key, octets(ring));
	memset(ring, 0, sizeof(*ring));
}

/* -- references -------------------------------------------------------------------- */

static bool holds(const struct keyring *ring, __u32 slot, struct sg_key *key)
{
	if (!is_slot(ring, slot) || !ring->references[slot])
		return false;
	key->generation = ring->key[slot].generation;
	key->told = ring->key[slot].told;
	return sg_secret_equal(key, &ring->key[slot], sizeof(*key));
}

static int install(struct keyring *ring, struct sg_key *key, __u32 home,
		   __u32 *slot)
{
	int err = slots_take(ring->slots, home, slot);

	if (err)
		return err;
	key->generation = ++ring->generation;
	key->told = 0;
	ring->key[*slot] = *key;
	enter(ring, *slot);
	return 0;
}

int keyring_get(struct keyring *ring, const struct sg_master_key *master,
		const __u32 *known, int count, __u32 home, __u32 *slot)
{
	struct sg_key key;
	int err = sg_master_key_derive(&key, master);

	if (err)
		return err;
	*slot = 0;
	if (key.flags & SG_KEY_USER && ring->no_slow_path)
		err = -EOPNOTSUPP;
	for (int i = 0; !*slot && i < count; i++)
		if (holds(ring, known[i], &key))
			*slot = known[i];
	if (!err && !*slot)
		err = install(ring, &key, home, slot);
	if (!err)
		ring->references[*slot]++;
	sg_secret_zero(&key, sizeof(key));
	return err;
}

void keyring_hold(struct keyring *ring, __u32 slot)
{
	if (is_slot(ring, slot) && ring->references[slot])
		ring->references[slot]++;
}

void keyring_put(struct keyring *ring, __u32 slot)
{
	if (!is_slot(ring, slot) || !ring->references[slot] ||
	    --ring->references[slot])
		return;
	leave(ring, slot);
	slots_release(ring->slots, slot);
}

int keyring_claim(struct keyring *ring, __u32 slot)
{
	if (!is_slot(ring, slot) || !ring->key[slot].generation)
		return -EINVAL;
	if (!ring->references[slot]) {
		if (slots_claim(ring->slots, slot))
			return -EINVAL;
		enter(ring, slot);
	}
	if (ring->key[slot].generation > ring->generation)
		ring->generation = ring->key[slot].generation;
	ring->references[slot]++;
	return 0;
}

int keyring_settle(struct keyring *ring)
{
	int orphans = 0;

	for (__u32 slot = SG_RESERVED_SLOTS; slot < ring->size; slot++) {
		__u32 generation = ring->key[slot].generation;

		if (ring->references[slot] || !generation)
			continue;
		if (generation > ring->generation)
			ring->generation = generation;
		zero(ring, slot);
		orphans++;
	}
	slots_free_rest(ring->slots);
	return orphans;
}

/* -- questions ----------------------------------------------------------------------- */

static bool among(__u32 slot, const __u32 *list, int count)
{
	for (int i = 0; i < count; i++)
		if (list[i] == slot)
			return true;
	return false;
}

__u32 keyring_twin(const struct keyring *ring, __u32 slot, const __u32 *except,
		   int count)
{
	const struct sg_key *key = &ring->key[slot];
	__u32 twin;

	if (!is_slot(ring, slot))
		return 0;
	for (twin = *bucket(ring, key); twin; twin = ring->next[twin])
		if (twin != slot && !among(twin, except, count) &&
		    same_keystream(&ring->key[twin], key))
			break;
	return twin;
}

bool keyring_same_keystream(const struct keyring *ring, __u32 a, __u32 b)
{
	if (!is_slot(ring, a) || !is_slot(ring, b))
		return false;
	return a == b || same_keystream(&ring->key[a], &ring->key[b]);
}

int keyring_label(const struct keyring *ring, __u32 slot,
		  struct keyring_label *label)
{
	const struct sg_key *key = &ring->key[slot];

	if (!is_slot(ring, slot))
		return -EINVAL;
	label->suite = key->suite;
	label->generation = key->generation;
	label->fingerprint = key->fingerprint;
	label->untagged_rtp = !key->rtp_tag;
	label->lifetime = key->lifetime;
	label->slow = key->flags & SG_KEY_USER;
	return 0;
}

__u8 keyring_told(const struct keyring *ring, __u32 slot)
{
	return is_slot(ring, slot) ? ring->key[slot].told : 0;
}

void keyring_tell(struct keyring *ring, __u32 slot, __u8 told)
{
	if (is_slot(ring, slot) && ring->references[slot])
		ring->key[slot].told = told;
}
