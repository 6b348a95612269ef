// SPDX-License-Identifier: GPL-2.0-only
/* Iq put together: transport, exchange, journal, association. */
#include "gated/iq/iq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gated/iq/iq_plane.h"
#include "gated/iq/iq_realms.h"
#include "gated/iq/iq_record.h"
#include "lib/log.h"

/* For what timers and the data plane set off: no message ends in .idle. */
static void settle_soon(struct iq *iq)
{
	event_active(iq->flush, EV_TIMEOUT, 0);
}

/* -- the journal ------------------------------------------------------------------ */

void iq_journal_context(struct iq *iq, __u32 id,
			const struct iq_context *context)
{
	static char record[IQ_RECORD_MAX];
	int size;

	if (!iq->journal)
		return;
	settle_soon(iq);
	if (!context) {
		journal_drop_context(iq->journal, id);
		return;
	}
	size = iq_record_write(context, record, sizeof(record));
	if (size < 0)
		sg_error("context %u is too big for the journal: a restart "
			 "would lose it", id);
	else
		journal_put_context(iq->journal, id, record, size);
}

void iq_journal_state(struct iq *iq)
{
	const struct h248_address *mgc = iq_association_mgc(iq);
	struct iq_state state = {
		.next_transaction = h248_exchange_next_id(iq->exchange) +
				    IQ_IDS_AHEAD,
		.last_context = iq->contexts.last_id,
		.last_termination = iq->contexts.last_termination,
		.version = iq_association_version(iq),
		.root = iq->root,
		.out_of_service = iq->out_of_service,
	};
	char record[512];
	int size;

	if (!iq->journal)
		return;
	settle_soon(iq);
	if (mgc)
		h248_address_format(state.mgc, mgc);
	size = iq_state_write(&state, record, sizeof(record));
	if (size >= 0)
		journal_put_state(iq->journal, record, size);
}

/* What was done becomes lasting before anybody hears that it was. */
static void settle(struct iq *iq)
{
	if (iq->journal)
		journal_commit(iq->journal);
	h248_transport_flush(iq->transport);
}

/* -- between transport, exchange and the rest -------------------------------------- */

static void on_message(void *arg, const struct h248_address *from, char *text,
		       size_t size)
{
	struct iq *iq = arg;

	h248_exchange_receive(iq->exchange, from, text, size);
}

static void on_idle(void *arg)
{
	settle(arg);
}

static void on_up(void *arg, const struct h248_address *peer)
{
	iq_association_up(arg, peer);
}

static void on_down(void *arg, const struct h248_address *peer)
{
	iq_association_down(arg, peer);
}

static void on_flush(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	settle(arg);
}

static int on_send(void *arg, const struct h248_address *to, const char *text,
		   size_t size)
{
	struct iq *iq = arg;
	int err = h248_transport_send(iq->transport, to, text, size);

	if (!err)
		settle_soon(iq);
	return err;
}

static bool on_heard(void *arg, const struct h248_address *from)
{
	return iq_association_heard(arg, from);
}

static int on_request(void *arg, const struct h248_address *from,
		      const struct h248_message *message,
		      const struct h248_transaction *request,
		      struct h248_message *answer,
		      struct h248_transaction *reply)
{
	return iq_execute(arg, from, message, request, answer, reply);
}

/* One controller has the gateway: its name is not made for each reply anew. */
static const char *peer_name(struct iq *iq, const struct h248_address *peer)
{
	if (h248_address_compare(&iq->named, peer)) {
		iq->named = *peer;
		h248_address_format(iq->name, peer);
	}
	return iq->name;
}

static void on_retain(void *arg, const struct h248_address *from, __u32 id,
		      const char *text, size_t size)
{
	struct iq *iq = arg;

	if (iq->journal)
		journal_put_reply(iq->journal, peer_name(iq, from), id, text,
				  size);
}

static void on_release(void *arg, const struct h248_address *from, __u32 id)
{
	struct iq *iq = arg;

	if (iq->journal)
		journal_drop_reply(iq->journal, peer_name(iq, from), id);
}

/* -- opening ------------------------------------------------------------------------- */

