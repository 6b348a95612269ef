/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IP addresses as the fast path keeps them: 128 bits in network order, IPv4
 * as IPv4-mapped IPv6 (RFC 4291 2.5.5.2).
 */
#ifndef SRTPGATE_ADDRESS_H
#define SRTPGATE_ADDRESS_H

#include <linux/types.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

/* Bytes of the longest text, with the final NUL. */
enum {
	SG_ADDRESS_TEXT = INET6_ADDRSTRLEN,
	SG_PREFIX_TEXT = SG_ADDRESS_TEXT + 4,	/* "/128" behind it */
};

/* "10.0.1.1" or "2001:db8::1". -EINVAL: neither; @address is unchanged. */
int sg_address_parse(__be32 address[4], const char *text);

/* Writes @address into @text, IPv4 dotted; returns @text. */
const char *sg_address_format(char text[SG_ADDRESS_TEXT],
			      const __be32 address[4]);

/*
 * "10.0.0.0/8", or an address alone, which is all of it. *@prefix counts the
 * leading bits as they are stored: IPv4's from 96. -EINVAL: neither; nothing
 * is changed.
 */
int sg_prefix_parse(__be32 address[4], __u8 *prefix, const char *text);

/* The reverse; an address alone when @prefix is all of it. */
const char *sg_prefix_format(char text[SG_PREFIX_TEXT],
			     const __be32 address[4], __u8 prefix);

/* From an AF_INET or AF_INET6 socket address. -EAFNOSUPPORT: another. */
int sg_address_from(__be32 address[4], const struct sockaddr *from);

bool sg_address_is_ipv4(const __be32 address[4]);
bool sg_address_equal(const __be32 a[4], const __be32 b[4]);

/* All zero: no address; 0.0.0.0 counts as none too. */
bool sg_address_is_none(const __be32 address[4]);

#endif /* SRTPGATE_ADDRESS_H */
