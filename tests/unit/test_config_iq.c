// SPDX-License-Identifier: GPL-2.0-only
/* The group "iq": defaults, addresses, names, and what is refused. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "../lib/ktap.h"
#include "gated/config_iq.h"

#define ADDRESSES "local = \"192.0.2.20\"; controllers = [ \"192.0.2.10\" ]; "

static struct config_iq iq;
static struct fault fault;

/* What config_iq_read() makes of @text; "": there is no such group. */
static int read_group(const char *text)
{
	char whole[512];
	config_t file;
	int err;

	snprintf(whole, sizeof(whole), *text ? "iq = { %s };" : "%s", text);
	memset(&iq, 0, sizeof(iq));
	memset(&fault, 0, sizeof(fault));
	config_init(&file);
	if (!config_read_string(&file, whole))
		ktap_bail_out("%s: %s", whole, config_error_text(&file));
	err = config_iq_read(&iq, config_lookup(&file, "iq"), &fault);
	config_destroy(&file);
	return err;
}

/* Its sentence holds @word. */
static bool is_refused(const char *text, const char *word)
{
	return read_group(text) == -EINVAL && !iq.present &&
	       strstr(fault.text, word);
}

static bool is_mid(const char *text, enum h248_mid_kind kind, const char *name,
		   int port)
{
	char whole[256];

	snprintf(whole, sizeof(whole), ADDRESSES "mid = \"%s\";", text);
	return !read_group(whole) && iq.mid.kind == kind &&
	       sg_slice_is(iq.mid.name, name) && iq.mid.port == port;
}

static bool is_bad_mid(const char *text)
{
	char whole[256];

	snprintf(whole, sizeof(whole), ADDRESSES "mid = \"%s\";", text);
	return is_refused(whole, "mid = ");
}

static void test_values(void)
{
	ktap(!read_group("") && !iq.present, "without the group there is no Iq");
	ktap(!read_group(ADDRESSES) && iq.present && iq.version == 2 &&
		     !strcmp(iq.transport, "udp") &&
		     !strcmp(iq.form, "short") &&
		     !strcmp(iq.profile, "threegiq/1") && iq.repeat == 500 &&
		     iq.repeat_most == 4000 && iq.give_up == 20 &&
		     iq.long_timer == 30 && iq.register_again == 1 &&
		     iq.register_again_most == 60 && iq.heartbeat == 60 &&
		     !strcmp(iq.journal, "/run/srtpgate/iq.db"),
	     "addresses alone suffice: the rest has defaults");
	ktap(ntohs(iq.local.v4.sin_port) == 2944 &&
		     ntohs(iq.controller[0].v4.sin_port) == 2944 &&
		     iq.local.protocol == H248_UDP,
	     "port and protocol too");
	ktap(!read_group("local = \"[2001:db8::20]:3000\"; transport = \"sctp\""
			 "; controllers = ( \"2001:db8::10\", "
			 "\"[2001:db8::11]:2945\" );") &&
		     iq.controller_count == 2 &&
		     iq.controller[1].protocol == H248_SCTP &&
		     ntohs(iq.controller[1].v6.sin6_port) == 2945,
	     "IPv6, SCTP, several controllers");
	ktap(iq.mid.kind == H248_MID_ADDRESS && iq.mid.port == 3000 &&
		     sg_slice_is(iq.mid.name, "2001:db8::20"),
	     "the name follows from \"local\", of IPv6");
}

static void test_names(void)
{
	ktap(is_mid("", H248_MID_ADDRESS, "192.0.2.20", 2944), "and of IPv4");
	ktap(is_mid("[192.0.2.30]:1", H248_MID_ADDRESS, "192.0.2.30", 1) &&
		     is_mid("[2001:db8::1]", H248_MID_ADDRESS, "2001:db8::1",
			    0),
	     "addresses");
	ktap(is_mid("<agw.example>:2944", H248_MID_DOMAIN, "agw.example",
		    2944) &&
		     is_mid("<agw>", H248_MID_DOMAIN, "agw", 0),
	     "domains");
	ktap(is_mid("agw/1@mnc", H248_MID_DEVICE, "agw/1@mnc", 0), "names");
	ktap(is_bad_mid("[agw]:1") && is_bad_mid("[192.0.2.1]:0") &&
		     is_bad_mid("[192.0.2.1]:70000") &&
		     is_bad_mid("[192.0.2.1]2944") && is_bad_mid("[192.0.2.1"),
	     "no addresses");
	ktap(is_bad_mid("<a b>") && is_bad_mid("<>") && is_bad_mid("1agw") &&
		     is_bad_mid("a b") && is_bad_mid("a{") &&
		     is_bad_mid("a234567890123456789012345678901234567890"
				"1234567890123456789012345"),
	     "no names");
}

static void test_refusals(void)
{
	ktap(is_refused("controllers = [ \"192.0.2.10\" ];", "\"local\""),
	     "no address");
	ktap(is_refused("local = \"192.0.2.20\";", "\"controllers\"") &&
		     is_refused("local = \"192.0.2.20\"; controllers = [ ];",
				"1 to 8") &&
		     is_refused("local = \"192.0.2.20\"; controllers = 5;",
				"1 to 8") &&
		     is_refused("local = \"192.0.2.20\"; controllers = [ 5 ];",
				"no address"),
	     "no controllers");
	ktap(is_refused("local = \"192.0.2.20\"; controllers = "
			"[ \"2001:db8::1\" ];", "both must be IPv4") &&
		     is_refused("local = \"192.0.2.20\"; controllers = "
				"[ \"0.0.0.0\" ];", "cannot be reached"),
	     "controllers that cannot be reached");
	ktap(is_refused("local = \"192.0.2.20\"; controllers = "
			"[ \"192.0.2.10\", \"192.0.2.10:2944\" ];", "twice"),
	     "the same one twice");
	ktap(is_refused("local = \"0.0.0.0\"; controllers = "
			"[ \"192.0.2.10\" ];", "by \"mid\"") &&
		     !read_group("local = \"0.0.0.0\"; mid = \"agw\"; "
				 "controllers = [ \"192.0.2.10\" ];"),
	     "any address, unless there is a name");
	ktap(is_refused(ADDRESSES "transport = \"quic\";", "udp sctp tcp") &&
		     is_refused(ADDRESSES "form = \"tiny\";", "short long") &&
		     is_refused(ADDRESSES "version = 4;", "from 1 to 3") &&
		     is_refused(ADDRESSES "heartbeat = 0;", "heartbeat") &&
		     is_refused(ADDRESSES "hartbeat = 1;", "no option"),
	     "values out of range, and strange options");
	ktap(is_refused(ADDRESSES "profile = \"iq\";", "profile") &&
		     is_refused(ADDRESSES "profile = \"a b/1\";", "profile") &&
		     is_refused(ADDRESSES "profile = \"iq/100\";", "profile") &&
		     !read_group(ADDRESSES "profile = \"\";"),
	     "profiles");
	ktap(is_refused(ADDRESSES "repeat = 5000;", "repeat_most") &&
		     is_refused(ADDRESSES "register_again = 61;",
				"register_again_most"),
	     "pauses that get shorter");
}

int main(void)
{
	test_values();
	test_names();
	test_refusals();
	return ktap_finish();
}
