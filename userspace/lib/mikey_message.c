// SPDX-License-Identifier: GPL-2.0-only
/* The common header with its CS ID map, and the payloads behind it. */
#include "lib/mikey_wire.h"

/* -- CS ID map ------------------------------------------------------------- */

/* RFC 3830 6.1.1: the number of a session is its place, from 1. */
static void read_srtp_id(struct mikey_cs *cs, struct sg_cursor *c)
{
	cs->policy = sg_cursor_u8(c);
	cs->ssrc = sg_cursor_u32(c);
	cs->roc = sg_cursor_u32(c);
}

static void print_srtp_id(struct mikey_writer *w, const struct mikey_cs *cs)
{
	mikey_put_u8(w, cs->policy);
	mikey_put_number(w, cs->ssrc, 4);
	mikey_put_number(w, cs->roc, 4);
}

/* RFC 6043 6.1.1: S in one bit, the number of policies in seven. */
static void read_generic_id(struct mikey_cs *cs, struct sg_cursor *c)
{
	__u8 word;

	cs->id = sg_cursor_u8(c);
	cs->protocol = sg_cursor_u8(c);
	word = sg_cursor_u8(c);
	cs->with_roc = word & 0x80;
	cs->policies = sg_cursor_take(c, word & 0x7f);
	cs->session = mikey_take_counted(c, 2);
	cs->spi = mikey_take_counted(c, 1);
}

static void print_generic_id(struct mikey_writer *w, const struct mikey_cs *cs)
{
	if (cs->policies.size > 0x7f)
		w->err = w->err ? w->err : -EINVAL;
	mikey_put_u8(w, cs->id);
	mikey_put_u8(w, cs->protocol);
	mikey_put_u8(w, (cs->with_roc ? 0x80 : 0) | (cs->policies.size & 0x7f));
	mikey_put(w, cs->policies);
	mikey_put_counted(w, 2, cs->session);
	mikey_put_counted(w, 1, cs->spi);
}

/* In GENERIC-ID: two sessions of one number could not be told apart. */
static bool id_is_taken(const struct mikey_message *m, int index)
{
	for (int i = 0; i < index; i++)
		if (m->cs[i].id == m->cs[index].id)
			return true;
	return false;
}

static int read_map(struct mikey_message *m, struct sg_cursor *c,
		    struct mikey_fault *fault)
{
	if (m->map > MIKEY_MAP_GENERIC)
		return mikey_fail(fault, -ENOTSUP, MIKEY_UNSPECIFIED,
				  "the CS ID map type is not known");
	/* RFC 4563 5: the empty map has no crypto sessions. */
	if (m->map == MIKEY_MAP_EMPTY && m->css)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "the empty CS ID map has crypto sessions");
	if (m->css > MIKEY_CS_MAX)
		return mikey_fail(fault, -E2BIG, MIKEY_UNSPECIFIED,
				  "there are too many crypto sessions");
	for (int i = 0; i < m->css && !c->failed; i++) {
		m->cs[i] = (struct mikey_cs){ .id = i + 1 };
		if (m->map == MIKEY_MAP_SRTP)
			read_srtp_id(&m->cs[i], c);
		else
			read_generic_id(&m->cs[i], c);
		if (!c->failed && id_is_taken(m, i))
			return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
					  "two crypto sessions have one number");
	}
	return 0;
}

static void print_map(struct mikey_writer *w, const struct mikey_message *m)
{
	if (m->map > MIKEY_MAP_GENERIC || m->css > MIKEY_CS_MAX ||
	    (m->map == MIKEY_MAP_EMPTY && m->css))
		w->err = w->err ? w->err : -EINVAL;
	for (int i = 0; i < m->css && !w->err; i++)
		if (m->map == MIKEY_MAP_SRTP)
			print_srtp_id(w, &m->cs[i]);
		else
			print_generic_id(w, &m->cs[i]);
}

/* -- message --------------------------------------------------------------- */

int mikey_parse(struct mikey_message *m, struct sg_slice octets,
		struct mikey_fault *fault)
{
	struct sg_cursor c = sg_cursor_of_slice(octets);
	__u8 version = sg_cursor_u8(&c), first, word;
	int err;

	m->octets = octets;
	m->data_type = sg_cursor_u8(&c);
	first = sg_cursor_u8(&c);
	word = sg_cursor_u8(&c);
	m->v = word & 0x80;
	m->prf = word & 0x7f;
	m->csb_id = sg_cursor_u32(&c);
	m->css = sg_cursor_u8(&c);
	m->map = sg_cursor_u8(&c);
	m->payloads = 0;
	if (c.failed)
		return mikey_fail(fault, -EINVAL, MIKEY_UNSPECIFIED,
				  "the header is cut short");
	if (version != MIKEY_VERSION)
		return mikey_fail(fault, -ENOTSUP, MIKEY_UNSPECIFIED,
				  "the version is not 1");
	err = read_map(m, &c, fault);
	if (err)
		return err;
	m->payloads = mikey_chain_parse(m->payload, &c, first, fault);
	return m->payloads < 0 ? m->payloads : 0;
}

int mikey_print(__u8 *buffer, size_t size, const struct mikey_message *m)
{
	struct mikey_writer w = mikey_writer_of(buffer, size);

	if (m->prf > 0x7f || m->payloads > MIKEY_PAYLOADS_MAX)
		return -EINVAL;
	mikey_put_u8(&w, MIKEY_VERSION);
	mikey_put_u8(&w, m->data_type);
	mikey_put_u8(&w, m->payloads ? m->payload[0].type : MIKEY_LAST);
	mikey_put_u8(&w, (m->v ? 0x80 : 0) | m->prf);
	mikey_put_number(&w, m->csb_id, 4);
	mikey_put_number(&w, m->css, 1);
	mikey_put_u8(&w, m->map);
	print_map(&w, m);
	if (!w.err)
		mikey_chain_print(&w, m->payload, m->payloads);
	return mikey_written(&w);
}

const struct mikey_payload *mikey_find(const struct mikey_message *m,
				       enum mikey_payload_type type, __u8 role,
				       int index)
{
	for (int i = 0; i < m->payloads; i++)
		if (m->payload[i].type == type &&
		    (!role || m->payload[i].role == role) && !index--)
			return &m->payload[i];
	return NULL;
}

void mikey_add(struct mikey_message *m, struct mikey_payload payload)
{
	if (m->payloads < MIKEY_PAYLOADS_MAX)
		m->payload[m->payloads] = payload;
	if (m->payloads <= MIKEY_PAYLOADS_MAX)
		m->payloads++;
}

/* -- names ----------------------------------------------------------------- */

const char *mikey_error_name(__u8 error)
{
	static const char *const names[] = {
		"Auth failure", "Invalid TS", "Invalid PRF", "Invalid MAC",
		"Invalid EA", "Invalid HA", "Invalid DH", "Invalid ID",
		"Invalid Cert", "Invalid SP", "Invalid SPpar", "Invalid DT",
		"Unspecified error", "Unsupported message type",
		"Invalid TICKET", "Invalid TPpar",
	};

	return error < sizeof(names) / sizeof(names[0]) ? names[error] :
							  "unknown";
}
