// SPDX-License-Identifier: GPL-2.0-only
#include "gated/slow/slow_worker.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "gated/slow/slow_map.h"
#include "lib/address.h"
#include "lib/clock.h"

enum {
	LOOK_MS = 1000,		/* between looks at owner and overruns */
	DRAIN_MS = 100,		/* of silence; then nothing is under way */
	TRIES = 1000,		/* at a program that is busy on this CPU */
};

struct worker {
	struct slow_setup *setup;
	bool in_charge;		/* it is, or it was */
	__u64 tidied_at;	/* ms */
	struct slow_crypto *crypto; /* NULL: without */
	struct slow_inbox inbox;
	struct slow_outbox outbox[SG_SOCKETS];
	struct pollfd poll[SG_SOCKETS + 1]; /* the last: the daemon */
};

/* -- one packet -------------------------------------------------------------- */

static const struct slow_device *device_of(const struct slow_setup *setup,
					   __u32 received)
{
	for (int i = 0; i < setup->device_count; i++)
		if (setup->device[i].received == received)
			return &setup->device[i];
	return NULL;
}

/* The program names the device that frames leave by, below a VLAN's. */
static __u32 sending_device(const struct slow_setup *setup, __u32 ifindex,
			    __u16 vlan)
{
	for (int i = 0; i < setup->device_count; i++)
		if (setup->device[i].ifindex == ifindex &&
		    setup->device[i].vlan == vlan)
			return setup->device[i].received;
	return vlan ? 0 : ifindex;
}

/* The verdict; *@size is that of @out, before and after. */
static int run(int program, const void *frame, size_t length, void *out,
	       __u32 *size)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame,
		    .data_size_in = length, .data_out = out,
		    .data_size_out = *size, .repeat = 1);

	for (int i = 0; i < TRIES; i++) {
		int err = bpf_prog_test_run_opts(program, &opts);

		*size = opts.data_size_out;
		if (err || opts.retval != XDP_ABORTED)
			return err ? XDP_DROP : (int)opts.retval;
		sched_yield();
	}
	return XDP_DROP;
}

static void flush(struct worker *worker, int socket)
{
	struct sg_slow *shared = worker->setup->shared;
	struct slow_outbox *outbox = &worker->outbox[socket];
	int fd = worker->setup->sockets.send[socket];
	int count = outbox->count, sent;

	if (!count)
		return;
	sent = slow_outbox_send(outbox, fd);
	slow_count(&shared->sent, sent);
	slow_count(&shared->unsent, count - sent);
}

/*
 * The answer is written where it will be sent from, in IPv4's box, and a
 * packet that leaves by IPv6 is moved.
 */
static void post(struct worker *worker, const void *frame, size_t size)
{
	struct sg_slow *shared = worker->setup->shared;
	struct slow_packet packet;
	struct slow_outbox *outbox;
	int socket;

	if (slow_frame_parse(&packet, frame, size)) {
		slow_count(&shared->unsent, 1);
		return;
	}
	packet.ifindex = sending_device(worker->setup, packet.ifindex,
					packet.tag);
	socket = sg_address_is_ipv4(packet.to) ? SG_SOCKET_IPV4 :
						 SG_SOCKET_IPV6;
	if (!packet.ifindex || worker->setup->sockets.send[socket] < 0) {
		slow_count(&shared->unsent, 1);
		return;
	}
	outbox = &worker->outbox[socket];
	if (socket == SG_SOCKET_IPV6)
		packet.udp = memcpy(outbox->frame[outbox->count], packet.udp,
				    packet.udp_size);
	slow_outbox_add(outbox, &packet);
	if (outbox->count == SLOW_BATCH)
		flush(worker, socket);
}

/* As run(), but for keys that the program cannot use. */
static int run_crypto(struct worker *worker, const void *frame, size_t length,
		      void *out, __u32 *size)
{
	if (!worker->crypto)
		return SG_SLOW_CRYPTO;
	return slow_crypto_convert(worker->crypto, frame, length, out, size);
}

