// SPDX-License-Identifier: GPL-2.0-only
#include "gated/iq/iq_property.h"

#include <stddef.h>
#include <stdio.h>

#include "gated/iq/iq_sdp.h"
#include "lib/address.h"
#include "lib/cursor.h"

enum { IPV4_BITS = 32, IPV6_BITS = 128, PORT_MAX = 65535 };

struct property;

/* A value on its way into a side. */
struct setting {
	const struct property *property;
	const struct iq_ground *ground;
	struct iq_side *side;
	void *field;
	struct sg_slice value;
	const struct h248_value *high;	/* of a range; NULL: one value */
};

/* A value on its way into an audit. */
struct shown {
	char text[SG_ADDRESS_TEXT + 8];
	char high[8];		/* of a range, else empty */
	bool quoted;
};

struct kind {
	bool range;		/* takes H248_RANGE */
	enum iq_error (*read)(struct setting *s); /* 0: done */
	bool (*show)(const struct property *property,
		     const struct iq_side *side, const void *field,
		     struct shown *out); /* false: not set */
};

struct property {
	const char *name;
	const struct kind *kind;
	size_t field, size;	/* in struct iq_side */
	__u32 min, max;		/* of numbers */
	__u32 initial;		/* of numbers and ON/OFF */
	bool twin;		/* another one shows the same */
};

/* -- numbers and ON/OFF: fields of one, two or four octets ----------------- */

static void store(void *field, size_t size, __u32 number)
{
	if (size == sizeof(__u8))
		*(__u8 *)field = number;
	else if (size == sizeof(__u16))
		*(__u16 *)field = number;
	else
		*(__u32 *)field = number;
}

static __u32 load(const void *field, size_t size)
{
	if (size == sizeof(__u8))
		return *(const __u8 *)field;
	if (size == sizeof(__u16))
		return *(const __u16 *)field;
	return *(const __u32 *)field;
}

static enum iq_error read_switch(struct setting *s)
{
	bool on = sg_slice_is_nocase(s->value, "ON");

	if (!on && !sg_slice_is_nocase(s->value, "OFF"))
		return IQ_UNSUPPORTED_VALUE;
	store(s->field, s->property->size, on);
	return 0;
}

static bool show_switch(const struct property *property,
			const struct iq_side *side, const void *field,
			struct shown *out)
{
	(void)side;
	strcpy(out->text, load(field, property->size) ? "ON" : "OFF");
	return true;
}

static enum iq_error read_number(struct setting *s)
{
	__u64 number;

	if (!sg_slice_number(s->value, s->property->max, &number) ||
	    number < s->property->min)
		return IQ_UNSUPPORTED_VALUE;
	store(s->field, s->property->size, number);
	return 0;
}

static bool show_number(const struct property *property,
			const struct iq_side *side, const void *field,
			struct shown *out)
{
	__u32 number = load(field, property->size);

	(void)side;
	snprintf(out->text, sizeof(out->text), "%u", number);
	return number != property->initial;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* ds/dscp=2E is EF: Wireshark's dissector reads it so too. */
static enum iq_error read_hex(struct setting *s)
{
	__u32 number = 0;

	if (!s->value.size || s->value.size > 2)
		return IQ_UNSUPPORTED_VALUE;
	for (size_t i = 0; i < s->value.size; i++) {
		int digit = hex_digit(s->value.at[i]);

		if (digit < 0)
			return IQ_UNSUPPORTED_VALUE;
		number = number << 4 | digit;
	}
	if (number > s->property->max)
		return IQ_UNSUPPORTED_VALUE;
	store(s->field, s->property->size, number);
	return 0;
}

static bool show_hex(const struct property *property,
		     const struct iq_side *side, const void *field,
		     struct shown *out)
{
	__u32 number = load(field, property->size);

	(void)side;
	snprintf(out->text, sizeof(out->text), "%02X", number);
	return number != property->initial;
}

/* -- ranges of ports ------------------------------------------------------- */

static bool split(struct sg_slice text, char stop, struct sg_slice *low,
		  struct sg_slice *high)
{
	struct sg_cursor in = sg_cursor_of_slice(text);
	bool is_split = sg_cursor_field(&in, stop, low);

	*high = is_split ? sg_cursor_rest(&in) : *low;
	return is_split;
}

/* "4000", "4000:4100" or "4000-4100"; or [4000:4100], which the codec read. */
static enum iq_error read_range(struct setting *s)
{
	struct sg_slice low, high;
	__u16 *port = s->field;
	__u64 from, to;

	if (!split(s->value, ':', &low, &high))
		split(s->value, '-', &low, &high);
	if (s->high)
		high = s->high->text;
	if (!sg_slice_number(low, s->property->max, &from) ||
	    !sg_slice_number(high, s->property->max, &to) ||
	    from < s->property->min || to < from)
		return IQ_UNSUPPORTED_VALUE;
	port[0] = from;
	port[1] = to;
	return 0;
}

static bool show_range(const struct property *property,
		       const struct iq_side *side, const void *field,
		       struct shown *out)
{
	const __u16 *port = field;

