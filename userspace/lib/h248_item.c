// SPDX-License-Identifier: GPL-2.0-only
/* Items of packages: properties, events, signals, statistics, versions. */
#include "lib/h248_tree.h"

/* -- values ----------------------------------------------------------------- */

/* Values after the first, up to @close. */
static bool more_values(struct h248_reader *r, struct h248_value *value,
			char close)
{
	while (h248_accept(r, ',')) {
		value->next = h248_node(r, sizeof(*value));
		value = value->next;
		if (!value || !h248_value(r, value, "a value"))
			return false;
	}
	return h248_expect(r, close, "the list of values");
}

static bool list_or_range(struct h248_reader *r, struct h248_parameter *p)
{
	struct h248_value *high;

	p->relation = H248_ALL_OF;
	if (!h248_value(r, &p->value, "a value"))
		return false;
	if (!h248_accept(r, ':'))
		return more_values(r, &p->value, ']');
	p->relation = H248_RANGE;
	high = p->value.next = h248_node(r, sizeof(*high));
	return high && h248_value(r, high, "the range's upper end") &&
	       h248_expect(r, ']', "the range");
}

static bool equal(struct h248_reader *r, struct h248_parameter *p)
{
	if (h248_accept(r, '['))
		return list_or_range(r, p);
	if (h248_accept(r, '{')) {
		p->relation = H248_ONE_OF;
		return h248_value(r, &p->value, "a value") &&
		       more_values(r, &p->value, '}');
	}
	p->relation = H248_EQUAL;
	return h248_value(r, &p->value, "a value");
}

/* parmValue, behind the name. */
static bool relation(struct h248_reader *r, struct h248_parameter *p,
		     bool optional)
{
	if (h248_accept(r, '='))
		return equal(r, p);
	if (h248_accept(r, '#'))
		p->relation = H248_UNEQUAL;
	else if (h248_accept(r, '<'))
		p->relation = H248_LESS;
	else if (h248_accept(r, '>'))
		p->relation = H248_GREATER;
	else
		return optional || h248_missing(r, '=', "the name");
	return h248_value(r, &p->value, "a value");
}

static bool twice(struct h248_reader *r, int code, struct sg_slice name)
{
	char text[SG_SHOWN_TEXT];

	return h248_fail(r, code, name.at, "%s stands here twice",
			 sg_slice_show(text, name));
}

static bool not_a_name(struct h248_reader *r, struct sg_slice name,
		       const char *what)
{
	char text[SG_SHOWN_TEXT];

	return h248_fail(r, r->syntax, name.at,
			 "%s is no %s: package/name is wanted",
			 sg_slice_show(text, name), what);
}

static bool parameter(struct h248_reader *r, struct h248_parameter **list,
		      struct sg_slice name, int code, bool optional)
{
	struct h248_parameter *p;
	int count = 0;

	while (*list) {
		if (sg_slice_equal_nocase((*list)->name, name))
			return twice(r, code, name);
		if (++count == H248_PROPERTIES_MAX)
			return h248_fail(r, 510, name.at,
					 "more than %d parameters stand here",
					 H248_PROPERTIES_MAX);
		list = &(*list)->next;
	}
	p = h248_node(r, sizeof(*p));
	if (!p)
		return false;
	p->name = name;
	*list = p;
	return relation(r, p, optional);
}

bool h248_read_property(struct h248_reader *r, struct h248_parameter **list,
			struct sg_slice name)
{
	if (!h248_is_package_name(name))
		return not_a_name(r, name, "property");
	return parameter(r, list, name, 456, r->audit);
}

bool h248_read_extension(struct h248_reader *r, struct h248_parameter **list,
			 struct sg_slice name)
{
	return parameter(r, list, name, r->syntax, false);
}

bool h248_read_statistics(struct h248_reader *r, struct h248_parameter **list)
{
	struct sg_slice name;

	if (!h248_expect(r, '{', "Statistics"))
		return false;
	do {
		if (!h248_word(r, &name, "a statistic"))
			return false;
		if (!h248_is_package_name(name))
			return not_a_name(r, name, "statistic");
		if (!parameter(r, list, name, 456, true))
			return false;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "Statistics");
}

/* -- signals ---------------------------------------------------------------- */

static bool signal_type(struct h248_reader *r, struct h248_signal *signal)
{
	char text[SG_SHOWN_TEXT];
	struct sg_slice word;

	if (!h248_expect(r, '=', "SignalType") ||
	    !h248_keyword(r, &signal->type, &word, "a type of signal"))
		return false;
	if (signal->type == H248_BRIEF || signal->type == H248_ON_OFF ||
	    signal->type == H248_TIME_OUT)
		return true;
	return h248_fail(r, 449, word.at, "SignalType %s is not known",
			 sg_slice_show(text, word));
}

