/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How well a direction of a call arrives: what its receivers report in RTCP,
 * and a mean opinion score estimated from that by the E-model (ITU-T G.107)
 * in the short form of Cole and Rosenbluth ("Voice over IP performance
 * monitoring", 2001), which takes delay and loss of the network and G.107's
 * defaults for all else:
 *
 *   R = 93.2 - Id - Ie,eff
 *   of wide-band codecs, on the same scale (G.107.1): R = 129 - Id - Ie,eff
 *   Id = 0.024 d + 0.11 (d - 177.3) where d, in ms, exceeds 177.3
 *   Ie,eff = Ie + (95 - Ie) P / (P + Bpl), P in percent, lost at random
 *
 * The MOS is that of narrow-band telephony, 1.0 to 4.5, for all codecs, so that
 * calls can be compared; the wide band's advantage beyond 4.5 does not show.
 */
#ifndef SRTPGATE_LIB_QUALITY_H
#define SRTPGATE_LIB_QUALITY_H

#include "lib/codec.h"
#include "lib/maps.h"

/* ms of age up to which a report says how it is now; RFC 3550 6.2: 5 s. */
enum { SG_REPORT_AGE = 30000 };

/* R of @delay ms, one way from mouth to ear, and @loss percent. */
double sg_emodel_rating(const struct sg_codec *codec, double delay,
			double loss);

/* MOS of @rating, 1.0 to 4.5 (G.107 Annex B). */
double sg_emodel_mos(double rating);

/* What is known of one direction; ms are -1 where they are not. */
struct sg_reception {
	/* Of the receiver's last report, when .reports is not 0: */
	__u64 reports;
	__u64 reported_at;	/* ns, CLOCK_MONOTONIC */
	double loss;		/* percent, since the report before */
	__s32 lost;		/* packets; less than 0: duplicates */
	double jitter;		/* ms */
	/* From here to the receiver and back, the last time and on average. */
	double round_trip, round_trip_average; /* ms */

	double mos;		/* 0: not known */
	const struct sg_codec *codec; /* it is estimated by; NULL: none */
	bool mos_reported;	/* of what the receiver reports, else of what
				 * arrives here */
};

/*
 * @state: of both directions, @direction is 0 or 1. The delay is half of both
 * round trips, twice the jitter for the buffer against it, and a packet of
 * 20 ms. @codec: enum sg_codec_id. @now: ns, CLOCK_MONOTONIC.
 */
void sg_reception_read(const struct sg_state state[2], int direction,
		       __u32 clock_rate, __u8 codec, __u64 now,
		       struct sg_reception *reception);

/* Only what the receiver reports: no MOS. */
void sg_reception_reports(const struct sg_quality *quality, __u32 clock_rate,
			  struct sg_reception *reception);

#endif /* SRTPGATE_LIB_QUALITY_H */
