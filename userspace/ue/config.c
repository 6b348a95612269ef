// SPDX-License-Identifier: GPL-2.0-only
#include "ue/config.h"

#include <errno.h>
#include <string.h>

#include "lib/config_table.h"
#include "lib/master_key.h"
#include "lib/mikey_identity.h"
#include "lib/mikey_ticket.h"

static const struct option options[] = {
	{ .name = "identities", .type = OPTION_NESTED },
	{ .name = "answers", .type = OPTION_NESTED },
	{ .name = "suites", .type = OPTION_NESTED },
	{ .name = "mki", .type = OPTION_BOOL, FIELD(struct config, mki),
	  .number = false },
	{ .name = "skew", NUMBER(struct config, skew, 1, 3600), .number = 30 },
	{ .name = "kms", .type = OPTION_NESTED },
	{ .name = "credential", .type = OPTION_NESTED },
	{ .name = "store", .type = OPTION_NESTED },
	{ .name = "ticket", .type = OPTION_NESTED },
	{ .name = "calls", .type = OPTION_NESTED },
	{ .name = "accept", .type = OPTION_NESTED },
	{ .name = "message", .type = OPTION_NESTED },
	{ .name = "tls", .type = OPTION_NESTED },
	{ .name = NULL },
};

static const struct option kms_options[] = {
	{ TEXT(struct config_kms, name) },
	{ TEXT(struct config_kms, address) },
	{ TEXT(struct config_kms, authority), .text = "" },
	{ .name = "timeout", NUMBER(struct config_kms, timeout, 1, 300),
	  .number = 10 },
	{ .name = NULL },
};

static const struct option credential_options[] = {
	{ TEXT(struct config_credential, id), .text = "" },
	{ TEXT(struct config_credential, key_file) },
	{ TEXT(struct config_credential, certificate), .text = "" },
	{ TEXT(struct config_credential, kms_certificate), .text = "" },
	{ .name = "signature", .type = OPTION_CHOICE,
	  FIELD(struct config_credential, signature), .text = "pkcs1",
	  .choices = " pkcs1 pss " },
	{ .name = "envelope", .type = OPTION_CHOICE,
	  FIELD(struct config_credential, envelope), .text = "oaep",
	  .choices = " oaep pkcs1 " },
	{ .name = NULL },
};

static const struct option store_options[] = {
	{ TEXT(struct config_store, path) },
	{ TEXT(struct config_store, key_file), .text = "" },
	{ TEXT(struct config_store, passphrase_file), .text = "" },
	{ .name = NULL },
};

static const struct option ticket_options[] = {
	{ .name = "lifetime",
	  NUMBER(struct config_ticket, lifetime, 60, CONFIG_LIFETIME_MAX),
	  .number = 86400 },
	{ .name = "reusable", .type = OPTION_BOOL,
	  FIELD(struct config_ticket, reusable), .number = true },
	{ .name = "own", .type = OPTION_BOOL, FIELD(struct config_ticket, own),
	  .number = false },
	{ .name = "strength", NUMBER(struct config_ticket, strength, 128, 256),
	  .number = 128 },
	{ .name = NULL },
};

static const struct option call_options[] = {
	{ .name = "to", .type = OPTION_NESTED },
	{ .name = "recipients", .type = OPTION_NESTED },
	{ .name = "ticket", .type = OPTION_CHOICE,
	  FIELD(struct config_call, ticket), .text = "stored",
	  .choices = " stored fresh own " },
	{ .name = NULL },
};

static const struct option accept_options[] = {
	{ .name = "from", .type = OPTION_NESTED },
	{ .name = "servers", .type = OPTION_NESTED },
	{ .name = "lifetime",
	  NUMBER(struct config_accept, lifetime, 0, CONFIG_LIFETIME_MAX),
	  .number = 0 },
	{ .name = "own_tickets", .type = OPTION_BOOL,
	  FIELD(struct config_accept, own_tickets), .number = false },
	{ .name = "unforked", .type = OPTION_BOOL,
	  FIELD(struct config_accept, unforked), .number = false },
	{ .name = NULL },
};

static const struct option message_options[] = {
	{ .name = "protocol",
	  NUMBER(struct config_message, protocol, 1, 255), .number = 3 },
	{ .name = "extension",
	  NUMBER(struct config_message, extension, 2, 255), .number = 250 },
	{ .name = "unproven", .type = OPTION_BOOL,
	  FIELD(struct config_message, unproven), .number = false },
	{ .name = NULL },
};

static const struct option tls_options[] = {
	{ .name = "protocol", NUMBER(struct config_tls, protocol, 1, 255),
	  .number = 2 },
	{ .name = "plain_psk", .type = OPTION_BOOL,
	  FIELD(struct config_tls, plain_psk), .number = false },
	{ .name = NULL },
};

/* A group that may be missing has its defaults then. */
static int read_group(const struct option *table, const struct config *config,
		      const char *name, void *to, struct fault *fault)
{
	return config_group_read(table, config_lookup(&config->file, name),
				 name, to, fault);
}

/* -- suites ---------------------------------------------------------------- */

static int add_suite(struct config *config, const char *name,
		     struct fault *fault)
{
	enum sg_suite suite = sg_suite_by_name(name ? name : "");
	const struct sg_suite_info *info = sg_suite_info(suite);

	if (!info || info->flags & SG_KEY_USER)
		return fault_set(fault, EINVAL,
				 "\"suites\" has \"%.80s\", which is no suite; "
				 "the sample configuration has them all",
				 name ? name : "");
	/* RFC 6043 12.1: keys are as strong as what protects them. */
	if (info->key * 8 > config->ticket.strength)
		return fault_set(fault, EINVAL,
				 "%s needs tickets with a \"strength\" of 256",
				 name);
	config->suite[config->suites++] = suite;
	return 0;
}

