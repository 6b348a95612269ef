// SPDX-License-Identifier: GPL-2.0-only
/* Ticket policies: RFC 6043 6.10. */
#include "lib/mikey_identity.h"
#include "lib/mikey_ticket.h"
#include "lib/mikey_time.h"
#include "lib/mikey_wire.h"

static const char letters[] = "DEFGHIJKLMNO";

enum { FLAGS = sizeof(letters) - 1 };

const struct mikey_profile mikey_profile_base = { 1, 1, 1 };
const struct mikey_profile mikey_profile_3gpp = { 2, 0, 0 };

/* -- flags ----------------------------------------------------------------- */

int mikey_flags_parse(__u16 *flags, const char *text)
{
	*flags = 0;
	for (; *text; text++) {
		const char *at = strchr(letters, *text);
		__u16 flag;

		if (!at)
			return -EINVAL;
		flag = MIKEY_D >> (at - letters);
		if (*flags & flag)
			return -EINVAL;
		*flags |= flag;
	}
	return 0;
}

void mikey_flags_print(char text[13], __u16 flags)
{
	for (int i = 0; i < FLAGS; i++)
		if (flags & MIKEY_D >> i)
			*text++ = letters[i];
	*text = '\0';
}

int mikey_flags_check(__u16 flags, bool tgk, struct mikey_fault *fault)
{
	static const struct {
		__u16 mask, value;	/* of a word that breaks the rule */
		const char *text;
	} rules[] = {
		{ MIKEY_D | MIKEY_L, 0, "a ticket with neither D nor L" },
		{ MIKEY_G | MIKEY_F, MIKEY_G, "a ticket with G and not F" },
		{ MIKEY_G | MIKEY_H, 0, "a ticket with neither G nor H" },
		{ MIKEY_I | MIKEY_E, MIKEY_I, "a ticket with I and not E" },
		{ MIKEY_K | MIKEY_D, MIKEY_K, "a ticket with K and not D" },
		{ MIKEY_M | MIKEY_F, MIKEY_M, "a ticket with M and not F" },
	};

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if ((flags & rules[i].mask) == rules[i].value)
			return mikey_fail(fault, -EPERM, MIKEY_INVALID_TPPAR,
					  rules[i].text);
	if (tgk && (flags & (MIKEY_I | MIKEY_F)) == MIKEY_I)
		return mikey_fail(fault, -EPERM, MIKEY_INVALID_TPPAR,
				  "a ticket with I and a TGK and not F");
	return 0;
}

/* -- reading --------------------------------------------------------------- */

static int refuse(struct mikey_fault *fault, const char *text)
{
	return mikey_fail(fault, -EINVAL, MIKEY_INVALID_TPPAR, text);
}

/* What may stand there once. */
static int keep(struct sg_slice *to, struct sg_slice data,
		struct mikey_fault *fault)
{
	if (to->size)
		return refuse(fault, "a policy names something twice");
	if (!data.size)
		return refuse(fault, "a policy names something empty");
	*to = data;
	return 0;
}

static int keep_time(__u64 *to, const struct mikey_time *t,
		     struct mikey_fault *fault)
{
	if (*to || mikey_seconds(t, to))
		return refuse(fault, "a policy's time is there twice or a counter");
	return 0;
}

static int read_time(struct mikey_policy *policy, const struct mikey_payload *p,
		     struct mikey_fault *fault)
{
	switch (p->role) {
	case MIKEY_TIME_START:
		return keep_time(&policy->start, &p->t, fault);
	case MIKEY_TIME_END:
		return keep_time(&policy->end, &p->t, fault);
	case MIKEY_TIME_REKEY:
		/* RFC 6043 6.4: a duration in seconds. */
		if (policy->rekey || p->t.type != MIKEY_NTP_UTC_32)
			return refuse(fault, "a policy's rekeying interval is wrong");
		policy->rekey = p->t.value;
	}
	return 0;
}

static int read_identity(struct mikey_policy *policy,
			 const struct mikey_payload *p,
			 struct mikey_fault *fault)
{
	switch (p->role) {
	case MIKEY_KMS:
		return keep(&policy->kms, p->data, fault);
	case MIKEY_INITIATOR:
		return keep(&policy->initiator, p->data, fault);
	case MIKEY_APPLICATION:
		if (policy->applications == MIKEY_APPLICATIONS_MAX)
			return refuse(fault, "a policy has too many applications");
		return keep(&policy->application[policy->applications++],
			    p->data, fault);
	case MIKEY_RESPONDER:
		if (policy->recipients == MIKEY_RECIPIENTS_MAX)
			return refuse(fault, "a policy has too many recipients");
		return keep(&policy->recipient[policy->recipients++], p->data,
			    fault);
	}
	return 0;
}

/* RFC 6043 6.10: in the clear, without a MAC. */
static int read_wanted(struct mikey_policy *policy,
		       const struct mikey_payload *p,
		       struct mikey_fault *fault)
{
	if (p->kemac.encr != MIKEY_ENCR_NULL || p->kemac.mac != MIKEY_MAC_NULL)
		return refuse(fault, "a policy has an encrypted KEMAC");
	return keep(&policy->wanted, p->kemac.data, fault);
}

static int read_parts(struct mikey_policy *policy, struct sg_slice data,
		      struct mikey_fault *fault)
{
	struct mikey_payload payload[MIKEY_PAYLOADS_MAX];
	struct sg_cursor c = sg_cursor_of_slice(data);
	int payloads, err = 0;

