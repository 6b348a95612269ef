// SPDX-License-Identifier: GPL-2.0-only
/* Events of ROOT. */
#include <event2/event.h>

#include "gated/iq/iq_notify.h"
#include "lib/clock.h"

static void notify_root(struct iq *iq, const char *event,
			struct h248_parameter *parameters, h248_answered *done)
{
	iq_notify(iq, H248_CONTEXT_NULL, "ROOT", iq->root.request, event,
		  parameters, done);
}

void iq_event_overload(struct iq *iq)
{
	if (iq->root.overload)
		notify_root(iq, "ocp/mg_overload", NULL, NULL);
}

void iq_event_realm(struct iq *iq, const char *realm, bool available)
{
	struct h248_parameter list = {
		.name = available ? SG_SLICE("newrealms") :
				    SG_SLICE("delrealms"),
		.relation = H248_ALL_OF,
		.value = { .text = sg_slice_of(realm), .quoted = true },
	};

	if (iq->root.realms)
		notify_root(iq, "ipra/arc", &list, NULL);
}

/* -- it/ito: is the controller there? ----------------------------------------- */

static __u64 idle_ms(const struct iq *iq)
{
	if (iq->root.idle == IQ_IDLE_DEFAULT)
		return iq->gate->config.iq.heartbeat * 1000ull;
	return iq->root.idle * 10ull;
}

static void set_timer(struct iq *iq, __u64 ms)
{
	struct timeval wait = { ms / 1000, ms % 1000 * 1000 };

	evtimer_add(iq->root_timer, &wait);
}

static void on_answer(void *arg, const struct h248_answer *answer)
{
	struct iq *iq = arg;

	(void)answer;
	iq->root_asked = false;
}

/* H.248.14: no answer to this one ends the association. */
static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct iq *iq = arg;
	__u64 now = clock_ms(), due;

	(void)fd;
	(void)what;
	due = iq_association_heard_at(iq) + idle_ms(iq);
	if (now < due) {
		set_timer(iq, due - now);
		return;
	}
	if (!iq->root_asked) {
		iq->root_asked = true;
		if (iq_notify(iq, H248_CONTEXT_NULL, "ROOT", iq->root.request,
			      "it/ito", NULL, on_answer))
			iq->root_asked = false;
	}
	set_timer(iq, idle_ms(iq));
}

void iq_root_update(struct iq *iq)
{
	bool wanted = iq->root.idle &&
		      iq_association_state(iq) == IQ_REGISTERED;

	if (!iq->root_timer)
		iq->root_timer = evtimer_new(iq->gate->base, on_timer, iq);
	if (!iq->root_timer)
		return;
	if (wanted)
		set_timer(iq, idle_ms(iq));
	else
		evtimer_del(iq->root_timer);
}
