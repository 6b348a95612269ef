// SPDX-License-Identifier: GPL-2.0-only
#include "lib/gba.h"

#include <errno.h>
#include <openssl/hmac.h>

#include "lib/base64.h"
#include "lib/cursor.h"
#include "lib/secret.h"

enum {
	FC = 0x01,		/* TS 33.220 B.3 */
	S_MAX = 1 + (6 + 2) + (GBA_RAND_SIZE + 2) + (GBA_IMPI_MAX + 2) +
		(GBA_NAF_ID_MAX + 2),
};

static bool is_host(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '.';
}

int gba_naf_id(struct gba_naf_id *id, struct sg_slice fqdn)
{
	static const __u8 protocol[GBA_PROTOCOL_SIZE] = { 1, 0, 0, 0, 6 };

	if (!fqdn.size || fqdn.size > GBA_FQDN_MAX)
		return -EINVAL;
	for (size_t i = 0; i < fqdn.size; i++) {
		char c = fqdn.at[i];

		id->octets[i] = c >= 'A' && c <= 'Z' ? c | 0x20 : c;
		if (!is_host(id->octets[i]))
			return -EINVAL;
	}
	memcpy(id->octets + fqdn.size, protocol, sizeof(protocol));
	id->size = fqdn.size + sizeof(protocol);
	return 0;
}

/* Behind every parameter comes its length: TS 33.220 B.2.1. */
static __u8 *put(__u8 *to, const void *octets, size_t size)
{
	memcpy(to, octets, size);
	to[size] = size >> 8;
	to[size + 1] = size;
	return to + size + 2;
}

int gba_naf_key(__u8 key[GBA_NAF_KEY_SIZE], const __u8 ks[GBA_KS_SIZE],
		const __u8 rand[GBA_RAND_SIZE], struct sg_slice impi,
		const struct gba_naf_id *id)
{
	__u8 s[S_MAX], *end = s;

	sg_secret_zero(key, GBA_NAF_KEY_SIZE);
	if (impi.size > GBA_IMPI_MAX || id->size > GBA_NAF_ID_MAX)
		return -EINVAL;
	*end++ = FC;
	end = put(end, "gba-me", 6);
	end = put(end, rand, GBA_RAND_SIZE);
	end = put(end, impi.at, impi.size);
	end = put(end, id->octets, id->size);
	if (HMAC(EVP_sha256(), ks, GBA_KS_SIZE, s, end - s, key, NULL))
		return 0;
	sg_secret_zero(key, GBA_NAF_KEY_SIZE);
	return -EIO;
}

int gba_rand(__u8 rand[GBA_RAND_SIZE], struct sg_slice btid)
{
	struct sg_cursor c = sg_cursor_of_slice(btid);
	struct sg_slice text;

	if (!sg_cursor_field(&c, '@', &text) || !sg_cursor_left(&c) ||
	    sg_base64_decode(rand, GBA_RAND_SIZE, text) != GBA_RAND_SIZE)
		return -EINVAL;
	return 0;
}
