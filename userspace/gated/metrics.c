// SPDX-License-Identifier: GPL-2.0-only
#include "gated/metrics.h"

#include <stdio.h>

#include "gated/ahead.h"
#include "gated/iq/iq.h"
#include "gated/receiver/receiver.h"
#include "gated/slow/slow.h"
#include "gated/survey.h"
#include "lib/clock.h"

/* The reasons from @first on, up to and without @end. */
static void reasons(struct evbuffer *out, const char *name, const char *help,
		    const __u64 *total, __u32 first, __u32 end)
{
	prometheus_head(out, name, "counter", help);
	for (__u32 reason = first; reason < end; reason++)
		evbuffer_add_printf(out, "%s{reason=\"%s\"} %llu\n", name,
				    sg_reason_name(reason),
				    (unsigned long long)total[reason]);
}

static void ports(struct evbuffer *out, const struct config *config)
{
	const char *name = "srtpgate_ports";

	prometheus_head(out, name, "gauge", "Media ports of a realm by state.");
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
	prometheus_head(out, name, "gauge", help);
	evbuffer_add_printf(out, "%s %.4g\n", name, value);
}

static void silence_metrics(struct evbuffer *out, const struct survey *survey)
{
	const __u32 *silent = survey_figures(survey)->silent;
	const __u64 *changes = survey_silence(survey)->changes;
	const char *name = "srtpgate_streams_silent";

	prometheus_head(out, name, "gauge",
			"Streams with an open gate and no packets.");
	for (int i = SG_NEVER_STARTED; i <= SG_STOPPED; i++)
		prometheus_one_of(out, name, "state", sg_silence_name(i),
				  silent[i]);
	name = "srtpgate_silence_changes_total";
	prometheus_head(out, name, "counter",
			"Streams that fell silent, or came back.");
	for (int i = SG_NEVER_STARTED; i <= SG_STOPPED; i++)
		prometheus_one_of(out, name, "to", sg_silence_name(i),
				  changes[i]);
	prometheus_one_of(out, name, "to", "resumed", changes[SG_NOT_SILENT]);
}

