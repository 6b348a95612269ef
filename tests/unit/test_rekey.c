// SPDX-License-Identifier: GPL-2.0-only
/* The table of docs/control.md, "Changing a context", line by line. */
#include "../../userspace/gated/rekey.c"
#include "../lib/ktap.h"

static const struct rekey_side plain = { 0 };
static const struct rekey_side plain_moved = { .moved = true };

#define SIDE(...) { .keyed = true, .was_keyed = true, __VA_ARGS__ }
static const struct rekey_side same = SIDE(.same_key = true);
static const struct rekey_side same_moved = SIDE(.same_key = true,
						 .moved = true);
static const struct rekey_side fresh = SIDE(.same_key = false);
static const struct rekey_side fresh_moved = SIDE(.moved = true);
static const struct rekey_side first = { .keyed = true, .moved = true };

static const struct {
	const char *name;
	const struct rekey_side *open, *seal;
	bool restarts;
} cases[] = {
	{ "open: same key, same address", &same, &plain, false },
	{ "open: same key, new address", &same_moved, &plain, false },
	{ "open: new key, same address", &fresh, &plain, false },
	{ "open: new key, new address", &fresh_moved, &plain, true },
	{ "seal: same key, same address", &plain, &same, false },
	{ "seal: same key, new address", &plain, &same_moved, false },
	{ "seal: new key, same address", &plain, &fresh, false },
	{ "seal: new key, new address", &plain, &fresh_moved, true },
	{ "the plain side moves", &same, &plain_moved, false },
	{ "the plain side moves, a new key", &fresh, &plain_moved, false },
	{ "a first key", &plain, &first, false },
	{ "relay", &plain, &plain_moved, false },
	{ "open anew, seal under the old key", &fresh_moved, &same, false },
	{ "seal anew, open under the old key", &same_moved, &fresh_moved,
	  false },
	{ "open and seal anew", &fresh_moved, &fresh, true },
	{ "both keys new, nobody moved", &fresh, &fresh, false },
};

int main(void)
{
	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ktap(rekey_restarts(cases[i].open, cases[i].seal) ==
		     cases[i].restarts, "%s: %s", cases[i].name,
		     cases[i].restarts ? "from ROC 0" : "indices kept");
	return ktap_finish();
}
