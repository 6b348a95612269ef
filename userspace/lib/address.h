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
enum { SG_ADDRESS_TEXT = INET6_ADDRSTRLEN };

/* "10.0.1.1" or "2001:db8::1". -EINVAL: neither; @address is unchanged. */
int sg_address_parse(__be32 address[4], const char *text);

/* Writes @address into @text, IPv4 dotted; returns @text. */
const char *sg_address_format(char text[SG_ADDRESS_TEXT],
			      const __be32 address[4]);

/* From an AF_INET or AF_INET6 socket address. -EAFNOSUPPORT: another. */
int sg_address_from(__be32 address[4], const struct sockaddr *from);

bool sg_address_is_ipv4(const __be32 address[4]);
bool sg_address_equal(const __be32 a[4], const __be32 b[4]);

/* All zero: no address; 0.0.0.0 counts as none too. */
bool sg_address_is_none(const __be32 address[4]);

#endif /* SRTPGATE_ADDRESS_H */
