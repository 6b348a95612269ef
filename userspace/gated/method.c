// SPDX-License-Identifier: GPL-2.0-only
#include "gated/method.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "gated/iq/iq.h"
#include "gated/iq/iq_view.h"
#include "gated/receiver/receiver.h"
#include "gated/view.h"

static struct context *find(struct gate *gate, const struct spec *spec,
			    struct fault *fault)
{
	struct context *context = context_find(&gate->contexts, spec->name);

	if (!*spec->name)
		fault_set(fault, EINVAL, "params need \"context\", the name");
	else if (!context)
		fault_set(fault, ENOENT,
			  "context \"%s\" does not exist; see srtpgate context "
			  "show",
			  spec->name);
	return *spec->name ? context : NULL;
}

static json_t *status(struct gate *gate, json_t *params, struct fault *fault)
{
	json_t *view;

	if (params && json_object_size(params)) {
		fault_set(fault, EINVAL, "status takes no params");
		return NULL;
	}
	view = view_status(gate);
	if (view && gate->iq)
		json_object_set_new(view, "iq", iq_view(gate->iq));
	return view;
}

/* -- contexts whose keys somebody else has ------------------------------------ */

/* Makes what @spec says. */
typedef json_t *spec_apply(struct gate *gate, const struct spec *spec,
			   struct fault *fault);

struct method_wait {
	struct gate *gate;
	struct method_caller caller;
	spec_apply *apply;
	struct receiver_question *question;
	struct spec spec;	/* secret */
};

static void free_wait(struct method_wait *wait)
{
	spec_zero(&wait->spec);
	free(wait);
}

void method_cancel(struct method_wait *wait)
{
	if (!wait)
		return;
	receiver_cancel(wait->question);
	free_wait(wait);
}

/* What arrives from a party is under its own key. */
static void take_keys(struct spec_termination *to,
		      const struct receiver_keys *keys)
{
	bool answerer = to->mikey.answerer;

	to->receive[0] = answerer ? keys->answerer : keys->offerer;
	to->send = answerer ? keys->offerer : keys->answerer;
	if (!to->mikey.mki)
		to->receive[0].mki_length = to->send.mki_length = 0;
	/* The other party has it, too, and goes on sealing with it. */
	to->send.shared = true;
}

static void on_keys(void *arg, const struct receiver_keys *keys,
		    const struct fault *why)
{
	struct method_wait *wait = arg;
	struct method_caller caller = wait->caller;
	struct fault fault = { 0 };
	json_t *result = NULL;

	if (keys) {
		take_keys(spec_find_mikey(&wait->spec), keys);
		result = wait->apply(wait->gate, &wait->spec, &fault);
	}
	free_wait(wait);
	caller.done(caller.arg, result, keys ? &fault : why);
}

static void wait_for_keys(struct gate *gate, const struct spec *spec,
			  spec_apply *apply, struct method_caller *caller,
			  struct fault *fault)
{
	struct method_wait *wait = calloc(1, sizeof(*wait));

	if (!wait) {
		fault_set(fault, ENOMEM, "out of memory");
		return;
	}
	wait->gate = gate;
	wait->caller = *caller;
	wait->apply = apply;
	wait->spec = *spec;
	wait->question = receiver_ask(
		gate->receiver, &spec_find_mikey(&wait->spec)->mikey,
		spec->name, caller->who, on_keys, wait, fault);
	if (wait->question)
		caller->wait = wait;
	else
		free_wait(wait);
}

/* Zeroes @spec. */
static json_t *apply_when_keyed(struct gate *gate, struct spec *spec,
				spec_apply *apply,
				struct method_caller *caller,
				struct fault *fault)
{
	json_t *result = NULL;

	if (spec_find_mikey(spec))
		wait_for_keys(gate, spec, apply, caller, fault);
	else
		result = apply(gate, spec, fault);
	spec_zero(spec);
	return result;
}

/* -- contexts ----------------------------------------------------------------- */

static json_t *apply_add(struct gate *gate, const struct spec *spec,
			 struct fault *fault)
{
	struct context *context;

	if (context_add(&gate->contexts, spec, &context, fault))
		return NULL;
	return view_context(context);
}

static json_t *context_add_method(struct gate *gate, json_t *params,
				  struct method_caller *caller,
				  struct fault *fault)
{
	struct spec spec;

	if (spec_read_add(&spec, params, fault)) {
		spec_zero(&spec);
		return NULL;
	}
	return apply_when_keyed(gate, &spec, apply_add, caller, fault);
}

static json_t *apply_change(struct gate *gate, const struct spec *spec,
			    struct fault *fault)
{
	struct context *context = find(gate, spec, fault);

	if (!context || context_change(context, spec, fault))
		return NULL;
	return view_context(context);
}

static json_t *context_change_method(struct gate *gate, json_t *params,
				     struct method_caller *caller,
				     struct fault *fault)
{
	struct spec spec;

	if (spec_read_change(&spec, params, fault) ||
	    !find(gate, &spec, fault)) {
		spec_zero(&spec);
		return NULL;
	}
	return apply_when_keyed(gate, &spec, apply_change, caller, fault);
}