static int read_state(void *arg, __u32 id, const void *record, size_t size)
{
	(void)id;
	return iq_state_read(arg, record, size);
}

/* What the last daemon left; all zero when there was none. */
static int open_journal(struct iq *iq, struct iq_state *state,
			struct fault *fault)
{
	const char *path = iq->gate->config.iq.journal;
	__u64 instance;
	int err;

	if (!*path)
		return 0;
	err = sg_maps_instance(&iq->gate->data.maps, &instance);
	if (err)
		return fault_set(fault, -err, "the maps have no name: %s",
				 strerror(-err));
	err = journal_open(&iq->journal, path, instance, fault);
	if (err)
		return err;
	err = journal_state(iq->journal, read_state, state);
	if (err && err != -ENOENT) {
		sg_warning("the journal does not say to whom the calls belong: "
			   "they end");
		memset(state, 0, sizeof(*state));
	}
	return 0;
}

static int open_transport(struct iq *iq, struct fault *fault)
{
	const struct config_iq *config = &iq->gate->config.iq;
	const struct h248_transport_user user = {
		.arg = iq, .message = on_message, .idle = on_idle,
		.up = on_up, .down = on_down,
	};
	char text[H248_ADDRESS_TEXT];
	int err = h248_transport_open(&iq->transport, iq->gate->base,
				      &config->local, &user);

	if (err == -EPROTONOSUPPORT)
		return fault_set(fault, EPROTONOSUPPORT,
				 "iq: neither the kernel nor this build has "
				 "SCTP; load the module \"sctp\", or use "
				 "transport = \"udp\"");
	if (err)
		return fault_set(fault, -err,
				 "iq: the gateway cannot listen at %s (%s): "
				 "%s; is \"local\" an address of this host, "
				 "and free?",
				 h248_address_format(text, &config->local),
				 config->transport, strerror(-err));
	return 0;
}

static int open_exchange(struct iq *iq, __u32 first_id, struct fault *fault)
{
	const struct config_iq *config = &iq->gate->config.iq;
	const struct h248_exchange_user user = {
		.arg = iq, .send = on_send, .heard = on_heard,
		.request = on_request, .retain = on_retain,
		.release = on_release,
	};
	struct h248_exchange_options options;
	int err;

	h248_exchange_defaults(&options);
	options.mid = config->mid;
	options.form = strcmp(config->form, "long") ? H248_COMPACT : H248_LONG;
	options.first_id = first_id ? first_id : 1;
	options.long_timer_ms = config->long_timer * 1000;
	options.repeat_ms = config->repeat;
	options.repeat_most_ms = config->repeat_most;
	options.give_up_ms = config->give_up * 1000;
	options.pending_ms = config->pending;
	iq->flush = event_new(iq->gate->base, -1, 0, on_flush, iq);
	err = iq->flush ? h248_exchange_open(&iq->exchange, iq->gate->base,
					     &options, &user) :
			  -ENOMEM;
	if (err)
		return fault_set(fault, -err, "iq: transactions cannot be "
					      "kept: %s",
				 strerror(-err));
	return 0;
}

static int open_parts(struct iq *iq, struct iq_state *state,
		      struct fault *fault)
{
	int err = open_journal(iq, state, fault);

	if (!err)
		err = open_transport(iq, fault);
	if (!err)
		err = open_exchange(iq, state->next_transaction, fault);
	if (!err) {
		err = iq_realms_open(iq);
		if (err)
			fault_set(fault, -err,
				  "iq: links cannot be watched: %s",
				  strerror(-err));
	}
	return err;
}

/* -- putting back what the journal tells of ------------------------------------------ */

struct restore {
	struct iq *iq;
	bool wanted;		/* there is a controller that knows them */
	__u32 lost;
};

static int restore(struct iq *iq, const void *record, size_t size)
{
	struct iq_context *context;
	int err = iq_record_read(&context, &iq->gate->config, record, size);

	if (err)
		return err;
	err = iq_context_restore(iq, context);
	if (err)
		iq_context_free(context);
	return err;
}

