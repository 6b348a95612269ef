/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * KMS user identities, user@domain, and group identities, in which each '*'
 * stands for one or more characters (TS 33.328 6.2.3.2).
 */
#ifndef SRTPGATE_MIKEY_IDENTITY_H
#define SRTPGATE_MIKEY_IDENTITY_H

#include "lib/slice.h"

/*
 * Is @identity all of @pattern? The part behind the last '@' without regard
 * to case. An @identity with a '*' matches nothing: nobody is a group. Takes
 * no more than the product of both sizes: patterns come from outside.
 */
bool mikey_identity_matches(struct sg_slice pattern, struct sg_slice identity);

/*
 * Is whoever matches @identity, which may be a group too, sure to match
 * @pattern? In doubt: no.
 */
bool mikey_identity_covers(struct sg_slice pattern, struct sg_slice identity);

bool mikey_identity_is_group(struct sg_slice identity);

/*
 * The identity of a public SIP or SIPS URI: without scheme, port and
 * parameters. False: it has none (tel:, no user part, a password, a '*').
 */
bool mikey_identity_of_uri(struct sg_slice *identity, struct sg_slice uri);

#endif /* SRTPGATE_MIKEY_IDENTITY_H */
