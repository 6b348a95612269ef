// SPDX-License-Identifier: GPL-2.0-only
#include "lib/gba_key.h"

#include <errno.h>

#include "lib/cursor.h"
#include "lib/hex.h"
#include "lib/secret.h"

static int derive(__u8 *key, struct sg_slice hex, struct sg_slice impi,
		  struct sg_slice btid, const char *name, struct fault *fault)
{
	__u8 ks[GBA_KS_SIZE], rand[GBA_RAND_SIZE];
	struct gba_naf_id naf;
	int err;

	if (gba_naf_id(&naf, sg_slice_of(name)))
		return fault_set(fault, EINVAL,
				 "a key from Ks is for the KMS's name; "
				 "configure that");
	if (gba_rand(rand, btid))
		return fault_set(fault, EINVAL,
				 "the B-TID has no RAND, so no key can be "
				 "derived; give the NAF-Key itself, as naf:");
	err = sg_hex_decode(ks, sizeof(ks), hex);
	if (!err)
		err = gba_naf_key(key, ks, rand, impi, &naf);
	sg_secret_zero(ks, sizeof(ks));
	return err;
}

int gba_key_parse(__u8 key[GBA_NAF_KEY_SIZE], struct sg_slice word,
		  struct sg_slice btid, const char *name, struct fault *fault)
{
	struct sg_cursor c = sg_cursor_of_slice(word);
	struct sg_slice kind = sg_cursor_until(&c, ':');
	struct sg_slice hex = sg_cursor_until(&c, ':');
	int err = -EINVAL;

	fault->text[0] = '\0';
	sg_secret_zero(key, GBA_NAF_KEY_SIZE);
	if (sg_slice_is(kind, "naf") && !sg_cursor_left(&c))
		err = sg_hex_decode(key, GBA_NAF_KEY_SIZE, hex);
	else if (sg_slice_is(kind, "ks") && sg_cursor_left(&c))
		err = derive(key, hex, sg_cursor_rest(&c), btid, name, fault);
	if (err && !fault->text[0])
		return fault_set(fault, EINVAL,
				 "a key is naf:NAF-KEY or ks:KS:IMPI, with 64 "
				 "hexadecimal digits");
	return err;
}
