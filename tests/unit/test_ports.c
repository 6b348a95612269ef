// SPDX-License-Identifier: GPL-2.0-only
/* Media ports: parity, rest, claims, and no leak in a million calls. */
#include "../../userspace/gated/ports.c"
#include "../lib/ktap.h"

enum { MIN = 20000, MAX = 20199, PAIRS = 100, CALLS = 1000000 };

static bool counts(struct ports *ports, __u64 now, __u32 used, __u32 resting)
{
	__u32 is_used, is_resting;

	ports_count(ports, now, &is_used, &is_resting);
	if (is_used == used && is_resting == resting)
		return true;
	ktap_note("%u used, %u resting", is_used, is_resting);
	return false;
}

static void give_back(struct ports *ports, __u64 now, __u16 port)
{
	ports_release(ports, now, port);
	ports_release(ports, now, port + 1);
}

static void test_exhaustion(void)
{
	struct ports *ports = ports_new(MIN, MAX);
	bool even = true;
	__u16 port = 0;
	int got = 0;

	while (!ports_choose(ports, 0, true, 0, &port)) {
		even &= port % 2 == 0 && port >= MIN && port < MAX;
		got++;
	}
	ktap(got == PAIRS && even, "every pair is given, each an even port");
	give_back(ports, 1000, MIN);
	ktap(ports_choose(ports, 1000 + PORTS_REST_MS - 1, true, 0, &port) ==
	     -EADDRINUSE, "a port that rests is not chosen");
	ktap(!ports_choose(ports, 1000 + PORTS_REST_MS, true, 0, &port) &&
	     port == MIN, "after its rest it is");
	ports_free(ports);
}

static void test_claims(void)
{
	struct ports *ports = ports_new(MIN, MAX);
	__u16 port;

	ktap(ports_claim(ports, MIN - 1) == -ERANGE &&
	     ports_claim(ports, MAX + 1) == -ERANGE, "strange ports are not");
	ktap(!ports_claim(ports, MIN + 1) &&
	     ports_claim(ports, MIN + 1) == -EADDRINUSE,
	     "a port is claimed once");
	ktap(!ports_choose(ports, 0, true, 0, &port) && port == MIN + 4,
	     "a pair needs both ports");
	ports_release(ports, 0, MIN + 1);
	ktap(counts(ports, 0, 2, 1) && !ports_claim(ports, MIN + 1) &&
	     counts(ports, PORTS_REST_MS, 3, 0),
	     "a claim may end a port's rest");
	ports_release(ports, 0, MAX);
	ports_release(ports, 0, MIN - 1);
	ktap(counts(ports, 0, 3, 0), "releasing what is not taken is nothing");
	ports_free(ports);
}

static void test_odd_range(void)
{
	struct ports *ports = ports_new(MIN + 1, MIN + 4);
	__u16 port;

	ktap(!ports_choose(ports, 0, true, 0, &port) && port == MIN + 2 &&
	     ports_choose(ports, 0, true, 0, &port) == -EADDRINUSE,
	     "an odd range has whole pairs only");
	ktap(!ports_choose(ports, 0, false, 0, &port) && port == MIN + 4,
	     "and an even port alone at its end");
	ktap(ports_choose(ports, 0, false, 0, &port) == -EADDRINUSE,
	     "which is not given twice");
	ports_free(ports);
}

static void test_lanes(void)
{
	struct ports *ports = ports_new(MIN, MAX);
	bool own = true, other = true;
	__u16 port;

	for (int i = 0; i < PAIRS / 2; i++)
		own &= !ports_choose(ports, 0, true, 1, &port) &&
		       port % 4 == 2;
	for (int i = 0; i < PAIRS / 2; i++)
		other &= !ports_choose(ports, 0, true, 1, &port) &&
			 port % 4 == 0;
	ktap(own, "a lane's ports come first");
	ktap(other, "then those of the other");
	ports_free(ports);
}

static bool is_wanted(const void *arg, __u16 port)
{
	return port == *(const __u16 *)arg;
}

static void test_fit(void)
{
	struct ports *ports = ports_new(MIN, MAX);
	__u16 wanted = MIN + 40, port;

	ktap(!ports_choose_fit(ports, 0, true, 0, is_wanted, &wanted, &port) &&
		     port == wanted && counts(ports, 0, 2, 0),
	     "the port that fits is chosen");
	ktap(ports_choose_fit(ports, 0, true, 0, is_wanted, &wanted, &port) ==
		     -EADDRINUSE && counts(ports, 0, 2, 0),
	     "if none does, none is taken");
	wanted = MIN + 2;
	ktap(ports_choose_fit(ports, 0, true, 0, is_wanted, &wanted, &port) ==
	     -EADDRINUSE, "nor one of the other lane");
	ports_free(ports);
}

static void test_this(void)
{
	struct ports *ports = ports_new(MIN, MAX);

	ktap(!ports_choose_this(ports, 0, true, MIN + 2) &&
	     counts(ports, 0, 2, 0) &&
	     ports_choose_this(ports, 0, true, MIN + 2) == -EADDRINUSE,
	     "one port is chosen once");
	give_back(ports, 0, MIN + 2);
	ktap(ports_choose_this(ports, PORTS_REST_MS - 1, true, MIN + 2) &&
	     !ports_choose_this(ports, PORTS_REST_MS, true, MIN + 2),
	     "and not while it rests");
	ktap(ports_choose_this(ports, 0, false, MIN + 5) &&
	     ports_choose_this(ports, 0, false, MIN - 2) &&
	     ports_choose_this(ports, 0, false, MAX + 1) &&
	     !ports_choose_this(ports, 0, true, MAX - 1) &&
	     counts(ports, PORTS_REST_MS, 4, 0),
	     "nor an odd one, nor one of others");
	ports_free(ports);
}

/* Calls of random length, some ports claimed instead of chosen. */
static void test_churn(void)
{
	struct ports *ports = ports_new(MIN, MAX);
	__u16 held[PAIRS] = { 0 };
	__u32 seed = 1, refused = 0, twice = 0;
	__u64 now = 0;

	for (int i = 0; i < CALLS; i++) {
		__u32 slot, other;

		seed = seed * 1664525 + 1013904223;
		slot = (seed >> 8) % 50;
		now += (seed >> 24) % 200;
		if (held[slot])
			give_back(ports, now, held[slot]);
		held[slot] = 0;
		if (ports_choose(ports, now, true, i & 1, &held[slot])) {
			held[slot] = 0;
			refused++;
		}
		for (other = 0; held[slot] && other < 50; other++)
			twice += other != slot && held[other] == held[slot];
	}
	for (int i = 0; i < 50; i++)
		if (held[i])
			give_back(ports, now, held[i]);
	ktap(!twice, "a million calls: no port was given twice at once");
	ktap(refused < CALLS / 2, "a million calls: most got one");
	ktap(counts(ports, now + PORTS_REST_MS, 0, 0),
	     "a million calls: no port was lost");
	ports_free(ports);
}

int main(void)
{
	test_exhaustion();
	test_claims();
	test_odd_range();
	test_lanes();
	test_fit();
	test_this();
	test_churn();
	return ktap_finish();
}
