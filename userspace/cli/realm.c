// SPDX-License-Identifier: GPL-2.0-only
/*
 * The maps know realms by number and interface, the daemon by name: joined
 * here by interface and VLAN.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"

static const char *text_of(json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

static void ask_daemon(const struct cli *cli, struct realm *realm)
{
	json_t *realms = json_object_get(cli->status, "realms"), *one;
	size_t i;

	json_array_foreach(realms, i, one) {
		json_t *vlan = json_object_get(one, "vlan");

		if (strcmp(text_of(one, "interface"), realm->interface) != 0 ||
		    json_integer_value(vlan) != realm->vlan)
			continue;
		snprintf(realm->name, sizeof(realm->name), "%s",
			 text_of(one, "name"));
	}
}

static void ask_kernel(struct realm *realm)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	const char *mode = "none";

	if (bpf_xdp_query(realm->ifindex, 0, &query))
		return;
	if (query.attach_mode == XDP_ATTACHED_DRV)
		mode = "native";
	else if (query.attach_mode == XDP_ATTACHED_SKB)
		mode = "generic";
	snprintf(realm->mode, sizeof(realm->mode), "%s", mode);
}

void cli_read_realms(struct cli *cli)
{
	struct sg_interface_key key, *last = NULL;
	struct sg_interface value;

	while (cli->realm_count < CLI_REALMS &&
	       !bpf_map_get_next_key(cli->maps.interfaces, last, &key)) {
		struct realm *realm = &cli->realms[cli->realm_count];

		last = &key;
		if (bpf_map_lookup_elem(cli->maps.interfaces, &key, &value) ||
		    value.realm == SG_SELFTEST_REALM || value.flags)
			continue;
		realm->number = value.realm;
		realm->vlan = key.vlan;
		realm->ifindex = key.ifindex;
		if (!if_indextoname(key.ifindex, realm->interface))
			*realm->interface = '\0';
		ask_kernel(realm);
		ask_daemon(cli, realm);
		cli->realm_count++;
	}
}

const char *cli_realm(const struct cli *cli, __u16 number)
{
	for (int i = 0; i < cli->realm_count; i++)
		if (cli->realms[i].number == number && *cli->realms[i].name)
			return cli->realms[i].name;
	return NULL;
}
