// SPDX-License-Identifier: GPL-2.0-only
/* The Events descriptor: what the controller wants to be told. */
#include "gated/iq/iq_event.h"

#include <errno.h>
#include <stdio.h>

#include "gated/iq/iq_side.h"

/* -- reading ---------------------------------------------------------------- */

/* One name that Events may have, on a termination or on ROOT. */
struct kind {
	const char *name;
	const char *parameters;	/* " a b " */
	int (*read)(void *events, const struct h248_event *event,
		    struct iq_fault *fault);
};

static int read_number(const struct h248_event *event, const char *name,
		       __u32 *number, struct iq_fault *fault)
{
	const struct h248_parameter *parameter =
		h248_parameter_find(event->parameters, name);
	__u64 value;

	if (!parameter)
		return iq_fault_set(fault, IQ_PARAMETER_MISSING, "%s", name);
	if (parameter->relation != H248_EQUAL ||
	    !sg_slice_number(parameter->value.text, IQ_IDLE_DEFAULT - 1,
			     &value) || !value)
		return iq_fault_value(fault, IQ_UNSUPPORTED_VALUE,
				      parameter->value.text);
	*number = value;
	return 0;
}

static int read_heartbeat(void *to, const struct h248_event *event,
			  struct iq_fault *fault)
{
	struct iq_events *events = to;

	return read_number(event, "timerx", &events->heartbeat, fault);
}

static int read_direction(__u8 *direction, const struct h248_event *event,
			  struct iq_fault *fault)
{
	const struct h248_parameter *parameter =
		h248_parameter_find(event->parameters, "dir");
	struct sg_slice value;

	*direction = IQ_BOTH;
	if (!parameter)
		return 0;
	value = parameter->value.text;
	if (sg_slice_is_nocase(value, "in"))
		*direction = IQ_IN;
	else if (sg_slice_is_nocase(value, "out"))
		*direction = IQ_OUT;
	else if (!sg_slice_is_nocase(value, "both"))
		return iq_fault_value(fault, IQ_UNSUPPORTED_VALUE, value);
	return 0;
}

static int read_inactivity(void *to, const struct h248_event *event,
			   struct iq_fault *fault)
{
	struct iq_events *events = to;
	int err = read_direction(&events->direction, event, fault);

	return err ? err :
		     read_number(event, "dt", &events->inactivity, fault);
}

static int read_cause(void *to, const struct h248_event *event,
		      struct iq_fault *fault)
{
	struct iq_events *events = to;

	(void)event;
	(void)fault;
	events->cause = true;
	return 0;
}

static int read_idle(void *to, const struct h248_event *event,
		     struct iq_fault *fault)
{
	struct iq_root_events *events = to;

	events->idle = IQ_IDLE_DEFAULT;
	if (!h248_parameter_find(event->parameters, "mit"))
		return 0;
	return read_number(event, "mit", &events->idle, fault);
}

static int read_overload(void *to, const struct h248_event *event,
			 struct iq_fault *fault)
{
	struct iq_root_events *events = to;

	(void)event;
	(void)fault;
	events->overload = true;
	return 0;
}

static int read_realms(void *to, const struct h248_event *event,
		       struct iq_fault *fault)
{
	struct iq_root_events *events = to;

	(void)event;
	(void)fault;
	events->realms = true;
	return 0;
}

static const struct kind kinds[] = {
	{ "hangterm/thb", " timerx ", read_heartbeat },	/* H.248.36 */
	{ "adid/ipstop", " dt dir ", read_inactivity },	/* H.248.40 */
	{ "g/cause", "", read_cause },			/* H.248.1 E.1 */
	{ NULL, NULL, NULL },
};

static const struct kind root_kinds[] = {
	{ "it/ito", " mit ", read_idle },		/* H.248.14 */
	{ "ocp/mg_overload", "", read_overload },	/* H.248.11 */
	{ "ipra/arc", "", read_realms },		/* H.248.41 Amd. 1 */
	{ NULL, NULL, NULL },
};

static int check_parameters(const struct kind *kind,
			    const struct h248_event *event,
			    struct iq_fault *fault)
{
	const struct h248_parameter *p;
	char word[16];

	for (p = event->parameters; p; p = p->next) {
		char *c = word;

		if (p->name.size > sizeof(word) - 3)
			return iq_fault_value(fault, IQ_NO_SUCH_PARAMETER,
					      p->name);
		*c++ = ' ';
		for (size_t i = 0; i < p->name.size; i++)
			*c++ = p->name.at[i] | 0x20;
		*c++ = ' ';
		*c = '\0';
		if (!strstr(kind->parameters, word))
			return iq_fault_value(fault, IQ_NO_SUCH_PARAMETER,
					      p->name);
	}
	return 0;
}

