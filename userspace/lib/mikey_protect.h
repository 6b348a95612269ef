/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What keys do to octets: MACs over messages and the encryption of KEMAC
 * (RFC 3830 4.2.3, 5.2).
 */
#ifndef SRTPGATE_MIKEY_PROTECT_H
#define SRTPGATE_MIKEY_PROTECT_H

#include "lib/mikey_derive.h"

/*
 * Over @parts slices one behind the other. Writes mikey_tag_size(@mac)
 * octets; the key is as long. 0; -EINVAL: no MAC of that number.
 */
int mikey_mac(__u8 mac, const __u8 *auth, const struct sg_slice *part,
	      int parts, __u8 tag[MIKEY_TAG_MAX]);

/* 0; -EBADMSG: another @tag, with Auth failure. In constant time. */
int mikey_mac_check(__u8 mac, const __u8 *auth, const struct sg_slice *part,
		    int parts, struct sg_slice tag, struct mikey_fault *fault);

/*
 * Encrypts or decrypts @size octets of KEMAC in place. @t: of the message or
 * ticket that carries it; @csb_id: its own, all ones for a ticket (RFC 6043
 * A.1).
 */
int mikey_kemac_crypt(__u8 *octets, size_t size,
		      const struct mikey_suite *suite,
		      const struct mikey_message_keys *keys, __u32 csb_id,
		      const struct mikey_time *t);

/*
 * Writes @keys, encrypted, to @buffer, and points @kemac at them. As in
 * MIKEY-TICKET it has no MAC of its own: V has. 0, -ENOSPC, -EINVAL, -EIO;
 * then @buffer is zero.
 */
int mikey_kemac_seal(struct mikey_kemac *kemac, __u8 *buffer, size_t size,
		     const struct mikey_keys *plain,
		     const struct mikey_suite *suite,
		     const struct mikey_message_keys *keys, __u32 csb_id,
		     const struct mikey_time *t);

/*
 * Decrypts into @plain, which the caller wipes, and checks it as
 * mikey_keys_check() with @mpks. Only after the message's MAC was. -ENOTSUP:
 * not the suite's algorithms (Invalid EA or MAC).
 */
int mikey_kemac_open(struct mikey_keys *plain, const struct mikey_kemac *kemac,
		     int mpks, const struct mikey_suite *suite,
		     const struct mikey_message_keys *keys, __u32 csb_id,
		     const struct mikey_time *t, struct mikey_fault *fault);

#endif /* SRTPGATE_MIKEY_PROTECT_H */
