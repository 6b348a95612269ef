// SPDX-License-Identifier: GPL-2.0-only
/* Files of the key management server: policy, accounts, ticket keys. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "../lib/ktap.h"
#include "kms/account.h"
#include "kms/ticket_keys.h"
#include "lib/mikey_identity.h"
#include "lib/mikey_time.h"
#include "lib/private_file.h"
#include "lib/psk_file.h"
#include "lib/secret.h"

static char path[] = "/tmp/srtpgate-policy-XXXXXX";
static struct mikey_fault why;
static struct fault fault;

static void write_file(const char *text)
{
	if (private_file_write(path, text, strlen(text), &fault))
		ktap_bail_out("%s", fault.text);
}

/* -- patterns -------------------------------------------------------------- */

static bool covers(const char *pattern, const char *group)
{
	return mikey_identity_covers(sg_slice_of(pattern), sg_slice_of(group));
}

/* Whoever a group has, the pattern has: checked against some of them. */
static void test_covers(void)
{
	static const char *const patterns[] = {
		"*", "*@*", "**@*", "*@b.example", "a*@b.example", "*a@B.example",
		"a@b.example", "*.a@b.example", "a*b*@*", "*@*.example",
	};
	static const char *const users[] = {
		"a@b.example", "aa@b.example", "a.a@B.example", "ba@b.Example",
		"axb@c", "axbx@c.example", "x.a@b.example", "b@b.example",
	};
	const int count = sizeof(patterns) / sizeof(patterns[0]);
	int covered = 0, wrong = 0;

	for (int i = 0; i < count; i++)
		for (int j = 0; j < count; j++) {
			if (!covers(patterns[i], patterns[j]))
				continue;
			covered++;
			for (int k = 0; k < 8; k++) {
				struct sg_slice user = sg_slice_of(users[k]);

				wrong += mikey_identity_matches(
						 sg_slice_of(patterns[j]),
						 user) &&
					 !mikey_identity_matches(
						 sg_slice_of(patterns[i]),
						 user);
			}
		}
	ktap(covered > count && !wrong, "a pattern that covers a group has all "
	     "of its users");
	ktap(covers("*@*", "*@b.example") && !covers("*@b.example", "*@*") &&
	     !covers("a@b.example", "*@b.example") && covers("*", "*@*") &&
	     !covers("**@*", "*@b.example"), "and one that may not does not");
}

/* -- rules ----------------------------------------------------------------- */

static struct policy policy;

static const char *rule_for(const char *from, const char *to, const char *other)
{
	struct sg_slice recipient[] = { sg_slice_of(to),
					sg_slice_of(other ? other : "") };
	const struct policy_rule *rule = policy_find(
		&policy, sg_slice_of(from), recipient, other ? 2 : 1);

	return rule ? rule->name : "";
}

static void test_rules(void)
{
	write_file("rules = ( { name = \"one\"; from = [ \"a@a\" ]; "
		   "to = [ \"b@b\" ]; }, { to = [ \"*@b\", \"c@c\" ]; } );");
	ktap(!policy_load(&policy, path, &fault) && policy.rules == 2 &&
	     policy.rule[0].allow && policy.rule[0].lifetime == 86400 &&
	     !policy.rule[0].groups, "a policy, with defaults");
	ktap(!strcmp(rule_for("a@a", "b@b", NULL), "one") &&
	     !strcmp(rule_for("x@a", "b@b", NULL), "2") &&
	     !strcmp(rule_for("a@a", "b@b", "c@c"), "2") &&
	     !strcmp(rule_for("a@a", "*@b", NULL), "2") &&
	     !strcmp(rule_for("a@a", "*@*", NULL), "") &&
	     !strcmp(rule_for("a@a", "b@b", "d@d"), ""),
	     "the first rule that fits all, or none");
	policy_free(&policy);
}

static bool is_refused(const char *text, const char *reason)
{
	write_file(text);
	if (!policy_load(&policy, path, &fault)) {
		policy_free(&policy);
		return false;
	}
	return strstr(fault.text, reason);
}

static void test_refused_policies(void)
{
	ktap(is_refused("", "must be a list of 1 to"), "refused: nothing");
	ktap(is_refused("rules = ( { form = [ \"a\" ]; } );", "no option"),
	     "refused: a word misspelt");
	ktap(is_refused("rules = ( { from = \"a\"; } );", "must be a list"),
	     "refused: a text for a list");
	ktap(is_refused("rules = ( { from = [ ]; } );", "empty") &&
	     is_refused("rules = ( { to = [ ]; } );", "empty"),
	     "refused: nobody, which would be everybody");
	ktap(is_refused("rules = ( { from = [ 1 ]; } );", "no identity"),
	     "refused: a number for an identity");
	ktap(is_refused("rules = ( { lifetime = 0; } );", "must be a number"),
	     "refused: no lifetime");
	ktap(is_refused("rules = ( 1 );", "must be a group"),
	     "refused: a number for a rule");
	ktap(is_refused("rules = ( {", "syntax"), "refused: half a file");
}

