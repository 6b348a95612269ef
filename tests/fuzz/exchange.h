/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An exchange with three peers, and time that passes for it alone. Octets
 * are steps, which end with NUL. For the one file of a program that includes
 * it.
 */
#ifndef SRTPGATE_FUZZ_EXCHANGE_H
#define SRTPGATE_FUZZ_EXCHANGE_H

#include <arpa/inet.h>
#include <string.h>

#include "fuzz.h"
#include "lib/h248_exchange_private.h"

enum { PEERS = 3 };

static __u64 clock_now;
static struct h248_exchange *x;
static struct h248_address peers[PEERS];

static __u64 fuzz_clock(void)
{
	return clock_now;
}

static void pass(__u64 ms)
{
	__u64 end = clock_now + ms, due;

	while ((due = h248_exchange_due(x)) <= end) {
		clock_now = due > clock_now ? due : clock_now;
		h248_exchange_tick(x);
	}
	clock_now = end;
}

/* A message, whose octets are zero then. */
static void receive_text(int peer, char *text, size_t size)
{
	h248_exchange_receive(x, &peers[peer], text, size);
	for (size_t i = 0; i < size; i++)
		require(!text[i]);
}

static struct h248_exchange_options exchange_options(void)
{
	struct h248_exchange_options options;

	h248_exchange_defaults(&options);
	options.mid.kind = H248_MID_DEVICE;
	options.mid.name = SG_SLICE("g");
	options.form = H248_COMPACT;
	return options;
}

static void open_exchange(const struct h248_exchange_options *options,
			  const struct h248_exchange_user *user)
{
	struct event_base *base = event_base_new();

	for (int i = 0; i < PEERS; i++) {
		peers[i].v4.sin_family = AF_INET;
		h248_address_set_port(&peers[i], H248_PORT + i);
	}
	require(base && !h248_exchange_open(&x, base, options, user));
	x->clock = fuzz_clock;
}

/*
 * One for all runs, because its buffers are big; but nothing of a former run
 * may change what this one does.
 */
static void renew_exchange(const struct h248_exchange_options *options,
			   const struct h248_exchange_user *user)
{
	if (!x)
		open_exchange(options, user);
	h248_parties_close(x);
	clock_now = 1000;
	x->next_id = x->random = 1;
	x->strangers = x->faults = (struct h248_limit){ 0 };
}

static void each_step(const unsigned char *data, size_t size,
		      void (*step)(const unsigned char *data, size_t size))
{
	const unsigned char *end = data + size, *stop;

	while (data < end) {
		stop = memchr(data, 0, end - data);
		stop = stop ? stop : end;
		step(data, stop - data);
		data = stop + 1;
	}
}

/* Pendings may put off the end so long. */
static void let_all_expire(void)
{
	pass(1000000);
	require(!x->heap_count && !x->retained && !x->retained_size);
}

#endif /* SRTPGATE_FUZZ_EXCHANGE_H */
