// SPDX-License-Identifier: GPL-2.0-only
#include "gated/config_iq.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "lib/config_table.h"
#include "lib/cursor.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
#define DOMAIN_ALLOWED LETTERS "0123456789.-"
#define DEVICE_ALLOWED LETTERS "0123456789_/@."

enum { NAME_MOST = 64 };	/* octets of a device's or domain's name */

static const struct option iq_options[] = {
	{ .name = "local", .type = OPTION_NESTED },
	{ .name = "controllers", .type = OPTION_NESTED },
	{ .name = "transport", .type = OPTION_CHOICE,
	  FIELD(struct config_iq, transport), .text = "udp",
	  .choices = " udp sctp tcp " },
	{ .name = "mid", .type = OPTION_TEXT,
	  FIELD(struct config_iq, mid_text), .text = "" },
	{ TEXT(struct config_iq, profile), .text = "threegiq/1" },
	{ .name = "version", NUMBER(struct config_iq, version, 1, 3),
	  .number = 2 },
	{ .name = "form", .type = OPTION_CHOICE, FIELD(struct config_iq, form),
	  .text = "short", .choices = " short long " },
	{ TEXT(struct config_iq, journal), .text = "/run/srtpgate/iq.db" },
	{ .name = "repeat", NUMBER(struct config_iq, repeat, 50, 10000),
	  .number = 500 },
	{ .name = "repeat_most",
	  NUMBER(struct config_iq, repeat_most, 50, 60000), .number = 4000 },
	{ .name = "give_up", NUMBER(struct config_iq, give_up, 1, 300),
	  .number = 20 },
	{ .name = "pending", NUMBER(struct config_iq, pending, 100, 60000),
	  .number = 5000 },
	{ .name = "long_timer", NUMBER(struct config_iq, long_timer, 1, 600),
	  .number = 30 },
	{ .name = "register_again",
	  NUMBER(struct config_iq, register_again, 1, 300), .number = 1 },
	{ .name = "register_again_most",
	  NUMBER(struct config_iq, register_again_most, 1, 3600),
	  .number = 60 },
	{ .name = "heartbeat", NUMBER(struct config_iq, heartbeat, 1, 86400),
	  .number = 60 },
	{ .name = "key_warning", .type = OPTION_CHOICE,
	  FIELD(struct config_iq, key_warning), .text = "no",
	  .choices = " no yes " },
	{ .name = NULL },
};

static enum h248_protocol protocol(const struct config_iq *iq)
{
	if (!strcmp(iq->transport, "sctp"))
		return H248_SCTP;
	return strcmp(iq->transport, "tcp") ? H248_UDP : H248_TCP;
}

static int read_address(const struct config_iq *iq,
			struct h248_address *address, const char *option,
			const char *text, struct fault *fault)
{
	address->protocol = protocol(iq);
	if (text && !h248_address_parse(address, text))
		return 0;
	return fault_set(fault, EINVAL,
			 "iq: \"%s\" has \"%s\", which is no address with or "
			 "without port, such as \"192.0.2.10:2944\" or "
			 "\"[2001:db8::10]:2944\"",
			 option, text ? text : "");
}

static int add_controller(struct config_iq *iq, const char *text,
			  struct fault *fault)
{
	struct h248_address *new = &iq->controller[iq->controller_count];
	int err = read_address(iq, new, "controllers", text, fault);

	if (err)
		return err;
	if (new->any.sa_family != iq->local.any.sa_family ||
	    h248_address_is_wildcard(new))
		return fault_set(fault, EINVAL,
				 "iq: the controller \"%s\" cannot be reached "
				 "from \"local\": both must be IPv4 addresses, "
				 "or both IPv6",
				 text);
	for (int i = 0; i < iq->controller_count; i++)
		if (!h248_address_compare(&iq->controller[i], new))
			return fault_set(fault, EINVAL,
					 "iq: the controller \"%s\" is listed "
					 "twice",
					 text);
	iq->controller_count++;
	return 0;
}

static int read_controllers(struct config_iq *iq, config_setting_t *list,
			    struct fault *fault)
{
	int count = list && config_setting_is_aggregate(list) ?
		    config_setting_length(list) : 0;
	int err = 0;

	if (count < 1 || count > CONFIG_CONTROLLERS)
		return fault_set(fault, EINVAL,
				 "iq: \"controllers\" must list 1 to %d "
				 "addresses",
				 CONFIG_CONTROLLERS);
	for (int i = 0; !err && i < count; i++)
		err = add_controller(iq,
				     config_setting_get_string_elem(list, i),
				     fault);
	return err;
}

/* -- the name that messages carry ------------------------------------------ */

