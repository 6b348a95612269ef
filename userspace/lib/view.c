// SPDX-License-Identifier: GPL-2.0-only
#include "lib/view.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "lib/address.h"
#include "lib/hex.h"
#include "lib/master_key.h"

json_t *sg_view_transport(const struct sg_transport *transport)
{
	char text[SG_ADDRESS_TEXT];

	return json_pack("{s:s, s:i, s:i}", "address",
			 sg_address_format(text, transport->address), "port",
			 ntohs(transport->rtp), "rtcp_port",
			 ntohs(transport->rtcp));
}

/* Nothing where it is false. */
static json_t *flag(bool set)
{
	return set ? json_true() : NULL;
}

/* Nothing where it is 0. */
static json_t *number(__u64 value)
{
	return value ? json_integer(value) : NULL;
}

static json_t *view_fingerprint(__u32 fingerprint)
{
	char text[9];

	snprintf(text, sizeof(text), "%08x", fingerprint);
	return json_string(text);
}

static json_t *view_mki(const struct sg_key *key)
{
	bool slow = key->flags & SG_KEY_USER;
	const __u8 *mki = slow ? key->user.mki : key->mki;
	int most = slow ? SG_MKI_LONGEST : SG_MKI_MAX;
	char text[2 * SG_MKI_LONGEST + 1];

	sg_hex_encode(text, mki, key->mki_length < most ? key->mki_length : most);
	return key->mki_length ? json_string(text) : NULL;
}

/* The IDs that RFC 6904 encrypts. */
static json_t *view_extensions(const struct sg_key *key)
{
	json_t *list = json_array();

	for (int i = 0; key->flags & SG_KEY_USER && i < 256; i++)
		if (key->user.extension[i / 8] >> i % 8 & 1)
			json_array_append_new(list, json_integer(i));
	if (json_array_size(list))
		return list;
	json_decref(list);
	return NULL;
}

json_t *sg_view_key(const struct sg_key *key)
{
	bool slow = key->flags & SG_KEY_USER;

	return json_pack("{s:s, s:o, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*}",
			 "suite", sg_suite_name(key->suite), "fingerprint",
			 view_fingerprint(key->fingerprint), "mki",
			 view_mki(key), "lifetime", number(key->lifetime),
			 "kdr", number(slow ? key->user.kdr : 0),
			 "encrypted_extensions", view_extensions(key),
			 "unencrypted_srtp", flag(key->flags & SG_KEY_PLAIN_RTP),
			 "unencrypted_srtcp",
			 flag(key->flags & SG_KEY_PLAIN_RTCP),
			 "unauthenticated_srtp", flag(!key->rtp_tag));
}

json_t *sg_view_filter(const __be32 address[4], __u8 prefix, __u16 low,
		       __u16 high, bool latch)
{
	json_t *view = json_object();
	char text[SG_PREFIX_TEXT];

	if (prefix)
		json_object_set_new(view, "address",
				    json_string(sg_prefix_format(text, address,
								 prefix)));
	if (high)
		json_object_set_new(view, "ports",
				    json_pack("[i, i]", low, high));
	if (latch)
		json_object_set_new(view, "latch", json_true());
	return view;
}

static json_t *view_source(const struct sg_source *source, __u32 clock_rate)
{
	__u64 next = source->received.next ? source->received.next :
					     source->sealed.next;
	__u64 highest = next ? next - 1 : 0;
	char ssrc[16];

	snprintf(ssrc, sizeof(ssrc), "0x%08x", source->ssrc);
	return json_pack("{s:s, s:I, s:I, s:I, s:I, s:I, s:o}", "ssrc", ssrc,
			 "packets", (json_int_t)source->packets, "octets",
			 (json_int_t)source->octets, "roc",
			 (json_int_t)(highest >> 16), "highest_sequence",
			 (json_int_t)(highest & 0xffff), "rtcp_packets",
			 (json_int_t)source->rtcp_packets, "jitter_ms",
			 clock_rate ? json_real(source->jitter / 16.0 * 1000 /
						clock_rate) :
				      json_null());
}

