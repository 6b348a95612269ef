// SPDX-License-Identifier: GPL-2.0-only
#include <crypto/aead.h>
#include <crypto/hash.h>
#include <crypto/internal/cipher.h>
#include <linux/module.h>
#include <linux/scatterlist.h>
#include <linux/slab.h>

#include "other_way.h"

enum { HEADER = 12, BLOCK = 16, CM_TAG = 10, GCM_TAG = 16, GCM_SALT = 12 };

struct other_way {
	struct crypto_cipher *cipher;	/* counter mode */
	struct crypto_shash *hmac;
	struct crypto_aead *gcm;	/* else NULL */
	u8 salt[BLOCK];
};

static int open_gcm(struct other_way *way, const u8 key[16])
{
	way->gcm = crypto_alloc_aead("gcm(aes)", 0, CRYPTO_ALG_ASYNC);
	if (IS_ERR(way->gcm))
		return PTR_ERR(way->gcm);
	return crypto_aead_setkey(way->gcm, key, 16) ?:
	       crypto_aead_setauthsize(way->gcm, GCM_TAG);
}

static int open_cm(struct other_way *way, const u8 key[16], const u8 auth[20])
{
	way->cipher = crypto_alloc_cipher("aes", 0, CRYPTO_ALG_ASYNC);
	if (IS_ERR(way->cipher))
		return PTR_ERR(way->cipher);
	way->hmac = crypto_alloc_shash("hmac(sha1)", 0, CRYPTO_ALG_ASYNC);
	if (IS_ERR(way->hmac))
		return PTR_ERR(way->hmac);
	return crypto_cipher_setkey(way->cipher, key, 16) ?:
	       crypto_shash_setkey(way->hmac, auth, 20);
}

struct other_way *other_way_open(bool gcm, const u8 key[16], const u8 *salt,
				 const u8 auth[20])
{
	struct other_way *way = kzalloc(sizeof(*way), GFP_KERNEL);
	int err;

	if (!way)
		return ERR_PTR(-ENOMEM);
	memcpy(way->salt, salt, gcm ? GCM_SALT : 14);
	err = gcm ? open_gcm(way, key) : open_cm(way, key, auth);
	if (!err)
		return way;
	other_way_close(way);
	return ERR_PTR(err);
}

void other_way_close(struct other_way *way)
{
	if (!IS_ERR_OR_NULL(way->gcm))
		crypto_free_aead(way->gcm);
	if (!IS_ERR_OR_NULL(way->hmac))
		crypto_free_shash(way->hmac);
	if (!IS_ERR_OR_NULL(way->cipher))
		crypto_free_cipher(way->cipher);
	kfree_sensitive(way);
}

void other_way_describe(struct other_way *way, char *text, size_t size)
{
	if (way->gcm)
		strscpy(text, crypto_tfm_alg_driver_name(
				      crypto_aead_tfm(way->gcm)), size);
	else
		snprintf(text, size, "%s, %s",
			 crypto_tfm_alg_driver_name(
				 crypto_cipher_tfm(way->cipher)),
			 crypto_shash_driver_name(way->hmac));
}

/* RFC 3711 4.1.1 and RFC 7714 8.1: at @ssrc the SSRC, behind it the index. */
static void make_iv(u8 iv[BLOCK], const struct other_way *way,
		    const u8 *packet, u64 index, int ssrc)
{
	memcpy(iv, way->salt, BLOCK);
	for (int i = 0; i < 4; i++)
		iv[ssrc + i] ^= packet[8 + i];
	for (int i = 0; i < 6; i++)
		iv[ssrc + 4 + i] ^= index >> (40 - 8 * i);
}

static void xor_block(u8 *data, const u8 *with, u32 size)
{
	if (size >= BLOCK) {
		*(u64 *)data ^= *(const u64 *)with;
		*(u64 *)(data + 8) ^= *(const u64 *)(with + 8);
		return;
	}
	for (u32 i = 0; i < size; i++)
		data[i] ^= with[i];
}

static void counter_mode(struct other_way *way, u8 *packet, u32 length,
			 u64 index)
{
	u8 iv[BLOCK] __aligned(8), stream[BLOCK] __aligned(8);

	make_iv(iv, way, packet, index, 4);
	for (u32 at = HEADER; at < length; at += BLOCK) {
		crypto_cipher_encrypt_one(way->cipher, stream, iv);
		xor_block(packet + at, stream, length - at);
		for (int i = BLOCK - 1; i >= 0 && !++iv[i]; i--)
			;
	}
}

static int hmac(struct other_way *way, const u8 *packet, u32 length, u64 index,
		u8 tag[20])
{
	size_t size = sizeof(struct shash_desc) +
		      crypto_shash_descsize(way->hmac);
	struct shash_desc *desc = kzalloc(size, GFP_ATOMIC);
	__be32 roc = cpu_to_be32(index >> 16);
	int err;

	if (!desc)
		return -ENOMEM;
	desc->tfm = way->hmac;
	err = crypto_shash_init(desc) ?:
	      crypto_shash_update(desc, packet, length) ?:
	      crypto_shash_update(desc, (const u8 *)&roc, sizeof(roc)) ?:
	      crypto_shash_final(desc, tag);
	kfree(desc);
	return err;
}

/* @size: of what is encrypted, or decrypted with its tag. */
static int gcm(struct other_way *way, u8 *packet, u32 size, u64 index,
	       int (*run)(struct aead_request *request))
{
	struct aead_request *request = aead_request_alloc(way->gcm, GFP_ATOMIC);
	struct scatterlist list[2];
	u8 iv[BLOCK];
	int err;

	if (!request)
		return -ENOMEM;
	make_iv(iv, way, packet, index, 2);
	sg_init_table(list, ARRAY_SIZE(list));
	sg_set_buf(&list[0], packet, HEADER);
	sg_set_buf(&list[1], packet + HEADER, size + GCM_TAG);
	aead_request_set_callback(request, 0, NULL, NULL);
	aead_request_set_ad(request, HEADER);
	aead_request_set_crypt(request, list, list, size, iv);
	err = run(request);
	aead_request_free(request);
	return err;
}

/* A copy, for when another index must be tried. */
static int open_gcm_packet(struct other_way *way, u8 *packet, u32 length,
			   u64 index)
{
	u32 size = length - HEADER + GCM_TAG;
	u8 *copy = kmalloc(size, GFP_ATOMIC);
	int err;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, packet + HEADER, size);
	err = gcm(way, packet, size, index, crypto_aead_decrypt);
	kfree(copy);
	return err;
}

int other_way_seal(struct other_way *way, u8 *packet, u32 length, u64 index)
{
	u8 tag[20];
	int err;

	if (way->gcm)
		return gcm(way, packet, length - HEADER, index,
			   crypto_aead_encrypt);
	counter_mode(way, packet, length, index);
	err = hmac(way, packet, length, index, tag);
	memcpy(packet + length, tag, CM_TAG);
	return err;
}

int other_way_open_packet(struct other_way *way, u8 *packet, u32 length,
			  u64 index)
{
	u8 tag[20];
	int err;

	if (way->gcm)
		return open_gcm_packet(way, packet, length, index);
	err = hmac(way, packet, length, index, tag);
	if (err)
		return err;
	if (memcmp(packet + length, tag, CM_TAG))
		return -EBADMSG;
	counter_mode(way, packet, length, index);
	return 0;
}

MODULE_IMPORT_NS(CRYPTO_INTERNAL);
