// SPDX-License-Identifier: GPL-2.0-only
/* The Signals descriptor. */
#include "lib/h248_tree.h"

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

static bool signal_parameter(struct h248_reader *r, struct h248_signal *signal)
{
	enum h248_token token;
	struct sg_slice word;

	if (!h248_keyword(r, &token, &word, "a parameter of the signal"))
		return false;
	switch (token) {
	case H248_STREAM:
		if (signal->stream)
			return h248_twice(r, r->syntax, word);
		return h248_read_stream_of(r, &signal->stream);
	case H248_SIGNAL_TYPE:
		if (signal->type)
			return h248_twice(r, r->syntax, word);
		return signal_type(r, signal);
	case H248_DURATION:
		if (signal->has_duration)
			return h248_twice(r, r->syntax, word);
		return duration(r, signal);
	case H248_NOTIFY_COMPLETION:
		if (signal->completion)
			return h248_twice(r, r->syntax, word);
		return completion(r, &signal->completion);
	case H248_KEEP_ACTIVE:
		signal->keep_active = true;
		return true;
	default:
		return h248_read_parameter(r, &signal->parameters, word, r->syntax,
				 r->audit);
	}
}

static bool signal_request(struct h248_reader *r, struct sg_slice name,
			   struct h248_signal *signal)
{
	if (!h248_is_package_name(name))
		return h248_not_an_item(r, name, "signal");
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