static int read_event(const struct kind *kind, void *events,
		      const struct h248_event *event, struct iq_fault *fault)
{
	int err;

	while (kind->name && !sg_slice_is_nocase(event->name, kind->name))
		kind++;
	if (!kind->name)
		return iq_item_unknown(event->name, IQ_NO_SUCH_EVENT, fault);
	if (event->embed || event->digit_map.size)
		return iq_fault_set(fault, IQ_NOT_IMPLEMENTED,
				    "Embed and DigitMap in Events");
	err = check_parameters(kind, event, fault);
	return err ? err : kind->read(events, event, fault);
}

static int read_list(const struct kind *kind, void *events,
		     const struct h248_events *descriptor,
		     struct iq_fault *fault)
{
	int err = 0;

	for (const struct h248_event *event = descriptor->list; !err && event;
	     event = event->next)
		err = read_event(kind, events, event, fault);
	return err;
}

int iq_events_read(struct iq_events *events,
		   const struct h248_events *descriptor,
		   struct iq_fault *fault)
{
	struct iq_events new = {
		.armed = descriptor->list, .request = descriptor->request,
	};
	int err = read_list(kinds, &new, descriptor, fault);

	if (!err)
		*events = new;
	return err;
}

int iq_root_events_read(struct iq_root_events *events,
			const struct h248_events *descriptor,
			struct iq_fault *fault)
{
	struct iq_root_events new = {
		.armed = descriptor->list, .request = descriptor->request,
	};
	int err = read_list(root_kinds, &new, descriptor, fault);

	if (!err)
		*events = new;
	return err;
}

/* -- writing ---------------------------------------------------------------- */

/* Nodes at the end of a list; .message is NULL when its arena is full. */
struct writer {
	struct h248_message *message;
	struct h248_event **tail;
	struct h248_parameter **parameter; /* of the last event */
};

static void *take(struct writer *w, size_t size)
{
	void *node = w->message ? h248_alloc(w->message, size) : NULL;

	if (!node)
		w->message = NULL;
	return node;
}

static void put_event(struct writer *w, const char *name)
{
	struct h248_event *event = take(w, sizeof(*event));

	if (!event)
		return;
	event->name = sg_slice_of(name);
	*w->tail = event;
	w->tail = &event->next;
	w->parameter = &event->parameters;
}

static void put_parameter(struct writer *w, const char *name, const char *value)
{
	struct h248_parameter *parameter = take(w, sizeof(*parameter));

	if (!parameter)
		return;
	parameter->name = sg_slice_of(name);
	parameter->relation = H248_EQUAL;
	parameter->value.text = sg_slice_of(value);
	*w->parameter = parameter;
	w->parameter = &parameter->next;
}

static void put_number(struct writer *w, const char *name, __u32 number)
{
	enum { DIGITS = 11 };
	char *text = take(w, DIGITS);

	if (!text)
		return;
	snprintf(text, DIGITS, "%u", number);
	put_parameter(w, name, text);
}

static struct writer begin(struct h248_message *message,
			   struct h248_events *descriptor, bool armed,
			   __u32 request)
{
	*descriptor = (struct h248_events){ armed, request, NULL };
	return (struct writer){ message, &descriptor->list, NULL };
}

int iq_events_write(const struct iq_events *events,
		    struct h248_message *message,
		    struct h248_events *descriptor)
{
	static const char *const directions[] = {
		[IQ_IN] = "IN", [IQ_OUT] = "OUT", [IQ_BOTH] = "BOTH",
	};
	struct writer w = begin(message, descriptor, events->armed,
				events->request);

	if (events->heartbeat) {
		put_event(&w, "hangterm/thb");
		put_number(&w, "timerx", events->heartbeat);
	}
	if (events->inactivity) {
		put_event(&w, "adid/ipstop");
		put_number(&w, "dt", events->inactivity);
		put_parameter(&w, "dir", directions[events->direction]);
	}
	if (events->cause)
		put_event(&w, "g/cause");
	return w.message ? 0 : -ENOSPC;
}

int iq_root_events_write(const struct iq_root_events *events,
			 struct h248_message *message,
			 struct h248_events *descriptor)
{
	struct writer w = begin(message, descriptor, events->armed,
				events->request);

	if (events->idle)
		put_event(&w, "it/ito");
	if (events->idle && events->idle != IQ_IDLE_DEFAULT)
		put_number(&w, "mit", events->idle);
	if (events->overload)
		put_event(&w, "ocp/mg_overload");
	if (events->realms)
		put_event(&w, "ipra/arc");
	return w.message ? 0 : -ENOSPC;
}
