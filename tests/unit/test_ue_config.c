// SPDX-License-Identifier: GPL-2.0-only
/* srtpgate-ue's configuration: the sample, and what is refused. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/ktap.h"
#include "ue/config.h"

#define WHO "identities = [ \"alice@a.example\" ];"
#define KMS "kms = { name = \"kms.a.example\"; address = \"192.0.2.1:1\"; };"
#define KEY "credential = { id = \"x@bsf\"; key_file = \"key\"; };"
#define STORE "store = { path = \"store\"; key_file = \"seal\"; };"
#define ALL WHO KMS KEY STORE

static char path[] = "/tmp/test_ue_config.XXXXXX";
static struct config config;
static struct fault fault;

static int load(const char *text)
{
	FILE *file = fopen(path, "w");
	int err;

	if (!file || fputs(text, file) < 0 || fclose(file))
		ktap_bail_out("%s cannot be written", path);
	err = config_load(&config, path, &fault);
	if (!err)
		config_free(&config);
	return err;
}

static void test_refused(void)
{
	static const struct {
		const char *name, *text, *why;
	} cases[] = {
		{ "nothing", "", "name" },
		{ "no identity", KMS KEY STORE, "who we are" },
		{ "a group", KMS KEY STORE "identities = [ \"*@a\" ];",
		  "nobody is a group" },
		{ "an unknown option", ALL "lifetime = 1;", "lifetime" },
		{ "one that is no group", WHO KMS KEY "store = 1;", "group" },
		{ "an unknown suite", ALL "suites = [ \"ROT13\" ];",
		  "no suite" },
		{ "no suites", ALL "suites = [ ];", "1 to" },
		{ "a suite beyond the tickets",
		  ALL "suites = [ \"AEAD_AES_256_GCM\" ];", "strength" },
		{ "another strength", ALL "ticket = { strength = 192; };",
		  "128 or 256" },
		{ "a ticket of no time", ALL "ticket = { lifetime = 1; };",
		  "lifetime" },
		{ "two ways into the store",
		  WHO KMS KEY "store = { path = \"a\"; key_file = \"b\"; "
			      "passphrase_file = \"c\"; };", "not both" },
		{ "neither B-TID nor certificate",
		  WHO KMS STORE "credential = { key_file = \"key\"; };",
		  "\"certificate\"" },
		{ "both", WHO KMS STORE
		  "credential = { key_file = \"key\"; id = \"x@bsf\";"
		  " certificate = \"c\"; kms_certificate = \"k\"; };",
		  "\"certificate\"" },
		{ "a certificate and no server's", WHO KMS STORE
		  "credential = { key_file = \"key\";"
		  " certificate = \"c\"; };", "\"kms_certificate\"" },
		{ "an unknown signature", WHO KMS STORE
		  "credential = { key_file = \"key\"; certificate = \"c\";"
		  " kms_certificate = \"k\"; signature = \"dsa\"; };",
		  "signature" },
		{ "a skew of days", ALL "skew = 100000;", "skew" },
		{ "a rule that is no group", ALL "calls = ( 1 );", "group" },
		{ "a rule of another kind",
		  ALL "calls = ( { ticket = \"stolen\"; } );", "one of" },
		{ "nobody for a list that would be everybody",
		  ALL "accept = { from = [ ]; };", "is empty" },
		{ "no servers", ALL "accept = { servers = [ ]; };",
		  "is empty" },
		{ "a rule for no callees", ALL "calls = ( { to = [ ]; } );",
		  "is empty" },
		{ "no syntax", ALL "ticket = {", "syntax" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ktap(load(cases[i].text) < 0 &&
			     strstr(fault.text, cases[i].why),
		     "refused: %s: %s", cases[i].name, fault.text);
}

static void test_read(void)
{
	ktap(!load(ALL) && config.suites == 1 &&
		     config.suite[0] == SG_SUITE_AES_CM_128_HMAC_SHA1_80 &&
		     !config.mki && config.skew == 30 &&
		     config.ticket.lifetime == 86400 &&
		     config.ticket.reusable && !config.ticket.own &&
		     !config.accept.own_tickets && !config.accept.unforked,
	     "defaults");
	ktap(!load(ALL "suites = [ \"AEAD_AES_256_GCM\" ];"
		       "ticket = { strength = 256; };"),
	     "long keys with strong tickets");
	ktap(!config_load(&config, "packaging/srtpgate-ue.conf", &fault),
	     "the sample: %s", fault.text);
	ktap(config_is_ours(&config, SG_SLICE("alice@OPERATOR.example")) &&
		     !config_is_ours(&config,
				     SG_SLICE("Alice@operator.example")),
	     "who we are");
	config_free(&config);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		ktap_bail_out("no file");
	close(fd);
	test_refused();
	test_read();
	unlink(path);
	return ktap_finish();
}
