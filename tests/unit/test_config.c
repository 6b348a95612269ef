// SPDX-License-Identifier: GPL-2.0-only
/* srtpgated's configuration: the sample, and what is refused. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/ktap.h"
#include "gated/config.h"

#define ACCESS "name = \"access\"; interface = \"eth0\"; "
#define ADDRESS "addresses = [ \"192.0.2.1\" ]; "
#define REALM(more) "{ " ACCESS ADDRESS more " }"
#define REALMS "realms = ( " REALM("") " );\n"

static char path[] = "/tmp/test_config.XXXXXX";
static struct config config;
static struct fault fault;

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	if (!file || fputs(text, file) < 0 || fclose(file))
		ktap_bail_out("%s cannot be written", path);
}

static int load(const char *text)
{
	write_file(text);
	memset(&fault, 0, sizeof(fault));
	return config_load(&config, path, &fault);
}

/* The sample with what stands in it behind "# " as code. */
static char *sample_uncommented(void)
{
	static char text[32768];
	FILE *file = fopen("packaging/srtpgated.conf", "r");
	bool code = false;
	char line[256];

	if (!file)
		ktap_bail_out("there is no packaging/srtpgated.conf");
	*text = '\0';
	while (fgets(line, sizeof(line), file)) {
		/* "# iq = {" up to "# };" */
		if (!strncmp(line, "# ", 2) && strstr(line, " = {"))
			code = true;
		strcat(text, line + (code ? 2 : 0));
		if (!strncmp(line, "# };", 4))
			code = false;
	}
	fclose(file);
	return text;
}

static void test_sample(void)
{
	ktap(!config_load(&config, "packaging/srtpgated.conf", &fault) &&
		     config.realm_count == 2 && !config.iq.present &&
		     !config.kms.present,
	     "the sample: %s", fault.text);
	ktap(!load(sample_uncommented()) && config.iq.present &&
		     config.iq.controller_count == 2 && config.kms.present,
	     "with the groups in its comments: %s", fault.text);
}

static void test_defaults(void)
{
	ktap(!load(REALMS) && config.streams == 10000 && config.slow_path &&
		     config.realm[0].port_min == 10000 &&
		     config.realm[0].port_max == 29999 &&
		     !strcmp(config.mode, "auto") && !*config.metrics,
	     "defaults: %s", fault.text);
	ktap(!load("mode = \"generic\"; realms = ( "
		   REALM("vlan = 5; xdp = \"native\";")
		   ", { name = \"core\"; interface = \"eth1\"; " ADDRESS "} );") &&
		     !strcmp(config.realm[0].xdp, "native") &&
		     !strcmp(config.realm[1].xdp, "generic") &&
		     config.realm[0].vlan == 5,
	     "a realm has the mode unless it says otherwise: %s", fault.text);
}

static void test_refused(void)
{
	static const struct {
		const char *name, *text, *why;
	} cases[] = {
		{ "nothing", "", "\"realms\" must be a list of 1 to" },
		{ "no syntax", "realms = (", "syntax" },
		{ "an unknown option", REALMS "stream = 5;", "stream" },
		{ "and where it is", REALMS "stream = 5;", ":2: " },
		{ "text for a number", REALMS "streams = \"5\";", "a number" },
		{ "too small a number", REALMS "streams = 1;", "2 to" },
		{ "and where", REALMS "streams = 1;", ":2: " },
		{ "a number for a text", REALMS "user = 5;", "text" },
		{ "a number for a bool", REALMS "slow_path = 1;", "true" },
		{ "none of the choices", REALMS "mode = \"fast\";", "one of" },
		{ "two of them", REALMS "mode = \"generic none\";", "one of" },
		{ "a blank", REALMS "engine = \" \";", "one of" },
		{ "realms of another kind", "realms = ( 5 );", "group" },
		{ "a realm without a name",
		  "realms = ( { interface = \"eth0\"; " ADDRESS "} );",
		  "\"name\" is missing" },
		{ "without addresses", "realms = ( { " ACCESS "} );",
		  "1 to 16" },
		{ "with a name for one",
		  "realms = ( { " ACCESS "addresses = [ \"here\" ]; } );",
		  "\"here\" is no IP" },
		{ "with a name of blanks",
		  "realms = ( { name = \"a b\"; interface = \"eth0\"; " ADDRESS
		  "} );", "\"a b\"" },
		{ "ports of another kind",
		  "realms = ( " REALM("ports = 5;") " );", "group" },
		{ "ports the wrong way round",
		  "realms = ( " REALM("ports = { min = 3000; max = 2000; };")
		  " );", "exceeds" },
		{ "two realms of one name",
		  "realms = ( " REALM("") ", " REALM("vlan = 5;") " );",
		  "rename" },
		{ "on one interface, with two modes",
		  "realms = ( " REALM("xdp = \"native\";") ", "
		  "{ name = \"core\"; interface = \"eth0\"; vlan = 5; " ADDRESS
		  "} );", "same \"xdp\"" },
		{ "no XDP and no slow path", "mode = \"none\"; slow_path = "
		  "false; " REALMS, "slow_path" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ktap(load(cases[i].text) < 0 &&
			     strstr(fault.text, cases[i].why),
		     "refused: %s: %s", cases[i].name, fault.text);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		ktap_bail_out("no file");
	close(fd);
	test_sample();
	test_defaults();
	test_refused();
	unlink(path);
	return ktap_finish();
}