	payloads = mikey_chain_parse(payload, &c, sg_cursor_u8(&c), fault);
	if (payloads < 0) {
		fault->error = MIKEY_INVALID_TPPAR;
		return payloads;
	}
	for (int i = 0; i < payloads && !err; i++)
		if (payload[i].type == MIKEY_IDR)
			err = read_identity(policy, &payload[i], fault);
		else if (payload[i].type == MIKEY_TR)
			err = read_time(policy, &payload[i], fault);
		else if (payload[i].type == MIKEY_KEMAC)
			err = read_wanted(policy, &payload[i], fault);
	return err;
}

int mikey_policy_parse(struct mikey_policy *policy, struct sg_slice body,
		       struct mikey_fault *fault)
{
	struct sg_cursor c = sg_cursor_of_slice(body);
	struct sg_slice data;
	__u8 word;
	int err = 0;

	*policy = (struct mikey_policy){ 0 };
	policy->profile.type = sg_cursor_u16(&c);
	policy->profile.subtype = sg_cursor_u8(&c);
	policy->profile.version = sg_cursor_u8(&c);
	/* D has the last bit of the PRF's octet; the rest its own word. */
	word = sg_cursor_u8(&c);
	policy->prf = word >> 1;
	policy->flags = (word & 1 ? MIKEY_D : 0) | sg_cursor_u16(&c) >> 5;
	data = mikey_take_counted(&c, 2);
	if (c.failed)
		return refuse(fault, "a policy is cut short");
	if (data.size)
		err = read_parts(policy, data, fault);
	if (!err && !policy->recipients)
		err = refuse(fault, "a policy has no recipient");
	return err;
}

/* -- writing --------------------------------------------------------------- */

static void add(struct mikey_payload *payload, int *payloads,
		struct mikey_payload p)
{
	payload[(*payloads)++] = p;
}

static void add_identity(struct mikey_payload *payload, int *payloads,
			 enum mikey_role role, struct sg_slice data)
{
	if (data.size)
		add(payload, payloads,
		    (struct mikey_payload){ .type = MIKEY_IDR,
					    .role = role,
					    .kind = MIKEY_ID_NAI,
					    .data = data });
}

static void add_time(struct mikey_payload *payload, int *payloads,
		     enum mikey_time_role role, __u64 seconds)
{
	if (seconds)
		add(payload, payloads,
		    (struct mikey_payload){
			    .type = MIKEY_TR, .role = role,
			    .t = { MIKEY_NTP_UTC_32, (__u32)seconds } });
}

int mikey_policy_print(__u8 *buffer, size_t size,
		       const struct mikey_policy *policy)
{
	struct mikey_payload payload[6 + MIKEY_APPLICATIONS_MAX +
				     MIKEY_RECIPIENTS_MAX];
	struct mikey_writer w = mikey_writer_of(buffer, size);
	int payloads = 0;
	__u8 *length;

	add_identity(payload, &payloads, MIKEY_KMS, policy->kms);
	add_identity(payload, &payloads, MIKEY_INITIATOR, policy->initiator);
	add_time(payload, &payloads, MIKEY_TIME_START, policy->start);
	add_time(payload, &payloads, MIKEY_TIME_END, policy->end);
	add_time(payload, &payloads, MIKEY_TIME_REKEY, policy->rekey);
	if (policy->wanted.size)
		add(payload, &payloads,
		    (struct mikey_payload){
			    .type = MIKEY_KEMAC,
			    .kemac = { .data = policy->wanted } });
	for (int i = 0; i < policy->applications; i++)
		add_identity(payload, &payloads, MIKEY_APPLICATION,
			     policy->application[i]);
	for (int i = 0; i < policy->recipients; i++)
		add_identity(payload, &payloads, MIKEY_RESPONDER,
			     policy->recipient[i]);
	mikey_put_number(&w, policy->profile.type, 2);
	mikey_put_u8(&w, policy->profile.subtype);
	mikey_put_u8(&w, policy->profile.version);
	mikey_put_u8(&w, policy->prf << 1 | !!(policy->flags & MIKEY_D));
	mikey_put_number(&w, (policy->flags & (MIKEY_D - 1)) << 5, 2);
	length = mikey_open(&w);
	if (payloads)
		mikey_put_u8(&w, payload[0].type);
	mikey_chain_print(&w, payload, payloads);
	mikey_close(&w, length);
	return mikey_written(&w);
}

/* -- questions ------------------------------------------------------------- */

bool mikey_profile_equal(const struct mikey_profile *a,
			 const struct mikey_profile *b)
{
	return a->type == b->type && a->subtype == b->subtype &&
	       a->version == b->version;
}

int mikey_policy_check_time(const struct mikey_policy *policy, __u64 now,
			    struct mikey_fault *fault)
{
	if (policy->start && now < policy->start)
		return mikey_fail(fault, -ESTALE, MIKEY_INVALID_TICKET,
				  "the ticket is not valid yet");
	if (policy->end && now > policy->end)
		return mikey_fail(fault, -ESTALE, MIKEY_INVALID_TICKET,
				  "the ticket is not valid any more");
	return 0;
}

bool mikey_policy_admits(const struct mikey_policy *policy,
			 struct sg_slice identity)
{
	for (int i = 0; i < policy->recipients; i++)
		if (mikey_identity_matches(policy->recipient[i], identity))
			return true;
	return false;
}
