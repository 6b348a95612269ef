// SPDX-License-Identifier: GPL-2.0-only
#include "gated/rekey.h"

/*
 * A side's first key needs no restart: nothing was sealed before it, and a
 * receiver's window begins anew with the first packet under a newer key.
 */
static bool wants(const struct rekey_side *side)
{
	return side->keyed && side->was_keyed && !side->same_key && side->moved;
}

static bool forbids(const struct rekey_side *side)
{
	return side->keyed && side->same_key;
}

bool rekey_restarts(const struct rekey_side *open,
		    const struct rekey_side *seal)
{
	return (wants(open) || wants(seal)) && !forbids(open) && !forbids(seal);
}
