// SPDX-License-Identifier: GPL-2.0-only
#include "lib/srtp_ahead.h"

#include <errno.h>
#include <string.h>

#include "lib/aes_compact.h"
#include "lib/evp_aes.h"
#include "lib/master_key.h"
#include "lib/secret.h"
#include "lib/srtp_keystream.h"
#include "lib/turn.h"

enum {
	BLOCK = 16,
	STREAM_MAX = SG_KEYSTREAM_CHUNKS * SG_KEYSTREAM_CHUNK,
};

int srtp_ahead_open(struct srtp_ahead *ahead, const struct sg_key *key,
		    __u32 ssrc)
{
	const struct sg_suite_info *info = sg_suite_info(key->suite);
	__u8 bytes[32];
	int err;

	if (!info || !key->generation || key->flags & SG_KEY_USER)
		return -EINVAL;
	sg_aes_key_restore(bytes, info->key, &key->rtp.aes);
	sg_aes_salt_restore(ahead->salt, info->salt, bytes, key->rtp.salt);
	err = evp_aes_key(&ahead->aes, EVP_AES_ECB, bytes, info->key);
	sg_secret_zero(bytes, sizeof(bytes));
	ahead->key = key->rtp.salt[0];
	ahead->generation = key->generation;
	ahead->ssrc = ssrc;
	ahead->gcm = info->flags & SG_KEY_GCM;
	if (ahead->gcm)
		memcpy(ahead->hash, key->rtp.ghash, sizeof(ahead->hash));
	return err;
}

void srtp_ahead_close(struct srtp_ahead *ahead)
{
	EVP_CIPHER_CTX_free(ahead->aes);
	sg_secret_zero(ahead, sizeof(*ahead));
}

/* The counter blocks of a packet's key stream; returns where they end. */
static __u8 *put_blocks(const struct srtp_ahead *ahead, __u64 index,
			__u32 length, __u8 *to)
{
	__u32 first = ahead->gcm; /* RFC 7714 8.1: 1 is the mask's */
	__u8 block[BLOCK];

	memcpy(block, ahead->salt, BLOCK);
	srtp_iv_add(block, ahead->gcm, ahead->ssrc, index);
	for (__u32 i = first; (i - first) * BLOCK < length; i++) {
		block[14] = i >> 8;
		block[15] = i;
		memcpy(to, block, BLOCK);
		to += BLOCK;
	}
	return to;
}

static void end(struct sg_keystream *entry, __u16 length, __u16 ask)
{
	struct sg_keystream word = { .turn = entry->turn + 1,
				     .length = length, .ask = ask };

	__atomic_store_n(&entry->word, word.word, __ATOMIC_RELEASE);
}

static void write_chunk(const struct srtp_ahead *ahead,
			const struct srtp_cache *cache, __u64 index, int chunk,
			const __u8 *stream, __u32 length, bool ask)
{
	struct sg_keystream *entry;
	__u32 place;

	if (ahead->gcm)
		chunk += SG_KEYSTREAM_GCM;
	place = sg_keystream_place(ahead->generation, ahead->ssrc, index,
				   chunk, cache->mask);
	entry = &cache->entry[place];
	turn_begin(&entry->turn);
	entry->key = ahead->key;
	entry->place = index << 16 | chunk;
	entry->generation = ahead->generation;
	entry->ssrc = ahead->ssrc;
	memcpy(entry->stream, stream, length);
	end(entry, length, ask);
}

static void write_packet(const struct srtp_ahead *ahead,
			 const struct srtp_cache *cache, __u64 index,
			 const __u8 *stream, __u32 length, bool ask)
{
	for (__u32 at = 0; at < length; at += SG_KEYSTREAM_CHUNK) {
		__u32 left = length - at;

		if (left > SG_KEYSTREAM_CHUNK)
			left = SG_KEYSTREAM_CHUNK;
		write_chunk(ahead, cache, index, at / SG_KEYSTREAM_CHUNK,
			    stream + at, left, ask);
	}
}

int srtp_ahead_make(const struct srtp_ahead *ahead,
		    const struct srtp_cache *cache, __u64 index, __u32 count,
		    __u32 length, __u64 ask)
{
	__u8 stream[SRTP_AHEAD_BATCH * STREAM_MAX], *end = stream;
	int size, written = 0, err = 0;

	for (__u32 i = 0; i < count; i++)
		end = put_blocks(ahead, index + i, length, end);
	size = end - stream;
	length = size / count; /* whole blocks */
	if (!EVP_EncryptUpdate(ahead->aes, stream, &written, stream, size) ||
	    written != size)
		err = -EIO;
	for (__u32 i = 0; !err && i < count; i++)
		write_packet(ahead, cache, index + i, stream + i * length,
			     length, index + i == ask);
	sg_secret_zero(stream, size);
	return err;
}

void srtp_ahead_zero(struct sg_keystream *entry)
{
	turn_begin(&entry->turn);
	sg_secret_zero((__u8 *)entry + sizeof(entry->word),
		       sizeof(*entry) - sizeof(entry->word));
	end(entry, 0, 0);
}