static void convert(struct worker *worker, int i)
{
	struct slow_outbox *answer = &worker->outbox[SG_SOCKET_IPV4];
	struct sg_slow *shared = worker->setup->shared;
	const struct slow_device *device;
	struct slow_packet packet;
	void *payload, *out = answer->frame[answer->count];
	const __u32 room = sizeof(answer->frame[0]);
	__u32 size = room;
	size_t length;
	char *frame;
	int verdict;

	payload = slow_inbox_packet(&worker->inbox, i, &packet, &length);
	device = device_of(worker->setup, packet.ifindex);
	if (!device) {
		slow_count(&shared->unwanted, 1);
		return;
	}
	packet.tag = device->tag;
	frame = slow_frame_build(&packet, payload, length);
	length += (char *)payload - frame;
	verdict = run(worker->setup->program, frame, length, out, &size);
	if (verdict == SG_SLOW_CRYPTO) {
		size = room;
		verdict = run_crypto(worker, frame, length, out, &size);
	}
	switch (verdict) {
	case SG_SLOW_SEND:
		post(worker, out, size);
		break;
	case SG_SLOW_CRYPTO:
		slow_count(&shared->no_crypto, 1);
		break;
	case XDP_PASS:
		slow_count(&shared->unwanted, 1);
		break;
	default:
		slow_count(&shared->dropped, 1);
	}
}

/* -- the loop ---------------------------------------------------------------- */

static int receive(struct worker *worker, int fd)
{
	int count = slow_inbox_receive(&worker->inbox, fd);

	slow_count(&worker->setup->shared->received, count);
	for (int i = 0; i < count; i++)
		convert(worker, i);
	for (int i = 0; i < SG_SOCKETS; i++)
		flush(worker, i);
	return count;
}

static void count_overruns(struct slow_setup *setup)
{
	for (int i = 0; i < SG_SOCKETS; i++) {
		__u32 now;

		if (setup->sockets.receive[i] < 0)
			continue;
		now = slow_socket_overruns(setup->sockets.receive[i]);
		slow_count(&setup->shared->overrun,
			   (__u32)(now - setup->overruns[i]));
		setup->overruns[i] = now;
	}
}

static void tidy(struct worker *worker)
{
	worker->tidied_at = clock_ms();
	count_overruns(worker->setup);
	if (worker->crypto)
		slow_crypto_sweep(worker->crypto);
}

/* Waits for packets. False: there is nothing more to do, for good. */
static bool wait(struct worker *worker)
{
	struct slow_setup *setup = worker->setup;
	struct pollfd *parent = &worker->poll[SG_SOCKETS];
	bool owner = slow_owner(setup->shared) == setup->id;
	bool draining = worker->in_charge && !owner;
	int ready;

	worker->in_charge |= owner;
	if (draining)
		parent->fd = -1;
	ready = poll(worker->poll, SG_SOCKETS + 1,
		     draining ? DRAIN_MS : LOOK_MS);
	if (draining)
		return ready;
	if (parent->fd < 0 || !parent->revents)
		return true;
	/* Whoever was told to begin goes on without the daemon. */
	parent->fd = -1;
	return worker->in_charge || slow_owner(setup->shared) == setup->id;
}

static void work(struct worker *worker)
{
	while (wait(worker)) {
		for (int i = 0; i < SG_SOCKETS; i++)
			if (worker->poll[i].revents)
				receive(worker, worker->poll[i].fd);
		if (clock_ms() - worker->tidied_at >= LOOK_MS)
			tidy(worker);
	}
	tidy(worker);
}

int slow_worker_run(struct slow_setup *setup)
{
	struct worker *worker = calloc(1, sizeof(*worker));

	if (!worker)
		return -ENOMEM;
	worker->setup = setup;
	if (setup->crypto.packet) {
		worker->crypto = slow_crypto_new(&setup->crypto);
		if (!worker->crypto) {
			free(worker);
			return -ENOMEM;
		}
	}
	worker->in_charge = slow_owner(setup->shared) == setup->id;
	for (int i = 0; i < SG_SOCKETS; i++)
		worker->poll[i] = (struct pollfd){ setup->sockets.receive[i],
						   POLLIN, 0 };
	worker->poll[SG_SOCKETS] = (struct pollfd){ setup->parent, 0, 0 };
	work(worker);
	slow_crypto_free(worker->crypto);
	free(worker);
	return 0;
}
