// SPDX-License-Identifier: GPL-2.0-only
#include "kms/diameter.h"

#include <errno.h>

enum {
	VERSION = 1,
	AVP_VENDOR = 0x80,	/* flags of an AVP */
	AVP_MANDATORY = 0x40,
	AVP_HEADER = 8,
};

/* -- reading --------------------------------------------------------------- */

int diameter_size(const void *at, size_t size)
{
	struct sg_cursor c = sg_cursor_of(at, size);
	__u32 first = sg_cursor_u32(&c), octets = first & 0xffffff;

	if (size && *(const __u8 *)at != VERSION)
		return -EPROTO;
	if (c.failed)
		return 0;
	if (octets < DIAMETER_HEADER || octets % 4 ||
	    octets > DIAMETER_SIZE_MAX)
		return -EPROTO;
	return octets;
}

int diameter_parse(struct diameter_header *header, struct sg_cursor *avps,
		   struct sg_slice message)
{
	struct sg_cursor c = sg_cursor_of_slice(message);
	__u32 word;

	if (diameter_size(message.at, message.size) != (int)message.size)
		return -EPROTO;
	sg_cursor_u32(&c);
	word = sg_cursor_u32(&c);
	header->flags = word >> 24;
	header->command = word & 0xffffff;
	header->application = sg_cursor_u32(&c);
	header->hop = sg_cursor_u32(&c);
	header->end = sg_cursor_u32(&c);
	*avps = sg_cursor_of_slice(sg_cursor_rest(&c));
	return c.failed ? -EPROTO : 0;
}

/* RFC 6733 4.1: the length covers the header, and not the padding. */
int diameter_next(struct sg_cursor *c, struct diameter_avp *avp)
{
	size_t header = AVP_HEADER;
	__u32 word, size;

	if (!sg_cursor_left(c))
		return 0;
	avp->code = sg_cursor_u32(c);
	word = sg_cursor_u32(c);
	avp->vendor = 0;
	if (word >> 24 & AVP_VENDOR) {
		avp->vendor = sg_cursor_u32(c);
		header += 4;
	}
	size = word & 0xffffff;
	if (c->failed || size < header)
		return -EPROTO;
	avp->data = sg_cursor_take(c, size - header);
	sg_cursor_take(c, -size & 3);
	return c->failed ? -EPROTO : 1;
}

int diameter_u32(const struct diameter_avp *avp, __u32 *value)
{
	struct sg_cursor c = sg_cursor_of_slice(avp->data);

	*value = sg_cursor_u32(&c);
	return c.failed || sg_cursor_left(&c) ? -EPROTO : 0;
}

/* -- writing --------------------------------------------------------------- */

static void put_octets(struct diameter_writer *w, struct sg_slice octets)
{
	if (w->failed || octets.size > w->size - w->at) {
		w->failed = true;
		return;
	}
	if (octets.size)
		memcpy(w->buffer + w->at, octets.at, octets.size);
	w->at += octets.size;
}

static void put_u32(struct diameter_writer *w, __u32 value)
{
	const char octets[4] = { value >> 24, value >> 16, value >> 8, value };

	put_octets(w, (struct sg_slice){ octets, 4 });
}

/* The lower 24 bits at @at. */
static void set_size(struct diameter_writer *w, size_t at, size_t size)
{
	if (w->failed)
		return;
	w->buffer[at] = size >> 16;
	w->buffer[at + 1] = size >> 8;
	w->buffer[at + 2] = size;
}

void diameter_begin(struct diameter_writer *w, void *buffer, size_t size,
		    const struct diameter_header *header)
{
	*w = (struct diameter_writer){ buffer, size, 0, false };
	put_u32(w, VERSION << 24);
	put_u32(w, (__u32)header->flags << 24 | header->command);
	put_u32(w, header->application);
	put_u32(w, header->hop);
	put_u32(w, header->end);
}

int diameter_end(struct diameter_writer *w)
{
	set_size(w, 1, w->at);
	return w->failed ? -ENOSPC : (int)w->at;
}

void diameter_put(struct diameter_writer *w, __u32 vendor, __u32 code,
		  struct sg_slice data)
{
	size_t size = AVP_HEADER + (vendor ? 4 : 0) + data.size;
	__u32 flags = AVP_MANDATORY | (vendor ? AVP_VENDOR : 0);

	put_u32(w, code);
	put_u32(w, flags << 24 | size);
	if (vendor)
		put_u32(w, vendor);
	put_octets(w, data);
	put_octets(w, (struct sg_slice){ "\0\0\0", -size & 3 });
}

void diameter_put_text(struct diameter_writer *w, __u32 code, const char *text)
{
	diameter_put(w, 0, code, sg_slice_of(text));
}

void diameter_put_u32(struct diameter_writer *w, __u32 code, __u32 value)
{
	const char octets[4] = { value >> 24, value >> 16, value >> 8, value };

	diameter_put(w, 0, code, (struct sg_slice){ octets, 4 });
}

size_t diameter_group(struct diameter_writer *w, __u32 code)
{
	size_t group = w->at;

	diameter_put(w, 0, code, (struct sg_slice){ NULL, 0 });
	return group;
}

void diameter_close(struct diameter_writer *w, size_t group)
{
	set_size(w, group + 5, w->at - group);
}
