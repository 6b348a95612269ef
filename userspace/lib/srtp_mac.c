// SPDX-License-Identifier: GPL-2.0-only
#include "lib/srtp_mac.h"

/*
 * SHA-1's chaining value between two blocks is what the data plane needs, and
 * OpenSSL shows it only in the SHA_CTX that 3.0 declares deprecated.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#include <string.h>

#include "lib/secret.h"
#include "lib/srtp_kdf.h"

/* SHA-1's state after the one block that is @auth xored with @pad. */
static void make_state(__u32 state[5], const __u8 *auth, __u8 pad)
{
	__u8 block[SHA_CBLOCK];
	SHA_CTX sha;

	memset(block, pad, sizeof(block));
	for (int i = 0; i < SRTP_AUTH_SIZE; i++)
		block[i] ^= auth[i];
	SHA1_Init(&sha);
	SHA1_Transform(&sha, block);
	state[0] = sha.h0;
	state[1] = sha.h1;
	state[2] = sha.h2;
	state[3] = sha.h3;
	state[4] = sha.h4;
	sg_secret_zero(&sha, sizeof(sha));
	sg_secret_zero(block, sizeof(block));
}

void srtp_mac_key(struct sg_hmac_key *key, const __u8 *auth)
{
	make_state(key->inner, auth, 0x36);
	make_state(key->outer, auth, 0x5c);
}

/* Goes on from @state, one block into what is hashed. */
static void resume(SHA_CTX *sha, const __u32 state[5])
{
	SHA1_Init(sha);
	sha->h0 = state[0];
	sha->h1 = state[1];
	sha->h2 = state[2];
	sha->h3 = state[3];
	sha->h4 = state[4];
	sha->Nl = SHA_CBLOCK * 8;
}

void srtp_mac(const struct sg_hmac_key *key, const void *data, size_t size,
	      const void *more, size_t more_size, __u8 mac[SRTP_MAC_SIZE])
{
	SHA_CTX sha;

	resume(&sha, key->inner);
	SHA1_Update(&sha, data, size);
	SHA1_Update(&sha, more, more_size);
	SHA1_Final(mac, &sha);
	resume(&sha, key->outer);
	SHA1_Update(&sha, mac, SRTP_MAC_SIZE);
	SHA1_Final(mac, &sha);
	sg_secret_zero(&sha, sizeof(sha));
}
