/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The session keys of SRTP or of SRTCP (RFC 3711 4.3), set up for OpenSSL.
 */
#ifndef SRTPGATE_SRTP_SESSION_H
#define SRTPGATE_SRTP_SESSION_H

#include "lib/srtp_keystream.h"

enum { SRTP_GCM_TAG = 16, SRTP_GCM_IV = 12 };

/* All zeros before. */
struct srtp_session {
	bool ready;
	__u64 r;		/* derivation interval */
	struct srtp_keystream payload;	 /* but not of GCM */
	struct srtp_keystream extension; /* RFC 6904; of SRTP only */
	EVP_CIPHER_CTX *gcm;
	__u8 gcm_salt[SRTP_GCM_IV];
	struct sg_hmac_key hmac;
};

/* @suite: enum sg_suite. -EIO: OpenSSL refused; then it is not ready. */
int srtp_session_derive(struct srtp_session *session, struct srtp_kdf *kdf,
			int suite, bool rtcp, __u64 r);

/* From the form in which the data plane has them. */
int srtp_session_restore(struct srtp_session *session, int suite,
			 const struct sg_session_key *key);
void srtp_session_free(struct srtp_session *session);

/* RFC 7714 8.1, 9.1. @index: 48 bits, of SRTCP 31. */
void srtp_session_gcm_iv(const struct srtp_session *session, bool rtcp,
			 __u64 index, const __u8 *packet,
			 __u8 iv[SRTP_GCM_IV]);

#endif /* SRTPGATE_SRTP_SESSION_H */
