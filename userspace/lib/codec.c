// SPDX-License-Identifier: GPL-2.0-only
#include "lib/codec.h"

#include <stddef.h>

#define NARROW 93.2		/* R, G.107 with all defaults */
#define WIDE 129.0		/* G.107.1 */
#define BPL_ASSUMED 10.0	/* GSM-EFR's, for those that have none */

/*
 * Ie and Bpl are of G.113 Appendix I; Ie,wb and Bpl,wb of AMR-WB of Tables IV.3
 * and IV.4 (09/2024), for both ears, as only there are both published. G.711
 * conceals loss (its Appendix I), G.723.1 and G.729A are those with voice
 * activity detection. A codec of several rates is at its usual one: AMR at 12.2
 * kbit/s, which is GSM-EFR (TS 26.071), AMR-WB at 12.65, G.723.1 at 6.3.
 */
static const struct sg_codec codecs[SG_CODECS] = {
	[SG_CODEC_PCMU] = { "PCMU", 8000, NARROW, 0, 25.1 },
	[SG_CODEC_PCMA] = { "PCMA", 8000, NARROW, 0, 25.1 },
	/* Table IV.1 has its Ie,wb, for one ear, but no Bpl,wb goes with it. */
	[SG_CODEC_G722] = { "G722", 8000, NARROW, 0, BPL_ASSUMED },
	[SG_CODEC_G723] = { "G723", 8000, NARROW, 15, 16.1 },
	[SG_CODEC_G726_40] = { "G726-40", 8000, NARROW, 2, BPL_ASSUMED },
	[SG_CODEC_G726_32] = { "G726-32", 8000, NARROW, 7, BPL_ASSUMED },
	[SG_CODEC_G726_24] = { "G726-24", 8000, NARROW, 25, BPL_ASSUMED },
	[SG_CODEC_G726_16] = { "G726-16", 8000, NARROW, 50, BPL_ASSUMED },
	[SG_CODEC_G728] = { "G728", 8000, NARROW, 7, BPL_ASSUMED },
	[SG_CODEC_G729] = { "G729", 8000, NARROW, 11, 19 },
	[SG_CODEC_GSM] = { "GSM", 8000, NARROW, 20, BPL_ASSUMED },
	[SG_CODEC_GSM_EFR] = { "GSM-EFR", 8000, NARROW, 5, 10 },
	[SG_CODEC_AMR] = { "AMR", 8000, NARROW, 5, 10 },
	[SG_CODEC_AMR_WB] = { "AMR-WB", 16000, WIDE, 20, 4.3 },
};

static const struct sg_codec *assumed(__u32 clock_rate)
{
	static const struct sg_codec narrow = { "as G.711", 8000, NARROW, 0,
						25.1 };
	static const struct sg_codec wide = { "wide-band", 16000, NARROW, 0,
					      BPL_ASSUMED };

	switch (clock_rate) {
	case 8000:
		return &narrow;
	case 16000:
	case 48000:
		return &wide;
	default:
		return NULL;
	}
}

const struct sg_codec *sg_codec_of(__u8 id, __u32 clock_rate)
{
	return sg_codec_name(id) ? &codecs[id] : assumed(clock_rate);
}

__u8 sg_codec_find(struct sg_slice name)
{
	for (int i = SG_CODEC_UNKNOWN + 1; i < SG_CODECS; i++)
		if (sg_slice_is_nocase(name, codecs[i].name))
			return i;
	return SG_CODEC_UNKNOWN;
}

__u8 sg_codec_static(__u64 payload_type)
{
	switch (payload_type) {
	case 0:
		return SG_CODEC_PCMU;
	case 3:
		return SG_CODEC_GSM;
	case 4:
		return SG_CODEC_G723;
	case 8:
		return SG_CODEC_PCMA;
	case 9:
		return SG_CODEC_G722;
	case 15:
		return SG_CODEC_G728;
	case 18:
		return SG_CODEC_G729;
	default:
		return SG_CODEC_UNKNOWN;
	}
}

const char *sg_codec_name(__u8 id)
{
	return id < SG_CODECS ? codecs[id].name : NULL;
}
