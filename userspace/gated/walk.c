// SPDX-License-Identifier: GPL-2.0-only
#include "gated/walk.h"

#include <arpa/inet.h>
#include <errno.h>

#include "lib/address.h"

void walk_fail(struct walk *walk, int err)
{
	if (!walk->err)
		walk->err = err;
}

void walk_require(struct walk *walk, bool condition)
{
	if (!condition)
		walk_fail(walk, -EINVAL);
}

/* Room for @size octets more in the record. */
static bool has_room(struct walk *walk, size_t size)
{
	if (size <= (size_t)(walk->end - walk->to))
		return true;
	walk_fail(walk, -ENOSPC);
	return false;
}

static void octets(struct walk *walk, void *value, size_t size)
{
	struct sg_slice read;

	if (walk_is_reading(walk)) {
		read = sg_cursor_take(&walk->from, size);
		memcpy(value, read.at, read.size);
	} else if (has_room(walk, size)) {
		memcpy(walk->to, value, size);
		walk->to += size;
	}
}

void walk_integer(struct walk *walk, __u64 *value, size_t size)
{
	struct sg_slice read;

	if (walk_is_reading(walk)) {
		read = sg_cursor_take(&walk->from, size);
		*value = 0;
		for (size_t i = 0; i < read.size; i++)
			*value = *value << 8 | (__u8)read.at[i];
	} else if (has_room(walk, size)) {
		while (size--)
			*walk->to++ = *value >> 8 * size;
	}
}

void walk_text(struct walk *walk, char *value, size_t size)
{
	__u8 length = walk_is_reading(walk) ? 0 : strlen(value);

	walk_number(walk, length);
	walk_require(walk, length < size);
	if (length >= size)
		return;
	if (walk_is_reading(walk))
		memset(value, 0, size);
	octets(walk, value, length);
	for (int i = 0; i < length; i++)
		walk_require(walk, (__u8)value[i] >= ' ' && value[i] != 0x7f);
}

void walk_address(struct walk *walk, __be32 address[4])
{
	__u8 version = sg_address_is_ipv4(address) ? 4 : 6;

	walk_number(walk, version);
	walk_require(walk, version == 4 || version == 6);
	if (version != 4) {
		octets(walk, address, 4 * sizeof(*address));
		return;
	}
	if (walk_is_reading(walk)) {
		address[0] = address[1] = 0;
		address[2] = htonl(0xffff);
	}
	octets(walk, &address[3], sizeof(*address));
}

void walk_transport(struct walk *walk, struct sg_transport *transport)
{
	walk_address(walk, transport->address);
	octets(walk, &transport->rtp, sizeof(transport->rtp));
	octets(walk, &transport->rtcp, sizeof(transport->rtcp));
}

void walk_realm(struct walk *walk, struct realm **realm)
{
	__u16 number = walk_is_reading(walk) ? 0 : (*realm)->number;

	walk_number(walk, number);
	if (!walk_is_reading(walk))
		return;
	*realm = config_realm_number(walk->config, number);
	if (!*realm)
		walk_fail(walk, -ENOENT);
}

int walk_written(const struct walk *walk, const void *record)
{
	return walk->err ? walk->err : walk->to - (const __u8 *)record;
}

int walk_read(struct walk *walk)
{
	if (walk->from.failed)
		return -EINVAL;
	walk_require(walk, !sg_cursor_left(&walk->from));
	return walk->err;
}
