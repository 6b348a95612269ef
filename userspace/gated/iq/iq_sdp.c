// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_sdp.h"

#include <arpa/inet.h>
#include <errno.h>

#include "gated/iq/iq_extmap.h"
#include "lib/address.h"
#include "lib/cursor.h"
#include "lib/secret.h"

/* What is being read: the only media section of one description. */
struct reader {
	struct sdp sdp;
	struct iq_description *d;
	struct iq_fault *fault;
};

static int malformed(struct reader *r, const char *why)
{
	return iq_fault_set(r->fault, IQ_BAD_SDP, "%s", why);
}

static int unsupported(struct reader *r, struct sg_slice value)
{
	return iq_fault_value(r->fault, IQ_UNSUPPORTED_VALUE, value);
}

/* -- addresses ------------------------------------------------------------- */

const char *iq_family_name(int family)
{
	return family == AF_INET6 ? "IP6" : "IP4";
}

int iq_family_of(const __be32 address[4])
{
	return sg_address_is_ipv4(address) ? AF_INET : AF_INET6;
}

bool iq_address_read(__be32 address[4], struct sg_slice text)
{
	char word[SG_ADDRESS_TEXT];

	if (text.size >= sizeof(word))
		return false;
	memcpy(word, text.at, text.size);
	word[text.size] = '\0';
	return !sg_address_parse(address, word);
}

int iq_address_refuse(struct iq_fault *fault, const __be32 address[4])
{
	char text[SG_ADDRESS_TEXT];

	return iq_fault_set(fault, IQ_UNSUPPORTED_VALUE, "%s",
			    sg_address_format(text, address));
}

static int read_connection(struct reader *r)
{
	struct iq_description *d = r->d;
	struct sdp_connection c;
	int err = sdp_connection(&r->sdp, 0, &c);

	if (err == -ENOENT)
		return 0;
	if (err)
		return malformed(r, "c= is not IN IP4 or IP6 with an address");
	d->family = c.family;
	d->choose_address = c.choose;
	if (c.choose)
		return 0;
	if (!iq_address_read(d->address, c.address))
		return unsupported(r, c.address);
	/* RFC 3264 8.4: 0.0.0.0 was hold, or an offer without an address. */
	if (sg_address_is_none(d->address))
		memset(d->address, 0, sizeof(d->address));
	else if (iq_family_of(d->address) != d->family)
		return unsupported(r, c.address);
	return 0;
}

/* -- m= -------------------------------------------------------------------- */

/*
 * RFC 3551, 3711, 4585, 5124: what the data plane carries. TCP, DTLS and
 * UDPTL are other profiles' business.
 */
static const struct {
	const char *name;
	bool secure;
} protocols[] = {
	{ "RTP/AVP", false },
	{ "RTP/SAVP", true },
	{ "RTP/AVPF", false },
	{ "RTP/SAVPF", true },
};

static int read_protocol(struct reader *r, struct sg_slice word)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (!sg_slice_is_nocase(word, protocols[i].name))
			continue;
		r->d->protocol = protocols[i].name;
		r->d->secure = protocols[i].secure;
		return 0;
	}
	return unsupported(r, word);
}

/* TS 23.334 8.2: "-" when the gateway need not know. */
static const char *const media[] = { "audio", "video", "text", "application",
				     "-" };

static int read_type(struct reader *r, struct sg_slice word)
{
	for (size_t i = 0; i < sizeof(media) / sizeof(media[0]); i++) {
		if (!sg_slice_is_nocase(word, media[i]))
			continue;
		r->d->media = media[i];
		return 0;
	}
	return iq_fault_value(r->fault, IQ_UNSUPPORTED_MEDIA, word);
}

/* They are written again in a reply: no octet that could not stand there. */
static int read_formats(struct reader *r, struct sg_slice text)
{
	if (text.size >= sizeof(r->d->formats))
		return unsupported(r, text);
	for (size_t i = 0; i < text.size; i++)
		if (text.at[i] < ' ' || text.at[i] > '~' ||
		    strchr("{}\\\"", text.at[i]))
			return malformed(r, "m= has a format that is no token");
	memcpy(r->d->formats, text.at, text.size);
	r->d->formats[text.size] = '\0';
	return 0;
}

/* The word of m= itself: struct sdp_media does not tell "-" from "0". */
static bool says_no_port(const struct reader *r)
{
	const struct sdp_line *line = &r->sdp.line[r->sdp.media[0].first];
	struct sg_cursor in = sg_cursor_of_slice(line->value);

	sg_cursor_word(&in);
	return sg_slice_is(sg_cursor_word(&in), "-");
}

static int read_media(struct reader *r)
{
	const struct sdp_media *m = &r->sdp.media[0];
	int err;

	if (r->sdp.medias != 1)
		return malformed(r, r->sdp.medias ?
				 "a stream has one m= line only" :
				 "there is no m= line");
	err = read_protocol(r, m->protocol);
	if (!err)
		err = read_type(r, m->type);
	if (!err)
		err = read_formats(r, m->formats);
	if (!err && m->ports != 1)
		err = iq_fault_set(r->fault, IQ_UNSUPPORTED_VALUE, "%u/%u",
				   m->port, m->ports);
	r->d->port = m->port;
	r->d->choose_port = m->choose_port || says_no_port(r);
	return err;
}

/* -- RTCP ------------------------------------------------------------------ */