static bool duration(struct h248_reader *r, struct h248_signal *signal)
{
	__u32 number;

	if (!h248_expect(r, '=', "Duration") ||
	    !h248_number(r, 65535, 449, &number, "Duration"))
		return false;
	signal->has_duration = true;
	signal->duration = number;
	return true;
}

static bool completion_reason(struct h248_reader *r, __u8 *reasons)
{
	char text[SG_SHOWN_TEXT];
	enum h248_token token;
	struct sg_slice word;

	if (!h248_keyword(r, &token, &word, "a reason for NotifyCompletion"))
		return false;
	switch (token) {
	case H248_TIME_OUT:
		*reasons |= H248_ON_TIME_OUT;
		return true;
	case H248_INT_BY_EVENT:
		*reasons |= H248_ON_EVENT;
		return true;
	case H248_INT_BY_SIGNALS:
		*reasons |= H248_ON_SIGNALS;
		return true;
	case H248_OTHER_REASON:
		*reasons |= H248_ON_OTHER;
		return true;
	default:
		return h248_fail(r, 449, word.at,
				 "NotifyCompletion %s is not known",
				 sg_slice_show(text, word));
	}
}

static bool completion(struct h248_reader *r, __u8 *reasons)
{
	if (!h248_expect(r, '=', "NotifyCompletion") ||
	    !h248_expect(r, '{', "NotifyCompletion ="))
		return false;
	do {
		if (!completion_reason(r, reasons))
			return false;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "NotifyCompletion");
}

static bool stream_of(struct h248_reader *r, __u16 *stream)
{
	return h248_expect(r, '=', "Stream") && h248_stream_id(r, stream);
}

static bool signal_parameter(struct h248_reader *r, struct h248_signal *signal)
{
	enum h248_token token;
	struct sg_slice word;

	if (!h248_keyword(r, &token, &word, "a parameter of the signal"))
		return false;
	switch (token) {
	case H248_STREAM:
		if (signal->stream)
			return twice(r, r->syntax, word);
		return stream_of(r, &signal->stream);
	case H248_SIGNAL_TYPE:
		if (signal->type)
			return twice(r, r->syntax, word);
		return signal_type(r, signal);
	case H248_DURATION:
		if (signal->has_duration)
			return twice(r, r->syntax, word);
		return duration(r, signal);
	case H248_NOTIFY_COMPLETION:
		if (signal->completion)
			return twice(r, r->syntax, word);
		return completion(r, &signal->completion);
	case H248_KEEP_ACTIVE:
		signal->keep_active = true;
		return true;
	default:
		return parameter(r, &signal->parameters, word, r->syntax,
				 r->audit);
	}
}

static bool signal_request(struct h248_reader *r, struct sg_slice name,
			   struct h248_signal *signal)
{
	if (!h248_is_package_name(name))
		return not_a_name(r, name, "signal");
	signal->name = name;
	if (!h248_accept(r, '{'))
		return true;
	do {
		if (!signal_parameter(r, signal))
			return false;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "the signal's parameters");
}

static bool signal_list(struct h248_reader *r, struct h248_signal *list)
{
	struct h248_signal **tail = &list->list;
	struct sg_slice name;
	__u32 id;

	if (!h248_expect(r, '=', "SignalList") ||
	    !h248_number(r, 65535, 410, &id, "SignalList's identifier") ||
	    !h248_expect(r, '{', "SignalList"))
		return false;
	list->list_id = id;
	do {
		*tail = h248_node(r, sizeof(**tail));
		if (!*tail || !h248_word(r, &name, "a signal") ||
		    !signal_request(r, name, *tail))
			return false;
		tail = &(*tail)->next;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "SignalList");
}

static bool signal(struct h248_reader *r, struct h248_signal *signal)
{
	enum h248_token token;
	struct sg_slice word;

	if (!h248_keyword(r, &token, &word, "a signal"))
		return false;
	if (token == H248_SIGNAL_LIST)
		return signal_list(r, signal);
	return signal_request(r, word, signal);
}

bool h248_read_signals(struct h248_reader *r, struct h248_signal **tail)
{
	if (!h248_expect(r, '{', "Signals"))
		return false;
	/* Against the grammar, but met: it means what bare Signals mean. */
	if (h248_accept(r, '}'))
		return true;
	do {
		*tail = h248_node(r, sizeof(**tail));
		if (!*tail || !signal(r, *tail))
			return false;
		tail = &(*tail)->next;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "Signals");
}

/* -- events ----------------------------------------------------------------- */

/* Where an event stands decides what it may embed. */
enum place { OBSERVED, REQUESTED, EMBEDDED };

static bool read_events(struct h248_reader *r, struct h248_events *events,
			enum place place);

static bool embedded_part(struct h248_reader *r, struct h248_embed *embed,
			  enum place place)
{
	enum h248_token token;
	struct sg_slice word;

