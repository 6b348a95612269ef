// SPDX-License-Identifier: GPL-2.0-only
#include "reference.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "ktap.h"
#include "packet.h"

enum {
	SHA1 = 20,
	TAG_80 = 10,
	TAG_32 = 4,
	E_BIT = 1u << 31,
};

/* Bytes of a suite's key: RFC 4568 6.2, RFC 6188 2. */
static int key_size(enum sg_suite suite)
{
	switch (suite) {
	case SG_SUITE_AES_192_CM_HMAC_SHA1_80:
	case SG_SUITE_AES_192_CM_HMAC_SHA1_32:
		return 24;
	case SG_SUITE_AES_256_CM_HMAC_SHA1_80:
	case SG_SUITE_AES_256_CM_HMAC_SHA1_32:
	case SG_SUITE_AEAD_AES_256_GCM:
		return 32;
	default:
		return 16;
	}
}

static bool is_gcm(enum sg_suite suite)
{
	return suite == SG_SUITE_AEAD_AES_128_GCM ||
	       suite == SG_SUITE_AEAD_AES_256_GCM;
}

static bool has_short_tag(enum sg_suite suite)
{
	return suite == SG_SUITE_AES_CM_128_HMAC_SHA1_32 ||
	       suite == SG_SUITE_AES_192_CM_HMAC_SHA1_32 ||
	       suite == SG_SUITE_AES_256_CM_HMAC_SHA1_32;
}

/* Xors @size bytes of @data with the AES-CM key stream from @iv on. */
static void aes_cm(const __u8 *key, int key_bytes, const __u8 iv[16],
		   __u8 *data, int size)
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	const EVP_CIPHER *cipher = key_bytes == 32 ? EVP_aes_256_ctr() :
				   key_bytes == 24 ? EVP_aes_192_ctr() :
						     EVP_aes_128_ctr();
	int done = 0;

	if (!context ||
	    !EVP_EncryptInit_ex(context, cipher, NULL, key, iv) ||
	    !EVP_EncryptUpdate(context, data, &done, data, size))
		ktap_bail_out("OpenSSL has no AES-CTR");
	EVP_CIPHER_CTX_free(context);
}

/* RFC 3711 4.3.3, key derivation rate 0. */
static void derive(const struct sg_master_key *master, __u8 label, __u8 *out,
		   int size)
{
	__u8 iv[16] = { 0 };

	memcpy(iv, master->salt, sizeof(master->salt));
	iv[7] ^= label;
	memset(out, 0, size);
	aes_cm(master->key, key_size(master->suite), iv, out, size);
}

void reference_derive(struct reference_keys *keys,
		      const struct sg_master_key *master, bool rtcp)
{
	__u8 label = rtcp ? 3 : 0;

	memset(keys, 0, sizeof(*keys));
	keys->cipher_size = key_size(master->suite);
	keys->gcm = is_gcm(master->suite);
	keys->plain = rtcp ? master->plain_rtcp : master->plain_rtp;
	derive(master, label, keys->cipher, keys->cipher_size);
	derive(master, label + 1, keys->auth, sizeof(keys->auth));
	derive(master, label + 2, keys->salt, sizeof(keys->salt));
}

/* IV = (salt * 2^16) ^ (SSRC * 2^64) ^ (index * 2^16), RFC 3711 4.1.1. */
static void make_iv(__u8 iv[16], const __u8 salt[14], const __u8 *ssrc,
		    __u64 index)
{
	memset(iv, 0, 16);
	memcpy(iv, salt, 14);
	for (int i = 0; i < 4; i++)
		iv[4 + i] ^= ssrc[i];
	for (int i = 0; i < 6; i++)
		iv[8 + i] ^= index >> (40 - 8 * i);
}

static __u32 payload_offset(const __u8 *packet)
{
	__u32 offset = RTP_HEADER + 4 * (packet[0] & 15);

	if (packet[0] & 1 << 4)
		offset += 4 + 4 * get16(packet + offset + 2);
	return offset;
}

static void hmac(const struct reference_keys *keys, const __u8 *data,
		 __u32 length, __u8 *tag, __u32 size)
{
	__u8 digest[SHA1];

	HMAC(EVP_sha1(), keys->auth, sizeof(keys->auth), data, length, digest,
	     NULL);
	memcpy(tag, digest, size);
}

void reference_tag(const struct reference_keys *keys, const __u8 *packet,
		   __u32 length, __u8 tag[10])
{
	hmac(keys, packet, length, tag, TAG_80);
}

