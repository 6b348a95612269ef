// SPDX-License-Identifier: GPL-2.0-only
/* The E-model against points published for it, and what it is fed with. */
#include <math.h>
#include <string.h>

#include "../lib/ktap.h"
#include "lib/quality.h"

#define MS 1000000ull

enum { NOW_S = 1000 };

static const __u64 now = NOW_S * 1000 * MS;
static struct sg_state state[2];
static struct sg_reception reception;

static bool near(double value, double expected, double within)
{
	if (fabs(value - expected) <= within)
		return true;
	ktap_note("%g, not %g", value, expected);
	return false;
}

/* ITU-T G.107, Table B.1 and the default of its clause 7.7. */
static void test_mos(void)
{
	static const struct {
		double rating, mos;
	} points[] = {
		{ 93.2, 4.41 }, { 90, 4.34 }, { 80, 4.03 }, { 70, 3.60 },
		{ 60, 3.10 },	{ 50, 2.58 }, { 0, 1 },	    { -20, 1 },
		{ 100, 4.5 },	{ 120, 4.5 }, { 3, 1 },
	};

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		ktap(near(sg_emodel_mos(points[i].rating), points[i].mos,
			  0.0075), /* the table is rounded up */
		     "R %g is MOS %.2f", points[i].rating, points[i].mos);
}

/* What G.113's factors make of loss by G.107 (7-29), and delay by hand. */
static void test_rating(void)
{
	const struct sg_codec *g729 = sg_codec_of(SG_CODEC_G729, 8000);
	const struct sg_codec *g711 = sg_codec_of(SG_CODEC_PCMA, 8000);
	static const struct {
		double delay, loss, impairment;
	} points[] = {
		{ 0, 0, 0 },
		{ 100, 0, 2.4 },
		{ 177.3, 0, 4.2552 },
		{ 200, 0, 7.297 },
		{ 400, 0, 34.097 },
		{ 0, 1, 3.6398 },
		{ 0, 5, 15.7807 },
		{ 100, 1, 6.0398 },
	};

	for (size_t i = 0; i < sizeof(points) / sizeof(points[0]); i++)
		ktap(near(sg_emodel_rating(g711, points[i].delay,
					   points[i].loss),
			  93.2 - points[i].impairment, 0.001),
		     "G.711, %g ms, %g %% lost: %g off R", points[i].delay,
		     points[i].loss, points[i].impairment);
	ktap(near(sg_emodel_rating(g729, 0, 0), 82.2, 0.001),
	     "a codec takes its impairment off");
	ktap(near(sg_emodel_rating(g729, 0, 2), 74.2, 0.001),
	     "and of what is left, loss takes its part");
}

/* R of codecs on one scale, by G.107.1 (7-1) and (7-15) where it is wide. */
static void test_wide(void)
{
	const struct sg_codec *wide = sg_codec_of(SG_CODEC_AMR_WB, 16000);

	ktap(near(sg_emodel_rating(wide, 0, 0), 109, 0.001) &&
	     sg_emodel_mos(sg_emodel_rating(wide, 0, 0)) == 4.5,
	     "AMR-WB is beyond what narrow-band listeners know");
	ktap(near(sg_emodel_rating(wide, 0, 2), 129 - 43.8095, 0.001),
	     "but loses by loss");
}

static bool is_codec(__u8 id, __u32 clock_rate, const char *name)
{
	const struct sg_codec *codec = sg_codec_of(id, clock_rate);

	return name ? codec && !strcmp(codec->name, name) : !codec;
}

static void test_codecs(void)
{
	ktap(is_codec(0, 8000, "as G.711"), "8 kHz is taken for G.711");
	ktap(is_codec(0, 16000, "wide-band") && is_codec(0, 48000, "wide-band"),
	     "wide-band speech is rated");
	ktap(is_codec(0, 90000, NULL) && is_codec(0, 0, NULL) &&
	     is_codec(0, 44100, NULL), "video and what is unknown is not");
	ktap(is_codec(SG_CODEC_G729, 0, "G729"), "a codec goes before a rate");
	ktap(is_codec(SG_CODECS, 8000, "as G.711") &&
	     !sg_codec_name(SG_CODECS) && !sg_codec_name(0),
	     "one of a later version is not known");
}

