// SPDX-License-Identifier: GPL-2.0-only
#include "gated/receiver/receiver_sdp.h"

#include <errno.h>

#include "lib/mikey_text.h"
#include "lib/sdp.h"

static struct sg_slice behind(struct sg_slice text, const char *prefix)
{
	size_t size = strlen(prefix);

	if (text.size < size || memcmp(text.at, prefix, size))
		return text;
	return (struct sg_slice){ text.at + size, text.size - size };
}

/* Several attributes are several protocols (RFC 4567 4.1). */
static int find(__u8 *octets, size_t size, const struct sdp *sdp, int media)
{
	struct sg_slice value;
	int at = 0, got;

	while (sdp_attribute(sdp, media, "key-mgmt", &at, &value)) {
		got = mikey_attribute_parse(octets, size, value);
		if (got != -ENOTSUP)
			return got;
	}
	return -ENOENT;
}

static int session_cs(int media)
{
	return 2 * media - 1;
}

static int read_sdp(__u8 *octets, size_t size, struct sg_slice text, int media,
		    int *cs, struct fault *fault)
{
	static struct sdp sdp;
	struct sdp_fault why;
	int got;

	if (sdp_parse(&sdp, &text, &why))
		return fault_set(fault, EINVAL, "line %u of the SDP: %s",
				 why.line, why.text);
	if (media > sdp.medias)
		return fault_set(fault, ENOENT,
				 "the SDP has no m= section %d; srtp.mikey.media "
				 "counts them from 1",
				 media);
	*cs = 1;
	got = find(octets, size, &sdp, media - 1);
	if (got != -ENOENT)
		return got;
	*cs = session_cs(media);
	return find(octets, size, &sdp, SDP_SESSION);
}

int receiver_sdp_read(__u8 *octets, size_t size, struct sg_slice text,
		      int media, int *cs, struct fault *fault)
{
	struct sg_slice value = sg_slice_trim(text);
	int got;

	fault->error = 0;
	*cs = session_cs(media);
	if (value.size > 2 && !memcmp(value.at, "v=", 2)) {
		got = read_sdp(octets, size, text, media, cs, fault);
	} else {
		value = behind(behind(value, "a="), "key-mgmt:");
		got = mikey_attribute_parse(octets, size, value);
	}
	if (got >= 0 || fault->error)
		return got;
	if (got == -ENOENT || got == -ENOTSUP)
		return fault_set(fault, ENOENT,
				 "there is no a=key-mgmt:mikey for m= section "
				 "%d",
				 media);
	return fault_set(fault, -got,
			 "the a=key-mgmt:mikey of m= section %d is not one word "
			 "of base64",
			 media);
}