static int restore_context(void *arg, __u32 id, const void *record, size_t size)
{
	struct restore *all = arg;
	int err = all->wanted ? restore(all->iq, record, size) : 0;

	if (err) {
		all->lost++;
		sg_debug("context %u cannot be put back: %s", id,
			 strerror(-err));
	}
	if (err || !all->wanted)
		journal_drop_context(all->iq->journal, id);
	return 0;
}

static int restore_reply(void *arg, const char *peer, __u32 id,
			 const void *text, size_t size, __u32 age_ms)
{
	struct h248_address from;
	struct iq *iq = arg;

	from.protocol = iq->gate->config.iq.local.protocol;
	if (!h248_address_parse(&from, peer))
		h248_exchange_restore(iq->exchange, &from, id, text, size,
				      age_ms);
	return 0;
}

/*
 * A context of Iq lives in the journal and in the data plane: one of which
 * either has lost its part ends.
 */
static void restore_all(struct iq *iq, const struct iq_state *state)
{
	struct restore all = { .iq = iq, .wanted = *state->mgc };

	iq->contexts.last_id = state->last_context;
	iq->contexts.last_termination = state->last_termination;
	iq->root = state->root;
	iq->out_of_service = state->out_of_service;
	if (iq->journal) {
		journal_contexts(iq->journal, restore_context, &all);
		journal_replies(iq->journal, restore_reply, iq);
	}
	iq->lost = all.lost;
}

int iq_open(struct iq **out, struct gate *gate, struct fault *fault)
{
	struct iq_state state = { 0 };
	struct iq *iq;
	int err;

	*out = NULL;
	if (!gate->config.iq.present)
		return 0;
	iq = calloc(1, sizeof(*iq));
	if (!iq)
		return fault_set(fault, ENOMEM, "out of memory");
	iq->gate = gate;
	iq->ground.config = &gate->config;
	iq->ground.keys = &gate->contexts.keys;
	iq->ground.contexts = gate->contexts.slots;
	err = open_parts(iq, &state, fault);
	if (err)
		goto err_close;
	restore_all(iq, &state);
	if (iq_association_open(iq, iq->journal && state.next_transaction,
				state.mgc, state.version)) {
		err = fault_set(fault, ENOMEM, "out of memory");
		goto err_close;
	}
	*out = iq;
	return 0;

err_close:
	iq_close(iq);
	return err;
}

int iq_start(struct iq *iq, struct gate *gate, struct fault *fault)
{
	__u32 lost = 0;
	int orphans;

	if (iq && iq_contexts_adopt(iq, &lost))
		return fault_set(fault, ENOMEM, "out of memory");
	orphans = iq_plane_remove_orphans(iq, &gate->contexts);
	if (!iq)
		return 0;
	if (iq->lost || lost || orphans)
		sg_warning("%u contexts of the journal could not be put back, "
			   "and %d media of the data plane were in no journal: "
			   "they have ended",
			   iq->lost + lost, orphans);
	iq_journal_state(iq);
	settle(iq);
	return 0;
}

void iq_close(struct iq *iq)
{
	if (!iq)
		return;
	if (iq->exchange && iq->transport)
		settle(iq);
	iq_association_close(iq);
	iq_contexts_close(iq);
	if (iq->root_timer)
		event_free(iq->root_timer);
	iq_realms_close(iq);
	h248_exchange_close(iq->exchange);
	h248_transport_close(iq->transport);
	if (iq->flush)
		event_free(iq->flush);
	journal_close(iq->journal);
	free(iq);
}

/* -- the end of all ----------------------------------------------------------------------- */

static int end_context(struct iq *iq, struct iq_context *context, void *arg)
{
	struct iq_context *copy = iq_context_copy(iq, context);
	struct iq_fault fault;

	(void)arg;
	if (!copy)
		return -ENOMEM;
	for (int i = 0; i < IQ_TERMINATIONS; i++)
		if (copy->termination[i])
			iq_termination_remove(iq, copy, copy->termination[i],
					      context);
	if (iq_context_commit(iq, copy, context, NULL, &fault)) {
		sg_error("context %u cannot be ended: %s", context->id,
			 fault.text);
		iq_context_give_up(iq, copy, context);
	}
	return 0;
}

void iq_end_contexts(struct iq *iq)
{
	iq_contexts_each(iq, end_context, NULL);
	settle(iq);
}