	if (!h248_keyword(r, &token, &word, "Signals or Events"))
		return false;
	if (token == H248_SIGNALS && !embed->has_signals &&
	    !embed->has_events) {
		embed->has_signals = true;
		return h248_next(r) != '{' ||
		       h248_read_signals(r, &embed->signals);
	}
	if (token == H248_EVENTS && !embed->has_events && place == REQUESTED) {
		embed->has_events = true;
		return h248_next(r) != '=' ||
		       read_events(r, &embed->events, EMBEDDED);
	}
	return h248_fail(r, r->syntax, word.at,
			 "Embed holds Signals, then Events, and no second level of Events");
}

static bool embed(struct h248_reader *r, struct h248_event *event,
		  enum place place)
{
	if (event->embed)
		return h248_fail(r, r->syntax, r->in.at,
				 "Embed stands here twice");
	event->embed = h248_node(r, sizeof(*event->embed));
	if (!event->embed || !h248_expect(r, '{', "Embed"))
		return false;
	do {
		if (!embedded_part(r, event->embed, place))
			return false;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "Embed");
}

/* A "=" is in the grammar, but megaco leaves it out before a "{". */
static bool digit_map(struct h248_reader *r, struct h248_event *event)
{
	if (h248_next(r) != '=' && h248_next(r) != '{')
		return h248_missing(r, '=', "DigitMap");
	return h248_raw(r, &event->digit_map);
}

static bool event_parameter(struct h248_reader *r, struct h248_event *event,
			    enum place place)
{
	enum h248_token token;
	struct sg_slice word;

	if (!h248_keyword(r, &token, &word, "a parameter of the event"))
		return false;
	if (token == H248_STREAM && !event->stream)
		return stream_of(r, &event->stream);
	if (token == H248_STREAM)
		return twice(r, r->syntax, word);
	if (place != OBSERVED) {
		if (token == H248_EMBED)
			return embed(r, event, place);
		if (token == H248_KEEP_ACTIVE) {
			event->keep_active = true;
			return true;
		}
		if (token == H248_DIGIT_MAP && event->digit_map.size)
			return twice(r, r->syntax, word);
		if (token == H248_DIGIT_MAP)
			return digit_map(r, event);
	}
	return parameter(r, &event->parameters, word, r->syntax, r->audit);
}

static bool event(struct h248_reader *r, struct h248_event *event,
		  enum place place)
{
	if (!h248_word(r, &event->name, "an event"))
		return false;
	if (place == OBSERVED && h248_is_time(event->name) &&
	    h248_accept(r, ':')) {
		event->time = event->name;
		if (!h248_word(r, &event->name, "an event"))
			return false;
	}
	if (!h248_is_package_name(event->name))
		return not_a_name(r, event->name, "event");
	if (!h248_accept(r, '{'))
		return true;
	do {
		if (!event_parameter(r, event, place))
			return false;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "the event's parameters");
}

static bool read_events(struct h248_reader *r, struct h248_events *events,
			enum place place)
{
	struct h248_event **tail = &events->list;

	/* An audit of events may leave the request's identifier out. */
	if (!r->audit || h248_next(r) == '=') {
		if (!h248_expect(r, '=', "Events") ||
		    !h248_number(r, ~0u, 410, &events->request, "a RequestID"))
			return false;
		events->has_request = true;
	}
	if (!h248_expect(r, '{', "Events"))
		return false;
	do {
		*tail = h248_node(r, sizeof(**tail));
		if (!*tail || !event(r, *tail, place))
			return false;
		tail = &(*tail)->next;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "Events");
}

bool h248_read_events(struct h248_reader *r, struct h248_events *events,
		      bool observed)
{
	return read_events(r, events, observed ? OBSERVED : REQUESTED);
}

/* -- packages ---------------------------------------------------------------- */

static bool package(struct h248_reader *r, struct h248_package *package)
{
	char text[SG_SHOWN_TEXT];
	struct sg_slice word, version;
	__u64 number;

	if (!h248_word(r, &word, "a package"))
		return false;
	package->name = word;
	while (package->name.size &&
	       package->name.at[--package->name.size] != '-')
		;
	version = (struct sg_slice){ word.at + package->name.size + 1,
				     word.size - package->name.size - 1 };
	if (!package->name.size ||
	    !h248_is_all(package->name, H248_CLASS_NAME) ||
	    !sg_slice_number(version, 65535, &number))
		return h248_fail(r, r->syntax, word.at,
				 "%s is no package: name-version is wanted",
				 sg_slice_show(text, word));
	package->version = number;
	return true;
}

bool h248_read_packages(struct h248_reader *r, struct h248_package **tail)
{
	if (!h248_expect(r, '{', "Packages"))
		return false;
	do {
		*tail = h248_node(r, sizeof(**tail));
		if (!*tail || !package(r, *tail))
			return false;
		tail = &(*tail)->next;
	} while (h248_accept(r, ','));
	return h248_expect(r, '}', "Packages");
}
