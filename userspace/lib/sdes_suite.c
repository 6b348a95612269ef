// SPDX-License-Identifier: GPL-2.0-only
#include "lib/sdes.h"

/*
 * IANA's registry "SRTP Crypto Suite Registrations", whole: ARIA (RFC 8269)
 * has been given numbers in DTLS-SRTP and MIKEY, but no name here. The tag of SRTCP
 * never shrinks with that of SRTP (RFC 4568 6.2.2, RFC 6188 2).
 */
static const struct sdes_suite suites[] = {
	/* RFC 4568 6.2 */
	{ "AES_CM_128_HMAC_SHA1_80", 16, 14, 10, 10, false,
	  SG_SUITE_AES_CM_128_HMAC_SHA1_80 },
	{ "AES_CM_128_HMAC_SHA1_32", 16, 14, 4, 10, false,
	  SG_SUITE_AES_CM_128_HMAC_SHA1_32 },
	{ "F8_128_HMAC_SHA1_80", 16, 14, 10, 10, false,
	  SG_SUITE_F8_128_HMAC_SHA1_80 },
	/* RFC 5669 */
	{ "SEED_CTR_128_HMAC_SHA1_80", 16, 14, 10, 10, false, SG_SUITE_NONE },
	{ "SEED_128_CCM_80", 16, 14, 10, 10, true, SG_SUITE_NONE },
	{ "SEED_128_GCM_96", 16, 14, 12, 12, true, SG_SUITE_NONE },
	/* RFC 6188 */
	{ "AES_192_CM_HMAC_SHA1_80", 24, 14, 10, 10, false,
	  SG_SUITE_AES_192_CM_HMAC_SHA1_80 },
	{ "AES_192_CM_HMAC_SHA1_32", 24, 14, 4, 10, false,
	  SG_SUITE_AES_192_CM_HMAC_SHA1_32 },
	{ "AES_256_CM_HMAC_SHA1_80", 32, 14, 10, 10, false,
	  SG_SUITE_AES_256_CM_HMAC_SHA1_80 },
	{ "AES_256_CM_HMAC_SHA1_32", 32, 14, 4, 10, false,
	  SG_SUITE_AES_256_CM_HMAC_SHA1_32 },
	/* RFC 7714 */
	{ "AEAD_AES_128_GCM", 16, 12, 16, 16, true,
	  SG_SUITE_AEAD_AES_128_GCM },
	{ "AEAD_AES_256_GCM", 32, 12, 16, 16, true,
	  SG_SUITE_AEAD_AES_256_GCM },
};

/* Misspelt by senders that were before RFC 6188. */
static const struct {
	const char *met;
	const char *registered;
} aliases[] = {
	{ "AES_CM_192_HMAC_SHA1_80", "AES_192_CM_HMAC_SHA1_80" },
	{ "AES_CM_192_HMAC_SHA1_32", "AES_192_CM_HMAC_SHA1_32" },
	{ "AES_CM_256_HMAC_SHA1_80", "AES_256_CM_HMAC_SHA1_80" },
	{ "AES_CM_256_HMAC_SHA1_32", "AES_256_CM_HMAC_SHA1_32" },
};

const struct sdes_suite *sdes_suite_find(struct sg_slice name)
{
	for (size_t i = 0; i < sizeof(aliases) / sizeof(aliases[0]); i++)
		if (sg_slice_is_nocase(name, aliases[i].met))
			name = sg_slice_of(aliases[i].registered);
	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		if (sg_slice_is_nocase(name, suites[i].name))
			return &suites[i];
	return NULL;
}
