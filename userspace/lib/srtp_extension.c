// SPDX-License-Identifier: GPL-2.0-only
#include "lib/srtp_extension.h"

#include <errno.h>
#include <string.h>

#include "lib/cursor.h"
#include "lib/secret.h"

enum {
	RTP_HEADER = 12,
	CSRCS = 0x0f,		/* in the first byte, RFC 3550 5.1 */
	EXTENSION = 0x10,
	ONE_BYTE = 0xbede,	/* RFC 8285 4.2 */
	TWO_BYTES = 0x100,	/* RFC 8285 4.3: the upper 12 bits */
	ONE_BYTE_STOP = 15,
};

struct element {
	int id;			/* 0: padding */
	int size;		/* bytes of data */
};

/* Reads an element's header; false: none follows. */
static bool next_element(struct sg_cursor *c, bool two_bytes,
			 struct element *element)
{
	int first;

	if (!sg_cursor_left(c))
		return false;
	first = sg_cursor_u8(c);
	element->id = two_bytes ? first : first >> 4;
	element->size = 0;
	if (!first)
		return true;
	element->size = two_bytes ? sg_cursor_u8(c) : (first & 15) + 1;
	/* RFC 8285 4.2: 15, and 0 with a length, end the extension. */
	return two_bytes || (element->id && element->id != ONE_BYTE_STOP);
}

/* RFC 6904 3.1: all ones where @ids has the element, but for its header. */
static int make_mask(struct sg_cursor *c, bool two_bytes, const __u8 *ids,
		     __u8 *mask)
{
	struct element element;

	while (next_element(c, two_bytes, &element)) {
		size_t at = c->at - c->start;

		sg_cursor_take(c, element.size);
		if (c->failed)
			return -EBADMSG;
		if (ids[element.id / 8] >> element.id % 8 & 1)
			memset(mask + at, 0xff, element.size);
	}
	return c->failed ? -EBADMSG : 0;
}

int srtp_extension_xor(struct srtp_keystream *stream,
		       const struct srtp_packet_iv *iv, const __u8 *ids,
		       __u8 *packet, int header)
{
	__u8 mask[SG_RTP_MAX] = { 0 }, key[SG_RTP_MAX] = { 0 };
	struct sg_cursor c = sg_cursor_of(packet, header);
	struct sg_slice elements;
	__u16 form;
	__u8 *data;
	int err;

	if (header > SG_RTP_MAX)
		return -EBADMSG;
	if (!(sg_cursor_u8(&c) & EXTENSION))
		return 0;
	sg_cursor_take(&c, RTP_HEADER - 1 + 4 * (packet[0] & CSRCS));
	form = sg_cursor_u16(&c);
	sg_cursor_u16(&c);
	if (c.failed)
		return -EBADMSG;
	if (form != ONE_BYTE && form >> 4 != TWO_BYTES)
		return 0;

	elements = sg_cursor_rest(&c);
	data = packet + (c.at - c.start);
	c = sg_cursor_of_slice(elements);
	err = make_mask(&c, form != ONE_BYTE, ids, mask);
	if (!err)
		err = srtp_keystream_xor(stream, iv, key, elements.size);
	for (size_t i = 0; !err && i < elements.size; i++)
		data[i] ^= key[i] & mask[i];
	sg_secret_zero(key, sizeof(key));
	return err;
}
