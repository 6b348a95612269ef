// SPDX-License-Identifier: GPL-2.0-only
/* Each payload, in and out. */
#include <endian.h>

#include "lib/mikey_wire.h"

/* RFC 3830 6.4: octets of a DH value by its group. */
static const __u8 dh_sizes[] = { 192, 96, 128 };

/* -- octets ---------------------------------------------------------------- */

void mikey_put(struct mikey_writer *w, struct sg_slice octets)
{
	if (octets.size > (size_t)(w->end - w->at)) {
		w->err = w->err ? w->err : -ENOSPC;
		w->at = w->end;
		return;
	}
	if (octets.size)
		memcpy(w->at, octets.at, octets.size);
	w->at += octets.size;
}

void mikey_put_number(struct mikey_writer *w, __u64 value, int size)
{
	__be64 wire = htobe64(value);

	if (size < 8 && value >> (8 * size))
		w->err = w->err ? w->err : -EINVAL;
	mikey_put(w, mikey_slice((__u8 *)&wire + 8 - size, size));
}

void mikey_put_counted(struct mikey_writer *w, int length_size,
		       struct sg_slice octets)
{
	mikey_put_number(w, octets.size, length_size);
	mikey_put(w, octets);
}

__u8 *mikey_open(struct mikey_writer *w)
{
	__u8 *length = w->at;

	mikey_put_number(w, 0, 2);
	return length;
}

void mikey_close(struct mikey_writer *w, __u8 *length)
{
	size_t size = w->at - length - 2;

	if (w->err)
		return;
	if (size > 0xffff)
		w->err = -EINVAL;
	length[0] = size >> 8;
	length[1] = size;
}

static __u64 take_number(struct sg_cursor *c, int size)
{
	switch (size) {
	case 1:
		return sg_cursor_u8(c);
	case 2:
		return sg_cursor_u16(c);
	case 4:
		return sg_cursor_u32(c);
	default:
		return sg_cursor_u64(c);
	}
}

struct sg_slice mikey_take_counted(struct sg_cursor *c, int length_size)
{
	return sg_cursor_take(c, take_number(c, length_size));
}

/* -- payloads without their np octet --------------------------------------- */

int mikey_tag_size(__u8 mac)
{
	static const __u8 sizes[] = { 0, 20, 32 };

	return mac < sizeof(sizes) ? sizes[mac] : -1;
}

static int take_tag(struct sg_cursor *c, __u8 mac, struct sg_slice *tag,
		    struct mikey_fault *fault)
{
	int size = mikey_tag_size(mac);

	if (size < 0)
		return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_MAC,
				  "the MAC algorithm is not known");
	*tag = sg_cursor_take(c, size);
	return 0;
}

static int read_kemac(struct mikey_payload *p, struct sg_cursor *c,
		      struct mikey_fault *fault)
{
	p->kemac.encr = sg_cursor_u8(c);
	p->kemac.data = mikey_take_counted(c, 2);
	p->kemac.mac = sg_cursor_u8(c);
	return take_tag(c, p->kemac.mac, &p->kemac.tag, fault);
}

static void print_kemac(struct mikey_writer *w, const struct mikey_payload *p)
{
	mikey_put_u8(w, p->kemac.encr);
	mikey_put_counted(w, 2, p->kemac.data);
	mikey_put_u8(w, p->kemac.mac);
	mikey_put(w, p->kemac.tag);
}

/* C in two bits, the length in fourteen. */
static int read_pke(struct mikey_payload *p, struct sg_cursor *c,
		    struct mikey_fault *fault)
{
	__u16 word = sg_cursor_u16(c);

	(void)fault;
	p->kind = word >> 14;
	p->data = sg_cursor_take(c, word & 0x3fff);
	return 0;
}

static void print_pke(struct mikey_writer *w, const struct mikey_payload *p)
{
	if (p->kind > 3 || p->data.size > 0x3fff)
		w->err = w->err ? w->err : -EINVAL;
	mikey_put_number(w, (p->kind & 3) << 14 | (p->data.size & 0x3fff), 2);
	mikey_put(w, p->data);
}