static void test_codec_names(void)
{
	bool ok = true;

	for (int i = SG_CODEC_UNKNOWN + 1; i < SG_CODECS; i++)
		ok &= sg_codec_find(sg_slice_of(sg_codec_name(i))) == i &&
		      sg_codec_of(i, 0)->clock_rate;
	ktap(ok, "each codec has a name of its own, and a clock");
	ktap(sg_codec_find(sg_slice_of("amr-wb")) == SG_CODEC_AMR_WB,
	     "in any case of letters");
	ktap(!sg_codec_find(sg_slice_of("opus")) &&
	     !sg_codec_find(sg_slice_of("")) &&
	     !sg_codec_find(sg_slice_of("AMR-WB+")), "others are not known");
	ktap(sg_codec_static(0) == SG_CODEC_PCMU &&
	     sg_codec_static(18) == SG_CODEC_G729 && !sg_codec_static(96) &&
	     !sg_codec_static(34), "payload types of RFC 3551");
}

/* -- what states say ------------------------------------------------------- */

/* 100 packets of which @lost did not come. */
static void media(struct sg_state *of, int lost)
{
	memset(state, 0, sizeof(state));
	of->packets = 100 - lost;
	of->live = 1;
	of->source[0].packets = 100 - lost;
	of->source[0].first = 1;
	of->source[0].received.next = 101;
}

static void report(struct sg_state *of, __u64 age_ms)
{
	of->quality.reports = 3;
	of->quality.reported_at = now - age_ms * MS;
	of->quality.fraction_lost = 64;
	of->quality.lost = -2;
	of->quality.jitter = 80;
}

static void round_trip(struct sg_state *of, __u64 last_ms, __u64 average_ms)
{
	of->quality.round_trips = 2;
	of->quality.round_trip = last_ms * MS;
	of->quality.round_trip_sum = 2 * average_ms * MS;
}

static void read_there(__u32 clock_rate)
{
	sg_reception_read(state, 0, clock_rate, 0, now, &reception);
}

/* G.711 after 20 ms of packet and @delay ms more. */
static double mos_of(double delay, double loss)
{
	return sg_emodel_mos(sg_emodel_rating(sg_codec_of(0, 8000),
					      20 + delay, loss));
}

static void test_nothing(void)
{
	memset(state, 0, sizeof(state));
	read_there(8000);
	ktap(!reception.reports && reception.jitter < 0 &&
	     reception.round_trip < 0 && reception.round_trip_average < 0,
	     "without reports nothing is reported");
	ktap(!reception.mos, "without media there is no MOS");
}

static void test_own(void)
{
	media(&state[0], 5);
	state[0].source[0].jitter = 16 * 8 * 10; /* 10 ms */
	read_there(8000);
	ktap(near(reception.mos, mos_of(20, 5), 1e-9) &&
	     !reception.mos_reported, "MOS of what arrives here");
	sg_reception_read(state, 0, 8000, SG_CODEC_GSM, now, &reception);
	ktap(reception.mos < mos_of(20, 5) - 0.5 &&
	     reception.codec == sg_codec_of(SG_CODEC_GSM, 8000),
	     "by the codec, where it is known");
	read_there(90000);
	ktap(!reception.mos && !reception.codec, "not of video");
	read_there(0);
	ktap(!reception.mos && reception.jitter < 0, "nor of a clock unknown");
}

static void test_reported(void)
{
	media(&state[0], 5);
	report(&state[0], 4000);
	read_there(8000);
	ktap(reception.reports == 3 && near(reception.loss, 25, 1e-9) &&
	     reception.lost == -2 && near(reception.jitter, 10, 1e-9),
	     "a report in percent and milliseconds");
	ktap(near(reception.mos, mos_of(20, 25), 1e-9) &&
	     reception.mos_reported, "MOS of what the receiver reports");
	report(&state[0], SG_REPORT_AGE + 1);
	read_there(8000);
	ktap(near(reception.mos, mos_of(0, 5), 1e-9) &&
	     !reception.mos_reported, "an old report is not how it is now");
	media(&state[0], 0);
	report(&state[1], 0);
	read_there(8000);
	ktap(!reception.reports && !reception.mos_reported,
	     "reports of the other direction are not this one's");
	sg_reception_read(state, 1, 8000, 0, now, &reception);
	ktap(reception.reports == 3, "but of that one");
}

static void test_round_trips(void)
{
	media(&state[0], 0);
	round_trip(&state[0], 80, 60);
	read_there(8000);
	ktap(near(reception.round_trip, 80, 1e-9) &&
	     near(reception.round_trip_average, 60, 1e-9),
	     "the last round trip, and the average");
	ktap(near(reception.mos, mos_of(40, 0), 1e-9),
	     "half of a round trip is delay");
	round_trip(&state[1], 300, 300);
	read_there(8000);
	ktap(near(reception.round_trip, 80, 1e-9) &&
	     near(reception.mos, mos_of(190, 0), 1e-9),
	     "and half of that on the other side");
}

int main(void)
{
	test_mos();
	test_rating();
	test_wide();
	test_codecs();
	test_codec_names();
	test_nothing();
	test_own();
	test_reported();
	test_round_trips();
	return ktap_finish();
}
