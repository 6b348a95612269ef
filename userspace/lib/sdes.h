/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SDES: the a=crypto attribute (RFC 4568) with every suite of its registry.
 * Whether the data plane has a suite is another question: sdes_suite says.
 */
#ifndef SRTPGATE_SDES_H
#define SRTPGATE_SDES_H

#include "lib/master_key.h"
#include "lib/slice.h"

enum {
	SDES_KEYS_MAX = 8,	/* key parameters of one attribute */
	SDES_KEY_SIZE_MAX = 46,	/* octets of key and salt */
	SDES_MKI_SIZE_MAX = 128, /* octets */
	SDES_FAULT_TEXT = 160,
};

struct sdes_suite {
	const char *name;	/* as registered, upper case */
	__u8 key;		/* octets of the master key */
	__u8 salt;		/* and of the salt */
	__u8 rtp_tag;		/* octets of an SRTP packet's tag */
	__u8 rtcp_tag;
	bool aead;		/* encrypts and authenticates in one */
	enum sg_suite data_plane; /* SG_SUITE_NONE: in none of our engines */
};

/* One inline: master key and salt, which are secret. */
struct sdes_key {
	__u8 secret[SDES_KEY_SIZE_MAX]; /* key, then salt, as the suite says */
	__u64 lifetime;		/* packets; 0: not said, so SG_LIFETIME_MAX */
	__u8 mki[SDES_MKI_SIZE_MAX]; /* network order */
	__u8 mki_size;		/* octets; 0: none */
};

enum sdes_fec_order {
	SDES_FEC_DEFAULT,	/* not said: as FEC_SRTP */
	SDES_FEC_SRTP,		/* FEC before SRTP at the sender */
	SDES_SRTP_FEC,
};

struct sdes_crypto {
	__u32 tag;		/* 1 to 999999999 */
	const struct sdes_suite *suite;
	struct sdes_key key[SDES_KEYS_MAX]; /* the sender uses the first */
	int keys;
	__u8 kdr;		/* derivation rate 2^kdr, 1 to 24; 0: none */
	bool unencrypted_srtp;
	bool unencrypted_srtcp;
	bool unauthenticated_srtp;
	enum sdes_fec_order fec_order;
	struct sdes_key fec_key[SDES_KEYS_MAX];
	int fec_keys;
	__u32 wsh;		/* window size hint, 64 or more; 0: not said */
};

/* Why an attribute is refused. */
struct sdes_fault {
	struct sg_slice value;	/* the offending word; never a key; may be
				 * empty */
	char text[SDES_FAULT_TEXT]; /* a sentence */
};

/*
 * Reads @value, what follows "a=crypto:". Base64 may lack its padding.
 * Unknown session parameters that begin with "-" are passed over (RFC 4568
 * 6.3.8). -ENOTSUP: the suite or a session parameter is not known; -EINVAL:
 * against RFC 4568; both with *@fault. On error @crypto is zero; otherwise
 * sdes_wipe() it.
 */
int sdes_parse(struct sdes_crypto *crypto, struct sg_slice value,
	       struct sdes_fault *fault);

/* Zeroes it, keys and all. */
void sdes_wipe(struct sdes_crypto *crypto);

/*
 * Writes what follows "a=crypto:". Returns the octets written, no NUL;
 * -ENOSPC: more than @size; the buffer is zero then.
 */
int sdes_print(char *buffer, size_t size, const struct sdes_crypto *crypto);

/* The suite by its name, also by "AES_CM_256_..." as it is met; or NULL. */
const struct sdes_suite *sdes_suite_find(struct sg_slice name);

/* Two keys of one suite are the same; the time tells nothing about them. */
bool sdes_key_equal(const struct sdes_suite *suite, const struct sdes_key *a,
		    const struct sdes_key *b);

#endif /* SRTPGATE_SDES_H */
