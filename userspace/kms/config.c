// SPDX-License-Identifier: GPL-2.0-only
#include "kms/config.h"

#include <errno.h>
#include <string.h>

#include "lib/config_table.h"

#define DIRECTORY "/etc/srtpgate/"
#define STATE "/var/lib/srtpgate-kms/"

static const struct option options[] = {
	{ TEXT(struct config, name) },
	{ TEXT(struct config, user), .text = "srtpgate-kms" },
	{ TEXT(struct config, group), .text = "srtpgate-kms" },
	{ TEXT(struct config, listen), .text = "" },
	{ .name = "tls", .type = OPTION_NESTED },
	{ .name = "zk", .type = OPTION_NESTED },
	{ .name = "mikey", .type = OPTION_NESTED },
	{ .name = "store", .type = OPTION_NESTED },
	{ .name = "bsf", .type = OPTION_NESTED },
	{ TEXT(struct config, policy),
	  .text = DIRECTORY "srtpgate-kms.policy" },
	{ TEXT(struct config, ticket_keys), .text = STATE "ticket-keys" },
	{ TEXT(struct config, audit), .text = "" },
	{ TEXT(struct config, metrics), .text = "" },
	{ .name = "replica", NUMBER(struct config, replica, 0, 255),
	  .number = 0 },
	{ .name = "skew", NUMBER(struct config, skew, 1, 3600), .number = 30 },
	{ .name = "remember",
	  NUMBER(struct config, remember, 1000, 100000000),
	  .number = 500000 },
	{ .name = "timeout", NUMBER(struct config, timeout, 1, 3600),
	  .number = 10 },
	{ .name = "connections",
	  NUMBER(struct config, connections, 1, 1000000), .number = 10000 },
	{ .name = NULL },
};

static const struct option tls_options[] = {
	{ TEXT(struct config_tls, listen) },
	{ TEXT(struct config_tls, certificate) },
	{ TEXT(struct config_tls, key) },
	{ .name = NULL },
};

static const struct option zk_options[] = {
	{ TEXT(struct config_tls, listen), .text = "" },
	{ TEXT(struct config_tls, certificate) },
	{ TEXT(struct config_tls, key) },
	{ TEXT(struct config_tls, authority) },
	{ .name = "peers", .type = OPTION_NESTED },
	{ .name = NULL },
};

static const struct option peer_options[] = {
	{ TEXT(struct config_peer, name) },
	{ TEXT(struct config_peer, address), .text = "" },
	{ TEXT(struct config_peer, key_file) },
	{ .name = "domains", .type = OPTION_NESTED },
	{ .name = "refork", .type = OPTION_BOOL,
	  FIELD(struct config_peer, refork), .number = false },
	{ .name = NULL },
};

static const struct option mikey_options[] = {
	{ TEXT(struct config_mikey, certificate) },
	{ TEXT(struct config_mikey, key) },
	{ .name = "envelope", .type = OPTION_CHOICE,
	  FIELD(struct config_mikey, envelope), .text = "oaep",
	  .choices = " oaep pkcs1 " },
	{ .name = NULL },
};

static const struct option store_options[] = {
	{ TEXT(struct config_store, path) },
	{ TEXT(struct config_store, seal), .text = "" },
	{ .name = NULL },
};

static const struct option bsf_options[] = {
	{ TEXT(struct config_bsf, host) },
	{ TEXT(struct config_bsf, realm) },
	{ TEXT(struct config_bsf, bsf_realm), .text = "" },
	{ TEXT(struct config_bsf, bsf_host), .text = "" },
	{ TEXT(struct config_bsf, service), .text = "" },
	{ TEXT(struct config_bsf, authority), .text = "" },
	{ TEXT(struct config_bsf, certificate), .text = "" },
	{ TEXT(struct config_bsf, key), .text = "" },
	{ .name = "peers", .type = OPTION_NESTED },
	{ .name = NULL },
};

