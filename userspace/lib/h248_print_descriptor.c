// SPDX-License-Identifier: GPL-2.0-only
/* Writes descriptors. */
#include "lib/h248_writer.h"

static void profile(struct h248_writer *w, const struct h248_services *s,
		    bool *first)
{
	if (!s->profile.size)
		return;
	if (memchr(s->profile.at, '/', s->profile.size))
		h248_invalid(w);
	h248_next_member(w, first);
	h248_put_token(w, H248_PROFILE);
	h248_equals(w);
	h248_put_word(w, s->profile);
	h248_put_text(w, "/");
	h248_put_number(w, s->profile_version);
}

static void method(struct h248_writer *w, const struct h248_services *s,
		   bool *first)
{
	if (!s->method && !s->method_extension.size)
		return;
	h248_next_member(w, first);
	h248_put_token(w, H248_METHOD);
	h248_equals(w);
	if (s->method)
		h248_put_token(w, s->method);
	else
		h248_put_word(w, s->method_extension);
}

static void mid(struct h248_writer *w, enum h248_token word,
		const struct h248_mid *mid, bool *first)
{
	if (!mid->kind)
		return;
	h248_next_member(w, first);
	h248_put_token(w, word);
	h248_equals(w);
	h248_put_mid(w, mid);
}

static void service_members(struct h248_writer *w,
			    const struct h248_services *s, bool *first)
{
	method(w, s, first);
	if (s->has_reason) {
		h248_next_member(w, first);
		h248_put_token(w, H248_REASON);
		h248_equals(w);
		h248_put_value(w, &s->reason);
	}
	if (s->has_delay) {
		h248_next_member(w, first);
		h248_put_numbered(w, H248_DELAY, s->delay);
	}
	mid(w, H248_SERVICE_CHANGE_ADDRESS, &s->address, first);
	if (s->version) {
		h248_next_member(w, first);
		h248_put_numbered(w, H248_VERSION, s->version);
	}
	profile(w, s, first);
	mid(w, H248_MGC_ID, &s->mgc, first);
	if (s->time.size) {
		h248_next_member(w, first);
		h248_put_word(w, s->time);
	}
	h248_put_parameters(w, s->extensions, first);
	h248_put_descriptors(w, s->audit, first);
}

static void services(struct h248_writer *w, const struct h248_services *s)
{
	bool first = true;

	h248_open(w);
	service_members(w, s, &first);
	if (first)
		h248_invalid(w);
	h248_close(w);
}

static void packages(struct h248_writer *w, const struct h248_package *p)
{
	bool first = true;

	h248_open(w);
	for (; p; p = p->next) {
		h248_next_member(w, &first);
		h248_put_word(w, p->name);
		h248_put_text(w, "-");
		h248_put_number(w, p->version);
	}
	if (first)
		h248_invalid(w);
	h248_close(w);
}

static void statistics(struct h248_writer *w,
		       const struct h248_parameter *list)
{
	bool first = true;

	h248_open(w);
	h248_put_parameters(w, list, &first);
	if (first)
		h248_invalid(w);
	h248_close(w);
}

static void audit(struct h248_writer *w, const struct h248_descriptor *items)
{
	bool first = true;

	h248_open(w);
	h248_put_descriptors(w, items, &first);
	h248_close(w);
}

static void members(struct h248_writer *w, const struct h248_descriptor *d)
{
	switch (d->kind) {
	case H248_MEDIA:
		h248_put_media(w, &d->media);
		break;
	case H248_EVENTS:
	case H248_OBSERVED_EVENTS:
		h248_put_events(w, &d->events);
		break;
	case H248_STATISTICS:
		statistics(w, d->statistics);
		break;
	case H248_PACKAGES:
		packages(w, d->packages);
		break;
	case H248_AUDIT:
		audit(w, d->audit);
		break;
	case H248_SERVICES:
		services(w, d->services);
		break;
	default:
		h248_put(w, d->raw);
	}
}

static void descriptor(struct h248_writer *w, const struct h248_descriptor *d)
{
	if (d->kind == H248_ERROR) {
		h248_put_error(w, &d->error);
	} else if (d->kind == H248_SIGNALS) {
		h248_put_signals(w, d->bare ? NULL : d->signals);
	} else if (d->kind == H248_NONE || d->kind > H248_LAST_DESCRIPTOR) {
		h248_invalid(w);
	} else {
		h248_put_token(w, d->kind);
		if (!d->bare)
			members(w, d);
	}
}

void h248_put_descriptors(struct h248_writer *w,
			  const struct h248_descriptor *list, bool *first)
{
	for (; list; list = list->next) {
		h248_next_member(w, first);
		descriptor(w, list);
	}
}
