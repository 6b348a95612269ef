// SPDX-License-Identifier: GPL-2.0-only
#include "gated/metrics.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/http.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gated/iq/iq.h"
#include "gated/slow.h"
#include "gated/survey.h"
#include "lib/clock.h"

struct metrics {
	struct gate *gate;
	struct evhttp *http;
};

enum { REQUEST_MAX = 8 << 10 };	/* bytes of headers, and of a body */

static void head(struct evbuffer *out, const char *name, const char *type,
		 const char *help)
{
	evbuffer_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help,
			    name, type);
}

static void gauge(struct evbuffer *out, const char *name, const char *help,
		  __u32 value)
{
	head(out, name, "gauge", help);
	evbuffer_add_printf(out, "%s %u\n", name, value);
}

static void counter(struct evbuffer *out, const char *name, const char *help,
		    __u64 value)
{
	head(out, name, "counter", help);
	evbuffer_add_printf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void one_of(struct evbuffer *out, const char *name, const char *label,
		   const char *text, __u64 value)
{
	evbuffer_add_printf(out, "%s{%s=\"%s\"} %llu\n", name, label, text,
			    (unsigned long long)value);
}

/* The reasons from @first on, up to and without @end. */
static void reasons(struct evbuffer *out, const char *name, const char *help,
		    const __u64 *total, __u32 first, __u32 end)
{
	head(out, name, "counter", help);
	for (__u32 reason = first; reason < end; reason++)
		evbuffer_add_printf(out, "%s{reason=\"%s\"} %llu\n", name,
				    sg_reason_name(reason),
				    (unsigned long long)total[reason]);
}

static void ports(struct evbuffer *out, const struct config *config)
{
	const char *name = "srtpgate_ports";

	head(out, name, "gauge", "Media ports of a realm by state.");
	for (int i = 0; i < config->realm_count; i++) {
		const struct realm *realm = &config->realm[i];
		__u32 used = 0, resting = 0, one_used, one_resting;

		for (int j = 0; j < realm->address_count; j++) {
			ports_count(realm->ports[j], clock_ms(), &one_used,
				    &one_resting);
			used += one_used;
			resting += one_resting;
		}
		evbuffer_add_printf(out,
				    "%s{realm=\"%s\",state=\"used\"} %u\n"
				    "%s{realm=\"%s\",state=\"resting\"} %u\n",
				    name, realm->name, used, name, realm->name,
				    resting);
	}
}

/* -- the survey ---------------------------------------------------------- */

static void fraction(struct evbuffer *out, const char *name, const char *help,
		     double value)
{
	head(out, name, "gauge", help);
	evbuffer_add_printf(out, "%s %.4g\n", name, value);
}

static void silence_metrics(struct evbuffer *out, const struct survey *survey)
{
	const __u32 *silent = survey_figures(survey)->silent;
	const __u64 *changes = survey_silence(survey)->changes;
	const char *name = "srtpgate_streams_silent";

	head(out, name, "gauge", "Streams with an open gate and no packets.");
	for (int i = SG_NEVER_STARTED; i <= SG_STOPPED; i++)
		one_of(out, name, "state", sg_silence_name(i), silent[i]);
	name = "srtpgate_silence_changes_total";
	head(out, name, "counter", "Streams that fell silent, or came back.");
	for (int i = SG_NEVER_STARTED; i <= SG_STOPPED; i++)
		one_of(out, name, "to", sg_silence_name(i), changes[i]);
	one_of(out, name, "to", "resumed", changes[SG_NOT_SILENT]);
}

/* An average of nothing is left out. */
static void quality_metrics(struct evbuffer *out,
			    const struct survey_figures *figures)
{
	const char *name = "srtpgate_mos_below";
	char limit[16];

	gauge(out, "srtpgate_mos_streams", "Streams sampled that have a MOS.",
	      figures->rated);
	head(out, name, "gauge", "Of them, those with a MOS below the limit.");
	for (int i = 0; i < SURVEY_LIMITS; i++) {
		snprintf(limit, sizeof(limit), "%.1f", survey_limits[i]);
		one_of(out, name, "limit", limit, figures->below[i]);
	}
	if (figures->rated) {
		fraction(out, "srtpgate_mos_average", "Their average MOS.",
			 figures->mos_sum / figures->rated);
		fraction(out, "srtpgate_mos_lowest", "Their lowest MOS.",
			 figures->mos_lowest);
	}
	gauge(out, "srtpgate_round_trip_streams",
	      "Streams sampled whose receiver's round trip is known.",
	      figures->timed);
	if (figures->timed) {
		fraction(out, "srtpgate_round_trip_average_seconds",
			 "Their average round trip.",
			 figures->round_trip_sum / figures->timed / 1000);
		fraction(out, "srtpgate_round_trip_longest_seconds",
			 "Their longest round trip.",
			 figures->round_trip_longest / 1000);
	}
}

/* -- Iq -------------------------------------------------------------------- */

static void iq_transactions(struct evbuffer *out,
			    const struct h248_exchange_counters *c)
{
	const char *name = "srtpgate_iq_messages_total";

	head(out, name, "counter", "H.248 messages.");
	one_of(out, name, "direction", "received", c->received);
	one_of(out, name, "direction", "sent", c->sent);
	counter(out, "srtpgate_iq_malformed_total",
		"Messages that could not be read.", c->malformed);
	counter(out, "srtpgate_iq_unknown_peer_total",
		"Messages from none of the controllers.", c->unknown_peer);
	name = "srtpgate_iq_requests_received_total";
	head(out, name, "counter", "Transaction requests that came.");
	one_of(out, name, "result", "executed", c->executed);
	one_of(out, name, "result", "repeated", c->repeated);
	one_of(out, name, "result", "pending", c->pending);
	counter(out, "srtpgate_iq_requests_sent_total",
		"Transaction requests of ours.", c->requested);
	counter(out, "srtpgate_iq_retransmissions_total",
		"Requests of ours that were repeated.", c->retransmitted);
	counter(out, "srtpgate_iq_given_up_total",
		"Requests of ours without an answer.", c->given_up);
}

static void iq_commands(struct evbuffer *out, const struct iq *iq)
{
	static const char *const commands[] = {
		"Add",	      "Modify",		 "Subtract", "Move",
		"AuditValue", "AuditCapability", "Notify",   "ServiceChange",
	};
	const char *name = "srtpgate_iq_commands_total";

	head(out, name, "counter", "Commands that came.");
	for (int i = 0; i < 8; i++)
		one_of(out, name, "command", commands[i],
		       iq->counters.commands[i]);
	counter(out, "srtpgate_iq_failed_total",
		"Transactions answered by an error.", iq->counters.failed);
	counter(out, "srtpgate_iq_notified_total", "Notify requests sent.",
		iq->counters.notified);
	counter(out, "srtpgate_iq_notify_failed_total",
		"Notify requests answered by an error, or not at all.",
		iq->counters.notify_failed);
	counter(out, "srtpgate_iq_registrations_total",
		"Registrations that a controller took.",
		iq->counters.registrations);
}

static void iq_metrics(struct evbuffer *out, const struct iq *iq)
{
	gauge(out, "srtpgate_iq_association_up",
	      "1 while a controller has the gateway.",
	      iq_association_state(iq) >= IQ_REGISTERED);
	gauge(out, "srtpgate_iq_contexts", "Contexts of H.248.",
	      iq->contexts.count);
	iq_commands(out, iq);
	iq_transactions(out, h248_exchange_counters(iq->exchange));
}

/* -- the slow path --------------------------------------------------------- */

static void slow_metrics(struct evbuffer *out, const struct gate *gate)
{
	const char *name = "srtpgate_slow_path_packets_total";
	struct sg_slow slow = { 0 };

	sg_maps_slow(&gate->data.maps, &slow);
	gauge(out, "srtpgate_slow_path_up", "1 while it has its processes.",
	      slow_is_running(gate->slow));
	head(out, name, "counter", "Packets in the slow path.");
	for (int i = 0; i < SG_SLOW_RESTARTED; i++)
		one_of(out, name, "result", sg_slow_rows[i].name,
		       sg_slow_value(&slow, i));
	counter(out, "srtpgate_slow_path_restarts_total",
		"Times that it died and was started again.", slow.restarted);
}

/* -------------------------------------------------------------------------- */

static void lifetimes(struct evbuffer *out, const struct lifetimes *all)
{
	gauge(out, "srtpgate_lifetime_contexts",
	      "Contexts with a key that has a lifetime.", all->watched);
	counter(out, "srtpgate_lifetime_warnings_total",
		"Keys that came near the end of their lifetime.", all->warned);
	counter(out, "srtpgate_lifetime_ended_total",
		"Keys that reached the end of their lifetime.", all->ended);
}

static void write_metrics(struct evbuffer *out, struct gate *gate)
{
	__u64 total[SG_REASON_SLOTS] = { 0 };
	__u32 used, unresolved;

	sg_maps_counters(&gate->data.maps, total);
	next_hops_count(gate->next_hops, &used, &unresolved);
	reasons(out, "srtpgate_drops_total", "Packets dropped.", total,
		SG_DROP_NONE + 1, SG_DROP_REASON_COUNT);
	reasons(out, "srtpgate_passed_total", "Packets left to the kernel.",
		total, SG_PASS_BEFORE_FIRST + 1, SG_PASS_REASON_END);
	gauge(out, "srtpgate_contexts", "Contexts.", gate->contexts.count);
	gauge(out, "srtpgate_streams", "Stream slots in use.",
	      slots_used(gate->contexts.streams));
	gauge(out, "srtpgate_keys", "Key slots in use.",
	      slots_used(gate->contexts.keys.slots));
	lifetimes(out, &gate->contexts.lifetimes);
	gauge(out, "srtpgate_next_hops", "Next hops in use.", used);
	gauge(out, "srtpgate_next_hops_unresolved",
	      "Next hops without link-layer address.", unresolved);
	ports(out, &gate->config);
	silence_metrics(out, gate->survey);
	quality_metrics(out, survey_figures(gate->survey));
	slow_metrics(out, gate);
	if (gate->iq)
		iq_metrics(out, gate->iq);
}

static void on_request(struct evhttp_request *request, void *arg)
{
	struct metrics *metrics = arg;
	struct evbuffer *out = evbuffer_new();

	if (!out) {
		evhttp_send_error(request, HTTP_INTERNAL, NULL);
		return;
	}
	write_metrics(out, metrics->gate);
	evhttp_add_header(evhttp_request_get_output_headers(request),
			  "Content-Type", "text/plain; version=0.0.4");
	evhttp_send_reply(request, HTTP_OK, "OK", out);
	evbuffer_free(out);
}

/* "127.0.0.1:9464" or "[::1]:9464". */
static int split(const char *text, char *host, size_t size, int *port)
{
	const char *colon = strrchr(text, ':');
	size_t length = colon ? (size_t)(colon - text) : 0;

	if (!length || length >= size ||
	    sscanf(colon, ":%d", port) != 1 || *port < 1 || *port > 65535)
		return -EINVAL;
	if (text[0] == '[' && colon[-1] == ']') {
		text++;
		length -= 2;
	}
	snprintf(host, size, "%.*s", (int)length, text);
	return 0;
}

int metrics_open(struct metrics **out, struct gate *gate, struct fault *fault)
{
	const char *where = gate->config.metrics;
	struct metrics *metrics;
	char host[CONFIG_TEXT];
	int port;

	if (!*where)
		return 0;
	if (split(where, host, sizeof(host), &port))
		return fault_set(fault, EINVAL,
				 "metrics = \"%s\" must be an address and a "
				 "port, such as \"127.0.0.1:9464\"",
				 where);
	metrics = calloc(1, sizeof(*metrics));
	if (!metrics)
		return fault_set(fault, ENOMEM, "out of memory");
	metrics->gate = gate;
	metrics->http = evhttp_new(gate->base);
	if (!metrics->http ||
	    evhttp_bind_socket(metrics->http, host, port)) {
		fault_set(fault, errno ? errno : ENOMEM,
			  "the metrics cannot be served at %s: %s", where,
			  strerror(errno));
		metrics_close(metrics);
		return -fault->error;
	}
	evhttp_set_max_headers_size(metrics->http, REQUEST_MAX);
	evhttp_set_max_body_size(metrics->http, REQUEST_MAX);
	evhttp_set_allowed_methods(metrics->http, EVHTTP_REQ_GET);
	evhttp_set_cb(metrics->http, "/metrics", on_request, metrics);
	*out = metrics;
	return 0;
}

void metrics_close(struct metrics *metrics)
{
	if (!metrics)
		return;
	if (metrics->http)
		evhttp_free(metrics->http);
	free(metrics);
}