static int read_dh(struct mikey_payload *p, struct sg_cursor *c,
		   struct mikey_fault *fault)
{
	struct sg_slice start = sg_cursor_rest(c);
	__u8 group = sg_cursor_u8(c), kv;

	if (group >= sizeof(dh_sizes))
		return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_DH,
				  "the Diffie-Hellman group is not known");
	sg_cursor_take(c, dh_sizes[group]);
	kv = sg_cursor_u8(c) & 0x0f;
	for (int fields = kv; fields > 0 && kv <= 2; fields--)
		mikey_take_counted(c, 1);
	if (kv > 2)
		return mikey_fail(fault, -ENOTSUP, MIKEY_UNSPECIFIED,
				  "the key validity type is not known");
	p->data = (struct sg_slice){ start.at, c->at - start.at };
	return 0;
}

/* The signature's type in four bits, its length in twelve. */
static int read_sign(struct mikey_payload *p, struct sg_cursor *c,
		     struct mikey_fault *fault)
{
	__u16 word = sg_cursor_u16(c);

	(void)fault;
	p->kind = word >> 12;
	p->data = sg_cursor_take(c, word & 0x0fff);
	return 0;
}

static void print_sign(struct mikey_writer *w, const struct mikey_payload *p)
{
	if (p->kind > 15 || p->data.size > 0x0fff)
		w->err = w->err ? w->err : -EINVAL;
	mikey_put_number(w, (p->kind & 15) << 12 | (p->data.size & 0x0fff), 2);
	mikey_put(w, p->data);
}

static int time_size(__u8 type)
{
	static const __u8 sizes[] = { 8, 8, 4, 4 };

	return type < sizeof(sizes) ? sizes[type] : 0;
}

static int read_t(struct mikey_payload *p, struct sg_cursor *c,
		  struct mikey_fault *fault)
{
	__u8 type = sg_cursor_u8(c);

	if (!time_size(type))
		return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_TS,
				  "the timestamp type is not known");
	p->t.type = type;
	p->t.value = take_number(c, time_size(type));
	return 0;
}

static void print_t(struct mikey_writer *w, const struct mikey_payload *p)
{
	int size = time_size(p->t.type);

	if (!size)
		w->err = w->err ? w->err : -EINVAL;
	mikey_put_u8(w, p->t.type);
	mikey_put_number(w, p->t.value, size);
}

static int read_tr(struct mikey_payload *p, struct sg_cursor *c,
		   struct mikey_fault *fault)
{
	p->role = sg_cursor_u8(c);
	return read_t(p, c, fault);
}

static void print_tr(struct mikey_writer *w, const struct mikey_payload *p)
{
	mikey_put_u8(w, p->role);
	print_t(w, p);
}

/* ID, CERT and General Extension: a type and data with a length. */
static int read_typed(struct mikey_payload *p, struct sg_cursor *c,
		      struct mikey_fault *fault)
{
	(void)fault;
	p->kind = sg_cursor_u8(c);
	p->data = mikey_take_counted(c, 2);
	return 0;
}

static void print_typed(struct mikey_writer *w, const struct mikey_payload *p)
{
	mikey_put_u8(w, p->kind);
	mikey_put_counted(w, 2, p->data);
}

static int read_idr(struct mikey_payload *p, struct sg_cursor *c,
		    struct mikey_fault *fault)
{
	p->role = sg_cursor_u8(c);
	return read_typed(p, c, fault);
}

static void print_idr(struct mikey_writer *w, const struct mikey_payload *p)
{
	mikey_put_u8(w, p->role);
	print_typed(w, p);
}

static int read_chash(struct mikey_payload *p, struct sg_cursor *c,
		      struct mikey_fault *fault)
{
	static const __u8 sizes[] = { 20, 16, 32 }; /* RFC 6043 6.7 */