json_t *sg_view_sources(const struct sg_state *state, __u32 clock_rate)
{
	json_t *list = json_array();

	for (int i = 0; i < SG_SOURCES; i++)
		if (state->live >> i & 1)
			json_array_append_new(list,
					      view_source(&state->source[i],
							  clock_rate));
	return list;
}

static json_t *view_lifetime(const struct sg_lifetime *life)
{
	return json_pack("{s:o, s:s, s:I, s:I, s:I, s:b}", "fingerprint",
			 view_fingerprint(life->fingerprint), "use",
			 life->seals ? "seal" : "open", "lifetime",
			 (json_int_t)life->limit, "packets",
			 (json_int_t)life->used.rtp, "rtcp_packets",
			 (json_int_t)life->used.rtcp, "expired",
			 sg_lifetime_share(life) >= 1);
}

json_t *sg_view_lifetimes(const struct sg_maps *maps,
			  const struct sg_stream *stream,
			  const struct sg_state *state)
{
	struct sg_lifetime lives[SG_LIFETIMES];
	int count = sg_lifetimes(lives, maps, stream, state);
	json_t *list = count ? json_array() : NULL;

	for (int i = 0; i < count; i++)
		json_array_append_new(list, view_lifetime(&lives[i]));
	return list;
}

json_t *sg_view_age(__u64 then, __u64 now)
{
	if (!then)
		return json_null();
	return json_integer(now > then ? (now - then) / 1000000 : 0);
}

json_t *sg_view_ms(double ms)
{
	return ms < 0 ? json_null() : json_real(ms);
}

json_t *sg_view_counters(const struct sg_totals *totals, __u32 last_drop,
			 __u64 now)
{
	return json_pack(
		"{s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:I, s:I, s:I, s:I,"
		" s:s?}",
		"packets", (json_int_t)totals->packets,
		"octets", (json_int_t)totals->octets,
		"rtcp_packets", (json_int_t)totals->rtcp_packets,
		"rtcp_octets", (json_int_t)totals->rtcp_octets,
		"expected", (json_int_t)totals->expected,
		"lost", (json_int_t)totals->lost,
		"jitter_ms", sg_view_ms(totals->jitter),
		"last_seen_ms", sg_view_age(totals->last_seen, now),
		"replayed", (json_int_t)totals->replayed,
		"auth_failed", (json_int_t)totals->auth_failed,
		"roc_retried", (json_int_t)totals->roc_retried,
		"dropped", (json_int_t)totals->dropped,
		"last_drop", last_drop ? sg_reason_name(last_drop) : NULL);
}

/* To one decimal; null where it is not known. */
static json_t *view_tenths(double value, bool known)
{
	return known ? json_real((__s64)(value * 10 + 0.5) / 10.0) : json_null();
}

json_t *sg_view_reception(const struct sg_reception *of, __u64 now)
{
	bool reported = of->reports;

	return json_pack(
		"{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s?, s:s?}",
		"reports", (json_int_t)of->reports,
		"reported_ms", sg_view_age(of->reported_at, now),
		"loss_percent", view_tenths(of->loss, reported),
		"lost", reported ? json_integer(of->lost) : json_null(),
		"jitter_ms", view_tenths(of->jitter, of->jitter >= 0),
		"round_trip_ms",
		view_tenths(of->round_trip, of->round_trip >= 0),
		"round_trip_average_ms",
		view_tenths(of->round_trip_average,
			    of->round_trip_average >= 0),
		"mos", view_tenths(of->mos, of->mos > 0), "mos_from",
		!of->mos ? NULL : of->mos_reported ? "receiver" : "gateway",
		"mos_codec", of->mos ? of->codec->name : NULL);
}

json_t *sg_view_silence(__u8 silence)
{
	const char *name = sg_silence_name(silence);

	return name ? json_string(name) : json_null();
}
