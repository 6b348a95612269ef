// SPDX-License-Identifier: GPL-2.0-only
#include "lib/mikey_sessions.h"

#include <errno.h>

const struct mikey_sp *mikey_sessions_policy(const struct mikey_sessions *s,
					     __u8 policy)
{
	for (int i = 0; i < s->sps; i++)
		if (s->sp[i].policy == policy)
			return &s->sp[i];
	return NULL;
}

int mikey_sessions_fill(struct mikey_message *m,
			const struct mikey_sessions *sessions)
{
	if (sessions->css < 0 || sessions->css > MIKEY_CS_MAX ||
	    sessions->sps < 0 || sessions->sps > MIKEY_SPS_MAX)
		return -EINVAL;
	m->map = MIKEY_MAP_GENERIC;
	m->css = sessions->css;
	memcpy(m->cs, sessions->cs, sessions->css * sizeof(m->cs[0]));
	return 0;
}

void mikey_sessions_add_policies(struct mikey_message *m,
				 const struct mikey_sessions *sessions)
{
	for (int i = 0; i < sessions->sps; i++) {
		const struct mikey_sp *sp = &sessions->sp[i];

		mikey_add(m, (struct mikey_payload){
				     .type = MIKEY_SP,
				     .sp = { sp->policy, sp->protocol,
					     sp->parameters } });
	}
}

int mikey_sessions_take(struct mikey_sessions *sessions,
			const struct mikey_message *m,
			struct mikey_fault *fault)
{
	const struct mikey_payload *p;

	/* RFC 6043 6.1: the map of RFC 3830 shall not be used here. */
	if (m->map != MIKEY_MAP_GENERIC)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "the CS ID map is not GENERIC-ID");
	sessions->css = m->css;
	memcpy(sessions->cs, m->cs, m->css * sizeof(m->cs[0]));
	sessions->sps = 0;
	while ((p = mikey_find(m, MIKEY_SP, 0, sessions->sps))) {
		if (sessions->sps == MIKEY_SPS_MAX ||
		    mikey_sessions_policy(sessions, p->sp.policy))
			return mikey_fail(fault, -EINVAL, MIKEY_INVALID_SP,
					  "security policies are too many or share a number");
		sessions->sp[sessions->sps++] = (struct mikey_sp){
			p->sp.policy, p->sp.protocol, p->sp.parameters
		};
	}
	return 0;
}

static const struct mikey_cs *find(const struct mikey_sessions *s, __u8 id)
{
	for (int i = 0; i < s->css; i++)
		if (s->cs[i].id == id)
			return &s->cs[i];
	return NULL;
}

/* One policy, of this protocol, said by either side. */
static bool has_policy(const struct mikey_cs *cs,
		       const struct mikey_sessions *answer,
		       const struct mikey_sessions *offer)
{
	const struct mikey_sp *sp;

	if (!cs->policies.size && cs->protocol != MIKEY_SRTP)
		return true;
	if (cs->policies.size != 1)
		return false;
	sp = mikey_sessions_policy(answer, cs->policies.at[0]);
	if (!sp)
		sp = mikey_sessions_policy(offer, cs->policies.at[0]);
	return sp && sp->protocol == cs->protocol;
}

int mikey_sessions_check(const struct mikey_sessions *answer,
			 const struct mikey_sessions *offer,
			 struct mikey_fault *fault)
{
	bool same = answer->css == offer->css;

	for (int i = 0; i < answer->css && same; i++) {
		const struct mikey_cs *cs = &answer->cs[i];
		const struct mikey_cs *offered = find(offer, cs->id);

		same = offered && offered->protocol == cs->protocol;
		if (same && (!cs->spi.size || !has_policy(cs, answer, offer) ||
			     (cs->protocol == MIKEY_SRTP && !cs->session.size)))
			return mikey_fail(fault, -EINVAL, MIKEY_INVALID_SP,
					  "an answered crypto session lacks its policy, SPI or session data");
	}
	if (!same)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "the crypto sessions answered are not those offered");
	return 0;
}