	p->kind = sg_cursor_u8(c);
	if (p->kind >= sizeof(sizes))
		return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_HA,
				  "the hash function is not known");
	p->data = sg_cursor_take(c, sizes[p->kind]);
	return 0;
}

static int read_v(struct mikey_payload *p, struct sg_cursor *c,
		  struct mikey_fault *fault)
{
	p->kind = sg_cursor_u8(c);
	return take_tag(c, p->kind, &p->data, fault);
}

static void print_fixed(struct mikey_writer *w, const struct mikey_payload *p)
{
	mikey_put_u8(w, p->kind);
	mikey_put(w, p->data);
}

static int read_sp(struct mikey_payload *p, struct sg_cursor *c,
		   struct mikey_fault *fault)
{
	(void)fault;
	p->sp.policy = sg_cursor_u8(c);
	p->sp.protocol = sg_cursor_u8(c);
	p->sp.parameters = mikey_take_counted(c, 2);
	return 0;
}

static void print_sp(struct mikey_writer *w, const struct mikey_payload *p)
{
	mikey_put_u8(w, p->sp.policy);
	mikey_put_u8(w, p->sp.protocol);
	mikey_put_counted(w, 2, p->sp.parameters);
}

static int read_rand(struct mikey_payload *p, struct sg_cursor *c,
		     struct mikey_fault *fault)
{
	(void)fault;
	p->data = mikey_take_counted(c, 1);
	return 0;
}

static void print_rand(struct mikey_writer *w, const struct mikey_payload *p)
{
	mikey_put_counted(w, 1, p->data);
}

static int read_randr(struct mikey_payload *p, struct sg_cursor *c,
		      struct mikey_fault *fault)
{
	p->role = sg_cursor_u8(c);
	return read_rand(p, c, fault);
}

static void print_randr(struct mikey_writer *w, const struct mikey_payload *p)
{
	mikey_put_u8(w, p->role);
	print_rand(w, p);
}

static int read_err(struct mikey_payload *p, struct sg_cursor *c,
		    struct mikey_fault *fault)
{
	(void)fault;
	p->error = sg_cursor_u8(c);
	sg_cursor_u16(c);	/* reserved */
	return 0;
}

static void print_err(struct mikey_writer *w, const struct mikey_payload *p)
{
	mikey_put_u8(w, p->error);
	mikey_put_number(w, 0, 2);
}

/* Type, subtype, version, PRF and flags: RFC 6043 6.10. */
static void take_policy(struct sg_cursor *c)
{
	sg_cursor_take(c, 7);
	mikey_take_counted(c, 2);
}

static int read_tp(struct mikey_payload *p, struct sg_cursor *c,
		   struct mikey_fault *fault)
{
	const char *start = c->at;

	(void)fault;
	take_policy(c);
	p->ticket.body = (struct sg_slice){ start, c->at - start };
	p->ticket.initiator_data = (struct sg_slice){ c->at, 0 };
	return 0;
}

/* Initiator Data has its length even where there is none of it. */
static int read_ticket(struct mikey_payload *p, struct sg_cursor *c,
		       struct mikey_fault *fault)
{
	const char *start = c->at;

	(void)fault;
	take_policy(c);
	mikey_take_counted(c, 2);
	p->ticket.body = (struct sg_slice){ start, c->at - start };
	p->ticket.initiator_data = mikey_take_counted(c, 2);
	return 0;
}

static void print_tp(struct mikey_writer *w, const struct mikey_payload *p)
{
	mikey_put(w, p->ticket.body);
}

static void print_ticket(struct mikey_writer *w, const struct mikey_payload *p)
{
	mikey_put(w, p->ticket.body);
	mikey_put_counted(w, 2, p->ticket.initiator_data);
}

/* SAKKE parameters, scheme and data: RFC 6509 4.2.2. */
static int read_sakke(struct mikey_payload *p, struct sg_cursor *c,
		      struct mikey_fault *fault)
{
	const char *start = c->at;

	(void)fault;
	sg_cursor_u16(c);
	mikey_take_counted(c, 2);
	p->data = (struct sg_slice){ start, c->at - start };
	return 0;
}

