// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_extmap.h"

#include "lib/cursor.h"

#define ENCRYPT "urn:ietf:params:rtp-hdrext:encrypt"

enum {
	ID_LAST = 255,		/* RFC 8285 4.3: of a two-byte header */
	ID_OFFERED = 4351,	/* RFC 8285 7: more than fit, to choose of */
};

static int malformed(struct iq_fault *fault, const char *why)
{
	return iq_fault_set(fault, IQ_BAD_SDP, "%s", why);
}

/* "2/sendonly": the ID, and whether who says so sends it. */
static int read_id(struct sg_slice word, __u64 *id, bool *sends,
		   struct iq_fault *fault)
{
	struct sg_cursor in = sg_cursor_of_slice(word);
	struct sg_slice number, direction;
	bool has_direction = sg_cursor_field(&in, '/', &number);

	if (!sg_slice_number(number, ID_OFFERED, id) || !*id)
		return malformed(fault, "the ID of an a=extmap is no number");
	if (*id > ID_LAST)
		return iq_fault_value(fault, IQ_UNSUPPORTED_VALUE, number);
	direction = sg_cursor_rest(&in);
	*sends = !has_direction || sg_slice_is(direction, "sendrecv") ||
		 sg_slice_is(direction, "sendonly");
	if (!*sends && !sg_slice_is(direction, "recvonly") &&
	    !sg_slice_is(direction, "inactive"))
		return malformed(fault, "the direction of an a=extmap is none");
	return 0;
}

static int read_one(__u8 extension[32], struct sg_slice value,
		    struct iq_fault *fault)
{
	struct sg_cursor in = sg_cursor_of_slice(value);
	struct sg_slice word = sg_cursor_word(&in);
	bool sends = false;
	__u64 id = 0;
	int err;

	if (!sg_slice_is_nocase(sg_cursor_word(&in), ENCRYPT))
		return 0;
	err = read_id(word, &id, &sends, fault);
	if (err)
		return err;
	if (!sg_cursor_word(&in).size)
		return malformed(fault, "an encrypted a=extmap names no "
					"extension");
	if (extension[id / 8] >> id % 8 & 1)
		return malformed(fault, "two a=extmap have one ID");
	if (sends)
		extension[id / 8] |= 1 << id % 8;
	return 0;
}

/* RFC 8285 5: before m=, or behind it. */
int iq_extmap_read(__u8 extension[32], const struct sdp *sdp,
		   struct iq_fault *fault)
{
	static const int sections[] = { SDP_SESSION, 0 };
	struct sg_slice value;
	int err = 0;

	memset(extension, 0, 32);
	for (int i = 0; i < 2; i++)
		for (int at = 0; !err && sdp_attribute(sdp, sections[i],
						       "extmap", &at, &value);)
			err = read_one(extension, value, fault);
	return err;
}
