// SPDX-License-Identifier: GPL-2.0-only
/* The group "kms": that nothing is permitted unsaid, and what is refused. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../lib/ktap.h"
#include "gated/config_kms.h"

#define NEEDED                                                                 \
	"name = \"kms.a.example\"; identity = \"agw@a.example\"; "             \
	"account = \"agw\"; key_file = \"/k\"; "
#define WHERE "address = \"192.0.2.30:8080\"; "

static struct config_kms kms;
static struct fault fault;

/* What config_kms_read() makes of @text; "": there is no such group. */
static int read_group(const char *text)
{
	static char whole[40000];
	config_t file;
	int err;

	snprintf(whole, sizeof(whole), *text ? "kms = { %s };" : "%s", text);
	memset(&kms, 0, sizeof(kms));
	memset(&fault, 0, sizeof(fault));
	config_init(&file);
	if (!config_read_string(&file, whole))
		ktap_bail_out("%s: %s", whole, config_error_text(&file));
	err = config_kms_read(&kms, config_lookup(&file, "kms"), &fault);
	config_destroy(&file);
	return err;
}

/* Its sentence holds @word. */
static bool is_refused(const char *text, const char *word)
{
	return read_group(text) == -EINVAL && !kms.present &&
	       strstr(fault.text, word);
}

static bool covers(const char *identity)
{
	return identity_list_covers(&kms.users, sg_slice_of(identity));
}

static void test_defaults(void)
{
	ktap(!read_group("") && !kms.present, "there is none");
	ktap(!read_group(NEEDED WHERE) && kms.present, "there is one");
	ktap(!kms.users.patterns && !covers("alice@a.example") && !kms.refork,
	     "nothing is permitted unsaid");
	ktap(!*kms.authority && kms.timeout == 5 && kms.pending == 64 &&
	     kms.skew == 30, "the other defaults");
}

static void test_users(void)
{
	static char many[32000];
	size_t at;

	read_group(NEEDED WHERE
		   "users = [ \"*@a.example\", \"bob@b.example\" ];");
	ktap(covers("alice@a.example") && covers("bob@b.example") &&
	     !covers("carol@b.example"),
	     "users are known when the file is closed");
	at = snprintf(many, sizeof(many), NEEDED WHERE "users = [ \"x\"");
	for (int i = 0; i < 20; i++)
		at += snprintf(many + at, sizeof(many) - at, ", \"%0500d\"", i);
	snprintf(many + at, sizeof(many) - at, " ];");
	ktap(is_refused(many, "users"), "refused: more of them than fit");
	ktap(is_refused(NEEDED WHERE "users = \"*@a.example\";", "users"),
	     "no list");
}

static void test_refusals(void)
{
	ktap(is_refused(NEEDED, "address"), "no address");
	ktap(is_refused(NEEDED "address = \"192.0.2.30\";", "address = "),
	     "one without a port");
	ktap(is_refused(NEEDED "address = \"192.0.2.30:80x\";",
			"address = ") &&
	     is_refused(NEEDED "address = \"192.0.2.30: 80\";",
			"address = ") &&
	     is_refused(NEEDED "address = \"192.0.2.30:65536\";",
			"address = "), "or with what is none");
	ktap(is_refused(WHERE "name = \"k\"; identity = \"a\"; "
			      "account = \"a\";", "key_file"), "no key");
	ktap(is_refused(NEEDED WHERE "certificate = \"c\"; key = \"k\";",
			"authority"), "a certificate without an authority");
	ktap(is_refused(NEEDED WHERE "timeout = 9;", "timeout"),
	     "longer than srtpgate waits");
	ktap(is_refused(NEEDED WHERE "pending = 0;", "pending"),
	     "room for nobody");
	ktap(is_refused(NEEDED WHERE "colour = \"red\";", "colour"),
	     "an unknown option");
}

int main(void)
{
	test_defaults();
	test_users();
	test_refusals();
	return ktap_finish();
}
