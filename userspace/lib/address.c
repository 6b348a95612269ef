// SPDX-License-Identifier: GPL-2.0-only
#include "lib/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

enum {
	BITS = 128,
	IPV4_BITS = 32,
	IPV4_BEGIN = BITS - IPV4_BITS,
};

static void map_ipv4(__be32 address[4], const struct in_addr *ipv4)
{
	address[0] = 0;
	address[1] = 0;
	address[2] = htonl(0xffff);
	address[3] = ipv4->s_addr;
}

int sg_address_parse(__be32 address[4], const char *text)
{
	struct in6_addr ipv6;
	struct in_addr ipv4;

	if (inet_pton(AF_INET, text, &ipv4) == 1) {
		map_ipv4(address, &ipv4);
		return 0;
	}
	if (inet_pton(AF_INET6, text, &ipv6) != 1)
		return -EINVAL;
	memcpy(address, &ipv6, sizeof(ipv6));
	return 0;
}

const char *sg_address_format(char text[SG_ADDRESS_TEXT],
			      const __be32 address[4])
{
	bool ipv4 = sg_address_is_ipv4(address);

	inet_ntop(ipv4 ? AF_INET : AF_INET6, ipv4 ? &address[3] : address,
		  text, SG_ADDRESS_TEXT);
	return text;
}

/* One to three digits and nothing else: at most @most, or -EINVAL. */
static int read_bits(const char *digits, int most)
{
	size_t length = strspn(digits, "0123456789");
	int bits = 0;

	if (!length || length > 3 || digits[length])
		return -EINVAL;
	while (*digits)
		bits = 10 * bits + *digits++ - '0';
	return bits <= most ? bits : -EINVAL;
}

int sg_prefix_parse(__be32 address[4], __u8 *prefix, const char *text)
{
	const char *slash = strchrnul(text, '/');
	char alone[SG_ADDRESS_TEXT];
	__be32 parsed[4];
	int begin, bits;

	if (slash - text >= SG_ADDRESS_TEXT)
		return -EINVAL;
	snprintf(alone, sizeof(alone), "%.*s", (int)(slash - text), text);
	if (sg_address_parse(parsed, alone))
		return -EINVAL;
	begin = sg_address_is_ipv4(parsed) ? IPV4_BEGIN : 0;
	bits = *slash ? read_bits(slash + 1, BITS - begin) : BITS - begin;
	if (bits < 0)
		return -EINVAL;
	memcpy(address, parsed, sizeof(parsed));
	*prefix = begin + bits;
	return 0;
}

const char *sg_prefix_format(char text[SG_PREFIX_TEXT],
			     const __be32 address[4], __u8 prefix)
{
	int begin = sg_address_is_ipv4(address) ? IPV4_BEGIN : 0;

	sg_address_format(text, address);
	if (prefix < BITS && prefix >= begin)
		sprintf(text + strlen(text), "/%u", prefix - begin);
	return text;
}

int sg_address_from(__be32 address[4], const struct sockaddr *from)
{
	if (from->sa_family == AF_INET) {
		map_ipv4(address, &((const struct sockaddr_in *)from)->sin_addr);
		return 0;
	}
	if (from->sa_family != AF_INET6)
		return -EAFNOSUPPORT;
	memcpy(address, &((const struct sockaddr_in6 *)from)->sin6_addr,
	       sizeof(struct in6_addr));
	return 0;
}

bool sg_address_is_ipv4(const __be32 address[4])
{
	return !address[0] && !address[1] && address[2] == htonl(0xffff);
}

bool sg_address_equal(const __be32 a[4], const __be32 b[4])
{
	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3];
}

bool sg_address_is_none(const __be32 address[4])
{
	return !address[0] && !address[1] && !address[3] &&
	       (!address[2] || address[2] == htonl(0xffff));
}