static void seal(const struct reference_keys *keys, __u32 tag, bool rtcp,
		 __u64 index, const struct sg_master_key *master, __u8 *packet,
		 __u32 *length)
{
	__u32 start = rtcp ? RTCP_HEADER : payload_offset(packet);
	__u32 end = *length;
	__u8 iv[16], authentic[SHA1];

	make_iv(iv, keys->salt, packet + (rtcp ? 4 : 8), index);
	if (!keys->plain)
		aes_cm(keys->cipher, keys->cipher_size, iv, packet + start,
		       end - start);
	/* Authenticated behind the packet: RTP's ROC, which is not sent. */
	put32(packet + end, rtcp ? (keys->plain ? 0 : E_BIT) | index :
				   index >> 16);
	hmac(keys, packet, end + 4, authentic, tag);
	end += rtcp ? 4 : 0;
	if (master) {
		memcpy(packet + end, master->mki, master->mki_length);
		end += master->mki_length;
	}
	memcpy(packet + end, authentic, tag);
	*length = end + tag;
}

/*
 * RFC 7714 8.1, 9.1: salt ^ (two zero bytes, SSRC, index of 48 bits), which is
 * for SRTCP one of 31 bits.
 */
static void make_gcm_iv(__u8 iv[12], const __u8 *salt, const __u8 *ssrc,
			__u64 index)
{
	memcpy(iv, salt, 12);
	for (int i = 0; i < 4; i++)
		iv[2 + i] ^= ssrc[i];
	for (int i = 0; i < 6; i++)
		iv[6 + i] ^= index >> (40 - 8 * i);
}

static void gcm(const struct reference_keys *keys, const __u8 iv[12],
		const __u8 *header, int header_size, __u8 *data, int size,
		__u8 tag[16])
{
	EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
	int done = 0;

	if (!context ||
	    !EVP_EncryptInit_ex(context, keys->cipher_size == 32 ?
						 EVP_aes_256_gcm() :
						 EVP_aes_128_gcm(),
				NULL, keys->cipher, iv) ||
	    !EVP_EncryptUpdate(context, NULL, &done, header, header_size) ||
	    !EVP_EncryptUpdate(context, data, &done, data, size) ||
	    !EVP_EncryptFinal_ex(context, data + size, &done) ||
	    !EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag))
		ktap_bail_out("OpenSSL has no AES-GCM");
	EVP_CIPHER_CTX_free(context);
}

/* RFC 7714 8 and 9: tag, word of SRTCP, MKI. */
static void seal_gcm(const struct reference_keys *keys, bool rtcp, __u64 index,
		     const struct sg_master_key *master, __u8 *packet,
		     __u32 *length)
{
	__u32 start = rtcp ? RTCP_HEADER : payload_offset(packet);
	__u32 end = *length, word = index | (keys->plain ? 0 : E_BIT);
	__u8 iv[12], header[4096], tag[16];

	if (rtcp && keys->plain)
		start = end;
	make_gcm_iv(iv, keys->salt, packet + (rtcp ? 4 : 8), index);
	memcpy(header, packet, start);
	put32(header + start, word);
	gcm(keys, iv, header, start + (rtcp ? 4 : 0), packet + start,
	    end - start, tag);
	memcpy(packet + end, tag, sizeof(tag));
	end += sizeof(tag);
	if (rtcp) {
		put32(packet + end, word);
		end += 4;
	}
	memcpy(packet + end, master->mki, master->mki_length);
	*length = end + master->mki_length;
}

void reference_seal_with(const struct reference_keys *keys, __u32 tag,
			 bool rtcp, __u64 index, __u8 *packet, __u32 *length)
{
	seal(keys, tag, rtcp, index, NULL, packet, length);
}

void reference_seal(const struct sg_master_key *master, bool rtcp, __u64 index,
		    __u8 *packet, __u32 *length)
{
	bool short_tag = has_short_tag(master->suite);
	struct reference_keys keys;

	reference_derive(&keys, master, rtcp);
	if (keys.gcm) {
		seal_gcm(&keys, rtcp, index, master, packet, length);
		return;
	}
	if (!rtcp && master->untagged_rtp) {
		seal(&keys, 0, rtcp, index, master, packet, length);
		return;
	}
	seal(&keys, !rtcp && short_tag ? TAG_32 : TAG_80, rtcp, index, master,
	     packet, length);
}