/* An average of nothing is left out. */
static void quality_metrics(struct evbuffer *out,
			    const struct survey_figures *figures)
{
	const char *name = "srtpgate_mos_below";
	char limit[16];

	prometheus_gauge(out, "srtpgate_mos_streams",
			 "Streams sampled that have a MOS.", figures->rated);
	prometheus_head(out, name, "gauge",
			"Of them, those with a MOS below the limit.");
	for (int i = 0; i < SURVEY_LIMITS; i++) {
		snprintf(limit, sizeof(limit), "%.1f", survey_limits[i]);
		prometheus_one_of(out, name, "limit", limit, figures->below[i]);
	}
	if (figures->rated) {
		fraction(out, "srtpgate_mos_average", "Their average MOS.",
			 figures->mos_sum / figures->rated);
		fraction(out, "srtpgate_mos_lowest", "Their lowest MOS.",
			 figures->mos_lowest);
	}
	prometheus_gauge(
		out, "srtpgate_round_trip_streams",
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

	prometheus_head(out, name, "counter", "H.248 messages.");
	prometheus_one_of(out, name, "direction", "received", c->received);
	prometheus_one_of(out, name, "direction", "sent", c->sent);
	prometheus_counter(out, "srtpgate_iq_malformed_total",
			   "Messages that could not be read.", c->malformed);
	prometheus_counter(out, "srtpgate_iq_unknown_peer_total",
			   "Messages from none of the controllers.",
			   c->unknown_peer);
	name = "srtpgate_iq_requests_received_total";
	prometheus_head(out, name, "counter",
			"Transaction requests that came.");
	prometheus_one_of(out, name, "result", "executed", c->executed);
	prometheus_one_of(out, name, "result", "repeated", c->repeated);
	prometheus_one_of(out, name, "result", "pending", c->pending);
	prometheus_counter(out, "srtpgate_iq_requests_sent_total",
			   "Transaction requests of ours.", c->requested);
	prometheus_counter(out, "srtpgate_iq_retransmissions_total",
			   "Requests of ours that were repeated.",
			   c->retransmitted);
	prometheus_counter(out, "srtpgate_iq_given_up_total",
			   "Requests of ours without an answer.", c->given_up);
}

static void iq_commands(struct evbuffer *out, const struct iq *iq)
{
	static const char *const commands[] = {
		"Add",	      "Modify",		 "Subtract", "Move",
		"AuditValue", "AuditCapability", "Notify",   "ServiceChange",
	};
	const char *name = "srtpgate_iq_commands_total";

	prometheus_head(out, name, "counter", "Commands that came.");
	for (int i = 0; i < 8; i++)
		prometheus_one_of(out, name, "command", commands[i],
				  iq->counters.commands[i]);
	prometheus_counter(out, "srtpgate_iq_failed_total",
			   "Transactions answered by an error.",
			   iq->counters.failed);
	prometheus_counter(out, "srtpgate_iq_notified_total",
			   "Notify requests sent.", iq->counters.notified);
	prometheus_counter(
		out, "srtpgate_iq_notify_failed_total",
		"Notify requests answered by an error, or not at all.",
		iq->counters.notify_failed);
	prometheus_counter(out, "srtpgate_iq_registrations_total",
			   "Registrations that a controller took.",
			   iq->counters.registrations);
}

static void iq_metrics(struct evbuffer *out, const struct iq *iq)
{
	prometheus_gauge(out, "srtpgate_iq_association_up",
			 "1 while a controller has the gateway.",
			 iq_association_state(iq) >= IQ_REGISTERED);
	prometheus_gauge(out, "srtpgate_iq_contexts", "Contexts of H.248.",
			 iq->contexts.count);
	iq_commands(out, iq);
	iq_transactions(out, h248_exchange_counters(iq->exchange));
}

/* -- the slow path --------------------------------------------------------- */

static void slow_metrics(struct evbuffer *out, const struct gate *gate)
{
	const char *name = "srtpgate_slow_path_packets_total";
	struct sg_slow slow = {0};

	sg_maps_slow(&gate->data.maps, &slow);
	prometheus_gauge(out, "srtpgate_slow_path_up",
			 "1 while it has its processes.",
			 slow_is_running(gate->slow));
	prometheus_head(out, name, "counter", "Packets in the slow path.");
	for (int i = 0; i < SG_SLOW_RESTARTED; i++)
		prometheus_one_of(out, name, "result", sg_slow_rows[i].name,
				  sg_slow_value(&slow, i));
	prometheus_counter(out, "srtpgate_slow_path_restarts_total",
			   "Times that it died and was started again.",
			   slow.restarted);
}

/* -- key stream ahead of the packet ------------------------------------------ */

static void keystream_metrics(struct evbuffer *out, const struct gate *gate)
{
	const char *name = "srtpgate_keystream_packets_total";
	struct sg_ahead ahead;

	sg_maps_ahead(&gate->data.maps, &ahead);
	prometheus_gauge(out, "srtpgate_keystream_up",
			 "1 while a process makes it ahead of the packets.",
			 ahead_is_running(gate->ahead));
	prometheus_head(out, name, "counter",
			"RTP packets that found key stream ready, or did not.");
	prometheus_one_of(out, name, "found", "yes", ahead.hits);
	prometheus_one_of(out, name, "found", "no", ahead.misses);
	prometheus_counter(out, "srtpgate_keystream_made_total",
			   "Packets that key stream was made for.", ahead.made);
	prometheus_counter(out, "srtpgate_keystream_unheard_total",
			   "Times that the process was too slow to be asked.",
			   ahead.unheard);
	prometheus_counter(out, "srtpgate_keystream_restarts_total",
			   "Times that it died and was started again.",
			   ahead.restarted);
}

/* -------------------------------------------------------------------------- */

static void lifetimes(struct evbuffer *out, const struct lifetimes *all)
{
	prometheus_gauge(out, "srtpgate_lifetime_contexts",
			 "Contexts with a key that has a lifetime.",
			 all->watched);
	prometheus_counter(out, "srtpgate_lifetime_warnings_total",
			   "Keys that came near the end of their lifetime.",
			   all->warned);
	prometheus_counter(out, "srtpgate_lifetime_ended_total",
			   "Keys that reached the end of their lifetime.",
			   all->ended);
	prometheus_counter(out, "srtpgate_lifetime_succeeded_total",
			   "Keys that a further one of their a=crypto followed.",
			   all->succeeded);
}

static void write_metrics(struct evbuffer *out, void *arg)
{
	struct gate *gate = arg;
	__u64 total[SG_REASON_SLOTS] = {0};
	__u32 used, unresolved;

	sg_maps_counters(&gate->data.maps, total);
	next_hops_count(gate->next_hops, &used, &unresolved);
	reasons(out, "srtpgate_drops_total", "Packets dropped.", total,
		SG_DROP_NONE + 1, SG_DROP_REASON_COUNT);
	reasons(out, "srtpgate_passed_total", "Packets left to the kernel.",
		total, SG_PASS_BEFORE_FIRST + 1, SG_PASS_REASON_END);
	prometheus_gauge(out, "srtpgate_contexts", "Contexts.",
			 gate->contexts.count);
	prometheus_gauge(out, "srtpgate_streams", "Stream slots in use.",
			 slots_used(gate->contexts.streams));
	prometheus_gauge(out, "srtpgate_streams_at_home",
			 "Streams whose slots follow from where they arrive.",
			 contexts_at_home(&gate->contexts));
	prometheus_gauge(out, "srtpgate_keys", "Key slots in use.",
			 slots_used(gate->contexts.keys.slots));
	lifetimes(out, &gate->contexts.lifetimes);
	prometheus_gauge(out, "srtpgate_next_hops", "Next hops in use.", used);
	prometheus_gauge(out, "srtpgate_next_hops_unresolved",
			 "Next hops without link-layer address.", unresolved);
	ports(out, &gate->config);
	silence_metrics(out, gate->survey);
	quality_metrics(out, survey_figures(gate->survey));
	slow_metrics(out, gate);
	keystream_metrics(out, gate);
	if (gate->iq)
		iq_metrics(out, gate->iq);
	receiver_metrics(out, gate->receiver);
}

int metrics_open(struct prometheus **metrics, struct gate *gate,
		 struct fault *fault)
{
	return prometheus_open(metrics, gate->base, gate->config.metrics,
			       write_metrics, gate, fault);
}
