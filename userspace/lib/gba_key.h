/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A NAF-Key as people hand it over, in one word:
 *
 *	naf:64 hexadecimal digits	the key itself
 *	ks:64 hexadecimal digits:IMPI	Ks, from which it is derived, with the
 *					RAND in the B-TID
 */
#ifndef SRTPGATE_GBA_KEY_H
#define SRTPGATE_GBA_KEY_H

#include "lib/fault.h"
#include "lib/gba.h"

/*
 * @name: of the KMS. -EINVAL with @fault, which says no part of a key; @key
 * is zero then.
 */
int gba_key_parse(__u8 key[GBA_NAF_KEY_SIZE], struct sg_slice word,
		  struct sg_slice btid, const char *name, struct fault *fault);

#endif /* SRTPGATE_GBA_KEY_H */