static const struct option bsf_peer_options[] = {
	{ TEXT(struct config_bsf_peer, node) },
	{ TEXT(struct config_bsf_peer, port), .text = "" },
	{ TEXT(struct config_bsf_peer, host), .text = "" },
	{ .name = "tls", .type = OPTION_BOOL,
	  FIELD(struct config_bsf_peer, tls), .number = false },
	{ .name = NULL },
};

static bool has_peer(const struct config *config, const char *name)
{
	for (int i = 0; i < config->peers; i++)
		if (!strcasecmp(config->peer[i].name, name))
			return true;
	return false;
}

static int read_peer(struct config *config, config_setting_t *group,
		     struct fault *fault)
{
	struct config_peer *peer = &config->peer[config->peers];
	int err = config_group_read(peer_options, group, "each of \"peers\"",
				    peer, fault);

	if (!err)
		err = identity_list_read(
			&peer->domains,
			config_setting_get_member(group, "domains"), "domains",
			fault);
	if (err)
		return err;
	if (has_peer(config, peer->name) ||
	    !strcasecmp(peer->name, config->name))
		return fault_set(fault, EINVAL,
				 "two key management servers are called \"%s\"",
				 peer->name);
	config->peers++;
	return 0;
}

static int read_peers(struct config *config, config_setting_t *list,
		      struct fault *fault)
{
	int count = config_list_count(list, "peers", 0, CONFIG_PEERS, fault);
	int err = count < 0 ? count : 0;

	for (int i = 0; i < count && !err; i++)
		err = read_peer(config, config_setting_get_elem(list, i),
				fault);
	return err;
}

static int read_servers(struct config *config, struct fault *fault)
{
	config_setting_t *tls = config_lookup(&config->file, "tls");
	config_setting_t *zk = config_lookup(&config->file, "zk");
	config_setting_t *mikey = config_lookup(&config->file, "mikey");
	int err = 0;

	if (tls)
		err = config_group_read(tls_options, tls, "\"tls\"",
					&config->tls, fault);
	if (!err && mikey)
		err = config_group_read(mikey_options, mikey, "\"mikey\"",
					&config->mikey, fault);
	if (!err && zk)
		err = config_group_read(zk_options, zk, "\"zk\"", &config->zk,
					fault);
	if (!err && zk)
		err = read_peers(config, config_setting_get_member(zk, "peers"),
				 fault);
	if (!err && !*config->listen && !*config->tls.listen)
		return fault_set(fault, EINVAL,
				 "\"listen\" or tls.listen must say where to "
				 "listen");
	return err;
}

static int read_bsf(struct config_bsf *bsf, config_setting_t *group,
		    struct fault *fault)
{
	int err = config_group_read(bsf_options, group, "\"bsf\"", bsf,
				    fault);
	config_setting_t *list;
	int count;

	if (err)
		return err;
	list = config_setting_get_member(group, "peers");
	count = config_list_count(list, "peers", 1, CONFIG_BSF_PEERS, fault);
	if (count < 0)
		return count;
	for (int i = 0; i < count && !err; i++)
		err = config_group_read(bsf_peer_options,
					config_setting_get_elem(list, i),
					"each of \"peers\"",
					&bsf->peer[bsf->peers++], fault);
	return err;
}

static int read_users(struct config *config, struct fault *fault)
{
	config_setting_t *store = config_lookup(&config->file, "store");
	config_setting_t *bsf = config_lookup(&config->file, "bsf");

	if (store && bsf)
		return fault_set(fault, EINVAL,
				 "users come from \"store\" or from \"bsf\", "
				 "not from both");
	if (store)
		return config_group_read(store_options, store, "\"store\"",
					 &config->store, fault);
	return bsf ? read_bsf(&config->bsf, bsf, fault) : 0;
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
		err = read_servers(config, fault);
	if (!err)
		err = read_users(config, fault);
	if (err)
		config_free(config);
	return err;
}

void config_free(struct config *config)
{
	config_destroy(&config->file);
	memset(config, 0, sizeof(*config));
}