	(void)property;
	(void)side;
	snprintf(out->text, sizeof(out->text), "%u", port[0]);
	snprintf(out->high, sizeof(out->high), "%u", port[1]);
	return port[1];
}

/* -- addresses ------------------------------------------------------------- */

/*
 * "10.0.0.5", "2001:db8::5" or "[2001:db8::5]", each perhaps with "/64"
 * behind. *@prefix: leading bits of all 128; all of them if none are said.
 */
static bool read_prefixed(struct sg_slice text, __be32 address[4],
			  __u64 *prefix)
{
	struct sg_cursor in = sg_cursor_of_slice(text);
	struct sg_slice word;
	bool more;
	int bits;

	if (sg_cursor_accept(&in, '[')) {
		if (!sg_cursor_field(&in, ']', &word))
			return false;
		more = sg_cursor_accept(&in, '/');
		if (!more && sg_cursor_left(&in))
			return false;
	} else {
		more = sg_cursor_field(&in, '/', &word);
	}
	if (!iq_address_read(address, word))
		return false;
	bits = sg_address_is_ipv4(address) ? IPV4_BITS : IPV6_BITS;
	*prefix = bits;
	if (more && !sg_slice_number(sg_cursor_rest(&in), bits, prefix))
		return false;
	*prefix += IPV6_BITS - bits;
	return true;
}

static enum iq_error read_address(struct setting *s)
{
	__be32 address[4];
	__u64 prefix;

	if (!read_prefixed(s->value, address, &prefix) ||
	    prefix != IPV6_BITS || sg_address_is_none(address))
		return IQ_UNSUPPORTED_VALUE;
	memcpy(s->field, address, sizeof(address));
	return 0;
}

static bool show_address(const struct property *property,
			 const struct iq_side *side, const void *field,
			 struct shown *out)
{
	(void)property;
	(void)side;
	out->quoted = true;
	sg_address_format(out->text, field);
	return !sg_address_is_none(field);
}

/* "::/0" would be no filter: that is gm/saf=OFF. */
static enum iq_error read_mask(struct setting *s)
{
	__be32 address[4];
	__u64 prefix;

	if (!read_prefixed(s->value, address, &prefix) || !prefix)
		return IQ_UNSUPPORTED_VALUE;
	memcpy(s->field, address, sizeof(address));
	s->side->filter_prefix = prefix;
	return 0;
}

static bool show_mask(const struct property *property,
		      const struct iq_side *side, const void *field,
		      struct shown *out)
{
	char address[SG_ADDRESS_TEXT];
	bool ipv4 = sg_address_is_ipv4(field);
	int prefix = side->filter_prefix - (ipv4 ? IPV6_BITS - IPV4_BITS : 0);

	(void)property;
	out->quoted = true;
	snprintf(out->text, sizeof(out->text), ipv4 ? "%s/%d" : "[%s]/%d",
		 sg_address_format(address, field), prefix);
	return side->filter_prefix;
}

/* -- realms ---------------------------------------------------------------- */

/* Unquoted names lose their case on the way: exactly, or else without it. */
static struct realm *find_realm(struct config *config, struct sg_slice name)
{
	struct realm *found = NULL;

	for (int i = 0; i < config->realm_count; i++) {
		struct realm *realm = &config->realm[i];

		if (sg_slice_is(name, realm->name))
			return realm;
		if (!found && sg_slice_is_nocase(name, realm->name))
			found = realm;
	}
	return found;
}

static enum iq_error read_realm(struct setting *s)
{
	struct realm *realm = find_realm(s->ground->config, s->value);

