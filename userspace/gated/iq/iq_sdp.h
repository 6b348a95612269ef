/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a session description in Local or Remote says to a gateway of RTP:
 * words become values, nothing is taken yet.
 */
#ifndef SRTPGATE_IQ_SDP_H
#define SRTPGATE_IQ_SDP_H

#include "gated/iq/iq_crypto.h"

enum iq_rtcp {
	IQ_RTCP_ABOVE,		/* nothing is said: one above RTP */
	IQ_RTCP_AT,		/* a=rtcp:53020 (RFC 3605) */
	IQ_RTCP_CHOOSE,		/* a=rtcp:$ */
	IQ_RTCP_NONE,		/* b=RS:0 and b=RR:0 (RFC 3556) */
};

struct iq_description {
	const char *media;	/* "audio" */
	const char *protocol;	/* "RTP/SAVP" */
	bool secure;
	char formats[IQ_FORMATS];
	int family;		/* AF_INET, AF_INET6; 0: there is no c= */
	__be32 address[4];	/* none: "$", 0.0.0.0 or no c= */
	bool choose_address;	/* "$" */
	bool choose_port;	/* "$" or "-" */
	__u16 port;		/* host order; 0 without .choose_port: refused */
	enum iq_rtcp rtcp;
	__u16 rtcp_port;	/* of IQ_RTCP_AT */
	bool mux;		/* a=rtcp-mux */
	__u32 clock_rate;	/* of the first format; 0: not known */
	__u8 codec;		/* enum sg_codec_id, likewise */
	bool alone;		/* there was no alternative to it */
	struct iq_offer crypto;
};

/* 0: @description will do; else -EINVAL with @fault. */
typedef int iq_sdp_judge(void *arg, const struct iq_description *description,
			 struct iq_fault *fault);

/*
 * Reads the first of the alternatives in @text that is supported and that
 * @judge accepts (H.248.1 7.1.8), whatever ReserveGroup and ReserveValue say:
 * a reserved alternative could never be used, for nothing is transcoded.
 * -EINVAL with @fault, which is about the first one: 474, 449, 515. In any
 * case iq_description_wipe() is due.
 */
int iq_sdp_read(struct iq_description *description, struct sg_slice text,
		iq_sdp_judge *judge, void *arg, struct iq_fault *fault);

/* Zeroes it, its key too. */
void iq_description_wipe(struct iq_description *description);

/* "IP4" or "IP6". */
const char *iq_family_name(int family);
int iq_family_of(const __be32 address[4]);

/* An address as its text stands in SDP or a property; false: it is none. */
bool iq_address_read(__be32 address[4], struct sg_slice text);

/* 449 with @address, as it is written usually. */
int iq_address_refuse(struct iq_fault *fault, const __be32 address[4]);

#endif /* SRTPGATE_IQ_SDP_H */