/* Each flag of a wish against a rule without and with permission. */
static void test_flags(void)
{
	static const struct {
		const char *wish, *plain, *generous;
	} row[] = {
		{ "DEFGHINO", "DEFGHINO", "DEFGHINO" },
		{ "DEFGHIJLMNO", "DEFGHIKNO", "DEFGHIJLMNO" },
		{ "DHNO", "DEFHIKNO", "DHNO" },
		{ "FGNO", "DEFGIKNO", "DFGNO" },
	};
	static const struct policy_rule plain = { .allow = true, .adjust = true,
						  .lifetime = 9999, .keys = 1 };
	struct policy_rule generous = plain;
	bool ok = true;

	generous.reusable = generous.initiator_keys = true;
	generous.responder_keys = generous.unforked = generous.deferred = true;
	for (int i = 0; i < 8; i++) {
		const struct policy_rule *rule = i % 2 ? &generous : &plain;
		struct mikey_keys wanted = { .keys = 1 };
		struct mikey_policy wish = { .profile = mikey_profile_3gpp,
					     .end = 2000 };
		char flags[13];

		wanted.key[0].kind = MIKEY_GTGK;
		wanted.key[0].secret.size = 16;
		mikey_flags_parse(&wish.flags, row[i / 2].wish);
		ok &= !policy_grant(rule, &wish, &wanted, 1000, &why);
		mikey_flags_print(flags, wish.flags);
		ok &= !strcmp(flags, i % 2 ? row[i / 2].generous :
					     row[i / 2].plain);
	}
	ktap(ok, "flags that are granted");
}

/* -- accounts -------------------------------------------------------------- */

static bool load_account(const char *more)
{
	char text[1024];
	struct accounts accounts;
	int err;

	snprintf(text, sizeof(text), "rules = ( { } ); accounts = ( "
		 "{ id = \"agw\"; key_file = \"%s\"; %s } );", path, more);
	/* Its own key file: a policy is no key. */
	write_file(text);
	if (policy_load(&policy, path, &fault))
		return false;
	err = accounts_load(&accounts, &policy, &fault);
	if (!err)
		accounts_free(&accounts);
	policy_free(&policy);
	return !err;
}

static void test_accounts(void)
{
	struct mikey_secret key;

	ktap(!load_account("") && strstr(fault.text, "identities"),
	     "refused: an account of nobody");
	ktap(!load_account("identities = [ \"*@a\" ];") &&
	     strstr(fault.text, "\"*\""), "refused: an account of a group");
	ktap(!load_account("identities = [ \"a@a\" ];") &&
	     strstr(fault.text, "32 octets"), "refused: a file without a key");
	write_file(" AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
	ktap(!psk_file_read(&key, path, &fault) && key.size == 32 &&
	     key.octets[31] == 31, "a key is read");
	chmod(path, 0640);
	ktap(psk_file_read(&key, path, &fault) == -EACCES,
	     "refused: a key that others may read");
	chmod(path, 0600);
}

/* -- ticket keys ----------------------------------------------------------- */

static void test_ticket_keys(void)
{
	static struct ticket_keys keys, again;

	ktap(!ticket_keys_add(&keys, 1000, &fault) &&
	     !ticket_keys_add(&keys, 2000, &fault) &&
	     ticket_keys_add(&keys, 2000, &fault) == -EINVAL &&
	     !ticket_keys_add(&keys, 3000, &fault), "keys are added in order");
	ktap(!sg_secret_equal(keys.key[0].secret.octets,
			      keys.key[1].secret.octets, 32), "and differ");
	ktap(!ticket_keys_current(&keys, 999) &&
	     ticket_keys_current(&keys, 1000)->number == 1 &&
	     ticket_keys_current(&keys, 2999)->number == 2 &&
	     ticket_keys_current(&keys, 9999)->number == 3, "each has its time");
	ktap(!ticket_keys_save(&keys, path, &fault) &&
	     !ticket_keys_load(&again, path, &fault) &&
	     sg_secret_equal(&keys, &again, sizeof(keys)),
	     "written and read they are the same");
	ktap(ticket_keys_find(&keys, (struct sg_slice){ "\0\0\0\2", 4 }) ==
		     &keys.key[1] &&
	     !ticket_keys_find(&keys, (struct sg_slice){ "\0\0\0\4", 4 }) &&
	     !ticket_keys_find(&keys, (struct sg_slice){ "\2", 1 }),
	     "found by their numbers");
	ktap(!ticket_keys_prune(&keys, 2500, 500) &&
	     ticket_keys_prune(&keys, 2501, 500) == 1 &&
	     ticket_keys_prune(&keys, 9999, 0) == 1 && keys.keys == 1 &&
	     keys.key[0].number == 3 && !keys.key[1].number,
	     "they go when their last ticket has ended; the last one stays");
}

static bool ring_is_refused(const char *text, int err)
{
	static struct ticket_keys keys;

	write_file(text);
	return ticket_keys_load(&keys, path, &fault) == err && !keys.keys;
}

#define KEY "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static void test_refused_rings(void)
{
	ktap(ring_is_refused("1 2026-01-01T00:00:00Z " KEY "\n"
			     "1 2026-01-02T00:00:00Z " KEY "\n", -EINVAL),
	     "refused: a number twice");
	ktap(ring_is_refused("1 2026-01-02T00:00:00Z " KEY "\n"
			     "2 2026-01-01T00:00:00Z " KEY "\n", -EINVAL),
	     "refused: times that fall");
	ktap(ring_is_refused("1 2026-01-01 " KEY "\n", -EINVAL) &&
	     strstr(fault.text, ":1:"), "refused: half a time");
	ktap(ring_is_refused("1 2026-01-01T00:00:00Z AAEC\n", -EINVAL),
	     "refused: a short key");
	ktap(ring_is_refused("1 2026-01-01T00:00:00Z " KEY " x\n", -EINVAL),
	     "refused: something behind it");
	ktap(!strstr(fault.text, "AAEC"), "and no key is shown");
}

int main(void)
{
	close(mkstemp(path));
	test_covers();
	test_rules();
	test_refused_policies();
	test_flags();
	test_accounts();
	test_ticket_keys();
	test_refused_rings();
	unlink(path);
	return ktap_finish();
}