static json_t *context_remove_method(struct gate *gate, json_t *params,
				     struct fault *fault)
{
	struct sg_state final[2];
	struct context *context;
	struct spec spec;
	json_t *view;

	if (spec_read_name(&spec, params, fault))
		return NULL;
	context = find(gate, &spec, fault);
	if (!context)
		return NULL;
	view = view_context(context);
	context_remove(context, final);
	json_object_set_new(view, "streams", view_streams(context, final));
	context_free(context);
	return view;
}

static json_t *show_all(struct gate *gate)
{
	struct contexts *contexts = &gate->contexts;
	json_t *list = json_array();

	for (__u32 slot = 0; slot < gate->data.maps.contexts_size; slot++)
		if (contexts->by_slot[slot])
			json_array_append_new(
				list, view_context(contexts->by_slot[slot]));
	return json_pack("{s:o}", "contexts", list);
}

static json_t *context_show(struct gate *gate, json_t *params,
			    struct fault *fault)
{
	struct context *context;
	struct spec spec;

	if (spec_read_name(&spec, params, fault))
		return NULL;
	if (!*spec.name)
		return show_all(gate);
	context = find(gate, &spec, fault);
	return context ? view_context(context) : NULL;
}

static json_t *stream_show(struct gate *gate, json_t *params,
			   struct fault *fault)
{
	struct context *context;
	struct spec spec;

	if (spec_read_name(&spec, params, fault))
		return NULL;
	context = find(gate, &spec, fault);
	return context ? json_pack("{s:o}", "streams",
				   view_streams(context, NULL)) :
			 NULL;
}

/* -- Iq ----------------------------------------------------------------------- */

static bool has_iq(const struct gate *gate, struct fault *fault)
{
	if (!gate->iq)
		fault_set(fault, EOPNOTSUPP,
			  "the gateway has no Iq; configure \"iq\"");
	return gate->iq;
}

/* One context, all of them, or (no params) the association. */
static json_t *iq_show(struct gate *gate, json_t *params, struct fault *fault)
{
	json_t *wanted = json_object_get(params, "context");
	struct iq_context *context;

	if (!has_iq(gate, fault))
		return NULL;
	if (json_object_size(params) != (wanted != NULL))
		fault_set(fault, EINVAL,
			  "iq.show takes no params but \"context\"");
	else if (!wanted)
		return iq_view(gate->iq);
	else if (json_is_true(wanted))
		return iq_view_contexts(gate->iq);
	else if (!json_is_integer(wanted))
		fault_set(fault, EINVAL,
			  "\"context\" must be a ContextID, or true for all");
	if (fault->error)
		return NULL;
	context = iq_context_find(gate->iq, json_integer_value(wanted));
	if (!context)
		fault_set(fault, ENOENT,
			  "no controller has a context %lld; see srtpgate "
			  "context show",
			  json_integer_value(wanted));
	return context ? iq_view_context(gate->iq, context) : NULL;
}

static json_t *iq_leave(struct gate *gate, json_t *params, struct fault *fault)
{
	int graceful = 0;

	if (!params ||
	    json_unpack(params, "{s:b!}", "graceful", &graceful)) {
		fault_set(fault, EINVAL,
			  "iq.leave takes \"graceful\", true or false, and "
			  "nothing else");
		return NULL;
	}
	if (!has_iq(gate, fault))
		return NULL;
	iq_association_leave(gate->iq, graceful);
	if (!graceful)
		iq_end_contexts(gate->iq);
	return iq_view(gate->iq);
}

static const struct {
	const char *name;
	json_t *(*call)(struct gate *gate, json_t *params, struct fault *fault);
	/* Instead of it, when it may take time. */
	json_t *(*begin)(struct gate *gate, json_t *params,
			 struct method_caller *caller, struct fault *fault);
} methods[] = {
	{ "status", .call = status },
	{ "context.add", .begin = context_add_method },
	{ "context.change", .begin = context_change_method },
	{ "context.remove", .call = context_remove_method },
	{ "context.show", .call = context_show },
	{ "stream.show", .call = stream_show },
	{ "iq.show", .call = iq_show },
	{ "iq.leave", .call = iq_leave },
};

enum { METHODS = sizeof(methods) / sizeof(methods[0]) };

json_t *method_call(struct gate *gate, const char *method, json_t *params,
		    struct method_caller *caller, struct fault *fault)
{
	json_t *result;

	for (int i = 0; i < METHODS; i++) {
		if (strcmp(methods[i].name, method))
			continue;
		fault->error = 0;
		caller->wait = NULL;
		result = methods[i].call ?
				 methods[i].call(gate, params, fault) :
				 methods[i].begin(gate, params, caller, fault);
		if (!result && !caller->wait && !fault->error)
			fault_set(fault, ENOMEM, "out of memory");
		return result;
	}
	fault_set(fault, ENOSYS,
		  "method \"%.40s\" does not exist; see docs/control.md",
		  method);
	return NULL;
}