static void print_opaque(struct mikey_writer *w, const struct mikey_payload *p)
{
	mikey_put(w, p->data);
}

/* -- chains ---------------------------------------------------------------- */

static const struct {
	int (*read)(struct mikey_payload *p, struct sg_cursor *c,
		    struct mikey_fault *fault);
	void (*print)(struct mikey_writer *w, const struct mikey_payload *p);
} payloads_known[MIKEY_PAYLOAD_TYPES] = {
	[MIKEY_KEMAC] = { read_kemac, print_kemac },
	[MIKEY_PKE] = { read_pke, print_pke },
	[MIKEY_DH] = { read_dh, print_opaque },
	[MIKEY_SIGN] = { read_sign, print_sign },
	[MIKEY_T] = { read_t, print_t },
	[MIKEY_ID] = { read_typed, print_typed },
	[MIKEY_CERT] = { read_typed, print_typed },
	[MIKEY_CHASH] = { read_chash, print_fixed },
	[MIKEY_V] = { read_v, print_fixed },
	[MIKEY_SP] = { read_sp, print_sp },
	[MIKEY_RAND] = { read_rand, print_rand },
	[MIKEY_ERR] = { read_err, print_err },
	[MIKEY_TR] = { read_tr, print_tr },
	[MIKEY_IDR] = { read_idr, print_idr },
	[MIKEY_RANDR] = { read_randr, print_randr },
	[MIKEY_TP] = { read_tp, print_tp },
	[MIKEY_TICKET] = { read_ticket, print_ticket },
	[MIKEY_EXTENSION] = { read_typed, print_typed },
	[MIKEY_SAKKE] = { read_sakke, print_opaque },
};

/* Payloads carry no length of their own: one not known hides the rest. */
static int read_payload(struct mikey_payload *p, struct sg_cursor *c, __u8 type,
			__u8 *next, struct mikey_fault *fault)
{
	const char *start = c->at;
	int err;

	if (type >= MIKEY_PAYLOAD_TYPES || !payloads_known[type].read)
		return mikey_fail(fault, -ENOTSUP, MIKEY_UNSPECIFIED,
				  "a payload type is not known");
	*p = (struct mikey_payload){ .type = type };
	/* RFC 3830 6.5: SIGN has none behind it. */
	*next = type == MIKEY_SIGN ? MIKEY_LAST : sg_cursor_u8(c);
	err = payloads_known[type].read(p, c, fault);
	p->octets = (struct sg_slice){ start, c->at - start };
	return err;
}

int mikey_chain_parse(struct mikey_payload *payload, struct sg_cursor *c,
		      __u8 first, struct mikey_fault *fault)
{
	__u8 type = first;
	int payloads = 0, err;

	while (type != MIKEY_LAST && !c->failed) {
		if (payloads == MIKEY_PAYLOADS_MAX)
			return mikey_fail(fault, -E2BIG, MIKEY_UNSPECIFIED,
					  "there are too many payloads");
		err = read_payload(&payload[payloads++], c, type, &type, fault);
		if (err && !c->failed)
			return err;
	}
	if (c->failed)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "a payload is cut short");
	if (sg_cursor_left(c))
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "octets follow the last payload");
	return payloads;
}

void mikey_chain_print(struct mikey_writer *w,
		       const struct mikey_payload *payload, int payloads)
{
	for (int i = 0; i < payloads; i++) {
		enum mikey_payload_type type = payload[i].type;

		if (type >= MIKEY_PAYLOAD_TYPES ||
		    !payloads_known[type].print ||
		    (type == MIKEY_SIGN && i + 1 < payloads)) {
			w->err = w->err ? w->err : -EINVAL;
			return;
		}
		if (type != MIKEY_SIGN)
			mikey_put_u8(w, i + 1 < payloads ? payload[i + 1].type :
							   MIKEY_LAST);
		payloads_known[type].print(w, &payload[i]);
	}
}
