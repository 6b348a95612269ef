// SPDX-License-Identifier: GPL-2.0-only
#include "gated/config.h"

#include <errno.h>
#include <string.h>

#include "gated/config_iq.h"
#include "gated/config_kms.h"
#include "lib/address.h"
#include "lib/config_table.h"

#define NAME_ALLOWED                                                           \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

static const struct option options[] = {
	{ TEXT(struct config, user), .text = "srtpgate" },
	{ TEXT(struct config, group), .text = "srtpgate" },
	{ TEXT(struct config, control), .text = "/run/srtpgate/control.sock" },
	{ TEXT(struct config, pin), .text = "/sys/fs/bpf/srtpgate" },
	{ .name = "mode", .type = OPTION_CHOICE, FIELD(struct config, mode),
	  .text = "auto", .choices = " auto native generic none " },
	{ .name = "slow_path", .type = OPTION_BOOL,
	  FIELD(struct config, slow_path), .number = true },
	{ .name = "engine", .type = OPTION_CHOICE, FIELD(struct config, engine),
	  .text = "auto", .choices = " auto bpf " },
	{ .name = "keystream", .type = OPTION_CHOICE,
	  FIELD(struct config, keystream), .text = "ahead",
	  .choices = " ahead none " },
	{ .name = "keystream_memory",
	  NUMBER(struct config, keystream_memory, 1, 4096), .number = 32 },
	{ TEXT(struct config, metrics), .text = "" },
	{ .name = "streams", NUMBER(struct config, streams, 2, 2000000),
	  .number = 10000 },
	{ .name = "rekey_grace", NUMBER(struct config, rekey_grace, 0, 3600),
	  .number = 5 },
	{ .name = "lifetime_warning",
	  NUMBER(struct config, lifetime_warning, 1, 100), .number = 90 },
	{ .name = "silence", NUMBER(struct config, silence, 0, 86400),
	  .number = 30 },
	{ .name = "realms", .type = OPTION_NESTED },
	{ .name = "iq", .type = OPTION_NESTED },
	{ .name = "kms", .type = OPTION_NESTED },
	{ .name = NULL },
};

static const struct option realm_options[] = {
	{ TEXT(struct realm, name) },
	{ TEXT(struct realm, interface) },
	/* Two blanks: "", which is "mode". */
	{ .name = "xdp", .type = OPTION_CHOICE, FIELD(struct realm, xdp),
	  .text = "", .choices = "  auto native generic none " },
	{ .name = "vlan", NUMBER(struct realm, vlan, 0, 4094), .number = 0 },
	{ .name = "addresses", .type = OPTION_NESTED },
	{ .name = "ports", .type = OPTION_NESTED },
	{ .name = NULL },
};

static const struct option port_options[] = {
	{ .name = "min", NUMBER(struct realm, port_min, 1024, 65535),
	  .number = 10000 },
	{ .name = "max", NUMBER(struct realm, port_max, 1024, 65535),
	  .number = 29999 },
	{ .name = NULL },
};

static int read_addresses(struct realm *realm, config_setting_t *list,
			  struct fault *fault)
{
	int count = list ? config_setting_length(list) : 0;

	if (count < 1 || count > REALM_ADDRESSES)
		return fault_set(fault, EINVAL,
				 "realm \"%s\" needs 1 to %d \"addresses\"",
				 realm->name, REALM_ADDRESSES);
	for (int i = 0; i < count; i++) {
		const char *text = config_setting_get_string_elem(list, i);

		if (!text || sg_address_parse(realm->address[i], text) ||
		    sg_address_is_none(realm->address[i]))
			return fault_set(fault, EINVAL,
					 "realm \"%s\": \"%s\" is no IP "
					 "address",
					 realm->name, text ? text : "");
		realm->address_count++;
	}
	return 0;
}

static int read_realm(struct realm *realm, config_setting_t *group,
		      struct fault *fault)
{
	config_setting_t *ports;
	int err = config_group_read(realm_options, group,
				    "each of \"realms\"", realm, fault);

