// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_controllers.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Without regard to ports. */
static bool is_same_host(const struct h248_address *a,
			 const struct h248_address *b)
{
	struct h248_address other = *b;

	h248_address_set_port(&other, h248_address_port(a));
	return !h248_address_compare(a, &other);
}

int iq_controllers_find(const struct config_iq *iq,
			const struct h248_address *address, bool any_port)
{
	for (int i = 0; i < iq->controller_count; i++)
		if (!h248_address_compare(&iq->controller[i], address))
			return i;
	for (int i = 0; any_port && i < iq->controller_count; i++)
		if (is_same_host(&iq->controller[i], address))
			return i;
	return -ENOENT;
}

int iq_controllers_address(const struct config_iq *iq,
			   struct h248_address *address,
			   const struct h248_mid *mid)
{
	char text[H248_ADDRESS_TEXT];
	bool v6 = mid->name.size && memchr(mid->name.at, ':', mid->name.size);

	address->protocol = iq->local.protocol;
	if (mid->kind != H248_MID_ADDRESS)
		return -EINVAL;
	snprintf(text, sizeof(text), v6 ? "[%.*s]:%u" : "%.*s:%u",
		 (int)mid->name.size, mid->name.at,
		 mid->port ? mid->port : H248_PORT);
	return h248_address_parse(address, text);
}

int iq_controllers_find_mid(const struct config_iq *iq,
			    const struct h248_mid *mid)
{
	struct h248_address address;

	if (iq_controllers_address(iq, &address, mid))
		return -ENOENT;
	return iq_controllers_find(iq, &address, !mid->port);
}
