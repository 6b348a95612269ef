// SPDX-License-Identifier: GPL-2.0-only
#include "cli/call.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/control.h"
#include "cli/table.h"

static __u64 number(json_t *of, const char *member)
{
	return json_integer_value(json_object_get(of, member));
}

/* "" when it is not there. */
static const char *string(json_t *of, const char *member)
{
	const char *text = json_string_value(json_object_get(of, member));

	return text ? text : "";
}

/* -- streams ------------------------------------------------------------------ */

static void print_transport(json_t *transport)
{
	const char *address = string(transport, "address");
	__u64 port = number(transport, "port");
	__u64 rtcp = number(transport, "rtcp_port");

	if (!*address)
		printf("nobody yet");
	else
		printf(strchr(address, ':') ? "[%s]:%llu" : "%s:%llu", address,
		       port);
	if (!*address || rtcp == port + 1)
		return;
	if (!rtcp)
		printf(" (no RTCP)");
	else if (rtcp == port)
		printf(" (with RTCP)");
	else
		printf(" (RTCP %llu)", rtcp);
}

static void print_addresses(json_t *stream)
{
	const char *latch = string(stream, "latch");

	printf("    ");
	print_transport(json_object_get(stream, "local"));
	printf(" %s ", style_utf8() ? "↔" : "<->");
	print_transport(json_object_get(stream, "remote"));
	if (!strcmp(latch, "latched")) {
		printf(", latched on ");
		print_transport(json_object_get(stream, "peer"));
	} else if (*latch && strcmp(latch, "off") != 0) {
		printf(", latch %s", latch);
	}
	putchar('\n');
}

static void print_key(json_t *key, const char *way)
{
	if (json_is_object(key))
		printf(", %s %s", way, string(key, "fingerprint"));
	else
		printf(", %s%s: none%s", style_on(RED), way, style_off());
}

/* The suite of both is the same wherever there are two. */
static void print_keys(json_t *stream)
{
	json_t *srtp = json_object_get(stream, "srtp");
	json_t *in = json_object_get(srtp, "receive");
	json_t *out = json_object_get(srtp, "send");

	if (!json_is_object(in) && !json_is_object(out))
		return;
	printf("    keys    %s", string(json_is_object(in) ? in : out, "suite"));
	print_key(in, "in");
	print_key(out, "out");
	putchar('\n');
}

static void print_age(json_t *stream, const char *member)
{
	json_t *age = json_object_get(stream, member);
	text duration;

	if (!json_is_integer(age))
		printf(", never");
	else if (json_integer_value(age) < 1000)
		printf(", last %lld ms ago", json_integer_value(age));
	else
		printf(", last %s ago",
		       format_duration(duration,
				       json_integer_value(age) / 1000));
}

static void print_traffic(json_t *stream)
{
	json_t *jitter = json_object_get(stream, "jitter_ms");
	__u64 dropped = number(stream, "dropped");
	text count;

	printf("    in      %s packets",
	       format_count(count, number(stream, "packets_received")));
	print_age(stream, "last_received_ms");
	printf(", %s lost", format_count(count, number(stream, "lost")));
	if (json_is_real(jitter))
		printf(", jitter %.1f ms", json_real_value(jitter));
	if (dropped)
		printf(", %s%s dropped%s", style_on(YELLOW),
		       format_count(count, dropped), style_off());
	printf("\n    out     %s packets",
	       format_count(count, number(stream, "packets_sent")));
	print_age(stream, "last_sent_ms");
	putchar('\n');
}

