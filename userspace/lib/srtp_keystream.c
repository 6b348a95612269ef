// SPDX-License-Identifier: GPL-2.0-only
#include "lib/srtp_keystream.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#include "lib/evp_aes.h"
#include "lib/secret.h"

enum {
	BLOCK = 16,
	F8_FILL = 0x55,		/* RFC 3711 4.1.2.1: behind the salt in m */
};

static void put(__u8 *to, __u64 value, int size)
{
	while (size--) {
		to[size] = value;
		value >>= 8;
	}
}

void srtp_iv_add(__u8 *iv, bool gcm, __u32 ssrc, __u64 index)
{
	iv += gcm ? 2 : 4;
	for (int i = 0; i < 4; i++)
		iv[i] ^= ssrc >> (24 - 8 * i);
	for (int i = 0; i < 6; i++)
		iv[4 + i] ^= index >> (40 - 8 * i);
}

/*
 * RFC 3711 4.1.2.2: 0 || M, PT, SEQ, TS, SSRC || ROC; 4.1.2.3: four zeros || E,
 * index || the first eight bytes of RTCP.
 */
void srtp_packet_iv(struct srtp_packet_iv *iv, bool rtcp, bool encrypted,
		    __u64 index, const __u8 *packet)
{
	__be32 ssrc;

	memset(iv, 0, sizeof(*iv));
	memcpy(&ssrc, packet + (rtcp ? 4 : 8), sizeof(ssrc));
	srtp_iv_add(iv->counter, false, be32toh(ssrc), index);
	if (rtcp) {
		put(iv->f8 + 4, index | (__u64)encrypted << 31, 4);
		memcpy(iv->f8 + 8, packet, 8);
	} else {
		memcpy(iv->f8 + 1, packet + 1, 11);
		put(iv->f8 + 12, index >> 16, 4);
	}
}

int srtp_keystream_key(struct srtp_keystream *stream, bool f8,
		       const __u8 *key, int size, const __u8 *salt)
{
	__u8 masked[32];
	int err;

	memcpy(stream->salt, salt, sizeof(stream->salt));
	if (!f8)
		return evp_aes_key(&stream->aes, EVP_AES_CTR, key, size);

	/* RFC 3711 4.1.2.1: k_e ^ m, where m is k_s || 0x555..5 */
	for (int i = 0; i < size; i++)
		masked[i] = key[i] ^ (i < SRTP_SALT_SIZE ? salt[i] : F8_FILL);
	err = evp_aes_key(&stream->aes, EVP_AES_ECB, key, size);
	if (!err)
		err = evp_aes_key(&stream->masked, EVP_AES_ECB, masked, size);
	sg_secret_zero(masked, sizeof(masked));
	return err;
}

void srtp_keystream_free(struct srtp_keystream *stream)
{
	EVP_CIPHER_CTX_free(stream->aes);
	EVP_CIPHER_CTX_free(stream->masked);
	sg_secret_zero(stream, sizeof(*stream));
}

static int xor_counter(struct srtp_keystream *stream, const __u8 iv[BLOCK],
		       __u8 *data, int size)
{
	__u8 counter[BLOCK];
	int written = 0, err = 0;

	memcpy(counter, iv, BLOCK);
	for (int i = 0; i < SRTP_SALT_SIZE; i++)
		counter[i] ^= stream->salt[i];
	if (!EVP_EncryptInit_ex2(stream->aes, NULL, NULL, counter, NULL) ||
	    !EVP_EncryptUpdate(stream->aes, data, &written, data, size) ||
	    written != size)
		err = -EIO;
	sg_secret_zero(counter, sizeof(counter));
	return err;
}

static int encrypt_block(EVP_CIPHER_CTX *aes, __u8 block[BLOCK])
{
	int written = 0;

	return EVP_EncryptUpdate(aes, block, &written, block, BLOCK) &&
		       written == BLOCK ? 0 : -EIO;
}

/* RFC 3711 4.1.2.1: S(j) = E(k_e, IV' ^ j ^ S(j - 1)), with S(-1) = 0. */
static int xor_f8(struct srtp_keystream *stream, const __u8 iv[BLOCK],
		  __u8 *data, int size)
{
	__u8 start[BLOCK], block[BLOCK] = { 0 }, number[BLOCK] = { 0 };
	int err;

	memcpy(start, iv, BLOCK);
	err = encrypt_block(stream->masked, start);
	for (int at = 0; !err && at < size; at++) {
		if (at % BLOCK == 0) {
			put(number + 12, at / BLOCK, 4);
			for (int i = 0; i < BLOCK; i++)
				block[i] ^= start[i] ^ number[i];
			err = encrypt_block(stream->aes, block);
		}
		data[at] ^= block[at % BLOCK];
	}
	sg_secret_zero(start, sizeof(start));
	sg_secret_zero(block, sizeof(block));
	return err;
}

int srtp_keystream_xor(struct srtp_keystream *stream,
		       const struct srtp_packet_iv *iv, __u8 *data, int size)
{
	if (stream->masked)
		return xor_f8(stream, iv->f8, data, size);
	return xor_counter(stream, iv->counter, data, size);
}
