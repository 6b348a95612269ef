// SPDX-License-Identifier: GPL-2.0-only
/* Which key of an a=crypto seals, whatever the controller does to its order. */
#include "../lib/ktap.h"
#include "gated/iq/iq_sealing.h"
#include "gated/lifetime.h"

enum { A = 1, B, C, SLOTS };

static const __u8 warned = LIFETIME_WARNED << LIFETIME_SEALS;
static __u8 told[SLOTS];

__u8 keyring_told(const struct keyring *ring, __u32 slot)
{
	(void)ring;
	return told[slot];
}

void keyring_tell(struct keyring *ring, __u32 slot, __u8 what)
{
	(void)ring;
	told[slot] = what;
}

static const struct {
	const char *name;
	__u32 slot[SG_OPEN_KEYS];
	__u8 told[SLOTS];
	__u32 seals;
} cases[] = {
	{ "no key", { 0 }, { 0 }, 0 },
	{ "the first of several", { A, B, C }, { 0 }, A },
	{ "the next of one that nears its end", { A, B, C },
	  { [A] = warned }, B },
	{ "the last, though it nears its end", { A, B },
	  { [A] = LIFETIME_LEFT | warned, [B] = warned }, B },
	{ "an only key to its end", { A },
	  { [A] = warned | LIFETIME_ENDED << LIFETIME_SEALS }, A },
	{ "none that another has followed, wherever it stands", { B, A },
	  { [A] = LIFETIME_LEFT, [B] = warned }, B },
	{ "not even before its end", { A, B }, { [A] = LIFETIME_LEFT }, B },
	{ "unless there is nothing else", { A }, { [A] = LIFETIME_LEFT }, A },
	{ "one that opens and nears its end as such", { A, B },
	  { [A] = LIFETIME_WARNED }, A },
};

static void test_choice(void)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct iq_crypto crypto = { 0 };

		memcpy(crypto.slot, cases[i].slot, sizeof(crypto.slot));
		memcpy(told, cases[i].told, sizeof(told));
		ktap(iq_sealing_key(NULL, &crypto) == cases[i].seals, "%s",
		     cases[i].name);
	}
}

static void test_switch(void)
{
	memset(told, 0, sizeof(told));
	told[A] = warned;
	iq_sealing_switched(NULL, A, A);
	iq_sealing_switched(NULL, 0, B);
	ktap(told[A] == warned && !told[0] && !told[B],
	     "what stays has not been left");
	iq_sealing_switched(NULL, A, B);
	ktap(told[A] == (warned | LIFETIME_LEFT) && !told[B],
	     "what goes has, and is told of once all the same");
}

int main(void)
{
	test_choice();
	test_switch();
	return ktap_finish();
}
