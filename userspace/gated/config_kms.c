// SPDX-License-Identifier: GPL-2.0-only
#include "gated/config_kms.h"

#include <errno.h>
#include <string.h>

#include "lib/config_table.h"
#include "lib/host_port.h"

static const struct option kms_options[] = {
	{ TEXT(struct config_kms, name) },
	{ TEXT(struct config_kms, address) },
	{ TEXT(struct config_kms, authority), .text = "" },
	{ TEXT(struct config_kms, certificate), .text = "" },
	{ TEXT(struct config_kms, key), .text = "" },
	{ TEXT(struct config_kms, identity) },
	{ TEXT(struct config_kms, account) },
	{ TEXT(struct config_kms, key_file) },
	{ .name = "users", .type = OPTION_NESTED },
	{ .name = "refork", .type = OPTION_BOOL,
	  FIELD(struct config_kms, refork), .number = false },
	/* srtpgate waits for ten. */
	{ .name = "timeout", NUMBER(struct config_kms, timeout, 1, 8),
	  .number = 5 },
	{ .name = "pending", NUMBER(struct config_kms, pending, 1, 10000),
	  .number = 64 },
	{ .name = "skew", NUMBER(struct config_kms, skew, 1, 3600),
	  .number = 30 },
	{ .name = NULL },
};

/* Copies the texts, which the file takes along when it is closed. */
static int read_users(struct config_kms *kms, config_setting_t *list,
		      struct fault *fault)
{
	char *to = kms->user_text, *end = to + sizeof(kms->user_text);
	int err = identity_list_read(&kms->users, list, "users", fault);

	for (int i = 0; !err && i < kms->users.patterns; i++) {
		struct sg_slice *user = &kms->users.pattern[i];

		if (user->size > (size_t)(end - to))
			return fault_set(fault, EINVAL,
					 "kms: \"users\" is longer than %d "
					 "octets; name groups of them",
					 CONFIG_USERS_TEXT);
		memcpy(to, user->at, user->size);
		user->at = to;
		to += user->size;
	}
	return err;
}

/* What no single option shows. */
static int check(const struct config_kms *kms, struct fault *fault)
{
	char host[CONFIG_TEXT];
	int port;

	if (sg_host_port(kms->address, host, sizeof(host), &port))
		return fault_set(fault, EINVAL,
				 "kms: address = \"%s\" must be an address and "
				 "a port, as 192.0.2.7:8080",
				 kms->address);
	if (*kms->certificate && !*kms->authority)
		return fault_set(fault, EINVAL,
				 "kms: \"certificate\" is for TLS, which needs "
				 "\"authority\"");
	return 0;
}

int config_kms_read(struct config_kms *kms, config_setting_t *group,
		    struct fault *fault)
{
	int err;

	if (!group)
		return 0;
	err = config_group_read(kms_options, group, "\"kms\"", kms, fault);
	if (!err)
		err = read_users(kms, config_setting_get_member(group, "users"),
				 fault);
	if (!err)
		err = check(kms, fault);
	kms->present = !err;
	return err;
}
