/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Key data: what KEMAC payloads carry (RFC 3830 6.13, RFC 6043 6.2.1). The
 * structs own copies of the keys; whoever fills one wipes it.
 */
#ifndef SRTPGATE_MIKEY_KEY_H
#define SRTPGATE_MIKEY_KEY_H

#include "lib/mikey.h"

enum {
	MIKEY_KEY_MAX = 64,	/* octets of any key */
	MIKEY_KEY_MIN = 16,	/* RFC 6043 12.1: 128 bits */
	MIKEY_SALT_MAX = 32,
	MIKEY_SPI_MAX = 255,
	MIKEY_KEYS_MAX = 16,
	MIKEY_KEYS_SIZE_MAX = 8192, /* of a chain of so many */
};

/* A key of any kind and a pre-shared secret. */
struct mikey_secret {
	__u8 octets[MIKEY_KEY_MAX];
	size_t size;
};

/* On the wire one more when it has a salt; MPKs never have. */
enum mikey_key_kind {
	MIKEY_TGK = 0,
	MIKEY_TEK = 2,
	MIKEY_GTGK = 4,
	MIKEY_MPK = 6,
};

enum mikey_validity {
	MIKEY_VALID_ALWAYS,
	MIKEY_VALID_SPI,	/* an SPI or MKI names it */
	MIKEY_VALID_INTERVAL,	/* of packet indices */
};

struct mikey_key {
	enum mikey_key_kind kind;
	struct mikey_secret secret;
	__u8 salt[MIKEY_SALT_MAX];
	size_t salt_size;	/* 0: none */
	enum mikey_validity validity;
	__u8 spi[MIKEY_SPI_MAX];
	size_t spi_size;
	__u64 from, to;
};

struct mikey_keys {
	struct mikey_key key[MIKEY_KEYS_MAX];
	int keys;
};

/*
 * Reads a whole chain, a KEMAC's data in the clear. -EINVAL, -ENOTSUP,
 * -E2BIG as mikey_parse(); @keys is zero then.
 */
int mikey_keys_parse(struct mikey_keys *keys, struct sg_slice data,
		     struct mikey_fault *fault);

/* Returns the octets written; -ENOSPC, -EINVAL: the buffer is zero then. */
int mikey_keys_print(__u8 *buffer, size_t size, const struct mikey_keys *keys);

/*
 * What RFC 6043 adds: every key has an SPI and 128 bits at least, the first
 * @mpks keys and no others are MPKs (6.2.1, 12.1, 4.2). -EINVAL.
 */
int mikey_keys_check(const struct mikey_keys *keys, int mpks,
		     struct mikey_fault *fault);

/* The first of @kind that @spi names; NULL for it: of any. NULL: none. */
const struct mikey_key *mikey_keys_find(const struct mikey_keys *keys,
					enum mikey_key_kind kind,
					const struct sg_slice *spi);

/* Is there a TGK among them? */
bool mikey_keys_have_tgk(const struct mikey_keys *keys);

/* Octets of the longest. */
size_t mikey_keys_longest(const struct mikey_keys *keys);

void mikey_keys_wipe(struct mikey_keys *keys);
void mikey_secret_wipe(struct mikey_secret *secret);

#endif /* SRTPGATE_MIKEY_KEY_H */
