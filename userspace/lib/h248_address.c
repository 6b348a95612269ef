// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/cursor.h"
#include "lib/h248_carrier.h"

/* "192.0.2.1:2944" has one colon, an IPv6 address alone has two or more. */
static bool split(const char *text, struct sg_slice *host,
		  struct sg_slice *port)
{
	const char *colon = strchr(text, ':');
	struct sg_cursor in = sg_cursor_of(text, strlen(text));

	*port = SG_SLICE("2944");
	if (sg_cursor_accept(&in, '[')) {
		if (!sg_cursor_field(&in, ']', host))
			return false;
		if (!sg_cursor_left(&in))
			return true;
		if (!sg_cursor_accept(&in, ':'))
			return false;
	} else if (!colon || strchr(colon + 1, ':')) {
		*host = sg_cursor_rest(&in);
		return true;
	} else {
		*host = sg_cursor_until(&in, ':');
	}
	*port = sg_cursor_rest(&in);
	return true;
}

__u16 h248_address_port(const struct h248_address *address)
{
	return ntohs(address->any.sa_family == AF_INET6 ?
			     address->v6.sin6_port :
			     address->v4.sin_port);
}

void h248_address_set_port(struct h248_address *address, __u16 port)
{
	if (address->any.sa_family == AF_INET6)
		address->v6.sin6_port = htons(port);
	else
		address->v4.sin_port = htons(port);
}

int h248_address_parse(struct h248_address *address, const char *text)
{
	struct h248_address out = { .protocol = address->protocol };
	char name[INET6_ADDRSTRLEN] = "";
	struct sg_slice host, port;
	__u64 number;

	if (!split(text, &host, &port) || host.size >= sizeof(name) ||
	    !sg_slice_number(port, 65535, &number) || !number)
		return -EINVAL;
	memcpy(name, host.at, host.size);
	if (*text != '[' && inet_pton(AF_INET, name, &out.v4.sin_addr) == 1) {
		out.v4.sin_family = AF_INET;
	} else if (inet_pton(AF_INET6, name, &out.v6.sin6_addr) == 1) {
		out.v6.sin6_family = AF_INET6;
	} else {
		return -EINVAL;
	}
	h248_address_set_port(&out, number);
	*address = out;
	return 0;
}

const char *h248_address_format(char text[H248_ADDRESS_TEXT],
				const struct h248_address *address)
{
	bool v6 = address->any.sa_family == AF_INET6;
	char name[INET6_ADDRSTRLEN] = "?";

	if (v6)
		inet_ntop(AF_INET6, &address->v6.sin6_addr, name, sizeof(name));
	else
		inet_ntop(AF_INET, &address->v4.sin_addr, name, sizeof(name));
	snprintf(text, H248_ADDRESS_TEXT, v6 ? "[%s]:%u" : "%s:%u", name,
		 h248_address_port(address));
	return text;
}

static int order(long a, long b)
{
	return (a > b) - (a < b);
}

static int compare_v6(const struct sockaddr_in6 *a,
		      const struct sockaddr_in6 *b)
{
	int by = memcmp(&a->sin6_addr, &b->sin6_addr, sizeof(a->sin6_addr));

	/* A link-local address is another one on each link. */
	return by ? by : order(a->sin6_scope_id, b->sin6_scope_id);
}

static int compare_v4(const struct sockaddr_in *a, const struct sockaddr_in *b)
{
	return order(ntohl(a->sin_addr.s_addr), ntohl(b->sin_addr.s_addr));
}

int h248_address_compare(const struct h248_address *a,
			 const struct h248_address *b)
{
	int by = order(a->protocol, b->protocol);

	if (!by)
		by = order(a->any.sa_family, b->any.sa_family);
	if (!by)
		by = a->any.sa_family == AF_INET6 ?
			     compare_v6(&a->v6, &b->v6) :
			     compare_v4(&a->v4, &b->v4);
	return by ? by : order(h248_address_port(a), h248_address_port(b));
}

void h248_address_drop_flow(struct h248_address *address)
{
	if (address->any.sa_family == AF_INET6)
		address->v6.sin6_flowinfo = 0;
}

socklen_t h248_address_size(const struct h248_address *address)
{
	return address->any.sa_family == AF_INET6 ? sizeof(address->v6) :
						    sizeof(address->v4);
}

bool h248_address_is_wildcard(const struct h248_address *address)
{
	return address->any.sa_family == AF_INET6 ?
		       IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr) :
		       address->v4.sin_addr.s_addr == htonl(INADDR_ANY);
}