/* Who may send here, and how much. */
static void print_admission(json_t *stream)
{
	json_t *filter = json_object_get(stream, "filter");
	json_t *ports = json_object_get(filter, "ports");
	json_t *police = json_object_get(stream, "police");
	const char *address = string(filter, "address");
	const char *separator = "    accepts ";
	text count;

	if (*address) {
		printf("%sfrom %s", separator,
		       strcmp(address, "remote") ? address :
						   "the remote address");
		separator = ", ";
	}
	if (json_is_array(ports)) {
		printf("%sports %lld to %lld", separator,
		       json_integer_value(json_array_get(ports, 0)),
		       json_integer_value(json_array_get(ports, 1)));
		separator = ", ";
	} else if (ports) {
		printf("%sfrom the remote port", separator);
		separator = ", ";
	}
	if (json_is_object(police)) {
		__u64 peak = number(police, "peak");

		printf("%sat most %s octets/s", separator,
		       format_count(count, peak ? peak :
					   number(police, "sustained")));
		separator = ", ";
	}
	if (*separator == ',')
		putchar('\n');
}

static void print_stream(json_t *stream)
{
	const char *why = string(stream, "why");
	json_t *dscp = json_object_get(stream, "dscp");

	printf("  %sstream %llu%s  %s %s, %s", style_on(BOLD),
	       number(stream, "stream"), style_off(), string(stream, "media"),
	       string(stream, "protocol"), string(stream, "mode"));
	if (dscp)
		printf(", DSCP %lld", json_integer_value(dscp));
	if (*why)
		printf(", %s%s%s", style_on(YELLOW), why, style_off());
	putchar('\n');
	print_addresses(stream);
	print_keys(stream);
	print_admission(stream);
	print_traffic(stream);
}

/* -- terminations and the context ---------------------------------------------- */

static void print_events(json_t *events)
{
	__u64 heartbeat = number(events, "heartbeat_s");
	__u64 inactivity = number(events, "inactivity_s");
	const char *separator = "  tells   ";

	if (heartbeat) {
		printf("%severy %llu s that it is there", separator, heartbeat);
		separator = ", ";
	}
	if (inactivity) {
		printf("%sof %llu s of silence (%s)", separator, inactivity,
		       string(events, "direction"));
		separator = ", ";
	}
	if (json_is_true(json_object_get(events, "cause"))) {
		printf("%sof failures", separator);
		separator = ", ";
	}
	if (*separator == ',')
		putchar('\n');
}

static void print_termination(json_t *termination)
{
	json_t *stream;
	size_t i;

	printf("\n%s%s%s  %s", style_on(CYAN), string(termination, "realm"),
	       style_off(), string(termination, "termination"));
	if (!json_is_true(json_object_get(termination, "in_service")))
		printf(", %sout of service%s", style_on(RED), style_off());
	putchar('\n');
	print_events(json_object_get(termination, "events"));
	json_array_foreach(json_object_get(termination, "streams"), i, stream)
		print_stream(stream);
}

static void print(json_t *context)
{
	time_t created = number(context, "created"), now = time(NULL);
	json_t *termination, *priority = json_object_get(context, "priority");
	const char *controller = string(context, "controller");
	char since[16] = "?";
	text duration;
	size_t i;

	strftime(since, sizeof(since), "%H:%M:%S", localtime(&created));
	printf("%sContext %llu%s, since %s (%s)", style_on(BOLD),
	       number(context, "context"), style_off(), since,
	       format_duration(duration, now > created ? now - created : 0));
	if (*controller)
		printf(", controller %s", controller);
	if (priority)
		printf(", priority %lld", json_integer_value(priority));
	if (json_is_true(json_object_get(context, "emergency")))
		printf(", %semergency%s", style_on(RED), style_off());
	putchar('\n');
	json_array_foreach(json_object_get(context, "terminations"), i,
			   termination)
		print_termination(termination);
}

bool call_is_id(const char *name)
{
	return *name && strspn(name, "0123456789") == strlen(name) &&
	       strlen(name) <= 10;
}

bool call_show(const struct cli *cli, const char *id)
{
	char message[512];
	json_t *context;

	if (control_call(cli->socket, "iq.show",
			 json_pack("{s:I}", "context",
				   (json_int_t)strtoull(id, NULL, 10)),
			 &context, message, sizeof(message)))
		return false;
	if (cli->json) {
		cli_print_json(context);
		return true;
	}
	print(context);
	json_decref(context);
	return true;
}
