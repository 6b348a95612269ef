/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The parameters of an SP payload for SRTP (RFC 3830 6.10.1, RFC 7714 14.3),
 * and SRTP's crypto session in a GENERIC-ID map (RFC 6043 6.1.1).
 */
#ifndef SRTPGATE_MIKEY_SRTP_H
#define SRTPGATE_MIKEY_SRTP_H

#include "lib/mikey.h"
#include "srtpgate/fastpath.h"

enum mikey_srtp_encr {
	MIKEY_SRTP_NULL,
	MIKEY_SRTP_AES_CM,
	MIKEY_SRTP_F8,
	MIKEY_SRTP_GCM = 6,
};

enum mikey_srtp_auth {
	MIKEY_SRTP_NO_AUTH,
	MIKEY_SRTP_HMAC_SHA1,
};

/* Sizes in octets. */
struct mikey_srtp {
	__u8 encr;
	__u8 encr_key;		/* of session and master keys */
	__u8 auth;
	__u8 auth_key;
	__u8 salt;
	__u8 prf;		/* 0: AES-CM */
	__u32 kdr;		/* packets; 0: no repeated derivation */
	__u8 rtp_encrypted;
	__u8 rtcp_encrypted;
	__u8 fec_order;
	__u8 rtp_authenticated;
	__u8 tag;
	__u8 prefix;
	__u8 aead_tag;
};

/* RFC 3711's: what an SP does not say. */
extern const struct mikey_srtp mikey_srtp_default;

/*
 * Reads SP parameters; those not known are stepped over. Fault: Invalid
 * SPpar. -EINVAL: cut short, said twice, or of an impossible value.
 */
int mikey_srtp_parse(struct mikey_srtp *srtp, struct sg_slice parameters,
		     struct mikey_fault *fault);

/* Writes them all, in order of their types. As mikey_print(). */
int mikey_srtp_print(__u8 *buffer, size_t size, const struct mikey_srtp *srtp);

/*
 * The suite that they amount to. SG_SUITE_NONE: none that we have,
 * or without encryption or authentication somewhere.
 */
enum sg_suite mikey_srtp_suite(const struct mikey_srtp *srtp);

/* The policy of a suite; false: unknown. */
bool mikey_srtp_of_suite(struct mikey_srtp *srtp, enum sg_suite suite);

/* The session data of an SRTP stream. */
struct mikey_stream {
	__u32 ssrc;
	__u32 roc;
	__u16 seq;
	bool with_roc;		/* .roc and .seq are said */
};

enum { MIKEY_STREAM_SIZE = 10 };

/* 0; -ENODATA: it says nothing, as an offer may; -EINVAL. */
int mikey_stream_parse(struct mikey_stream *stream, const struct mikey_cs *cs);

/* Points @cs at @buffer, filled from @stream. */
void mikey_stream_print(struct mikey_cs *cs, __u8 buffer[MIKEY_STREAM_SIZE],
			const struct mikey_stream *stream);

#endif /* SRTPGATE_MIKEY_SRTP_H */
