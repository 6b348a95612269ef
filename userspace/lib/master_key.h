/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An SRTP master key as signalling hands it over, and its derivation into
 * the session keys that the data plane uses (RFC 3711 4.3).
 */
#ifndef SRTPGATE_MASTER_KEY_H
#define SRTPGATE_MASTER_KEY_H

#include <stdbool.h>

#include "srtpgate/fastpath.h"

enum {
	SG_MASTER_KEY_MAX = 32,
	SG_MASTER_SALT_MAX = 14,
	SG_INLINE_MAX = SG_MASTER_KEY_MAX + SG_MASTER_SALT_MAX,
};

/* RFC 3711 9.2; indices end there anyway, so nothing counts up to it. */
#define SG_LIFETIME_MAX (1ull << 48)

/* A suite that fast or slow path have; sizes in bytes. */
struct sg_suite_info {
	const char *name;	/* as registered with IANA */
	__u8 key;		/* of the master key: 16, 24 or 32 */
	__u8 salt;
	__u8 rtp_tag;
	__u8 rtcp_tag;
	__u8 flags;		/* enum sg_key_flags */
};

struct sg_master_key {
	enum sg_suite suite;
	__u8 key[SG_MASTER_KEY_MAX];   /* as many as the suite has; */
	__u8 salt[SG_MASTER_SALT_MAX]; /* zeros behind them */
	__u8 mki[SG_MKI_LONGEST];
	__u8 mki_length;	/* bytes, 0: no MKI */
	__u8 kdr;		/* derivation rate 2^kdr, 1 to 24; 0: none */
	__u64 lifetime;		/* packets (RFC 4568 6.1); 0: SG_LIFETIME_MAX */
	bool plain_rtp;		/* UNENCRYPTED_SRTP, RFC 4568 6.3 */
	bool plain_rtcp;	/* UNENCRYPTED_SRTCP */
	bool untagged_rtp;	/* UNAUTHENTICATED_SRTP */
	bool shared;		/* SG_KEY_SHARED */
	__u8 extension[32];	/* as in sg_user_key: RFC 6904 */
};

/* "AES_CM_128_HMAC_SHA1_80" (RFC 4568 6.2) to enum; SG_SUITE_NONE: unknown. */
enum sg_suite sg_suite_by_name(const char *name);
const char *sg_suite_name(enum sg_suite suite);
/* NULL: unknown. */
const struct sg_suite_info *sg_suite_info(enum sg_suite suite);

/* Fills key and salt from as many bytes as the suite of @key has. */
void sg_master_key_set(struct sg_master_key *key, const __u8 *bytes);

/*
 * Fills key and salt from @base64, RFC 4568's inline parameter, which has the
 * size that the suite of @key wants. -EINVAL when it is anything else, or the
 * suite unknown; then @key is zero.
 */
int sg_master_key_parse(struct sg_master_key *key, const char *base64);

/*
 * Derives the six session keys, key derivation rate 0, and packs them for
 * the data plane, or the master key itself where only the slow path can use
 * it (SG_KEY_USER; its MKI is then in .user), with the key's fingerprint: the
 * first 32 bits of SHA-256 over "srtpgate", the suite's name, master key and
 * salt. It may be shown: of 224 and more secret bits, 32 bits of a digest tell
 * nobody anything of use, and they tell two keys apart. The caller fills
 * @out->generation and zeroes both.
 * -EINVAL: unknown suite; MKI or derivation rate beyond what RFC 4568 has;
 * extension ID 0; UNENCRYPTED_SRTP or UNAUTHENTICATED_SRTP with GCM, which
 * always does both (RFC 7714); UNENCRYPTED_SRTP with encrypted extensions.
 * -EIO: OpenSSL refused.
 */
int sg_master_key_derive(struct sg_key *out, const struct sg_master_key *key);

#endif /* SRTPGATE_MASTER_KEY_H */