	if (err)
		return err;
	ports = config_setting_get_member(group, "ports");
	err = config_group_read(port_options, ports, "\"ports\"", realm, fault);
	if (err)
		return err;
	if (realm->port_min > realm->port_max)
		return fault_set(fault, EINVAL,
				 "realm \"%s\": ports.min exceeds ports.max",
				 realm->name);
	if (!*realm->name || realm->name[strspn(realm->name, NAME_ALLOWED)])
		return fault_set(fault, EINVAL,
				 "the realm name \"%s\" must be made of A-Z a-z "
				 "0-9 . _ -",
				 realm->name);
	realm->number = realm_number(realm->name);
	return read_addresses(realm,
			      config_setting_get_member(group, "addresses"),
			      fault);
}

/* Frames say no more than interface and VLAN: two realms cannot share both. */
static int check_unique(struct config *config, struct fault *fault)
{
	const struct realm *new = &config->realm[config->realm_count];

	for (int i = 0; i < config->realm_count; i++) {
		const struct realm *old = &config->realm[i];

		if (old->number == new->number)
			return fault_set(fault, EINVAL,
					 "the realm names \"%s\" and \"%s\" "
					 "are equal or too alike; rename one",
					 old->name, new->name);
		if (old->vlan == new->vlan &&
		    !strcmp(old->interface, new->interface))
			return fault_set(fault, EINVAL,
					 "realms \"%s\" and \"%s\" share "
					 "interface \"%s\" and VLAN; make them "
					 "one, or give one another \"vlan\"",
					 old->name, new->name, new->interface);
	}
	return 0;
}

/* One program is on an interface, or none, whatever the VLAN. */
static int check_xdp(const struct config *config, struct fault *fault)
{
	const struct realm *new = &config->realm[config->realm_count];

	if (realm_is_slow(new) && !config->slow_path)
		return fault_set(fault, EINVAL,
				 "realm \"%s\" has no XDP and needs slow_path "
				 "= true",
				 new->name);
	for (int i = 0; i < config->realm_count; i++) {
		const struct realm *old = &config->realm[i];

		if (!strcmp(old->interface, new->interface) &&
		    strcmp(old->xdp, new->xdp))
			return fault_set(fault, EINVAL,
					 "realms \"%s\" and \"%s\" share "
					 "interface \"%s\"; give them the same "
					 "\"xdp\"",
					 old->name, new->name, new->interface);
	}
	return 0;
}

static int read_realms(struct config *config, config_setting_t *list,
		       struct fault *fault)
{
	int count = config_list_count(list, "realms", 1, CONFIG_REALMS, fault);
	int err = count < 0 ? count : 0;

	for (int i = 0; i < count && !err; i++) {
		struct realm *realm = &config->realm[i];

		err = read_realm(realm, config_setting_get_elem(list, i), fault);
		if (!*realm->xdp)
			strcpy(realm->xdp, config->mode);
		if (!err)
			err = check_unique(config, fault);
		if (!err)
			err = check_xdp(config, fault);
		config->realm_count += !err;
	}
	return err;
}

int config_load(struct config *config, const char *path, struct fault *fault)
{
	config_setting_t *root;
	config_t file;
	int err = config_file_open(&file, path, fault);

	if (err)
		return err;
	memset(config, 0, sizeof(*config));
	root = config_root_setting(&file);
	err = config_table_read(options, root, config, fault);
	if (!err)
		err = read_realms(config, config_lookup(&file, "realms"),
				  fault);
	if (!err)
		err = config_iq_read(&config->iq, config_lookup(&file, "iq"),
				     fault);
	if (!err)
		err = config_kms_read(&config->kms,
				      config_lookup(&file, "kms"), fault);
	config_destroy(&file);
	return err;
}

struct realm *config_realm(struct config *config, const char *name)
{
	for (int i = 0; i < config->realm_count; i++)
		if (!strcmp(config->realm[i].name, name))
			return &config->realm[i];
	return NULL;
}

struct realm *config_realm_number(struct config *config, __u16 number)
{
	for (int i = 0; i < config->realm_count; i++)
		if (config->realm[i].number == number)
			return &config->realm[i];
	return NULL;
}