/* "53020", "$" or "53020 IN IP4 126.16.64.4", which must be that of c=. */
static int read_rtcp_attribute(struct reader *r, struct sg_slice value)
{
	struct sg_cursor in = sg_cursor_of_slice(value);
	struct sg_slice word = sg_cursor_word(&in);
	__be32 address[4];
	__u64 port = 0;

	r->d->rtcp = IQ_RTCP_CHOOSE;
	if (!sg_slice_is(word, "$")) {
		if (!sg_slice_number(word, 65535, &port) || !port)
			return unsupported(r, value);
		r->d->rtcp = IQ_RTCP_AT;
		r->d->rtcp_port = port;
	}
	if (!sg_cursor_word(&in).size)
		return 0;
	sg_cursor_word(&in);
	word = sg_cursor_word(&in);
	if (r->d->choose_address ? sg_slice_is(word, "$") :
	    iq_address_read(address, word) &&
	    sg_address_equal(address, r->d->address))
		return 0;
	return unsupported(r, word);
}

static int read_rtcp(struct reader *r)
{
	__u32 senders = 1, receivers = 1;
	struct sg_slice value;
	int at = 0, mux = 0;

	r->d->mux = sdp_attribute(&r->sdp, 0, "rtcp-mux", &mux, &value);
	if (!sdp_bandwidth(&r->sdp, 0, "RS", &senders))
		sdp_bandwidth(&r->sdp, SDP_SESSION, "RS", &senders);
	if (!sdp_bandwidth(&r->sdp, 0, "RR", &receivers))
		sdp_bandwidth(&r->sdp, SDP_SESSION, "RR", &receivers);
	if (!senders && !receivers) {
		r->d->rtcp = IQ_RTCP_NONE;
		return 0;
	}
	if (!sdp_attribute(&r->sdp, 0, "rtcp", &at, &value))
		return 0;
	return read_rtcp_attribute(r, value);
}

/* -- clock rate and codec --------------------------------------------------- */

/* RFC 3551, tables 4 and 5: those that are not 8000 Hz. */
static __u32 static_rate(__u64 format)
{
	switch (format) {
	case 6:
		return 16000;
	case 10:
	case 11:
		return 44100;
	case 16:
		return 11025;
	case 17:
		return 22050;
	case 14:
	case 25:
	case 26:
	case 28:
	case 31 ... 34:
		return 90000;
	default:
		return format <= 18 ? 8000 : 0;
	}
}

/* "97 AMR-WB/16000/1" */
static void read_rtpmap(struct sg_slice value, struct sg_slice format,
			__u64 *rate, __u8 *codec)
{
	struct sg_cursor in = sg_cursor_of_slice(value);
	struct sg_slice name;

	if (!sg_slice_equal(sg_cursor_word(&in), format))
		return;
	name = sg_slice_trim(sg_cursor_until(&in, '/'));
	if (sg_slice_number(sg_slice_trim(sg_cursor_until(&in, '/')), 1000000,
			    rate))
		*codec = sg_codec_find(name);
}

static void read_codec(struct reader *r)
{
	struct sg_cursor in = sg_cursor_of_slice(r->sdp.media[0].formats);
	struct sg_slice format = sg_cursor_word(&in), value;
	__u64 rate = 0, number;
	int at = 0;

	while (!rate && sdp_attribute(&r->sdp, 0, "rtpmap", &at, &value))
		read_rtpmap(value, format, &rate, &r->d->codec);
	if (!rate && sg_slice_number(format, 127, &number)) {
		rate = static_rate(number);
		r->d->codec = sg_codec_static(number);
	}
	r->d->clock_rate = rate;
}

/* -- descriptions ---------------------------------------------------------- */

void iq_description_wipe(struct iq_description *description)
{
	sg_secret_zero(description, sizeof(*description));
}

static int read_keys(struct reader *r)
{
	int err = iq_crypto_read(&r->d->crypto, &r->sdp, r->fault);

	if (!err && r->d->crypto.suite && !r->d->secure)
		err = iq_fault_set(r->fault, IQ_UNSUPPORTED_VALUE,
				   "%s with a=crypto", r->d->protocol);
	return err;
}

/* Said of RTP that nobody encrypts, they would go out in the clear. */
static int judge_extensions(struct reader *r)
{
	static const __u8 none[32];
	__u8 encrypted[32];
	int err;

	if (r->d->secure)
		return 0;
	err = iq_extmap_read(encrypted, &r->sdp, r->fault);
	if (!err && memcmp(encrypted, none, sizeof(none)))
		err = iq_fault_set(r->fault, IQ_UNSUPPORTED_VALUE,
				   "%s with encrypted a=extmap",
				   r->d->protocol);
	return err;
}

static int read_description(struct reader *r)
{
	int err;

	iq_description_wipe(r->d);
	err = read_media(r);
	if (!err)
		err = read_connection(r);
	if (!err)
		err = read_rtcp(r);
	if (!err)
		err = read_keys(r);
	if (!err)
		err = judge_extensions(r);
	if (!err)
		read_codec(r);
	return err;
}

int iq_sdp_read(struct iq_description *description, struct sg_slice text,
		iq_sdp_judge *judge, void *arg, struct iq_fault *fault)
{
	struct reader r = { .d = description, .fault = fault };
	struct iq_fault later;
	struct sdp_fault why = { .text = "there is no session description" };
	bool alone = true;
	int err;

	do {
		/* Behind a line that is none, nobody knows what is what. */
		if (sdp_parse(&r.sdp, &text, &why))
			return malformed(&r, why.text);
		err = read_description(&r);
		if (!err)
			err = judge(arg, description, r.fault);
		r.fault = &later;
		alone = alone && !text.size;
	} while (err && text.size);
	description->alone = alone;
	return err;
}