	if (!realm)
		return IQ_UNSUPPORTED_VALUE;
	if (s->side->port[0] && realm != s->side->realm)
		return IQ_CONFLICT;
	s->side->realm = realm;
	return 0;
}

static bool show_realm(const struct property *property,
		       const struct iq_side *side, const void *field,
		       struct shown *out)
{
	(void)property;
	(void)field;
	out->quoted = true;
	if (side->realm)
		strcpy(out->text, side->realm->name);
	return side->realm;
}

/* -- the table ------------------------------------------------------------- */

static const struct kind on_off = { false, read_switch, show_switch };
static const struct kind number = { false, read_number, show_number };
static const struct kind hex = { false, read_hex, show_hex };
static const struct kind range = { true, read_range, show_range };
static const struct kind address = { false, read_address, show_address };
static const struct kind mask = { false, read_mask, show_mask };
static const struct kind realm = { false, read_realm, show_realm };

#define FIELD(member)                                                          \
	offsetof(struct iq_side, member), sizeof(((struct iq_side *)0)->member)

static const struct property properties[] = {
	{ "ipdc/realm", &realm, FIELD(realm), 0, 0, 0, false },
	{ "gm/saf", &on_off, FIELD(filter_address), 0, 1, 0, false },
	{ "gm/sam", &mask, FIELD(filter), 0, 0, 0, false },
	{ "gm/spf", &on_off, FIELD(filter_ports), 0, 1, 0, false },
	/* Both ends of it: .filter_high follows .filter_low. */
	{ "gm/spr", &range, FIELD(filter_low), 1, PORT_MAX, 0, false },
	{ "gm/esas", &on_off, FIELD(explicit_address), 0, 1, 0, false },
	{ "gm/lsa", &address, FIELD(departure), 0, 0, 0, false },
	{ "gm/esps", &on_off, FIELD(explicit_port), 0, 1, 0, false },
	{ "gm/lsp", &number, FIELD(departure_port), 1, PORT_MAX, 0, false },
	{ "gm/rsb", &on_off, FIELD(rtcp), 0, 1, 1, true },
	{ "rtcph/rsb", &on_off, FIELD(rtcp), 0, 1, 1, false },
	{ "tman/pol", &on_off, FIELD(police), 0, 1, 0, false },
	{ "tman/sdr", &number, FIELD(sustained), 0, ~0u, 0, false },
	{ "tman/mbs", &number, FIELD(burst), 0, ~0u, 0, false },
	{ "tman/pdr", &number, FIELD(peak), 0, ~0u, 0, false },
	{ "tman/dvt", &number, FIELD(delay_variation), 0, ~0u, 0, false },
	{ "ds/dscp", &hex, FIELD(dscp), 0, 0x3f, SG_DSCP_COPY, false },
};

_Static_assert(offsetof(struct iq_side, filter_high) ==
		       offsetof(struct iq_side, filter_low) + sizeof(__u16),
	       "gm/spr");

enum { PROPERTIES = sizeof(properties) / sizeof(properties[0]) };

void iq_property_defaults(struct iq_side *side)
{
	for (int i = 0; i < PROPERTIES; i++) {
		const struct property *p = &properties[i];

		memset((char *)side + p->field, 0, p->size);
		if (p->initial)
			store((char *)side + p->field, p->size, p->initial);
	}
	side->filter_prefix = 0;
	side->filter_high = 0;
}

static const struct property *find(struct sg_slice name)
{
	for (int i = 0; i < PROPERTIES; i++)
		if (sg_slice_is_nocase(name, properties[i].name))
			return &properties[i];
	return NULL;
}

/* Of several values to choose from we choose none (H.248.1 7.1.1). */
static enum iq_error read_one(const struct property *property,
			      struct setting *s,
			      const struct h248_parameter *p)
{
	bool is_range = p->relation == H248_RANGE;

	if (p->relation != H248_EQUAL && !(is_range && property->kind->range))
		return IQ_UNSUPPORTED_VALUE;
	s->property = property;
	s->field = (char *)s->side + property->field;
	s->high = is_range ? p->value.next : NULL;
	return property->kind->read(s);
}

int iq_property_read(const struct iq_ground *ground, struct iq_side *side,
		     const struct h248_parameter *list,
		     struct iq_fault *fault)
{
	for (; list; list = list->next) {
		const struct property *property = find(list->name);
		struct setting s = {
			.ground = ground,
			.side = side,
			.value = list->value.text,
		};
		enum iq_error code;

		if (!property)
			return iq_item_unknown(list->name, IQ_UNKNOWN_PROPERTY,
					       fault);
		code = read_one(property, &s, list);
		if (code)
			return iq_fault_value(fault, code, s.value);
	}
	return 0;
}

/* -- audits ---------------------------------------------------------------- */

static bool copy_text(struct h248_message *message, const char *text,
		      struct sg_slice *slice)
{
	char *copy = h248_alloc(message, strlen(text) + 1);

	if (!copy)
		return false;
	strcpy(copy, text);
	*slice = sg_slice_of(copy);
	return true;
}

static struct h248_parameter *parameter(struct h248_message *message,
					const char *name,
					const struct shown *shown)
{
	struct h248_parameter *p = h248_alloc(message, sizeof(*p));
	struct h248_value *high;

	if (!p || !copy_text(message, shown->text, &p->value.text))
		return NULL;
	p->name = sg_slice_of(name);
	p->relation = H248_EQUAL;
	p->value.quoted = shown->quoted;
	if (!shown->high[0])
		return p;
	high = h248_alloc(message, sizeof(*high));
	if (!high || !copy_text(message, shown->high, &high->text))
		return NULL;
	p->relation = H248_RANGE;
	p->value.next = high;
	return p;
}

struct h248_parameter *iq_side_properties(const struct iq_side *side,
					  struct h248_message *message)
{
	struct h248_parameter *list = NULL, **tail = &list;

	for (int i = 0; i < PROPERTIES; i++) {
		const struct property *p = &properties[i];
		struct shown shown = { .quoted = false };

		if (p->twin || !p->kind->show(p, side,
					      (const char *)side + p->field,
					      &shown))
			continue;
		*tail = parameter(message, p->name, &shown);
		if (!*tail)
			return NULL;
		tail = &(*tail)->next;
	}
	return list;
}
