/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SRTP sessions of libsrtp2 from a key file. The tools here share no code
 * with the gateway: they are the other opinion about every packet.
 *
 * A key file has one key a line: "AES_CM_128_HMAC_SHA1_80 <base64>", and
 * behind it an MKI in hexadecimal. Keys with MKIs are all in one session.
 */
#ifndef TOOLS_SESSION_H
#define TOOLS_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include <srtp2/srtp.h>

enum { SESSION_KEYS = 4, SESSION_EXTENSIONS = 4 };

struct session_key {
	const struct suite *suite;
	unsigned char master[SRTP_MAX_KEY_LEN];
	unsigned char mki[SRTP_MAX_MKI_LEN];
	unsigned int mki_size;	/* octets, 0: none */
};

struct session_keys {
	unsigned int count;
	struct session_key key[SESSION_KEYS];
	int extension[SESSION_EXTENSIONS]; /* IDs to encrypt (RFC 6904) */
	int encrypted;		/* of them */
};

/*
 * Initialises libsrtp2 and reads @path; exits with a sentence on failure. What
 * is encrypted besides is the caller's to say.
 */
void session_keys_read(struct session_keys *keys, const char *path);

/*
 * A session for any SSRC, sending or receiving, with the first of @keys, or
 * with all when they have MKIs; the caller deallocates.
 */
srtp_t session_create(const struct session_keys *keys, bool sending);

/* Goes on under key @which, the rollover counters kept (RFC 3711 3.3.1). */
void session_rekey(srtp_t session, const struct session_keys *keys,
		   unsigned int which, bool sending);

#endif /* TOOLS_SESSION_H */
