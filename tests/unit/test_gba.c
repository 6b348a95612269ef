// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of GBA, with values that Erlang's crypto and Python's hmac agree on:
 * TS 33.220 itself has none.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../lib/ktap.h"
#include "lib/gba.h"

static const char btid[] = "I1U8vpY3qJ0hiuZNrke/NQ==@bsf.a.example";
static const struct sg_slice impi = { "alice_private@a.example", 23 };

static const __u8 wanted[] = {
	0x01, 0x8c, 0xc5, 0xb7, 0x81, 0x0a, 0xcc, 0x1b, 0xc2, 0x76, 0x01,
	0x03, 0x15, 0x97, 0x96, 0xcb, 0xb6, 0x33, 0x3c, 0xe3, 0x70, 0x0c,
	0xc3, 0xd4, 0x86, 0xd5, 0x14, 0xaf, 0x16, 0xbc, 0xbd, 0x11,
};

static const __u8 challenge[] = {
	0x23, 0x55, 0x3c, 0xbe, 0x96, 0x37, 0xa8, 0x9d,
	0x21, 0x8a, 0xe6, 0x4d, 0xae, 0x47, 0xbf, 0x35,
};

static __u8 ks[GBA_KS_SIZE];

static bool is_zero(const __u8 *octets, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (octets[i])
			return false;
	return true;
}

static void test_naf_id(void)
{
	struct gba_naf_id id;
	char name[256];

	ktap(!gba_naf_id(&id, SG_SLICE("KMS.a.Example")) && id.size == 18 &&
	     !memcmp(id.octets, "kms.a.example\1\0\0\0\6", 18),
	     "a NAF_Id is a name in lower case and the protocol");
	memset(name, 'a', sizeof(name));
	ktap(gba_naf_id(&id, SG_SLICE("")) == -EINVAL &&
	     gba_naf_id(&id, SG_SLICE("kms a")) == -EINVAL &&
	     gba_naf_id(&id, (struct sg_slice){ name, 254 }) == -EINVAL &&
	     !gba_naf_id(&id, (struct sg_slice){ name, 253 }) &&
	     id.size == GBA_NAF_ID_MAX,
	     "what is no name of a host is refused");
}

static void test_key(void)
{
	struct gba_naf_id id, other;
	__u8 key[GBA_NAF_KEY_SIZE];
	char name[GBA_IMPI_MAX + 1];

	gba_naf_id(&id, SG_SLICE("kms.a.example"));
	gba_naf_id(&other, SG_SLICE("kms.b.example"));
	ktap(!gba_naf_key(key, ks, challenge, impi, &id) &&
	     !memcmp(key, wanted, sizeof(key)), "Ks_NAF");
	ktap(!gba_naf_key(key, ks, challenge, impi, &other) &&
	     memcmp(key, wanted, sizeof(key)), "another NAF has another");
	memset(name, 'i', sizeof(name));
	ktap(gba_naf_key(key, ks, challenge,
			 (struct sg_slice){ name, sizeof(name) },
			 &id) == -EINVAL && is_zero(key, sizeof(key)),
	     "an IMPI that is too long is refused, with a key of zeros");
	ktap(!gba_naf_key(key, ks, challenge,
			  (struct sg_slice){ name, GBA_IMPI_MAX }, &id) &&
	     !is_zero(key, sizeof(key)), "the longest is taken");
}

static void test_rand(void)
{
	__u8 rand[GBA_RAND_SIZE];

	ktap(!gba_rand(rand, sg_slice_of(btid)) &&
	     !memcmp(rand, challenge, sizeof(rand)), "a B-TID carries RAND");
	ktap(gba_rand(rand, SG_SLICE("I1U8vpY3qJ0hiuZNrkc=@b")) == -EINVAL &&
	     gba_rand(rand, SG_SLICE("I1U8vpY3qJ0hiuZNrke/NQ==")) == -EINVAL &&
	     gba_rand(rand, SG_SLICE("I1U8vpY3qJ0hiuZNrke/NQ==@")) == -EINVAL &&
	     gba_rand(rand, SG_SLICE("alice@a.example")) == -EINVAL,
	     "another text does not");
}

int main(void)
{
	for (int i = 0; i < GBA_KS_SIZE; i++)
		ks[i] = i;
	test_naf_id();
	test_key();
	test_rand();
	return ktap_finish();
}
