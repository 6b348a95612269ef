// SPDX-License-Identifier: GPL-2.0-only
/* Initiator Data, 09 || Vi || Vr: RFC 6043 6.10. */
#include "lib/mikey_ticket.h"
#include "lib/mikey_wire.h"
#include "lib/secret.h"

/*
 * Vi repeats the V of TRANSFER_INIT, but for its next payload, which in V is
 * Last and here leads to Vr.
 */
int mikey_initiator_data_print(__u8 buffer[MIKEY_INITIATOR_DATA_MAX],
			       struct sg_slice v,
			       const struct mikey_suite *suite,
			       const struct mikey_secret *mpkr)
{
	struct mikey_writer w =
		mikey_writer_of(buffer, MIKEY_INITIATOR_DATA_MAX);
	__u8 auth[MIKEY_TAG_MAX], tag[MIKEY_TAG_MAX];
	struct sg_slice part;
	int err;

	mikey_put_u8(&w, MIKEY_V);
	mikey_put_u8(&w, MIKEY_V);
	mikey_put_u8(&w, v.size == MIKEY_TAG_MAX ? MIKEY_HMAC_SHA256 :
						   MIKEY_HMAC_SHA1);
	mikey_put(&w, v);
	mikey_put_u8(&w, MIKEY_LAST);
	mikey_put_u8(&w, suite->mac);
	part = mikey_slice(w.start, w.at - w.start);
	err = mikey_derive_initiator(auth, suite, suite->tag, mpkr);
	if (!err)
		err = mikey_mac(suite->mac, auth, &part, 1, tag);
	mikey_put(&w, mikey_slice(tag, suite->tag));
	sg_secret_zero(auth, sizeof(auth));
	return err ? err : mikey_written(&w);
}

struct initiator_data {
	struct sg_slice vi;	/* tags */
	struct sg_slice vr;
	__u8 vr_mac;
};

static int parse(struct initiator_data *i, struct sg_slice data,
		 struct mikey_fault *fault)
{
	struct sg_cursor c = sg_cursor_of_slice(data);
	bool ok = sg_cursor_u8(&c) == MIKEY_V;
	__u8 next = sg_cursor_u8(&c);
	int size = mikey_tag_size(sg_cursor_u8(&c));

	/* Whoever makes Vi identical to V to the octet has Last here. */
	ok &= next == MIKEY_V || next == MIKEY_LAST;
	if (ok && size > 0) {
		i->vi = sg_cursor_take(&c, size);
		ok = sg_cursor_u8(&c) == MIKEY_LAST;
		i->vr_mac = sg_cursor_u8(&c);
		size = mikey_tag_size(i->vr_mac);
	}
	if (ok && size > 0)
		i->vr = sg_cursor_take(&c, size);
	if (!ok || size <= 0 || c.failed || sg_cursor_left(&c))
		return mikey_fail(fault, -EINVAL, MIKEY_INVALID_TICKET,
				  "Initiator Data is not Vi and Vr");
	return 0;
}

int mikey_initiator_data_check(struct sg_slice data,
			       const struct mikey_suite *suite,
			       const struct mikey_secret *mpkr,
			       struct mikey_fault *fault)
{
	struct sg_slice part = data;
	__u8 auth[MIKEY_TAG_MAX];
	struct initiator_data i;
	int err = parse(&i, data, fault);

	if (err)
		return err;
	/*
	 * The RFC does not say whose MAC it is. A longer one does no harm; one
	 * shorter than the policy's would.
	 */
	if (i.vr_mac < suite->mac)
		return mikey_fail(fault, -ENOTSUP, MIKEY_INVALID_MAC,
				  "Initiator Data has a weaker MAC");
	part.size -= i.vr.size;
	err = mikey_derive_initiator(auth, suite, i.vr.size, mpkr);
	if (err)
		return mikey_fail(fault, err, MIKEY_UNSPECIFIED,
				  "Initiator Data's key cannot be derived");
	err = mikey_mac_check(i.vr_mac, auth, &part, 1, i.vr, fault);
	sg_secret_zero(auth, sizeof(auth));
	return err;
}

int mikey_initiator_data_compare(struct sg_slice data, struct sg_slice v,
				 struct mikey_fault *fault)
{
	struct initiator_data i;
	int err = parse(&i, data, fault);

	if (err)
		return err;
	if (i.vi.size != v.size || !sg_secret_equal(i.vi.at, v.at, v.size))
		return mikey_fail(fault, -EBADMSG, MIKEY_AUTH_FAILURE,
				  "Initiator Data belongs to another message");
	return 0;
}
