// SPDX-License-Identifier: GPL-2.0-only
#include "ue/description.h"

#include <errno.h>
#include <stdio.h>

#include "lib/cursor.h"
#include "lib/mikey_text.h"

/* -- reading --------------------------------------------------------------- */

static int refuse(struct fault *fault, const char *text)
{
	return fault_set(fault, EINVAL, "the description %s", text);
}

/* What follows "RTP/" or "RTP/S"; NULL: something else. */
static const char *profile(const struct sdp_media *media)
{
	static const char *const profiles[] = { "AVP", "AVPF", "SAVP",
						"SAVPF" };
	char protocol[16];

	for (int i = 0; i < 4; i++) {
		snprintf(protocol, sizeof(protocol), "RTP/%s", profiles[i]);
		if (sg_slice_is_nocase(media->protocol, protocol))
			return profiles[i];
	}
	return NULL;
}

bool description_is_rtp(const struct sdp_media *media)
{
	return media->port && profile(media);
}

bool description_is_secure(const struct sdp_media *media)
{
	const char *name = profile(media);

	return name && *name == 'S';
}

/* "TCP/TLS/MSRP" (RFC 4975), "TCP/TLS" (RFC 4572) and so on. */
static bool is_tls(const struct sdp_media *media)
{
	struct sg_cursor c = sg_cursor_of_slice(media->protocol);

	return media->port &&
	       sg_slice_is_nocase(sg_cursor_until(&c, '/'), "TCP") &&
	       sg_slice_is_nocase(sg_cursor_until(&c, '/'), "TLS");
}

const struct sdp_media *description_tls(const struct sdp *sdp)
{
	for (int i = 0; i < sdp->medias; i++)
		if (is_tls(&sdp->media[i]))
			return &sdp->media[i];
	return NULL;
}

/* Level SDP_SESSION and up; @found counts over all. */
static int read_level(struct description *description, int level, int *found,
		      struct fault *fault)
{
	const struct sdp *sdp = &description->sdp;
	struct sg_slice value;
	int at = 0;

	if (sdp_attribute(sdp, level, "crypto", &at, &value))
		return refuse(fault, "has keys in a=crypto; with MIKEY it must "
				     "not");
	for (at = 0; sdp_attribute(sdp, level, "key-mgmt", &at, &value);) {
		if (level != SDP_SESSION && sdp->medias > 1)
			return refuse(fault, "has key management for one of "
					     "several m= lines");
		if (++*found > 1)
			return refuse(fault, "has more than one a=key-mgmt");
		description->message = value;
	}
	return 0;
}

static int check(struct description *description, struct fault *fault)
{
	const struct sdp *sdp = &description->sdp;
	int found = 0, rtp = 0, tls = 0, err = 0;

	for (int i = SDP_SESSION; i < sdp->medias && !err; i++)
		err = read_level(description, i, &found, fault);
	for (int i = 0; i < sdp->medias; i++) {
		rtp += description_is_rtp(&sdp->media[i]);
		tls += is_tls(&sdp->media[i]);
	}
	if (!err && !rtp && !tls)
		err = refuse(fault, "has no m= line of RTP or TLS with a port");
	if (!err && tls && rtp + tls > 1)
		err = refuse(fault, "has TLS beside other media, which needs a "
				    "call of its own");
	return err;
}

int description_read(struct description *description, struct sg_slice text,
		     struct fault *fault)
{
	struct sdp_fault why = { 0 };
	struct sg_slice rest = text;
	int err = sdp_parse(&description->sdp, &rest, &why);

	description->text = text;
	description->message = SG_SLICE("");
	if (err == -ENODATA)
		return refuse(fault, "is empty");
	if (err)
		return fault_set(fault, EINVAL, "the description, line %u: %s",
				 why.line, why.text);
	if (sg_slice_trim(rest).size)
		return refuse(fault, "is followed by a second one");
	return check(description, fault);
}

/* -- writing --------------------------------------------------------------- */

struct writer {
	char *at;
	size_t left;
};

static void put(struct writer *w, struct sg_slice text)
{
	if (w->left < text.size) {
		w->left = 0;
		w->at = NULL;
	}
	if (!w->at)
		return;
	memcpy(w->at, text.at, text.size);
	w->at += text.size;
	w->left -= text.size;
}

static void put_line(struct writer *w, char type, struct sg_slice value)
{
	put(w, (struct sg_slice){ &type, 1 });
	put(w, SG_SLICE("="));
	put(w, value);
	put(w, SG_SLICE("\r\n"));
}

/* The value of m= with another protocol in it. */
static void put_media(struct writer *w, const struct sdp_media *media,
		      struct sg_slice value)
{
	struct sg_slice before = { value.at, media->protocol.at - value.at };
	const char *behind = media->protocol.at + media->protocol.size;
	const char *name = profile(media);

	put(w, SG_SLICE("m="));
	put(w, before);
	put(w, SG_SLICE("RTP/"));
	put(w, *name == 'S' ? SG_SLICE("") : SG_SLICE("S"));
	put(w, sg_slice_of(name));
	put(w, (struct sg_slice){ behind, value.at + value.size - behind });
	put(w, SG_SLICE("\r\n"));
}

/* As sdp_attribute() reads it. */
static bool is_key_management(const struct sdp_line *line)
{
	struct sg_cursor c = sg_cursor_of_slice(line->value);
	struct sg_slice name = sg_slice_trim(sg_cursor_until(&c, ':'));

	return line->type == 'a' && sg_slice_is_nocase(name, "key-mgmt");
}

int description_print(char *buffer, size_t size,
		      const struct description *description,
		      struct sg_slice message)
{
	const struct sdp *sdp = &description->sdp;
	struct writer w = { buffer, size };
	int media = 0;

	for (int i = 0; i < sdp->lines; i++) {
		const struct sdp_line *line = &sdp->line[i];

		if (i == sdp->session_lines) {
			put(&w, SG_SLICE("a=key-mgmt:"));
			put(&w, message);
			put(&w, SG_SLICE("\r\n"));
		}
		if (line->type == 'm' && profile(&sdp->media[media]))
			put_media(&w, &sdp->media[media], line->value);
		else if (!is_key_management(line))
			put_line(&w, line->type, line->value);
		media += line->type == 'm';
	}
	return w.at ? w.at - buffer : -ENOSPC;
}