static int read_suites(struct config *config, struct fault *fault)
{
	config_setting_t *list = config_lookup(&config->file, "suites");
	int count = list ? config_setting_length(list) : 0, err = 0;

	if (!list)
		return add_suite(config, "AES_CM_128_HMAC_SHA1_80", fault);
	if (!config_setting_is_aggregate(list) || count < 1 ||
	    count > CONFIG_SUITES)
		return fault_set(fault, EINVAL,
				 "\"suites\" must be a list of 1 to %d suites",
				 CONFIG_SUITES);
	for (int i = 0; i < count && !err; i++)
		err = add_suite(config, config_setting_get_string_elem(list, i),
				fault);
	return err;
}

/* -- calls ----------------------------------------------------------------- */

static int read_call(struct config_call *call, config_setting_t *group,
		     struct fault *fault)
{
	int err = config_group_read(call_options, group, "each of \"calls\"",
				    call, fault);

	if (!err)
		err = identity_list_read_open(
			&call->to, config_setting_get_member(group, "to"), "to",
			fault);
	if (!err)
		err = identity_list_read(
			&call->recipients,
			config_setting_get_member(group, "recipients"),
			"recipients", fault);
	if (!err && call->recipients.patterns > MIKEY_RECIPIENTS_MAX)
		err = fault_set(fault, EINVAL,
				"a ticket has %d \"recipients\" at most",
				MIKEY_RECIPIENTS_MAX);
	return err;
}

static int read_calls(struct config *config, struct fault *fault)
{
	config_setting_t *list = config_lookup(&config->file, "calls");
	int count = config_list_count(list, "calls", 0, CONFIG_CALLS, fault);
	int err = count < 0 ? count : 0;

	for (int i = 0; i < count && !err; i++)
		err = read_call(&config->call[config->calls++],
				config_setting_get_elem(list, i), fault);
	return err;
}

/* -- all of it ------------------------------------------------------------- */

static int check_credential(const struct config_credential *credential,
			    struct fault *fault)
{
	if (!*credential->id == !*credential->certificate ||
	    !*credential->certificate != !*credential->kms_certificate)
		return fault_set(fault, EINVAL,
				 "the credential has an \"id\", or a "
				 "\"certificate\" and a \"kms_certificate\"");
	return 0;
}

static int check(const struct config *config, struct fault *fault)
{
	const struct identity_list *ours = &config->identities;

	if (!ours->patterns)
		return fault_set(fault, EINVAL,
				 "\"identities\" must say who we are");
	for (int i = 0; i < ours->patterns; i++)
		if (mikey_identity_is_group(ours->pattern[i]))
			return fault_set(fault, EINVAL,
					 "nobody is a group: \"identities\" "
					 "must be without \"*\"");
	if (config->ticket.strength != 128 && config->ticket.strength != 256)
		return fault_set(fault, EINVAL,
				 "\"strength\" must be 128 or 256");
	if (*config->store.key_file && *config->store.passphrase_file)
		return fault_set(fault, EINVAL,
				 "the store has a \"key_file\" or a "
				 "\"passphrase_file\", not both");
	return check_credential(&config->credential, fault);
}

static int read_groups(struct config *config, struct fault *fault)
{
	const struct {
		const char *name;
		const struct option *table;
		void *to;
	} groups[] = {
		{ "kms", kms_options, &config->kms },
		{ "credential", credential_options, &config->credential },
		{ "store", store_options, &config->store },
		{ "ticket", ticket_options, &config->ticket },
		{ "accept", accept_options, &config->accept },
		{ "message", message_options, &config->message },
		{ "tls", tls_options, &config->tls },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]) && !err; i++)
		err = read_group(groups[i].table, config, groups[i].name,
				 groups[i].to, fault);
	return err;
}

static int read_lists(struct config *config, struct fault *fault)
{
	const struct {
		const char *path;
		struct identity_list *list;
		int (*read)(struct identity_list *list,
			    config_setting_t *setting, const char *name,
			    struct fault *fault);
	} lists[] = {
		{ "identities", &config->identities, identity_list_read },
		{ "answers", &config->answers, identity_list_read },
		{ "accept.from", &config->accept.from,
		  identity_list_read_open },
		{ "accept.servers", &config->accept.servers,
		  identity_list_read_open },
	};
	int err = 0;

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]) && !err; i++)
		err = lists[i].read(lists[i].list,
				    config_lookup(&config->file, lists[i].path),
				    lists[i].path, fault);
	return err;
}

int config_load(struct config *config, const char *path, struct fault *fault)
{
	int err;

	memset(config, 0, sizeof(*config));
	err = config_file_open(&config->file, path, fault);
	if (err)
		return err;
	err = config_table_read(options, config_root_setting(&config->file),
				config, fault);
	if (!err)
		err = read_groups(config, fault);
	if (!err)
		err = read_lists(config, fault);
	if (!err)
		err = read_calls(config, fault);
	if (!err)
		err = read_suites(config, fault);
	if (!err)
		err = check(config, fault);
	if (err)
		config_destroy(&config->file);
	return err;
}

void config_free(struct config *config)
{
	config_destroy(&config->file);
}

bool config_is_ours(const struct config *config, struct sg_slice identity)
{
	for (int i = 0; i < config->identities.patterns; i++)
		if (mikey_identity_matches(config->identities.pattern[i],
					   identity))
			return true;
	return false;
}
