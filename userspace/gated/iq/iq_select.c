// SPDX-License-Identifier: GPL-2.0-only
/* TerminationIDs: ip/<group>/<interface>/<number>, TS 29.334 5.6. */
#include <errno.h>
#include <stdio.h>

#include "gated/iq/iq_command.h"
#include "lib/cursor.h"

enum { GROUP_MAX = 65535 };

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
}

/* -- names that the gateway chooses ---------------------------------------- */

/* Annex B has letters, digits and "_" for it, in any case. */
void iq_realm_label(char label[REALM_NAME], const struct realm *realm)
{
	const char *from = realm->name;

	for (; *from; from++) {
		char c = lower(*from);
		bool plain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');

		*label++ = plain ? c : '_';
	}
	*label = '\0';
}

void iq_choice_name(const struct iq_choice *choice,
		    struct iq_termination *termination)
{
	char label[REALM_NAME];

	iq_realm_label(label, termination->realm);
	snprintf(termination->name, sizeof(termination->name), "ip/%u/%s/%u",
		 choice->group, label, termination->id);
}

static struct realm *find_realm(struct config *config, struct sg_slice name)
{
	char label[REALM_NAME];

	for (int i = 0; i < config->realm_count; i++) {
		iq_realm_label(label, &config->realm[i]);
		if (sg_slice_is_nocase(name, label))
			return &config->realm[i];
	}
	return NULL;
}

static int read_group(struct iq_work *work, struct sg_slice group,
		      struct iq_choice *choice)
{
	char text[SG_SHOWN_TEXT];
	__u64 number;

	if (sg_slice_is(group, "$"))
		return 0;
	if (!sg_slice_number(group, GROUP_MAX, &number))
		return iq_fault_set(&work->fault, IQ_UNKNOWN_TERMINATION,
				    "the group %s is no number up to %d",
				    sg_slice_show(text, group), GROUP_MAX);
	choice->group = number;
	return 0;
}

static int read_interface(struct iq_work *work, struct sg_slice interface,
			  struct iq_choice *choice)
{
	char text[SG_SHOWN_TEXT];

	if (sg_slice_is(interface, "$"))
		return 0;
	choice->realm = find_realm(work->iq->ground.config, interface);
	if (choice->realm)
		return 0;
	return iq_fault_set(&work->fault, IQ_UNKNOWN_TERMINATION,
			    "no realm is called %s",
			    sg_slice_show(text, interface));
}

int iq_choice_read(struct iq_work *work, const struct h248_termination *wanted,
		   struct iq_choice *choice)
{
	struct sg_cursor in = sg_cursor_of_slice(wanted->name);
	struct sg_slice ip, group, interface;
	int err;

	*choice = (struct iq_choice){ .group = 1 };
	if (sg_slice_is(wanted->name, "$"))
		return 0;
	ip = sg_cursor_until(&in, '/');
	group = sg_cursor_until(&in, '/');
	interface = sg_cursor_until(&in, '/');
	if (!sg_slice_is_nocase(ip, "ip") ||
	    !sg_slice_is(sg_cursor_rest(&in), "$"))
		return iq_fault_set(&work->fault, IQ_UNKNOWN_TERMINATION,
				    "terminations are called ip/group/interface"
				    "/number, and the number is to be $");
	err = read_group(work, group, choice);
	return err ? err : read_interface(work, interface, choice);
}

/* -- names that are there -------------------------------------------------- */

bool iq_name_matches(struct sg_slice pattern, struct sg_slice name)
{
	const char *p = pattern.at, *end = p + pattern.size;
	const char *n = name.at, *last = n + name.size;
	const char *star = NULL, *mark = NULL;

	while (n < last) {
		if (p < end && *p == '*') {
			star = ++p;
			mark = n;
			if (p == end)
				return true;
		} else if (p < end && lower(*p) == lower(*n)) {
			p++;
			n++;
		} else if (star && *mark != '/') {
			p = star;
			n = ++mark;
		} else {
			return false;
		}
	}
	while (p < end && *p == '*')
		p++;
	return p == end;
}

static int not_found(struct iq_work *work,
		     const struct h248_termination *wanted)
{
	struct iq_fault *fault = &work->fault;
	char text[SG_SHOWN_TEXT];

	sg_slice_show(text, wanted->name);
	if (wanted->all)
		iq_fault_set(fault, IQ_NOTHING_MATCHED,
			     "no termination is like %s", text);
	else if (iq_context_of(work->iq, wanted->name))
		iq_fault_set(fault, IQ_NOT_IN_CONTEXT,
			     "termination %s is in another context", text);
	else
		iq_fault_set(fault, IQ_UNKNOWN_TERMINATION,
			     "there is no termination %s", text);
	return -ENOENT;
}

int iq_select(struct iq_work *work, const struct h248_termination *wanted,
	      unsigned int *found)
{
	const struct iq_context *context = work->current;

	*found = 0;
	if (wanted->choose)
		return iq_fault_set(&work->fault, IQ_BAD_IDENTIFIER,
				    "$ is for Add only");
	for (int i = 0; context && i < IQ_TERMINATIONS; i++) {
		const struct iq_termination *one = context->termination[i];

		if (one &&
		    iq_name_matches(wanted->name, sg_slice_of(one->name)))
			*found |= 1u << i;
	}
	return *found ? 0 : not_found(work, wanted);
}