/* Of the rest behind a bracket: nothing, or a colon and a port. */
static bool read_port(struct sg_slice rest, __u16 *port)
{
	__u64 number;

	if (!rest.size)
		return true;
	rest.at++;
	rest.size--;
	if (rest.at[-1] != ':' || !sg_slice_number(rest, 65535, &number))
		return false;
	*port = number;
	return number;
}

static bool is_made_of(struct sg_slice name, const char *allowed)
{
	for (size_t i = 0; i < name.size; i++)
		if (!strchr(allowed, name.at[i]))
			return false;
	return name.size && name.size <= NAME_MOST;
}

static bool is_address(struct sg_slice name)
{
	struct in6_addr address;
	char text[INET6_ADDRSTRLEN];

	if (name.size >= sizeof(text))
		return false;
	snprintf(text, sizeof(text), "%.*s", (int)name.size, name.at);
	return inet_pton(AF_INET, text, &address) == 1 ||
	       inet_pton(AF_INET6, text, &address) == 1;
}

static bool parse_mid(struct h248_mid *mid, const char *text)
{
	struct sg_cursor in = sg_cursor_of(text, strlen(text));

	*mid = (struct h248_mid){ .kind = H248_MID_DEVICE };
	if (sg_cursor_accept(&in, '[')) {
		mid->kind = H248_MID_ADDRESS;
		return sg_cursor_field(&in, ']', &mid->name) &&
		       is_address(mid->name) &&
		       read_port(sg_cursor_rest(&in), &mid->port);
	}
	if (sg_cursor_accept(&in, '<')) {
		mid->kind = H248_MID_DOMAIN;
		return sg_cursor_field(&in, '>', &mid->name) &&
		       is_made_of(mid->name, DOMAIN_ALLOWED) &&
		       read_port(sg_cursor_rest(&in), &mid->port);
	}
	mid->name = sg_slice_of(text);
	return is_made_of(mid->name, DEVICE_ALLOWED) &&
	       strchr(LETTERS, *text);
}

static int read_mid(struct config_iq *iq, struct fault *fault)
{
	char text[H248_ADDRESS_TEXT], *colon;

	if (!*iq->mid_text && h248_address_is_wildcard(&iq->local))
		return fault_set(fault, EINVAL,
				 "iq: \"local\" is no address that a "
				 "controller could know the gateway by; name "
				 "the gateway by \"mid\"");
	if (!*iq->mid_text) {
		h248_address_format(text, &iq->local);
		colon = strrchr(text, ':');
		if (*text == '[')
			snprintf(iq->mid_text, CONFIG_TEXT, "%s", text);
		else
			snprintf(iq->mid_text, CONFIG_TEXT, "[%.*s]%s",
				 (int)(colon - text), text, colon);
	}
	if (parse_mid(&iq->mid, iq->mid_text))
		return 0;
	return fault_set(fault, EINVAL,
			 "iq: mid = \"%s\" must be \"[192.0.2.20]:2944\", "
			 "\"<agw.example>:2944\", or a name of letters, digits "
			 "and _ / @ . that begins with a letter",
			 iq->mid_text);
}

/* -------------------------------------------------------------------------- */

/* What no single option shows. */
static int check(const struct config_iq *iq, struct fault *fault)
{
	const char *slash = strrchr(iq->profile, '/');
	__u64 number;

	if (*iq->profile &&
	    (!slash || slash == iq->profile ||
	     strspn(iq->profile, LETTERS "0123456789_") !=
		     (size_t)(slash - iq->profile) ||
	     !sg_slice_number(sg_slice_of(slash + 1), 99, &number) || !number))
		return fault_set(fault, EINVAL,
				 "iq: profile = \"%s\" must be a name, a slash "
				 "and a version from 1 to 99, or empty",
				 iq->profile);
	if (iq->repeat_most < iq->repeat)
		return fault_set(fault, EINVAL,
				 "iq: \"repeat_most\" must not be below "
				 "\"repeat\"");
	if (iq->register_again_most < iq->register_again)
		return fault_set(fault, EINVAL,
				 "iq: \"register_again_most\" must not be "
				 "below \"register_again\"");
	return 0;
}

static const char *text_of(config_setting_t *group, const char *name)
{
	config_setting_t *setting = config_setting_get_member(group, name);

	return setting ? config_setting_get_string(setting) : NULL;
}

int config_iq_read(struct config_iq *iq, config_setting_t *group,
		   struct fault *fault)
{
	int err;

	if (!group)
		return 0;
	err = config_group_read(iq_options, group, "\"iq\"", iq, fault);
	if (!err)
		err = read_address(iq, &iq->local, "local",
				   text_of(group, "local"), fault);
	if (!err)
		err = read_controllers(
			iq, config_setting_get_member(group, "controllers"),
			fault);
	if (!err)
		err = read_mid(iq, fault);
	if (!err)
		err = check(iq, fault);
	iq->present = !err;
	return err;
}
