/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Speech codecs by their names in RTP, and what ITU-T G.113 says of each to the
 * E-model: its provisional planning values.
 */
#ifndef SRTPGATE_LIB_CODEC_H
#define SRTPGATE_LIB_CODEC_H

#include <linux/types.h>

#include "lib/slice.h"

/* On record in sg_context and in journals: only ever appended. */
enum sg_codec_id {
	SG_CODEC_UNKNOWN = 0,
	SG_CODEC_PCMU = 1,
	SG_CODEC_PCMA = 2,
	SG_CODEC_G722 = 3,
	SG_CODEC_G723 = 4,
	SG_CODEC_G726_40 = 5,
	SG_CODEC_G726_32 = 6,
	SG_CODEC_G726_24 = 7,
	SG_CODEC_G726_16 = 8,
	SG_CODEC_G728 = 9,
	SG_CODEC_G729 = 10,
	SG_CODEC_GSM = 11,
	SG_CODEC_GSM_EFR = 12,
	SG_CODEC_AMR = 13,
	SG_CODEC_AMR_WB = 14,
	SG_CODECS
};

struct sg_codec {
	const char *name;	/* as registered, RFC 3551 and others */
	__u32 clock_rate;	/* of its RTP timestamps, Hz */
	double best;		/* R without any impairment: 93.2, or 129 on
				 * the scale that G.107.1 extends */
	double impairment;	/* Ie, of wide-band codecs Ie,wb */
	double robustness;	/* Bpl, or Bpl,wb */
};

/*
 * What to rate speech by: the codec @id, or, where it is not known, one that
 * @clock_rate suggests: at 8 kHz G.711 that conceals loss; at 16 and 48 kHz a
 * wide-band codec, of which nothing is published, with neither impairment of
 * its own nor the advantage of its band. NULL: no speech, or unknown.
 */
const struct sg_codec *sg_codec_of(__u8 id, __u32 clock_rate);

/* By the encoding name of a=rtpmap, in any case; SG_CODEC_UNKNOWN. */
__u8 sg_codec_find(struct sg_slice name);

/* By a payload type of RFC 3551, table 4; SG_CODEC_UNKNOWN. */
__u8 sg_codec_static(__u64 payload_type);

/* NULL: it is not known. */
const char *sg_codec_name(__u8 id);

#endif /* SRTPGATE_LIB_CODEC_H */
